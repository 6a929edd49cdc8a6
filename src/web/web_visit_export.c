#include <stdio.h>

#include "fault.h"
#include "log.h"

#include "context.h"
#include "operation_log.h"
#include "visit_csv.h"

#include "handler.h"
#include "request.h"
#include "web_record.h"

/* GET /api/v1/visits.csv */

static bool count(struct web_request *, const struct visit_query *,
    const struct visit_csv *, struct fault *);
static bool drop_piece(void *, const void *, size_t);
static bool write_piece(void *, const void *, size_t);
static void note_end(struct web_request *, const struct visit_csv *);

bool
web_visit_export(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "arrived", "met", "left",
		"undone", "inside" };
	static const char *const encodings[] = { "utf-8", "cp932" };
	static const char *const languages[] = { "ja", "en" };
	char from[11], to[11];
	struct visit_query query = {
		.office_id = query_uuid(r, "office_id", FIELD_OPTIONAL),
		.q = query_text(r, "q", FIELD_OPTIONAL, 1, 100),
	};
	const int state = query_choice(r, "state", states, NELEMS(states), -1);
	struct visit_csv csv = {
		.encoding = (enum csv_encoding)query_choice(
		    r, "encoding", encodings, NELEMS(encodings), 0),
		.language = languages[query_choice(
		    r, "lang", languages, NELEMS(languages), 0)],
		.write = write_piece,
		.to = r,
	};

	web_record_period(r, NULL, from, to);
	if (!request_valid(r))
		return (reply_invalid(r));
	query.state = state < 0 ? NULL : states[state];
	query.from = from[0] == '\0' ? NULL : from;
	query.to = to[0] == '\0' ? NULL : to;

	/* On record before the first byte leaves; then no transaction is open
	 * while a slow client reads. */
	if (!operation_log_add(r->context, "visit.exported", NULL, "done",
		json_pack("{ss?ss?ss?sb}", "from", query.from, "to", query.to,
		    "office_id", query.office_id, "searched", query.q != NULL),
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
		"visits.csv", f) ||
	    !visit_csv_export(r->context, &query, &csv, f))
		return (false);
	note_end(r, &csv);
	return (true);
}

/*
 * What CP932 cannot write stands in a header, so it is counted before the
 * first byte leaves: the file is made twice, the first time for nobody.
 */
static bool
count(struct web_request *r, const struct visit_query *query,
    const struct visit_csv *csv, struct fault *f)
{
	struct visit_csv dry = *csv;
	char *text;

	dry.write = drop_piece;
	dry.to = NULL;
	if (!visit_csv_export(r->context, query, &dry, f))
		return (false);
	if ((text = request_alloc(r, 24)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "visit_export"));
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
note_end(struct web_request *r, const struct visit_csv *csv)
{
	char rows[24], unwritable[24];

	(void)snprintf(rows, sizeof(rows), "%ld", csv->rows);
	(void)snprintf(unwritable, sizeof(unwritable), "%ld", csv->unwritable);
	log_line(LOG_LEVEL_INFO, "web.exported", "request", r->request_id,
	    "rows", rows, "unwritable", unwritable, NULL);
}
