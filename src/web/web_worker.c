#include <kore/kore.h>
#include <kore/hooks.h>
#include <kore/http.h>
#include <kore/seccomp.h>

#include "fault.h"
#include "log.h"
#include "secret.h"

#include "counter.h"
#include "dispatch.h"
#include "hasher.h"
#include "house.h"
#include "keeper.h"
#include "live.h"
#include "queue.h"
#include "route.h"

#include "loop.h"

/* What Kore calls by name, and which system calls a worker may make. */

#define GAUGE_MS     500
#define STOP_SECONDS 3 /* for threads to end, after the requests did */

const char *kore_version = "4.1.0 with Genkan's patches";

int web_request(struct http_request *);
int web_redirect(struct http_request *);

static void note_gauges(void *, u_int64_t);

/*
 * Beside Kore's own list (which has the plain reading and writing).  A thread
 * that makes any other call ends the worker.
 */
KORE_SECCOMP_FILTER("genkan",
    /* Connections to PostgreSQL, kms and decode; names of hosts. */
    KORE_SYSCALL_ALLOW(socket), KORE_SYSCALL_ALLOW(connect),
    KORE_SYSCALL_ALLOW(getsockopt), KORE_SYSCALL_ALLOW(getsockname),
    KORE_SYSCALL_ALLOW(getpeername), KORE_SYSCALL_ALLOW(sendmsg),
    KORE_SYSCALL_ALLOW(recvmsg), KORE_SYSCALL_ALLOW(sendmmsg),
    KORE_SYSCALL_ALLOW(bind), KORE_SYSCALL_ALLOW(shutdown),
    /* curl's and the loop's way to wake another thread. */
    KORE_SYSCALL_ALLOW(eventfd2), KORE_SYSCALL_ALLOW(pipe2),
    KORE_SYSCALL_ALLOW(socketpair),
    /* Threads: their stacks, ends, names and priorities. */
    KORE_SYSCALL_ALLOW(sched_getaffinity), KORE_SYSCALL_ALLOW(sched_yield),
    KORE_SYSCALL_ALLOW(prlimit64), KORE_SYSCALL_ALLOW(gettid),
    KORE_SYSCALL_ALLOW(tgkill), KORE_SYSCALL_ALLOW(mremap),
    KORE_SYSCALL_ALLOW(membarrier), KORE_SYSCALL_ALLOW(restart_syscall),
    KORE_SYSCALL_ALLOW(setpriority),
    /* Who and where we are: libpq and the resolver ask. */
    KORE_SYSCALL_ALLOW(uname), KORE_SYSCALL_ALLOW(getgid),
    KORE_SYSCALL_ALLOW(getegid), KORE_SYSCALL_ALLOW(getppid),
    KORE_SYSCALL_ALLOW(getdents64), KORE_SYSCALL_ALLOW(statx),
    KORE_SYSCALL_ALLOW(sysinfo),
    /* libsodium's and OpenSSL's memory for keys. */
    KORE_SYSCALL_ALLOW(mlock), KORE_SYSCALL_ALLOW(munlock))

int
web_request(struct http_request *req)
{
	return (dispatch_request(req));
}

int
web_redirect(struct http_request *req)
{
	return (dispatch_redirect(req));
}

void
kore_worker_configure(void)
{
	struct fault f = FAULT_INIT;

	counter_note(COUNTER_WORKER_STARTS);
	hasher_enter(worker->id);
	if (!loop_start(&f) || !queue_start(dispatch_finished, &f) ||
	    (!route_of_operator() &&
		(!live_start(&f) || !house_start(&f) || !keeper_start(&f))))
		fatalx("%s", f.what);
	(void)kore_timer_add(note_gauges, GAUGE_MS, NULL, 0);
}

/*
 * A thread may be held by a database that does not answer.  Then leave without
 * it: what it has begun is rolled back when its connection ends.
 */
void
kore_worker_teardown(void)
{
	struct timespec until;
	bool all;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	all = live_stop(&until);
	all = house_stop(&until) && all;
	all = keeper_stop(&until) && all;
	all = queue_stop(&until) && all;
	if (!all) {
		log_line(LOG_LEVEL_WARNING, "web.stop", "what",
		    "left threads behind that something holds", NULL);
		_exit(0);
	}
}

/* Kore's own messages, which our patch 0030 hands over. */
void
web_kore_log(int priority, const char *process, const char *text)
{
	log_line(priority <= LOG_ERR      ? LOG_LEVEL_ERROR
		: priority == LOG_WARNING ? LOG_LEVEL_WARNING
					  : LOG_LEVEL_INFO,
	    "web.kore", "process", process, "what", text, NULL);
}

static void
note_gauges(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	counter_set(worker->id, COUNTER_CONNECTIONS, worker_active_connections);
	counter_set(worker->id, COUNTER_JOBS_WAITING, queue_waiting());
	counter_set(worker->id, COUNTER_SOCKETS, live_count());
}
