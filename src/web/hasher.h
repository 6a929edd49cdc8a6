#ifndef GENKAN_HASHER_H
#define GENKAN_HASHER_H

#include "base.h"

/*
 * Passwords are worked on in processes of their own, one fewer than cores:
 * their 64 MiB come and go in no address space that a check-in needs, they step
 * back wherever another process wants the core, and when many passwords come
 * they rest between them.  A worker's threads ask over sockets; where a hasher
 * does not answer they do the work themselves.
 */

#define HASHER_NICE     15  /* a thirtieth of a contested core */
#define HASHER_SLICE_MS 100 /* who wakes with a shorter one goes first */
#define HASHER_REST     5 /* times the work: two or three passwords a second */
#define HASHER_BURST_MS 5000 /* of rest may be owed: a dozen at once */

/* Opaque types. */
struct fault;

/**
 * hasher_start(f):
 * Once, before Kore: start the hashers, which end with this process.
 */
bool hasher_start(struct fault *) MUST_CHECK;

/**
 * hasher_seats():
 * How many threads of a worker may ask.
 */
size_t hasher_seats(void);

/**
 * hasher_enter(worker), hasher_sit():
 * This process is the ${worker}th of them (they count up from any number);
 * the calling thread asks from now on.  At most hasher_seats() of them do.
 */
void hasher_enter(size_t);
void hasher_sit(void);

#endif /* !GENKAN_HASHER_H */
