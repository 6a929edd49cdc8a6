#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#include "kms_call.h"
#include "stops.h"
#include "upstream.h"

/*
 * With a service behind us there is no ring: that service has the keys, and we
 * decide, by the same rights as ever, who of ours may do what with which.
 * Which tenant a key is of, its alias there says.  It never changes under our
 * rules, so the answer is kept.
 */

#define KEPT_MAX   2048
#define KEY_ID_MAX 64

static struct {
	char key_id[KEY_ID_MAX];
	char scope[RING_SCOPE_MAX]; /* "": made through us, not named yet */
} kept[KEPT_MAX];
static size_t next_kept;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static enum kms_error check(struct kms_call *);
static enum kms_error check_key(
    struct kms_call *, const char *, const json_t *);
static enum kms_error check_alias(struct kms_call *);
static enum kms_error check_answer(struct kms_call *);
static void remember(struct kms_call *);
static enum kms_error scope_of(
    struct kms_call *, const char *, char[RING_SCOPE_MAX]);
static enum kms_error ask_scope(
    struct kms_call *, const char *, char[RING_SCOPE_MAX]);
static enum kms_error denied(struct kms_call *);
static const char *bare_id(const char *);
static bool look_up(const char *, char[RING_SCOPE_MAX]);
static void keep(const char *, const char *);

enum kms_error
op_forward(struct kms_call *c)
{
	enum kms_error error;
	json_t *out;

	if ((error = check(c)) != KMS_OK)
		return (error);
	error = upstream_call(
	    c->upstream, c->name, c->in, &out, c->message, sizeof(c->message));
	if (error != KMS_OK)
		return (error);
	c->out = out;
	if ((error = check_answer(c)) != KMS_OK) {
		json_decref(c->out);
		c->out = NULL;
		return (error);
	}
	remember(c);
	if (json_object_size(c->out) == 0) {
		json_decref(c->out);
		c->out = NULL;
	}
	return (KMS_OK);
}

static enum kms_error
check(struct kms_call *c)
{
	enum kms_error error;
	json_t *context;

	switch (c->operation) {
	case KMS_CREATE_KEY:
	case KMS_GENERATE_RANDOM:
		return (KMS_OK);
	case KMS_LIST_KEYS:
	case KMS_LIST_ALIASES:
		/* Ids and names of all that there is. */
		return (
		    c->who->rights == PRINCIPAL_OPERATOR ? KMS_OK : denied(c));
	case KMS_CREATE_ALIAS:
	case KMS_UPDATE_ALIAS:
		return (check_alias(c));
	case KMS_RE_ENCRYPT:
		context = json_object_get(c->in, "SourceEncryptionContext");
		c->context = json_incref(context);
		if (!principal_may_move(c->who, context,
			json_object_get(c->in, "DestinationEncryptionContext")))
			return (denied(c));
		if (kms_call_text(c, "SourceKeyId") != NULL &&
		    (error = check_key(c, kms_call_text(c, "SourceKeyId"),
			 context)) != KMS_OK)
			return (error);
		return (check_key(c, kms_call_text(c, "DestinationKeyId"),
		    json_object_get(c->in, "DestinationEncryptionContext")));
	default:
		context = json_object_get(c->in, "EncryptionContext");
		c->context = json_incref(context);
		/* Decrypt may leave it to the blob: then the answer tells. */
		if (kms_call_text(c, "KeyId") == NULL)
			return (KMS_OK);
		return (check_key(c, kms_call_text(c, "KeyId"), context));
	}
}

/* May the one who asks use this key with this context? */
static enum kms_error
check_key(struct kms_call *c, const char *key, const json_t *context)
{
	char scope[RING_SCOPE_MAX];
	enum kms_error error;

	if ((error = scope_of(c, key, scope)) != KMS_OK)
		return (error);
	/* The account may hold keys of others, which are not our business. */
	if (strcmp(scope, "other") == 0 ||
	    !principal_may_with(c->who, c->operation, scope, context))
		return (denied(c));
	return (KMS_OK);
}

/* A key keeps the kind of its first alias. */
static enum kms_error
check_alias(struct kms_call *c)
{
	const char *name = kms_call_text(c, "AliasName");
	char scope[RING_SCOPE_MAX], wanted[RING_SCOPE_MAX];
	enum kms_error error;

	if (strncmp(name, "alias/", 6) != 0)
		return (kms_call_refuse(
		    c, KMS_INVALID_ALIAS, "an alias starts with alias/"));
	principal_scope(name, wanted, sizeof(wanted));
	error = scope_of(c, kms_call_text(c, "TargetKeyId"), scope);
	if (error != KMS_OK)
		return (error);
	if (strcmp(wanted, "other") == 0 ||
	    (scope[0] != '\0' && strcmp(scope, wanted) != 0) ||
	    (c->who->rights == PRINCIPAL_TEST && strcmp(wanted, "test") != 0))
		return (denied(c));
	return (KMS_OK);
}

/* Where the blob named the key, the key is judged before the answer goes. */
static enum kms_error
check_answer(struct kms_call *c)
{
	const char *member = NULL, *id;

	if (c->operation == KMS_DECRYPT && kms_call_text(c, "KeyId") == NULL)
		member = "KeyId";
	if (c->operation == KMS_RE_ENCRYPT &&
	    kms_call_text(c, "SourceKeyId") == NULL)
		member = "SourceKeyId";
	if (member == NULL)
		return (KMS_OK);
	if ((id = json_string_value(json_object_get(c->out, member))) == NULL)
		return (denied(c));
	return (check_key(c, id, c->context));
}

static void
remember(struct kms_call *c)
{
	char scope[RING_SCOPE_MAX];
	const char *id;

	switch (c->operation) {
	case KMS_CREATE_KEY:
		id = json_string_value(json_object_get(
		    json_object_get(c->out, "KeyMetadata"), "KeyId"));
		if (id == NULL)
			break;
		text_copy(c->key_id, sizeof(c->key_id), id);
		keep(id, c->who->rights == PRINCIPAL_TEST ? "test" : "");
		break;
	case KMS_CREATE_ALIAS:
	case KMS_UPDATE_ALIAS:
		principal_scope(
		    kms_call_text(c, "AliasName"), scope, sizeof(scope));
		keep(bare_id(kms_call_text(c, "TargetKeyId")), scope);
		break;
	case KMS_DISABLE_KEY:
	case KMS_SCHEDULE_KEY_DELETION:
		stops_tell(NULL);
		break;
	default:
		break;
	}
}

static enum kms_error
scope_of(struct kms_call *c, const char *key, char scope[RING_SCOPE_MAX])
{
	const char *alias =
	    strncmp(key, "alias/", 6) == 0 ? key : strstr(key, ":alias/");
	const char *id;

	if (alias != NULL) {
		principal_scope(
		    alias + (alias[0] == ':'), scope, RING_SCOPE_MAX);
		return (KMS_OK);
	}
	id = bare_id(key);
	text_copy(c->key_id, sizeof(c->key_id), id);
	if (strlen(id) >= KEY_ID_MAX)
		return (denied(c));
	if (look_up(id, scope))
		return (KMS_OK);
	return (ask_scope(c, id, scope));
}

static enum kms_error
ask_scope(struct kms_call *c, const char *id, char scope[RING_SCOPE_MAX])
{
	char one[RING_SCOPE_MAX];
	enum kms_error error;
	json_t *in, *out, *item;
	const char *name;
	size_t i;

	if ((in = json_pack("{s:s}", "KeyId", id)) == NULL)
		return (KMS_INTERNAL);
	error = upstream_call(c->upstream, "ListAliases", in, &out, c->message,
	    sizeof(c->message));
	json_decref(in);
	if (error != KMS_OK)
		return (error);
	scope[0] = '\0';
	json_array_foreach(json_object_get(out, "Aliases"), i, item)
	{
		name = json_string_value(json_object_get(item, "AliasName"));
		if (name == NULL || strncmp(name, "alias/", 6) != 0)
			continue;
		principal_scope(name, one, sizeof(one));
		/* One that has names of two kinds is nobody's. */
		text_copy(scope, RING_SCOPE_MAX,
		    scope[0] == '\0' || strcmp(scope, one) == 0 ? one
								: "other");
	}
	json_decref(out);
	if (scope[0] == '\0')
		return (denied(c));
	keep(id, scope);
	return (KMS_OK);
}

static enum kms_error
denied(struct kms_call *c)
{
	return (kms_call_refuse(c, KMS_ACCESS_DENIED,
	    "%s may not %s with this key and context", c->who->name, c->name));
}

/* A key's id out of its ARN. */
static const char *
bare_id(const char *key)
{
	const char *at = strstr(key, ":key/");

	return (at != NULL ? at + strlen(":key/") : key);
}

static bool
look_up(const char *id, char scope[RING_SCOPE_MAX])
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&lock);
	for (i = 0; i < KEPT_MAX && !found; i++) {
		found = strcmp(kept[i].key_id, id) == 0;
		if (found)
			text_copy(scope, RING_SCOPE_MAX, kept[i].scope);
	}
	(void)pthread_mutex_unlock(&lock);
	return (found && id[0] != '\0');
}

static void
keep(const char *id, const char *scope)
{
	size_t i;

	(void)pthread_mutex_lock(&lock);
	for (i = 0; i < KEPT_MAX && strcmp(kept[i].key_id, id) != 0; i++)
		continue;
	if (i == KEPT_MAX) {
		i = next_kept;
		next_kept = (next_kept + 1) % KEPT_MAX;
	}
	text_copy(kept[i].key_id, sizeof(kept[i].key_id), id);
	text_copy(kept[i].scope, sizeof(kept[i].scope), scope);
	(void)pthread_mutex_unlock(&lock);
}
