#include <string.h>

#include "fault.h"

#include "context.h"
#include "db.h"
#include "operator_notice.h"
#include "tenant.h"

#include "operator_route.h"
#include "request.h"
#include "web_form.h"

/* What the operator tells tenants; operator_notice.h. */

#define TENANTS_MAX 100

static bool refuse(struct web_request *, enum operator_notice_outcome);
static json_t *names_json(const char *);

bool
web_operator_notice_list(struct web_request *r, struct fault *f)
{
	const char *after = query_uuid(r, "after", FIELD_OPTIONAL);
	const int limit = (int)query_int(r, "limit", 1, 200, 50);
	json_t *items, *next = NULL;
	struct rows *rows;
	int i;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_notice_page(r->context, after, limit + 1, &rows, f))
		return (false);
	items = json_array();
	for (i = 0; i < rows_count(rows); i++) {
		if (i == limit) {
			next = json_string(rows_text(rows, i - 1, "id"));
			break;
		}
		(void)json_array_append_new(items,
		    json_pack("{ssssssss so so so so}", "id",
			rows_text(rows, i, "id"), "kind",
			rows_text(rows, i, "kind"), "ja",
			rows_text(rows, i, "text_ja"), "en",
			rows_text(rows, i, "text_en"), "tenants",
			names_json(rows_text(rows, i, "tenants")), "starts_at",
			web_form_time(rows_int(rows, i, "starts_at")),
			"ends_at", web_form_time(rows_int(rows, i, "ends_at")),
			"withdrawn_at",
			web_form_time(rows_int(rows, i, "withdrawn_at"))));
	}
	rows_free(rows);
	return (reply_json(r, 200,
	    json_pack("{soso}", "items", items, "next",
		next != NULL ? next : json_null())));
}

bool
web_operator_notice_create(struct web_request *r, struct fault *f)
{
	static const char *const kinds[] = { "maintenance", "incident",
		"info" };
	_Static_assert(
	    NELEMS(kinds) == OPERATOR_NOTICE_KIND__MAX, "all kinds are words");
	struct fields *b = body_fields(r), *names;
	const char *tenants[TENANTS_MAX];
	struct operator_notice_draft d = {
		.kind = (enum operator_notice_kind)field_choice(
		    b, "kind", FIELD_REQUIRED, kinds, NELEMS(kinds), 0),
		.ja = field_text(
		    b, "ja", FIELD_REQUIRED, 1, OPERATOR_NOTICE_TEXT_MAX),
		.en = field_text(
		    b, "en", FIELD_REQUIRED, 1, OPERATOR_NOTICE_TEXT_MAX),
		.from = field_time(b, "starts_at", FIELD_OPTIONAL),
		.until = field_time(b, "ends_at", FIELD_OPTIONAL),
		.tenants = tenants,
	};
	enum operator_notice_outcome outcome;
	uuid_text id;
	size_t i;

	names = field_array(
	    b, "tenants", FIELD_OPTIONAL, 1, TENANTS_MAX, &d.ntenants);
	for (i = 0; i < d.ntenants; i++)
		tenants[i] =
		    item_text(names, i, FIELD_REQUIRED, 1, TENANT_NAME_MAX);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_notice_add(r->context, &d, id, &outcome, f))
		return (false);
	if (outcome != OPERATOR_NOTICE_DONE)
		return (refuse(r, outcome));
	return (reply_json(r, 201, json_pack("{ss}", "id", id)));
}

bool
web_operator_notice_delete(struct web_request *r, struct fault *f)
{
	enum operator_notice_outcome outcome;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_notice_withdraw(r->context, r->id[0], &outcome, f))
		return (false);
	return (outcome == OPERATOR_NOTICE_DONE ? reply_empty(r)
						: refuse(r, outcome));
}

static bool
refuse(struct web_request *r, enum operator_notice_outcome outcome)
{
	switch (outcome) {
	case OPERATOR_NOTICE_TEXT_BAD:
		return (reply_field(r, "/ja", FIELD_UNCLEAN));
	case OPERATOR_NOTICE_TIME_BAD:
		return (reply_field(r, "/ends_at", FIELD_IN_PAST));
	case OPERATOR_NOTICE_TENANT_UNKNOWN:
		return (reply_field(r, "/tenants", FIELD_NOT_FOUND));
	default:
		return (reply_problem(r, PROBLEM_not_found));
	}
}

/* Short names between spaces; none is everybody, null. */
static json_t *
names_json(const char *names)
{
	json_t *list;
	size_t len;

	if (names[0] == '\0')
		return (json_null());
	list = json_array();
	for (; *names != '\0'; names += len) {
		names += strspn(names, " ");
		len = strcspn(names, " ");
		(void)json_array_append_new(list, json_stringn(names, len));
	}
	return (list);
}
