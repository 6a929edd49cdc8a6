#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "decoder.h"

static void become(int, enum decoder_kind) __attribute__((noreturn));

static const char *const kinds[] = {
	[DECODER_FRAME] = "frame",
	[DECODER_SCAN] = "scan",
	[DECODER_CONVERT] = "convert",
};
_Static_assert(NELEMS(kinds) == DECODER_KIND__MAX, "every kind has a name");

bool
decoder_start(enum decoder_kind kind, struct decoder *d, struct fault *f)
{
	int pair[2];

	d->pid = -1;
	d->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return (fault_set(
		    f, FAULT_SYSTEM, "socketpair: %s", strerror(errno)));
	if ((d->pid = fork()) == -1) {
		fault_set(f, FAULT_SYSTEM, "fork: %s", strerror(errno));
		(void)close(pair[0]);
		(void)close(pair[1]);
		return (false);
	}
	if (d->pid == 0)
		become(pair[1], kind);
	(void)close(pair[1]);
	d->fd = pair[0];

	return (true);
}

int
decoder_kill(struct decoder *d)
{
	int status = 0;

	if (d->fd != -1)
		(void)close(d->fd);
	if (d->pid > 0) {
		(void)kill(d->pid, SIGKILL);
		while (waitpid(d->pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	d->pid = -1;
	d->fd = -1;

	return (status);
}

/* Between fork and exec: only what is safe there. */
static void
become(int fd, enum decoder_kind kind)
{
	static char name[] = "genkan-decode", arg[] = DECODER_ARG;
	static char empty[] = "PATH=/nonexistent";
	char word[16];
	char *const argv[] = { name, arg, word, NULL };
	char *const none[] = { empty, NULL };
	char *const *env = none;
	sigset_t all;

	memcpy(word, kinds[kind], strlen(kinds[kind]) + 1);
#ifdef GENKAN_SANITIZE
	env = environ;
#endif
	/* An interrupt at the terminal goes to the parent, which ends us. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (fd == DECODER_FD ? fcntl(fd, F_SETFD, 0) == -1
			     : dup2(fd, DECODER_FD) == -1)
		_exit(127);
	(void)close_range(DECODER_FD + 1, ~0U, 0);
	(void)execve("/proc/self/exe", argv, env);
	_exit(127);
}
