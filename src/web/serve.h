#ifndef GENKAN_SERVE_H
#define GENKAN_SERVE_H

#include "base.h"

/* Opaque types. */
struct context;
struct decode_client;
struct job;

/**
 * serve(job, context, decode):
 * Serve ${job} on this thread: find out who asks and whether they may, look
 * for an answer kept under the idempotency key, run the handler, commit or
 * roll back.  Afterwards ${job} has an answer and no transaction is open.
 */
void serve(struct job *, struct context *, struct decode_client *);

#endif /* !GENKAN_SERVE_H */
