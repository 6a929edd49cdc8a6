#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "text.h"

#include "appointment.h"
#include "context.h"
#include "normalise.h"
#include "phrase.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_record.h"

/* /api/v1/appointments and their invitations. */

/* Everything an edit points into; lives as long as the request. */
struct form {
	struct appointment_edit edit;
	const char *hosts[APPOINTMENT_HOSTS_MAX];
	struct guest_edit guests[APPOINTMENT_GUESTS_MAX];
	char emails[APPOINTMENT_GUESTS_MAX][NORMALISE_EMAIL_SIZE];
	char phones[APPOINTMENT_GUESTS_MAX][NORMALISE_PHONE_SIZE];
};

static struct form *read_form(struct web_request *, unsigned);
static int64_t read_time(struct fields *, const char *);
static void read_hosts(struct web_request *, struct fields *, struct form *);
static void read_guests(struct fields *, struct form *);
static void read_guest(struct fields *, struct form *, size_t);
static bool answer(struct web_request *, int, const char *,
    enum appointment_verdict, size_t, struct fault *);
static bool refuse_late(struct web_request *, struct fault *);
static bool refuse_item(
    struct web_request *, const char *, size_t, const char *, enum field_error);
static bool show(struct web_request *, int, const char *, struct fault *);

bool
web_appointment_list(struct web_request *r, struct fault *f)
{
	char from[11], to[11], next[200];
	struct appointment_query query = {
		.office_id = query_uuid(r, "office_id", FIELD_OPTIONAL),
		.mine = query_bool(r, "mine", false),
		.q = query_text(r, "q", FIELD_OPTIONAL, 1, 100),
		.after = web_record_cursor(r),
		.limit = (int)query_int(r, "limit", 1, 200, 50),
	};
	struct appointment *list;
	struct reach reach;
	json_t *items;
	size_t n, i;

	web_record_period(r, query.q, from, to);
	if (!request_valid(r))
		return (reply_invalid(r));
	query.from = from[0] == '\0' ? NULL : from;
	query.to = to[0] == '\0' ? NULL : to;
	web_record_reach(r, &reach);
	r->own = r->own || query.mine;
	if (!appointment_list(r->context, &reach, &query, &list, &n, next, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(
		    items, web_record_appointment(&list[i]));
	appointment_free_list(list, n);
	items = web_record_whole(items, n);
	return (reply_json(r, 200, web_record_page(items, next)));
}

bool
web_appointment_create(struct web_request *r, struct fault *f)
{
	struct form *form = read_form(r, FIELD_OPTIONAL);
	enum appointment_verdict verdict;
	uuid_text id = "";
	size_t index;

	if (form == NULL)
		return (fault_set(f, FAULT_MEMORY, "appointment form"));
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!appointment_create(
		r->context, &form->edit, id, &verdict, &index, f))
		return (false);
	return (answer(r, 201, id, verdict, index, f));
}

bool
web_appointment_show(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	return (show(r, 200, r->id[0], f));
}

bool
web_appointment_update(struct web_request *r, struct fault *f)
{
	struct form *form = read_form(r, FIELD_REQUIRED);
	enum appointment_verdict verdict;
	struct reach reach;
	size_t index;

	if (form == NULL)
		return (fault_set(f, FAULT_MEMORY, "appointment form"));
	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!appointment_update(
		r->context, &reach, r->id[0], &form->edit, &verdict, &index, f))
		return (false);
	return (answer(r, 200, r->id[0], verdict, index, f));
}

bool
web_appointment_delete(struct web_request *r, struct fault *f)
{
	const bool undo = query_bool(r, "undo", false);
	enum appointment_verdict verdict = APPOINTMENT_OK;
	struct reach reach;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!(undo ? appointment_uncancel : appointment_cancel)(
		r->context, &reach, r->id[0], &verdict, f))
		return (false);
	return (answer(r, 200, r->id[0], verdict, 0, f));
}

bool
web_invitation_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *guest_id = field_uuid(b, "guest_id", FIELD_OPTIONAL);
	const bool reissue = field_bool(b, "reissue", FIELD_OPTIONAL, false);
	enum appointment_verdict verdict;
	struct reach reach;
	int sent;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!appointment_invite(r->context, &reach, r->id[0], guest_id, reissue,
		&sent, &verdict, f))
		return (false);
	if (verdict == APPOINTMENT_NO_GUEST)
		return (reply_field(r, "/guest_id", FIELD_NOT_FOUND));
	if (verdict != APPOINTMENT_OK)
		return (answer(r, 200, r->id[0], verdict, 0, f));
	return (reply_json(r, 201, json_pack("{si}", "sent", sent)));
}

bool
web_invitation_delete(struct web_request *r, struct fault *f)
{
	enum appointment_verdict verdict;
	struct reach reach;
	int withdrawn;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!appointment_withdraw(
		r->context, &reach, r->id[0], &withdrawn, &verdict, f))
		return (false);
	if (verdict != APPOINTMENT_OK)
		return (answer(r, 200, r->id[0], verdict, 0, f));
	return (reply_json(r, 200, json_pack("{si}", "withdrawn", withdrawn)));
}

/* A change must say which version was read. */
static struct form *
read_form(struct web_request *r, unsigned version)
{
	static const char *const kinds[] = { "single", "period" };
	struct form *form = request_alloc(r, sizeof(*form));
	struct fields *b = body_fields(r);
	struct appointment_edit *e;

	if (form == NULL)
		return (NULL);
	e = &form->edit;
	e->version = (int)field_int(b, "version", version, 1, INT32_MAX, 0);
	e->kind = (enum appointment_kind)field_choice(
	    b, "kind", 0, kinds, NELEMS(kinds), 0);
	e->title = field_text(b, "title", FIELD_REQUIRED, 1, 200);
	e->office_id = field_uuid(b, "office_id", FIELD_REQUIRED);
	e->room = field_text(b, "room", 0, 1, 100);
	e->note = field_text(b, "note", FIELD_LINES, 1, 2000);
	e->starts_at = read_time(b, "starts_at");
	e->ends_at = read_time(b, "ends_at");
	e->invite = field_bool(b, "invite", 0, true);
	read_hosts(r, b, form);
	read_guests(b, form);
	return (form);
}

/* Whole seconds: what the database and every answer show. */
static int64_t
read_time(struct fields *b, const char *name)
{
	const char *text = field_time(b, name, FIELD_REQUIRED);
	int64_t moment = 0;
	int offset;

	if (text != NULL && !clock_parse(text, &moment, &offset))
		field_refuse(b, name, FIELD_BAD_FORMAT);
	return (moment / 1000 * 1000);
}

static void
read_hosts(struct web_request *r, struct fields *b, struct form *form)
{
	struct fields *hosts;
	size_t i, n;

	hosts = field_array(b, "hosts", 0, 1, APPOINTMENT_HOSTS_MAX, &n);
	for (i = 0; i < n && i < APPOINTMENT_HOSTS_MAX; i++)
		form->hosts[i] = item_uuid(hosts, i);
	if (n == 0 && r->who.kind == PRINCIPAL_KEY)
		field_refuse(b, "hosts", FIELD_MISSING);
	if (n == 0) {
		form->hosts[0] = r->who.member_id;
		n = 1;
	}
	form->edit.hosts = form->hosts;
	form->edit.nhosts = n;
}

static void
read_guests(struct fields *b, struct form *form)
{
	struct fields *guests;
	size_t i, n;

	guests = field_array(
	    b, "guests", FIELD_REQUIRED, 1, APPOINTMENT_GUESTS_MAX, &n);
	for (i = 0; i < n && i < APPOINTMENT_GUESTS_MAX; i++)
		read_guest(item_object(guests, i), form, i);
	form->edit.guests = form->guests;
	form->edit.nguests = n;
}

static void
read_guest(struct fields *g, struct form *form, size_t i)
{
	struct guest_edit *e = &form->guests[i];
	const char *email, *phone;

	e->id = field_uuid(g, "id", 0);
	e->name = field_text(g, "name", FIELD_REQUIRED, 1, 100);
	e->kana = field_text(g, "kana", 0, 1, 100);
	e->company = field_text(g, "company", 0, 1, 100);
	e->companions = (int)field_int(g, "companions", 0, 0, 99, 0);
	e->language = web_form_language(g);
	if ((email = field_text(g, "email", 0, 3, 254)) != NULL) {
		if (normalise_email(email, form->emails[i]))
			e->email = form->emails[i];
		else
			field_refuse(g, "email", FIELD_BAD_FORMAT);
	}
	if ((phone = field_text(g, "phone", 0, 1, 40)) != NULL) {
		if (normalise_phone(phone, form->phones[i]))
			e->phone = form->phones[i];
		else
			field_refuse(g, "phone", FIELD_BAD_FORMAT);
	}
}

/* The appointment as it is now, or what was wrong with the request. */
static bool
answer(struct web_request *r, int status, const char *id,
    enum appointment_verdict verdict, size_t index, struct fault *f)
{
	switch (verdict) {
	case APPOINTMENT_OK:
		return (show(r, status, id, f));
	case APPOINTMENT_IN_PAST:
		return (reply_field(r, "/starts_at", FIELD_IN_PAST));
	case APPOINTMENT_END_IN_PAST:
		return (reply_field(r, "/ends_at", FIELD_IN_PAST));
	case APPOINTMENT_END_FIRST:
		return (reply_field(r, "/ends_at", FIELD_END_BEFORE_START));
	case APPOINTMENT_TOO_LONG:
		return (reply_field(r, "/ends_at", FIELD_OUT_OF_RANGE));
	case APPOINTMENT_AFTER_END:
		return (refuse_late(r, f));
	case APPOINTMENT_NO_OFFICE:
		return (reply_field(r, "/office_id", FIELD_NOT_FOUND));
	case APPOINTMENT_NO_HOST:
		return (refuse_item(r, "hosts", index, "", FIELD_NOT_FOUND));
	case APPOINTMENT_NO_GUEST:
		return (
		    refuse_item(r, "guests", index, "/id", FIELD_NOT_FOUND));
	case APPOINTMENT_NOT_FOUND:
		return (reply_problem(r, PROBLEM_not_found));
	case APPOINTMENT_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	case APPOINTMENT_NOT_BOOKED:
		return (reply_problem(r, PROBLEM_cancelled));
	case APPOINTMENT_TOO_LATE:
		return (reply_problem(r, PROBLEM_not_undoable));
	case APPOINTMENT_VERDICT__MAX:
		break;
	}
	return (fault_set(f, FAULT_BUG, "appointment verdict"));
}

/* Until when it may be booked, the company's own people may know. */
static bool
refuse_late(struct web_request *r, struct fault *f)
{
	struct tenant tenant;
	time_text stops;
	char *day;

	if (!tenant_show(r->context, &tenant, f))
		return (false);
	clock_format(tenant.stops_at, tenant.stops_offset, stops);
	day = phrase_date(text_language_of(r->language), tenant.stops_at,
	    tenant.stops_offset);
	(void)reply_problem_with(r, PROBLEM_after_contract,
	    json_pack("{ss ss*}", "stops_at", stops, "day", day));
	free(day);
	return (true);
}

static bool
refuse_item(struct web_request *r, const char *array, size_t i,
    const char *member, enum field_error error)
{
	char *pointer = request_alloc(r, 64);

	if (pointer != NULL)
		(void)snprintf(pointer, 64, "/%s/%zu%s", array, i, member);
	return (reply_field(r, pointer == NULL ? "" : pointer, error));
}

static bool
show(struct web_request *r, int status, const char *id, struct fault *f)
{
	static const struct reach everything = { REACH_ALL, "" };
	struct appointment a;
	struct reach reach;
	json_t *json;
	bool found;

	/* Who books for a colleague at another office sees the answer too. */
	web_record_reach(r, &reach);
	if (!appointment_show(r->context, status == 201 ? &everything : &reach,
		id, false, &a, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	json = web_record_appointment(&a);
	web_record_own(r, a.hosts, a.nhosts, a.created_by);
	appointment_free(&a);
	return (reply_json(r, status, json));
}
