#include <string.h>

#include "fault.h"
#include "text.h"

#include "retention.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* /api/v1/settings/retention: how long things are kept. */

static bool answer(struct web_request *, const struct retention *);
static json_t *day(const char *);

bool
web_retention_show(struct web_request *r, struct fault *f)
{
	struct retention retention;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!retention_show(r->context, &retention, f))
		return (false);
	return (answer(r, &retention));
}

bool
web_retention_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *contact = field_text(b, "contact",
	    FIELD_OPTIONAL | FIELD_LINES, 0, RETENTION_CONTACT_MAX);
	const struct retention_limit *limit;
	struct retention retention;
	bool done;
	int i;

	for (i = 0; i < RETENTION_KIND__MAX; i++) {
		limit = retention_limit((enum retention_kind)i);
		retention.days[i] = (int)field_int(b, limit->member,
		    limit->usual > 0 ? FIELD_REQUIRED : FIELD_OPTIONAL,
		    limit->least, limit->most, limit->usual);
	}
	retention.version =
	    (int)field_int(b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0);
	text_copy(retention.contact, sizeof(retention.contact),
	    contact != NULL ? contact : "");
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!retention_update(r->context, &retention, &done, f))
		return (false);
	if (!done)
		return (reply_problem(r, PROBLEM_conflict));
	return (answer(r, &retention));
}

bool
web_retention_preview(struct web_request *r, struct fault *f)
{
	struct retention_preview previews[RETENTION_KIND__MAX];
	const struct retention_limit *limit;
	int days[RETENTION_KIND__MAX], i;
	json_t *json;

	for (i = 0; i < RETENTION_KIND__MAX; i++) {
		limit = retention_limit((enum retention_kind)i);
		days[i] = (int)query_int(r, limit->member, limit->least,
		    limit->most, limit->usual > 0 ? -1 : 0);
		if (days[i] < 0)
			query_refuse(r, limit->member, FIELD_MISSING);
	}
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!retention_preview(r->context, days, previews, f))
		return (false);
	json = json_object();
	for (i = 0; i < RETENTION_KIND__MAX; i++)
		(void)json_object_set_new(json,
		    retention_limit((enum retention_kind)i)->name,
		    json_pack("{sI so so}", "count", (json_int_t)previews[i].n,
			"oldest", day(previews[i].oldest), "newest",
			day(previews[i].newest)));
	return (reply_json(r, 200, json));
}

static bool
answer(struct web_request *r, const struct retention *retention)
{
	json_t *json = json_pack("{si ss}", "version", retention->version,
	    "contact", retention->contact);
	int i;

	for (i = 0; i < RETENTION_KIND__MAX; i++)
		(void)json_object_set_new(json,
		    retention_limit((enum retention_kind)i)->member,
		    retention->days[i] > 0 ? json_integer(retention->days[i])
					   : json_null());
	return (reply_json(r, 200, json));
}

static json_t *
day(const char *date)
{
	return (web_form_text(date[0] != '\0' ? date : NULL));
}
