#include <stdlib.h>
#include <string.h>

#include "fault.h"

#include "context.h"
#include "normalise.h"
#include "operation_log.h"
#include "person.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* /api/v1/people and /api/v1/erasures: what a person may ask us for. */

#define ERASED_MAX 200

/* By what somebody is looked for. */
struct search {
	enum person_key key;
	const char *value;
};

static const char *const key_names[] = {
	[PERSON_EMAIL] = "email",
	[PERSON_PHONE] = "phone",
	[PERSON_NAME] = "name",
};
_Static_assert(NELEMS(key_names) == PERSON_KEY__MAX, "all have names");

static bool read_search(struct web_request *, struct search *);
static const char *normal(struct web_request *, enum person_key, const char *);
static bool find(struct web_request *, const char *, json_t **, struct fault *);

bool
web_person_list(struct web_request *r, struct fault *f)
{
	json_t *whole, *records;

	if (!find(r, "person.shown", &whole, f))
		return (false);
	if (whole == NULL)
		return (reply_invalid(r));
	records = json_incref(json_object_get(whole, "records"));
	json_decref(whole);
	return (reply_json(r, 200, web_form_list(records)));
}

bool
web_person_export(struct web_request *r, struct fault *f)
{
	json_t *whole;
	char *text;

	if (!find(r, "person.exported", &whole, f))
		return (false);
	if (whole == NULL)
		return (reply_invalid(r));
	text = json_dumps(whole, JSON_INDENT(2));
	json_decref(whole);
	if (text == NULL)
		return (fault_set(f, FAULT_MEMORY, "person"));
	return (reply_bytes(r, 200, "application/json", "personal-data.json",
	    text, strlen(text)));
}

bool
web_erasure_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r), *array;
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	const char *ids[ERASED_MAX];
	enum person_verdict verdict;
	size_t n, i;

	array = field_array(b, "guests", FIELD_REQUIRED, 1, ERASED_MAX, &n);
	for (i = 0; i < n && i < ERASED_MAX; i++)
		ids[i] = item_uuid(array, i);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!person_erase_many(r->context, ids, n, name, &verdict, &i, f))
		return (false);
	switch (verdict) {
	case PERSON_OK:
		return (reply_json(
		    r, 201, json_pack("{sI}", "erased", (json_int_t)n)));
	case PERSON_INSIDE:
		return (reply_problem(r, PROBLEM_still_inside));
	case PERSON_OTHER:
		return (reply_field(r, "/name", FIELD_NO_CHOICE));
	default:
		item_refuse(array, i, FIELD_NOT_FOUND);
		return (reply_invalid(r));
	}
}

/* Everything about whom the query names, and a line in the log that says which
 * guests they were, by id alone; NULL where the query is wrong. */
static bool
find(struct web_request *r, const char *action, json_t **json, struct fault *f)
{
	struct search search;
	const json_t *records;
	json_t *ids;
	size_t i;
	bool ok;

	*json = NULL;
	if (!read_search(r, &search))
		return (true);
	*json = person_json(r->context, search.key, search.value, f);
	if (*json == NULL)
		return (false);
	records = json_object_get(*json, "records");
	ids = json_array();
	for (i = 0; i < json_array_size(records); i++)
		(void)json_array_append(
		    ids, json_object_get(json_array_get(records, i), "id"));
	ok = operation_log_add(r->context, action, NULL, "done",
	    json_pack("{ss so}", "by", key_names[search.key], "guests", ids),
	    f);
	if (!ok) {
		json_decref(*json);
		*json = NULL;
	}
	return (ok);
}

/* Exactly one of them. */
static bool
read_search(struct web_request *r, struct search *s)
{
	static const size_t longest[] = {
		[PERSON_EMAIL] = 254, [PERSON_PHONE] = 40, [PERSON_NAME] = 100
	};
	const char *text;
	int i, given = 0;

	*s = (struct search){ PERSON_EMAIL, NULL };
	for (i = 0; i < PERSON_KEY__MAX; i++) {
		text =
		    query_text(r, key_names[i], FIELD_OPTIONAL, 1, longest[i]);
		if (text == NULL)
			continue;
		if (given++ > 0) {
			query_refuse(r, key_names[i], FIELD_TOO_MANY);
			continue;
		}
		s->key = (enum person_key)i;
		s->value = normal(r, s->key, text);
		if (s->value == NULL)
			query_refuse(r, key_names[i], FIELD_BAD_FORMAT);
	}
	if (request_valid(r) && given == 0)
		query_refuse(r, key_names[PERSON_EMAIL], FIELD_MISSING);
	return (request_valid(r));
}

/* In the form in which it was hashed; NULL if it has none. */
static const char *
normal(struct web_request *r, enum person_key key, const char *text)
{
	char *out;

	if (key == PERSON_NAME)
		return (text);
	if ((out = request_alloc(r, NORMALISE_EMAIL_SIZE)) == NULL)
		return (NULL);
	return ((key == PERSON_EMAIL ? normalise_email(text, out)
				     : normalise_phone(text, out))
		? out
		: NULL);
}
