#ifndef GENKAN_CSV_H
#define GENKAN_CSV_H

#include "base.h"

/*
 * CSV (RFC 4180), written and read.  Written: every cell quoted, CR LF.  UTF-8
 * begins with a byte order mark, without which Excel takes it for something
 * else; CP932 (what Japanese Excel calls Shift_JIS) has 〓 for a character that
 * it does not know.  A cell that a spreadsheet would run as a formula begins
 * with an apostrophe.
 */

/* Opaque types. */
struct csv_writer;
struct fault;

enum csv_encoding { CSV_UTF8, CSV_CP932, CSV_ENCODING__MAX };

/* A file of many rows on its way to somebody. */
struct csv_export {
	enum csv_encoding encoding;
	const char *language; /* of headings and words: "ja" or "en" */
	long rows;            /* written so far, without the heading */
	long unwritable;      /* characters that CP932 does not have */

	/* Takes the next piece; false to stop, and then nothing is wrong. */
	bool (*write)(void *, const void *, size_t);
	void *to;
};

/**
 * csv_encoding_name(encoding):
 * As in the API: "utf-8", "cp932".
 */
const char *csv_encoding_name(enum csv_encoding);

/**
 * csv_writer_new(encoding, write, to, f):
 * ${write} takes the next piece, and returns false to stop: then nothing is
 * wrong, and nothing more is written.  The caller calls csv_writer_free.
 */
struct csv_writer *csv_writer_new(enum csv_encoding,
    bool (*)(void *, const void *, size_t), void *, struct fault *) MUST_CHECK;
void csv_writer_free(struct csv_writer *);

/**
 * csv_cell(w, text, f), csv_row(w, f), csv_finish(w):
 * One more cell of the row (NULL is an empty one); the end of the row; the end
 * of the file.
 */
bool csv_cell(struct csv_writer *, const char *, struct fault *) MUST_CHECK;
bool csv_row(struct csv_writer *, struct fault *) MUST_CHECK;
void csv_finish(struct csv_writer *);

/**
 * csv_stopped(w): has ${write} refused?
 * csv_unwritable(w): how many characters CP932 did not know.
 */
bool csv_stopped(const struct csv_writer *);
long csv_unwritable(const struct csv_writer *);

/**
 * csv_quote(text, out, size):
 * One cell in UTF-8, quoted and defused, appended to the NUL-terminated
 * ${out}; false if it does not fit.
 * csv_time(out, moment, offset):
 * The wall clock at ${moment}, in the form that spreadsheets take for a time;
 * "" for none.
 * csv_plain(cell):
 * What a cell that was read said before it was defused.
 */
bool csv_quote(const char *, char *, size_t) MUST_CHECK;
void csv_time(char[32], int64_t, int);
char *csv_plain(char *);

/**
 * csv_decode(bytes, len, textp, lenp, encoding, f):
 * A file as people save it: UTF-8 with or without a byte order mark, or else
 * CP932.  ${textp} gets it as UTF-8, NUL-terminated, for the caller to pass to
 * tenant_text_free, or NULL if it is neither; it holds no NUL.
 */
bool csv_decode(const uint8_t *, size_t, char **, size_t *, enum csv_encoding *,
    struct fault *) MUST_CHECK;

/* Where in a text the next row begins; it is read in place. */
struct csv_reader {
	char *at;
	char *end;
	long line; /* of the file, from 1, where the next row begins */
	long row;  /* where the row read last began */
};

/* Why no row was read. */
enum csv_stop {
	CSV_END,         /* there is no more */
	CSV_OPEN_QUOTE,  /* a quoted cell does not end */
	CSV_AFTER_QUOTE, /* something stands behind its closing quote */
	CSV_MANY_CELLS,  /* more than there is room for */
};

/**
 * csv_read_text(r, text, len): begin; ${text}[${len}] is NUL.
 * csv_read(r, cells, max, n, stop):
 * The next row: ${n} cells, at least one.  False at the end, or where the row
 * is none; then ${n} is the cell, from 1, and there is no going on.  Lines end
 * with CR LF, LF or CR; a quote within an unquoted cell stands for itself.
 */
void csv_read_text(struct csv_reader *, char *, size_t);
bool csv_read(
    struct csv_reader *, char **, size_t, size_t *, enum csv_stop *) MUST_CHECK;

#endif /* !GENKAN_CSV_H */
