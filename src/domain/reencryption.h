#ifndef GENKAN_REENCRYPTION_H
#define GENKAN_REENCRYPTION_H

#include "base.h"
#include "context.h"

/*
 * Moving a tenant's cells to its current data keys.
 *
 *	        ask                take              a round without stale cells
 *	(none) -----> asked -----------> running ------------------> done
 *	                ^                  |                           |
 *	                +------------------+------------- ask ---------+
 *
 * It goes through the tables by row id, a page in a transaction; where it is
 * stands in table reencryption, in the same transaction, so that whoever goes
 * on after a kill goes on there.  Which columns hold cells, the database's
 * catalogue says; which key a column is under, its first cell tells.
 *
 * Only web may open every kind of cell, so web does it; the operator asks.
 */

#define REENCRYPTION_PAGE 100 /* rows in one transaction */

/* Opaque types. */
struct fault;

struct reencryption_step {
	bool more; /* call again; false: done, or another one is at it */
	int rows;  /* seen */
	int cells; /* moved */
};

/**
 * reencryption_ask(ctx, f):
 * Within the caller's transaction: have every cell of the tenant moved.
 */
bool reencryption_ask(struct context *, struct fault *) MUST_CHECK;

/**
 * reencryption_renew(ctx, f):
 * Make new data keys for everything but hashes, and ask; in a transaction of
 * its own, with its line in the operation log.
 */
bool reencryption_renew(struct context *, struct fault *) MUST_CHECK;

/**
 * reencryption_lead(ctx, mine, f):
 * Be the one program that moves cells, until its connection ends.
 */
bool reencryption_lead(struct context *, bool *, struct fault *) MUST_CHECK;

/**
 * reencryption_look(ctx, days, due, f):
 * Make new keys where one is worn out or older than ${days} (0: never), and
 * say whether there are cells to move.
 */
bool reencryption_look(
    struct context *, long, bool *, struct fault *) MUST_CHECK;

/**
 * reencryption_step(ctx, step, f):
 * Move the cells of one page, in a transaction of its own.  After the last
 * round, keys that nothing is under any more are deleted, an hour after they
 * were replaced.
 */
bool reencryption_step(
    struct context *, struct reencryption_step *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_REENCRYPTION_H */
