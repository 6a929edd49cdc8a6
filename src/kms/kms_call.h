#ifndef GENKAN_KMS_CALL_H
#define GENKAN_KMS_CALL_H

#include "base.h"

#include "blob.h"
#include "kms_error.h"
#include "principal.h"
#include "ring.h"

/*
 * One call of the AWS KMS API: its checked members go in, its answer comes
 * out.  Shapes: AWS KMS API reference; the list of operations is kms_call.c's.
 */

#define KMS_BODY_MAX      65536
#define KMS_TARGET_PREFIX "TrentService."
#define KMS_ACCOUNT       "000000000000"

/* Opaque types. */
struct json_t;
struct upstream;

struct kms_call {
	/* given by the caller */
	struct ring *ring;
	struct upstream *upstream; /* NULL: the ring answers */
	const char *region;
	const struct principal *who;
	int64_t now; /* seconds */

	/* while it runs */
	enum kms_operation operation;
	const struct ring_view *view;
	struct json_t *in;

	/* what came of it */
	struct json_t *out; /* NULL: an empty answer */
	char message[192];  /* for people; never what clients decide by */

	/* for the audit log */
	const char *name; /* of the operation; NULL if there is no such */
	uuid_text key_id; /* "" if none was reached */
	struct json_t *context;
};

/**
 * kms_call_run(call, target, body, len):
 * Run the operation that the X-Amz-Target header names on the JSON ${body}.
 * The caller passes ${call} to kms_call_free whatever comes of it.
 */
enum kms_error kms_call_run(
    struct kms_call *, const char *, const char *, size_t) MUST_CHECK;
void kms_call_free(struct kms_call *);

/**
 * kms_call_refuse(call, error, fmt, ...):
 * Say why in the call's message; return ${error}.
 */
enum kms_error kms_call_refuse(
    struct kms_call *, enum kms_error, const char *, ...) PRINTF(3, 4);

/**
 * kms_call_text(call, member), kms_call_number(call, member, otherwise):
 * A member, whose type was checked before; NULL or ${otherwise} if absent.
 */
const char *kms_call_text(const struct kms_call *, const char *);
int64_t kms_call_number(const struct kms_call *, const char *, int64_t);

/**
 * kms_call_key(call, view, member, keyp):
 * The key that ${member} names: by id, ARN, alias or alias ARN.
 */
enum kms_error kms_call_key(struct kms_call *, const struct ring_view *,
    const char *, struct ring_key **) MUST_CHECK;

/**
 * kms_call_arn(call, key_id, out), kms_call_alias_arn(call, name, out):
 * The Amazon resource name.
 */
#define KMS_ARN_MAX 384
void kms_call_arn(const struct kms_call *, const char *, char[KMS_ARN_MAX]);
void kms_call_alias_arn(
    const struct kms_call *, const char *, char[KMS_ARN_MAX]);

/**
 * kms_call_set(call, answer):
 * Take over ${answer}; KMS_INTERNAL if it is NULL, as memory is full then.
 */
enum kms_error kms_call_set(struct kms_call *, struct json_t *);

/* The operations; op_key.c, op_list.c, op_crypt.c. */
enum kms_error op_create_key(struct kms_call *);
enum kms_error op_describe_key(struct kms_call *);
enum kms_error op_create_alias(struct kms_call *);
enum kms_error op_update_alias(struct kms_call *);
enum kms_error op_enable_key(struct kms_call *);
enum kms_error op_disable_key(struct kms_call *);
enum kms_error op_enable_rotation(struct kms_call *);
enum kms_error op_disable_rotation(struct kms_call *);
enum kms_error op_rotation_status(struct kms_call *);
enum kms_error op_rotate(struct kms_call *);
enum kms_error op_schedule_deletion(struct kms_call *);
enum kms_error op_cancel_deletion(struct kms_call *);
enum kms_error op_list_keys(struct kms_call *);
enum kms_error op_list_aliases(struct kms_call *);
enum kms_error op_list_rotations(struct kms_call *);
enum kms_error op_data_key(struct kms_call *);
enum kms_error op_encrypt(struct kms_call *);
enum kms_error op_decrypt(struct kms_call *);
enum kms_error op_re_encrypt(struct kms_call *);
enum kms_error op_random(struct kms_call *);

/**
 * op_forward(call):
 * Any of them, by the service behind us; op_forward.c.
 */
enum kms_error op_forward(struct kms_call *);

/**
 * op_material_id(key, version, out):
 * The KeyMaterialId: 64 hexadecimal digits that tell versions apart.
 */
void op_material_id(const struct ring_key *, uint32_t, char[65]);

#endif /* !GENKAN_KMS_CALL_H */
