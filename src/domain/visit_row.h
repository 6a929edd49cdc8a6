#ifndef GENKAN_VISIT_ROW_H
#define GENKAN_VISIT_ROW_H

#include "base.h"
#include "context.h"
#include "db.h"
#include "visit.h"

/* How the visit's own modules read its rows; nobody else needs this. */

/* The whole calendar, for a list without from and to. */
#define VISIT_DAY_FIRST "1970-01-02"
#define VISIT_DAY_LAST  "9990-01-01"

/*
 * The first six arguments of visit_page, visit_page_own and visit_export: what
 * a struct visit_query asks for, beyond a struct cursor.
 */
#define VISIT_ROW_ARGS(query, cursor)                                         \
	DB_TEXT((cursor)->at), DB_TEXT((cursor)->id),                         \
	    DB_TEXT((query)->from == NULL ? VISIT_DAY_FIRST : (query)->from), \
	    DB_TEXT((query)->to == NULL ? VISIT_DAY_LAST : (query)->to),      \
	    DB_TEXT((query)->office_id),                                      \
	    DB_TEXT(visit_row_states((query)->state))

/* Opaque types. */
struct fault;

enum visit_state visit_row_state(const char *);
enum visit_left_by visit_row_left_by(const char *); /* NULL is nobody */

/**
 * visit_row_states(state):
 * The text[] of the states that a query's ${state} means; NULL means all.
 */
const char *visit_row_states(const char *);

/**
 * visit_row_read(ctx, rows, i, v, f):
 * Everything but the hosts, from row ${i} of visit_get, visit_page and so on.
 * visit_row_people(ctx, rows, i, v, f): the cells only; ${v} has the ids.
 */
bool visit_row_read(struct context *, struct rows *, int, struct visit *,
    struct fault *) MUST_CHECK;
bool visit_row_people(struct context *, struct rows *, int, struct visit *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_VISIT_ROW_H */
