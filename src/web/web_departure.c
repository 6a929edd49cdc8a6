#include <string.h>

#include "fault.h"

#include "checkin.h"
#include "context.h"

#include "handler.h"
#include "request.h"
#include "web_check_in.h"
#include "web_form.h"
#include "web_record.h"

/* POST /api/v1/departures: leave, at the tablet. */

static bool answer(struct web_request *, const struct departure *);

bool
web_departure_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *pass = web_check_in_pass(b);
	const char *code = web_check_in_code(b);
	const char *visit_id = field_uuid(b, "visit_id", FIELD_OPTIONAL);
	const char *handle = field_text(b, "handle", FIELD_OPTIONAL, 1, 64);
	struct departure d;
	bool good = true;

	if ((pass != NULL) + (code != NULL) + (visit_id != NULL) > 1)
		field_refuse(b, "pass", FIELD_TOO_MANY);
	if (!field_given(b, "pass") && !field_given(b, "code") &&
	    !field_given(b, "visit_id"))
		field_refuse(b, "pass", FIELD_MISSING);
	if (visit_id != NULL && handle == NULL && !field_given(b, "handle"))
		field_refuse(b, "handle", FIELD_MISSING);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (pass == NULL && code == NULL && visit_id == NULL)
		return (reply_field(r, "/pass", FIELD_MISSING));

	if (visit_id != NULL) {
		if (!checkin_handle_check(r->context, r->who.device_id,
			visit_id, handle == NULL ? "" : handle, &good, f))
			return (false);
		if (!good)
			return (reply_problem(r, PROBLEM_not_inside));
	}
	if (!checkin_depart(r->context, r->who.device_id, r->who.office_id,
		pass, code, visit_id, &d, f))
		return (false);
	return (answer(r, &d));
}

static bool
answer(struct web_request *r, const struct departure *d)
{
	static const enum problem problems[] = {
		[DEPARTURE_GOODBYE] = PROBLEM_fault,
		[DEPARTURE_UNKNOWN_PASS] = PROBLEM_unknown_pass,
		[DEPARTURE_UNKNOWN_CODE] = PROBLEM_unknown_code,
		[DEPARTURE_NOT_INSIDE] = PROBLEM_not_inside,
		[DEPARTURE_CODE_BLOCKED] = PROBLEM_wait,
		[DEPARTURE_CODE_NEEDS_RECEPTION] = PROBLEM_code_needs_reception,
	};
	_Static_assert(NELEMS(problems) == DEPARTURE_VERDICT__MAX,
	    "every verdict is a problem");

	if (d->verdict == DEPARTURE_GOODBYE)
		return (reply_json(r, 201,
		    json_pack("{ssso}", "id", d->visit_id, "left_at",
			web_record_time(d->left_at, d->offset))));
	if (d->verdict == DEPARTURE_CODE_BLOCKED)
		return (web_form_blocked(r, d->retry_after));
	if (d->keep)
		reply_keep(r);
	return (reply_problem(r, problems[d->verdict]));
}
