#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "mail_draft.h"
#include "process.h"
#include "sandbox_courier.h"
#include "secret.h"

#include "pool.h"
#include "sender.h"

#define MESSAGE_MAX  (16u * 1024 * 1024) /* bytes of one mail */
#define HAND_SECONDS 5 /* for a sender to take a mail from us */

/* A question to the foreman, and its answer. */
struct order {
	enum { ORDER_START, ORDER_KILL } what;
	pid_t pid;
};

struct slot {
	int fd; /* -1: no sender */
	pid_t pid;
	struct job *job; /* NULL: idle */
	int64_t deadline;
	struct sender_result result;
	size_t got; /* bytes of it */
};

struct pool {
	int foreman; /* our end */
	pid_t pid;
	int size;
	struct slot slots[POOL_MAX];
	struct job *failed; /* could not even be handed over */
};

/* The foreman's side. */
static void foreman(int, int) __attribute__((noreturn));
static void start_one(int, pid_t *, int);
static bool give(int, pid_t, int);
static void sender(int) __attribute__((noreturn));
static char *read_text(int);
static bool read_all(int, void *, size_t);
/* Courier's side. */
static bool hire(struct pool *, struct slot *);
static bool take(int, pid_t *, int *);
static void dismiss(struct pool *, struct slot *);
static void fail(struct pool *, struct job *, enum job_outcome, const char *);
static bool hand(int, const struct job *, const char *);
static bool write_text(int, const char *);
static bool write_all(int, const void *, size_t);
static struct job *settle(struct slot *, enum job_outcome, const char *);
static const char *word(const char *);

struct pool *
pool_start(int senders, struct fault *f)
{
	struct pool *p;
	int ends[2], i;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		fault_set(f, FAULT_MEMORY, "pool");
		return (NULL);
	}
	p->size = senders < POOL_MAX ? senders : POOL_MAX;
	for (i = 0; i < POOL_MAX; i++)
		p->slots[i].fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
	    (p->pid = fork()) == -1) {
		free(p);
		fault_set(f, FAULT_SYSTEM, "senders cannot be started");
		return (NULL);
	}
	if (p->pid == 0) {
		(void)close(ends[0]);
		foreman(ends[1], p->size);
	}
	(void)close(ends[1]);
	p->foreman = ends[0];
	return (p);
}

void
pool_stop(struct pool *p)
{
	int i;

	/* Behave consistently with free(NULL). */
	if (p == NULL)
		return;

	for (i = 0; i < p->size; i++) {
		if (p->slots[i].fd != -1)
			(void)close(p->slots[i].fd);
		job_free(p->slots[i].job);
	}
	(void)close(p->foreman);
	(void)waitpid(p->pid, NULL, 0);
	free(p);
}

int
pool_room(const struct pool *p)
{
	return (p->size - pool_busy(p));
}

int
pool_busy(const struct pool *p)
{
	int i, n = 0;

	for (i = 0; i < p->size; i++) {
		if (p->slots[i].job != NULL)
			n++;
	}
	return (n);
}

void
pool_send(struct pool *p, struct job *job)
{
	struct fault f = FAULT_INIT;
	struct slot *s = NULL;
	char *message;
	int i;

	if ((message = mail_draft_compose(job->payload, &f)) == NULL) {
		log_fault("courier.not_composed", &f);
		fail(p, job, f.kind == FAULT_MEMORY ? JOB_RETRY : JOB_REFUSED,
		    "unreadable");
		return;
	}
	/* Rather one that is there than a new one. */
	for (i = 0; i < p->size; i++) {
		if (p->slots[i].job == NULL &&
		    (s == NULL || (s->fd == -1 && p->slots[i].fd != -1)))
			s = &p->slots[i];
	}
	if (s != NULL && (s->fd != -1 || hire(p, s)) &&
	    hand(s->fd, job, message)) {
		s->job = job;
		s->got = 0;
		s->deadline = clock_monotonic() + POOL_SECONDS * 1000;
	} else {
		if (s != NULL && s->fd != -1)
			dismiss(p, s);
		fail(p, job, JOB_AWAY, "sender_lost");
	}
	mail_free(message);
}

unsigned
pool_fds(const struct pool *p, struct curl_waitfd *fds)
{
	unsigned n = 0;
	int i;

	for (i = 0; i < p->size; i++) {
		if (p->slots[i].job == NULL)
			continue;
		fds[n].fd = p->slots[i].fd;
		fds[n].events = CURL_WAIT_POLLIN;
		fds[n].revents = 0;
		n++;
	}
	return (n);
}

struct job *
pool_finished(struct pool *p)
{
	struct job *job = p->failed;
	struct slot *s;
	ssize_t n;
	int i;

	if (job != NULL) {
		p->failed = job->next;
		job->next = NULL;
		return (job);
	}
	for (i = 0; i < p->size; i++) {
		s = &p->slots[i];
		if (s->job == NULL)
			continue;
		n = recv(s->fd, (char *)&s->result + s->got,
		    sizeof(s->result) - s->got, MSG_DONTWAIT);
		if (n > 0) {
			s->got += (size_t)n;
			if (s->got < sizeof(s->result))
				continue;
			s->result.error[sizeof(s->result.error) - 1] = '\0';
			return (settle(s, (enum job_outcome)s->result.outcome,
			    s->result.error));
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			dismiss(p, s);
			return (settle(s, JOB_RETRY, "sender_lost"));
		}
		if (clock_monotonic() > s->deadline) {
			log_line(LOG_LEVEL_WARNING, "courier.sender_killed",
			    "id", s->job->id, NULL);
			dismiss(p, s);
			return (settle(s, JOB_RETRY, "timeout"));
		}
	}
	return (NULL);
}

/* Start and end senders until courier is gone, then end them all. */
static void
foreman(int fd, int size)
{
	pid_t pids[POOL_MAX] = { 0 }, pid;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct order order;
	ssize_t n;
	int i;

	log_program("courier-senders");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
			for (i = 0; i < size; i++) {
				if (pids[i] == pid)
					pids[i] = 0;
			}
		}
		if (poll(&p, 1, 1000) <= 0)
			continue;
		n = recv(fd, &order, sizeof(order), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(order))
			break;
		if (order.what == ORDER_START) {
			start_one(fd, pids, size);
			continue;
		}
		/* Only one that is ours and not yet waited for: its number
		 * cannot have gone to another process. */
		for (i = 0; i < size; i++) {
			if (order.pid > 0 && pids[i] == order.pid)
				(void)kill(order.pid, SIGKILL);
		}
	}
	for (i = 0; i < size; i++) {
		if (pids[i] > 0)
			(void)kill(pids[i], SIGKILL);
	}
	_exit(0);
}

static void
start_one(int fd, pid_t *pids, int size)
{
	int ends[2], i;

	for (i = 0; i < size && pids[i] != 0; i++)
		;
	if (i == size ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		(void)give(fd, -1, -1);
		return;
	}
	pids[i] = fork();
	if (pids[i] == 0) {
		(void)close(fd);
		(void)close(ends[0]);
		sender(ends[1]);
	}
	(void)close(ends[1]);
	if (pids[i] == -1)
		pids[i] = 0;
	(void)give(fd, pids[i] > 0 ? pids[i] : -1, ends[0]);
	(void)close(ends[0]);
}

/* Answer with the number of a sender and our end to talk to it. */
static bool
give(int fd, pid_t pid, int end)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = &pid, .iov_len = sizeof(pid) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (end != -1 && pid != -1) {
		memset(&control, 0, sizeof(control));
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &end, sizeof(end));
	}
	return (sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(pid));
}

/* A sender: one mail after another, until courier is gone. */
static void
sender(int fd)
{
	struct sender_result result;
	struct sender_mail mail;
	struct fault f = FAULT_INIT;
	char *to, *message;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!sandbox_courier(SANDBOX_COURIER_SENDER, &f)) {
		log_fault("courier.sender_sandbox", &f);
		_exit(1);
	}
	for (;;) {
		/* Should courier itself hang, this ends us. */
		(void)alarm(0);
		if ((to = read_text(fd)) == NULL)
			_exit(0);
		if ((message = read_text(fd)) == NULL)
			_exit(0);
		(void)alarm(POOL_SECONDS + 10);
		memset(&result, 0, sizeof(result));
		mail.from = config_text(CONFIG_MAIL_FROM);
		mail.to = to;
		mail.message = message;
		sender_send(&mail, &result);
		secret_wipe(to, strlen(to));
		secret_wipe(message, strlen(message));
		free(to);
		free(message);
		if (!write_all(fd, &result, sizeof(result)))
			_exit(0);
	}
}

static char *
read_text(int fd)
{
	uint32_t len;
	char *text;

	if (!read_all(fd, &len, sizeof(len)) || len > MESSAGE_MAX ||
	    (text = malloc(len + 1)) == NULL)
		return (NULL);
	text[len] = '\0';
	if (!read_all(fd, text, len)) {
		free(text);
		return (NULL);
	}
	return (text);
}

static bool
read_all(int fd, void *out, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, (char *)out + got, len - got);
		if (n == 0 || (n == -1 && errno != EINTR))
			return (false);
		if (n > 0)
			got += (size_t)n;
	}
	return (true);
}

/* Have the foreman start a sender for slot ${s}. */
static bool
hire(struct pool *p, struct slot *s)
{
	const struct order order = { .what = ORDER_START };
	const struct timeval patience = { .tv_sec = HAND_SECONDS };

	if (send(p->foreman, &order, sizeof(order), MSG_NOSIGNAL) !=
		(ssize_t)sizeof(order) ||
	    !take(p->foreman, &s->pid, &s->fd))
		return (false);
	(void)setsockopt(
	    s->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return (true);
}

static bool
take(int foreman_fd, pid_t *pid, int *fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct pollfd p = { .fd = foreman_fd, .events = POLLIN };
	struct iovec iov = { .iov_base = pid, .iov_len = sizeof(*pid) };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c;

	*fd = -1;
	if (poll(&p, 1, HAND_SECONDS * 1000) <= 0 ||
	    recvmsg(foreman_fd, &m, MSG_CMSG_CLOEXEC) !=
		(ssize_t)sizeof(*pid) ||
	    *pid <= 0 || (c = CMSG_FIRSTHDR(&m)) == NULL ||
	    c->cmsg_type != SCM_RIGHTS)
		return (false);
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return (true);
}

static void
dismiss(struct pool *p, struct slot *s)
{
	const struct order order = { .what = ORDER_KILL, .pid = s->pid };

	(void)send(p->foreman, &order, sizeof(order), MSG_NOSIGNAL);
	(void)close(s->fd);
	s->fd = -1;
}

/* It is finished without having been handed over. */
static void
fail(struct pool *p, struct job *job, enum job_outcome outcome,
    const char *error)
{
	job->outcome = outcome;
	job->error = error;
	job->next = p->failed;
	p->failed = job;
}

static bool
hand(int fd, const struct job *job, const char *message)
{
	const char *to = json_string_value(json_object_get(job->payload, "to"));

	return (
	    write_text(fd, to != NULL ? to : "") && write_text(fd, message));
}

static bool
write_text(int fd, const char *text)
{
	const uint32_t len = (uint32_t)strlen(text);

	return (len <= MESSAGE_MAX && write_all(fd, &len, sizeof(len)) &&
	    write_all(fd, text, len));
}

static bool
write_all(int fd, const void *data, size_t len)
{
	size_t put = 0;
	ssize_t n;

	while (put < len) {
		n = send(fd, (const char *)data + put, len - put, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR)
			return (false);
		if (n > 0)
			put += (size_t)n;
	}
	return (true);
}

static struct job *
settle(struct slot *s, enum job_outcome outcome, const char *error)
{
	struct job *job = s->job;

	job->outcome = outcome < JOB_OUTCOME__MAX ? outcome : JOB_RETRY;
	job->error = outcome == JOB_DELIVERED ? NULL : word(error);
	s->job = NULL;
	return (job);
}

/* What a sender may say; another word would be somebody else's. */
static const char *
word(const char *error)
{
	static const char *const words[] = { "address_refused", "authorities",
		"certificate", "cut_off", "injected", "memory", "message_later",
		"message_refused", "no_answer", "no_tls", "recipient_later",
		"recipient_refused", "sender_lost", "sender_refused",
		"sign_in_refused", "timeout", "unknown_host", "unreadable" };
	size_t i;

	for (i = 0; i < NELEMS(words); i++) {
		if (strcmp(words[i], error) == 0)
			return (words[i]);
	}
	return ("sender_lost");
}
