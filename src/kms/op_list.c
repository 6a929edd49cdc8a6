#include <jansson.h>
#include <string.h>

#include "kms_call.h"

/* Lists.  A marker is the last thing listed: ids and names sort stably. */

#define KEYS_USUAL      100
#define KEYS_MAX        1000
#define ALIASES_USUAL   50
#define ALIASES_MAX     100
#define ROTATIONS_USUAL 100
#define ROTATIONS_MAX   1000

static enum kms_error limit(struct kms_call *, int64_t, int64_t, size_t *);
static bool may_see(const struct kms_call *, const struct ring_key *);
static enum kms_error finish(
    struct kms_call *, const char *, json_t *, bool, const char *);

enum kms_error
op_list_keys(struct kms_call *c)
{
	const char *marker = kms_call_text(c, "Marker");
	const struct ring_key *key;
	const char *last = NULL;
	char arn[KMS_ARN_MAX];
	enum kms_error error;
	bool more = false;
	size_t i, max = 0;
	json_t *list;

	if ((error = limit(c, KEYS_USUAL, KEYS_MAX, &max)) != KMS_OK)
		return (error);
	if (marker != NULL && ring_find_key(c->view, marker) == NULL)
		return (kms_call_refuse(c, KMS_INVALID_MARKER, "Marker"));
	list = json_array();
	for (i = 0; i < c->view->nkeys; i++) {
		key = &c->view->keys[i];
		if ((marker != NULL && strcmp(key->id, marker) <= 0) ||
		    !may_see(c, key))
			continue;
		if (json_array_size(list) == max) {
			more = true;
			break;
		}
		kms_call_arn(c, key->id, arn);
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s}", "KeyId", key->id, "KeyArn", arn));
		last = key->id;
	}
	return (finish(c, "Keys", list, more, last));
}

enum kms_error
op_list_aliases(struct kms_call *c)
{
	const char *marker = kms_call_text(c, "Marker");
	const struct ring_alias *a;
	struct ring_key *of = NULL;
	const char *last = NULL;
	char arn[KMS_ARN_MAX];
	enum kms_error error;
	bool more = false;
	size_t i, max = 0;
	json_t *list;

	if ((error = limit(c, ALIASES_USUAL, ALIASES_MAX, &max)) != KMS_OK)
		return (error);
	if (kms_call_text(c, "KeyId") != NULL) {
		if ((error = kms_call_key(c, c->view, "KeyId", &of)) != KMS_OK)
			return (error);
		if (!may_see(c, of))
			return (kms_call_refuse(
			    c, KMS_ACCESS_DENIED, "not with this key"));
	}
	if (marker != NULL && ring_find_alias(c->view, marker) == NULL)
		return (kms_call_refuse(c, KMS_INVALID_MARKER, "Marker"));
	list = json_array();
	for (i = 0; i < c->view->naliases; i++) {
		a = &c->view->aliases[i];
		if ((marker != NULL && strcmp(a->name, marker) <= 0) ||
		    (of != NULL && strcmp(a->key_id, of->id) != 0) ||
		    !may_see(c, ring_find_key(c->view, a->key_id)))
			continue;
		if (json_array_size(list) == max) {
			more = true;
			break;
		}
		kms_call_alias_arn(c, a->name, arn);
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:I, s:I}", "AliasName", a->name,
			"AliasArn", arn, "TargetKeyId", a->key_id,
			"CreationDate", (json_int_t)a->created,
			"LastUpdatedDate", (json_int_t)a->updated));
		last = a->name;
	}
	return (finish(c, "Aliases", list, more, last));
}

enum kms_error
op_list_rotations(struct kms_call *c)
{
	const char *marker = kms_call_text(c, "Marker");
	const struct ring_material *m;
	char arn[KMS_ARN_MAX], id[65], last[65] = "";
	bool more = false, past = marker == NULL;
	enum kms_error error;
	struct ring_key *key;
	size_t i, max = 0;
	json_t *list;

	if ((error = limit(c, ROTATIONS_USUAL, ROTATIONS_MAX, &max)) !=
		KMS_OK ||
	    (error = kms_call_key(c, c->view, "KeyId", &key)) != KMS_OK)
		return (error);
	if (!may_see(c, key))
		return (
		    kms_call_refuse(c, KMS_ACCESS_DENIED, "not with this key"));
	kms_call_arn(c, key->id, arn);
	list = json_array();
	/* The first material was made, not rotated to. */
	for (i = 1; i < key->nmaterials; i++) {
		m = &key->materials[i];
		op_material_id(key, m->version, id);
		if (!past) {
			past = strcmp(id, marker) == 0;
			continue;
		}
		if (json_array_size(list) == max) {
			more = true;
			break;
		}
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s, s:I, s:s}", "KeyId", arn,
			"KeyMaterialId", id, "RotationDate",
			(json_int_t)m->created, "RotationType",
			ring_origin_name(m->origin)));
		memcpy(last, id, sizeof(last));
	}
	if (!past) {
		json_decref(list);
		return (kms_call_refuse(c, KMS_INVALID_MARKER, "Marker"));
	}
	return (finish(c, "Rotations", list, more, last));
}

static enum kms_error
limit(struct kms_call *c, int64_t usual, int64_t max, size_t *out)
{
	const int64_t n = kms_call_number(c, "Limit", usual);

	if (n < 1 || n > max)
		return (kms_call_refuse(
		    c, KMS_VALIDATION, "Limit is 1 to %lld", (long long)max));
	*out = (size_t)n;
	return (KMS_OK);
}

static bool
may_see(const struct kms_call *c, const struct ring_key *key)
{
	return (key != NULL &&
	    principal_may_with(c->who, c->operation, key->scope, NULL));
}

static enum kms_error
finish(struct kms_call *c, const char *name, json_t *list, bool more,
    const char *last)
{
	json_t *answer =
	    json_pack("{s:o, s:b}", name, list, "Truncated", more ? 1 : 0);

	if (answer != NULL && more && last != NULL)
		(void)json_object_set_new(
		    answer, "NextMarker", json_string(last));
	return (kms_call_set(c, answer));
}
