#include "context.h"
#include "operation_log.h"
#include "visit_csv.h"

#include "handler.h"
#include "request.h"
#include "web_csv.h"
#include "web_record.h"

/* GET /api/v1/visits.csv */

static web_csv_rows write_rows;

bool
web_visit_export(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "arrived", "met", "left",
		"undone", "inside" };
	char from[11], to[11];
	struct visit_query query = {
		.office_id = query_uuid(r, "office_id", FIELD_OPTIONAL),
		.q = query_text(r, "q", FIELD_OPTIONAL, 1, 100),
	};
	const int state = query_choice(r, "state", states, NELEMS(states), -1);
	struct csv_export csv;

	web_record_period(r, NULL, from, to);
	web_csv_query(r, &csv);
	if (!request_valid(r))
		return (reply_invalid(r));
	query.state = state < 0 ? NULL : states[state];
	query.from = from[0] == '\0' ? NULL : from;
	query.to = to[0] == '\0' ? NULL : to;

	return (
	    operation_log_add(r->context, "visit.exported", NULL, "done",
		json_pack("{ss?ss?ss?sb}", "from", query.from, "to", query.to,
		    "office_id", query.office_id, "searched", query.q != NULL),
		f) &&
	    web_csv_send(r, &csv, "visits.csv", write_rows, &query, f));
}

static bool
write_rows(struct context *ctx, const void *query, struct csv_export *csv,
    struct fault *f)
{
	return (visit_csv_export(ctx, query, csv, f));
}
