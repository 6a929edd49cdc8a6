#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#include "kms_call.h"

enum member_type { TEXT, NUMBER, FLAG, MAP, LIST };

/* Every member of every operation; a name means the same everywhere. */
static const struct {
	const char *name;
	enum member_type type;
	size_t min, max; /* bytes of TEXT; LIST and FLAG: nothing but empty */
} members[] = {
	{ "AliasName", TEXT, 1, RING_ALIAS_MAX },
	{ "BypassPolicyLockoutSafetyCheck", FLAG, 0, 0 },
	{ "CiphertextBlob", TEXT, 1, 8192 },
	{ "CustomerMasterKeySpec", TEXT, 1, 64 },
	{ "Description", TEXT, 0, RING_DESCRIPTION_MAX },
	{ "DestinationEncryptionAlgorithm", TEXT, 1, 64 },
	{ "DestinationEncryptionContext", MAP, 0, 0 },
	{ "DestinationKeyId", TEXT, 1, 2048 },
	{ "DryRun", FLAG, 0, 0 },
	{ "EncryptionAlgorithm", TEXT, 1, 64 },
	{ "EncryptionContext", MAP, 0, 0 },
	{ "GrantTokens", LIST, 0, 0 },
	{ "IncludeKeyMaterial", TEXT, 1, 64 },
	{ "KeyId", TEXT, 1, 2048 },
	{ "KeySpec", TEXT, 1, 64 },
	{ "KeyUsage", TEXT, 1, 64 },
	{ "Limit", NUMBER, 0, 0 },
	{ "Marker", TEXT, 1, 320 },
	{ "MultiRegion", FLAG, 0, 0 },
	{ "NumberOfBytes", NUMBER, 0, 0 },
	{ "Origin", TEXT, 1, 64 },
	{ "PendingWindowInDays", NUMBER, 0, 0 },
	{ "Plaintext", TEXT, 1, 8192 },
	{ "RotationPeriodInDays", NUMBER, 0, 0 },
	{ "SourceEncryptionAlgorithm", TEXT, 1, 64 },
	{ "SourceEncryptionContext", MAP, 0, 0 },
	{ "SourceKeyId", TEXT, 1, 2048 },
	{ "Tags", LIST, 0, 0 },
	{ "TargetKeyId", TEXT, 1, 2048 },
};

#define MEMBERS_MAX 10

/* The operations: what they take ("*": must be there) and what runs. */
static const struct {
	const char *name;
	enum kms_error (*run)(struct kms_call *);
	const char *takes[MEMBERS_MAX];
} operations[] = {
	[KMS_CREATE_KEY] = { "CreateKey", op_create_key,
	    { "Description", "KeySpec", "CustomerMasterKeySpec", "KeyUsage",
		"Origin", "MultiRegion", "BypassPolicyLockoutSafetyCheck",
		"Tags" } },
	[KMS_DESCRIBE_KEY] = { "DescribeKey", op_describe_key,
	    { "*KeyId", "GrantTokens" } },
	[KMS_LIST_KEYS] = { "ListKeys", op_list_keys, { "Limit", "Marker" } },
	[KMS_CREATE_ALIAS] = { "CreateAlias", op_create_alias,
	    { "*AliasName", "*TargetKeyId" } },
	[KMS_UPDATE_ALIAS] = { "UpdateAlias", op_update_alias,
	    { "*AliasName", "*TargetKeyId" } },
	[KMS_LIST_ALIASES] = { "ListAliases", op_list_aliases,
	    { "KeyId", "Limit", "Marker" } },
	[KMS_GENERATE_DATA_KEY] = { "GenerateDataKey", op_data_key,
	    { "*KeyId", "KeySpec", "NumberOfBytes", "EncryptionContext",
		"GrantTokens", "DryRun" } },
	[KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT] = { "GenerateDataKeyWithoutPl"
						      "aintext",
	    op_data_key,
	    { "*KeyId", "KeySpec", "NumberOfBytes", "EncryptionContext",
		"GrantTokens", "DryRun" } },
	[KMS_ENCRYPT] = { "Encrypt", op_encrypt,
	    { "*KeyId", "*Plaintext", "EncryptionContext",
		"EncryptionAlgorithm", "GrantTokens", "DryRun" } },
	[KMS_DECRYPT] = { "Decrypt", op_decrypt,
	    { "*CiphertextBlob", "KeyId", "EncryptionContext",
		"EncryptionAlgorithm", "GrantTokens", "DryRun" } },
	[KMS_RE_ENCRYPT] = { "ReEncrypt", op_re_encrypt,
	    { "*CiphertextBlob", "*DestinationKeyId", "SourceKeyId",
		"SourceEncryptionContext", "DestinationEncryptionContext",
		"SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm",
		"GrantTokens", "DryRun" } },
	[KMS_ENABLE_KEY] = { "EnableKey", op_enable_key, { "*KeyId" } },
	[KMS_DISABLE_KEY] = { "DisableKey", op_disable_key, { "*KeyId" } },
	[KMS_ENABLE_KEY_ROTATION] = { "EnableKeyRotation", op_enable_rotation,
	    { "*KeyId", "RotationPeriodInDays" } },
	[KMS_DISABLE_KEY_ROTATION] = { "DisableKeyRotation",
	    op_disable_rotation, { "*KeyId" } },
	[KMS_GET_KEY_ROTATION_STATUS] = { "GetKeyRotationStatus",
	    op_rotation_status, { "*KeyId" } },
	[KMS_ROTATE_KEY_ON_DEMAND] = { "RotateKeyOnDemand", op_rotate,
	    { "*KeyId" } },
	[KMS_LIST_KEY_ROTATIONS] = { "ListKeyRotations", op_list_rotations,
	    { "*KeyId", "IncludeKeyMaterial", "Limit", "Marker" } },
	[KMS_SCHEDULE_KEY_DELETION] = { "ScheduleKeyDeletion",
	    op_schedule_deletion, { "*KeyId", "PendingWindowInDays" } },
	[KMS_CANCEL_KEY_DELETION] = { "CancelKeyDeletion", op_cancel_deletion,
	    { "*KeyId" } },
	[KMS_GENERATE_RANDOM] = { "GenerateRandom", op_random,
	    { "NumberOfBytes" } },
};
_Static_assert(
    NELEMS(operations) == KMS_OPERATION__MAX, "every operation is listed");

static enum kms_error check_members(struct kms_call *);
static enum kms_error check_member(struct kms_call *, const char *, json_t *);
static enum kms_error check_value(
    struct kms_call *, const char *, json_t *, size_t);

enum kms_error
kms_call_run(
    struct kms_call *c, const char *target, const char *body, size_t len)
{
	const size_t prefix = strlen(KMS_TARGET_PREFIX);
	json_error_t where;
	enum kms_error error;
	size_t i;

	for (i = 0; target != NULL && i < NELEMS(operations); i++) {
		if (strncmp(target, KMS_TARGET_PREFIX, prefix) == 0 &&
		    strcmp(target + prefix, operations[i].name) == 0)
			break;
	}
	if (target == NULL || i == NELEMS(operations))
		return (kms_call_refuse(
		    c, KMS_UNKNOWN_OPERATION, "no such operation here"));
	c->operation = (enum kms_operation)i;
	c->name = operations[i].name;
	if (!principal_may(c->who, c->operation))
		return (kms_call_refuse(c, KMS_ACCESS_DENIED, "%s may not %s",
		    c->who->name, c->name));

	c->in = json_loadb(body, len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(c->in))
		return (kms_call_refuse(c, KMS_SERIALIZATION,
		    "the body is no JSON object without duplicates"));
	if ((error = check_members(c)) != KMS_OK)
		return (error);

	if (c->upstream != NULL)
		return (op_forward(c));
	c->view = ring_hold(c->ring);
	error = operations[i].run(c);
	ring_release(c->ring, c->view);
	c->view = NULL;
	return (error);
}

void
kms_call_free(struct kms_call *c)
{
	json_decref(c->in);
	json_decref(c->out);
	json_decref(c->context);
	c->in = c->out = c->context = NULL;
}

enum kms_error
kms_call_refuse(struct kms_call *c, enum kms_error error, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_copy(c->message, sizeof(c->message), text);
	return (error);
}

const char *
kms_call_text(const struct kms_call *c, const char *member)
{
	return (json_string_value(json_object_get(c->in, member)));
}

int64_t
kms_call_number(const struct kms_call *c, const char *member, int64_t otherwise)
{
	const json_t *value = json_object_get(c->in, member);

	return (value != NULL ? json_integer_value(value) : otherwise);
}

enum kms_error
kms_call_key(struct kms_call *c, const struct ring_view *view,
    const char *member, struct ring_key **keyp)
{
	const struct ring_alias *alias;
	const char *name = kms_call_text(c, member);
	char prefix[KMS_ARN_MAX];

	/* Our own ARNs only: another region's or account's key is unknown. */
	kms_call_arn(c, "", prefix);
	if (strncmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	else {
		kms_call_alias_arn(c, "alias/", prefix);
		if (strncmp(name, prefix, strlen(prefix)) == 0)
			name += strlen(prefix) - strlen("alias/");
	}

	if (strncmp(name, "alias/", 6) == 0) {
		if ((alias = ring_find_alias(view, name)) == NULL)
			return (kms_call_refuse(
			    c, KMS_NOT_FOUND, "%s: no such alias", member));
		name = alias->key_id;
	}
	if ((*keyp = ring_find_key(view, name)) == NULL)
		return (kms_call_refuse(
		    c, KMS_NOT_FOUND, "%s: no such key", member));
	text_copy(c->key_id, sizeof(c->key_id), (*keyp)->id);
	return (KMS_OK);
}

void
kms_call_arn(
    const struct kms_call *c, const char *key_id, char out[KMS_ARN_MAX])
{
	(void)snprintf(out, KMS_ARN_MAX, "arn:aws:kms:%s:%s:key/%s", c->region,
	    KMS_ACCOUNT, key_id);
}

void
kms_call_alias_arn(
    const struct kms_call *c, const char *name, char out[KMS_ARN_MAX])
{
	(void)snprintf(out, KMS_ARN_MAX, "arn:aws:kms:%s:%s:%s", c->region,
	    KMS_ACCOUNT, name);
}

enum kms_error
kms_call_set(struct kms_call *c, json_t *answer)
{
	if (answer == NULL)
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	json_decref(c->out);
	c->out = answer;
	return (KMS_OK);
}

static enum kms_error
check_members(struct kms_call *c)
{
	const char *const *takes = operations[c->operation].takes;
	enum kms_error error;
	const char *name;
	json_t *value;
	size_t i;

	for (i = 0; i < MEMBERS_MAX && takes[i] != NULL; i++) {
		if (takes[i][0] == '*' &&
		    json_object_get(c->in, takes[i] + 1) == NULL)
			return (kms_call_refuse(c, KMS_VALIDATION,
			    "%s must be given", takes[i] + 1));
	}
	json_object_foreach(c->in, name, value)
	{
		if ((error = check_member(c, name, value)) != KMS_OK)
			return (error);
	}
	return (KMS_OK);
}

/* What we do not know we do not ignore: it might have been a condition. */
static enum kms_error
check_member(struct kms_call *c, const char *name, json_t *value)
{
	const char *const *takes = operations[c->operation].takes;
	size_t i;

	for (i = 0; i < MEMBERS_MAX && takes[i] != NULL; i++) {
		if (strcmp(takes[i] + (takes[i][0] == '*'), name) == 0)
			break;
	}
	if (i == MEMBERS_MAX || takes[i] == NULL)
		return (kms_call_refuse(c, KMS_VALIDATION,
		    "%s takes no such member: %s", c->name, name));
	for (i = 0; i < NELEMS(members); i++) {
		if (strcmp(members[i].name, name) == 0)
			return (check_value(c, name, value, i));
	}
	return (kms_call_refuse(c, KMS_INTERNAL, "%s has no type", name));
}

static enum kms_error
check_value(struct kms_call *c, const char *name, json_t *value, size_t i)
{
	const char *key;
	json_t *item;

	switch (members[i].type) {
	case TEXT:
		if (!json_is_string(value))
			break;
		if (json_string_length(value) < members[i].min ||
		    json_string_length(value) > members[i].max)
			return (kms_call_refuse(c, KMS_VALIDATION,
			    "%s must have %zu to %zu characters", name,
			    members[i].min, members[i].max));
		return (KMS_OK);
	case NUMBER:
		if (!json_is_integer(value))
			break;
		return (KMS_OK);
	case FLAG:
		if (!json_is_boolean(value))
			break;
		if (json_is_true(value))
			return (kms_call_refuse(
			    c, KMS_UNSUPPORTED, "%s must be false", name));
		return (KMS_OK);
	case MAP:
		if (!json_is_object(value))
			break;
		json_object_foreach(value, key, item)
		{
			if (!json_is_string(item))
				return (kms_call_refuse(c, KMS_SERIALIZATION,
				    "%s maps texts to texts", name));
		}
		return (KMS_OK);
	case LIST:
		if (!json_is_array(value))
			break;
		if (json_array_size(value) != 0)
			return (kms_call_refuse(
			    c, KMS_UNSUPPORTED, "%s must be empty", name));
		return (KMS_OK);
	}
	return (kms_call_refuse(
	    c, KMS_SERIALIZATION, "%s has the wrong type", name));
}
