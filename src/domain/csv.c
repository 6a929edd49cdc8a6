#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "csv.h"

/* A row has at most some thirty texts of a hundred characters. */
#define ROW_SIZE   (64 * 1024)
#define CHUNK_SIZE (64 * 1024)

struct csv_writer {
	bool (*write)(void *, const void *, size_t);
	void *to;
	iconv_t cp932; /* or -1 */
	long unwritable;
	char row[ROW_SIZE];
	char chunk[CHUNK_SIZE];
	size_t used; /* of the chunk */
	bool stopped;
};

static bool emit_cp932(struct csv_writer *, struct fault *);
static bool put(struct csv_writer *, const char *, size_t);
static bool flush(struct csv_writer *);
static bool must_defuse(const char *);
static bool from_cp932(
    const uint8_t *, size_t, char *, size_t, size_t *, struct fault *);
static enum csv_stop read_cell(struct csv_reader *, bool *);

const char *
csv_encoding_name(enum csv_encoding encoding)
{
	static const char *const names[] = { "utf-8", "cp932" };
	_Static_assert(NELEMS(names) == CSV_ENCODING__MAX, "all have a name");

	return (names[encoding]);
}

struct csv_writer *
csv_writer_new(enum csv_encoding encoding,
    bool (*write)(void *, const void *, size_t), void *to, struct fault *f)
{
	struct csv_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "csv");
		return (NULL);
	}
	w->write = write;
	w->to = to;
	w->cp932 = (iconv_t)-1;
	if (encoding == CSV_UTF8)
		(void)put(w, "\xef\xbb\xbf", 3);
	else if ((w->cp932 = iconv_open("CP932", "UTF-8")) == (iconv_t)-1) {
		(void)fault_set(f, FAULT_SYSTEM, "iconv: no CP932");
		csv_writer_free(w);
		return (NULL);
	}
	return (w);
}

void
csv_writer_free(struct csv_writer *w)
{
	if (w == NULL)
		return;
	if (w->cp932 != (iconv_t)-1)
		(void)iconv_close(w->cp932);
	secret_wipe(w, sizeof(*w));
	free(w);
}

bool
csv_cell(struct csv_writer *w, const char *text, struct fault *f)
{
	/* What ends the row must fit, too. */
	if (!csv_quote(text == NULL ? "" : text, w->row, ROW_SIZE - 2))
		return (fault_set(f, FAULT_BUG, "csv: row too long"));
	return (true);
}

bool
csv_row(struct csv_writer *w, struct fault *f)
{
	const size_t n = strlen(w->row);
	bool ok = true;

	memcpy(w->row + n, "\r\n", 3);
	if (w->cp932 != (iconv_t)-1)
		ok = emit_cp932(w, f);
	else
		(void)put(w, w->row, n + 2);
	w->row[0] = '\0';
	return (ok);
}

void
csv_finish(struct csv_writer *w)
{
	if (!w->stopped)
		(void)flush(w);
}

bool
csv_stopped(const struct csv_writer *w)
{
	return (w->stopped);
}

long
csv_unwritable(const struct csv_writer *w)
{
	return (w->unwritable);
}

bool
csv_quote(const char *text, char *out, size_t size)
{
	size_t n = strlen(out);
	const char *p;

	/* Separator, quotes, apostrophe, and every quote twice. */
	if (n + 2 * strlen(text) + 5 > size)
		return (false);
	if (n > 0)
		out[n++] = ',';
	out[n++] = '"';
	if (must_defuse(text))
		out[n++] = '\'';
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			out[n++] = '"';
		out[n++] = *p;
	}
	out[n++] = '"';
	out[n] = '\0';
	return (true);
}

void
csv_time(char out[32], int64_t moment, int offset)
{
	struct clock_local t;

	out[0] = '\0';
	if (moment == 0)
		return;
	clock_local(moment, offset, &t);
	(void)snprintf(out, 32, "%04d-%02d-%02d %02d:%02d:%02d", t.year,
	    t.month, t.day, t.hour, t.minute, t.second);
}

char *
csv_plain(char *cell)
{
	return (cell[0] == '\'' && must_defuse(cell + 1) ? cell + 1 : cell);
}

bool
csv_decode(const uint8_t *bytes, size_t len, char **textp, size_t *lenp,
    enum csv_encoding *encoding, struct fault *f)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };
	/* Of CP932, half-width katakana grow most: one byte becomes three. */
	const size_t size = 3 * len + 1;
	char *text;
	bool marked, ok = true;

	*textp = NULL;
	*lenp = 0;
	*encoding = CSV_UTF8;
	if ((marked = len >= sizeof(bom) &&
		    memcmp(bytes, bom, sizeof(bom)) == 0)) {
		bytes += sizeof(bom);
		len -= sizeof(bom);
	}
	if (len > 0 && memchr(bytes, '\0', len) != NULL)
		return (true);
	if ((text = malloc(size)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "csv"));
	if (text_is_utf8((const char *)bytes, len)) {
		if (len > 0)
			memcpy(text, bytes, len);
		*lenp = len;
		*textp = text;
	} else if (!marked) {
		*encoding = CSV_CP932;
		ok = from_cp932(bytes, len, text, size - 1, lenp, f);
		*textp = *lenp > 0 ? text : NULL;
	}
	text[*lenp] = '\0';
	if (*textp == NULL)
		free(text);
	return (ok);
}

void
csv_read_text(struct csv_reader *r, char *text, size_t len)
{
	*r = (struct csv_reader){ text, text + len, 1, 1 };
}

bool
csv_read(struct csv_reader *r, char **cells, size_t max, size_t *n,
    enum csv_stop *stop)
{
	bool last = false;

	*n = 0;
	*stop = CSV_END;
	if (r->at == r->end)
		return (false);
	r->row = r->line;
	while (!last) {
		if (*n == max) {
			*stop = CSV_MANY_CELLS;
			return (false);
		}
		cells[(*n)++] = r->at;
		if ((*stop = read_cell(r, &last)) != CSV_END)
			return (false);
	}
	return (true);
}

static bool
emit_cp932(struct csv_writer *w, struct fault *f)
{
	static const char geta[] = "\x81\xac"; /* 〓 in CP932 */
	char *in = w->row, *out, buf[4096];
	size_t left = strlen(in), room;

	while (left > 0) {
		out = buf;
		room = sizeof(buf);
		if (iconv(w->cp932, &in, &left, &out, &room) == (size_t)-1 &&
		    errno != E2BIG) {
			if (errno != EILSEQ)
				return (fault_set(f, FAULT_BUG, "iconv"));
			(void)put(w, buf, sizeof(buf) - room);
			(void)put(w, geta, 2);
			w->unwritable++;
			for (in++, left--; left > 0 && (*in & 0xc0) == 0x80;
			     in++)
				left--;
			continue;
		}
		(void)put(w, buf, sizeof(buf) - room);
	}
	return (true);
}

/* False once the client has left; nothing is written from then on. */
static bool
put(struct csv_writer *w, const char *data, size_t len)
{
	size_t n;

	while (len > 0 && !w->stopped) {
		n = CHUNK_SIZE - w->used < len ? CHUNK_SIZE - w->used : len;
		memcpy(w->chunk + w->used, data, n);
		w->used += n;
		data += n;
		len -= n;
		if (w->used == CHUNK_SIZE)
			(void)flush(w);
	}
	return (!w->stopped);
}

static bool
flush(struct csv_writer *w)
{
	if (w->used > 0 && !w->write(w->to, w->chunk, w->used))
		w->stopped = true;
	w->used = 0;
	return (!w->stopped);
}

/*
 * Would a spreadsheet run ${text}, or a program behind it?  The first
 * character after white space, in half or full width; apostrophes do not count,
 * so that what was defused is told from what began with one.
 */
static bool
must_defuse(const char *text)
{
	static const char *const starts[] = { "=", "+", "-", "@", "|", "\t",
		"\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };
	size_t i;

	for (;;) {
		if (*text == ' ' || *text == '\'')
			text++;
		else if (strncmp(text, "\xe3\x80\x80", 3) == 0)
			text += 3;
		else
			break;
	}
	for (i = 0; i < NELEMS(starts); i++) {
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return (true);
	}
	return (false);
}

/* False for a fault only; ${lenp} is 0 where it is no CP932. */
static bool
from_cp932(const uint8_t *bytes, size_t len, char *text, size_t size,
    size_t *lenp, struct fault *f)
{
	char *in = (char *)(uintptr_t)bytes, *out = text;
	size_t left = len, room = size;
	iconv_t cd;

	if ((cd = iconv_open("UTF-8", "CP932")) == (iconv_t)-1)
		return (fault_set(f, FAULT_SYSTEM, "iconv: no CP932"));
	if (iconv(cd, &in, &left, &out, &room) != (size_t)-1)
		*lenp = size - room;
	(void)iconv_close(cd);
	return (true);
}

/* Move the cell's text to its start and end it there. */
static enum csv_stop
read_cell(struct csv_reader *r, bool *last)
{
	char *from = r->at, *to = r->at;
	const bool quoted = *from == '"';

	if (quoted) {
		for (from++;; *to++ = *from++) {
			if (from == r->end)
				return (CSV_OPEN_QUOTE);
			if (*from == '"' && *++from != '"')
				break;
			r->line +=
			    *from == '\n' || (*from == '\r' && from[1] != '\n');
		}
		if (strchr(",\r\n", *from) == NULL)
			return (CSV_AFTER_QUOTE);
	} else {
		from += strcspn(from, ",\r\n");
		to = from;
	}
	*last = *from != ',';
	if (*last && from != r->end) {
		r->line++;
		from += *from == '\r' && from[1] == '\n';
	}
	r->at = from == r->end ? from : from + 1;
	*to = '\0';
	return (CSV_END);
}
