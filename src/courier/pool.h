#ifndef GENKAN_POOL_H
#define GENKAN_POOL_H

#include <curl/curl.h>

#include "base.h"
#include "job.h"

/*
 * The sender processes.  Each sends one mail at a time and blocks as it likes;
 * courier waits for its word, and one that takes too long is killed and
 * replaced.  They are started and ended by a small process that is forked
 * before courier has threads or connections, so a fork never copies a lock.
 *
 *	courier --ask, kill--> foreman --fork--> sender, sender, ...
 *	courier <------mail, result------------> sender
 */

#define POOL_MAX     32
#define POOL_SECONDS 75 /* after which a sender is killed */

/* Opaque types. */
struct fault;
struct pool;

/**
 * pool_start(senders, f):
 * Fork the foreman of at most ${senders} senders.  Call before anything else
 * makes threads or opens connections.
 */
struct pool *pool_start(int, struct fault *) MUST_CHECK;

/**
 * pool_stop(pool):
 * End all of them.
 */
void pool_stop(struct pool *);

/**
 * pool_room(pool), pool_busy(pool):
 * How many mails it could take now; how many are under way.
 */
int pool_room(const struct pool *);
int pool_busy(const struct pool *);

/**
 * pool_send(pool, job):
 * Have ${job} sent; it comes back from pool_finished.
 */
void pool_send(struct pool *, struct job *);

/**
 * pool_fds(pool, fds):
 * Fill in what to wait for, POOL_MAX places; return how many.
 */
unsigned pool_fds(const struct pool *, struct curl_waitfd *);

/**
 * pool_finished(pool):
 * The next job that has an outcome now, or NULL; never waits.  Ends senders
 * whose time is over.
 */
struct job *pool_finished(struct pool *);

#endif /* !GENKAN_POOL_H */
