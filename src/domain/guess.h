#ifndef GENKAN_GUESS_H
#define GENKAN_GUESS_H

#include "base.h"
#include "context.h"

/*
 * What can be guessed at is counted in the database, so that the count holds
 * across workers and restarts.  A try is counted before it is looked at, and
 * given back when it was right: a hundred tries at one instant get no further
 * than a hundred in a row.  Take several kinds in the order of the enum, so
 * that two requests never wait for each other.
 *
 * What a request has counted must be committed although it is refused
 * (reply_keep).
 */

/* Opaque types. */
struct fault;

enum guess_kind {
	GUESS_SIGN_IN_ACCOUNT,    /* 10 in 15 minutes, then 1, 2, 4 .. 16 min */
	GUESS_SIGN_IN_CEILING,    /* 100 in 30 days, then none for as long */
	GUESS_SIGN_IN_ADDRESS,    /* 100 in 15 min, then 15, 30 .. 240 min */
	GUESS_CODE_DEVICE,        /* 5 a minute, then 1, 2, 4 .. 64 minutes */
	GUESS_CODE_OFFICE,        /* 100 a day; the subject names the day */
	GUESS_PAIRING_ADDRESS,    /* 5 an hour */
	GUESS_ACTIVATION_ADDRESS, /* 10 an hour */
	GUESS_FACTOR_ACCOUNT,     /* 5 in 15 minutes, then 5, 10 .. 240 min */
	GUESS_RESET_ACCOUNT,      /* 3 an hour */
	GUESS_RESET_ADDRESS,      /* 20 an hour */
	GUESS_PASSWORD_MEMBER,    /* 5 in 15 minutes, then 5, 10 .. 80 min */
	GUESS_SMS_ACCOUNT, /* 5 sent in 15 minutes, then 15, 30 .. 240 min */
	GUESS_PRIVACY_ADDRESS, /* 30 an hour */
	GUESS_PRIVACY_GUEST,   /* 10 changes an hour */
	GUESS_PRIVACY_MAIL,    /* 5 codes an hour to one e-mail address */
	GUESS_PRIVACY_CODE,    /* 5 wrong ones of it, then 1, 2, .. 24 hours */
	/* At the operator's sign-in: counted in a table of its own. */
	GUESS_OPERATOR_ACCOUNT, /* 5 in 15 minutes, then 1, 2, 4 .. 64 min */
	GUESS_OPERATOR_ADDRESS, /* 30 in 15 min, then 15, 30 .. 240 min */
	GUESS_OPERATOR_FACTOR,  /* 5 in 15 minutes, then 5, 10 .. 240 min */
	GUESS_OPERATOR_SIGN_UP, /* 10 an hour from one address */
	GUESS_KIND__MAX
};

/**
 * guess_wait(ctx, kind, subject, wait, f):
 * Is ${subject} blocked?  Counts nothing and waits for nobody: for what many
 * share, where a few tries more at one instant do no harm.
 */
bool guess_wait(struct context *, enum guess_kind, const char *, long *,
    struct fault *) MUST_CHECK;

/**
 * guess_take(ctx, kind, subject, wait, f):
 * Count one try at ${subject} (an id, an address, a keyed hash in hex; never
 * the thing guessed; of an IPv6 address the /64 counts).  ${wait} is 0 if the
 * try may be looked at, otherwise the seconds until the next; a try refused
 * this way is not counted.
 */
bool guess_take(struct context *, enum guess_kind, const char *, long *,
    struct fault *) MUST_CHECK;

/**
 * guess_give_back(ctx, kind, subject, f):
 * The try just taken was right: do not count it.
 */
bool guess_give_back(
    struct context *, enum guess_kind, const char *, struct fault *) MUST_CHECK;

/**
 * guess_forget(ctx, kind, subject, f):
 * The try was right and says that the ones before were slips: start anew.
 */
bool guess_forget(
    struct context *, enum guess_kind, const char *, struct fault *) MUST_CHECK;

/**
 * guess_purge(ctx, f):
 * Forget what has been quiet for longer than it counts.
 */
bool guess_purge(struct context *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_GUESS_H */
