#ifndef GENKAN_CURSOR_H
#define GENKAN_CURSOR_H

#include "base.h"

/*
 * Where a page of a list ended: the moment its last row is sorted by, in
 * microseconds since 1970, and that row's id.  Written "MICROSECONDS.ID".
 */

#define CURSOR_SIZE 64

/* The ends of time, as PostgreSQL and our forms can write it. */
#define CURSOR_FIRST INT64_C(0)
#define CURSOR_LAST  INT64_C(253402300799999999) /* 9999-12-31 */

struct cursor {
	char at[24]; /* for a statement */
	uuid_text id;
};

/**
 * cursor_first(c), cursor_last(c):
 * Before every row, and after every row.
 */
void cursor_first(struct cursor *);
void cursor_last(struct cursor *);

/**
 * cursor_read(text, c):
 * False if ${text} is no cursor.
 */
bool cursor_read(const char *, struct cursor *) MUST_CHECK;

/**
 * cursor_set(c, at, id), cursor_write(c, out):
 * The cursor after the row with that moment and id; its text.
 */
void cursor_set(struct cursor *, int64_t, const char *);
void cursor_write(const struct cursor *, char[CURSOR_SIZE]);

#endif /* !GENKAN_CURSOR_H */
