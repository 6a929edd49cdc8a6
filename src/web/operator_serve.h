#ifndef GENKAN_OPERATOR_SERVE_H
#define GENKAN_OPERATOR_SERVE_H

#include "base.h"

/* Opaque types. */
struct context;
struct decode_client;
struct job;

/**
 * operator_serve(job, context, decode):
 * Serve ${job} of the operator's listener on this thread.  Unlike serve(), no
 * transaction is open while its handler runs: what an operator does to a tenant
 * is done and noted by the domain, in transactions of its own.
 */
void operator_serve(struct job *, struct context *, struct decode_client *);

#endif /* !GENKAN_OPERATOR_SERVE_H */
