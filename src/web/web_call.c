#include <stdlib.h>

#include "fault.h"

#include "checkin.h"
#include "context.h"
#include "staff_call.h"

#include "handler.h"
#include "request.h"
#include "web_record.h"

/* /api/v1/calls: "please call the staff". */

bool
web_call_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *visit_id = field_uuid(b, "visit_id", FIELD_OPTIONAL);
	const char *handle = field_text(b, "handle", FIELD_OPTIONAL, 1, 64);
	bool good = true;
	uuid_text id;
	json_t *json;
	char *phone;

	if (visit_id != NULL && handle == NULL && !field_given(b, "handle"))
		field_refuse(b, "handle", FIELD_MISSING);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (visit_id != NULL &&
	    !checkin_handle_check(r->context, r->who.device_id, visit_id,
		handle == NULL ? "" : handle, &good, f))
		return (false);

	/* Somebody stands there and asks: whatever the handle is worth, the
	 * staff is called; only whose guest it is stays open then. */
	if (!staff_call_make(r->context, r->who.device_id, r->who.office_id,
		good ? visit_id : NULL, id, &phone, f))
		return (false);
	json = json_pack("{ssss}", "id", id, "phone", phone);
	free(phone);
	return (reply_json(r, 201, json));
}

bool
web_call_list(struct web_request *r, struct fault *f)
{
	struct staff_call *list;
	struct reach reach;
	json_t *items;
	size_t n;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!staff_call_list(r->context, &reach, NULL, &list, &n, f))
		return (false);
	items = web_record_calls(list, n);
	staff_call_free_list(list, n);
	return (reply_json(r, 200, web_record_page(items, "")));
}

bool
web_call_answer(struct web_request *r, struct fault *f)
{
	struct reach reach;
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!staff_call_answer(r->context, &reach, r->id[0], &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	return (reply_empty(r));
}
