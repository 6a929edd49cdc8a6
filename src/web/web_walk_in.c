#include <string.h>

#include "fault.h"

#include "checkin.h"
#include "context.h"
#include "member.h"

#include "handler.h"
#include "request.h"
#include "web_check_in.h"
#include "web_record.h"

/* POST /api/v1/walk-ins */

static bool office_of(struct web_request *, struct fields *, struct walk_in *,
    bool *, struct fault *);

bool
web_walk_in_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	struct walk_in w = {
		.name = field_text(b, "name", FIELD_REQUIRED, 1, 100),
		.company = field_text(b, "company", FIELD_OPTIONAL, 1, 100),
		.people =
		    (int)field_int(b, "people", FIELD_REQUIRED, 1, 100, 1),
		.host_id = field_uuid(b, "host_id", FIELD_OPTIONAL),
		.department_id = field_uuid(b, "department_id", FIELD_OPTIONAL),
		.office_id = field_uuid(b, "office_id", FIELD_OPTIONAL),
		.key = r->idempotency_key,
		.language = r->language,
	};
	const bool department = w.department_id != NULL;
	struct checkin c;
	bool ok;

	if (w.host_id != NULL && department)
		field_refuse(b, "department_id", FIELD_UNKNOWN);
	if (!office_of(r, b, &w, &ok, f))
		return (false);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!ok)
		return (reply_problem(r, PROBLEM_not_allowed));

	if (!checkin_walk_in(r->context, &w, &c, &ok, f))
		return (false);
	if (!ok)
		return (reply_field(r,
		    department              ? "/department_id"
			: w.host_id != NULL ? "/host_id"
					    : "/office_id",
		    FIELD_NOT_FOUND));
	return (web_check_in_answer(r, &c, false));
}

/* A device stands at its office; a member says at which of theirs. */
static bool
office_of(struct web_request *r, struct fields *b, struct walk_in *w, bool *ok,
    struct fault *f)
{
	*ok = true;
	if (r->who.kind == PRINCIPAL_DEVICE) {
		if (w->office_id != NULL)
			field_refuse(b, "office_id", FIELD_UNKNOWN);
		w->device_id = r->who.device_id;
		w->office_id = r->who.office_id;
		return (true);
	}
	if (w->office_id == NULL) {
		if (!field_given(b, "office_id"))
			field_refuse(b, "office_id", FIELD_MISSING);
		return (true);
	}
	return (
	    member_serves(r->context, r->who.member_id, w->office_id, ok, f));
}
