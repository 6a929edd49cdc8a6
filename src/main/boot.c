#include <sys/prctl.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "fault.h"
#include "log.h"
#include "secret.h"

static void embedded_settings(const char *);
static bool embedded_dir(const char *, char *, size_t);
static void adopt(int, const char *);

bool
boot(const char *name, enum config_program program, bool one_shot)
{
	struct fault f = FAULT_INIT;

	log_program(name);
	(void)umask(0077);
	(void)signal(SIGPIPE, SIG_IGN);
	if (one_shot)
		embedded_settings(name);
	if (!secret_boot(&f) || !config_load(program, &f))
		goto fail;

	/* Nothing we start or become may have more rights than we have. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		fault_set(&f, FAULT_SYSTEM, "rights could be gained again");
		goto fail;
	}
	return (true);

fail:
	if (one_shot)
		(void)fprintf(stderr, "genkan: %s\n", f.what);
	else
		log_fault("boot.refused", &f);
	return (false);
}

/* A command typed in a checkout means the installation in its var/. */
static void
embedded_settings(const char *name)
{
	char dir[PATH_MAX];
	const struct dirent *entry;
	bool found;
	DIR *d;

	found = getenv("GENKAN_RUN_DIR") == NULL &&
	    getenv("GENKAN_DB") == NULL && getenv("GENKAN_DB_FILE") == NULL &&
	    embedded_dir(name, dir, sizeof(dir));
	(void)unsetenv("GENKAN_VAR");
	if (!found || (d = opendir(dir)) == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (strncmp(entry->d_name, "GENKAN_", 7) == 0)
			adopt(dirfd(d), entry->d_name);
	}
	(void)closedir(d);
}

static bool
embedded_dir(const char *name, char *out, size_t size)
{
	const char *var = getenv("GENKAN_VAR");
	char exe[PATH_MAX];
	ssize_t len;
	int n, i;

	if (var != NULL && var[0] != '\0') {
		n = snprintf(out, size, "%s/env/%s", var, name);
		return (n > 0 && (size_t)n < size);
	}
	if ((len = readlink("/proc/self/exe", exe, sizeof(exe) - 1)) <= 0)
		return (false);
	exe[len] = '\0';
	for (i = 0; i < 2; i++) {
		char *slash = strrchr(exe, '/');

		if (slash == NULL)
			return (false);
		*slash = '\0';
	}
	n = snprintf(out, size, "%s/var/env/%s", exe, name);
	return (n > 0 && (size_t)n < size);
}

/* Take one variable from its file, unless the environment has it already. */
static void
adopt(int dir, const char *name)
{
	char value[4096];
	ssize_t n;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, value, sizeof(value) - 1);
	(void)close(fd);
	if (n <= 0)
		return;
	if (value[n - 1] == '\n')
		n--;
	value[n] = '\0';
	(void)setenv(name, value, 0);
	secret_wipe(value, sizeof(value));
}
