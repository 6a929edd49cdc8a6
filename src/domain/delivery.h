#ifndef GENKAN_DELIVERY_H
#define GENKAN_DELIVERY_H

#include "base.h"
#include "context.h"

/* The outbox as people see it: what went out, and how; never what it said. */

/* Opaque types. */
struct fault;

struct delivery {
	uuid_text id;
	char kind[8];
	char topic[32];
	char state[12];
	int attempts;
	int64_t created_at; /* milliseconds since 1970 */
	int64_t due_at;
	int64_t finished_at; /* 0: not yet */
	char last_error[32]; /* a word, or "" */
	char channel[401];   /* its name, or "" */
	uuid_text visit_id;  /* or "" */
	uuid_text appointment_id;
};

/**
 * delivery_list(ctx, state, after, limit, listp, np, f):
 * At most ${limit}, newest first, after the one with id ${after}; ${state} and
 * ${after} may be NULL.  The caller frees the array.
 */
bool delivery_list(struct context *, const char *, const char *, int,
    struct delivery **, size_t *, struct fault *) MUST_CHECK;

/**
 * delivery_show(ctx, id, delivery, found, f):
 * One of them.
 */
bool delivery_show(struct context *, const char *, struct delivery *, bool *,
    struct fault *) MUST_CHECK;

/**
 * delivery_requeue(ctx, id, done, f):
 * A dead letter waits again, with the same id.  Not ${done} if it is no dead
 * letter, or what it said is erased.
 */
bool delivery_requeue(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;

/* A mail that the preview transport keeps. */
struct delivery_mail {
	uuid_text id;
	char topic[32];
	char to[256];
	char *subject;
	char *message; /* RFC 5322 */
	int64_t created_at;
};

/**
 * delivery_mails(ctx, invitations, resets, after, limit, listp, np, f):
 * At most ${limit} of them, newest first; pass them to delivery_mails_free.
 * Those that invite a member or reset a password, whose links make whoever
 * follows them that member, only if ${invitations} or ${resets}.
 */
bool delivery_mails(struct context *, bool, bool, const char *, int,
    struct delivery_mail **, size_t *, struct fault *) MUST_CHECK;
void delivery_mails_free(struct delivery_mail *, size_t);

#endif /* !GENKAN_DELIVERY_H */
