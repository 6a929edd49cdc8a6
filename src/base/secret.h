#ifndef GENKAN_SECRET_H
#define GENKAN_SECRET_H

#include "base.h"

/* Opaque types. */
struct fault;

/**
 * secret_boot(f):
 * Call first in every program: no core dumps, not dumpable, a secure heap
 * (locked, guard pages) for keys, and jansson told to wipe what it frees.
 */
bool secret_boot(struct fault *) MUST_CHECK;

/**
 * secret_random(out, len):
 * Fill ${out} with ${len} random bytes; the program aborts if there are none.
 */
void secret_random(void *, size_t);

/**
 * secret_equal(a, b, len):
 * Compare in constant time.
 */
bool secret_equal(const void *, const void *, size_t) MUST_CHECK;

/**
 * secret_wipe(p, len):
 * Overwrite memory in a way the compiler keeps.
 */
void secret_wipe(void *, size_t);

/**
 * secret_alloc(len), secret_free(p, len):
 * Memory from the secure heap, zeroed; wiped when freed.  NULL if it is full.
 */
void *secret_alloc(size_t) MUST_CHECK;
void secret_free(void *, size_t);

/**
 * secret_token(out, nchars):
 * Write ${nchars} random upper-case base32 characters (A-Z2-7, 5 bits each)
 * and a NUL; ${out} holds nchars + 1 bytes.
 */
void secret_token(char *, size_t);

/* Keyed hash, HMAC-SHA-256. */
#define SECRET_HASH_BYTES 32

/**
 * secret_hash(key, label, text, len, out):
 * HMAC-SHA-256 under the 32-byte ${key} of ${label}, a NUL, and ${text}: two
 * labels never make the same hash.
 */
void secret_hash(const uint8_t[32], const char *, const void *, size_t,
    uint8_t[SECRET_HASH_BYTES]);

/**
 * secret_digest(data, len, out):
 * Plain SHA-256, for high-entropy tokens and bodies.
 */
void secret_digest(const void *, size_t, uint8_t[SECRET_HASH_BYTES]);

#endif /* !GENKAN_SECRET_H */
