#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "decode_protocol.h"
#include "decoder.h"
#include "image.h"
#include "scan.h"

/* A child is killed after so long on one file. */
#define LIVE_MS    1000
#define PATIENT_MS 60000

/* Files after which a child is replaced, as the daemon does. */
#define RECYCLE 4000

struct child {
	enum decoder_kind kind;
	struct decoder decoder; /* pid -1 while there is none */
	int files;
};

struct scan {
	bool timed;
	bool pass_only;
	struct child reader;
	struct child converter;
	uint32_t number;
};

static int usage(void);
static bool scan_file(struct scan *, const char *, struct fault *);
static bool load(const char *, uint8_t **, size_t *, struct fault *);
static bool look(struct scan *, const uint8_t *, size_t,
    struct decoder_result *, uint8_t **, struct fault *);
static bool ask(struct child *, const struct decoder_task *, const uint8_t *,
    int, struct decoder_result *, uint8_t **, struct fault *);
static bool raise_child(struct child *, struct fault *);
static bool push(int, const void *, size_t, int64_t);
static bool pull(int, void *, size_t, int64_t);
static bool await(int, short, int64_t);
static void print(const struct scan *, const char *,
    const struct decoder_result *, const uint8_t *);
static void print_escaped(const uint8_t *, size_t);

int
scan_main(int argc, char **argv)
{
	struct scan scan = {
		.reader = { DECODER_SCAN, { -1, -1 }, 0 },
		.converter = { DECODER_CONVERT, { -1, -1 }, 0 },
	};
	struct fault f = FAULT_INIT;
	int i, failed = 0;

	for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--time") == 0)
			scan.timed = true;
		else if (strcmp(argv[i], "--pass") == 0)
			scan.pass_only = true;
		else if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		} else
			return (usage());
	}
	if (i == argc)
		return (usage());
	for (; i < argc; i++, scan.number++) {
		if (scan_file(&scan, argv[i], &f))
			continue;
		(void)fflush(stdout);
		(void)fprintf(
		    stderr, "genkan-decode: %s: %s\n", argv[i], f.what);
		fault_clear(&f);
		failed = 1;
	}
	(void)decoder_kill(&scan.reader.decoder);
	(void)decoder_kill(&scan.converter.decoder);
	if (fflush(stdout) != 0)
		failed = 1;

	return (failed);
}

static int
usage(void)
{
	(void)fprintf(
	    stderr, "usage: genkan-decode scan [--time] [--pass] FILE...\n");

	return (EX_USAGE);
}

/* A file that cannot be looked at has its row too: nothing read. */
static bool
scan_file(struct scan *scan, const char *path, struct fault *f)
{
	struct decoder_result result = { .read = 0 };
	uint8_t *file = NULL, *out = NULL;
	size_t len = 0;
	bool done;

	done = load(path, &file, &len, f) &&
	    look(scan, file, len, &result, &out, f);
	if (done && result.read == 0)
		done = fault_set(f, FAULT_PEER, "no picture that can be read");
	print(scan, path, &result, out);
	free(out);
	free(file);

	return (done);
}

static bool
load(const char *path, uint8_t **filep, size_t *len, struct fault *f)
{
	struct stat st;
	ssize_t n;
	bool done = false;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (fault_set(f, FAULT_SYSTEM, "%s", strerror(errno)));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		fault_set(f, FAULT_SYSTEM, "not a file");
		goto out;
	}
	if (st.st_size < 1 || st.st_size > DECODER_FILE_MAX) {
		fault_set(f, FAULT_SYSTEM, "empty, or larger than 64 MiB");
		goto out;
	}
	if ((*filep = malloc((size_t)st.st_size)) == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for the file");
		goto out;
	}
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)n)
		if ((n = read(fd, *filep + *len, (size_t)st.st_size - *len)) <=
		    0)
			break;
	done = *len == (size_t)st.st_size;
	if (!done)
		fault_set(f, FAULT_SYSTEM, "cannot be read whole");
out:
	(void)close(fd);
	return (done);
}

static bool
look(struct scan *scan, const uint8_t *file, size_t len,
    struct decoder_result *result, uint8_t **outp, struct fault *f)
{
	struct decoder_task task = { .len = (uint32_t)len,
		.pass_only = scan->pass_only,
		.number = scan->number };
	uint8_t *pgm = NULL;
	bool done;

	if (!image_is_simple(file, len)) {
		if (!ask(&scan->converter, &task, file, PATIENT_MS, result,
			&pgm, f))
			return (false);
		if (result->read == 0 || pgm == NULL)
			return (true);
		task.len = result->len;
		file = pgm;
	}
	done = ask(&scan->reader, &task, file,
	    scan->pass_only ? LIVE_MS : PATIENT_MS, result, outp, f);
	free(pgm);

	return (done);
}

/* Have a child do a task; a child that fails is ended. */
static bool
ask(struct child *child, const struct decoder_task *task, const uint8_t *file,
    int patience, struct decoder_result *result, uint8_t **outp,
    struct fault *f)
{
	int64_t until;
	int fd;

	memset(result, 0, sizeof(*result));
	*outp = NULL;
	if (!raise_child(child, f))
		return (false);
	fd = child->decoder.fd;
	until = clock_monotonic() + patience;
	if (!push(fd, task, sizeof(*task), until) ||
	    !push(fd, file, task->len, until) ||
	    !pull(fd, result, sizeof(*result), until) ||
	    result->len > DECODER_RESULT_MAX)
		goto lost;
	if (result->len > 0 && (*outp = malloc(result->len)) == NULL)
		goto lost;
	if (!pull(fd, *outp, result->len, until))
		goto lost;
	child->files++;

	return (true);
lost:
	(void)decoder_kill(&child->decoder);
	memset(result, 0, sizeof(*result));
	free(*outp);
	*outp = NULL;
	return (fault_set(f, FAULT_DECODE_AWAY, "the decoder %s",
	    clock_monotonic() >= until ? "took too long" : "died"));
}

static bool
raise_child(struct child *child, struct fault *f)
{
	uint8_t ready[DECODE_ANSWER_BYTES];

	if (child->files >= RECYCLE)
		(void)decoder_kill(&child->decoder);
	if (child->decoder.pid != -1)
		return (true);
	child->files = 0;
	if (!decoder_start(child->kind, &child->decoder, f))
		return (false);
	(void)fcntl(child->decoder.fd, F_SETFL, O_NONBLOCK);
	if (pull(child->decoder.fd, ready, sizeof(ready),
		clock_monotonic() + PATIENT_MS))
		return (true);
	(void)decoder_kill(&child->decoder);

	return (fault_set(f, FAULT_SYSTEM, "the decoder does not start"));
}

static bool
push(int fd, const void *data, size_t len, int64_t until)
{
	const uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, at, len, MSG_NOSIGNAL);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR)
			return (false);
		else if (!await(fd, POLLOUT, until))
			return (false);
	}

	return (true);
}

static bool
pull(int fd, void *data, size_t len, int64_t until)
{
	uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = recv(fd, at, len, 0);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return (false);
		else if (!await(fd, POLLIN, until))
			return (false);
	}

	return (true);
}

static bool
await(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;

	for (;;) {
		if ((left = until - clock_monotonic()) <= 0)
			return (false);
		if (poll(&p, 1, (int)left) > 0)
			return (true);
	}
}

static void
print(const struct scan *scan, const char *path,
    const struct decoder_result *result, const uint8_t *texts)
{
	const int64_t cpu_us = scan->timed ? (int64_t)result->cpu_us : -1;
	size_t left = result->len;
	uint32_t i, len;

	for (i = 0; i < result->count && left >= sizeof(len); i++) {
		memcpy(&len, texts, sizeof(len));
		texts += sizeof(len);
		left -= sizeof(len);
		if (len > left)
			break;
		scan_print_row(path, texts, len, cpu_us);
		texts += len;
		left -= len;
	}
	if (i == 0)
		scan_print_row(path, NULL, 0, cpu_us);
}

void
scan_print_row(
    const char *path, const uint8_t *text, size_t len, int64_t cpu_us)
{
	print_escaped((const uint8_t *)path, strlen(path));
	(void)putchar('\t');
	print_escaped(text, len);
	if (cpu_us >= 0)
		(void)printf("\t%lld.%03lld", (long long)cpu_us / 1000,
		    (long long)cpu_us % 1000);
	(void)putchar('\n');
}

static void
print_escaped(const uint8_t *s, size_t len)
{
	static const char plain[] = "\t\n\r\\", letter[] = "tnr\\";
	const char *at;
	size_t i;

	for (i = 0; i < len; i++) {
		at = s[i] == '\0' ? NULL : strchr(plain, s[i]);
		if (at != NULL)
			(void)printf("\\%c", letter[at - plain]);
		else
			(void)putchar(s[i]);
	}
}
