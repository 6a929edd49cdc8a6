#include <string.h>

#include "fault.h"
#include "secret.h"

#include "context.h"
#include "operator_session.h"
#include "pass.h"
#include "session_totp.h"
#include "tenant_key.h"

#include "operator_route.h"
#include "request.h"
#include "web_form.h"
#include "web_password.h"
#include "web_second_factor.h"

/* How whoever runs the installation signs up, in, and out. */

#define ISSUER       "Genkan operator"
#define PASSWORD_MAX 128
#define CODE_MAX     64 /* typed in groups, in any width */

static bool answer(struct web_request *, int, const struct operator_session *);
static bool current(
    struct web_request *, struct operator_session *, struct fault *);
static bool refuse(struct web_request *, enum session_factor_outcome, long);

bool
web_operator_sign_up_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *token = field_text(b, "token", FIELD_REQUIRED,
	    OPERATOR_ACCOUNT_TOKEN_CHARS, OPERATOR_ACCOUNT_TOKEN_CHARS);
	const char *password = field_text(
	    b, "password", FIELD_REQUIRED | FIELD_RAW, 1, PASSWORD_MAX);
	enum operator_account_outcome outcome;
	enum password_verdict verdict;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_account_sign_up(
		r->context, token, password, &verdict, &wait, &outcome, f))
		return (false);
	switch (outcome) {
	case OPERATOR_ACCOUNT_DONE:
		return (reply_empty(r));
	case OPERATOR_ACCOUNT_BLOCKED:
		return (web_form_blocked(r, wait));
	case OPERATOR_ACCOUNT_PASSWORD_BAD:
		return (web_password_verdict(
		    r, verdict, OPERATOR_ACCOUNT_PASSWORD_MIN));
	default:
		return (reply_problem(r, PROBLEM_token_invalid));
	}
}

bool
web_operator_session_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *email = field_text(b, "email", FIELD_REQUIRED, 3, 254);
	const char *password = field_text(
	    b, "password", FIELD_REQUIRED | FIELD_RAW, 1, PASSWORD_MAX);
	char token[OPERATOR_SESSION_TOKEN_CHARS + 1];
	struct operator_session session;
	enum session_attempt attempt;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_session_create(r->context, email, password, r->user_agent,
		token, &session, &attempt, &wait, f))
		return (false);
	if (attempt == SESSION_BLOCKED)
		return (web_form_blocked(r, wait));
	if (attempt != SESSION_SIGNED_IN)
		return (reply_problem(r, PROBLEM_sign_in_failed));
	reply_cookie(r, OPERATOR_COOKIE, token, 0);
	secret_wipe(token, sizeof(token));
	return (answer(r, 202, &session));
}

bool
web_operator_session_show(struct web_request *r, struct fault *f)
{
	struct operator_session session;

	if (!request_valid(r))
		return (reply_invalid(r));
	return (current(r, &session, f) && answer(r, 200, &session));
}

bool
web_operator_session_delete(struct web_request *r, struct fault *f)
{
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_session_delete(
		r->context, r->who.session_id, r->who.member_id, &found, f))
		return (false);
	reply_cookie_clear(r, OPERATOR_COOKIE);
	return (reply_empty(r));
}

bool
web_operator_session_list(struct web_request *r, struct fault *f)
{
	struct rows *rows;
	json_t *items;
	int i;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_session_list(r->context, r->who.member_id, &rows, f))
		return (false);
	items = json_array();
	for (i = 0; i < rows_count(rows); i++)
		(void)json_array_append_new(items,
		    json_pack("{sssososssssb}", "id", rows_text(rows, i, "id"),
			"created_at",
			web_form_time(rows_int(rows, i, "created_at")),
			"seen_at", web_form_time(rows_int(rows, i, "seen_at")),
			"address", rows_text(rows, i, "address"), "browser",
			rows_text(rows, i, "browser"), "current",
			strcmp(rows_text(rows, i, "id"), r->who.session_id) ==
			    0));
	rows_free(rows);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_operator_own_session_delete(struct web_request *r, struct fault *f)
{
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_session_delete(
		r->context, r->id[0], r->who.member_id, &found, f))
		return (false);
	return (found ? reply_empty(r) : reply_problem(r, PROBLEM_not_found));
}

/* The second step of signing in. */
bool
web_operator_totp_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *code = field_text(b, "code", FIELD_OPTIONAL, 6, CODE_MAX);
	const char *recovery =
	    field_text(b, "recovery_code", FIELD_OPTIONAL, 6, CODE_MAX);
	char token[OPERATOR_SESSION_TOKEN_CHARS + 1];
	enum session_factor_outcome outcome;
	struct operator_session session;
	long wait;

	if (code != NULL && recovery != NULL)
		field_refuse(b, "recovery_code", FIELD_TOO_MANY);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (code == NULL && recovery == NULL)
		return (reply_field(r, "/code", FIELD_MISSING));
	if (!current(r, &session, f) ||
	    !operator_session_prove(r->context, &session, recovery != NULL,
		recovery != NULL ? recovery : code, token, &outcome, &wait, f))
		return (false);
	if (outcome != SESSION_FACTOR_DONE)
		return (refuse(r, outcome, wait));
	reply_cookie(r, OPERATOR_COOKIE, token, 0);
	secret_wipe(token, sizeof(token));
	return (answer(r, 201, &session));
}

bool
web_operator_totp_enrolment_create(struct web_request *r, struct fault *f)
{
	char secret[SESSION_TOTP_CHARS + 1], *uri, *svg = NULL;
	struct operator_session session;
	bool enrolled, ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!current(r, &session, f) ||
	    !operator_account_enrol(
		r->context, r->who.member_id, secret, &enrolled, f))
		return (false);
	if (!enrolled)
		return (reply_problem(r, PROBLEM_conflict));
	if ((uri = session_totp_uri(ISSUER, session.email, secret)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "enrolment");
	else
		ok = pass_svg(uri, &svg, f) &&
		    reply_json(r, 201,
			json_pack("{ssssss}", "secret", secret, "uri", uri,
			    "qr_svg", svg));
	tenant_text_free(uri);
	tenant_text_free(svg);
	secret_wipe(secret, sizeof(secret));
	return (ok);
}

bool
web_operator_totp_enrolment_update(struct web_request *r, struct fault *f)
{
	const char *code =
	    field_text(body_fields(r), "code", FIELD_REQUIRED, 6, CODE_MAX);
	char token[OPERATOR_SESSION_TOKEN_CHARS + 1];
	enum session_factor_outcome outcome;
	struct operator_session session;
	session_recovery_codes codes;
	json_t *json;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!current(r, &session, f) ||
	    !operator_session_confirm(
		r->context, &session, code, codes, token, &outcome, &wait, f))
		return (false);
	if (outcome != SESSION_FACTOR_DONE)
		return (refuse(r, outcome, wait));
	reply_cookie(r, OPERATOR_COOKIE, token, 0);
	secret_wipe(token, sizeof(token));
	json = web_second_factor_codes(codes, SESSION_RECOVERY_CODES);
	secret_wipe(codes, sizeof(codes));
	(void)json_object_set_new(
	    json, "csrf_token", json_string(session.csrf));
	return (reply_json(r, 200, json));
}

/* No more than is needed to go on, while only the password was right. */
static bool
answer(struct web_request *r, int status, const struct operator_session *s)
{
	const bool good = s->need == SESSION_NEED_NOTHING;

	return (reply_json(r, status,
	    json_pack("{ss so so so}", "csrf_token", s->csrf, "pending",
		web_form_text(good ? NULL : session_need_name(s->need)),
		"operator",
		good ? json_pack("{ssssss}", "id", s->operator_id, "email",
			   s->email, "name", s->name)
		     : json_null(),
		"expires_at", web_form_time(s->expires_at))));
}

/* The session that was admitted; a fault if it ended within this moment. */
static bool
current(
    struct web_request *r, struct operator_session *session, struct fault *f)
{
	bool found;

	if (!operator_session_find(
		r->context, r->cookie_session, session, &found, f))
		return (false);
	return (found || fault_set(f, FAULT_DB_CONFLICT, "the session ended"));
}

static bool
refuse(struct web_request *r, enum session_factor_outcome outcome, long wait)
{
	if (outcome == SESSION_FACTOR_BLOCKED)
		return (web_form_blocked(r, wait));
	return (reply_problem(r,
	    outcome == SESSION_FACTOR_NONE ? PROBLEM_enrolment_over
					   : PROBLEM_second_factor_failed));
}
