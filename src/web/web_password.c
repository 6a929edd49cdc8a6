#include "fault.h"

#include "browser.h"
#include "context.h"
#include "member_password.h"
#include "network_rule.h"
#include "nowhere.h"
#include "session.h"
#include "sign_in_policy.h"

#include "handler.h"
#include "request.h"
#include "stranger.h"
#include "web_form.h"
#include "web_password.h"

static bool answer(struct web_request *, const struct member_password *);

const char *
web_password_field(struct fields *fs, const char *name)
{
	return (field_text(
	    fs, name, FIELD_REQUIRED | FIELD_RAW, 1, SIGN_IN_PASSWORD_MAX));
}

bool
web_password_refused(struct web_request *r, const struct member_password *p)
{
	return (web_password_verdict(r, p->verdict, p->min));
}

bool
web_password_verdict(
    struct web_request *r, enum password_verdict verdict, long min)
{
	static const enum field_error errors[] = {
		[PASSWORD_GOOD] = FIELD_BAD_FORMAT, /* never asked for */
		[PASSWORD_TOO_SHORT] = FIELD_TOO_SHORT,
		[PASSWORD_TOO_COMMON] = FIELD_TOO_COMMON,
		[PASSWORD_TOO_PERSONAL] = FIELD_TOO_PERSONAL,
		[PASSWORD_UNREADABLE] = FIELD_UNCLEAN,
	};
	_Static_assert(
	    NELEMS(errors) == PASSWORD_VERDICT__MAX, "every verdict is said");

	return (reply_problem_with(r, PROBLEM_invalid,
	    json_pack("{s[{sssssI}]}", "errors", "pointer", "/password", "name",
		field_error_name(errors[verdict]), "min", (json_int_t)min)));
}

bool
web_password_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *current = web_password_field(b, "current_password");
	struct member_password new = {
		.password = web_password_field(b, "password"),
		.cookie = r->cookie_browser,
	};

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!member_password_change(r->context, r->who.member_id,
		r->who.session_id, current, &new, f))
		return (false);
	if (new.outcome == MEMBER_PASSWORD_WRONG) {
		reply_keep(r);
		return (reply_field(r, "/current_password", FIELD_NO_MATCH));
	}
	return (answer(r, &new));
}

/* Whatever happens within, the answer is the same. */
bool
web_password_reset_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *tenant = field_text(b, "tenant", FIELD_REQUIRED, 1, 32);
	const char *email = field_text(b, "email", FIELD_REQUIRED, 3, 254);
	bool found, ok = true;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_name(r, tenant, &found, f))
		return (false);
	if (found)
		ok = member_password_request(r->context, email, f);
	else {
		wait = stranger_take(STRANGER_RESET, tenant, email, r->address);
		if (r->who.tenant_id[0] == '\0')
			ok = nowhere_reset(r->context, wait > 0, f);
	}
	if (!ok)
		return (false);
	/* What differs yet is little beside this. */
	session_waste(email);
	return (reply_json(r, 202, json_object()));
}

bool
web_password_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *token = field_text(b, "token", FIELD_REQUIRED,
	    MEMBER_PASSWORD_TOKEN_CHARS, MEMBER_PASSWORD_TOKEN_CHARS);
	struct member_password new = {
		.password = web_password_field(b, "password"),
		.cookie = r->cookie_browser,
	};
	bool found, admitted;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_tag(r, token, &found, f))
		return (false);
	if (!found)
		return (web_form_stranger(r, PROBLEM_token_invalid));
	if (!web_form_admits(
		r, NETWORK_RULE_ADMIN, "member.password_changed", &admitted, f))
		return (false);
	if (!admitted)
		return (true);
	if (!member_password_reset(r->context, token, &new, f))
		return (false);
	if (new.outcome == MEMBER_PASSWORD_NO_LINK) {
		reply_keep(r);
		return (reply_problem(r, PROBLEM_token_invalid));
	}
	return (answer(r, &new));
}

static bool
answer(struct web_request *r, const struct member_password *new)
{
	switch (new->outcome) {
	case MEMBER_PASSWORD_BLOCKED:
		return (web_form_blocked(r, new->wait));
	case MEMBER_PASSWORD_REFUSED:
		return (web_password_refused(r, new));
	default:
		reply_cookie(r, BROWSER_COOKIE, new->browser, BROWSER_SECONDS);
		return (reply_empty(r));
	}
}
