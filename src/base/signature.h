#ifndef GENKAN_SIGNATURE_H
#define GENKAN_SIGNATURE_H

#include "base.h"

/* ECDSA on P-256 with SHA-256 (FIPS 186-4), as browsers' WebCrypto makes it. */

#define SIGNATURE_KEY_BYTES 65 /* 04, x, y: SEC 1 2.3.3, uncompressed */
#define SIGNATURE_BYTES     64 /* r, s: IEEE P1363 */
#define SIGNATURE_DER_MAX   72 /* the same as X9.62 has it */
#define SIGNATURE_PEM_SIZE  256

/**
 * signature_key_is_good(key, len):
 * Is ${key} an uncompressed point of the curve?
 */
bool signature_key_is_good(const uint8_t *, size_t) MUST_CHECK;

/**
 * signature_verify(key, text, len, signature):
 * Did the owner of ${key} sign ${text}?  False also when the key is none.
 */
bool signature_verify(const uint8_t[SIGNATURE_KEY_BYTES], const void *, size_t,
    const uint8_t[SIGNATURE_BYTES]) MUST_CHECK;

/**
 * signature_sign(key, text, len, signature, sizep, public_key):
 * Sign with the private ${key}, base64 of PKCS #8 or SEC 1 DER; unlike the
 * above, in DER, which "openssl dgst -sha256 -verify" reads.  ${sizep} says how
 * many bytes that are; ${public_key} is the key's other half in PEM.  False if
 * ${key} is none.
 */
bool signature_sign(const char *, const void *, size_t,
    uint8_t[SIGNATURE_DER_MAX], size_t *, char[SIGNATURE_PEM_SIZE]) MUST_CHECK;

#endif /* !GENKAN_SIGNATURE_H */
