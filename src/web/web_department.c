#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "department.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

#define MEMBERS_MAX 500

static json_t *department_json(const struct department *);

bool
web_department_list(struct web_request *r, struct fault *f)
{
	struct department *departments;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!department_list(r->context, &departments, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(
		    items, department_json(&departments[i]));
	free(departments);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_department_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r), *array;
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	enum department_outcome outcome;
	struct department department;
	uuid_text *ids;
	size_t n, i, which;

	array = field_array(b, "members", FIELD_REQUIRED, 0, MEMBERS_MAX, &n);
	if ((ids = request_alloc(r, (n + 1) * sizeof(*ids))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "members"));
	for (i = 0; i < n; i++) {
		const char *id = item_uuid(array, i);

		if (id != NULL)
			text_copy(ids[i], sizeof(ids[i]), id);
	}
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!department_create(
		r->context, name, ids, n, &department, &outcome, &which, f))
		return (false);
	switch (outcome) {
	case DEPARTMENT_DONE:
		return (reply_json(r, 201, department_json(&department)));
	case DEPARTMENT_NAME_TAKEN:
		return (reply_field(r, "/name", FIELD_TAKEN));
	default:
		item_refuse(array, which, FIELD_NOT_FOUND);
		return (reply_invalid(r));
	}
}

bool
web_department_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	const int version =
	    (int)field_int(b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0);
	enum department_outcome outcome;
	struct department department;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!department_rename(
		r->context, r->id[0], version, name, &department, &outcome, f))
		return (false);
	switch (outcome) {
	case DEPARTMENT_DONE:
		return (reply_json(r, 200, department_json(&department)));
	case DEPARTMENT_NAME_TAKEN:
		return (reply_field(r, "/name", FIELD_TAKEN));
	case DEPARTMENT_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	default:
		return (reply_problem(r, PROBLEM_not_found));
	}
}

bool
web_department_delete(struct web_request *r, struct fault *f)
{
	enum department_outcome outcome;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!department_remove(r->context, r->id[0], &outcome, f))
		return (false);
	return (outcome == DEPARTMENT_DONE
		? reply_empty(r)
		: reply_problem(r, PROBLEM_not_found));
}

static json_t *
department_json(const struct department *d)
{
	return (json_pack("{sssisssi}", "id", d->id, "version", d->version,
	    "name", d->name, "members", d->members));
}
