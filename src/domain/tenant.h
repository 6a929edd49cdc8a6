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
	TENANT_ENDING,    /* a system_admin may come in, to read and export */
	TENANT_ENDED,     /* its data is going or gone */
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
	char time_zone[64]; /* of its contract's days and months */
	int64_t created_at; /* milliseconds since 1970 */
	int64_t stops_at;   /* when its use stops; 0 is never */
	int stops_offset;   /* minutes east of UTC there and then */
	int64_t data_until; /* when its data goes; 0 is never */
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
 * tenant_read(rows, i, tenant, f):
 * The tenant in row ${i} of a statement with tenant_show's columns.
 */
bool tenant_read(
    struct rows *, int, struct tenant *, struct fault *) MUST_CHECK;

/**
 * tenant_find_state(ctx, state, f):
 * In which state is the tenant of ${ctx}'s scope?  For routes without a
 * credential; session_find and device_session_find say it themselves.
 */
bool tenant_find_state(
    struct context *, enum tenant_state *, struct fault *) MUST_CHECK;

/**
 * tenant_state_name(state), tenant_state_parse(name, state, f):
 * Its name in the database and the API, and back; FAULT_BUG if there is no
 * such state.
 */
const char *tenant_state_name(enum tenant_state);
bool tenant_state_parse(
    const char *, enum tenant_state *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_TENANT_H */
