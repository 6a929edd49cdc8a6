#ifndef GENKAN_BLOB_H
#define GENKAN_BLOB_H

#include "base.h"

/*
 * A ciphertext blob, the thing that clients keep and cannot read:
 *
 *	'V' 01 01 | key id 16 | material u32be | salt 16 | nonce 12 |
 *	ciphertext | tag 16
 *
 * AES-256-GCM under HKDF-SHA-256(material, salt, "vkms/blob/v1"), a key of its
 * own for each blob, so that no number of blobs wears the material out.  The
 * first 39 bytes and the encryption context are authenticated with it.
 */

#define BLOB_OVERHEAD      67
#define BLOB_PLAIN_MAX     4096 /* AWS KMS API reference, Encrypt */
#define BLOB_MAX           6144 /* Decrypt */
#define BLOB_CONTEXT_MAX   8192
#define BLOB_CONTEXT_BYTES (2 * BLOB_CONTEXT_MAX) /* serialised, at most */

/* Opaque types. */
struct fault;
struct json_t;

/* What a blob says of itself before it is opened. */
struct blob_head {
	uint8_t key_id[16];
	uint32_t material; /* version */
};

/* A serialised encryption context. */
struct blob_context {
	uint8_t bytes[BLOB_CONTEXT_BYTES];
	size_t len;
};

/**
 * blob_context_make(map, out):
 * Serialise the JSON object ${map} of strings (NULL is empty) so that no two
 * contexts look alike: members sorted by the bytes of their names, each as
 * u32 length, name, u32 length, value.  False if it is too large, or a value
 * is no string.
 */
bool blob_context_make(struct json_t *, struct blob_context *) MUST_CHECK;

/**
 * blob_seal(head, material, context, plain, len, out, f):
 * Encrypt ${len} bytes under the 32 bytes of ${material} into ${out}, which
 * holds len + BLOB_OVERHEAD bytes.
 */
bool blob_seal(const struct blob_head *, const uint8_t[32],
    const struct blob_context *, const uint8_t *, size_t, uint8_t *,
    struct fault *) MUST_CHECK;

/**
 * blob_head(blob, len, head):
 * Read which key and material made ${blob}; false if it is no blob of ours.
 */
bool blob_head(const uint8_t *, size_t, struct blob_head *) MUST_CHECK;

/**
 * blob_open(material, context, blob, len, plain):
 * Decrypt into ${plain}, which holds len - BLOB_OVERHEAD bytes.  False, and
 * ${plain} wiped, if anything was changed or ${context} is another one.
 */
bool blob_open(const uint8_t[32], const struct blob_context *, const uint8_t *,
    size_t, uint8_t *) MUST_CHECK;

#endif /* !GENKAN_BLOB_H */
