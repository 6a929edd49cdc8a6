#ifndef GENKAN_LIVE_H
#define GENKAN_LIVE_H

#include <time.h>

#include "base.h"

/*
 * The live feed: one thread of each worker listens to PostgreSQL and tells
 * the sockets of /api/v1/live what has changed (ids and versions, nothing
 * else), closes those whose session, role or device has ended, and drops
 * stopped keys.
 */

/* Opaque types. */
struct fault;
struct http_request;
struct job;

/**
 * live_start(f), live_stop(until):
 * Start and stop listening, in a worker.  live_stop returns false if the
 * thread is still held by something at ${until} (CLOCK_REALTIME).
 */
bool live_start(struct fault *) MUST_CHECK;
bool live_stop(const struct timespec *) MUST_CHECK;

/**
 * live_upgrade(req, job):
 * Turn the request of an admitted ${job} into a socket of its principal.
 */
void live_upgrade(struct http_request *, const struct job *);

/**
 * live_count():
 * How many sockets this worker has.
 */
size_t live_count(void);

#endif /* !GENKAN_LIVE_H */
