#ifndef GENKAN_SUPERVISOR_H
#define GENKAN_SUPERVISOR_H

#include "base.h"

/*
 * The daemon: takes frames from many clients over one Unix socket, hands each
 * to a decoder child that is free, and gives the answer back.  It never looks
 * into a frame.
 *
 * A child that dies, or holds a frame for longer than a second, costs that
 * frame only: its client hears DECODE_ANSWER_LOST, and the child is replaced.
 * A child is also replaced after some thousand frames.  Everything is
 * bounded: clients, frames in memory, and every wait.
 */

#define SUPERVISOR_CLIENTS_MAX 256  /* connections; more wait in the backlog */
#define SUPERVISOR_FRAMES_MAX  32   /* frames in memory, half a MiB each */
#define SUPERVISOR_WAIT_MS     1000 /* to arrive, to be taken, to be read */
#define SUPERVISOR_RECYCLE     4000 /* frames of one child */

/* Opaque types. */
struct fault;

/**
 * supervisor_run(listener, processes, f):
 * Serve the listening socket ${listener} with ${processes} decoders until
 * process_stopping(); frames already taken are answered first.
 */
bool supervisor_run(int, int, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SUPERVISOR_H */
