#include <string.h>

#include "clock.h"
#include "fault.h"

#include "context.h"
#include "cursor.h"
#include "operation_log.h"
#include "operation_read.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_operation.h"
#include "web_record.h"

/* /api/v1/operations: the operation log. */

static const char *const results[] = { "done", "refused" };

static json_t *operation_json(const struct operation *);

bool
web_operation_list(struct web_request *r, struct fault *f)
{
	struct operation_query query;
	struct operation_page page;
	json_t *items = json_array();
	bool ok;
	size_t i;

	web_operation_query(r, &query);
	query.after = web_record_cursor(r);
	query.limit = (int)query_int(r, "limit", 1, 200, 50);
	if (!request_valid(r)) {
		json_decref(items);
		return (reply_invalid(r));
	}
	ok = operation_page(r->context, &query, &page, f);
	for (i = 0; ok && i < page.n; i++)
		(void)json_array_append_new(
		    items, operation_json(&page.items[i]));
	if (ok)
		ok = reply_json(r, 200,
		    web_record_page(
			web_record_whole(items, page.n), page.next));
	else
		json_decref(items);
	operation_page_free(&page);
	return (ok);
}

bool
web_operation_chain_show(struct web_request *r, struct fault *f)
{
	struct operation_state s;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operation_state(r->context, &s, f))
		return (false);
	return (reply_json(r, 200,
	    json_pack("{sI so sI sI so sb}", "position", (json_int_t)s.position,
		"chained_at", web_form_time(s.chained_at), "waiting",
		(json_int_t)s.waiting, "sealed", (json_int_t)s.sealed,
		"sealed_at", web_form_time(s.sealed_at), "broken",
		(int)s.broken)));
}

void
web_operation_query(struct web_request *r, struct operation_query *query)
{
	static const char *const kinds[] = { "none", "member", "device",
		"api_key", "operator", "guest", "system" };
	const int kind =
	    query_choice(r, "actor_kind", kinds, NELEMS(kinds), -1);
	const int result =
	    query_choice(r, "result", results, NELEMS(results), -1);

	*query = (struct operation_query){
		.from = query_time(r, "from", FIELD_OPTIONAL),
		.until = query_time(r, "until", FIELD_OPTIONAL),
		.actor_id = query_uuid(r, "actor_id", FIELD_OPTIONAL),
		.actor_kind = kind < 0 ? NULL : kinds[kind],
		.action = query_text(r, "action", FIELD_OPTIONAL, 1, 80),
		.object_id = query_uuid(r, "object_id", FIELD_OPTIONAL),
		.refused = result < 0 ? NULL
		    : result == 1     ? "true"
				      : "false",
	};
	if (query->action != NULL &&
	    strspn(query->action, "abcdefghijklmnopqrstuvwxyz_.") !=
		strlen(query->action))
		query_refuse(r, "action", FIELD_BAD_FORMAT);
}

static json_t *
operation_json(const struct operation *o)
{
	json_t *actor, *object = json_null();

	actor = json_pack("{ss so so}", "kind", o->actor_kind, "id",
	    web_form_text(o->actor_id), "name", web_form_text(o->actor_name));
	if (o->object_id != NULL)
		object = json_pack("{ss so}", "id", o->object_id, "name",
		    web_form_text(o->object_name));
	return (json_pack("{ss sI so so so ss ss so ss so sb}", "id", o->id,
	    "sequence", (json_int_t)o->seq, "position",
	    o->position != 0 ? json_integer((json_int_t)o->position)
			     : json_null(),
	    "at", web_record_time(o->at, o->offset), "actor", actor, "address",
	    o->address, "action", o->action, "object", object, "result",
	    o->result, "detail",
	    o->detail != NULL ? json_loads(o->detail, 0, NULL) : json_null(),
	    "damaged", (int)o->damaged));
}
