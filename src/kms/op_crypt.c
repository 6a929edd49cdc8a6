#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "kms_call.h"

/* What keys are for.  Plain bytes are wiped wherever they were. */

#define ALGORITHM  "SYMMETRIC_DEFAULT"
#define RANDOM_MAX 1024

/* Bytes of a blob or of a plain text, out of base64. */
struct bytes {
	uint8_t *p;
	size_t len;
};

static enum kms_error check_algorithm(struct kms_call *, const char *);
static enum kms_error take_bytes(
    struct kms_call *, const char *, struct bytes *);
static enum kms_error take_context(
    struct kms_call *, const char *, struct blob_context **);
static enum kms_error usable(
    struct kms_call *, const struct ring_key *, const char *);
static enum kms_error may_move(struct kms_call *);
static enum kms_error seal(struct kms_call *, const struct ring_key *,
    const struct blob_context *, const struct bytes *, struct bytes *);
static enum kms_error open_blob(struct kms_call *, const struct bytes *,
    const char *, const char *, struct ring_key **, uint32_t *, struct bytes *);
static void bytes_free(struct bytes *);
static json_t *base64(const struct bytes *);
static int64_t data_key_bytes(const struct kms_call *);

enum kms_error
op_data_key(struct kms_call *c)
{
	const bool shown = c->operation == KMS_GENERATE_DATA_KEY;
	struct blob_context *context = NULL;
	struct bytes plain = { NULL, 0 }, blob = { NULL, 0 };
	const int64_t n = data_key_bytes(c);
	char arn[KMS_ARN_MAX], material[65];
	struct ring_key *key;
	enum kms_error error;
	json_t *answer;

	if (n < 1 || n > RANDOM_MAX)
		return (kms_call_refuse(c, KMS_VALIDATION,
		    "give KeySpec AES_256 or AES_128, or NumberOfBytes 1 to "
		    "%d",
		    RANDOM_MAX));
	if ((error = take_context(c, "EncryptionContext", &context)) !=
		KMS_OK ||
	    (error = kms_call_key(c, c->view, "KeyId", &key)) != KMS_OK ||
	    (error = usable(c, key, "EncryptionContext")) != KMS_OK)
		goto out;

	error = KMS_INTERNAL;
	if ((plain.p = malloc((size_t)n)) == NULL)
		goto out;
	plain.len = (size_t)n;
	secret_random(plain.p, plain.len);
	if ((error = seal(c, key, context, &plain, &blob)) != KMS_OK)
		goto out;

	kms_call_arn(c, key->id, arn);
	op_material_id(key, (uint32_t)key->nmaterials, material);
	answer = json_pack("{s:s, s:o, s:s}", "KeyId", arn, "CiphertextBlob",
	    base64(&blob), "KeyMaterialId", material);
	if (answer != NULL && shown &&
	    json_object_set_new(answer, "Plaintext", base64(&plain)) != 0) {
		json_decref(answer);
		answer = NULL;
	}
	error = kms_call_set(c, answer);

out:
	bytes_free(&plain);
	bytes_free(&blob);
	free(context);
	return (error);
}

enum kms_error
op_encrypt(struct kms_call *c)
{
	struct blob_context *context = NULL;
	struct bytes plain = { NULL, 0 }, blob = { NULL, 0 };
	struct ring_key *key;
	enum kms_error error;
	char arn[KMS_ARN_MAX];

	if ((error = check_algorithm(c, "EncryptionAlgorithm")) != KMS_OK ||
	    (error = take_bytes(c, "Plaintext", &plain)) != KMS_OK ||
	    (error = take_context(c, "EncryptionContext", &context)) !=
		KMS_OK ||
	    (error = kms_call_key(c, c->view, "KeyId", &key)) != KMS_OK ||
	    (error = usable(c, key, "EncryptionContext")) != KMS_OK)
		goto out;
	if (plain.len < 1 || plain.len > BLOB_PLAIN_MAX) {
		error = kms_call_refuse(c, KMS_VALIDATION,
		    "Plaintext has 1 to %d bytes", BLOB_PLAIN_MAX);
		goto out;
	}
	if ((error = seal(c, key, context, &plain, &blob)) != KMS_OK)
		goto out;
	kms_call_arn(c, key->id, arn);
	error = kms_call_set(c,
	    json_pack("{s:s, s:o, s:s}", "KeyId", arn, "CiphertextBlob",
		base64(&blob), "EncryptionAlgorithm", ALGORITHM));

out:
	bytes_free(&plain);
	bytes_free(&blob);
	free(context);
	return (error);
}

enum kms_error
op_decrypt(struct kms_call *c)
{
	struct bytes plain = { NULL, 0 }, blob = { NULL, 0 };
	char arn[KMS_ARN_MAX], material[65];
	struct ring_key *key;
	enum kms_error error;
	uint32_t version;

	if ((error = check_algorithm(c, "EncryptionAlgorithm")) != KMS_OK ||
	    (error = take_bytes(c, "CiphertextBlob", &blob)) != KMS_OK ||
	    (error = open_blob(c, &blob, "KeyId", "EncryptionContext", &key,
		 &version, &plain)) != KMS_OK)
		goto out;
	kms_call_arn(c, key->id, arn);
	op_material_id(key, version, material);
	error = kms_call_set(c,
	    json_pack("{s:s, s:o, s:s, s:s}", "KeyId", arn, "Plaintext",
		base64(&plain), "EncryptionAlgorithm", ALGORITHM,
		"KeyMaterialId", material));

out:
	bytes_free(&plain);
	bytes_free(&blob);
	return (error);
}

/* The plain text never leaves: old blob in, new blob out. */
enum kms_error
op_re_encrypt(struct kms_call *c)
{
	struct blob_context *context = NULL;
	struct bytes plain = { NULL, 0 }, old = { NULL, 0 };
	struct bytes blob = { NULL, 0 };
	char arn[KMS_ARN_MAX], from_arn[KMS_ARN_MAX];
	char material[65], from_material[65];
	struct ring_key *from, *to;
	enum kms_error error;
	uint32_t version;

	if ((error = check_algorithm(c, "SourceEncryptionAlgorithm")) !=
		KMS_OK ||
	    (error = check_algorithm(c, "DestinationEncryptionAlgorithm")) !=
		KMS_OK ||
	    (error = take_bytes(c, "CiphertextBlob", &old)) != KMS_OK ||
	    (error = take_context(
		 c, "DestinationEncryptionContext", &context)) != KMS_OK ||
	    (error = open_blob(c, &old, "SourceKeyId",
		 "SourceEncryptionContext", &from, &version, &plain)) !=
		KMS_OK ||
	    (error = may_move(c)) != KMS_OK ||
	    (error = kms_call_key(c, c->view, "DestinationKeyId", &to)) !=
		KMS_OK ||
	    (error = usable(c, to, "DestinationEncryptionContext")) != KMS_OK ||
	    (error = seal(c, to, context, &plain, &blob)) != KMS_OK)
		goto out;
	kms_call_arn(c, to->id, arn);
	kms_call_arn(c, from->id, from_arn);
	op_material_id(to, (uint32_t)to->nmaterials, material);
	op_material_id(from, version, from_material);
	error = kms_call_set(c,
	    json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s}", "CiphertextBlob",
		base64(&blob), "KeyId", arn, "SourceKeyId", from_arn,
		"SourceEncryptionAlgorithm", ALGORITHM,
		"DestinationEncryptionAlgorithm", ALGORITHM,
		"SourceKeyMaterialId", from_material,
		"DestinationKeyMaterialId", material));

out:
	bytes_free(&plain);
	bytes_free(&old);
	bytes_free(&blob);
	free(context);
	return (error);
}

enum kms_error
op_random(struct kms_call *c)
{
	const int64_t n = kms_call_number(c, "NumberOfBytes", 0);
	struct bytes random = { NULL, 0 };
	enum kms_error error;

	if (n < 1 || n > RANDOM_MAX)
		return (kms_call_refuse(
		    c, KMS_VALIDATION, "NumberOfBytes is 1 to %d", RANDOM_MAX));
	if ((random.p = malloc((size_t)n)) == NULL)
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	random.len = (size_t)n;
	secret_random(random.p, random.len);
	error =
	    kms_call_set(c, json_pack("{s:o}", "Plaintext", base64(&random)));
	bytes_free(&random);
	return (error);
}

static enum kms_error
check_algorithm(struct kms_call *c, const char *member)
{
	const char *algorithm = kms_call_text(c, member);

	if (algorithm != NULL && strcmp(algorithm, ALGORITHM) != 0)
		return (kms_call_refuse(
		    c, KMS_VALIDATION, "%s can only be " ALGORITHM, member));
	return (KMS_OK);
}

static enum kms_error
take_bytes(struct kms_call *c, const char *member, struct bytes *out)
{
	if (!text_unbase64(kms_call_text(c, member), &out->p, &out->len))
		return (kms_call_refuse(
		    c, KMS_SERIALIZATION, "%s is no base64", member));
	return (KMS_OK);
}

/* Remember the context for the audit log, too. */
static enum kms_error
take_context(struct kms_call *c, const char *member, struct blob_context **out)
{
	json_t *map = json_object_get(c->in, member);

	if ((*out = malloc(sizeof(**out))) == NULL)
		return (kms_call_refuse(c, KMS_INTERNAL, "out of memory"));
	json_decref(c->context);
	c->context = json_incref(map);
	if (!blob_context_make(map, *out))
		return (kms_call_refuse(
		    c, KMS_VALIDATION, "%s is too large", member));
	return (KMS_OK);
}

/* May this caller use the key with this context, and is the key in use? */
static enum kms_error
usable(struct kms_call *c, const struct ring_key *key, const char *context)
{
	if (!principal_may_with(c->who, c->operation, key->scope,
		json_object_get(c->in, context)))
		return (kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "%s may not %s with this key and context", c->who->name,
		    c->name));
	switch (key->state) {
	case RING_ENABLED:
		return (KMS_OK);
	case RING_DISABLED:
		return (
		    kms_call_refuse(c, KMS_DISABLED, "the key is disabled"));
	case RING_PENDING_DELETION:
	case RING_STATE__MAX:
		break;
	}
	return (kms_call_refuse(
	    c, KMS_INVALID_STATE, "the key is pending deletion"));
}

static enum kms_error
may_move(struct kms_call *c)
{
	if (!principal_may_move(c->who,
		json_object_get(c->in, "SourceEncryptionContext"),
		json_object_get(c->in, "DestinationEncryptionContext")))
		return (kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "%s may not change the context", c->who->name));
	return (KMS_OK);
}

static enum kms_error
seal(struct kms_call *c, const struct ring_key *key,
    const struct blob_context *context, const struct bytes *plain,
    struct bytes *blob)
{
	struct fault f = FAULT_INIT;
	struct blob_head head = { .material = (uint32_t)key->nmaterials };
	uint8_t *material;
	bool ok;

	material = secret_alloc(RING_MATERIAL_BYTES);
	blob->len = plain->len + BLOB_OVERHEAD;
	blob->p = malloc(blob->len);
	ok = material != NULL && blob->p != NULL &&
	    text_uuid_bytes(key->id, head.key_id) &&
	    ring_material(c->ring, key, 0, material) &&
	    blob_seal(
		&head, material, context, plain->p, plain->len, blob->p, &f);
	secret_free(material, RING_MATERIAL_BYTES);
	if (!ok) {
		log_fault("kms.seal_failed", &f);
		return (kms_call_refuse(c, KMS_INTERNAL, "not encrypted"));
	}
	return (KMS_OK);
}

/*
 * A blob of an unknown key and one of a key that the caller may not use look
 * alike: nobody learns here which keys exist.
 */
static enum kms_error
open_blob(struct kms_call *c, const struct bytes *blob, const char *member,
    const char *context_member, struct ring_key **keyp, uint32_t *version,
    struct bytes *plain)
{
	struct blob_context *context = NULL;
	struct ring_key *named = NULL;
	struct blob_head head;
	enum kms_error error;
	uint8_t *material = NULL;
	char hex[33];
	uuid_text id;

	if ((error = take_context(c, context_member, &context)) != KMS_OK)
		goto out;
	if (!blob_head(blob->p, blob->len, &head)) {
		error = kms_call_refuse(c, KMS_INVALID_CIPHERTEXT, "%s", "");
		goto out;
	}
	if (kms_call_text(c, member) != NULL &&
	    (error = kms_call_key(c, c->view, member, &named)) != KMS_OK)
		goto out;

	text_hex(head.key_id, 16, hex);
	(void)snprintf(id, sizeof(id), "%.8s-%.4s-%.4s-%.4s-%.12s", hex,
	    hex + 8, hex + 12, hex + 16, hex + 20);
	text_copy(c->key_id, sizeof(c->key_id), id);
	if ((*keyp = ring_find_key(c->view, id)) == NULL) {
		error = kms_call_refuse(c, KMS_ACCESS_DENIED,
		    "%s may not %s with this key and context", c->who->name,
		    c->name);
		goto out;
	}
	if ((error = usable(c, *keyp, context_member)) != KMS_OK)
		goto out;
	if (named != NULL && named != *keyp) {
		error = kms_call_refuse(
		    c, KMS_INCORRECT_KEY, "the blob is of another key");
		goto out;
	}

	*version = head.material;
	plain->len = blob->len - BLOB_OVERHEAD;
	plain->p = malloc(plain->len + 1);
	material = secret_alloc(RING_MATERIAL_BYTES);
	if (plain->p == NULL || material == NULL)
		error = kms_call_refuse(c, KMS_INTERNAL, "out of memory");
	else if (head.material == 0 ||
	    !ring_material(c->ring, *keyp, head.material, material) ||
	    !blob_open(material, context, blob->p, blob->len, plain->p))
		error = kms_call_refuse(c, KMS_INVALID_CIPHERTEXT, "%s", "");

out:
	secret_free(material, RING_MATERIAL_BYTES);
	free(context);
	return (error);
}

static void
bytes_free(struct bytes *b)
{
	if (b->p != NULL)
		secret_wipe(b->p, b->len);
	free(b->p);
}

static json_t *
base64(const struct bytes *b)
{
	char *text = text_base64(b->p, b->len);
	json_t *json;

	if (text == NULL)
		return (NULL);
	json = json_string(text);
	secret_wipe(text, strlen(text));
	free(text);
	return (json);
}

/* KeySpec or NumberOfBytes, not both; 0 if neither says a length. */
static int64_t
data_key_bytes(const struct kms_call *c)
{
	const char *spec = kms_call_text(c, "KeySpec");
	const int64_t n = kms_call_number(c, "NumberOfBytes", -1);

	if (spec == NULL)
		return (n);
	if (n != -1)
		return (0);
	if (strcmp(spec, "AES_256") == 0)
		return (32);
	return (strcmp(spec, "AES_128") == 0 ? 16 : 0);
}
