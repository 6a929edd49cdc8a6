#ifndef GENKAN_KMS_ERROR_H
#define GENKAN_KMS_ERROR_H

#include "base.h"

/*
 * How the key service says no.  The names are those of the AWS KMS API
 * reference, "Common errors" and each operation's "Errors"; clients look at
 * the name only.
 */
enum kms_error {
	KMS_OK,
	/* who asks */
	KMS_MISSING_TOKEN,
	KMS_INCOMPLETE_SIGNATURE,
	KMS_UNRECOGNIZED_CLIENT,
	KMS_INVALID_SIGNATURE,
	KMS_ACCESS_DENIED, /* also where the key of a blob is unknown */
	/* what is asked */
	KMS_UNKNOWN_OPERATION,
	KMS_SERIALIZATION,
	KMS_VALIDATION,
	KMS_TOO_LARGE,
	KMS_INVALID_ALIAS,
	KMS_INVALID_MARKER,
	KMS_UNSUPPORTED,
	/* the keys */
	KMS_NOT_FOUND,
	KMS_ALREADY_EXISTS,
	KMS_DISABLED,
	KMS_INVALID_STATE,
	KMS_INVALID_CIPHERTEXT, /* changed, or another context */
	KMS_INCORRECT_KEY,
	KMS_LIMIT_EXCEEDED,
	/* us: the client may try again */
	KMS_INTERNAL,
	/* the service that we forward to: the same */
	KMS_THROTTLING,
	KMS_UNAVAILABLE,
	KMS_DEPENDENCY,
	KMS_ERROR__MAX
};

/**
 * kms_error_name(error), kms_error_status(error):
 * The "__type" that clients know, and the HTTP status.
 */
const char *kms_error_name(enum kms_error);
unsigned kms_error_status(enum kms_error);

/**
 * kms_error_find(name), kms_error_again(error):
 * The error of that "__type", KMS_ERROR__MAX if it is none of these; and
 * whether asking again may help.
 */
enum kms_error kms_error_find(const char *);
bool kms_error_again(enum kms_error);

#endif /* !GENKAN_KMS_ERROR_H */
