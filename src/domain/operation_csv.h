#ifndef GENKAN_OPERATION_CSV_H
#define GENKAN_OPERATION_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "operation_read.h"

/* The operation log as CSV. */

/* Opaque types. */
struct fault;

struct operation_csv {
	enum csv_encoding encoding;
	const char *language; /* of headings: "ja" or "en" */
	long rows;            /* written so far, without the heading */
	long unwritable;      /* characters that CP932 does not have */

	/* Takes the next piece; false to stop, and then nothing is wrong. */
	bool (*write)(void *, const void *, size_t);
	void *to;
};

/**
 * operation_csv_export(ctx, query, csv, f):
 * Write every row that ${query} selects (its cursor and limit are ignored),
 * newest first, in pages of bounded size, each read in a transaction of its
 * own: call it outside any.  A fault halfway leaves the file cut.
 */
bool operation_csv_export(struct context *, const struct operation_query *,
    struct operation_csv *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATION_CSV_H */
