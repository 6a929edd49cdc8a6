#ifndef GENKAN_OPERATOR_SESSION_H
#define GENKAN_OPERATOR_SESSION_H

#include "base.h"
#include "context.h"
#include "operator_account.h"
#include "session.h"

/*
 * Signing in as who runs the installation: password, then always a second
 * factor, after which the session goes on under another token.  Half an hour
 * without use ends it, and twelve hours do.  As role genkan_operator, without
 * an open transaction; what happens stands in the operator's log.
 */

#define OPERATOR_COOKIE              "__Host-operator"
#define OPERATOR_SESSION_TOKEN_CHARS 52 /* 260 bits */

/* Opaque types. */
struct fault;
struct rows;

struct operator_session {
	uuid_text id;
	uuid_text operator_id;
	char email[255];
	char name[4 * OPERATOR_ACCOUNT_NAME_MAX + 1];
	enum session_need need;
	char csrf[65];
	int64_t expires_at; /* milliseconds */
};

/**
 * operator_session_create(ctx, email, password, browser, token, session,
 *	attempt, wait, f):
 * Wrong tries are counted by account, whether or not there is one, and by
 * address; either way it costs and answers the same.  With SESSION_SIGNED_IN
 * ${token} is the cookie's value, and ${ctx} acts as that operator.
 */
bool operator_session_create(struct context *, const char *, const char *,
    const char *, char[OPERATOR_SESSION_TOKEN_CHARS + 1],
    struct operator_session *, enum session_attempt *, long *,
    struct fault *) MUST_CHECK;

/**
 * operator_session_find(ctx, token, session, found, f):
 * Whose session it is, if it is one that is not over.
 */
bool operator_session_find(struct context *, const char *,
    struct operator_session *, bool *, struct fault *) MUST_CHECK;

/**
 * operator_session_prove(ctx, session, recovery, code, token, outcome, wait,
 * f), operator_session_confirm(ctx, session, code, codes, token, outcome, wait,
 * f): Show the second factor; show the first code of a new one, which brings
 * recovery codes.  With SESSION_FACTOR_DONE the session is good for everything,
 * under its new ${token} and CSRF token.
 */
bool operator_session_prove(struct context *, struct operator_session *, bool,
    const char *, char[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_factor_outcome *, long *, struct fault *) MUST_CHECK;
bool operator_session_confirm(struct context *, struct operator_session *,
    const char *, session_recovery_codes,
    char[OPERATOR_SESSION_TOKEN_CHARS + 1], enum session_factor_outcome *,
    long *, struct fault *) MUST_CHECK;

/**
 * operator_session_list(ctx, operator_id, rows, f):
 * Where that operator is signed in.
 * operator_session_delete(ctx, id, operator_id, found, f):
 * End one of that operator's sessions.
 */
bool operator_session_list(
    struct context *, const char *, struct rows **, struct fault *) MUST_CHECK;
bool operator_session_delete(struct context *, const char *, const char *,
    bool *, struct fault *) MUST_CHECK;

/* An answer kept under an Idempotency-Key, as idempotency.h has it.  Because a
 * deed of the operator's may be several transactions, the key is claimed
 * first, and the answer kept afterwards. */
enum operator_kept {
	OPERATOR_KEPT_NEW,    /* it is ours: do it, then keep or let go */
	OPERATOR_KEPT_ANSWER, /* here it is */
	OPERATOR_KEPT_REUSED, /* the key was used for something else */
	OPERATOR_KEPT_BUSY,   /* the first request is still at work */
	OPERATOR_KEPT__MAX
};

struct operator_claim {
	const char *operator_id, *key, *route;
	uint8_t hash[32]; /* of what was asked */
	uuid_text row_id;
};

/**
 * operator_session_claim(ctx, claim, kept, status, textp, f):
 * With OPERATOR_KEPT_ANSWER ${status} and ${textp}, which the caller passes to
 * tenant_text_free.
 * operator_session_keep(ctx, claim, status, text, f),
 * operator_session_unclaim(ctx, claim, f).
 */
bool operator_session_claim(struct context *, struct operator_claim *,
    enum operator_kept *, int *, char **, struct fault *) MUST_CHECK;
bool operator_session_keep(struct context *, const struct operator_claim *, int,
    const char *, struct fault *) MUST_CHECK;
bool operator_session_unclaim(
    struct context *, const struct operator_claim *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATOR_SESSION_H */
