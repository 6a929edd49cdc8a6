#ifndef GENKAN_QUEUE_H
#define GENKAN_QUEUE_H

#include <time.h>

#include "base.h"

/*
 * The bounded queues between the loop thread and the job threads of a
 * worker.  The tenants that the requests name take turns, or the clients where
 * a route wants no credential or a request has none; no tenant and no client
 * has more than half of a queue.  Passwords and long downloads have threads of
 * their own, so that neither can hold those that check people in.
 */

#define QUEUE_JOB_MAX      256 /* waiting; beyond that: 503 */
#define QUEUE_CPU_MAX      64
#define QUEUE_STREAM_MAX   16
#define QUEUE_STREAM_COUNT 2 /* threads */

/* Opaque types. */
struct fault;
struct job;

/**
 * queue_start(done, f), queue_stop(until):
 * Start this worker's threads, which pass each job to ${done} when it is
 * finished; let them finish what is queued, and join them.  queue_stop returns
 * false if one is still held by something at ${until} (CLOCK_REALTIME).
 */
bool queue_start(void (*)(struct job *), struct fault *) MUST_CHECK;
bool queue_stop(const struct timespec *) MUST_CHECK;

/**
 * queue_submit(job):
 * Hand ${job} to the queue of its route; false if that is full.
 */
bool queue_submit(struct job *) MUST_CHECK;

/**
 * queue_waiting():
 * How many jobs wait in all queues.
 */
size_t queue_waiting(void);

#endif /* !GENKAN_QUEUE_H */
