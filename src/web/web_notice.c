#include <string.h>

#include "fault.h"

#include "context.h"
#include "operator_notice.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* What the operator has to tell the company, and that a member has seen it. */

bool
web_notice_list(struct web_request *r, struct fault *f)
{
	const bool english = strcmp(r->language, "en") == 0;
	const struct operator_notice *n;
	struct operator_notice_list list;
	json_t *items;
	size_t i;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_notice_list(r->context, r->who.member_id, &list, f))
		return (false);
	items = json_array();
	for (i = 0; i < list.n; i++) {
		n = &list.items[i];
		(void)json_array_append_new(items,
		    json_pack("{sssssssososb}", "id", n->id, "kind",
			operator_notice_kind_name(n->kind), "text",
			english ? n->en : n->ja, "from",
			web_form_time(n->starts_at), "until",
			web_form_time(n->ends_at), "read", n->read));
	}
	operator_notice_list_free(&list);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_notice_read_create(struct web_request *r, struct fault *f)
{
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_notice_read(
		r->context, r->who.member_id, r->id[0], &found, f))
		return (false);
	return (found ? reply_empty(r) : reply_problem(r, PROBLEM_not_found));
}
