#ifndef GENKAN_KMS_CLIENT_H
#define GENKAN_KMS_CLIENT_H

#include "base.h"

/*
 * A client of the AWS KMS JSON 1.1 protocol, signed with Signature Version 4,
 * over the Unix socket of `genkan kms`.  One handle per thread.
 */

#define KMS_WRAPPED_MAX 6144 /* CiphertextBlob, AWS KMS API reference */

/* Opaque types. */
struct fault;
struct kms_client;

/* The encryption context of a tenant's data key: exactly these two members. */
struct kms_context {
	const char *tenant; /* uuid text */
	const char *use;    /* visitor, delivery, totp, hash, code, log */
};

/**
 * kms_client_open(socket, access_key, secret_key, f):
 * Prepare a client; connects on first use.  ${secret_key} is copied into the
 * secure heap.  NULL if memory is full.
 */
struct kms_client *kms_client_open(
    const char *, const char *, const char *, struct fault *) MUST_CHECK;
void kms_client_close(struct kms_client *);

/**
 * kms_generate_data_key(c, key_id, context, plain, wrapped, lenp, f):
 * A fresh 32-byte data key, in clear at ${plain} and wrapped at ${wrapped}
 * (KMS_WRAPPED_MAX bytes).  With ${plain} NULL the service never shows it
 * (GenerateDataKeyWithoutPlaintext).
 * FAULT_KMS_AWAY: try again.  FAULT_KMS_REFUSED: stopped, or not ours.
 */
bool kms_generate_data_key(struct kms_client *, const char *,
    const struct kms_context *, uint8_t[32], uint8_t *, size_t *,
    struct fault *) MUST_CHECK;

/**
 * kms_decrypt(c, key_id, context, wrapped, len, plain, f):
 * Unwrap a data key.  Faults as above.
 */
bool kms_decrypt(struct kms_client *, const char *, const struct kms_context *,
    const uint8_t *, size_t, uint8_t[32], struct fault *) MUST_CHECK;

/**
 * kms_encrypt(c, key_id, context, plain, wrapped, lenp, f):
 * Encrypt 32 bytes of the caller's own, for kms_decrypt.  Faults as above.
 */
bool kms_encrypt(struct kms_client *, const char *, const struct kms_context *,
    const uint8_t[32], uint8_t *, size_t *, struct fault *) MUST_CHECK;

/**
 * kms_create_key(c, description, alias, key_id, f):
 * Make a key and give it ${alias} ("alias/tenant-..."); its id goes to
 * ${key_id} (64 bytes).
 */
bool kms_create_key(struct kms_client *, const char *, const char *, char *,
    struct fault *) MUST_CHECK;

/**
 * kms_find_key(c, alias, key_id, found, f):
 * The id of the key that ${alias} names, if there is one.
 */
bool kms_find_key(struct kms_client *, const char *, char[64], bool *,
    struct fault *) MUST_CHECK;

/**
 * kms_rotate_key(c, key_id, f):
 * Give a key new material; the old one still opens.
 */
bool kms_rotate_key(
    struct kms_client *, const char *, struct fault *) MUST_CHECK;

/**
 * kms_re_encrypt(c, from, to, context, wrapped, len, out, lenp, f):
 * Have a data key that ${from} has wrapped wrapped by ${to}'s current material
 * into ${out} (KMS_WRAPPED_MAX bytes).  Nobody sees it.
 */
bool kms_re_encrypt(struct kms_client *, const char *, const char *,
    const struct kms_context *, const uint8_t *, size_t, uint8_t *, size_t *,
    struct fault *) MUST_CHECK;

/**
 * kms_give_up_key(c, key_id, days, until, f):
 * Have the key destroyed after a wait of 7 to 30 ${days}, in which it is of no
 * use to anybody; ${until} is when, in milliseconds.  Asked again, it says when
 * that is; 0 if the key is destroyed.
 */
bool kms_give_up_key(struct kms_client *, const char *, int, int64_t *,
    struct fault *) MUST_CHECK;

/**
 * kms_key_is_gone(c, key_id, gone, f):
 * Does the service know the key no more?
 */
bool kms_key_is_gone(
    struct kms_client *, const char *, bool *, struct fault *) MUST_CHECK;

/**
 * kms_ready(c, f):
 * Is the service there and does it know our credential?
 */
bool kms_ready(struct kms_client *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_KMS_CLIENT_H */
