#ifndef GENKAN_CREDENTIAL_H
#define GENKAN_CREDENTIAL_H

#include "base.h"

/*
 * The credential for the service that we forward to: three settings, or a
 * file as the AWS command line has,
 *
 *	[default]
 *	aws_access_key_id = ...
 *	aws_secret_access_key = ...
 *	aws_session_token = ...
 *
 * which is read again when it changes, so that whoever renews temporary
 * credentials only has to write it.
 */

#define CREDENTIAL_ACCESS_MAX 128
#define CREDENTIAL_SECRET_MAX 128
#define CREDENTIAL_TOKEN_MAX  4096

/* Opaque types. */
struct fault;

/* In the secure heap. */
struct credential {
	char access_key[CREDENTIAL_ACCESS_MAX];
	char secret_key[CREDENTIAL_SECRET_MAX];
	char token[CREDENTIAL_TOKEN_MAX]; /* "" if none */
};

/**
 * credential_get(out, f):
 * The credential in force.  FAULT_CONFIG if there is none.  Any thread.
 */
bool credential_get(struct credential *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_CREDENTIAL_H */
