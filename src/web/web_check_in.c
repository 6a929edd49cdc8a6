#include <string.h>

#include "fault.h"
#include "text.h"

#include "checkin.h"
#include "context.h"

#include "handler.h"
#include "request.h"
#include "web_check_in.h"
#include "web_form.h"
#include "web_record.h"

/* /api/v1/check-ins and what the other ways into the house share. */

#define PASS_MIN 26
#define CODE_MIN 6

/* How each verdict travels over HTTP.  WELCOME is not a problem. */
static const enum problem problem_of[] = {
	[CHECKIN_WELCOME] = PROBLEM_fault,
	[CHECKIN_UNKNOWN_PASS] = PROBLEM_unknown_pass,
	[CHECKIN_UNKNOWN_CODE] = PROBLEM_unknown_code,
	[CHECKIN_OTHER_OFFICE] = PROBLEM_other_office,
	[CHECKIN_CANCELLED] = PROBLEM_cancelled,
	[CHECKIN_TOO_EARLY] = PROBLEM_too_early,
	[CHECKIN_TOO_LATE] = PROBLEM_too_late,
	[CHECKIN_ALREADY_IN] = PROBLEM_already_in,
	[CHECKIN_CODE_BLOCKED] = PROBLEM_wait,
	[CHECKIN_CODE_NEEDS_RECEPTION] = PROBLEM_code_needs_reception,
	[CHECKIN_KEY_REUSED] = PROBLEM_idempotency_key_reused,
};
_Static_assert(
    NELEMS(problem_of) == CHECKIN_VERDICT__MAX, "every verdict has a problem");

static json_t *welcome(const struct checkin *, bool);
static json_t *details(const struct checkin *);

bool
web_check_in_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const bool device = r->who.kind == PRINCIPAL_DEVICE;
	struct checkin_request ask = {
		.pass = web_check_in_pass(b),
		.code = web_check_in_code(b),
		.guest_id = field_uuid(b, "guest_id", FIELD_OPTIONAL),
		.key = r->idempotency_key,
	};
	struct checkin c;
	struct reach reach;
	bool code;

	/* A device shows what it was shown; a member points at the list. */
	if (device && ask.guest_id != NULL)
		field_refuse(b, "guest_id", FIELD_UNKNOWN);
	if (!device && ask.pass != NULL)
		field_refuse(b, "pass", FIELD_UNKNOWN);
	if (!device && ask.code != NULL)
		field_refuse(b, "code", FIELD_UNKNOWN);
	if (device && ask.pass != NULL && ask.code != NULL)
		field_refuse(b, "code", FIELD_UNKNOWN);
	if (device && !field_given(b, "pass") && !field_given(b, "code"))
		field_refuse(b, "pass", FIELD_MISSING);
	if (!device && !field_given(b, "guest_id"))
		field_refuse(b, "guest_id", FIELD_MISSING);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (ask.pass == NULL && ask.code == NULL && ask.guest_id == NULL)
		return (reply_field(
		    r, device ? "/pass" : "/guest_id", FIELD_MISSING));
	if (!web_record_keyed(r))
		return (reply_problem(r, PROBLEM_idempotency_key_missing));

	if (device) {
		ask.device_id = r->who.device_id;
		ask.office_id = r->who.office_id;
	} else {
		web_record_reach(r, &reach);
		ask.reach = &reach;
	}
	code = ask.code != NULL;
	if (!checkin_make(r->context, &ask, &c, f))
		return (false);
	return (web_check_in_answer(r, &c, code));
}

bool
web_check_in_show(struct web_request *r, struct fault *f)
{
	enum visit_state state;
	int version;
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!checkin_state(r->context, r->who.device_id, r->id[0], &state,
		&version, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	return (reply_json(r, 200,
	    json_pack("{sssssi}", "id", r->id[0], "state",
		visit_state_name(state), "version", version)));
}

bool
web_check_in_delete(struct web_request *r, struct fault *f)
{
	const char *secret = request_header(r, "x-undo-secret");
	bool undone = false;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (secret != NULL && strlen(secret) <= 64 &&
	    !checkin_undo(
		r->context, r->who.device_id, r->id[0], secret, &undone, f))
		return (false);
	if (!undone)
		return (reply_problem(r, PROBLEM_not_undoable));
	return (reply_empty(r));
}

const char *
web_check_in_pass(struct fields *b)
{
	const char *pass =
	    field_text(b, "pass", FIELD_OPTIONAL, PASS_MIN, PASS_MIN);

	if (pass != NULL && !text_is_pass(pass)) {
		field_refuse(b, "pass", FIELD_BAD_FORMAT);
		return (NULL);
	}
	return (pass);
}

const char *
web_check_in_code(struct fields *b)
{
	const char *code =
	    field_text(b, "code", FIELD_OPTIONAL, CODE_MIN, CODE_MIN);

	if (code != NULL && !pass_code_is_clean(code)) {
		field_refuse(b, "code", FIELD_BAD_FORMAT);
		return (NULL);
	}
	return (code);
}

bool
web_check_in_answer(struct web_request *r, struct checkin *c, bool code)
{
	const enum problem problem = problem_of[c->verdict];
	json_t *json;

	if (c->verdict == CHECKIN_WELCOME) {
		json = welcome(c, code);
		checkin_free(c);
		return (reply_json(r, 201, json));
	}
	if (c->keep)
		reply_keep(r);
	if (c->verdict == CHECKIN_CODE_BLOCKED) {
		const int wait = c->retry_after;

		checkin_free(c);
		return (web_form_blocked(r, wait));
	}
	json = details(c);
	checkin_free(c);
	return (reply_problem_with(r, problem, json));
}

/* After a code the family name is all that is shown of the guest. */
static json_t *
welcome(const struct checkin *c, bool code)
{
	const struct visit *v = &c->visit;
	json_t *hosts = json_array();
	size_t i;

	for (i = 0; i < v->nhosts; i++)
		(void)json_array_append_new(
		    hosts, json_string(v->hosts[i].name));
	return (json_pack("{ss ss ss so so si sb so ss so so so}", "id", v->id,
	    "state", "arrived", "guest", c->guest, "company",
	    code ? json_null() : web_form_text(v->company), "hosts", hosts,
	    "people", v->people, "late", v->late, "room",
	    web_form_text(v->room), "guidance", v->place.guidance, "arrived_at",
	    web_record_time(v->arrived_at, v->offset), "undo_secret",
	    web_form_text(c->undo_secret[0] == '\0' ? NULL : c->undo_secret),
	    "undo_until", web_record_time(c->undo_until, v->offset)));
}

/* What the screen says beside the refusal's own words. */
static json_t *
details(const struct checkin *c)
{
	const struct visit *v = &c->visit;
	json_t *json = json_object();

	if (v->place.office != NULL) {
		(void)json_object_set_new(
		    json, "office", json_string(v->place.office));
		(void)json_object_set_new(
		    json, "phone", json_string(v->place.phone));
	}
	if (c->verdict == CHECKIN_TOO_EARLY)
		(void)json_object_set_new(
		    json, "from", web_record_time(c->from, c->offset));
	if (c->verdict == CHECKIN_TOO_LATE)
		(void)json_object_set_new(
		    json, "until", web_record_time(c->until, c->offset));
	if (c->verdict != CHECKIN_ALREADY_IN)
		return (json);
	(void)json_object_set_new(
	    json, "since", web_record_time(v->arrived_at, v->offset));
	(void)json_object_set_new(json, "visit_id", json_string(v->id));
	if (c->handle[0] != '\0')
		(void)json_object_set_new(
		    json, "handle", json_string(c->handle));
	return (json);
}
