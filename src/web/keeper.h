#ifndef GENKAN_KEEPER_H
#define GENKAN_KEEPER_H

#include <time.h>

#include "base.h"

/*
 * Looks after the keys that web works with.  One thread in each worker: it
 * drops the kept keys when the key service says that one was stopped, and one
 * of them all (a lock in the database decides) moves cells to new data keys,
 * GENKAN_REENCRYPT_ROWS a second.
 */

/* Opaque types. */
struct fault;

/**
 * keeper_start(f), keeper_stop(until):
 * Start and stop working, in a worker.  keeper_stop returns false if the
 * thread is still held by something at ${until} (CLOCK_REALTIME).
 */
bool keeper_start(struct fault *) MUST_CHECK;
bool keeper_stop(const struct timespec *) MUST_CHECK;

#endif /* !GENKAN_KEEPER_H */
