#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "text.h"

#include "cursor.h"
#include "idempotency.h"
#include "role.h"

#include "web_form.h"
#include "web_record.h"

#define DAY_MS INT64_C(86400000)

static json_t *guest_json(const struct guest *, int);
static int64_t day_of(const char *);
static void day_text(int64_t, char[11]);

void
web_record_reach(struct web_request *r, struct reach *reach)
{
	memset(reach, 0, sizeof(*reach));
	text_copy(reach->member_id, sizeof(reach->member_id), r->who.member_id);
	if (r->who.kind == PRINCIPAL_KEY) {
		/* Its scopes say what; "its own" is what it has made. */
		text_copy(
		    reach->member_id, sizeof(reach->member_id), r->who.key_id);
		reach->kind = REACH_ALL;
	} else if ((r->who.roles & RIGHT_ALL_VISITS) != 0)
		reach->kind = REACH_ALL;
	else if ((r->who.roles & RIGHT_RECEPTION) != 0)
		reach->kind = REACH_OFFICES;
	else
		reach->kind = REACH_OWN;
	r->own = reach->kind == REACH_OWN;
}

void
web_record_own(struct web_request *r, const struct host *hosts, size_t n,
    const char *created_by)
{
	size_t i;

	r->own = r->own ||
	    (created_by != NULL && strcmp(created_by, r->who.member_id) == 0);
	for (i = 0; i < n && !r->own; i++)
		r->own = strcmp(hosts[i].id, r->who.member_id) == 0;
}

json_t *
web_record_time(int64_t moment, int offset)
{
	time_text text;

	if (moment == 0)
		return (json_null());
	clock_format(moment, offset, text);
	return (json_string(text));
}

json_t *
web_record_hosts(const struct host *hosts, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{ssssss}", "id", hosts[i].id, "name",
			hosts[i].name, "kind",
			hosts[i].department ? "department" : "member"));
	return (list);
}

json_t *
web_record_appointment(const struct appointment *a)
{
	json_t *guests = json_array(), *json;
	size_t i;

	for (i = 0; i < a->nguests; i++)
		(void)json_array_append_new(
		    guests, guest_json(&a->guests[i], a->starts_offset));
	json = json_pack("{sssisssssssssososososssssososs}", "id", a->id,
	    "version", a->version, "kind", appointment_kind_name(a->kind),
	    "title", a->title, "office_id", a->place.office_id, "office",
	    a->place.office, "room", web_form_text(a->room), "note",
	    web_form_text(a->note), "starts_at",
	    web_record_time(a->starts_at, a->starts_offset), "ends_at",
	    web_record_time(a->ends_at, a->ends_offset), "time_zone",
	    a->place.time_zone, "state", appointment_state_name(a->state),
	    "hosts", web_record_hosts(a->hosts, a->nhosts), "guests", guests,
	    "created_by", a->created_by);
	if (a->warning != NULL)
		(void)json_object_set_new(
		    json, "warning", json_string(a->warning));
	return (json);
}

json_t *
web_record_visit(const struct visit *v)
{
	const char *left_by = visit_left_by_name(v->left_by);
	const char *appointment =
	    v->appointment_id[0] == '\0' ? NULL : v->appointment_id;

	return (json_pack("{sssissssssssso sosiso so ssss sb sosososososo}",
	    "id", v->id, "version", v->version, "state",
	    visit_state_name(v->state), "via", visit_via_name(v->via),
	    "guest_id", v->guest_id, "guest", v->guest, "kana",
	    web_form_text(v->kana), "company", web_form_text(v->company),
	    "people", v->people, "hosts", web_record_hosts(v->hosts, v->nhosts),
	    "title", web_form_text(v->title), "office_id", v->place.office_id,
	    "office", v->place.office, "late", v->late, "arrived_at",
	    web_record_time(v->arrived_at, v->offset), "met_at",
	    web_record_time(v->met_at, v->offset), "left_at",
	    web_record_time(v->left_at, v->offset), "undone_at",
	    web_record_time(v->undone_at, v->offset), "left_by",
	    web_form_text(left_by), "appointment_id",
	    web_form_text(appointment)));
}

json_t *
web_record_calls(const struct staff_call *calls, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{sssssssoso}", "id", calls[i].id, "office_id",
			calls[i].office_id, "device", calls[i].device,
			"visit_id",
			web_form_text(calls[i].visit_id[0] == '\0'
				? NULL
				: calls[i].visit_id),
			"called_at",
			web_record_time(calls[i].called_at, calls[i].offset)));
	return (list);
}

json_t *
web_record_whole(json_t *items, size_t n)
{
	if (json_array_size(items) == n)
		return (items);
	json_decref(items);
	return (NULL);
}

json_t *
web_record_page(json_t *items, const char *next)
{
	return (json_pack("{soso}", "items", items, "next",
	    web_form_text(next[0] == '\0' ? NULL : next)));
}

const char *
web_record_cursor(struct web_request *r)
{
	const char *after = query_text(r, "after", FIELD_OPTIONAL, 1, 200);
	struct cursor c;

	if (after != NULL && !cursor_read(after, &c))
		query_refuse(r, "after", FIELD_BAD_FORMAT);
	return (after);
}

void
web_record_period(
    struct web_request *r, const char *q, char from[11], char to[11])
{
	const char *first = query_date(r, "from", FIELD_OPTIONAL);
	const char *last = query_date(r, "to", FIELD_OPTIONAL);
	const int64_t longest = (APPOINTMENT_LIST_DAYS - 1) * DAY_MS;
	int64_t a, b;

	text_copy(from, 11, first == NULL ? "" : first);
	text_copy(to, 11, last == NULL ? "" : last);
	if (first != NULL && last != NULL && strcmp(first, last) > 0)
		query_refuse(r, "to", FIELD_END_BEFORE_START);
	if (q == NULL)
		return;

	/* What is searched is decrypted: never more than a quarter. */
	if (first == NULL && last == NULL) {
		a = clock_now() / DAY_MS * DAY_MS - longest / 2;
		b = a + longest;
	} else if (first == NULL) {
		b = day_of(last);
		a = b - longest;
	} else {
		a = day_of(first);
		b = last == NULL ? a + longest : day_of(last);
	}
	if (b - a > longest)
		query_refuse(r, "to", FIELD_OUT_OF_RANGE);
	day_text(a, from);
	day_text(b, to);
}

bool
web_record_keyed(const struct web_request *r)
{
	const char *key = r->idempotency_key;
	size_t len;

	if (key == NULL)
		return (false);
	len = strlen(key);
	return (len >= IDEMPOTENCY_KEY_MIN && len <= IDEMPOTENCY_KEY_MAX &&
	    strspn(key,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_-") == len);
}

static json_t *
guest_json(const struct guest *g, int offset)
{
	json_t *visit = json_null();

	if (g->visit_id[0] != '\0')
		visit = json_pack("{ssssso}", "id", g->visit_id, "state",
		    g->visit_state, "arrived_at",
		    web_record_time(g->visit_arrived, offset));
	return (json_pack("{sssssososososissssssso}", "id", g->id, "name",
	    g->name, "kana", web_form_text(g->kana), "company",
	    web_form_text(g->company), "email", web_form_text(g->email),
	    "phone", web_form_text(g->phone), "companions", g->companions,
	    "language", g->language, "state", guest_state_name(g->state),
	    "mail_state", guest_mail_name(g->mail), "visit", visit));
}

/* Midnight UTC of a date: only the distance of two matters. */
static int64_t
day_of(const char *date)
{
	char text[32];
	int64_t moment = 0;
	int offset;

	(void)snprintf(text, sizeof(text), "%.10sT00:00:00Z", date);
	if (!clock_parse(text, &moment, &offset))
		return (0);
	return (moment);
}

static void
day_text(int64_t moment, char out[11])
{
	time_text text;

	clock_format(moment < 0 ? 0 : moment, 0, text);
	text_copy(out, 11, text);
}
