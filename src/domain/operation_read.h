#ifndef GENKAN_OPERATION_READ_H
#define GENKAN_OPERATION_READ_H

#include <jansson.h>

#include "base.h"
#include "context.h"

/* Reading the operation log, for system administrators. */

#define OPERATION_PAGE_MAX 1000

/* Opaque types. */
struct fault;

/* What is wanted; what may be NULL is then not looked at. */
struct operation_query {
	const char *from;  /* RFC 3339, or NULL */
	const char *until; /* not with it, or NULL */
	const char *actor_id;
	const char *actor_kind;
	const char *action; /* "visit.shown", or "visit" for all of them */
	const char *object_id;
	const char *refused; /* "true": what was refused; "false": the rest */
	const char *after;   /* a cursor */
	int limit;
};

struct operation {
	int64_t seq;
	uuid_text id;
	int64_t at;
	int offset;       /* minutes, of the first office's zone */
	int64_t position; /* in the chain; 0 until it is linked */
	const char *actor_kind;
	const char *actor_id; /* each NULL where there is none */
	char *actor_name;
	const char *address;
	const char *action;
	const char *object_id;
	char *object_name;
	const char *result;
	char *detail; /* JSON */
	bool damaged; /* there was a detail, and it does not open */
};

struct operation_page {
	struct operation *items;
	size_t n;
	char next[64]; /* the cursor of the next page, or "" */
	struct rows *rows;
};

/**
 * operation_page(ctx, query, page, f):
 * At most ${query}->limit rows, newest first, with the names of members,
 * devices, offices, departments and channels that are still there.  Within the
 * caller's transaction.  Pass ${page} to operation_page_free, even after a
 * fault.  A detail that does not open damages its row only: the log must be
 * readable when somebody has meddled with it.
 */
bool operation_page(struct context *, const struct operation_query *,
    struct operation_page *, struct fault *) MUST_CHECK;
void operation_page_free(struct operation_page *);

/* How far the log is chained (positions count its rows) and authenticated. */
struct operation_state {
	int64_t position; /* 0: nothing yet */
	int64_t chained_at;
	int64_t waiting; /* rows of the last day without a link */
	int64_t sealed;  /* 0: nothing yet */
	int64_t sealed_at;
	bool broken; /* courier found something wrong when it sealed */
};

/**
 * operation_state(ctx, state, f):
 * The state of the log of ${ctx}'s tenant.
 */
bool operation_state(
    struct context *, struct operation_state *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATION_READ_H */
