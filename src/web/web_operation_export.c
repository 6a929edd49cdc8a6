#include "context.h"
#include "operation_log.h"
#include "operation_csv.h"

#include "handler.h"
#include "request.h"
#include "web_csv.h"
#include "web_operation.h"

/* GET /api/v1/operations.csv */

static web_csv_rows write_rows;

bool
web_operation_export(struct web_request *r, struct fault *f)
{
	struct operation_query query;
	struct csv_export csv;

	web_operation_query(r, &query);
	web_csv_query(r, &csv);
	if (!request_valid(r))
		return (reply_invalid(r));

	return (
	    operation_log_add(r->context, "operation.exported", NULL, "done",
		json_pack("{ss?ss?ss?ss?ss?}", "from", query.from, "until",
		    query.until, "actor_id", query.actor_id, "action",
		    query.action, "object_id", query.object_id),
		f) &&
	    web_csv_send(r, &csv, "operations.csv", write_rows, &query, f));
}

static bool
write_rows(struct context *ctx, const void *query, struct csv_export *csv,
    struct fault *f)
{
	return (operation_csv_export(ctx, query, csv, f));
}
