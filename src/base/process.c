#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fault.h"
#include "process.h"
#include "text.h"

#define BACKLOG 128

static volatile sig_atomic_t stopping;

static void stop(int);
static bool make_dir(const char *);
static bool is_answered(const struct sockaddr_un *);

bool
process_listen(const char *name, mode_t mode, int *fdp, struct fault *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if (!process_path(name, at.sun_path, sizeof(at.sun_path)))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_RUN_DIR is too long for a socket"));
	if (!make_dir(at.sun_path))
		return (fault_set(f, FAULT_SYSTEM, "no directory for %s: %s",
		    at.sun_path, strerror(errno)));
	if (is_answered(&at))
		return (fault_set(
		    f, FAULT_SYSTEM, "another process serves %s", at.sun_path));
	if (unlink(at.sun_path) != 0 && errno != ENOENT)
		return (fault_set(
		    f, FAULT_SYSTEM, "%s: %s", at.sun_path, strerror(errno)));

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (
		    fault_set(f, FAULT_SYSTEM, "socket: %s", strerror(errno)));
	mask = umask(0777 & ~mode);
	rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
	(void)umask(mask);
	if (rc != 0 || listen(fd, BACKLOG) != 0) {
		fault_set(
		    f, FAULT_SYSTEM, "%s: %s", at.sun_path, strerror(errno));
		(void)close(fd);
		return (false);
	}
	*fdp = fd;
	return (true);
}

bool
process_path(const char *name, char *out, size_t size)
{
	const int n =
	    snprintf(out, size, "%s/%s", config_text(CONFIG_RUN_DIR), name);

	return (n > 0 && (size_t)n < size);
}

bool
process_peer(int fd, uid_t *uid)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return (false);
	*uid = who.uid;
	return (true);
}

bool
process_on_stop(struct fault *f)
{
	struct sigaction sa = { .sa_handler = stop };

	(void)sigemptyset(&sa.sa_mask);
	if (sigaction(SIGTERM, &sa, NULL) != 0 ||
	    sigaction(SIGINT, &sa, NULL) != 0)
		return (fault_set(f, FAULT_SYSTEM, "sigaction"));
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, NULL) != 0)
		return (fault_set(f, FAULT_SYSTEM, "sigaction"));
	return (true);
}

bool
process_stopping(void)
{
	return (stopping != 0);
}

static void
stop(int signal)
{
	(void)signal;
	stopping = 1;
}

/* The directory of ${path}, which others may enter but not list. */
static bool
make_dir(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char *slash;
	mode_t mask;
	int rc;

	text_copy(dir, sizeof(dir), path);
	if ((slash = strrchr(dir, '/')) == NULL)
		return (true);
	*slash = '\0';
	mask = umask(0066);
	rc = mkdir(dir, 0711);
	(void)umask(mask);
	return (rc == 0 || errno == EEXIST);
}

/* Does a living process accept connections there? */
static bool
is_answered(const struct sockaddr_un *at)
{
	bool ok;
	int fd;

	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (false);
	ok = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
	(void)close(fd);
	return (ok);
}
