#ifndef GENKAN_WEB_OPERATOR_CSV_H
#define GENKAN_WEB_OPERATOR_CSV_H

#include "base.h"

#include "csv.h"
#include "gen_text.h"

/* The operator's exports: UTF-8 as csv.h writes it, times in UTC. */

/* Opaque types. */
struct fault;
struct web_request;

struct web_operator_csv {
	struct web_request *r;
	struct csv_writer *out;
	enum text_language language;
};

/**
 * web_operator_csv_read(r, csv): the parameter "lang".
 * web_operator_csv_begin(csv, file, headings, n, f): the answer begins, with
 *	its first row.
 * web_operator_csv_time(csv, moment, f): one cell; empty where it is 0.
 * web_operator_csv_end(csv, ok): end the file, unless ${ok} is false, which is
 *	returned.
 */
void web_operator_csv_read(struct web_request *, struct web_operator_csv *);
bool web_operator_csv_begin(struct web_operator_csv *, const char *,
    const enum text_key *, size_t, struct fault *) MUST_CHECK;
bool web_operator_csv_time(
    struct web_operator_csv *, int64_t, struct fault *) MUST_CHECK;
bool web_operator_csv_end(struct web_operator_csv *, bool) MUST_CHECK;

#endif /* !GENKAN_WEB_OPERATOR_CSV_H */
