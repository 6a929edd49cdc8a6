#include "fault.h"
#include "sandbox_kms.h"

#ifdef GENKAN_SANITIZE

bool
sandbox_kms(bool forwarding, struct fault *f)
{
	(void)forwarding;
	(void)f;
	return (true);
}

#else

#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>

#include "sandbox_list.h"

static int add_rules(scmp_filter_ctx, int);
static int add_forwarding(scmp_filter_ctx);

bool
sandbox_kms(bool forwarding, struct fault *f)
{
	return (
	    sandbox_list_load(SCMP_ACT_KILL_PROCESS, add_rules, forwarding, f));
}

static int
add_rules(scmp_filter_ctx list, int forwarding)
{
	static const int allowed[] = {
		/* connections: libmicrohttpd, over sockets that are open */
		SCMP_SYS(accept4),       /* a client comes */
		SCMP_SYS(recvfrom),      /* its request */
		SCMP_SYS(sendto),        /* our answer */
		SCMP_SYS(sendmsg),       /* our answer, head and body at once */
		SCMP_SYS(writev),        /* the same */
		SCMP_SYS(shutdown),      /* slow and idle clients; the end */
		SCMP_SYS(getsockopt),    /* who is at the other end */
		SCMP_SYS(setsockopt),    /* when TCP sends */
		SCMP_SYS(getsockname),   /* Unix or TCP? */
		SCMP_SYS(fcntl),         /* non-blocking, close on exec */
		SCMP_SYS(epoll_create1), /* waiting, in each thread */
		SCMP_SYS(epoll_ctl),     /* the same */
		SCMP_SYS(epoll_wait),    /* the same */
		SCMP_SYS(epoll_pwait),   /* the same, on other machines */
		SCMP_SYS(eventfd2),      /* threads wake each other */
		/* files: the ring's copies, lists, the audit log */
		SCMP_SYS(openat),     /* all of them */
		SCMP_SYS(close),      /* the same, and connections */
		SCMP_SYS(read),       /* the ring, before a dated copy */
		SCMP_SYS(write),      /* the ring, the logs */
		SCMP_SYS(pwrite64),   /* that a key was stopped */
		SCMP_SYS(fstat),      /* how long is it? */
		SCMP_SYS(newfstatat), /* is there a dated copy? */
		SCMP_SYS(fsync),      /* on disk before we say so */
		SCMP_SYS(rename),     /* a new ring takes the old one's place */
		SCMP_SYS(getdents64), /* which dated copies are there? */
		SCMP_SYS(unlinkat),   /* those that are too old */
		/* memory */
		SCMP_SYS(brk),     /* malloc */
		SCMP_SYS(munmap),  /* malloc, stacks of threads */
		SCMP_SYS(mremap),  /* realloc */
		SCMP_SYS(madvise), /* stacks of threads that ended */
		/* threads */
		SCMP_SYS(clone3),            /* a thread */
		SCMP_SYS(clone),             /* where clone3 is unknown */
		SCMP_SYS(futex),             /* locks */
		SCMP_SYS(set_robust_list),   /* a thread begins */
		SCMP_SYS(rseq),              /* a thread begins */
		SCMP_SYS(sched_getaffinity), /* malloc: how many processors */
		SCMP_SYS(gettid),            /* abort */
		SCMP_SYS(getpid),            /* abort; was there a fork? */
		SCMP_SYS(tgkill),            /* abort */
		/* time, chance, signals, the end */
		SCMP_SYS(clock_gettime),   /* where the vDSO cannot tell */
		SCMP_SYS(clock_nanosleep), /* between two rounds */
		SCMP_SYS(getrandom),       /* keys, nonces */
		SCMP_SYS(rt_sigaction),    /* the first pthread_create */
		SCMP_SYS(rt_sigprocmask),  /* each pthread_create */
		SCMP_SYS(rt_sigreturn),    /* back from SIGTERM, SIGHUP */
		SCMP_SYS(restart_syscall), /* a sleep that SIGSTOP cut */
		SCMP_SYS(exit),            /* a thread ends */
		SCMP_SYS(exit_group),      /* all end */
	};
	int err =
	    sandbox_list_add(list, SCMP_ACT_ALLOW, allowed, NELEMS(allowed));

	/* Memory for data and stacks; never for code. */
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
		    1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* Threads get names; nothing else of prctl. */
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
	if (err == 0 && forwarding)
		err = add_forwarding(list);
	return (err);
}

/* What asking a service behind us takes: libcurl, the resolver, OpenSSL. */
static int
add_forwarding(scmp_filter_ctx list)
{
	static const int allowed[] = {
		SCMP_SYS(socket),     /* the connection; the resolver's */
		SCMP_SYS(socketpair), /* libcurl's threads wake each other */
		SCMP_SYS(connect),    /* outwards */
		SCMP_SYS(bind),       /* netlink, for getaddrinfo */
		SCMP_SYS(getpeername),
		SCMP_SYS(poll),     /* waiting for an answer */
		SCMP_SYS(ppoll),    /* the same */
		SCMP_SYS(recvmsg),  /* the resolver */
		SCMP_SYS(sendmmsg), /* the resolver asks A and AAAA at once */
		SCMP_SYS(ioctl),    /* FIONREAD, FIONBIO */
		SCMP_SYS(pipe2),
		SCMP_SYS(uname),     /* the resolver */
		SCMP_SYS(stat),      /* did the credentials change? */
		SCMP_SYS(statx),     /* the same */
		SCMP_SYS(access),    /* which files has the resolver? */
		SCMP_SYS(faccessat), /* the same */
		SCMP_SYS(lseek),     /* certificates, hosts */
		SCMP_SYS(pread64),   /* the resolver's modules */
		SCMP_SYS(getuid),
		SCMP_SYS(geteuid),
		SCMP_SYS(getgid),
		SCMP_SYS(getegid),
		SCMP_SYS(nanosleep), /* between two tries */
		SCMP_SYS(sysinfo),
		SCMP_SYS(mlock), /* the secure heap */
		SCMP_SYS(munlock),
	};
	return (
	    sandbox_list_add(list, SCMP_ACT_ALLOW, allowed, NELEMS(allowed)));
}

#endif
