#ifndef GENKAN_OPERATOR_LOG_H
#define GENKAN_OPERATOR_LOG_H

#include "base.h"
#include "context.h"

/*
 * What those who run the installation did, on which tenant, from where, and
 * what they were refused: append-only, and no tenant's.  What is done to a
 * tenant stands in that tenant's operation log too; operation_log_add sees to
 * both, whichever way the operator came.
 */

#define OPERATOR_LOG_SECONDS 900 /* the same look within these is one */

/* Opaque types. */
struct fault;
struct rows;

/**
 * operator_log_add(ctx, action, tenant_id, object_id, result, f):
 * Note that ${ctx}'s operator did ${action}; both ids may be NULL or "".
 */
bool operator_log_add(struct context *, const char *, const char *,
    const char *, const char *, struct fault *) MUST_CHECK;

/**
 * operator_log_seldom(ctx, action, tenant_id, object_id, result, seconds, f):
 * The same, unless it stands there since ${seconds} already.  Runs alone.
 */
bool operator_log_seldom(struct context *, const char *, const char *,
    const char *, const char *, int, struct fault *) MUST_CHECK;

/* Which lines; what is NULL does not matter. */
struct operator_log_query {
	const char *before;      /* its sequence number */
	const char *action;      /* how it begins */
	const char *operator_id; /* whose */
	const char *tenant_id;
	const char *refused; /* "true", "false" */
	const char *from, *until;
	int limit;
};

/**
 * operator_log_page(ctx, query, rows, f):
 * Newest first, as statement operator_log_page has them.  The caller passes
 * ${rows} to rows_free.
 */
bool operator_log_page(struct context *, const struct operator_log_query *,
    struct rows **, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATOR_LOG_H */
