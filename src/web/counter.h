#ifndef GENKAN_COUNTER_H
#define GENKAN_COUNTER_H

#include <stdio.h>

#include "base.h"

/*
 * What /metrics tells: counters in memory that was shared before the workers
 * were forked, so each worker shows the sum of all.
 */

/* Opaque types. */
struct fault;
struct route;

/* What goes up and down, kept for each worker: one that dies takes its own. */
enum counter_gauge {
	COUNTER_CONNECTIONS,
	COUNTER_JOBS_WAITING,
	COUNTER_SOCKETS, /* of /api/v1/live */
	COUNTER_GAUGE__MAX
};

enum counter_event {
	COUNTER_BUSY,          /* answered 503: a queue was full */
	COUNTER_FAULTS,        /* answered with an incident number */
	COUNTER_WORKER_STARTS, /* more than workers: some have died */
	COUNTER_LIVE_LOST,     /* the LISTEN connection was lost */
	COUNTER_EVENT__MAX
};

/**
 * counter_start(f):
 * Make the shared memory, before the first fork.
 */
bool counter_start(struct fault *) MUST_CHECK;

/**
 * counter_request(route, status, ms):
 * A request was answered; ${route} is NULL for pages and unknown addresses.
 */
void counter_request(const struct route *, int, int64_t);

/**
 * counter_note(event), counter_set(worker, gauge, value):
 * Something happened; how much there is now in worker number ${worker}.
 */
void counter_note(enum counter_event);
void counter_set(unsigned, enum counter_gauge, uint64_t);

/**
 * counter_print(out):
 * Everything, in Prometheus' text format 0.0.4.
 */
void counter_print(FILE *);

#endif /* !GENKAN_COUNTER_H */
