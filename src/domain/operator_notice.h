#ifndef GENKAN_OPERATOR_NOTICE_H
#define GENKAN_OPERATOR_NOTICE_H

#include "base.h"
#include "context.h"

/*
 * What the operator tells tenants: of maintenance one to two weeks ahead, of
 * incidents, of anything else.  A notice to everybody is public and stands on
 * the status page too; one to some tenants is theirs alone.  Each member sees
 * it until it has read it, or it is over or withdrawn.
 */

#define OPERATOR_NOTICE_TEXT_MAX 1000 /* code points */

/* Opaque types. */
struct fault;

enum operator_notice_kind {
	OPERATOR_NOTICE_MAINTENANCE,
	OPERATOR_NOTICE_INCIDENT,
	OPERATOR_NOTICE_INFO,
	OPERATOR_NOTICE_KIND__MAX
};

struct operator_notice {
	uuid_text id;
	enum operator_notice_kind kind;
	char *ja, *en;
	bool everybody;
	bool read;            /* by the member it was listed for */
	int64_t starts_at;    /* milliseconds, of what it is about */
	int64_t ends_at;      /* 0: until it is withdrawn */
	int64_t withdrawn_at; /* 0: it is not */
};

struct operator_notice_list {
	struct operator_notice *items;
	size_t n;
};

enum operator_notice_outcome {
	OPERATOR_NOTICE_DONE,
	OPERATOR_NOTICE_TEXT_BAD,
	OPERATOR_NOTICE_TIME_BAD, /* no time with offset, or over already */
	OPERATOR_NOTICE_TENANT_UNKNOWN,
	OPERATOR_NOTICE_UNKNOWN, /* none of that id that is not withdrawn */
	OPERATOR_NOTICE_OUTCOME__MAX
};

/* What somebody wants to tell; times as RFC 3339, NULL is now and no end. */
struct operator_notice_draft {
	enum operator_notice_kind kind;
	const char *ja, *en;
	const char *from, *until;
	const char *const *tenants; /* their names; none is everybody */
	size_t ntenants;
};

/**
 * operator_notice_add(ctx, draft, id, outcome, f),
 * operator_notice_withdraw(ctx, id, outcome, f):
 * As the operator, without scope and transaction.  Both stand in the operation
 * log of each tenant that is told, and in the operator's (operator_log.h).
 */
bool operator_notice_add(struct context *, const struct operator_notice_draft *,
    uuid_text, enum operator_notice_outcome *, struct fault *) MUST_CHECK;
bool operator_notice_withdraw(struct context *, const char *,
    enum operator_notice_outcome *, struct fault *) MUST_CHECK;

/**
 * operator_notice_page(ctx, before, limit, rows, f):
 * What the operator told, newest first, before the one of that id (NULL: from
 * the first on), as the statement has it.  The caller passes ${rows} to
 * rows_free.
 */
bool operator_notice_page(struct context *, const char *, int, struct rows **,
    struct fault *) MUST_CHECK;

/**
 * operator_notice_list_public(ctx, list, f), operator_notice_list_tenant(ctx,
 *	list, f):
 * All that was ever told: to everybody; to the tenant of ${ctx}'s scope.  The
 * caller passes every list to operator_notice_list_free.
 */
bool operator_notice_list_public(
    struct context *, struct operator_notice_list *, struct fault *) MUST_CHECK;
bool operator_notice_list_tenant(
    struct context *, struct operator_notice_list *, struct fault *) MUST_CHECK;

/**
 * operator_notice_list(ctx, member_id, list, f):
 * What holds now for that member of the scope's tenant.
 */
bool operator_notice_list(struct context *, const char *,
    struct operator_notice_list *, struct fault *) MUST_CHECK;

/**
 * operator_notice_open(ctx, list, f):
 * What the status page shows.  Needs no scope.
 */
bool operator_notice_open(
    struct context *, struct operator_notice_list *, struct fault *) MUST_CHECK;
void operator_notice_list_free(struct operator_notice_list *);

/**
 * operator_notice_read(ctx, member_id, id, found, f):
 * The member has seen it.
 */
bool operator_notice_read(struct context *, const char *, const char *, bool *,
    struct fault *) MUST_CHECK;

/**
 * operator_notice_kind_name(kind), operator_notice_kind_parse(name, kind):
 * Its name in the database and the API, and back; false if it is none.
 */
const char *operator_notice_kind_name(enum operator_notice_kind);
bool operator_notice_kind_parse(
    const char *, enum operator_notice_kind *) MUST_CHECK;

#endif /* !GENKAN_OPERATOR_NOTICE_H */
