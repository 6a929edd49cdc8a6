#ifndef GENKAN_STOPS_H
#define GENKAN_STOPS_H

#include "base.h"

/*
 * The file by which web and courier, which keep unwrapped keys, learn that a
 * key was stopped: they look at it several times a second and forget all they
 * keep when it changes.  (PROCESS_KMS_STOPS; it says nothing about keys.)
 */

/* Opaque types. */
struct fault;

/**
 * stops_open(f):
 * Make the file, before the sandbox; what it holds stays.
 */
bool stops_open(struct fault *) MUST_CHECK;

/**
 * stops_tell(text):
 * Let it hold ${text}, 64 characters (NULL: a random one): before whoever
 * stops a key hears that it is stopped.  Any thread.
 */
void stops_tell(const char *);

#endif /* !GENKAN_STOPS_H */
