#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "member.h"
#include "normalise.h"
#include "notice.h"
#include "pass.h"
#include "role.h"
#include "session.h"
#include "session_factor.h"
#include "session_sms.h"
#include "tenant.h"
#include "tenant_key.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_people.h"
#include "web_second_factor.h"
#include "web_session.h"

#define CODE_MAX 64 /* typed in groups, in any width */

static bool confirm(
    struct web_request *, enum session_factor_kind, struct fault *);
static bool send_sms(struct web_request *, const char *, struct fault *);
static bool proof(
    struct web_request *, struct fields *, bool, bool *, struct fault *);
static bool refuse(struct web_request *, enum session_factor_outcome, long);
static bool renewed(struct web_request *, struct session *, struct fault *);
static bool enrolment(struct web_request *, const char *, struct fault *);
static bool tell(
    struct web_request *, const struct member *, bool, struct fault *);
static bool member_find(
    struct web_request *, const char *, struct member_list *, struct fault *);

/* The second step of signing in. */
bool
web_totp_create(struct web_request *r, struct fault *f)
{
	struct session session;
	bool shown;

	if (!proof(r, body_fields(r), true, &shown, f))
		return (false);
	if (!shown)
		return (true);
	return (
	    renewed(r, &session, f) && web_session_reply(r, 201, &session, f));
}

bool
web_second_factor_show(struct web_request *r, struct fault *f)
{
	struct session_factor_state state;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_factor_show(r->context, r->who.member_id, &state, f))
		return (false);
	return (reply_json(r, 200,
	    json_pack("{sbsbsbsosi}", "totp", state.totp, "sms", state.sms,
		"sms_possible", state.sms_possible, "phone_end",
		web_form_text(state.sms ? state.phone_end : NULL),
		"recovery_codes", state.recovery_codes)));
}

bool
web_totp_enrolment_create(struct web_request *r, struct fault *f)
{
	char secret[SESSION_TOTP_CHARS + 1];
	struct session_factor_state state;
	bool shown;

	if (!session_factor_show(r->context, r->who.member_id, &state, f) ||
	    !proof(r, body_fields(r), state.totp || state.sms, &shown, f))
		return (false);
	if (!shown)
		return (true);
	return (session_factor_enrol_totp(
		    r->context, r->who.member_id, secret, f) &&
	    enrolment(r, secret, f));
}

bool
web_totp_enrolment_update(struct web_request *r, struct fault *f)
{
	return (confirm(r, SESSION_FACTOR_TOTP, f));
}

/* The same by SMS: the number is typed, and a first code sent to it. */
bool
web_phone_enrolment_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *typed = field_text(b, "phone", FIELD_REQUIRED, 1, 40);
	char phone[NORMALISE_PHONE_SIZE] = "";
	struct session_factor_state state;
	bool shown;

	if (typed != NULL && !normalise_phone(typed, phone))
		field_refuse(b, "phone", FIELD_BAD_FORMAT);
	if (!session_factor_show(r->context, r->who.member_id, &state, f) ||
	    !proof(r, b, state.totp || state.sms, &shown, f))
		return (false);
	return (!shown || send_sms(r, phone, f));
}

bool
web_phone_enrolment_update(struct web_request *r, struct fault *f)
{
	return (confirm(r, SESSION_FACTOR_SMS, f));
}

bool
web_sms_code_create(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	return (send_sms(r, NULL, f));
}

bool
web_recovery_code_create(struct web_request *r, struct fault *f)
{
	session_recovery_codes codes;
	bool shown;

	if (!proof(r, body_fields(r), true, &shown, f))
		return (false);
	if (!shown)
		return (true);
	if (!session_factor_renew_codes(r->context, r->who.member_id, codes, f))
		return (false);
	return (reply_json(
	    r, 201, web_second_factor_codes(codes, SESSION_RECOVERY_CODES)));
}

/* Somebody has lost theirs: an administrator takes it away. */
bool
web_second_factor_delete(struct web_request *r, struct fault *f)
{
	struct member_list list = { NULL, 0 };
	const struct member *m;
	unsigned roles;
	bool had, ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	/* What both may is asked again, once nobody else changes it. */
	if (!member_lock(r->context, &roles, f) ||
	    !member_find(r, r->id[0], &list, f)) {
		member_list_free(&list);
		return (false);
	}
	m = &list.items[0];
	if (roles != 0 && list.n == 0)
		ok = reply_problem(r, PROBLEM_not_found);
	else if (roles == 0 || strcmp(m->id, r->who.member_id) == 0 ||
	    ((m->roles & ROLE_SYSTEM_ADMIN) != 0 &&
		(roles & ROLE_SYSTEM_ADMIN) == 0))
		ok = reply_problem(r, PROBLEM_not_allowed);
	else
		ok = session_factor_reset(r->context, m->id, &had, f) &&
		    (!had || tell(r, m, false, f)) && reply_empty(r);
	member_list_free(&list);
	return (ok);
}

bool
web_second_factor_rule_show(struct web_request *r, struct fault *f)
{
	struct session_factor_rule rule;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_factor_rule_show(r->context, &rule, f))
		return (false);
	return (reply_json(r, 200,
	    json_pack("{sssosi}", "requirement",
		session_factor_requirement_names()[rule.requirement], "roles",
		web_people_roles(rule.roles), "version", rule.version)));
}

bool
web_second_factor_rule_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	struct session_factor_rule rule = {
		.requirement = (enum session_factor_requirement)field_choice(b,
		    "requirement", FIELD_REQUIRED,
		    session_factor_requirement_names(),
		    SESSION_FACTOR_REQUIREMENT__MAX, 0),
		.version = (int)field_int(
		    b, "version", FIELD_REQUIRED, 0, INT32_MAX, 0),
	};
	bool done, known = web_people_roles_field(b, &rule.roles);

	if (known &&
	    (rule.requirement == SESSION_FACTOR_FOR_ROLES) != (rule.roles != 0))
		field_refuse(b, "roles",
		    rule.roles != 0 ? FIELD_TOO_MANY : FIELD_TOO_FEW);
	if (!request_valid(r) || !known)
		return (reply_invalid(r));
	if (!session_factor_rule_update(r->context, &rule, &done, f))
		return (false);
	if (!done)
		return (reply_problem(r, PROBLEM_conflict));
	return (web_second_factor_rule_show(r, f));
}

/* The first code, of what was enrolled. */
static bool
confirm(struct web_request *r, enum session_factor_kind kind, struct fault *f)
{
	const char *code =
	    field_text(body_fields(r), "code", FIELD_REQUIRED, 6, CODE_MAX);
	enum session_factor_outcome outcome;
	struct member_list list = { NULL, 0 };
	session_recovery_codes codes;
	struct session session;
	json_t *answer;
	size_t n;
	long wait;
	bool ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_factor_confirm(r->context, r->who.member_id,
		r->who.session_id, kind, code, codes, &n, &outcome, &wait, f))
		return (false);
	if (outcome != SESSION_FACTOR_DONE)
		return (refuse(r, outcome, wait));
	answer = web_second_factor_codes(codes, n);
	ok = member_find(r, r->who.member_id, &list, f) &&
	    tell(r, &list.items[0], true, f) && renewed(r, &session, f);
	member_list_free(&list);
	if (!ok) {
		json_decref(answer);
		return (false);
	}
	(void)json_object_set_new(
	    answer, "csrf_token", json_string(session.csrf));
	return (reply_json(r, 200, answer));
}

/* To a number yet to be confirmed, or NULL: to the member's. */
static bool
send_sms(struct web_request *r, const char *phone, struct fault *f)
{
	enum session_sms_outcome outcome;
	long wait;

	if (phone != NULL ? !session_sms_enrol(r->context, r->who.member_id,
				phone, r->language, &outcome, &wait, f)
			  : !session_sms_send(r->context, r->who.member_id,
				r->language, &outcome, &wait, f))
		return (false);
	if (outcome == SESSION_SMS_BLOCKED)
		return (web_form_blocked(r, wait));
	if (outcome == SESSION_SMS_NONE)
		return (reply_problem(r, PROBLEM_sms_away));
	return (reply_empty(r));
}

/*
 * Does the body show a second factor: one of code, sms_code, recovery_code?  If
 * it does not, the answer is given and ${shown} false.
 */
static bool
proof(struct web_request *r, struct fields *b, bool needed, bool *shown,
    struct fault *f)
{
	static const char *const names[] = {
		[SESSION_FACTOR_TOTP] = "code",
		[SESSION_FACTOR_SMS] = "sms_code",
		[SESSION_FACTOR_RECOVERY] = "recovery_code",
	};
	_Static_assert(NELEMS(names) == SESSION_FACTOR_KIND__MAX,
	    "every kind has a member");
	enum session_factor_outcome outcome;
	const char *code = NULL, *text;
	size_t kind = 0, i;
	long wait;

	*shown = false;
	for (i = 0; i < NELEMS(names); i++) {
		text = field_text(b, names[i], FIELD_OPTIONAL, 6, CODE_MAX);
		if (text != NULL && code != NULL)
			field_refuse(b, names[i], FIELD_TOO_MANY);
		if (text != NULL) {
			code = text;
			kind = i;
		}
	}
	if (!request_valid(r))
		return (reply_invalid(r));
	if (needed && code == NULL)
		return (reply_field(r, "/code", FIELD_MISSING));
	if (!needed) {
		*shown = true;
		return (true);
	}
	if (!session_factor_check(r->context, r->who.member_id,
		(enum session_factor_kind)kind, code, &outcome, &wait, f))
		return (false);
	*shown = outcome == SESSION_FACTOR_DONE;
	return (*shown || refuse(r, outcome, wait));
}

static bool
refuse(struct web_request *r, enum session_factor_outcome outcome, long wait)
{
	if (outcome == SESSION_FACTOR_BLOCKED)
		return (web_form_blocked(r, wait));
	reply_keep(r);
	return (reply_problem(r,
	    outcome == SESSION_FACTOR_NONE ? PROBLEM_enrolment_over
					   : PROBLEM_second_factor_failed));
}

/* The cookie of before is good for nothing from now on. */
static bool
renewed(struct web_request *r, struct session *session, struct fault *f)
{
	char token[SESSION_TOKEN_SIZE];

	if (!session_prove(r->context, r->who.session_id, token, session, f))
		return (false);
	reply_cookie(r, SESSION_COOKIE, token, 0);
	return (true);
}

json_t *
web_second_factor_codes(session_recovery_codes codes, size_t n)
{
	json_t *list = json_array();
	char text[SESSION_RECOVERY_CHARS + 4];
	size_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "%.4s-%.4s-%.4s-%.4s",
		    codes[i], codes[i] + 4, codes[i] + 8, codes[i] + 12);
		(void)json_array_append_new(list, json_string(text));
	}
	return (json_pack("{so}", "recovery_codes", list));
}

/* What the authenticator is to be told, for eyes, fingers and cameras. */
static bool
enrolment(struct web_request *r, const char *secret, struct fault *f)
{
	struct member_list list = { NULL, 0 };
	char *uri = NULL, *svg = NULL;
	struct tenant tenant;
	bool ok;

	ok = tenant_show(r->context, &tenant, f) &&
	    member_find(r, r->who.member_id, &list, f);
	if (ok &&
	    (uri = session_totp_uri(
		 tenant.display_name, list.items[0].email, secret)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "enrolment");
	ok = ok && pass_svg(uri, &svg, f) &&
	    reply_json(r, 201,
		json_pack(
		    "{ssssss}", "secret", secret, "uri", uri, "qr_svg", svg));
	member_list_free(&list);
	tenant_text_free(uri);
	tenant_text_free(svg);
	return (ok);
}

static bool
tell(
    struct web_request *r, const struct member *m, bool set_up, struct fault *f)
{
	return (notice_second_factor(r->context,
	    &(struct notice_member){ m->id, m->name, m->email, m->language },
	    set_up, f));
}

/* The member with that id; none, unless it is who asks, is no fault. */
static bool
member_find(struct web_request *r, const char *id, struct member_list *list,
    struct fault *f)
{
	uuid_text ids[1];

	text_copy(ids[0], sizeof(ids[0]), id);
	if (!member_find_many(r->context, ids, 1, list, f))
		return (false);
	if (list->n == 0 && strcmp(id, r->who.member_id) == 0)
		return (fault_set(f, FAULT_BUG, "a session of nobody"));
	return (true);
}
