#ifndef GENKAN_PRINCIPAL_H
#define GENKAN_PRINCIPAL_H

#include <sys/types.h>

#include "base.h"

/*
 * Who may ask the key service for what.  A principal is a credential with one
 * of five sets of rights; the file lists them:
 *
 *	[{"name": "web", "access_key": "genkan-web", "secret_key": "...",
 *	  "rights": "web", "uids": [33]}, ...]
 *
 * "uids" may be left out; with it, the principal is taken only from a Unix
 * socket, and only from these users.
 */

#define PRINCIPAL_NAME_MAX   64
#define PRINCIPAL_SECRET_MAX 128
#define PRINCIPAL_UIDS_MAX   16

/* Opaque types. */
struct blob_context;
struct fault;
struct json_t;
struct principals;

/* What can be asked: the AWS KMS operations we speak. */
enum kms_operation {
	KMS_CREATE_KEY,
	KMS_DESCRIBE_KEY,
	KMS_LIST_KEYS,
	KMS_CREATE_ALIAS,
	KMS_UPDATE_ALIAS,
	KMS_LIST_ALIASES,
	KMS_GENERATE_DATA_KEY,
	KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
	KMS_ENCRYPT,
	KMS_DECRYPT,
	KMS_RE_ENCRYPT,
	KMS_ENABLE_KEY,
	KMS_DISABLE_KEY,
	KMS_ENABLE_KEY_ROTATION,
	KMS_DISABLE_KEY_ROTATION,
	KMS_GET_KEY_ROTATION_STATUS,
	KMS_ROTATE_KEY_ON_DEMAND,
	KMS_LIST_KEY_ROTATIONS,
	KMS_SCHEDULE_KEY_DELETION,
	KMS_CANCEL_KEY_DELETION,
	KMS_GENERATE_RANDOM,
	KMS_OPERATION__MAX
};

enum principal_rights {
	PRINCIPAL_WEB,      /* data keys of tenants */
	PRINCIPAL_COURIER,  /* opens delivery keys, seals heads of logs */
	PRINCIPAL_OPERATOR, /* the life of keys; opens heads of logs only */
	PRINCIPAL_TEST,     /* all, with keys of its own only */
	PRINCIPAL_FORWARD,  /* another Genkan's key service, which asks the
			     * one before for its own principals */
	PRINCIPAL_RIGHTS__MAX
};

struct principal {
	char name[PRINCIPAL_NAME_MAX];
	char access_key[PRINCIPAL_NAME_MAX];
	char *secret_key; /* secure heap, PRINCIPAL_SECRET_MAX bytes */
	enum principal_rights rights;
	uid_t uids[PRINCIPAL_UIDS_MAX];
	size_t nuids; /* 0: any user, and TCP */
};

/**
 * principals_load(path, f):
 * Read and check the file; nobody but its owner may read it.
 */
struct principals *principals_load(const char *, struct fault *) MUST_CHECK;
void principals_free(struct principals *);

/**
 * principals_find(list, access_key):
 * NULL if there is none.
 */
const struct principal *principals_find(
    const struct principals *, const char *);

/**
 * principal_from(who, uid):
 * May ${who} ask from a process of user ${uid} (NULL: over TCP)?
 */
bool principal_from(const struct principal *, const uid_t *) MUST_CHECK;

/**
 * principal_may(who, operation):
 * May ${who} ask for ${operation} at all?
 */
bool principal_may(const struct principal *, enum kms_operation) MUST_CHECK;

/**
 * principal_may_with(who, operation, scope, context):
 * May ${who} do ${operation} with a key of this scope (ring.h) and this
 * encryption context (NULL where the operation has none)?
 */
bool principal_may_with(const struct principal *, enum kms_operation,
    const char *, const struct json_t *) MUST_CHECK;

/**
 * principal_may_move(who, from, to):
 * May ${who} have a blob re-encrypted from one encryption context to another?
 */
bool principal_may_move(const struct principal *, const struct json_t *,
    const struct json_t *) MUST_CHECK;

/**
 * principal_scope(alias, scope, size):
 * The scope that an alias gives its key: alias/tenant-<uuid>,
 * alias/tenant-shared and alias/test-* have their own, the rest is "other".
 */
void principal_scope(const char *, char *, size_t);

/**
 * principals_make(path, f):
 * Write the file of a new installation: web, courier, operator and test, with
 * random secrets.  Beside it goes one file "<name>.secret" each, for
 * GENKAN_KMS_SECRET_KEY_FILE.  Refuses to overwrite.
 */
bool principals_make(const char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_PRINCIPAL_H */
