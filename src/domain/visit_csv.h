#ifndef GENKAN_VISIT_CSV_H
#define GENKAN_VISIT_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "visit.h"

/* Visits as CSV. */

/* Opaque types. */
struct fault;

/**
 * visit_csv_export(ctx, query, csv, f):
 * Write every visit that ${query} selects (its cursor and limit are ignored),
 * oldest first, in pages of bounded size, each read in a transaction of its
 * own: call it outside any.  A fault halfway leaves the file cut.
 */
bool visit_csv_export(struct context *, const struct visit_query *,
    struct csv_export *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_VISIT_CSV_H */
