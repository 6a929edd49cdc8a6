#ifndef GENKAN_UPSTREAM_H
#define GENKAN_UPSTREAM_H

#include "base.h"

#include "kms_error.h"

/*
 * The AWS KMS that we forward to: the same operations, signed with a
 * credential of our own (credential.h), over verified TLS.  Plain HTTP is
 * taken to a literal loopback address only.
 */

/* Opaque types. */
struct fault;
struct json_t;
struct upstream;

/**
 * upstream_open(endpoint, region, ca, f):
 * Prepare; connects on first use.  ${ca} may be "".  FAULT_CONFIG if the
 * endpoint is none.
 */
struct upstream *upstream_open(
    const char *, const char *, const char *, struct fault *) MUST_CHECK;
void upstream_close(struct upstream *);

/**
 * upstream_call(u, operation, in, out, message, size):
 * Ask; on KMS_OK the caller owns ${out}, an object (empty where the answer
 * is).  What the service says no with is what we say no with; where it does
 * not know our own credential, or is away, that is KMS_DEPENDENCY.  Asked
 * again, for 4 seconds at most, where that may help and does not do the deed
 * twice.  Any thread.
 */
enum kms_error upstream_call(struct upstream *, const char *,
    const struct json_t *, struct json_t **, char *, size_t) MUST_CHECK;

#endif /* !GENKAN_UPSTREAM_H */
