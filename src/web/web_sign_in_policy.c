#include "fault.h"

#include "context.h"
#include "sign_in_policy.h"

#include "handler.h"
#include "request.h"

static json_t *policy_json(const struct sign_in_policy *);

bool
web_sign_in_policy_show(struct web_request *r, struct fault *f)
{
	struct sign_in_policy policy;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!sign_in_policy_show(r->context, &policy, f))
		return (false);
	return (reply_json(r, 200, policy_json(&policy)));
}

bool
web_sign_in_policy_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	struct sign_in_policy policy = {
		.password_min =
		    (long)field_int(b, "password_min", FIELD_REQUIRED,
			SIGN_IN_PASSWORD_MIN, SIGN_IN_PASSWORD_MAX, 0),
		.idle_minutes = (long)field_int(b, "idle_minutes",
		    FIELD_REQUIRED, SIGN_IN_IDLE_MIN, SIGN_IN_IDLE_MAX, 0),
		.longest_hours =
		    (long)field_int(b, "longest_hours", FIELD_REQUIRED,
			SIGN_IN_LONGEST_MIN, SIGN_IN_LONGEST_MAX, 0),
		.version = (long)field_int(
		    b, "version", FIELD_REQUIRED, 0, INT32_MAX, 0),
	};
	bool conflict;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!sign_in_policy_set(r->context, &policy, &conflict, f))
		return (false);
	if (conflict)
		return (reply_problem(r, PROBLEM_conflict));
	return (reply_json(r, 200, policy_json(&policy)));
}

static json_t *
policy_json(const struct sign_in_policy *p)
{
	return (json_pack("{sIsIsIsI}", "password_min",
	    (json_int_t)p->password_min, "idle_minutes",
	    (json_int_t)p->idle_minutes, "longest_hours",
	    (json_int_t)p->longest_hours, "version", (json_int_t)p->version));
}
