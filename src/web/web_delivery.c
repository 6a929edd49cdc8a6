#include <stdlib.h>

#include "fault.h"

#include "handler.h"
#include "request.h"
#include "web_delivery.h"
#include "web_form.h"

static json_t *or_null(const char *);

json_t *
web_delivery_json(const struct delivery *d)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o,"
			  " s:o, s:o}",
	    "id", d->id, "kind", d->kind, "topic", d->topic, "state", d->state,
	    "attempts", d->attempts, "created_at", web_form_time(d->created_at),
	    "due_at", web_form_time(d->due_at), "finished_at",
	    web_form_time(d->finished_at), "last_error", or_null(d->last_error),
	    "channel", or_null(d->channel), "visit_id", or_null(d->visit_id),
	    "appointment_id", or_null(d->appointment_id)));
}

bool
web_delivery_list(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "waiting", "leased", "delivered",
		"kept", "dead", "expired", "withdrawn" };
	const int limit = (int)query_int(r, "limit", 1, 200, 50);
	const char *after = query_uuid(r, "after", FIELD_OPTIONAL);
	const int state = query_choice(r, "state", states, NELEMS(states), -1);
	struct delivery *list;
	json_t *items, *next;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!delivery_list(r->context, state < 0 ? NULL : states[state], after,
		limit + 1, &list, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n && i < (size_t)limit; i++)
		(void)json_array_append_new(items, web_delivery_json(&list[i]));
	next = or_null(n > (size_t)limit ? list[limit - 1].id : "");
	free(list);
	return (reply_json(
	    r, 200, json_pack("{s:o, s:o}", "items", items, "next", next)));
}

bool
web_delivery_requeue(struct web_request *r, struct fault *f)
{
	struct delivery d;
	bool found, done;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!delivery_requeue(r->context, r->id[0], &done, f) ||
	    !delivery_show(r->context, r->id[0], &d, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (!done)
		return (reply_problem(r, PROBLEM_conflict));
	return (reply_json(r, 200, web_delivery_json(&d)));
}

static json_t *
or_null(const char *s)
{
	return (web_form_text(s[0] != '\0' ? s : NULL));
}
