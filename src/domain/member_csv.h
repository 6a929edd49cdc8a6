#ifndef GENKAN_MEMBER_CSV_H
#define GENKAN_MEMBER_CSV_H

#include "base.h"
#include "context.h"
#include "csv.h"
#include "member.h"
#include "office.h"

/*
 * Members as CSV: the columns and words of the export and of the import, which
 * are the same.  Several roles, offices or departments stand in one cell with
 * ";" between them.  Headings and words are read in every language, and as the
 * API has them.
 */

/* Opaque types. */
struct fault;

enum member_column {
	MEMBER_COLUMN_EMAIL,
	MEMBER_COLUMN_NAME,
	MEMBER_COLUMN_KANA,
	MEMBER_COLUMN_LANGUAGE,
	MEMBER_COLUMN_ROLES,
	MEMBER_COLUMN_OFFICES,
	MEMBER_COLUMN_DEPARTMENTS,
	MEMBER_COLUMN_STATE,
	MEMBER_COLUMN__MAX
};

/**
 * member_column_name(column): its name in the API: "email".
 * member_column_find(heading): the column with that heading, or
 *	MEMBER_COLUMN__MAX.
 */
const char *member_column_name(enum member_column);
enum member_column member_column_find(const char *);

/**
 * member_csv_text(m, column, language, offices, n):
 * What the cell says of ${m}; ${offices} are all of the tenant's.  To be passed
 * to tenant_text_free; NULL if memory is full.
 */
char *member_csv_text(const struct member *, enum member_column, const char *,
    const struct office *, size_t) MUST_CHECK;

/**
 * member_csv_roles(text, roles), member_csv_standing(text, standing):
 * What a cell means; false if it is none of the words.
 */
bool member_csv_roles(const char *, unsigned *) MUST_CHECK;
bool member_csv_standing(const char *, enum member_standing *) MUST_CHECK;

/**
 * member_csv_word(list, word, size):
 * Copy the first word of ${list}, trimmed, and return where the next begins;
 * NULL when there is none.  What is longer than ${size} is cut.
 */
const char *member_csv_word(const char *, char *, size_t);

/**
 * member_csv_export(ctx, language, w, f):
 * Write all members, also the disabled, by kana or name, with a heading in
 * ${language}.
 */
bool member_csv_export(struct context *, const char *, struct csv_writer *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_MEMBER_CSV_H */
