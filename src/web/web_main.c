#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fault.h"
#include "log.h"
#include "secret.h"

#include "operator_seal.h"

#include "asset.h"
#include "counter.h"
#include "dispatch.h"
#include "hasher.h"
#include "rate.h"
#include "route.h"
#include "stranger.h"

/* The start of genkan-web: settings, pages, Kore's configuration, Kore. */

/* static const char template[]: conf/genkan.conf.in, as the build found it. */
#include "web_conf.inc"

/* Kore's main, under another name. */
int kore_main(int, char **);

static bool prepare(char *, size_t, struct fault *);
static bool render(FILE *, struct fault *);
static const char *value_of(const char *, size_t, struct fault *);
static int run(char *);

int
main(void)
{
	struct fault f = FAULT_INIT;
	char conf[4200];

	log_program("web");
	if (!prepare(conf, sizeof(conf), &f)) {
		log_fault("web.start", &f);
		return (1);
	}
	return (run(conf));
}

static bool
prepare(char *conf, size_t size, struct fault *f)
{
	FILE *out;
	bool ok;

	if (!secret_boot(f) || !config_load(CONFIG_WEB, f) ||
	    !asset_load(config_text(CONFIG_ASSETS_DIR), f) ||
	    (route_of_operator() && !operator_seal_good(f)) ||
	    !counter_start(f) || !hasher_start(f) || !stranger_start(f) ||
	    !rate_start(f) || !dispatch_start(f))
		return (false);

	(void)snprintf(conf, size, "%s/%s.conf", config_text(CONFIG_RUN_DIR),
	    route_of_operator() ? "operator" : "web");
	if (unlink(conf) == -1 && errno != ENOENT)
		return (fault_set(f, FAULT_SYSTEM, "unlink(%.100s): %s", conf,
		    strerror(errno)));
	if ((out = fopen(conf, "wxe")) == NULL)
		return (fault_set(f, FAULT_SYSTEM, "open(%.100s): %s", conf,
		    strerror(errno)));
	ok = render(out, f);
	if (fclose(out) != 0)
		ok = fault_set(f, FAULT_SYSTEM, "write(%.100s): %s", conf,
		    strerror(errno));
	return (ok);
}

/*
 * The template's lines, with {{NAME}} replaced by the setting's value.  A line
 * "?NAME ..." is there only if that setting is neither empty, 0 nor no.
 */
static bool
render(FILE *out, struct fault *f)
{
	const char *line = template, *end, *mark, *value;
	size_t len;

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if (*line == '?') {
			len = strcspn(++line, " ");
			if ((value = value_of(line, len, f)) == NULL)
				return (false);
			if (value[0] == '\0' || strcmp(value, "0") == 0 ||
			    strcmp(value, "no") == 0)
				continue;
			line += len + 1;
		}
		while ((mark = strstr(line, "{{")) != NULL && mark < end) {
			len = strcspn(mark + 2, "}");
			if ((value = value_of(mark + 2, len, f)) == NULL)
				return (false);
			(void)fprintf(
			    out, "%.*s%s", (int)(mark - line), line, value);
			line = mark + 2 + len + 2;
		}
		(void)fprintf(out, "%.*s\n", (int)(end - line), line);
	}
	return (true);
}

/* A setting's value by its name; what could break a line is refused. */
static const char *
value_of(const char *name, size_t len, struct fault *f)
{
	struct {
		const char *name;
		enum config_setting setting;
	} known[] = {
		{ "BIND", CONFIG_BIND },
		{ "HTTPS_PORT", CONFIG_HTTPS_PORT },
		{ "HTTP_PORT", CONFIG_HTTP_PORT },
		{ "KEYMGR_USER", CONFIG_KEYMGR_USER },
		{ "RUN_DIR", CONFIG_RUN_DIR },
		{ "SECCOMP_TRACE", CONFIG_SECCOMP_TRACE },
		{ "STATE_DIR", CONFIG_STATE_DIR },
		{ "USER", CONFIG_USER },
		{ "WORKERS", CONFIG_WORKERS },
	};
	const char *value;
	size_t i;

	/* The operator's server beside the other has its own, of some. */
	if (route_of_operator()) {
		known[0].setting = CONFIG_OPERATOR_BIND;
		known[1].setting = CONFIG_OPERATOR_PORT;
	}
	if (len == 4 && strncmp("NAME", name, len) == 0)
		return (route_of_operator() ? "operator" : "web");
	if (route_of_operator() && len == 9 &&
	    strncmp("HTTP_PORT", name, len) == 0)
		return ("0");
	for (i = 0; i < NELEMS(known); i++) {
		if (strlen(known[i].name) != len ||
		    strncmp(known[i].name, name, len) != 0)
			continue;
		value = config_text(known[i].setting);
		if (strpbrk(value, " \t\r\n") != NULL)
			break;
		return (value);
	}
	fault_set(f, FAULT_CONFIG,
	    "GENKAN_%.*s cannot stand in Kore's configuration", (int)len, name);
	return (NULL);
}

/*
 * Kore in the foreground.  Never in a chroot: PostgreSQL's, kms's and decode's
 * sockets are outside it, and a worker's system calls and user confine it.
 */
static int
run(char *conf)
{
	static char name[] = "genkan-web", foreground[] = "-f",
		    no_chroot[] = "-n", no_user[] = "-r", with[] = "-c";
	char *as_root[] = { name, foreground, no_chroot, with, conf, NULL };
	char *as_user[] = { name, foreground, no_chroot, no_user, with, conf,
		NULL };

	if (geteuid() == 0)
		return (kore_main((int)NELEMS(as_root) - 1, as_root));
	return (kore_main((int)NELEMS(as_user) - 1, as_user));
}
