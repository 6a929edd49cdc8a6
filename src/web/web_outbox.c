#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "delivery.h"
#include "fault.h"
#include "role.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* The page of the embedded installation; a mail server takes it away. */
bool
web_outbox_list(struct web_request *r, struct fault *f)
{
	const int limit = (int)query_int(r, "limit", 1, 200, 50);
	const char *after = query_uuid(r, "after", FIELD_OPTIONAL);
	struct delivery_mail *list;
	json_t *items, *next;
	size_t i, n, shown;

	if (strcmp(config_text(CONFIG_MAIL_TRANSPORT), "preview") != 0)
		return (reply_problem(r, PROBLEM_not_found));
	if (!request_valid(r))
		return (reply_invalid(r));
	/* Who follows an invitation's link becomes the member invited, who
	 * follows one that resets a password any member. */
	if (!delivery_mails(r->context, (r->who.roles & RIGHT_ACCOUNTS) != 0,
		(r->who.roles & RIGHT_SYSTEM) != 0, after, limit + 1, &list, &n,
		f))
		return (false);
	items = json_array();
	shown = n < (size_t)limit ? n : (size_t)limit;
	for (i = 0; i < shown; i++)
		(void)json_array_append_new(items,
		    json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "id",
			list[i].id, "topic", list[i].topic, "to", list[i].to,
			"subject", list[i].subject, "created_at",
			web_form_time(list[i].created_at), "message",
			list[i].message));
	next = web_form_text(n > shown ? list[shown - 1].id : NULL);
	delivery_mails_free(list, n);
	return (reply_json(
	    r, 200, json_pack("{s:o, s:o}", "items", items, "next", next)));
}
