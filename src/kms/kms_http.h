#ifndef GENKAN_KMS_HTTP_H
#define GENKAN_KMS_HTTP_H

#include "base.h"

/* The HTTP face of the key service: libmicrohttpd around kms_call. */

/* Opaque types. */
struct fault;
struct kms_http;
struct principals;
struct ring;
struct upstream;

struct kms_http_settings {
	struct ring *ring;         /* NULL where we forward */
	struct upstream *upstream; /* NULL where we do not */
	const struct principals *principals;
	const char *region;
	int unix_fd; /* listening */
	int tcp_fd;  /* listening, or -1 */
};

/**
 * kms_http_start(settings, f):
 * Serve from threads of its own until kms_http_stop.  ${settings} must live
 * that long; the descriptors are taken over.
 */
struct kms_http *kms_http_start(
    const struct kms_http_settings *, struct fault *) MUST_CHECK;

/**
 * kms_http_stop(http):
 * Finish the requests that are being worked on, and stop.
 */
void kms_http_stop(struct kms_http *);

#endif /* !GENKAN_KMS_HTTP_H */
