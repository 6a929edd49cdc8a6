#ifndef GENKAN_STREAM_H
#define GENKAN_STREAM_H

#include "base.h"

/*
 * An answer of any length on its way from a job thread to a slow client, a
 * few chunks at a time.  The handler's side is in request.h; this is the loop
 * thread's.
 */

/* Opaque types. */
struct connection;
struct job;
struct stream;

/**
 * stream_attach(s, c):
 * The head of the answer is queued on ${c}: send what waits, and whatever
 * comes.
 */
void stream_attach(struct stream *, struct connection *);

/**
 * stream_end(s, whole):
 * The handler has finished.  Close the answer properly if it is ${whole}, and
 * cut the connection if not, so that the client can tell.
 */
void stream_end(struct stream *, bool);

/**
 * stream_drop(s):
 * The client left before the answer began.
 */
void stream_drop(struct stream *);

#endif /* !GENKAN_STREAM_H */
