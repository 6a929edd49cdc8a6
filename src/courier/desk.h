#ifndef GENKAN_DESK_H
#define GENKAN_DESK_H

#include "base.h"
#include "job.h"

/*
 * Courier's desk: takes deliveries out of the outbox and writes down how they
 * went.  Nothing is delivered within a transaction.
 */

#define DESK_LEASE     120 /* seconds; a try is over long before */
#define DESK_KEEP_DAYS 30  /* of previewed mails and dead letters */

/* Opaque types. */
struct desk;
struct fault;

/**
 * desk_open(conninfo, kms_socket, access_key, secret_key, f):
 * Prepare; connects on first use.
 */
struct desk *desk_open(const char *, const char *, const char *, const char *,
    struct fault *) MUST_CHECK;
void desk_close(struct desk *);

/**
 * desk_claim(desk, mail, max, listp, f):
 * Take at most ${max} deliveries that are due, mails or the rest, with their
 * texts and addresses opened.  One that cannot be opened has its outcome
 * already, and error set.  The oldest is first.  Looks from where the last look
 * ended (outbox_claim says why), after a sweep at everything.
 */
bool desk_claim(
    struct desk *, bool, int, struct job **, struct fault *) MUST_CHECK;

/**
 * desk_finish(desk, list, np, f):
 * Write down the outcome of the first of ${list}; with it, in one commit, those
 * after it that went as well, of the same tenant: ${np} is how many.  Another
 * courier that took one meanwhile, because our lease ran out, is not overruled.
 */
bool desk_finish(
    struct desk *, const struct job *, int *, struct fault *) MUST_CHECK;

/**
 * desk_sweep(desk, more, f):
 * What a courier took and never finished is due again; what came too late, or
 * was kept long enough, is erased, some at a time: is there ${more}?
 */
bool desk_sweep(struct desk *, bool *, struct fault *) MUST_CHECK;

/**
 * desk_next(desk, mail, ms, f):
 * Milliseconds until the next one is due; -1 if none is.
 */
bool desk_next(struct desk *, bool, int64_t *, struct fault *) MUST_CHECK;

/**
 * desk_chain(desk, more, f):
 * Link what is new in the operation logs; ${more} says that there may be more.
 */
bool desk_chain(struct desk *, bool *, struct fault *) MUST_CHECK;

/**
 * desk_seal(desk, seconds, f):
 * Have the ends of those logs authenticated that want it after ${seconds}.
 * One tenant's trouble (a stopped key, say) does not keep the others.
 */
bool desk_seal(struct desk *, int64_t, struct fault *) MUST_CHECK;

#endif /* !GENKAN_DESK_H */
