#ifndef GENKAN_OFFICE_H
#define GENKAN_OFFICE_H

#include "base.h"
#include "context.h"

/* An office is a place with reception tablets, a time zone and hours. */

/* Opaque types. */
struct fault;

struct office {
	uuid_text id;
	int version;
	char name[401];
	char address[1201];
	char guidance[1201]; /* where to go after the welcome */
	char map_url[2001];  /* "" or https */
	char phone[161];     /* what to call when all else fails */
	char time_zone[61];  /* as PostgreSQL knows it: Asia/Tokyo */
	char opens_at[6];    /* 08:00 */
	char closes_at[6];
	int early_minutes;  /* how long before the start a check-in is taken */
	bool closed;        /* given up; old records remain */
	bool open_now;      /* within its hours at this moment */
	int offset_minutes; /* of its time zone, east of UTC, at this moment */
};

/**
 * office_show(ctx, id, office, found, f):
 * One office.
 */
bool office_show(struct context *, const char *, struct office *, bool *,
    struct fault *) MUST_CHECK;

/**
 * office_list(ctx, offices, n, f):
 * All of them by name, the closed ones last; the caller frees the array.
 */
bool office_list(
    struct context *, struct office **, size_t *, struct fault *) MUST_CHECK;

enum office_outcome {
	OFFICE_DONE,
	OFFICE_NO_TIME_ZONE, /* PostgreSQL knows no such zone */
	OFFICE_CONFLICT,     /* ${office}->version is not the current one */
	OFFICE_NOT_FOUND,
	OFFICE_OUTCOME__MAX
};

/**
 * office_create(ctx, office, outcome, f), office_update(ctx, office, outcome,
 *	f):
 * Write the ${office}; office_create gives it an id.  Both read it back.
 */
bool office_create(struct context *, struct office *, enum office_outcome *,
    struct fault *) MUST_CHECK;
bool office_update(struct context *, struct office *, enum office_outcome *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_OFFICE_H */
