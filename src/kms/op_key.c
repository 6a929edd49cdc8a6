#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "kms_call.h"
#include "stops.h"

/* The life of a key: made, named, switched, rotated, given up. */

#define DAY             86400
#define ROTATION_MIN    90 /* days; EnableKeyRotation */
#define ROTATION_MAX    2560
#define ROTATION_USUAL  365
#define ON_DEMAND_MAX   25 /* RotateKeyOnDemand */
#define PENDING_MIN     7  /* days; ScheduleKeyDeletion */
#define PENDING_MAX     30
#define ALIASES_PER_KEY 50

typedef enum kms_error change_fn(
    struct kms_call *, struct ring_view *, struct ring_key *);

static enum kms_error change(struct kms_call *, const char *, change_fn *);
static enum kms_error reach(struct kms_call *, struct ring_key **);
static change_fn do_create_alias, do_update_alias, do_enable, do_disable,
    do_enable_rotation, do_disable_rotation, do_rotate, do_schedule, do_cancel;
static enum kms_error check_alias(
    struct kms_call *, const struct ring_key *, char[RING_SCOPE_MAX]);
static enum kms_error need_enabled(struct kms_call *, const struct ring_key *);
static enum kms_error need_not_pending(
    struct kms_call *, const struct ring_key *);
static enum kms_error only(struct kms_call *, const char *, const char *);
static json_t *metadata(const struct kms_call *, const struct ring_key *);
static enum kms_error internal(struct kms_call *, const struct fault *);

enum kms_error
op_create_key(struct kms_call *c)
{
	const char *description = kms_call_text(c, "Description");
	struct fault f = FAULT_INIT;
	struct ring_view *edit;
	struct ring_key *key;
	enum kms_error error;
	json_t *answer;

	if ((error = only(c, "KeySpec", "SYMMETRIC_DEFAULT")) != KMS_OK ||
	    (error = only(c, "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT")) !=
		KMS_OK ||
	    (error = only(c, "KeyUsage", "ENCRYPT_DECRYPT")) != KMS_OK ||
	    (error = only(c, "Origin", "AWS_KMS")) != KMS_OK)
		return (error);

	if ((edit = ring_edit(c->ring, &f)) == NULL)
		return (internal(c, &f));
	key =
	    ring_add_key(c->ring, edit, description != NULL ? description : "",
		c->who->rights == PRINCIPAL_TEST ? "test" : "", c->now);
	if (key == NULL) {
		ring_abort(c->ring, edit);
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	}
	text_copy(c->key_id, sizeof(c->key_id), key->id);
	answer = json_pack("{s:o}", "KeyMetadata", metadata(c, key));
	/* Both copies are on disk before the client learns of the key. */
	if (!ring_commit(c->ring, edit, &f)) {
		json_decref(answer);
		return (internal(c, &f));
	}
	return (kms_call_set(c, answer));
}

enum kms_error
op_describe_key(struct kms_call *c)
{
	struct ring_key *key;
	enum kms_error error;

	if ((error = reach(c, &key)) != KMS_OK)
		return (error);
	return (kms_call_set(
	    c, json_pack("{s:o}", "KeyMetadata", metadata(c, key))));
}

enum kms_error
op_create_alias(struct kms_call *c)
{
	return (change(c, "TargetKeyId", do_create_alias));
}

enum kms_error
op_update_alias(struct kms_call *c)
{
	return (change(c, "TargetKeyId", do_update_alias));
}

enum kms_error
op_enable_key(struct kms_call *c)
{
	return (change(c, "KeyId", do_enable));
}

enum kms_error
op_disable_key(struct kms_call *c)
{
	return (change(c, "KeyId", do_disable));
}

enum kms_error
op_enable_rotation(struct kms_call *c)
{
	const int64_t days =
	    kms_call_number(c, "RotationPeriodInDays", ROTATION_USUAL);

	if (days < ROTATION_MIN || days > ROTATION_MAX)
		return (kms_call_refuse(c, KMS_VALIDATION,
		    "RotationPeriodInDays is %d to %d", ROTATION_MIN,
		    ROTATION_MAX));
	return (change(c, "KeyId", do_enable_rotation));
}

enum kms_error
op_disable_rotation(struct kms_call *c)
{
	return (change(c, "KeyId", do_disable_rotation));
}

enum kms_error
op_rotation_status(struct kms_call *c)
{
	struct ring_key *key;
	enum kms_error error;
	char arn[KMS_ARN_MAX];

	if ((error = reach(c, &key)) != KMS_OK)
		return (error);
	kms_call_arn(c, key->id, arn);
	if (key->rotation_days == 0)
		return (kms_call_set(c,
		    json_pack(
			"{s:s, s:b}", "KeyId", arn, "KeyRotationEnabled", 0)));
	return (kms_call_set(c,
	    json_pack("{s:s, s:b, s:I, s:I}", "KeyId", arn,
		"KeyRotationEnabled", 1, "RotationPeriodInDays",
		(json_int_t)key->rotation_days, "NextRotationDate",
		(json_int_t)ring_next_rotation(key))));
}

enum kms_error
op_rotate(struct kms_call *c)
{
	return (change(c, "KeyId", do_rotate));
}

enum kms_error
op_schedule_deletion(struct kms_call *c)
{
	const int64_t days =
	    kms_call_number(c, "PendingWindowInDays", PENDING_MAX);

	if (days < PENDING_MIN || days > PENDING_MAX)
		return (kms_call_refuse(c, KMS_VALIDATION,
		    "PendingWindowInDays is %d to %d", PENDING_MIN,
		    PENDING_MAX));
	return (change(c, "KeyId", do_schedule));
}

enum kms_error
op_cancel_deletion(struct kms_call *c)
{
	return (change(c, "KeyId", do_cancel));
}

void
op_material_id(const struct ring_key *key, uint32_t version, char out[65])
{
	uint8_t digest[SECRET_HASH_BYTES];
	char text[64];
	int n;

	n = snprintf(
	    text, sizeof(text), "%s/%lu", key->id, (unsigned long)version);
	secret_digest(text, (size_t)n, digest);
	text_hex(digest, sizeof(digest), out);
}

/*
 * Do one change to the key that ${member} names: on a view of its own, so that
 * what is checked is what is changed, and answered when it is on disk.
 */
static enum kms_error
change(struct kms_call *c, const char *member, change_fn *todo)
{
	struct fault f = FAULT_INIT;
	struct ring_view *edit;
	struct ring_key *key;
	enum kms_error error;
	char stops[65];

	if ((edit = ring_edit(c->ring, &f)) == NULL)
		return (internal(c, &f));
	error = kms_call_key(c, edit, member, &key);
	if (error == KMS_OK &&
	    !principal_may_with(c->who, c->operation, key->scope, NULL))
		error = kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "%s may not %s with this key", c->who->name, c->name);
	if (error == KMS_OK)
		error = todo(c, edit, key);
	if (error != KMS_OK) {
		ring_abort(c->ring, edit);
		return (error);
	}
	if (!ring_commit(c->ring, edit, &f))
		return (internal(c, &f));
	ring_stops(c->ring, stops);
	stops_tell(stops);
	return (KMS_OK);
}

/* The key of an operation that only reads. */
static enum kms_error
reach(struct kms_call *c, struct ring_key **keyp)
{
	enum kms_error error;

	if ((error = kms_call_key(c, c->view, "KeyId", keyp)) != KMS_OK)
		return (error);
	if (!principal_may_with(c->who, c->operation, (*keyp)->scope, NULL))
		return (kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "%s may not %s with this key", c->who->name, c->name));
	return (KMS_OK);
}

static enum kms_error
do_create_alias(
    struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const char *name = kms_call_text(c, "AliasName");
	char scope[RING_SCOPE_MAX];
	enum kms_error error;
	size_t i, n = 0;

	if ((error = check_alias(c, key, scope)) != KMS_OK)
		return (error);
	if (ring_find_alias(edit, name) != NULL)
		return (kms_call_refuse(
		    c, KMS_ALREADY_EXISTS, "there is such an alias"));
	for (i = 0; i < edit->naliases; i++)
		n += strcmp(edit->aliases[i].key_id, key->id) == 0;
	if (n >= ALIASES_PER_KEY)
		return (kms_call_refuse(c, KMS_LIMIT_EXCEEDED,
		    "a key has at most %d aliases", ALIASES_PER_KEY));
	if (!ring_add_alias(edit, name, key->id, c->now))
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	text_copy(key->scope, sizeof(key->scope), scope);
	return (KMS_OK);
}

static enum kms_error
do_update_alias(
    struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	struct ring_alias *alias;
	char scope[RING_SCOPE_MAX];
	enum kms_error error;

	if ((error = check_alias(c, key, scope)) != KMS_OK)
		return (error);
	alias = ring_find_alias(edit, kms_call_text(c, "AliasName"));
	if (alias == NULL)
		return (kms_call_refuse(
		    c, KMS_NOT_FOUND, "there is no such alias"));
	text_copy(alias->key_id, sizeof(alias->key_id), key->id);
	alias->updated = c->now;
	text_copy(key->scope, sizeof(key->scope), scope);
	return (KMS_OK);
}

static enum kms_error
do_enable(struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const enum kms_error error = need_not_pending(c, key);

	(void)edit;
	if (error == KMS_OK)
		key->state = RING_ENABLED;
	return (error);
}

static enum kms_error
do_disable(struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const enum kms_error error = need_not_pending(c, key);

	(void)edit;
	if (error == KMS_OK)
		key->state = RING_DISABLED;
	return (error);
}

static enum kms_error
do_enable_rotation(
    struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const enum kms_error error = need_enabled(c, key);

	(void)edit;
	if (error != KMS_OK)
		return (error);
	if (key->rotation_days == 0)
		key->rotation_from = c->now;
	key->rotation_days =
	    (long)kms_call_number(c, "RotationPeriodInDays", ROTATION_USUAL);
	return (KMS_OK);
}

static enum kms_error
do_disable_rotation(
    struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const enum kms_error error = need_enabled(c, key);

	(void)edit;
	if (error == KMS_OK)
		key->rotation_days = 0;
	return (error);
}

/* Does not move the automatic schedule. */
static enum kms_error
do_rotate(struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	enum kms_error error;
	char arn[KMS_ARN_MAX];
	size_t i, n = 0;

	(void)edit;
	if ((error = need_enabled(c, key)) != KMS_OK)
		return (error);
	for (i = 0; i < key->nmaterials; i++)
		n += key->materials[i].origin == RING_ON_DEMAND;
	if (n >= ON_DEMAND_MAX || key->nmaterials >= RING_ROTATIONS_MAX)
		return (kms_call_refuse(c, KMS_LIMIT_EXCEEDED,
		    "a key is rotated on demand at most %d times",
		    ON_DEMAND_MAX));
	if (!ring_rotate(c->ring, key, RING_ON_DEMAND, c->now))
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	kms_call_arn(c, key->id, arn);
	return (kms_call_set(c, json_pack("{s:s}", "KeyId", arn)));
}

static enum kms_error
do_schedule(struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	const int64_t days =
	    kms_call_number(c, "PendingWindowInDays", PENDING_MAX);
	enum kms_error error;
	char arn[KMS_ARN_MAX];

	(void)edit;
	if ((error = need_not_pending(c, key)) != KMS_OK)
		return (error);
	key->state = RING_PENDING_DELETION;
	key->deletion = c->now + days * DAY;
	kms_call_arn(c, key->id, arn);
	return (kms_call_set(c,
	    json_pack("{s:s, s:I, s:s, s:I}", "KeyId", arn, "DeletionDate",
		(json_int_t)key->deletion, "KeyState",
		ring_state_name(key->state), "PendingWindowInDays",
		(json_int_t)days)));
}

static enum kms_error
do_cancel(struct kms_call *c, struct ring_view *edit, struct ring_key *key)
{
	char arn[KMS_ARN_MAX];

	(void)edit;
	if (key->state != RING_PENDING_DELETION)
		return (kms_call_refuse(
		    c, KMS_INVALID_STATE, "the key is not pending deletion"));
	key->state = RING_DISABLED;
	key->deletion = 0;
	kms_call_arn(c, key->id, arn);
	return (kms_call_set(c, json_pack("{s:s}", "KeyId", arn)));
}

/*
 * An alias decides who may use its key, so a key never gets an alias of
 * another kind: nobody lends a tenant's key to the tests, or a test's key,
 * which others have used, to a tenant.
 */
static enum kms_error
check_alias(
    struct kms_call *c, const struct ring_key *key, char scope[RING_SCOPE_MAX])
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789/_-";
	const char *name = kms_call_text(c, "AliasName");
	enum kms_error error;

	if (strncmp(name, "alias/", 6) != 0 || name[6] == '\0' ||
	    strspn(name, word) != strlen(name) ||
	    strncmp(name, "alias/aws/", 10) == 0)
		return (kms_call_refuse(c, KMS_INVALID_ALIAS,
		    "an alias is alias/ and letters, digits, / _ -"));
	if ((error = need_not_pending(c, key)) != KMS_OK)
		return (error);
	principal_scope(name, scope, RING_SCOPE_MAX);
	if ((key->scope[0] != '\0' && strcmp(key->scope, scope) != 0) ||
	    (c->who->rights == PRINCIPAL_TEST && strcmp(scope, "test") != 0))
		return (kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "a key keeps the kind of its first alias"));
	return (KMS_OK);
}

static enum kms_error
need_enabled(struct kms_call *c, const struct ring_key *key)
{
	if (key->state == RING_DISABLED)
		return (
		    kms_call_refuse(c, KMS_DISABLED, "the key is disabled"));
	return (need_not_pending(c, key));
}

static enum kms_error
need_not_pending(struct kms_call *c, const struct ring_key *key)
{
	if (key->state == RING_PENDING_DELETION)
		return (kms_call_refuse(
		    c, KMS_INVALID_STATE, "the key is pending deletion"));
	return (KMS_OK);
}

static enum kms_error
only(struct kms_call *c, const char *member, const char *value)
{
	const char *text = kms_call_text(c, member);

	if (text != NULL && strcmp(text, value) != 0)
		return (kms_call_refuse(
		    c, KMS_UNSUPPORTED, "%s can only be %s", member, value));
	return (KMS_OK);
}

static json_t *
metadata(const struct kms_call *c, const struct ring_key *key)
{
	char arn[KMS_ARN_MAX], material[65];
	json_t *m;

	kms_call_arn(c, key->id, arn);
	op_material_id(key, (uint32_t)key->nmaterials, material);
	m = json_pack("{s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:s, s:s, s:s, s:s,"
		      " s:s, s:[s], s:b, s:s}",
	    "AWSAccountId", KMS_ACCOUNT, "KeyId", key->id, "Arn", arn,
	    "CreationDate", (json_int_t)key->created, "Enabled",
	    key->state == RING_ENABLED, "Description", key->description,
	    "KeyUsage", "ENCRYPT_DECRYPT", "KeyState",
	    ring_state_name(key->state), "Origin", "AWS_KMS", "KeyManager",
	    "CUSTOMER", "KeySpec", "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec",
	    "SYMMETRIC_DEFAULT", "EncryptionAlgorithms", "SYMMETRIC_DEFAULT",
	    "MultiRegion", 0, "CurrentKeyMaterialId", material);
	if (m != NULL && key->state == RING_PENDING_DELETION &&
	    json_object_set_new(m, "DeletionDate",
		json_integer((json_int_t)key->deletion)) != 0) {
		json_decref(m);
		return (NULL);
	}
	return (m);
}

/* What went wrong with us is for the log, not for the client. */
static enum kms_error
internal(struct kms_call *c, const struct fault *f)
{
	log_fault("kms.change_failed", f);
	return (kms_call_refuse(c, KMS_INTERNAL, "the ring was not written"));
}
