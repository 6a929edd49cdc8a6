#include <sys/mman.h>

#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "fault.h"

#include "sandbox_hasher.h"

#ifdef GENKAN_SANITIZE

bool
sandbox_hasher(struct fault *f)
{
	(void)f;
	return (true);
}

#else

static int add_rules(scmp_filter_ctx);

bool
sandbox_hasher(struct fault *f)
{
	scmp_filter_ctx list;
	int err = -ENOMEM;

	list = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (list != NULL && (err = add_rules(list)) == 0)
		err = seccomp_load(list);
	seccomp_release(list);
	if (err != 0)
		return (fault_set(f, FAULT_SYSTEM, "list of system calls: %s",
		    strerror(-err)));
	return (true);
}

static int
add_rules(scmp_filter_ctx list)
{
	static const int allowed[] = {
		SCMP_SYS(recvfrom),      /* a password */
		SCMP_SYS(sendto),        /* its answer */
		SCMP_SYS(write),         /* lines of log */
		SCMP_SYS(poll),          /* waiting and resting */
		SCMP_SYS(ppoll),         /* the same on newer machines */
		SCMP_SYS(brk),           /* malloc */
		SCMP_SYS(munmap),        /* argon2id's memory, back */
		SCMP_SYS(madvise),       /* malloc: trimming */
		SCMP_SYS(futex),         /* pthread_once */
		SCMP_SYS(getrandom),     /* salts */
		SCMP_SYS(clock_gettime), /* how long to rest */
		SCMP_SYS(exit_group),    /* the end */
		SCMP_SYS(rt_sigreturn),  /* back from a signal, e.g. SIGCONT */
	};
	size_t i;
	int err;

	for (i = 0; i < NELEMS(allowed); i++) {
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, allowed[i], 0);
		if (err != 0)
			return (err);
	}
	/* argon2id's memory and malloc: never a file, never code. */
	err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	return (err);
}

#endif
