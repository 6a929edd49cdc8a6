#ifndef GENKAN_OPERATION_CSV_H
#define GENKAN_OPERATION_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "operation_read.h"

/* The operation log as CSV. */

/* Opaque types. */
struct fault;

/**
 * operation_csv_export(ctx, query, csv, f):
 * Write every row that ${query} selects (its cursor and limit are ignored),
 * newest first, in pages of bounded size, each read in a transaction of its
 * own: call it outside any.  A fault halfway leaves the file cut.
 */
bool operation_csv_export(struct context *, const struct operation_query *,
    struct csv_export *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATION_CSV_H */
