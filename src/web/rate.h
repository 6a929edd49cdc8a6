#ifndef GENKAN_RATE_H
#define GENKAN_RATE_H

#include "base.h"

/*
 * How many requests a tenant and an API key may make: so many a second, and a
 * burst of a few seconds' worth at once.  Kept in memory shared by the workers;
 * counted after the credential has proved true, so that nobody can use up
 * another's.  People and tablets are counted apart: a script that runs wild
 * must not close its own company's reception.
 */

/* Opaque types. */
struct fault;

enum rate_kind {
	RATE_PEOPLE,  /* a tenant's sessions and keys: GENKAN_TENANT_RATE */
	RATE_DEVICES, /* a tenant's tablets: as many again */
	RATE_KEY,     /* one key: 10 a second */
	RATE_KIND__MAX
};

/* How one of them stands. */
struct rate {
	long limit;     /* requests at once, when it has been quiet */
	long seconds;   /* until so many are free again */
	long remaining; /* at once, now */
	long wait;      /* seconds until the next; 0: this one may */
};

/**
 * rate_start(f):
 * Make the shared memory, before the first fork.
 */
bool rate_start(struct fault *) MUST_CHECK;

/**
 * rate_take(kind, id, rate):
 * Count one request of the tenant or key ${id}.  Return whether it may; one
 * that may not is not counted.
 */
bool rate_take(enum rate_kind, const char *, struct rate *) MUST_CHECK;

#endif /* !GENKAN_RATE_H */
