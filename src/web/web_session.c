#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"

#include "browser.h"
#include "context.h"
#include "member.h"
#include "nowhere.h"
#include "role.h"
#include "session.h"
#include "session_factor.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "stranger.h"
#include "web_form.h"
#include "web_people.h"
#include "web_session.h"

static bool refuse_nowhere(
    struct web_request *, const char *, long, struct fault *);
static json_t *pending_json(const struct session *, const struct tenant *,
    const struct session_factor_state *);

bool
web_session_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *tenant = field_text(b, "tenant", FIELD_REQUIRED, 1, 32);
	const char *email = field_text(b, "email", FIELD_REQUIRED, 3, 254);
	const char *password =
	    field_text(b, "password", FIELD_REQUIRED | FIELD_RAW, 1, 128);
	struct session_place place = { .cookie = r->cookie_browser,
		.agent = r->user_agent };
	char token[SESSION_TOKEN_SIZE];
	enum session_attempt attempt;
	struct session session;
	bool found, admitted;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_name(r, tenant, &found, f))
		return (false);
	if (!found) {
		wait =
		    stranger_take(STRANGER_SIGN_IN, tenant, email, r->address);
		return (refuse_nowhere(r, password, wait, f));
	}
	if (!web_form_admits(
		r, NETWORK_RULE_ADMIN, "session.created", &admitted, f))
		return (false);
	if (!admitted)
		return (true);
	if (!session_create(r->context, email, password, &place, token,
		&session, &attempt, &wait, f))
		return (false);
	if (attempt == SESSION_BLOCKED)
		return (web_form_blocked(r, wait));
	if (attempt != SESSION_SIGNED_IN) {
		reply_keep(r);
		return (reply_problem(r, PROBLEM_sign_in_failed));
	}
	if (session.ending && (session.roles & ROLE_SYSTEM_ADMIN) == 0)
		return (reply_problem(r, PROBLEM_contract_ended));
	/* It ends with the browser, or sooner by its own limits. */
	reply_cookie(r, SESSION_COOKIE, token, 0);
	reply_cookie(r, BROWSER_COOKIE, place.browser, BROWSER_SECONDS);
	return (web_session_reply(
	    r, session.need == SESSION_NEED_NOTHING ? 201 : 202, &session, f));
}

bool
web_session_show(struct web_request *r, struct fault *f)
{
	enum session_verdict verdict;
	struct session session;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_find(r->context, r->cookie_session, &session, &verdict, f))
		return (false);
	if (verdict != SESSION_VALID)
		return (reply_problem(r, PROBLEM_sign_in_needed));
	return (web_session_reply(r, 200, &session, f));
}

bool
web_session_delete(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_delete(r->context, r->who.session_id, f))
		return (false);
	reply_cookie_clear(r, SESSION_COOKIE);
	return (reply_empty(r));
}

bool
web_session_list(struct web_request *r, struct fault *f)
{
	struct session_row *rows;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_list(r->context, r->who.member_id, &rows, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(items,
		    json_pack("{sssososssssb}", "id", rows[i].id, "created_at",
			web_form_time(rows[i].created_at), "seen_at",
			web_form_time(rows[i].seen_at), "address",
			rows[i].address, "browser", rows[i].browser, "current",
			strcmp(rows[i].id, r->who.session_id) == 0));
	free(rows);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_own_session_delete(struct web_request *r, struct fault *f)
{
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_delete_own(
		r->context, r->id[0], r->who.member_id, &found, f))
		return (false);
	return (found ? reply_empty(r) : reply_problem(r, PROBLEM_not_found));
}

bool
web_other_session_delete(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!session_delete_others(
		r->context, r->who.member_id, r->who.session_id, f))
		return (false);
	return (reply_empty(r));
}

bool
web_session_reply(struct web_request *r, int status,
    const struct session *session, struct fault *f)
{
	uuid_text ids[1];
	struct member_list list = { NULL, 0 };
	struct session_factor_state state;
	struct tenant tenant;
	bool ok;

	memcpy(ids[0], session->member_id, sizeof(ids[0]));
	if (!tenant_show(r->context, &tenant, f))
		return (false);
	if (session->need != SESSION_NEED_NOTHING)
		return (session_factor_show(
			    r->context, session->member_id, &state, f) &&
		    reply_json(
			r, status, pending_json(session, &tenant, &state)));

	ok = member_find_many(r->context, ids, 1, &list, f);
	if (ok && list.n != 1)
		ok = fault_set(f, FAULT_BUG, "a session of nobody");
	if (ok)
		ok = reply_json(r, status,
		    json_pack("{sssos{ssssss}sosb}", "csrf_token",
			session->csrf, "member",
			web_people_member(&list.items[0]), "tenant", "name",
			tenant.name, "display_name", tenant.display_name,
			"language", tenant.language, "expires_at",
			web_form_time(session->expires_at), "preview_mail",
			strcmp(config_text(CONFIG_MAIL_TRANSPORT), "preview") ==
			    0));
	member_list_free(&list);
	return (ok);
}

/* A company that rests or has ended is told apart anyway. */
static bool
refuse_nowhere(
    struct web_request *r, const char *password, long wait, struct fault *f)
{
	if (r->who.tenant_id[0] != '\0') {
		if (wait == 0)
			session_waste(password);
	} else if (!nowhere_sign_in(r->context, r->cookie_browser,
		       wait == 0 ? password : NULL, f))
		return (false);
	if (wait > 0)
		return (web_form_blocked(r, wait));
	reply_keep(r);
	return (web_form_stranger(r, PROBLEM_sign_in_failed));
}

/* No more than is needed to go on: only the password was right so far. */
static json_t *
pending_json(const struct session *session, const struct tenant *tenant,
    const struct session_factor_state *state)
{
	return (json_pack("{ss ss s{ssssss} so s{sbsbsbsosb}}", "csrf_token",
	    session->csrf, "pending", session_need_name(session->need),
	    "tenant", "name", tenant->name, "display_name",
	    tenant->display_name, "language", tenant->language, "expires_at",
	    web_form_time(session->expires_at), "second_factor", "totp",
	    state->totp, "sms", state->sms, "sms_possible", state->sms_possible,
	    "phone_end", web_form_text(state->sms ? state->phone_end : NULL),
	    "recovery_codes", state->recovery_codes > 0));
}
