#ifndef GENKAN_SERVE_H
#define GENKAN_SERVE_H

#include "base.h"
#include "route.h"

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

/**
 * serve_credential(job):
 * Which credential of ${job} counts, proven or not: a key where one is shown
 * and may be.  Where the route takes both, the tablet's does unless the
 * request shows that it comes from the admin page: by its CSRF token, or on a
 * socket, which cannot carry one, by not saying ?as=device.  CREDENTIAL_NONE
 * if the route wants none, or the request has none that it wants.
 */
enum route_credential serve_credential(const struct job *) MUST_CHECK;

/*
 * What operator_serve.c does alike:
 * serve_read(job): parse query and body; false if they cannot be.
 * serve_key_good(key): is it an Idempotency-Key, and there at all?
 * serve_csrf_good(job): is the request safe, or its token the principal's?
 */
bool serve_read(struct job *) MUST_CHECK;
bool serve_key_good(const char *) MUST_CHECK;
bool serve_csrf_good(const struct job *) MUST_CHECK;

#endif /* !GENKAN_SERVE_H */
