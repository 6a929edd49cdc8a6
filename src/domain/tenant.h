#ifndef GENKAN_TENANT_H
#define GENKAN_TENANT_H

#include "base.h"
#include "context.h"

/*
 * A tenant is a customer company.  Two look-ups are made before a tenant is
 * known, and no others in the whole product: its public short name, typed at
 * sign-in, and its public tag, which every bearer token starts with.
 */

#define TENANT_TAG_CHARS    6   /* base32; the first of every bearer token */
#define TENANT_NAME_MAX     32  /* bytes, [a-z0-9-] */
#define TENANT_DISPLAY_MAX  100 /* code points */
#define TENANT_KMS_KEY_SIZE 128

/* Opaque types. */
struct fault;

enum tenant_state {
	TENANT_ACTIVE,
	TENANT_SUSPENDED, /* every request is refused, nothing is lost */
	TENANT_ENDED,
	TENANT_STATE__MAX
};

struct tenant {
	uuid_text id;
	char name[TENANT_NAME_MAX + 1];
	char tag[TENANT_TAG_CHARS + 1];
	char display_name[4 * TENANT_DISPLAY_MAX + 1];
	char language[3];
	enum tenant_state state;
	char kms_key_id[TENANT_KMS_KEY_SIZE];
	int64_t created_at; /* milliseconds since 1970 */
};

/**
 * tenant_find_tag(db, token, id, found, f):
 * The id of the tenant whose tag begins ${token}; ${token} may be anything a
 * client sends.  Runs without a scope, outside any transaction.
 */
bool tenant_find_tag(
    struct db *, const char *, uuid_text, bool *, struct fault *) MUST_CHECK;

/**
 * tenant_find_name(db, name, id, found, f):
 * The id of the tenant with the public short ${name} (trimmed, any case).
 * Runs without a scope, outside any transaction.
 */
bool tenant_find_name(
    struct db *, const char *, uuid_text, bool *, struct fault *) MUST_CHECK;

/**
 * tenant_show(ctx, tenant, f):
 * The tenant of ${ctx}'s scope.  FAULT_BUG if there is none.
 */
bool tenant_show(struct context *, struct tenant *, struct fault *) MUST_CHECK;

/**
 * tenant_is_active(ctx, active, f):
 * May anything be done for the tenant of ${ctx}'s scope?  For routes without
 * a credential; session_find and device_session_find say it themselves.
 */
bool tenant_is_active(struct context *, bool *, struct fault *) MUST_CHECK;

/**
 * tenant_state_name(state):
 * Its name in the database and the API.
 */
const char *tenant_state_name(enum tenant_state);

#endif /* !GENKAN_TENANT_H */
