#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "log.h"
#include "decode_protocol.h"
#include "sandbox_decode.h"
#include "decoder.h"
#include "frame.h"
#include "scan_work.h"

#define MEGABYTE (1024UL * 1024UL)

static bool say_ready(void);
static bool serve_frame(struct fault *);
static bool read_all(void *, size_t);
static bool write_all(const void *, size_t);
static bool serve_task(enum decoder_kind, struct fault *);

/* What each kind of child may use; measured, then doubled. */
static const struct {
	const char *name;
	struct sandbox_decode_limits limits;
} kinds[] = {
	/* The supervisor replaces it long before its CPU limit. */
	[DECODER_FRAME] = { "frame", { 64 * MEGABYTE, 900 } },
	[DECODER_SCAN] = { "scan", { 256 * MEGABYTE, 3600 } },
	[DECODER_CONVERT] = { "convert", { 1024 * MEGABYTE, 3600 } },
};
_Static_assert(NELEMS(kinds) == DECODER_KIND__MAX, "every kind has limits");

int
decoder_main(const char *name)
{
	struct fault f = FAULT_INIT;
	enum decoder_kind kind = 0;
	bool more = true;

	log_program("decode");
	while (kind < DECODER_KIND__MAX && strcmp(kinds[kind].name, name) != 0)
		kind++;
	if (kind == DECODER_KIND__MAX)
		return (EXIT_FAILURE);

	more = sandbox_decode(&kinds[kind].limits, &f) && say_ready();
	while (more)
		more = kind == DECODER_FRAME ? serve_frame(&f)
					     : serve_task(kind, &f);
	if (f.kind == FAULT_NONE)
		return (EXIT_SUCCESS);
	log_fault("decoder.fault", &f);

	return (EXIT_FAILURE);
}

static bool
say_ready(void)
{
	const struct decode_answer ready = { .kind = DECODE_ANSWER_READY };
	uint8_t reply[DECODE_ANSWER_BYTES];

	decode_answer_write(&ready, reply);

	return (write_all(reply, sizeof(reply)));
}

/* One frame; false when the parent has gone or a fault ends us. */
static bool
serve_frame(struct fault *f)
{
	static uint8_t jpeg[DECODE_FRAME_MAX];
	uint8_t head[DECODE_REQUEST_BYTES], reply[DECODE_ANSWER_BYTES];
	struct decode_request request;
	struct decode_answer answer;

	if (!read_all(head, sizeof(head)))
		return (false);
	if (!decode_request_read(head, &request) ||
	    request.kind != DECODE_REQUEST_FRAME)
		return (fault_set(f, FAULT_PEER, "a torn request"));
	if (!read_all(jpeg, request.len) ||
	    !frame_read(jpeg, request.len, request.number, &answer, f))
		return (false);
	decode_answer_write(&answer, reply);
	explicit_bzero(jpeg, request.len);
	explicit_bzero(&answer, sizeof(answer));

	return (write_all(reply, sizeof(reply)));
}

static bool
serve_task(enum decoder_kind kind, struct fault *f)
{
	struct decoder_task task;
	struct decoder_result result = { .read = 0 };
	uint8_t *file, *out = NULL;
	bool done;

	if (!read_all(&task, sizeof(task)))
		return (false);
	if (task.len == 0 || task.len > DECODER_FILE_MAX)
		return (fault_set(f, FAULT_PEER, "a torn task"));
	if ((file = malloc(task.len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for a file"));
	done = read_all(file, task.len) &&
	    (kind == DECODER_SCAN
		    ? scan_work_read(&task, file, &result, &out, f)
		    : scan_work_convert(&task, file, &result, &out, f)) &&
	    write_all(&result, sizeof(result)) && write_all(out, result.len);
	free(out);
	free(file);

	return (done);
}

static bool
read_all(void *data, size_t len)
{
	uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = read(DECODER_FD, at, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		at += n;
		len -= (size_t)n;
	}

	return (true);
}

static bool
write_all(const void *data, size_t len)
{
	const uint8_t *at = data;
	ssize_t n;

	while (len > 0) {
		n = write(DECODER_FD, at, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		at += n;
		len -= (size_t)n;
	}

	return (true);
}
