#ifndef GENKAN_HOUSE_H
#define GENKAN_HOUSE_H

#include <time.h>

#include "base.h"

/*
 * What the house does by itself: once a minute, the departures that were
 * forgotten; once a day, the deletion of what is past its time.  One thread in
 * each worker; a lock in the database sees to it that one of them works at a
 * time.
 */

/* Opaque types. */
struct fault;

/**
 * house_start(f), house_stop(until):
 * Start and stop working, in a worker.  house_stop returns false if the thread
 * is still held by something at ${until} (CLOCK_REALTIME).
 */
bool house_start(struct fault *) MUST_CHECK;
bool house_stop(const struct timespec *) MUST_CHECK;

#endif /* !GENKAN_HOUSE_H */
