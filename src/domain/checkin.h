#ifndef GENKAN_CHECKIN_H
#define GENKAN_CHECKIN_H

#include "base.h"
#include "context.h"
#include "visit.h"

/*
 * The moment at the tablet.  One statement decides and makes the visit; the
 * answer of a check-in is given again to a retry with the same key, down to
 * the undo secret, and nothing is repeated.
 */

#define CHECKIN_UNDO_MS   60000
#define CHECKIN_UNDO_MAX  2 /* per guest and day */
#define CHECKIN_HANDLE_MS 300000
#define CHECKIN_AGAIN_MS  600000 /* a retry comes by then */

/* Opaque types. */
struct fault;

/* What the tablet tells the visitor; names match the SQL, the problems and
 * the catalogs. */
enum checkin_verdict {
	CHECKIN_WELCOME,
	CHECKIN_UNKNOWN_PASS, /* forged, re-issued, or another tenant's */
	CHECKIN_UNKNOWN_CODE, /* or of another office or day */
	CHECKIN_OTHER_OFFICE,
	CHECKIN_CANCELLED,
	CHECKIN_TOO_EARLY,
	CHECKIN_TOO_LATE,
	CHECKIN_ALREADY_IN,
	CHECKIN_CODE_BLOCKED,         /* too many wrong codes: wait */
	CHECKIN_CODE_NEEDS_RECEPTION, /* too many at this office today */
	CHECKIN_KEY_REUSED,           /* the key stands for another check-in */
	CHECKIN_VERDICT__MAX
};

const char *checkin_verdict_name(enum checkin_verdict);

/* One showing of one pass, code or row; exactly one of the first three. */
struct checkin_request {
	const char *pass;          /* at a device */
	const char *code;          /* at a device */
	const char *guest_id;      /* by a member, from the list */
	const char *key;           /* the same on every retry */
	const char *device_id;     /* or NULL */
	const char *office_id;     /* of the device; NULL for a member */
	const struct reach *reach; /* of a member; NULL for a device */
};

struct checkin {
	enum checkin_verdict verdict;
	struct visit visit;   /* CHECKIN_WELCOME and CHECKIN_ALREADY_IN */
	char *guest;          /* what to call the guest on the screen */
	char undo_secret[33]; /* "" when a member checked in */
	int64_t undo_until;
	int64_t from;    /* CHECKIN_TOO_EARLY: when check-in opens */
	int64_t until;   /* CHECKIN_TOO_LATE: when it was over */
	int offset;      /* of the office, for the two */
	char handle[65]; /* CHECKIN_ALREADY_IN at a device */
	int retry_after; /* CHECKIN_CODE_BLOCKED, seconds */
	bool keep;       /* a wrong code was counted: commit all the same */
};

/**
 * checkin_make(ctx, request, c, f):
 * Decide, and on a welcome make the visit, tell the hosts and log it.  Every
 * verdict is an answer.  Call within a transaction; the caller passes ${c} to
 * checkin_free.
 */
bool checkin_make(struct context *, const struct checkin_request *,
    struct checkin *, struct fault *) MUST_CHECK;
void checkin_free(struct checkin *);

/**
 * checkin_again(ctx, device_id, key, c, found, f):
 * The welcome that the device's check-in under ${key} was answered with, once
 * more; ${found} says whether there is one.
 */
bool checkin_again(struct context *, const char *, const char *,
    struct checkin *, bool *, struct fault *) MUST_CHECK;

/* A guest without appointment. */
struct walk_in {
	const char *name;
	const char *company; /* or NULL */
	int people;
	const char *host_id;       /* at most one of these two; both may be */
	const char *department_id; /* NULL: the reception takes care */
	const char *office_id;
	const char *device_id; /* or NULL when a member does it */
	const char *key;
	const char *language; /* "ja" or "en" */
};

/**
 * checkin_walk_in(ctx, walk_in, c, found, f):
 * Always welcome; ${found} says whether there is such a host or department.
 * A retry with the same key gets the same answer.
 */
bool checkin_walk_in(struct context *, const struct walk_in *, struct checkin *,
    bool *, struct fault *) MUST_CHECK;

/**
 * checkin_undo(ctx, device_id, visit_id, secret, undone, f):
 * Take a check-in back: the same device, the secret of its answer, within 60
 * seconds, before the host has met the guest, twice per guest and day.  The
 * visit stays as undone and the hosts are told.
 */
bool checkin_undo(struct context *, const char *, const char *, const char *,
    bool *, struct fault *) MUST_CHECK;

/**
 * checkin_state(ctx, device_id, visit_id, state, version, found, f):
 * How far a visit is that this device checked in today.
 */
bool checkin_state(struct context *, const char *, const char *,
    enum visit_state *, int *, bool *, struct fault *) MUST_CHECK;

/**
 * checkin_handle_check(ctx, device_id, visit_id, handle, good, f):
 * Did this device get ${handle} for ${visit_id} within the last 5 minutes?
 */
bool checkin_handle_check(struct context *, const char *, const char *,
    const char *, bool *, struct fault *) MUST_CHECK;

/* How a departure at the tablet ended. */
enum departure_verdict {
	DEPARTURE_GOODBYE,
	DEPARTURE_UNKNOWN_PASS,
	DEPARTURE_UNKNOWN_CODE,
	DEPARTURE_NOT_INSIDE,
	DEPARTURE_CODE_BLOCKED,
	DEPARTURE_CODE_NEEDS_RECEPTION,
	DEPARTURE_VERDICT__MAX
};

struct departure {
	enum departure_verdict verdict;
	uuid_text visit_id;
	int64_t left_at;
	int offset;
	int retry_after;
	bool keep;
};

/**
 * checkin_depart(ctx, device_id, office_id, pass, code, visit_id, d, f):
 * Leave, at the tablet: by exactly one of pass, code and visit (whose handle
 * the caller has checked).
 */
bool checkin_depart(struct context *, const char *, const char *, const char *,
    const char *, const char *, struct departure *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_CHECKIN_H */
