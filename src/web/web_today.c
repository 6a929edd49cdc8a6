#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"

#include "context.h"
#include "office.h"
#include "today.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_office.h"
#include "web_record.h"

/* What reception looks at all day. */

static json_t *row_json(const struct today_row *, int);
static const char *row_state(const struct today_row *);
static void date_of(const struct office *, struct today *);

bool
web_today_show(struct web_request *r, struct fault *f)
{
	const char *id = query_uuid(r, "office_id", FIELD_REQUIRED);
	json_t *items, *calls = NULL;
	struct staff_call *list;
	struct office office;
	struct reach reach;
	struct today today;
	size_t n, i;
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!office_show(r->context, id, &office, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (!today_read(r->context, &reach, id, &today, &found, f))
		return (false);
	if (!found)
		date_of(&office, &today); /* another reception's office */
	if (reach.kind != REACH_OWN) {
		if (!staff_call_list(r->context, &reach, id, &list, &n, f)) {
			today_free(&today);
			return (false);
		}
		calls = web_record_calls(list, n);
		staff_call_free_list(list, n);
	}
	items = json_array();
	for (i = 0; i < today.nrows; i++)
		(void)json_array_append_new(
		    items, row_json(&today.rows[i], today.offset));
	items = web_record_whole(items, today.nrows);
	items = json_pack("{sssosisoso}", "date", today.date, "office",
	    web_office_json(&office), "inside", today.inside, "calls",
	    calls == NULL ? json_array() : calls, "items", items);
	today_free(&today);
	return (reply_json(r, 200, items));
}

bool
web_evacuation_list_show(struct web_request *r, struct fault *f)
{
	const char *id = query_uuid(r, "office_id", FIELD_REQUIRED);
	struct office office;
	struct reach reach;
	struct visit *list;
	json_t *items;
	size_t n, i;
	bool found;
	int people = 0;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!office_show(r->context, id, &office, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (!visit_inside(r->context, &reach, id, &list, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++) {
		people += list[i].people;
		(void)json_array_append_new(items, web_record_visit(&list[i]));
	}
	visit_free_list(list, n);
	items = web_record_whole(items, n);
	return (reply_json(r, 200,
	    json_pack("{sosssiso}", "at",
		web_record_time(clock_now(), office.offset_minutes), "office",
		office.name, "people", people, "items", items)));
}

static json_t *
row_json(const struct today_row *row, int offset)
{
	const char *left_by = visit_left_by_name(row->left_by);
	const struct guest *g = &row->guest;

	return (json_pack(
	    "{ss ss so so si so so so so so ss sb so so so so so si ss}",
	    "guest_id", g->id, "guest", g->name, "kana", web_form_text(g->kana),
	    "company", web_form_text(g->company), "people", row->people,
	    "title", web_form_text(row->title), "room",
	    web_form_text(row->room), "hosts",
	    web_record_hosts(row->hosts, row->nhosts), "starts_at",
	    web_record_time(row->starts_at, offset), "ends_at",
	    web_record_time(row->ends_at, offset), "state", row_state(row),
	    "late", row->late, "arrived_at",
	    web_record_time(row->arrived_at, offset), "left_at",
	    web_record_time(row->left_at, offset), "left_by",
	    web_form_text(left_by), "appointment_id",
	    web_form_text(
		row->appointment_id[0] == '\0' ? NULL : row->appointment_id),
	    "visit_id",
	    web_form_text(row->visit_id[0] == '\0' ? NULL : row->visit_id),
	    "version", row->visit_version, "mail_state",
	    guest_mail_name(g->mail)));
}

static const char *
row_state(const struct today_row *row)
{
	if (row->visit_id[0] != '\0' &&
	    (!row->cancelled || row->visit_state != VISIT_UNDONE))
		return (visit_state_name(row->visit_state));
	return (row->cancelled ? "cancelled" : "expected");
}

static void
date_of(const struct office *office, struct today *today)
{
	struct clock_local now;

	clock_local(clock_now(), office->offset_minutes, &now);
	(void)snprintf(today->date, sizeof(today->date), "%04d-%02d-%02d",
	    now.year, now.month, now.day);
	today->offset = office->offset_minutes;
}
