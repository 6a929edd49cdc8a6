#include <stdio.h>

#include "fault.h"
#include "log.h"

#include "context.h"
#include "operation_log.h"
#include "operation_csv.h"

#include "handler.h"
#include "request.h"
#include "web_operation.h"

/* GET /api/v1/operations.csv */

static bool count(struct web_request *, const struct operation_query *,
    const struct operation_csv *, struct fault *);
static bool drop_piece(void *, const void *, size_t);
static bool write_piece(void *, const void *, size_t);
static void note_end(struct web_request *, const struct operation_csv *);

bool
web_operation_export(struct web_request *r, struct fault *f)
{
	static const char *const encodings[] = { "utf-8", "cp932" };
	static const char *const languages[] = { "ja", "en" };
	struct operation_query query;
	struct operation_csv csv = {
		.encoding = (enum csv_encoding)query_choice(
		    r, "encoding", encodings, NELEMS(encodings), 0),
		.language = languages[query_choice(
		    r, "lang", languages, NELEMS(languages), 0)],
		.write = write_piece,
		.to = r,
	};

	web_operation_query(r, &query);
	if (!request_valid(r))
		return (reply_invalid(r));

	/* On record before the first byte leaves; then no transaction is open
	 * while a slow client reads. */
	if (!operation_log_add(r->context, "operation.exported", NULL, "done",
		json_pack("{ss?ss?ss?ss?ss?}", "from", query.from, "until",
		    query.until, "actor_id", query.actor_id, "action",
		    query.action, "object_id", query.object_id),
		f) ||
	    !db_commit(r->context->db, f))
		return (false);

	reply_header(r, "cache-control", "no-store");
	if (csv.encoding == CSV_CP932 && !count(r, &query, &csv, f))
		return (false);
	if (!stream_begin(r,
		csv.encoding == CSV_CP932
		    ? "text/csv; charset=Shift_JIS; header=present"
		    : "text/csv; charset=utf-8; header=present",
		"operations.csv", f) ||
	    !operation_csv_export(r->context, &query, &csv, f))
		return (false);
	note_end(r, &csv);
	return (true);
}

/*
 * What CP932 cannot write stands in a header, so it is counted before the
 * first byte leaves: the file is made twice, the first time for nobody.
 */
static bool
count(struct web_request *r, const struct operation_query *query,
    const struct operation_csv *csv, struct fault *f)
{
	struct operation_csv dry = *csv;
	char *text;

	dry.write = drop_piece;
	dry.to = NULL;
	if (!operation_csv_export(r->context, query, &dry, f))
		return (false);
	if ((text = request_alloc(r, 24)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "operation_export"));
	(void)snprintf(text, 24, "%ld", dry.unwritable);
	reply_header(r, "x-unwritable", text);
	return (true);
}

static bool
drop_piece(void *to, const void *data, size_t len)
{
	(void)to;
	(void)data;
	(void)len;
	return (true);
}

static bool
write_piece(void *to, const void *data, size_t len)
{
	return (stream_write(to, data, len));
}

static void
note_end(struct web_request *r, const struct operation_csv *csv)
{
	char rows[24], unwritable[24];

	(void)snprintf(rows, sizeof(rows), "%ld", csv->rows);
	(void)snprintf(unwritable, sizeof(unwritable), "%ld", csv->unwritable);
	log_line(LOG_LEVEL_INFO, "web.exported", "request", r->request_id,
	    "rows", rows, "unwritable", unwritable, NULL);
}
