#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "secret.h"
#include "text.h"

#include "sandbox_kms.h"

#include "credential.h"
#include "kms_audit.h"
#include "kms_conn.h"
#include "kms_http.h"
#include "kms_main.h"
#include "principal.h"
#include "ring.h"
#include "ring_file.h"
#include "stops.h"
#include "upstream.h"

#define SWEEP_NS       500000000
#define TICK_MS        60000
#define PASSPHRASE_MIN 20   /* it must outlast offline guessing */
#define SOCKET_MODE    0666 /* signatures and uids decide, not the file */

static volatile sig_atomic_t reopen;

static int serve(void);
static bool is_forwarding(void);
static bool open_ring(struct kms_http_settings *, struct fault *);
static bool open_upstream(struct kms_http_settings *, struct fault *);
static bool stops_start(const struct kms_http_settings *, struct fault *);
static int init(void);
static bool make_principals(struct fault *);
static bool is_given(enum config_setting, const char *, struct fault *);
static bool ring_paths(struct ring_paths *, struct fault *);
static bool ring_lock(struct fault *);
static bool listen_tcp(int *, struct fault *);
static bool audit_start(struct fault *);
static void on_hangup(int);
static void loop(struct ring *);

int
kms_main(int argc, char **argv)
{
	if (argc == 1)
		return (serve());
	if (argc == 2 && strcmp(argv[1], "init") == 0)
		return (init());
	(void)fprintf(stderr, "usage: genkan kms [init]\n");
	return (EX_USAGE);
}

static int
serve(void)
{
	struct kms_http_settings settings = { .unix_fd = -1, .tcp_fd = -1 };
	struct principals *principals = NULL;
	struct kms_http *http = NULL;
	struct fault f = FAULT_INIT;
	int status = 1;

	tzset(); /* reads a file once, which the sandbox would not like */
	if (!process_on_stop(&f) || !audit_start(&f) ||
	    (principals = principals_load(
		 config_text(CONFIG_KMS_PRINCIPALS), &f)) == NULL ||
	    !(is_forwarding() ? open_upstream(&settings, &f)
			      : open_ring(&settings, &f)))
		goto out;

	settings.principals = principals;
	settings.region = config_text(CONFIG_KMS_REGION);
	if (!process_listen(
		PROCESS_KMS_SOCKET, SOCKET_MODE, &settings.unix_fd, &f) ||
	    !listen_tcp(&settings.tcp_fd, &f) || !stops_start(&settings, &f) ||
	    !sandbox_kms(is_forwarding(), &f) ||
	    (http = kms_http_start(&settings, &f)) == NULL)
		goto out;

	log_line(LOG_LEVEL_INFO, "kms.ready", "tcp",
	    settings.tcp_fd != -1 ? config_text(CONFIG_KMS_TCP) : "off",
	    "forward", is_forwarding() ? config_text(CONFIG_KMS_FORWARD) : "no",
	    NULL);
	loop(settings.ring);
	log_line(LOG_LEVEL_INFO, "kms.stopped", NULL);
	status = 0;

out:
	kms_http_stop(http);
	ring_close(settings.ring);
	upstream_close(settings.upstream);
	principals_free(principals);
	kms_audit_close();
	if (status != 0)
		log_fault("kms.refused_to_start", &f);
	return (status);
}

static bool
is_forwarding(void)
{
	return (config_is_set(CONFIG_KMS_FORWARD));
}

static bool
open_ring(struct kms_http_settings *settings, struct fault *f)
{
	struct ring_paths paths;

	return (ring_paths(&paths, f) && ring_lock(f) &&
	    (settings->ring = ring_open(
		 &paths, config_text(CONFIG_KMS_PASSPHRASE), f)) != NULL);
}

/* That it answers is not asked: it may be away for now. */
static bool
open_upstream(struct kms_http_settings *settings, struct fault *f)
{
	struct credential *credential;
	bool ok;

	if ((credential = secret_alloc(sizeof(*credential))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "the secure heap is full"));
	ok = credential_get(credential, f);
	secret_free(credential, sizeof(*credential));
	return (ok &&
	    (settings->upstream = upstream_open(config_text(CONFIG_KMS_FORWARD),
		 config_text(CONFIG_KMS_REGION),
		 config_text(CONFIG_KMS_FORWARD_CA), f)) != NULL);
}

/* A key that was stopped when we were killed is told of now. */
static bool
stops_start(const struct kms_http_settings *settings, struct fault *f)
{
	char stops[65];

	if (!stops_open(f))
		return (false);
	if (settings->ring != NULL) {
		ring_stops(settings->ring, stops);
		stops_tell(stops);
	} else
		stops_tell(NULL);
	return (true);
}

static int
init(void)
{
	struct ring_paths paths;
	struct fault f = FAULT_INIT;

	if (is_forwarding()) {
		if (!make_principals(&f))
			goto fail;
		return (0);
	}
	if (strlen(config_text(CONFIG_KMS_PASSPHRASE)) < PASSPHRASE_MIN) {
		(void)fault_set(&f, FAULT_CONFIG,
		    "GENKAN_KMS_PASSPHRASE has fewer than %d characters; for "
		    "example: openssl rand -base64 36",
		    PASSPHRASE_MIN);
		goto fail;
	}
	if (!ring_paths(&paths, &f) || !ring_lock(&f))
		goto fail;
	if (ring_file_exists(&paths)) {
		(void)fault_set(&f, FAULT_CONFIG,
		    "there is a key ring already: %s", paths.first);
		goto fail;
	}
	if (!make_principals(&f) ||
	    !ring_make(&paths, config_text(CONFIG_KMS_PASSPHRASE), &f))
		goto fail;
	(void)printf("made the key ring %s and its copy %s\n", paths.first,
	    paths.second);
	return (0);

fail:
	(void)fprintf(stderr, "genkan: %s\n", f.what);
	return (1);
}

static bool
make_principals(struct fault *f)
{
	const char *principals = config_text(CONFIG_KMS_PRINCIPALS);

	if (access(principals, F_OK) == 0) {
		(void)printf("kept the principals of %s\n", principals);
		return (true);
	}
	if (!principals_make(principals, f))
		return (false);
	(void)printf("made the principals %s\n", principals);
	return (true);
}

static bool
is_given(enum config_setting setting, const char *what, struct fault *f)
{
	return (
	    config_is_set(setting) || fault_set(f, FAULT_CONFIG, "%s", what));
}

static bool
ring_paths(struct ring_paths *paths, struct fault *f)
{
	const char *second = config_text(CONFIG_KMS_RING_COPY);
	int n;

	if (!is_given(CONFIG_KMS_PASSPHRASE,
		"GENKAN_KMS_PASSPHRASE is missing, for example "
		"GENKAN_KMS_PASSPHRASE_FILE=/etc/genkan/kms-passphrase",
		f) ||
	    !is_given(CONFIG_KMS_RING_COPY,
		"GENKAN_KMS_RING_COPY is missing, for example "
		"/srv/genkan-ring/ring",
		f))
		return (false);
	n = snprintf(paths->first, sizeof(paths->first), "%s/ring",
	    config_text(CONFIG_STATE_DIR));
	if (n < 0 || (size_t)n >= sizeof(paths->first) - 16 ||
	    strlen(second) >= sizeof(paths->second) - 16)
		return (fault_set(
		    f, FAULT_CONFIG, "the paths of the key ring are too long"));
	text_copy(paths->second, sizeof(paths->second), second);
	if (strcmp(paths->first, paths->second) == 0)
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_KMS_RING_COPY must not be the ring itself: %s",
		    second));
	return (true);
}

/* Two services on one ring would undo each other's changes. */
static bool
ring_lock(struct fault *f)
{
	char path[RING_PATH_MAX + 16];
	int fd;

	(void)snprintf(
	    path, sizeof(path), "%s/ring.lock", config_text(CONFIG_STATE_DIR));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return (fault_set(
		    f, FAULT_SYSTEM, "%s: %s", path, strerror(errno)));
	/* Held, and left open, until the process ends. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return (fault_set(
		    f, FAULT_SYSTEM, "another key service uses %s", path));
	return (true);
}

/* "127.0.0.1:8100" or "[::1]:8100"; nothing but loopback. */
static bool
listen_tcp(int *fdp, struct fault *f)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;
	const char *text = config_text(CONFIG_KMS_TCP), *colon;
	const int on = 1;
	socklen_t len;
	long port;
	char *end;
	int fd;

	if (text[0] == '\0')
		return (true);
	if ((colon = strrchr(text, ':')) == NULL ||
	    (port = strtol(colon + 1, &end, 10)) < 1 || port > 65535 ||
	    *end != '\0')
		goto bad;
	if (strncmp(text, "127.0.0.1:", 10) == 0 && colon == text + 9) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		len = sizeof(*v4);
	} else if (strncmp(text, "[::1]:", 6) == 0 && colon == text + 5) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		v6->sin6_addr = in6addr_loopback;
		len = sizeof(*v6);
	} else
		goto bad;

	fd =
	    socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (const struct sockaddr *)&at, len) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		(void)fault_set(f, FAULT_SYSTEM, "GENKAN_KMS_TCP=%s: %s", text,
		    strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return (false);
	}
	*fdp = fd;
	return (true);

bad:
	return (fault_set(f, FAULT_CONFIG,
	    "GENKAN_KMS_TCP=%s: only loopback, for example 127.0.0.1:8100",
	    text));
}

static bool
audit_start(struct fault *f)
{
	struct sigaction sa = { .sa_handler = on_hangup };
	char path[RING_PATH_MAX + 32];

	(void)snprintf(
	    path, sizeof(path), "%s/audit.log", config_text(CONFIG_STATE_DIR));
	(void)sigemptyset(&sa.sa_mask);
	if (sigaction(SIGHUP, &sa, NULL) != 0)
		return (fault_set(f, FAULT_SYSTEM, "sigaction"));
	return (kms_audit_open(path, f));
}

static void
on_hangup(int signal)
{
	(void)signal;
	reopen = 1;
}

/* The threads of libmicrohttpd serve; this one looks after time. */
static void
loop(struct ring *ring)
{
	const struct timespec pause = { 0, SWEEP_NS };
	struct fault f;
	int64_t now, due = 0;

	while (!process_stopping()) {
		now = clock_monotonic();
		kms_conn_sweep(now);
		if (ring != NULL && now >= due) {
			fault_clear(&f);
			if (!ring_tick(ring, clock_now() / 1000, &f))
				log_fault("kms.tick_failed", &f);
			due = now + TICK_MS;
		}
		if (reopen) {
			reopen = 0;
			kms_audit_reopen();
		}
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}
