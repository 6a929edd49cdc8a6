#ifndef GENKAN_BROWSER_H
#define GENKAN_BROWSER_H

#include "base.h"
#include "context.h"
#include "session.h"

/*
 * A browser from which a member has signed in is known for that member: it
 * keeps a random token in the cookie __Host-browser, written like a session's,
 * of which the database has a keyed hash.  It opens nothing.  But wrong
 * passwords of strangers, however many, do not keep the member from signing in
 * there; and what is tried there is counted by itself: 20 wrong passwords in a
 * row make it a stranger.  Members of one company who share a browser share
 * the token.  It lives for 180 days after the last sign-in, or until the
 * member's password changes.
 */

#define BROWSER_COOKIE     "__Host-browser"
#define BROWSER_TOKEN_SIZE SESSION_TOKEN_SIZE
#define BROWSER_DAYS       180
#define BROWSER_SECONDS    (BROWSER_DAYS * 86400L)
#define BROWSER_TRIES      20

/* Opaque types. */
struct fault;

/**
 * browser_take(ctx, cookie, email_hash, known, f):
 * Count one try, from the browser with that ${cookie} (or NULL), at the
 * account with that hash (tenant_hash of "member.email").  ${known}: it was
 * from a known browser, and may be looked at whatever strangers did.
 */
bool browser_take(struct context *, const char *, const uint8_t[32], bool *,
    struct fault *) MUST_CHECK;

/**
 * browser_know(ctx, cookie, member_id, token, f):
 * From now on the browser is known for the member; ${token} is what its cookie
 * is to be.
 */
bool browser_know(struct context *, const char *, const char *,
    char[BROWSER_TOKEN_SIZE], struct fault *) MUST_CHECK;

/**
 * browser_forget(ctx, member_id, f):
 * No browser is known for the member any more.
 */
bool browser_forget(struct context *, const char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_BROWSER_H */
