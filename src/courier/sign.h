#ifndef GENKAN_SIGN_H
#define GENKAN_SIGN_H

#include "base.h"

/* Standard Webhooks: how a receiver knows that a message is ours. */

#define SIGN_SIZE 48 /* "v1," and 44 characters of base64, NUL included */

/**
 * sign_webhook(secret, id, timestamp, body, out):
 * The value of webhook-signature: HMAC-SHA-256 under ${secret} ("whsec_" and
 * base64) of "id.timestamp.body", the time in seconds since 1970.  False if
 * the secret is none.
 */
bool sign_webhook(const char *, const char *, int64_t, const char *,
    char[SIGN_SIZE]) MUST_CHECK;

#endif /* !GENKAN_SIGN_H */
