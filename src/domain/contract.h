#ifndef GENKAN_CONTRACT_H
#define GENKAN_CONTRACT_H

#include "base.h"
#include "context.h"
#include "tenant.h"

/*
 * What the operator does with tenants, as database role genkan_operator and
 * with the operator's credential at the key service: it makes them and stops
 * them, and cannot read anything of theirs.
 */

#define CONTRACT_TOKEN_CHARS 32 /* as MEMBER_TOKEN_CHARS */

/* Opaque types. */
struct fault;

enum contract_outcome {
	CONTRACT_DONE,
	CONTRACT_NAME_BAD, /* not 3..32 of a-z, 0-9, -, none at the ends */
	CONTRACT_NAME_TAKEN,
	CONTRACT_DISPLAY_NAME_BAD,
	CONTRACT_UNKNOWN,     /* no tenant of that name */
	CONTRACT_OTHER_STATE, /* it is not in the state to leave */
	CONTRACT_OUTCOME__MAX
};

/**
 * contract_create(ctx, name, display_name, language, tenant, token,
 *	expires_at, outcome, f):
 * A new tenant with a key of its own in the key service (alias/tenant-<id>),
 * a wrapped data key for each use, and the activation ${token} of its first
 * administrator, good once, for 14 days.  ${ctx} has no scope yet and no
 * transaction open; it has the new tenant's scope afterwards.
 */
bool contract_create(struct context *, const char *, const char *, const char *,
    struct tenant *, char[CONTRACT_TOKEN_CHARS + 1], int64_t *,
    enum contract_outcome *, struct fault *) MUST_CHECK;

/**
 * contract_renew_key(ctx, f):
 * Give the tenant's key in the key service new material and have its data
 * keys wrapped anew.  If GENKAN_KEY_PER_TENANT says otherwise than when they
 * were wrapped, they move to a key of the tenant's own, or to the shared one.
 */
bool contract_renew_key(struct context *, struct fault *) MUST_CHECK;

/**
 * contract_list(ctx, tenants, n, f):
 * All of them by name; the caller frees the array.
 */
bool contract_list(
    struct context *, struct tenant **, size_t *, struct fault *) MUST_CHECK;

/**
 * contract_move(ctx, name, from, to, outcome, f):
 * Suspend a tenant, or let it resume: its requests are refused, or served
 * again, from the next one on.
 */
bool contract_move(struct context *, const char *, enum tenant_state,
    enum tenant_state, enum contract_outcome *, struct fault *) MUST_CHECK;

/**
 * contract_networks_clear(ctx, name, outcome, f):
 * A tenant has locked itself out: let it be used from everywhere again.
 */
bool contract_networks_clear(struct context *, const char *,
    enum contract_outcome *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_CONTRACT_H */
