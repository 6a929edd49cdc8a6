#include <string.h>

#include "fault.h"

#include "context.h"
#include "visit.h"

#include "handler.h"
#include "request.h"
#include "web_record.h"

/* /api/v1/visits: the records. */

static bool answer(struct web_request *, enum visit_verdict, struct fault *);
static bool problem_of(struct web_request *, enum visit_verdict);

bool
web_visit_list(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "arrived", "met", "left",
		"undone", "inside" };
	char from[11], to[11], next[200];
	struct visit_query query = {
		.office_id = query_uuid(r, "office_id", FIELD_OPTIONAL),
		.q = query_text(r, "q", FIELD_OPTIONAL, 1, 100),
		.after = web_record_cursor(r),
		.limit = (int)query_int(r, "limit", 1, 200, 50),
	};
	const int state = query_choice(r, "state", states, NELEMS(states), -1);
	struct visit *list;
	struct reach reach;
	json_t *items;
	size_t n, i;

	web_record_period(r, NULL, from, to);
	if (!request_valid(r))
		return (reply_invalid(r));
	query.state = state < 0 ? NULL : states[state];
	query.from = from[0] == '\0' ? NULL : from;
	query.to = to[0] == '\0' ? NULL : to;
	web_record_reach(r, &reach);
	if (!visit_list(r->context, &reach, &query, &list, &n, next, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(items, web_record_visit(&list[i]));
	visit_free_list(list, n);
	items = web_record_whole(items, n);
	return (reply_json(r, 200, web_record_page(items, next)));
}

bool
web_visit_show(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	return (answer(r, VISIT_OK, f));
}

bool
web_visit_update(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "met" };
	struct fields *b = body_fields(r);
	const int version =
	    (int)field_int(b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0);
	const char *name = field_text(b, "name",
	    field_given(b, "name") ? FIELD_REQUIRED : FIELD_OPTIONAL, 1, 100);
	const char *company = field_text(b, "company", FIELD_OPTIONAL, 0, 100);
	const bool met = field_choice(b, "state", FIELD_OPTIONAL, states,
			     NELEMS(states), -1) == 0;
	enum visit_verdict verdict = VISIT_OK;
	struct reach reach;
	bool renamed;

	if (field_given(b, "company") && company == NULL)
		company = "";
	renamed = name != NULL || company != NULL;
	if (!renamed && !field_given(b, "name") && !field_given(b, "state"))
		field_refuse(b, "state", FIELD_MISSING);
	if (!request_valid(r))
		return (reply_invalid(r));

	web_record_reach(r, &reach);
	if (renamed &&
	    !visit_rename(r->context, &reach, r->id[0], version, name, company,
		&verdict, f))
		return (false);
	if (met && verdict == VISIT_OK &&
	    !visit_meet(r->context, &reach, r->id[0],
		renamed ? version + 1 : version, &verdict, f))
		return (false);
	return (answer(r, verdict, f));
}

bool
web_visit_departure_create(struct web_request *r, struct fault *f)
{
	enum visit_verdict verdict;
	struct reach reach;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!visit_depart(r->context, &reach, r->id[0], &verdict, f))
		return (false);
	return (answer(r, verdict, f));
}

bool
web_visit_departure_delete(struct web_request *r, struct fault *f)
{
	enum visit_verdict verdict;
	struct reach reach;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!visit_undepart(r->context, &reach, r->id[0], &verdict, f))
		return (false);
	return (answer(r, verdict, f));
}

bool
web_visit_call_create(struct web_request *r, struct fault *f)
{
	enum visit_verdict verdict;
	struct reach reach;
	int sent;

	if (!request_valid(r))
		return (reply_invalid(r));
	web_record_reach(r, &reach);
	if (!visit_call(r->context, &reach, r->id[0], &sent, &verdict, f))
		return (false);
	if (verdict != VISIT_OK)
		return (problem_of(r, verdict));
	return (reply_json(r, 201, json_pack("{si}", "sent", sent)));
}

/* The visit as it is now, or why it is not so. */
static bool
answer(struct web_request *r, enum visit_verdict verdict, struct fault *f)
{
	struct reach reach;
	struct visit v;
	json_t *json;
	bool found;

	if (verdict != VISIT_OK)
		return (problem_of(r, verdict));
	web_record_reach(r, &reach);
	if (!visit_show(r->context, &reach, r->id[0], &v, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	json = web_record_visit(&v);
	web_record_own(r, v.hosts, v.nhosts, NULL);
	visit_free(&v);
	return (reply_json(r, 200, json));
}

static bool
problem_of(struct web_request *r, enum visit_verdict verdict)
{
	static const enum problem problems[] = {
		[VISIT_OK] = PROBLEM_fault,
		[VISIT_NOT_FOUND] = PROBLEM_not_found,
		[VISIT_CONFLICT] = PROBLEM_conflict,
		[VISIT_NOT_INSIDE] = PROBLEM_not_inside,
		[VISIT_NOT_LEFT] = PROBLEM_not_undoable,
		[VISIT_TOO_LATE] = PROBLEM_not_undoable,
	};
	_Static_assert(NELEMS(problems) == VISIT_VERDICT__MAX,
	    "every verdict is a problem");

	return (reply_problem(r, problems[verdict]));
}
