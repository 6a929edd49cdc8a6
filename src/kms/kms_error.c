#include <string.h>

#include "kms_error.h"

static const struct {
	const char *name;
	unsigned status;
} errors[] = {
	[KMS_OK] = { "", 200 },
	[KMS_MISSING_TOKEN] = { "MissingAuthenticationTokenException", 400 },
	[KMS_INCOMPLETE_SIGNATURE] = { "IncompleteSignatureException", 400 },
	[KMS_UNRECOGNIZED_CLIENT] = { "UnrecognizedClientException", 400 },
	[KMS_INVALID_SIGNATURE] = { "InvalidSignatureException", 400 },
	[KMS_ACCESS_DENIED] = { "AccessDeniedException", 400 },
	[KMS_UNKNOWN_OPERATION] = { "UnknownOperationException", 400 },
	[KMS_SERIALIZATION] = { "SerializationException", 400 },
	[KMS_VALIDATION] = { "ValidationException", 400 },
	[KMS_TOO_LARGE] = { "RequestEntityTooLargeException", 413 },
	[KMS_INVALID_ALIAS] = { "InvalidAliasNameException", 400 },
	[KMS_INVALID_MARKER] = { "InvalidMarkerException", 400 },
	[KMS_UNSUPPORTED] = { "UnsupportedOperationException", 400 },
	[KMS_NOT_FOUND] = { "NotFoundException", 400 },
	[KMS_ALREADY_EXISTS] = { "AlreadyExistsException", 400 },
	[KMS_DISABLED] = { "DisabledException", 400 },
	[KMS_INVALID_STATE] = { "KMSInvalidStateException", 400 },
	[KMS_INVALID_CIPHERTEXT] = { "InvalidCiphertextException", 400 },
	[KMS_INCORRECT_KEY] = { "IncorrectKeyException", 400 },
	[KMS_LIMIT_EXCEEDED] = { "LimitExceededException", 400 },
	[KMS_INTERNAL] = { "KMSInternalException", 500 },
	[KMS_THROTTLING] = { "ThrottlingException", 400 },
	[KMS_UNAVAILABLE] = { "KeyUnavailableException", 500 },
	[KMS_DEPENDENCY] = { "DependencyTimeoutException", 503 },
};
_Static_assert(NELEMS(errors) == KMS_ERROR__MAX, "every error has a name");

const char *
kms_error_name(enum kms_error error)
{
	return (errors[error].name);
}

unsigned
kms_error_status(enum kms_error error)
{
	return (errors[error].status);
}

enum kms_error
kms_error_find(const char *name)
{
	enum kms_error e;

	for (e = KMS_OK + 1; e < KMS_ERROR__MAX; e++) {
		if (strcmp(errors[e].name, name) == 0)
			break;
	}
	return (e);
}

bool
kms_error_again(enum kms_error error)
{
	return (error == KMS_THROTTLING || errors[error].status >= 500);
}
