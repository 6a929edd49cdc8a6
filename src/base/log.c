#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "log.h"

#define LINE_MAX_BYTES 2048

/* One line under construction; what does not fit is cut at a character. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

static const char *program = "genkan";
static const char *const levels[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};
_Static_assert(NELEMS(levels) == LOG_LEVEL__MAX, "every level has a name");

static void member(struct line *, const char *, const char *);
static void quoted(struct line *, const char *);
static void put(struct line *, const char *, size_t);
static bool is_direction(const unsigned char *);

void
log_program(const char *name)
{
	program = name;
}

void
log_line(enum log_level level, const char *event, ...)
{
	struct line line = { .len = 0 };
	struct timespec now;
	struct tm tm;
	char at[40], milli[8];
	const char *key;
	va_list ap;
	ssize_t n;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(
	    milli, sizeof(milli), ".%03dZ", (int)(now.tv_nsec / 1000000));
	strncat(at, milli, sizeof(at) - strlen(at) - 1);

	put(&line, "{", 1);
	member(&line, "at", at);
	member(&line, "level", levels[level]);
	member(&line, "program", program);
	member(&line, "event", event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL)
		member(&line, key, va_arg(ap, const char *));
	va_end(ap);

	/* One write, so lines of several processes never mix. */
	line.text[line.len++] = '}';
	line.text[line.len++] = '\n';
	n = write(STDERR_FILENO, line.text, line.len);
	(void)n; /* a log that cannot be written has no one to tell */
}

void
log_fault(const char *event, const struct fault *f)
{
	log_line(LOG_LEVEL_ERROR, event, "fault", fault_name(f->kind), "what",
	    f->what, NULL);
}

static void
member(struct line *line, const char *key, const char *value)
{
	const size_t before = line->len;

	if (line->len > 1)
		put(line, ",", 1);
	quoted(line, key);
	put(line, ":", 1);
	if (value == NULL)
		put(line, "null", 4);
	else
		quoted(line, value);

	/* A member that does not fit whole is left out whole. */
	if (line->len >= LINE_MAX_BYTES - 8)
		line->len = before;
}

static void
quoted(struct line *line, const char *text)
{
	const unsigned char *s;
	char escape[8];

	put(line, "\"", 1);
	for (s = (const unsigned char *)text; *s != '\0'; s++) {
		if (*s < 0x20 || *s == 0x7f || *s == '"' || *s == '\\') {
			(void)snprintf(escape, sizeof(escape), "\\u%04x", *s);
			put(line, escape, 6);
		} else if (is_direction(s)) {
			(void)snprintf(escape, sizeof(escape), "\\u20%02x",
			    s[1] == 0x80 ? s[2] - 0x80 : s[2] - 0x80 + 0x40);
			put(line, escape, 6);
			s += 2;
		} else
			put(line, (const char *)s, 1);
	}
	put(line, "\"", 1);
}

static void
put(struct line *line, const char *bytes, size_t len)
{
	if (len > LINE_MAX_BYTES - 4 - line->len)
		len = LINE_MAX_BYTES - 4 - line->len;
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

/* U+200E, U+200F, U+2028 to U+202E and U+2066 to U+2069 turn text around. */
static bool
is_direction(const unsigned char *s)
{
	if (s[0] != 0xe2)
		return (false);
	if (s[1] == 0x80)
		return (s[2] == 0x8e || s[2] == 0x8f ||
		    (s[2] >= 0xa8 && s[2] <= 0xae));
	return (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}
