#ifndef GENKAN_VISIT_CSV_H
#define GENKAN_VISIT_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "visit.h"

/* Visits as CSV. */

/* Opaque types. */
struct fault;

struct visit_csv {
	enum csv_encoding encoding;
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

#endif /* !GENKAN_VISIT_CSV_H */
