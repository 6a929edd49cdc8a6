#ifndef GENKAN_WEB_CSV_H
#define GENKAN_WEB_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"

/* What the exports as CSV have in common. */

/* Opaque types. */
struct fault;
struct web_request;

/* Writes every row that the query selects, in transactions of its own. */
typedef bool web_csv_rows(
    struct context *, const void *, struct csv_export *, struct fault *);

/**
 * web_csv_query(r, csv):
 * Read the parameters encoding and lang.
 */
void web_csv_query(struct web_request *, struct csv_export *);

/**
 * web_csv_send(r, csv, file, rows, query, f):
 * Commit, so that it is on record before the first byte leaves and no
 * transaction is open while a slow client reads; then stream ${rows} of
 * ${query} under the name ${file}.
 */
bool web_csv_send(struct web_request *, struct csv_export *, const char *,
    web_csv_rows *, const void *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_WEB_CSV_H */
