#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "office.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_office.h"

static void read_body(struct fields *, struct office *);
static void copy_field(
    struct fields *, const char *, unsigned, size_t, char *, size_t);
static void hour_field(struct fields *, const char *, const char *, char[6]);
static bool is_https(const char *);
static bool answer(
    struct web_request *, int, const struct office *, enum office_outcome);

json_t *
web_office_json(const struct office *o)
{
	return (json_pack("{sssiss ss ss ss ss ss ss ss si ss}", "id", o->id,
	    "version", o->version, "name", o->name, "address", o->address,
	    "guidance", o->guidance, "map_url", o->map_url, "phone", o->phone,
	    "time_zone", o->time_zone, "opens_at", o->opens_at, "closes_at",
	    o->closes_at, "early_minutes", o->early_minutes, "state",
	    o->closed ? "closed" : "open"));
}

bool
web_office_list(struct web_request *r, struct fault *f)
{
	struct office *offices;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!office_list(r->context, &offices, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(
		    items, web_office_json(&offices[i]));
	free(offices);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_office_show(struct web_request *r, struct fault *f)
{
	struct office office;
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!office_show(r->context, r->id[0], &office, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	return (reply_json(r, 200, web_office_json(&office)));
}

bool
web_office_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	enum office_outcome outcome;
	struct office office;

	read_body(b, &office);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!office_create(r->context, &office, &outcome, f))
		return (false);
	return (answer(r, 201, &office, outcome));
}

bool
web_office_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	enum office_outcome outcome;
	struct office office;

	read_body(b, &office);
	office.version =
	    (int)field_int(b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0);
	text_copy(office.id, sizeof(office.id), r->id[0]);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!office_update(r->context, &office, &outcome, f))
		return (false);
	return (answer(r, 200, &office, outcome));
}

static void
read_body(struct fields *b, struct office *o)
{
	static const char *const states[] = { "open", "closed" };

	memset(o, 0, sizeof(*o));
	copy_field(b, "name", FIELD_REQUIRED, 100, o->name, sizeof(o->name));
	copy_field(b, "address", 0, 300, o->address, sizeof(o->address));
	copy_field(b, "guidance", 0, 300, o->guidance, sizeof(o->guidance));
	copy_field(b, "map_url", 0, 500, o->map_url, sizeof(o->map_url));
	copy_field(b, "phone", FIELD_REQUIRED, 40, o->phone, sizeof(o->phone));
	text_copy(o->time_zone, sizeof(o->time_zone), "Asia/Tokyo");
	copy_field(b, "time_zone", 0, 60, o->time_zone, sizeof(o->time_zone));
	hour_field(b, "opens_at", "08:00", o->opens_at);
	hour_field(b, "closes_at", "20:00", o->closes_at);
	o->early_minutes = (int)field_int(b, "early_minutes", 0, 0, 1440, 60);
	o->closed = field_choice(b, "state", 0, states, NELEMS(states), 0) == 1;

	if (o->map_url[0] != '\0' && !is_https(o->map_url))
		field_refuse(b, "map_url", FIELD_BAD_FORMAT);
	if (strcmp(o->closes_at, o->opens_at) <= 0)
		field_refuse(b, "closes_at", FIELD_END_BEFORE_START);
}

static void
copy_field(struct fields *b, const char *name, unsigned flags, size_t max,
    char *out, size_t size)
{
	const char *text = field_text(b, name, flags, 1, max);

	if (text != NULL)
		text_copy(out, size, text);
}

/* HH:MM; closing at midnight is 23:59. */
static void
hour_field(
    struct fields *b, const char *name, const char *otherwise, char out[6])
{
	const char *s = field_text(b, name, FIELD_OPTIONAL, 5, 5);
	const char *digits = "0123456789";

	text_copy(out, 6, s != NULL && strlen(s) == 5 ? s : otherwise);
	if (s == NULL)
		return;
	if (strspn(s, digits) != 2 || s[2] != ':' ||
	    strspn(s + 3, digits) != 2 || strncmp(s, "23", 2) > 0 || s[3] > '5')
		field_refuse(b, name, FIELD_BAD_FORMAT);
}

/* An address to follow, and nothing that ends an attribute or a line. */
static bool
is_https(const char *s)
{
	static const char scheme[] = "https://";
	const char *host = s + sizeof(scheme) - 1;

	return (strncmp(s, scheme, sizeof(scheme) - 1) == 0 &&
	    strcspn(host, "/?#") > 0 && strpbrk(s, " \"'<>\\^`{|}\t") == NULL &&
	    host[strcspn(host, "/?#@")] != '@');
}

static bool
answer(struct web_request *r, int status, const struct office *office,
    enum office_outcome outcome)
{
	switch (outcome) {
	case OFFICE_NO_TIME_ZONE:
		return (reply_field(r, "/time_zone", FIELD_NO_CHOICE));
	case OFFICE_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	case OFFICE_NOT_FOUND:
		return (reply_problem(r, PROBLEM_not_found));
	default:
		return (reply_json(r, status, web_office_json(office)));
	}
}
