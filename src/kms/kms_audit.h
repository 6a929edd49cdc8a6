#ifndef GENKAN_KMS_AUDIT_H
#define GENKAN_KMS_AUDIT_H

#include "base.h"

#include "kms_error.h"

/*
 * The key service's own log, one JSON line for each call: when, who, what, with
 * which key and encryption context, and what came of it.  Never a plain text,
 * a blob or a secret.  Calls by nobody we know are counted rather than listed
 * when there are many, so that they cannot fill the disk.
 */

/* Opaque types. */
struct fault;
struct json_t;

struct kms_audit_entry {
	const char *principal; /* NULL: nobody we know */
	const char *operation; /* NULL: none of ours */
	const char *key_id;    /* "" if none */
	const struct json_t *context;
	enum kms_error result;
	const char *request_id;
	long uid; /* of the process that asked; -1 over TCP */
};

/**
 * kms_audit_open(path, f):
 * Append to ${path} from now on (mode 0600).
 */
bool kms_audit_open(const char *, struct fault *) MUST_CHECK;

/**
 * kms_audit_reopen():
 * Open the file again, after somebody moved it away.
 */
void kms_audit_reopen(void);

/**
 * kms_audit(entry):
 * Write one line.  Any thread.
 */
void kms_audit(const struct kms_audit_entry *);

void kms_audit_close(void);

#endif /* !GENKAN_KMS_AUDIT_H */
