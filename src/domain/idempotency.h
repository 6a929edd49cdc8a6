#ifndef GENKAN_IDEMPOTENCY_H
#define GENKAN_IDEMPOTENCY_H

#include "base.h"
#include "context.h"

/*
 * Answers kept under the key that a client chose, so that a request sent
 * again (because its answer was lost) is answered again and not done again.
 * The row is written in the transaction that did the work; the answer is a
 * cell under the tenant's visitor key.  It is kept for a day at least.
 *
 * Of an answer with a secret that is shown once (an API key, a pairing code, a
 * webhook's secret) only that it was given is kept: whoever reads the database
 * and has its key a day later must not find what nobody can be shown again.
 * A check-in's secret for undoing is kept: the tablet has to get it although
 * the first answer was lost, and it is good for a minute.
 */

#define IDEMPOTENCY_KEY_MIN 8
#define IDEMPOTENCY_KEY_MAX 64 /* [A-Za-z0-9_-] */

/* Opaque types. */
struct fault;

/* Which request: all texts stay the caller's. */
struct idempotency_request {
	const char *principal; /* "member 0190...": keys are each one's own */
	const char *key;
	const char *route; /* method and template */
	uint8_t hash[32];  /* of what was asked */
};

enum idempotency_verdict {
	IDEMPOTENCY_NEW,
	IDEMPOTENCY_KEPT,   /* here is the answer */
	IDEMPOTENCY_SECRET, /* it was given, and nobody gets it again */
	IDEMPOTENCY_REUSED, /* the key was used for something else */
	IDEMPOTENCY_BUSY,   /* the first request is still at work */
	IDEMPOTENCY_VERDICT__MAX
};

/**
 * idempotency_find(ctx, request, verdict, status, textp, f):
 * Look for a kept answer, within the request's transaction.  With
 * IDEMPOTENCY_KEPT ${status} and ${textp} are filled; the caller passes the
 * text to tenant_text_free.
 */
bool idempotency_find(struct context *, const struct idempotency_request *,
    enum idempotency_verdict *, int *, char **, struct fault *) MUST_CHECK;

/**
 * idempotency_keep(ctx, request, status, text, f):
 * Keep an answer, or with NULL that there was one.  FAULT_DB_CONFLICT if
 * another transaction has kept one meanwhile: roll back and ask
 * idempotency_find again.
 */
bool idempotency_keep(struct context *, const struct idempotency_request *, int,
    const char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_IDEMPOTENCY_H */
