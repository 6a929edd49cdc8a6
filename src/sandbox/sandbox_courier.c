#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "fault.h"

#include "sandbox_courier.h"
#include "sandbox_list.h"

static int fill(scmp_filter_ctx, int);
static int add_rules(scmp_filter_ctx, enum sandbox_courier_part);
static int add_conditions(scmp_filter_ctx);

bool
sandbox_courier(enum sandbox_courier_part part, struct fault *f)
{
	return (sandbox_list_load(SANDBOX_LIST_OTHERWISE, fill, (int)part, f));
}

static int
fill(scmp_filter_ctx list, int part)
{
	int err = seccomp_attr_set(list, SCMP_FLTATR_CTL_LOG, 1);

	if (err == 0)
		err = add_rules(list, (enum sandbox_courier_part)part);
	return (err);
}

#ifdef GENKAN_SANITIZE
/* The sanitizers call much of their own: refuse what tests must see refused. */
static int
add_rules(scmp_filter_ctx list, enum sandbox_courier_part part)
{
	static const int refused[] = {
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
	(void)part;
	(void)add_conditions;
	return (sandbox_list_add(
	    list, SCMP_ACT_ERRNO(EPERM), refused, NELEMS(refused)));
}

static int
add_conditions(scmp_filter_ctx list)
{
	(void)list;
	return (0);
}
#else
static int
add_rules(scmp_filter_ctx list, enum sandbox_courier_part part)
{
	static const int allowed[] = {
		/* Connections, outwards. */
		SCMP_SYS(socket),
		SCMP_SYS(socketpair), /* libcurl's wake-up */
		SCMP_SYS(connect),
		SCMP_SYS(bind), /* netlink, for getaddrinfo */
		SCMP_SYS(getsockname),
		SCMP_SYS(getpeername),
		SCMP_SYS(getsockopt),
		SCMP_SYS(setsockopt),
		SCMP_SYS(shutdown),
		SCMP_SYS(sendto),
		SCMP_SYS(recvfrom),
		SCMP_SYS(sendmsg),
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendmmsg), /* the resolver asks A and AAAA at once */
		SCMP_SYS(recvmmsg),
		SCMP_SYS(read),
		SCMP_SYS(write),
		SCMP_SYS(readv),
		SCMP_SYS(writev),
		SCMP_SYS(poll),
		SCMP_SYS(ppoll),
		SCMP_SYS(select),
		SCMP_SYS(pselect6),
		SCMP_SYS(pipe),
		SCMP_SYS(pipe2),
		SCMP_SYS(eventfd2),
		SCMP_SYS(fcntl),
		SCMP_SYS(ioctl), /* FIONREAD, FIONBIO */
		SCMP_SYS(dup),
		SCMP_SYS(close),
		/* Files to read: certificates, resolv.conf, hosts, zones. */
		SCMP_SYS(stat),
		SCMP_SYS(lstat),
		SCMP_SYS(fstat),
		SCMP_SYS(newfstatat),
		SCMP_SYS(statx),
		SCMP_SYS(access),
		SCMP_SYS(faccessat),
		SCMP_SYS(faccessat2),
		SCMP_SYS(readlink),
		SCMP_SYS(lseek),
		SCMP_SYS(pread64),
		SCMP_SYS(getdents64),
		SCMP_SYS(getcwd),
		/* Memory and threads. */
		SCMP_SYS(brk),
		SCMP_SYS(mmap), /* libraries too: look-up and sign-in
				 * mechanisms are loaded on use */
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(madvise),
		SCMP_SYS(mlock), /* the secure heap */
		SCMP_SYS(munlock),
		SCMP_SYS(futex),
		SCMP_SYS(set_robust_list),
		SCMP_SYS(rseq),
		SCMP_SYS(sched_yield),
		SCMP_SYS(sched_getaffinity),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group),
		/* Signals and time. */
		SCMP_SYS(rt_sigaction),
		SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(rt_sigreturn),
		SCMP_SYS(restart_syscall),
		SCMP_SYS(tgkill), /* abort */
		SCMP_SYS(alarm),
		SCMP_SYS(nanosleep),
		SCMP_SYS(clock_nanosleep),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday),
		SCMP_SYS(time),
		/* Who and where am I: libpq and the resolver ask. */
		SCMP_SYS(getrandom),
		SCMP_SYS(getpid),
		SCMP_SYS(getppid),
		SCMP_SYS(gettid),
		SCMP_SYS(getuid),
		SCMP_SYS(geteuid),
		SCMP_SYS(getgid),
		SCMP_SYS(getegid),
		SCMP_SYS(uname),
		SCMP_SYS(sysinfo),
		SCMP_SYS(prlimit64),
		SCMP_SYS(getrlimit),
	};
	int err =
	    sandbox_list_add(list, SCMP_ACT_ALLOW, allowed, NELEMS(allowed));

	/* Courier ends by waiting for its foreman. */
	if (err == 0 && part == SANDBOX_COURIER_MAIN)
		err =
		    seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(wait4), 0);
	return (err != 0 ? err : add_conditions(list));
}

static int
add_conditions(scmp_filter_ctx list)
{
	const scmp_datum_t write = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	int err;

	/* Files are opened to be read. */
	err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, write, 0));
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, write, 0));
	/* Threads share memory; a process would not.  clone3 hides its flags
	 * in memory, and libc does without it. */
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_VM | CLONE_THREAD,
			CLONE_VM | CLONE_THREAD));
	if (err == 0)
		err = seccomp_rule_add(
		    list, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	/* Memory that was written never becomes code. */
	if (err == 0)
		err = seccomp_rule_add(list, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
		    1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return (err);
}
#endif
