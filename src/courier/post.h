#ifndef GENKAN_POST_H
#define GENKAN_POST_H

#include <curl/curl.h>

#include "base.h"
#include "job.h"

/*
 * Posts to chats and webhooks, many at once on one thread.  Their addresses
 * are chosen by tenants, so: https only, no redirects, no proxy, the address
 * checked on the socket that is being connected (address.h), and nothing of
 * the receiver's answer kept but its status.
 */

#define POST_MAX 64 /* under way at once */

/* Opaque types. */
struct fault;
struct post;

/**
 * post_open(ca, f):
 * Prepare; ${ca} names a file of authorities, "" means the system's.
 */
struct post *post_open(const char *, struct fault *) MUST_CHECK;

/**
 * post_close(p):
 * Drop what is under way; its leases run out.
 */
void post_close(struct post *);

/**
 * post_start(p, job):
 * Send ${job}, which comes back from post_finished.
 */
void post_start(struct post *, struct job *);
int post_room(const struct post *);

/**
 * post_wait(p, fds, n, timeout_ms):
 * Move the transfers on, and wait until something happens on them or on
 * ${fds}, or the time is over.
 */
void post_wait(struct post *, struct curl_waitfd *, unsigned, int);

/**
 * post_finished(p):
 * The next job that has an outcome now, or NULL.
 */
struct job *post_finished(struct post *);

#endif /* !GENKAN_POST_H */
