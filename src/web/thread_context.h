#ifndef GENKAN_THREAD_CONTEXT_H
#define GENKAN_THREAD_CONTEXT_H

#include "base.h"
#include "context.h"

/* What a thread of web works with that serves no request. */

/* Opaque types. */
struct fault;

/**
 * thread_context_open(ctx, f), thread_context_close(ctx):
 * Connections of its own, as the system.  Close also after a failure.
 */
bool thread_context_open(struct context *, struct fault *) MUST_CHECK;
void thread_context_close(struct context *);

/**
 * thread_context_fault(event, away, f):
 * Log ${f} as ${event}; an outage of the database once, until the caller sets
 * ${away} to false, and not with every try.
 */
void thread_context_fault(const char *, bool *, const struct fault *);

#endif /* !GENKAN_THREAD_CONTEXT_H */
