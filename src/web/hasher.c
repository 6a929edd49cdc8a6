#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "secret.h"

#include "sandbox_hasher.h"

#include "session_password.h"

#include "hasher.h"

#define PATIENCE_MS 2000 /* two workers' turns and rests take under a half */
#define PAUSE_S     1    /* before a hasher that died is replaced */

/* What goes over a socket, both ways, as one packet. */
struct packet {
	uint64_t number; /* an answer has its question's */
	struct session_password_work work;
};

/* One for each thread that asks: its end, and the hasher's. */
struct seat {
	int asks, answers;
};

/* sched_setattr(2); the kernel's header and glibc's do not go together. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* nanoseconds */
	uint32_t clamp_min, clamp_max;
};

static struct seat *seats;
static size_t nseats;
static atomic_size_t next_seat;
static _Thread_local const struct seat *own;
static _Thread_local uint64_t number;
static int64_t ready; /* in a hasher: when all before is rested from */

static bool ask(struct session_password_work *);
static bool exchange(struct packet *);
static void keep(pid_t) __attribute__((noreturn));
static pid_t begin(size_t, size_t);
static void become(pid_t, size_t, size_t) __attribute__((noreturn));
static bool end_with(pid_t);
static bool leave_root(void);
static void step_back(void);
static bool serve_one(int);
static size_t cores(void);

bool
hasher_start(struct fault *f)
{
	const size_t workers = (size_t)config_number(CONFIG_WORKERS);
	const pid_t parent = getpid();
	pid_t keeper;
	size_t i;
	int pair[2];

	nseats = workers * hasher_seats();
	if ((seats = calloc(nseats, sizeof(*seats))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for hashers"));
	for (i = 0; i < nseats; i++) {
		if (socketpair(
			AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
			return (fault_set(f, FAULT_SYSTEM, "socketpair: %s",
			    strerror(errno)));
		seats[i] = (struct seat){ .asks = pair[0], .answers = pair[1] };
	}
	if ((keeper = fork()) == -1)
		return (
		    fault_set(f, FAULT_SYSTEM, "fork: %s", strerror(errno)));
	if (keeper == 0)
		keep(parent);
	for (i = 0; i < nseats; i++)
		(void)close(seats[i].answers);
	session_password_elsewhere(ask);
	return (true);
}

size_t
hasher_seats(void)
{
	const size_t each = cores() / (size_t)config_number(CONFIG_WORKERS);

	return (each < 1 ? 1 : each);
}

void
hasher_enter(size_t worker)
{
	atomic_store(&next_seat, worker * hasher_seats() % nseats);
}

void
hasher_sit(void)
{
	own = &seats[atomic_fetch_add(&next_seat, 1)];
	secret_random(&number, sizeof(number));
}

static bool
ask(struct session_password_work *w)
{
	struct packet p = { .number = number, .work = *w };
	const bool ok = own != NULL && exchange(&p);

	if (ok)
		*w = p.work;
	else
		log_line(LOG_LEVEL_WARNING, "web.hasher", "what",
		    "a hasher does not answer", NULL);
	number++;
	secret_wipe(&p, sizeof(p));
	return (ok);
}

static bool
exchange(struct packet *p)
{
	const uint64_t asked = p->number;
	const int64_t until = clock_monotonic() + PATIENCE_MS;
	struct pollfd in = { .fd = own->asks, .events = POLLIN };
	int64_t left;

	/* A hasher that hangs lets its questions pile up: wait for no room. */
	if (send(own->asks, p, sizeof(*p), MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)sizeof(*p))
		return (false);
	while ((left = until - clock_monotonic()) > 0) {
		if (poll(&in, 1, (int)left) != 1)
			continue;
		if (recv(own->asks, p, sizeof(*p), 0) != (ssize_t)sizeof(*p))
			return (false);
		/* One who asked before may have died waiting. */
		if (p->number == asked)
			return (true);
	}
	return (false);
}

/* Who starts the hashers, and again those that die. */
static void
keep(pid_t parent)
{
	const size_t n = cores() < 2 ? 1 : cores() - 1;
	pid_t *pids = calloc(n, sizeof(*pids));
	pid_t dead;
	size_t i;

	(void)prctl(PR_SET_NAME, "[hashers]");
	/* Kore's workers still finish requests after these. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	if (pids == NULL || !leave_root() || !end_with(parent))
		_exit(1);
	for (i = 0; i < nseats; i++)
		(void)close(seats[i].asks);
	for (i = 0; i < n; i++)
		pids[i] = begin(i, n);
	while ((dead = wait(NULL)) != -1 || errno == EINTR) {
		for (i = 0; i < n; i++) {
			if (pids[i] != dead)
				continue;
			log_line(LOG_LEVEL_WARNING, "web.hasher", "what",
			    "a hasher died and is replaced", NULL);
			(void)sleep(PAUSE_S);
			pids[i] = begin(i, n);
		}
	}
	_exit(1);
}

static pid_t
begin(size_t i, size_t n)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	if (pid == 0)
		become(parent, i, n);
	return (pid);
}

/* The ${i}th hasher of ${n}: in turn for each of its seats. */
static void
become(pid_t parent, size_t i, size_t n)
{
	struct pollfd *in = calloc(nseats, sizeof(*in));
	struct fault f = FAULT_INIT;
	size_t j, k = 0;

	(void)prctl(PR_SET_NAME, "[hasher]");
	if (in == NULL || !end_with(parent))
		_exit(1);
	for (j = 0; j < nseats; j++) {
		if (j % n == i)
			in[k++] = (struct pollfd){ .fd = seats[j].answers,
				.events = POLLIN };
		else
			(void)close(seats[j].answers);
	}
	step_back();
	if (!sandbox_hasher(&f)) {
		log_fault("web.hasher", &f);
		_exit(1);
	}
	for (;;) {
		if (poll(in, k, -1) == -1) {
			if (errno == EINTR)
				continue;
			_exit(1);
		}
		for (j = 0; j < k; j++) {
			if (in[j].revents != 0 && !serve_one(in[j].fd))
				_exit(0);
		}
	}
}

/* Whatever happens to ${parent}; it may have ended already. */
static bool
end_with(pid_t parent)
{
	return (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent);
}

/* As Kore's workers do. */
static bool
leave_root(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return (true);
	return ((user = getpwnam(config_text(CONFIG_USER))) != NULL &&
	    setgroups(1, &user->pw_gid) == 0 &&
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0);
}

/* A session of its own is a group of its own to the scheduler. */
static void
step_back(void)
{
	const struct attributes a = {
		.size = sizeof(a),
		.nice = HASHER_NICE,
		.runtime = HASHER_SLICE_MS * 1000000ull,
	};

	(void)setsid();
	if (syscall(SYS_sched_setattr, 0, &a, 0) != 0)
		log_line(LOG_LEVEL_WARNING, "web.hasher", "what",
		    "passwords are worked on without stepping back", NULL);
}

static bool
serve_one(int fd)
{
	struct packet p;
	int64_t since, now;

	if (recv(fd, &p, sizeof(p), 0) != (ssize_t)sizeof(p))
		return (false);
	since = clock_monotonic();
	p.work.text[sizeof(p.work.text) - 1] = '\0';
	p.work.form[sizeof(p.work.form) - 1] = '\0';
	session_password_work(&p.work);
	memset(p.work.text, 0, sizeof(p.work.text));
	(void)send(fd, &p, sizeof(p), MSG_NOSIGNAL | MSG_DONTWAIT);
	secret_wipe(&p, sizeof(p));
	now = clock_monotonic();
	if (ready < since - HASHER_BURST_MS)
		ready = since - HASHER_BURST_MS;
	ready += (now - since) * (1 + HASHER_REST);
	if (ready > now)
		(void)poll(NULL, 0, (int)(ready - now));
	return (true);
}

static size_t
cores(void)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	return (n < 1 ? 1 : (size_t)n);
}
