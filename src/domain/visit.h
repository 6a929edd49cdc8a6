#ifndef GENKAN_VISIT_H
#define GENKAN_VISIT_H

#include "base.h"
#include "appointment.h"
#include "context.h"

/*
 * A visit is what happened:
 *
 *	arrived --meet--> met --depart--> left
 *	   |                ^---undo-------|
 *	   +--undo (60 s)--> undone
 *
 * A check-in (checkin.h) makes it and its id is the check-in's id.  Each arrow
 * is one statement in sql/query/visit.sql, and the guard of the arrow is that
 * statement's WHERE clause.
 */

/* Opaque types. */
struct fault;

enum visit_state {
	VISIT_ARRIVED,
	VISIT_MET,
	VISIT_LEFT,
	VISIT_UNDONE,
	VISIT_STATE__MAX
};

enum visit_via {
	VISIT_VIA_PASS,
	VISIT_VIA_CODE,
	VISIT_VIA_WALK_IN,
	VISIT_VIA_RECEPTION,
	VISIT_VIA__MAX
};

enum visit_left_by {
	VISIT_LEFT_BY_NOBODY, /* still inside, or undone */
	VISIT_LEFT_BY_TABLET,
	VISIT_LEFT_BY_MEMBER,
	VISIT_LEFT_BY_AUTOMATIC,
	VISIT_LEFT_BY__MAX
};

struct visit {
	uuid_text id;
	int version;
	enum visit_state state;
	enum visit_via via;
	uuid_text guest_id;
	uuid_text appointment_id; /* "" for a walk-in */
	char *guest;
	char *kana; /* or NULL, like the next three */
	char *company;
	char *title;
	char *room;
	int people; /* guest and companions */
	struct host *hosts;
	size_t nhosts;
	struct place place;
	int offset; /* of the office, minutes east of UTC at arrival */
	bool late;
	int64_t arrived_at; /* epoch milliseconds; the others 0 where not yet */
	int64_t met_at;
	int64_t left_at;
	int64_t undone_at;
	enum visit_left_by left_by;
	char *device; /* the tablet's name, or NULL */
};

/**
 * visit_free(v), visit_free_list(list, n):
 * Wipe and free what ${v} holds, not ${v} itself; the latter the list too.
 */
void visit_free(struct visit *);
void visit_free_list(struct visit *, size_t);

const char *visit_state_name(enum visit_state);
const char *visit_via_name(enum visit_via);
const char *visit_left_by_name(enum visit_left_by); /* NULL for nobody */

/* What the hosts and the house are told of. */
enum visit_event {
	VISIT_EVENT_ARRIVED,
	VISIT_EVENT_UNDONE,
	VISIT_EVENT_LEFT,
	VISIT_EVENT_CALLED,
	VISIT_EVENT__MAX
};

/**
 * visit_tell(ctx, visit, event, at, f):
 * Put the notices of ${event}, which happened at ${at}, into the outbox.  Of a
 * department all active members are told.
 */
bool visit_tell(struct context *, const struct visit *, enum visit_event,
    int64_t, struct fault *) MUST_CHECK;

/* How a change ended. */
enum visit_verdict {
	VISIT_OK,
	VISIT_NOT_FOUND,
	VISIT_CONFLICT,   /* somebody else changed it first */
	VISIT_NOT_INSIDE, /* nobody to leave, meet or call for */
	VISIT_NOT_LEFT,   /* no departure to take back */
	VISIT_TOO_LATE,   /* a departure of another day */
	VISIT_VERDICT__MAX
};

/**
 * visit_show(ctx, reach, id, v, found, f):
 * Read one visit.
 */
bool visit_show(struct context *, const struct reach *, const char *,
    struct visit *, bool *, struct fault *) MUST_CHECK;

/* Which visits to list or export. */
struct visit_query {
	const char *from; /* YYYY-MM-DD of the office's calendar, or NULL */
	const char *to;   /* inclusive, or NULL */
	const char *office_id; /* or NULL */
	const char *state;     /* a state, "inside", or NULL */
	const char *q;         /* guest, company or host; or NULL */
	const char *after;
	int limit;
};

/**
 * visit_list(ctx, reach, query, listp, np, next, f):
 * A page, newest arrival first, to be freed by visit_free_list; ${next} (200
 * bytes) as in appointment_list.
 */
bool visit_list(struct context *, const struct reach *,
    const struct visit_query *, struct visit **, size_t *, char *,
    struct fault *) MUST_CHECK;

/**
 * visit_meet(ctx, reach, id, version, verdict, f): the host has met the guest.
 * visit_rename(ctx, reach, id, version, name, company, verdict, f): correct
 *	what the guest is called; NULL leaves, "" takes a company away.
 * visit_depart(ctx, reach, id, verdict, f): a member says the guest has left.
 * visit_undepart(ctx, reach, id, verdict, f): that was a mistake, same day.
 * visit_call(ctx, reach, id, sent, verdict, f): tell the hosts again.
 * Each is logged, and tells who must be told, in the same transaction.
 */
bool visit_meet(struct context *, const struct reach *, const char *, int,
    enum visit_verdict *, struct fault *) MUST_CHECK;
bool visit_rename(struct context *, const struct reach *, const char *, int,
    const char *, const char *, enum visit_verdict *,
    struct fault *) MUST_CHECK;
bool visit_depart(struct context *, const struct reach *, const char *,
    enum visit_verdict *, struct fault *) MUST_CHECK;
bool visit_undepart(struct context *, const struct reach *, const char *,
    enum visit_verdict *, struct fault *) MUST_CHECK;
bool visit_call(struct context *, const struct reach *, const char *, int *,
    enum visit_verdict *, struct fault *) MUST_CHECK;

/**
 * visit_depart_forgotten(ctx, n, f):
 * Make the departures that were forgotten at offices whose closing time has
 * passed; ${n} gets how many.  For one tenant, in the caller's scope; run it
 * each minute.
 */
bool visit_depart_forgotten(struct context *, int *, struct fault *) MUST_CHECK;

/**
 * visit_inside(ctx, reach, office_id, listp, np, f):
 * Everybody inside the office now, first arrival first.
 */
bool visit_inside(struct context *, const struct reach *, const char *,
    struct visit **, size_t *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_VISIT_H */
