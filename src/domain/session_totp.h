#ifndef GENKAN_SESSION_TOTP_H
#define GENKAN_SESSION_TOTP_H

#include "base.h"

/*
 * Time-based one-time passwords, RFC 6238, by liboath: 160-bit secrets, SHA-1,
 * six digits, 30 seconds, which is what every authenticator can do.  The clock
 * may be one step off either way.  That a code is good once is the business of
 * who keeps the step (session_factor.h).
 */

#define SESSION_TOTP_CHARS  32 /* of a secret, base32 */
#define SESSION_TOTP_DIGITS 6

/* Opaque types. */
struct fault;

/**
 * session_totp_make(secret):
 * A fresh secret.
 */
void session_totp_make(char[SESSION_TOTP_CHARS + 1]);

/**
 * session_totp_uri(issuer, account, secret):
 * What the QR code says: "otpauth://totp/ISSUER:ACCOUNT?secret=...".  The
 * caller passes it to tenant_text_free; NULL if memory is full.
 */
char *session_totp_uri(const char *, const char *, const char *) MUST_CHECK;

/**
 * session_totp_step(secret, code, seconds, step, f):
 * The step, counted from 1970, whose code is ${code} around ${seconds} since
 * 1970; 0 if it is none of three.
 */
bool session_totp_step(
    const char *, const char *, int64_t, int64_t *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SESSION_TOTP_H */
