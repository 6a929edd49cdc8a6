#ifndef GENKAN_IMPORT_H
#define GENKAN_IMPORT_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "member.h"
#include "member_csv.h"

/*
 * Members from a CSV file (member_csv.h): read and shown first, then done as a
 * whole or not at all.  A member is known by the e-mail address.  Who is not
 * in the file stays as before, like a column that is not there: only the state
 * "disabled" deactivates.
 *
 * Kept is the file, as a cell, for an hour.  What it would do is reckoned anew
 * each time it is shown, and before it is done; when that has become something
 * else than was shown at first, the import is stale.
 */

#define IMPORT_LINES_MAX  5000
#define IMPORT_ERRORS_MAX 100 /* that are told; all are counted */

/* Opaque types. */
struct fault;

enum import_action {
	IMPORT_SAME,
	IMPORT_ADD,
	IMPORT_CHANGE,
	IMPORT_DISABLE,
	IMPORT_ACTION__MAX
};

struct import_row {
	long line; /* of the file, from 1 */
	enum import_action action;
	const struct member *old; /* NULL for a new one */
	struct member_new new;    /* for a new one */
	struct member_change change;
	unsigned changed; /* of enum member_column, a bit each */
	const char *cells[MEMBER_COLUMN__MAX]; /* NULL: no such column */
};

/* What is wrong, in words that have a text each: admin.import.error.<name>. */
struct import_error {
	long line;
	int column; /* of the file, from 1; 0: the line as a whole */
	enum member_column what; /* it is about, or MEMBER_COLUMN__MAX */
	const char *name;
};

/* What a file would do. */
struct import_plan {
	struct import_row *rows;
	size_t n;
	struct import_error errors[IMPORT_ERRORS_MAX];
	size_t nerrors; /* may be more */
	size_t counts[IMPORT_ACTION__MAX];
	uint8_t hash[32]; /* of all this */

	/* What the rows point into. */
	char *text;
	struct member_list members;
	struct office *offices;
	size_t noffices;
};

struct import {
	uuid_text id;
	enum csv_encoding encoding;
	enum import_state {
		IMPORT_READY,
		IMPORT_FAULTY, /* there are errors: nothing of it can be done */
		IMPORT_STALE,  /* it would do something else by now */
		IMPORT_DONE,
		IMPORT_STATE__MAX
	} state;
	int64_t expires_at; /* epoch milliseconds */
	size_t added, changed, disabled;
};

/* Why a file was not taken, or not done. */
enum import_verdict {
	IMPORT_OK,
	IMPORT_UNREADABLE,  /* neither UTF-8 nor CP932 */
	IMPORT_TOO_LONG,    /* more than IMPORT_LINES_MAX lines */
	IMPORT_NOT_FOUND,   /* or somebody else's, or over */
	IMPORT_NOT_READY,   /* faulty or stale */
	IMPORT_NOT_ALLOWED, /* no longer: see member_lock */
	IMPORT_VERDICT__MAX
};

const char *import_action_name(enum import_action);
const char *import_state_name(enum import_state);

/**
 * import_create(ctx, roles, bytes, len, id, verdict, f):
 * Take the file on behalf of ${ctx}'s actor, who has ${roles}.
 */
bool import_create(struct context *, unsigned, const uint8_t *, size_t,
    uuid_text, enum import_verdict *, struct fault *) MUST_CHECK;

/**
 * import_show(ctx, roles, id, import, plan, found, f):
 * The actor's own import, and what it would do; the plan of one that is done is
 * empty.  Pass ${plan} to import_plan_free even after a fault.
 */
bool import_show(struct context *, unsigned, const char *, struct import *,
    struct import_plan *, bool *, struct fault *) MUST_CHECK;

/**
 * import_confirm(ctx, id, verdict, f):
 * Do it: invitations are mailed, who is disabled is signed out.  Doing it again
 * changes nothing.  Roll back unless IMPORT_OK.
 */
bool import_confirm(struct context *, const char *, enum import_verdict *,
    struct fault *) MUST_CHECK;

/**
 * import_plan_make(ctx, roles, text, len, plan, too_long, f):
 * Read the file ${text}, which is taken.
 */
bool import_plan_make(struct context *, unsigned, char *, size_t,
    struct import_plan *, bool *, struct fault *) MUST_CHECK;
void import_plan_free(struct import_plan *);

#endif /* !GENKAN_IMPORT_H */
