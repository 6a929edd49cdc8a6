#ifndef GENKAN_DISPATCH_H
#define GENKAN_DISPATCH_H

#include "base.h"

/*
 * Between Kore and our handlers, on the loop thread: takes each request to
 * its route's queue, and each answer back.
 */

/* Opaque types. */
struct fault;
struct http_request;
struct job;

/**
 * dispatch_start(f):
 * Understand GENKAN_BASE_URL, before the workers are forked.
 */
bool dispatch_start(struct fault *) MUST_CHECK;

/**
 * dispatch_request(req), dispatch_redirect(req):
 * What Kore calls for every request: over TLS, and on the port that only
 * redirects there.
 */
int dispatch_request(struct http_request *);
int dispatch_redirect(struct http_request *);

/**
 * dispatch_finished(job):
 * A job thread is done with ${job}.  From any thread.
 */
void dispatch_finished(struct job *);

/**
 * dispatch_stream_begun(job):
 * The handler has begun a stream: its head can go out.
 */
void dispatch_stream_begun(struct job *);

#endif /* !GENKAN_DISPATCH_H */
