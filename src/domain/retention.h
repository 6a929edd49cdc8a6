#ifndef GENKAN_RETENTION_H
#define GENKAN_RETENTION_H

#include "base.h"
#include "context.h"

/*
 * How long a tenant keeps things, and the daily deletion of what is older.
 *
 *	visits		the records, by the day of arrival
 *	appointments	with guests, passes and codes, by their last day; one
 *			whose visits are kept longer stays as their heading,
 *			without addresses, phone numbers, passes and codes
 *	deliveries	when and how each was sent
 *	log		the operation log's rows; 0 days: without end
 *
 * The log is evidence, so it is kept unless somebody chose otherwise, and for
 * a year at least: who looks into something asks months later (365 is what
 * operation_cut of the database and operation_chain.h hold to as well).  It
 * goes only up to a head that the log itself announced the day before.
 *
 * Days are the office's.  Nobody who is
 * inside is deleted, and the database lets web delete nothing that is younger
 * than the shortest period one can choose.
 */

#define RETENTION_CONTACT_MAX 500 /* code points */

/* Opaque types. */
struct fault;

enum retention_kind {
	RETENTION_VISITS,
	RETENTION_APPOINTMENTS,
	RETENTION_DELIVERIES,
	RETENTION_LOG,
	RETENTION_KIND__MAX
};

struct retention_limit {
	const char *name;       /* "visits" */
	const char *member;     /* in the API: "visit_days" */
	int least, usual, most; /* days; usual 0: may be without end */
};

struct retention {
	int days[RETENTION_KIND__MAX];
	char contact[4 * RETENTION_CONTACT_MAX + 1]; /* for visitors, or "" */
	int version;
};

/* What would go. */
struct retention_preview {
	int64_t n;
	char oldest[11]; /* YYYY-MM-DD, "" where there is nothing */
	char newest[11];
};

/**
 * retention_limit(kind):
 * What may be chosen for ${kind}.
 */
const struct retention_limit *retention_limit(enum retention_kind);

/**
 * retention_show(ctx, r, f):
 * What the tenant chose, or the usual periods.
 */
bool retention_show(
    struct context *, struct retention *, struct fault *) MUST_CHECK;

/**
 * retention_update(ctx, r, done, f):
 * Choose; ${done} is false where somebody else did after ${r}->version.
 */
bool retention_update(
    struct context *, struct retention *, bool *, struct fault *) MUST_CHECK;

/**
 * retention_preview(ctx, days, previews, f):
 * What would go at once if those ${days} were chosen.
 */
bool retention_preview(struct context *, const int[RETENTION_KIND__MAX],
    struct retention_preview[RETENTION_KIND__MAX], struct fault *) MUST_CHECK;

/**
 * retention_sweep(ctx, more, f):
 * One batch of the daily deletion, within the caller's transaction, with its
 * line in the operation log.  ${more} says that there may be more: commit,
 * pause, and call again; otherwise today's is done or another worker's.
 */
bool retention_sweep(struct context *, bool *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_RETENTION_H */
