#ifndef GENKAN_TODAY_H
#define GENKAN_TODAY_H

#include "base.h"
#include "context.h"
#include "visit.h"

/* The day's list of one office. */

/* Opaque types. */
struct fault;

/* One line of the day's list: a guest, and the visit if there is one. */
struct today_row {
	struct guest guest;
	uuid_text appointment_id;
	char *title;
	char *room;
	struct host *hosts;
	size_t nhosts;
	int64_t starts_at; /* 0 for a walk-in */
	int64_t ends_at;
	bool cancelled;
	uuid_text visit_id; /* "" without a visit today */
	int visit_version;
	enum visit_state visit_state;
	int people;
	bool late;
	int64_t arrived_at;
	int64_t left_at;
	enum visit_left_by left_by;
};

struct today {
	char date[11];
	int offset; /* of the office, minutes east of UTC */
	int inside; /* people inside now */
	struct today_row *rows;
	size_t nrows;
};

/**
 * today_read(ctx, reach, office_id, t, found, f):
 * The office's day from midnight to midnight: who is expected, inside, gone;
 * and whoever is still inside from a day before.  ${found} says whether there
 * is such an office.
 */
bool today_read(struct context *, const struct reach *, const char *,
    struct today *, bool *, struct fault *) MUST_CHECK;
void today_free(struct today *);

#endif /* !GENKAN_TODAY_H */
