#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "fault.h"
#include "sandbox_decode.h"
#include "sandbox_list.h"

static bool limit(__rlimit_resource_t, rlim_t, const char *, struct fault *);
static void leave_network(void);
static int add_rules(scmp_filter_ctx, int);

bool
sandbox_decode(const struct sandbox_decode_limits *limits, struct fault *f)
{
	leave_network();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return (
		    fault_set(f, FAULT_SYSTEM, "prctl: %s", strerror(errno)));
#ifndef GENKAN_SANITIZE
	/* The sanitizers' shadow needs terabytes of address space. */
	if (!limit(RLIMIT_AS, limits->memory, "address space", f))
		return (false);
#endif
	if (!limit(RLIMIT_CPU, limits->cpu_seconds, "CPU", f) ||
	    !limit(RLIMIT_NPROC, 0, "processes", f) ||
	    !limit(RLIMIT_CORE, 0, "core", f) ||
	    !limit(RLIMIT_FSIZE, 0, "file size", f))
		return (false);

	return (sandbox_list_load(SANDBOX_LIST_OTHERWISE, add_rules, 0, f));
}

static bool
limit(__rlimit_resource_t what, rlim_t to, const char *name, struct fault *f)
{
	const struct rlimit r = { .rlim_cur = to, .rlim_max = to };

	if (setrlimit(what, &r) == -1)
		return (fault_set(
		    f, FAULT_SYSTEM, "limit of %s: %s", name, strerror(errno)));

	return (true);
}

/*
 * An empty network namespace, directly as root, otherwise inside a user
 * namespace.  Where neither is allowed (most containers) the list of system
 * calls stands alone: it has no socket() either.
 */
static void
leave_network(void)
{
	if (unshare(CLONE_NEWNET) == -1)
		(void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

#ifdef GENKAN_SANITIZE
/*
 * The sanitizers (and gcov) map, protect, open and trace on their own, so
 * their builds only refuse what the tests must see refused.
 */
static int
add_rules(scmp_filter_ctx list, int unused)
{
	static const int refused[] = {
		SCMP_SYS(socket),
		SCMP_SYS(connect),
		SCMP_SYS(bind),
		SCMP_SYS(listen),
		SCMP_SYS(accept),
		SCMP_SYS(accept4),
		SCMP_SYS(execve),
		SCMP_SYS(execveat),
		SCMP_SYS(fork),
		SCMP_SYS(vfork),
		SCMP_SYS(unlink),
		SCMP_SYS(unlinkat),
		SCMP_SYS(rename),
		SCMP_SYS(renameat),
		SCMP_SYS(renameat2),
	};
	(void)unused;
	return (sandbox_list_add(
	    list, SCMP_ACT_ERRNO(EPERM), refused, NELEMS(refused)));
}
#else
static int
add_rules(scmp_filter_ctx list, int unused)
{
	static const int allowed[] = {
		SCMP_SYS(read),          /* frames, from the daemon */
		SCMP_SYS(write),         /* answers to it, lines of log */
		SCMP_SYS(brk),           /* malloc: small */
		SCMP_SYS(munmap),        /* malloc: giving pictures back */
		SCMP_SYS(mremap),        /* realloc of the same */
		SCMP_SYS(madvise),       /* malloc: trimming */
		SCMP_SYS(futex),         /* locks of libc and ZBar */
		SCMP_SYS(exit),          /* the end */
		SCMP_SYS(exit_group),    /* the end */
		SCMP_SYS(rt_sigreturn),  /* back from a signal, e.g. SIGCONT */
		SCMP_SYS(clock_gettime), /* CPU time between passes */
		SCMP_SYS(getrandom),     /* malloc's tags, hash seeds */
	};
	int err =
	    sandbox_list_add(list, SCMP_ACT_ALLOW, allowed, NELEMS(allowed));

	(void)unused;
	return (err != 0 ? err : sandbox_list_add_memory(list));
}
#endif
