#ifndef GENKAN_APPOINTMENT_H
#define GENKAN_APPOINTMENT_H

#include "base.h"
#include "context.h"
#include "guest.h"
#include "host.h"

/*
 * An appointment: one or more hosts expect one or more guests at one office.
 *
 *	booked --cancel--> cancelled --undo (10 s)--> booked
 *
 * What the guests do is the visit's story (visit.h).  A change tells the
 * guests through the outbox, ten seconds later, so that it can be taken back.
 */

#define APPOINTMENT_GUESTS_MAX 100
#define APPOINTMENT_HOSTS_MAX  20
#define APPOINTMENT_DAYS_MAX   366
#define APPOINTMENT_LIST_DAYS  92 /* of a search */
#define APPOINTMENT_UNDO_MS    10000

/* Opaque types. */
struct fault;

enum appointment_kind {
	APPOINTMENT_SINGLE,
	APPOINTMENT_PERIOD, /* the pass admits again and again, till the end */
	APPOINTMENT_KIND__MAX
};

enum appointment_state {
	APPOINTMENT_BOOKED,
	APPOINTMENT_CANCELLED,
	APPOINTMENT_STATE__MAX
};

struct appointment {
	uuid_text id;
	int version;
	int sequence; /* of the calendar part, RFC 5545 3.8.7.4 */
	enum appointment_kind kind;
	enum appointment_state state;
	char *title;
	char *room; /* or NULL */
	char *note; /* or NULL; shown to the guests */
	struct place place;
	int64_t starts_at; /* epoch milliseconds */
	int64_t ends_at;
	int starts_offset; /* minutes east of UTC there and then */
	int ends_offset;
	uuid_text created_by;
	char tag[7]; /* of the tenant, for page addresses; not in lists */
	struct host *hosts; /* in the order they were given */
	size_t nhosts;
	struct guest *guests; /* those expected, in order; removed ones last */
	size_t nguests;
	const char *warning; /* "outside_hours" or NULL */
};

/**
 * appointment_free(a), appointment_free_list(list, n):
 * Wipe and free what ${a} holds, not ${a} itself; the latter the list too.
 */
void appointment_free(struct appointment *);
void appointment_free_list(struct appointment *, size_t);

const char *appointment_kind_name(enum appointment_kind);
const char *appointment_state_name(enum appointment_state);

/* What somebody wants an appointment to be. */
struct appointment_edit {
	enum appointment_kind kind;
	const char *title;
	const char *office_id;
	const char *room; /* or NULL */
	const char *note; /* or NULL */
	int64_t starts_at;
	int64_t ends_at;
	const char *const *hosts; /* member ids */
	size_t nhosts;
	const struct guest_edit *guests;
	size_t nguests;
	bool invite; /* tell the guests */
	int version; /* of a change: what was read */
};

/* How an edit ended; every value but OK names the field that is wrong. */
enum appointment_verdict {
	APPOINTMENT_OK,
	APPOINTMENT_IN_PAST,     /* starts_at */
	APPOINTMENT_END_IN_PAST, /* ends_at */
	APPOINTMENT_END_FIRST,   /* ends_at is not after starts_at */
	APPOINTMENT_TOO_LONG,    /* ends_at: over 366 days */
	APPOINTMENT_AFTER_END,   /* ends_at: the contract is over by then */
	APPOINTMENT_NO_OFFICE,   /* office_id */
	APPOINTMENT_NO_HOST,     /* hosts/index */
	APPOINTMENT_NO_GUEST,    /* guests/index/id */
	APPOINTMENT_NOT_FOUND,   /* the appointment */
	APPOINTMENT_CONFLICT,    /* somebody else changed it first */
	APPOINTMENT_NOT_BOOKED,  /* it is cancelled */
	APPOINTMENT_TOO_LATE,    /* the ten seconds of the undo are over */
	APPOINTMENT_VERDICT__MAX
};

/* Whose records somebody may see. */
enum reach_kind {
	REACH_OWN,     /* as host or organiser */
	REACH_OFFICES, /* and all of the offices they serve at */
	REACH_ALL,
	REACH_KIND__MAX
};

struct reach {
	enum reach_kind kind;
	uuid_text member_id;
};

/**
 * appointment_create(ctx, edit, id, verdict, index, f):
 * Book, make passes and codes, put the invitations in the outbox, and log it.
 * ${index} gets which host or guest a verdict is about.
 */
bool appointment_create(struct context *, const struct appointment_edit *,
    uuid_text, enum appointment_verdict *, size_t *, struct fault *) MUST_CHECK;

/**
 * appointment_update(ctx, reach, id, edit, verdict, index, f):
 * Replace.  Guests with an id keep their pass; changed time, place or guests
 * send updates, new guests get invitations, removed ones a cancellation.
 */
bool appointment_update(struct context *, const struct reach *, const char *,
    const struct appointment_edit *, enum appointment_verdict *, size_t *,
    struct fault *) MUST_CHECK;

/**
 * appointment_cancel(ctx, reach, id, verdict, f),
 * appointment_uncancel(ctx, reach, id, verdict, f):
 * Cancel: passes and codes open nothing at once, the guests are told after
 * ten seconds; or take that back within them.
 */
bool appointment_cancel(struct context *, const struct reach *, const char *,
    enum appointment_verdict *, struct fault *) MUST_CHECK;
bool appointment_uncancel(struct context *, const struct reach *, const char *,
    enum appointment_verdict *, struct fault *) MUST_CHECK;

/**
 * appointment_show(ctx, reach, id, secrets, a, found, f):
 * Read one whole appointment; the guests' passes, codes and page tokens only
 * with ${secrets}.
 */
bool appointment_show(struct context *, const struct reach *, const char *,
    bool, struct appointment *, bool *, struct fault *) MUST_CHECK;

/**
 * appointment_page_url(a, guest):
 * The address of the guest's pass page, both read with secrets; to be passed
 * to tenant_text_free.  NULL if memory is full.
 */
char *appointment_page_url(
    const struct appointment *, const struct guest *) MUST_CHECK;

/* Which appointments to list. */
struct appointment_query {
	const char *from; /* YYYY-MM-DD of the office's calendar, or NULL */
	const char *to;   /* inclusive, or NULL */
	const char *office_id; /* or NULL */
	bool mine;             /* only the own ones, whatever the reach */
	const char *q;     /* guest, company, title, host or room; or NULL */
	const char *after; /* cursor of the page before, or NULL */
	int limit;
};

/**
 * appointment_list(ctx, reach, query, listp, np, next, f):
 * A page by start time, to be freed by appointment_free_list.  ${next} (200
 * bytes) gets the cursor of the next page or "".  A cursor that is none of ours
 * starts at the beginning.
 */
bool appointment_list(struct context *, const struct reach *,
    const struct appointment_query *, struct appointment **, size_t *, char *,
    struct fault *) MUST_CHECK;

/**
 * appointment_invite(ctx, reach, id, guest_id, reissue, sent, verdict, f):
 * Send the invitation again to all guests with an address, or to ${guest_id};
 * with ${reissue} their old passes and codes die.
 */
bool appointment_invite(struct context *, const struct reach *, const char *,
    const char *, bool, int *, enum appointment_verdict *,
    struct fault *) MUST_CHECK;

/**
 * appointment_withdraw(ctx, reach, id, withdrawn, verdict, f):
 * Take back the invitations and updates that still wait.
 */
bool appointment_withdraw(struct context *, const struct reach *, const char *,
    int *, enum appointment_verdict *, struct fault *) MUST_CHECK;

/**
 * appointment_hand_over(ctx, from, to, n, f):
 * Whatever the member ${from} still expects guests for, ${n} appointments, has
 * the member ${to} as host instead; guests who knew ${from} as their host are
 * told.
 * appointment_upcoming(ctx, member_id, n, f):
 * How many that would be.
 */
bool appointment_hand_over(struct context *, const char *, const char *,
    size_t *, struct fault *) MUST_CHECK;
bool appointment_upcoming(
    struct context *, const char *, size_t *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_APPOINTMENT_H */
