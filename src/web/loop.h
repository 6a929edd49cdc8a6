#ifndef GENKAN_LOOP_H
#define GENKAN_LOOP_H

#include "base.h"

/*
 * The door back to a worker's loop thread, the only one that may touch Kore's
 * objects.
 */

/* Opaque types. */
struct fault;

/* Something to be done there; part of whatever it is about. */
struct loop_item {
	struct loop_item *next;
	void (*run)(struct loop_item *);
};

/**
 * loop_start(f):
 * Open the door, in a worker.
 */
bool loop_start(struct fault *) MUST_CHECK;

/**
 * loop_post(item):
 * Have ${item}->run(item) called by the loop thread, soon, in the order of
 * posting.  From any thread.
 */
void loop_post(struct loop_item *);

#endif /* !GENKAN_LOOP_H */
