#ifndef GENKAN_GCM_H
#define GENKAN_GCM_H

#include "base.h"

/* AES-256-GCM in one call: nonce 12 | ciphertext | tag 16. */

#define GCM_OVERHEAD (12 + 16)

/* Authenticated data in two pieces; either may be empty. */
struct gcm_aad {
	const void *head;
	size_t head_len;
	const void *tail;
	size_t tail_len;
};

/**
 * gcm_seal(key, aad, plain, len, out):
 * Encrypt under a fresh random nonce into ${out} (len + GCM_OVERHEAD bytes).
 * False if memory is full.
 */
bool gcm_seal(const uint8_t[32], const struct gcm_aad *, const void *, size_t,
    uint8_t *) MUST_CHECK;

/**
 * gcm_open(key, aad, sealed, len, out):
 * Decrypt into ${out} (len - GCM_OVERHEAD bytes).  False, and ${out} wiped, if
 * it does not authenticate.
 */
bool gcm_open(const uint8_t[32], const struct gcm_aad *, const uint8_t *,
    size_t, void *) MUST_CHECK;

#endif /* !GENKAN_GCM_H */
