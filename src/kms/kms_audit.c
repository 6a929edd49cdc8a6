#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "kms_audit.h"

#define PATH_BYTES         768
#define STRANGERS_A_SECOND 5
#define CONTEXT_MAX        1024 /* bytes of a context in a line */

static char path[PATH_BYTES];
static int out = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t second; /* the one that strangers are counted in */
static long strangers; /* in it */

static bool is_one_too_many(const struct kms_audit_entry *);
static json_t *text_or_null(const char *);
static json_t *context_part(const json_t *);
static void put(json_t *);

bool
kms_audit_open(const char *at, struct fault *f)
{
	text_copy(path, sizeof(path), at);
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (out == -1)
		return (fault_set(
		    f, FAULT_SYSTEM, "%s: %s", path, strerror(errno)));
	return (true);
}

void
kms_audit_reopen(void)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1) {
		log_line(LOG_LEVEL_ERROR, "kms.audit_not_reopened", "error",
		    strerror(errno), NULL);
		return;
	}
	(void)pthread_mutex_lock(&lock);
	(void)close(out);
	out = fd;
	(void)pthread_mutex_unlock(&lock);
}

void
kms_audit(const struct kms_audit_entry *e)
{
	time_text at;

	(void)pthread_mutex_lock(&lock);
	if (!is_one_too_many(e)) {
		clock_format(clock_now(), 0, at);
		put(json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:I}", "at",
		    at, "principal", text_or_null(e->principal), "operation",
		    text_or_null(e->operation), "key",
		    text_or_null(e->key_id[0] != '\0' ? e->key_id : NULL),
		    "context", context_part(e->context), "result",
		    e->result == KMS_OK ? "ok" : kms_error_name(e->result),
		    "request", e->request_id, "uid", (json_int_t)e->uid));
	}
	(void)pthread_mutex_unlock(&lock);
}

void
kms_audit_close(void)
{
	if (out != -1)
		(void)close(out);
	out = -1;
}

static bool
is_one_too_many(const struct kms_audit_entry *e)
{
	const int64_t now = clock_monotonic() / 1000;

	if (now != second) {
		if (strangers > STRANGERS_A_SECOND)
			put(json_pack("{s:n, s:I, s:s}", "principal", "more",
			    (json_int_t)(strangers - STRANGERS_A_SECOND),
			    "result", "not listed"));
		second = now;
		strangers = 0;
	}
	return (e->principal == NULL && ++strangers > STRANGERS_A_SECOND);
}

static json_t *
text_or_null(const char *text)
{
	return (text != NULL ? json_string(text) : json_null());
}

/* Whole, or only how many members it has: a caller may send kilobytes. */
static json_t *
context_part(const json_t *context)
{
	size_t len;

	if (context == NULL)
		return (json_null());
	len = json_dumpb(context, NULL, 0, JSON_COMPACT);
	if (len > CONTEXT_MAX)
		return (json_pack("{s:I}", "too_long_to_list",
		    (json_int_t)json_object_size(context)));
	return (json_deep_copy(context));
}

/* One write, so that a crash cannot mix lines.  Takes over ${line}. */
static void
put(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	ssize_t n = -1;
	size_t len;

	if (text != NULL) {
		len = strlen(text);
		text[len] = '\n'; /* in place of the NUL */
		n = write(out, text, len + 1);
	}
	if (n == -1)
		log_line(LOG_LEVEL_ERROR, "kms.audit_lost", "error",
		    strerror(errno), NULL);
	free(text);
	json_decref(line);
}
