#ifndef GENKAN_CONTRACT_H
#define GENKAN_CONTRACT_H

#include <jansson.h>

#include "base.h"
#include "context.h"
#include "tenant.h"

/*
 * What the operator does with tenants, as database role genkan_operator and
 * with the operator's credential at the key service: it makes them, agrees
 * plans, stops and ends them, and cannot read anything of theirs.
 *
 *	active <--> suspended
 *	   |  stops_at: a day of the contract begins
 *	ending        a system_admin may read and export
 *	   |  data_until, and contract_sweep comes by (also from suspended)
 *	ended         keys wait for destruction, rows go, keys are gone;
 *	   |          when no copy of the key ring has them any more,
 *	   +--------> the certificate may be issued
 *
 * Until "ended", contract_end_cancel undoes it.
 */

#define CONTRACT_TOKEN_CHARS 32 /* as MEMBER_TOKEN_CHARS */
#define CONTRACT_PLAN_MAX    40 /* code points */
#define CONTRACT_EXPORT_DAYS 14
#define CONTRACT_EXPORT_MIN  2  /* also today's end leaves a whole one */
#define CONTRACT_EXPORT_MAX  23 /* with the wait of a key: a month */

/* Opaque types. */
struct fault;

enum contract_outcome {
	CONTRACT_DONE,
	CONTRACT_NAME_BAD, /* not 3..32 of a-z, 0-9, -, none at the ends */
	CONTRACT_NAME_TAKEN,
	CONTRACT_DISPLAY_NAME_BAD,
	CONTRACT_UNKNOWN,     /* no tenant of that name */
	CONTRACT_OTHER_STATE, /* it is not in the state to leave */
	CONTRACT_HAS_PEOPLE,  /* somebody has come in already */
	CONTRACT_PLAN_BAD,    /* its name is no text of 0..40 */
	CONTRACT_DAY_BAD,     /* no day, past, or no such time zone */
	CONTRACT_NOT_DUE,     /* the certificate, not yet */
	CONTRACT_KEY_BAD,     /* nothing to sign it with */
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
 * contract_activate_again(ctx, name, tenant, token, expires_at, outcome, f):
 * Another activation for the first administrator of the tenant of that name,
 * in place of the one before, as long as nobody has come in.
 */
bool contract_activate_again(struct context *, const char *, struct tenant *,
    char[CONTRACT_TOKEN_CHARS + 1], int64_t *, enum contract_outcome *,
    struct fault *) MUST_CHECK;

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

/* What was agreed, and how much of it is used; a limit of 0 is none. */
enum contract_limit {
	CONTRACT_MEMBERS,      /* not disabled */
	CONTRACT_OFFICES,      /* open */
	CONTRACT_DEVICES,      /* not revoked */
	CONTRACT_APPOINTMENTS, /* booked, by the month they start in */
	CONTRACT_LIMIT__MAX
};

struct contract {
	char plan[4 * CONTRACT_PLAN_MAX + 1];
	int64_t limits[CONTRACT_LIMIT__MAX];
	int64_t used[CONTRACT_LIMIT__MAX];
};

/* Which tenants; what is NULL does not matter. */
struct contract_query {
	const char *after;  /* the short name of the last one seen */
	const char *search; /* in its names */
	const char *state;
	int limit;
};

/* A tenant, and what was agreed with it. */
struct contract_row {
	struct tenant tenant;
	struct contract contract; /* without what is used */
};

/**
 * contract_page(ctx, query, rows, n, f):
 * Tenants by their short name; the caller frees the array.
 */
bool contract_page(struct context *, const struct contract_query *,
    struct contract_row **, size_t *, struct fault *) MUST_CHECK;

/**
 * contract_find(ctx, id, row, found, f):
 * The tenant of that id; ${ctx} gets its scope.
 */
bool contract_find(struct context *, const char *, struct contract_row *,
    bool *, struct fault *) MUST_CHECK;

/**
 * contract_invite(ctx, tenant, token, expires_at, name, email, posted, f):
 * Mail the link with the activation ${token} that was made.
 * ${posted} is false where no mail can go (there is no key to seal it under, or
 * mails are only previewed): then show the link.
 */
bool contract_invite(struct context *, const struct tenant *, const char *,
    int64_t, const char *, const char *, bool *, struct fault *) MUST_CHECK;

/**
 * contract_link(tenant, token, out, size):
 * The address at which the first administrator comes in.
 */
void contract_link(const struct tenant *, const char *, char *, size_t);

/**
 * contract_enter(ctx, name, found, f):
 * Give ${ctx}, without a transaction, the scope of the tenant of that name.
 */
bool contract_enter(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;

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

/**
 * contract_limit_name(limit):
 * Its name in the API and at the command line: "members", ...
 */
const char *contract_limit_name(enum contract_limit);

/**
 * contract_show(ctx, contract, f):
 * The contract of the tenant of ${ctx}'s scope, as it may see it.
 */
bool contract_show(
    struct context *, struct contract *, struct fault *) MUST_CHECK;

/**
 * contract_limits(ctx, contract, f):
 * The same without what is used, for the operator, who cannot count people.
 */
bool contract_limits(
    struct context *, struct contract *, struct fault *) MUST_CHECK;

/**
 * contract_plan(ctx, name, contract, outcome, f):
 * Agree ${contract}'s plan and limits, in place of what was.  They hold for
 * what is added from now on.
 */
bool contract_plan(struct context *, const char *, const struct contract *,
    enum contract_outcome *, struct fault *) MUST_CHECK;

/**
 * contract_end(ctx, name, day, time_zone, days, tenant, outcome, f):
 * Use stops when ${day} begins in ${time_zone}; ${days} (CONTRACT_EXPORT_MIN
 * to _MAX) later the data goes.  ${tenant} says when that is.
 * contract_end_cancel takes it back, until then.
 */
bool contract_end(struct context *, const char *, const char *, const char *,
    int, struct tenant *, enum contract_outcome *, struct fault *) MUST_CHECK;
bool contract_end_cancel(struct context *, const char *,
    enum contract_outcome *, struct fault *) MUST_CHECK;

/* How far the destruction of a tenant's data has come; 0 is not yet. */
struct contract_destruction {
	bool keys_shared;   /* with other tenants: they stay */
	int64_t keys_until; /* when the key service destroys them */
	int64_t keys_gone;  /* it has */
	int64_t rows_gone;  /* nothing is left in the database */
	int64_t due;        /* when the certificate may be issued */
	json_t *counts;     /* by table: rows that went */
	char *keys;         /* their ids, separated by spaces */
	char *own;          /* those that no other tenant has, or NULL */
};

/**
 * contract_sweep(ctx, tenant, destruction, f):
 * Do for the tenant of ${ctx}'s scope what its contract's end brings at this
 * moment, if anything: stop it, have its keys destroyed, delete its rows in
 * batches, look whether the keys are gone.  May be interrupted at any moment
 * and called again.  The caller passes ${destruction} to
 * contract_destruction_free.
 */
bool contract_sweep(struct context *, const struct tenant *,
    struct contract_destruction *, struct fault *) MUST_CHECK;
void contract_destruction_free(struct contract_destruction *);

/**
 * contract_certify(ctx, name, key, certificate, signature, destruction,
 *	outcome, f):
 * The certificate that the tenant's data was destroyed, in Japanese and
 * English, with the SHA-256 of its id, of each key's id and of the counts, and
 * a signature by ${key} (signature.h) in base64.  Made once; afterwards the
 * same.  The caller frees both texts.  CONTRACT_NOT_DUE with ${destruction}
 * filled, while a copy of the key ring may have its keys.
 */
bool contract_certify(struct context *, const char *, const char *, char **,
    char **, struct contract_destruction *, enum contract_outcome *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_CONTRACT_H */
