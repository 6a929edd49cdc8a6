#ifndef GENKAN_VISIT_CSV_H
#define GENKAN_VISIT_CSV_H

#include "base.h"
#include "context.h"
#include "visit.h"

/*
 * Visits as CSV (RFC 4180): a header row, every cell quoted, CR LF.  UTF-8
 * begins with a byte order mark, without which Excel takes it for something
 * else; CP932 (what Japanese Excel calls Shift_JIS) writes 〓 for a character
 * that it does not have, and counts them.  A cell that a spreadsheet would
 * run as a formula begins with an apostrophe.
 */

/* Opaque types. */
struct fault;

enum visit_csv_encoding {
	VISIT_CSV_UTF8,
	VISIT_CSV_CP932,
	VISIT_CSV_ENCODING__MAX
};

struct visit_csv {
	enum visit_csv_encoding encoding;
	const char *language; /* of headings and words: "ja" or "en" */
	long rows;            /* written so far, without the heading */
	long unwritable;      /* characters that CP932 does not have */

	/* Takes the next piece; false to stop, and then nothing is wrong. */
	bool (*write)(void *, const void *, size_t);
	void *to;
};

/**
 * visit_csv_export(ctx, query, csv, f):
 * Write every visit that ${query} selects (its cursor and limit are ignored),
 * oldest first, in pages of bounded size, each read in a transaction of its
 * own: call it outside any.  A fault halfway leaves the file cut.
 */
bool visit_csv_export(struct context *, const struct visit_query *,
    struct visit_csv *, struct fault *) MUST_CHECK;

/**
 * visit_csv_cell(text, out, size):
 * One cell in UTF-8, quoted and defused, appended to the NUL-terminated
 * ${out}; false if it does not fit.
 */
bool visit_csv_cell(const char *, char *, size_t) MUST_CHECK;

#endif /* !GENKAN_VISIT_CSV_H */
