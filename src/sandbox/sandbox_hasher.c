#include "fault.h"

#include "sandbox_hasher.h"
#include "sandbox_list.h"

#ifdef GENKAN_SANITIZE

bool
sandbox_hasher(struct fault *f)
{
	(void)f;
	return (true);
}

#else

static int add_rules(scmp_filter_ctx, int);

bool
sandbox_hasher(struct fault *f)
{
	return (sandbox_list_load(SANDBOX_LIST_OTHERWISE, add_rules, 0, f));
}

static int
add_rules(scmp_filter_ctx list, int unused)
{
	static const int allowed[] = {
		SCMP_SYS(recvfrom),        /* a password */
		SCMP_SYS(sendto),          /* its answer */
		SCMP_SYS(write),           /* lines of log */
		SCMP_SYS(poll),            /* waiting and resting */
		SCMP_SYS(ppoll),           /* the same on newer machines */
		SCMP_SYS(brk),             /* malloc */
		SCMP_SYS(munmap),          /* argon2id's memory, back */
		SCMP_SYS(madvise),         /* malloc: trimming */
		SCMP_SYS(futex),           /* pthread_once */
		SCMP_SYS(getrandom),       /* salts */
		SCMP_SYS(clock_gettime),   /* how long to rest */
		SCMP_SYS(exit_group),      /* the end */
		SCMP_SYS(rt_sigreturn),    /* back from a signal */
		SCMP_SYS(restart_syscall), /* a poll that SIGSTOP cut */
	};
	int err =
	    sandbox_list_add(list, SCMP_ACT_ALLOW, allowed, NELEMS(allowed));

	(void)unused;
	return (err != 0 ? err : sandbox_list_add_memory(list));
}

#endif
