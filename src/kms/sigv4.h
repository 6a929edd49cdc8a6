#ifndef GENKAN_SIGV4_H
#define GENKAN_SIGV4_H

#include "base.h"

#include "kms_error.h"

/*
 * The server's side of AWS Signature Version 4 ("Create a signed AWS API
 * request", AWS IAM User Guide) for the one form of request that the KMS
 * protocol has: POST /, no query, the body in one piece.
 *
 * Stricter than AWS: X-Amz-Target must be signed, no header may come twice.
 * The signature does not stop a replay within the clock skew; the Unix socket
 * does.
 */

#define SIGV4_SKEW        300 /* seconds, either way */
#define SIGV4_HEADERS_MAX 40
#define SIGV4_ACCESS_MAX  64

struct sigv4_header {
	const char *name; /* as it was sent */
	const char *value;
};

struct sigv4_request {
	const char *method;
	const char *target; /* the request line's, not decoded */
	struct sigv4_header headers[SIGV4_HEADERS_MAX];
	size_t nheaders;
	const uint8_t *body;
	size_t len;
};

/* The Authorization header, taken apart. */
struct sigv4 {
	char access_key[SIGV4_ACCESS_MAX];
	char date[9];
	char signed_headers[1024]; /* "host;x-amz-date;..." */
	uint8_t signature[32];
};

/**
 * sigv4_header(request, name):
 * The value of a header (${name} in lower case), or NULL.
 */
const char *sigv4_header(const struct sigv4_request *, const char *);

/**
 * sigv4_read(request, region, now, out):
 * Check the form of ${request} and of its Authorization header, its clock and
 * its scope.  KMS_OK, or why not.
 */
enum kms_error sigv4_read(const struct sigv4_request *, const char *, int64_t,
    struct sigv4 *) MUST_CHECK;

/**
 * sigv4_verify(request, region, read, secret_key):
 * Is the signature that of ${secret_key}?  Constant time.
 */
bool sigv4_verify(const struct sigv4_request *, const char *,
    const struct sigv4 *, const char *) MUST_CHECK;

#endif /* !GENKAN_SIGV4_H */
