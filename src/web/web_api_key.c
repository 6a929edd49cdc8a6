#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "api_key.h"
#include "context.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* /api/v1/api-keys */

static unsigned read_scopes(struct fields *);
static json_t *key_json(const struct api_key *);

bool
web_api_key_list(struct web_request *r, struct fault *f)
{
	struct api_key *keys;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!api_key_list(r->context, &keys, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(items, key_json(&keys[i]));
	free(keys);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_api_key_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	const unsigned scopes = read_scopes(b);
	const int64_t days =
	    field_int(b, "days", FIELD_REQUIRED, 1, API_KEY_DAYS_MAX, 1);
	char token[API_KEY_TOKEN_SIZE];
	struct api_key key;
	json_t *json;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!api_key_create(r->context, name, scopes, days, &key, token, f))
		return (false);
	json = key_json(&key);
	(void)json_object_set_new(json, "token", json_string(token));
	secret_wipe(token, sizeof(token));
	reply_secret(r);
	return (reply_json(r, 201, json));
}

bool
web_api_key_delete(struct web_request *r, struct fault *f)
{
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!api_key_revoke(r->context, r->id[0], &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	return (reply_empty(r));
}

static unsigned
read_scopes(struct fields *b)
{
	unsigned scopes = 0;
	struct fields *array;
	const char *word;
	size_t n, i, k;

	array = field_array(
	    b, "scopes", FIELD_REQUIRED, 1, API_KEY_SCOPE_COUNT, &n);
	for (i = 0; i < n; i++) {
		if ((word = item_text(array, i, 0, 1, 32)) == NULL)
			continue;
		for (k = 0; k < API_KEY_SCOPE_COUNT; k++) {
			if (strcmp(word, api_key_scope_name(k)) == 0)
				break;
		}
		if (k < API_KEY_SCOPE_COUNT)
			scopes |= 1U << k;
		else
			item_refuse(array, i, FIELD_NO_CHOICE);
	}
	return (scopes);
}

static json_t *
key_json(const struct api_key *key)
{
	json_t *scopes = json_array();
	size_t i;

	for (i = 0; i < API_KEY_SCOPE_COUNT; i++) {
		if ((key->scopes & 1U << i) != 0)
			(void)json_array_append_new(
			    scopes, json_string(api_key_scope_name(i)));
	}
	return (json_pack("{ss ss so ss so so so s{ss ss sb}}", "id", key->id,
	    "name", key->name, "scopes", scopes, "state", key->state,
	    "created_at", web_form_time(key->created_at), "expires_at",
	    web_form_time(key->expires_at), "used_at",
	    web_form_time(key->used_at), "created_by", "id", key->maker, "name",
	    key->maker_name, "left", key->maker_left));
}
