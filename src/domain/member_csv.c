#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "text.h"

#include "gen_text.h"
#include "member_csv.h"
#include "role.h"
#include "tenant_key.h"

#define SEPARATOR ';'

static const struct {
	const char *name;
	enum text_key heading;
} columns[] = {
	[MEMBER_COLUMN_EMAIL] = { "email", TEXT_CSV_MEMBER_EMAIL },
	[MEMBER_COLUMN_NAME] = { "name", TEXT_CSV_MEMBER_NAME },
	[MEMBER_COLUMN_KANA] = { "kana", TEXT_CSV_MEMBER_KANA },
	[MEMBER_COLUMN_LANGUAGE] = { "language", TEXT_CSV_MEMBER_LANGUAGE },
	[MEMBER_COLUMN_ROLES] = { "roles", TEXT_CSV_MEMBER_ROLES },
	[MEMBER_COLUMN_OFFICES] = { "offices", TEXT_CSV_MEMBER_OFFICES },
	[MEMBER_COLUMN_DEPARTMENTS] = { "departments",
	    TEXT_CSV_MEMBER_DEPARTMENTS },
	[MEMBER_COLUMN_STATE] = { "state", TEXT_CSV_MEMBER_STATE },
};
_Static_assert(NELEMS(columns) == MEMBER_COLUMN__MAX, "every column is there");

static const enum text_key role_texts[ROLE_COUNT] = {
	TEXT_ADMIN_ROLE_MEMBER,
	TEXT_ADMIN_ROLE_RECEPTION,
	TEXT_ADMIN_ROLE_OPERATIONS_ADMIN,
	TEXT_ADMIN_ROLE_ACCOUNT_ADMIN,
	TEXT_ADMIN_ROLE_SYSTEM_ADMIN,
};

static const enum text_key state_texts[] = {
	[MEMBER_INVITED] = TEXT_ADMIN_MEMBERS_STATE_INVITED,
	[MEMBER_ACTIVE] = TEXT_ADMIN_MEMBERS_STATE_ACTIVE,
	[MEMBER_DISABLED] = TEXT_ADMIN_MEMBERS_STATE_DISABLED,
};
_Static_assert(NELEMS(state_texts) == MEMBER_STATE__MAX, "all have a text");

static bool says(const char *, const char *, enum text_key);
static char *roles_text(unsigned, enum text_language);
static char *offices_text(const char *, const struct office *, size_t);
static char *departments_text(const char *);

const char *
member_column_name(enum member_column column)
{
	return (columns[column].name);
}

enum member_column
member_column_find(const char *heading)
{
	size_t i;

	for (i = 0; i < NELEMS(columns); i++) {
		if (says(heading, columns[i].name, columns[i].heading))
			break;
	}
	return ((enum member_column)i);
}

char *
member_csv_text(const struct member *m, enum member_column column,
    const char *language, const struct office *offices, size_t n)
{
	const enum text_language lang = text_language_of(language);

	switch (column) {
	case MEMBER_COLUMN_EMAIL:
		return (strdup(m->email));
	case MEMBER_COLUMN_NAME:
		return (strdup(m->name));
	case MEMBER_COLUMN_KANA:
		return (strdup(m->kana == NULL ? "" : m->kana));
	case MEMBER_COLUMN_LANGUAGE:
		return (strdup(m->language));
	case MEMBER_COLUMN_ROLES:
		return (roles_text(m->roles, lang));
	case MEMBER_COLUMN_OFFICES:
		return (offices_text(m->offices, offices, n));
	case MEMBER_COLUMN_DEPARTMENTS:
		return (departments_text(m->departments));
	default:
		return (strdup(text_get(lang, state_texts[m->state])));
	}
}

bool
member_csv_roles(const char *text, unsigned *roles)
{
	char word[100];
	size_t i;

	*roles = 0;
	while ((text = member_csv_word(text, word, sizeof(word))) != NULL) {
		for (i = 0; i < ROLE_COUNT; i++) {
			if (says(word, role_name(i), role_texts[i]))
				break;
		}
		if (i == ROLE_COUNT)
			return (false);
		*roles |= 1U << i;
	}
	return (true);
}

bool
member_csv_standing(const char *text, enum member_standing *standing)
{
	size_t i;

	for (i = 0; i < NELEMS(state_texts); i++) {
		if (!says(text, member_state_name((enum member_state)i),
			state_texts[i]))
			continue;
		*standing =
		    i == MEMBER_DISABLED ? MEMBER_DISABLE : MEMBER_ENABLE;
		return (true);
	}
	return (false);
}

const char *
member_csv_word(const char *list, char *word, size_t size)
{
	size_t len;
	char *start;

	for (;;) {
		if (*list == '\0')
			return (NULL);
		len = strcspn(list, ";");
		text_copy(word, len < size ? len + 1 : size, list);
		list += len + (list[len] == SEPARATOR);
		start = text_trim(word);
		if (*start == '\0')
			continue;
		memmove(word, start, strlen(start) + 1);
		return (list);
	}
}

bool
member_csv_export(struct context *ctx, const char *language,
    struct csv_writer *w, struct fault *f)
{
	const enum text_language lang = text_language_of(language);
	struct member_list list = { NULL, 0 };
	struct office *offices = NULL;
	size_t i, c, n;
	bool ok, more;
	char *text;

	ok = office_list(ctx, &offices, &n, f) &&
	    member_list(
		ctx, NULL, NULL, SIZE_MAX, MEMBER_FILTER_ALL, &list, &more, f);
	for (c = 0; ok && c < NELEMS(columns); c++)
		ok = csv_cell(w, text_get(lang, columns[c].heading), f);
	ok = ok && csv_row(w, f);
	for (i = 0; ok && i < list.n; i++) {
		for (c = 0; ok && c < NELEMS(columns); c++) {
			text = member_csv_text(&list.items[i],
			    (enum member_column)c, language, offices, n);
			ok = text == NULL ? fault_set(f, FAULT_MEMORY, "csv")
					  : csv_cell(w, text, f);
			tenant_text_free(text);
		}
		ok = ok && csv_row(w, f);
	}
	if (ok)
		csv_finish(w);
	member_list_free(&list);
	free(offices);
	return (ok);
}

/* Is it the API's word, or that of one of the languages? */
static bool
says(const char *text, const char *name, enum text_key key)
{
	int lang;

	if (strcasecmp(text, name) == 0)
		return (true);
	for (lang = 0; lang < TEXT_LANGUAGE__MAX; lang++) {
		if (strcasecmp(text, text_get((enum text_language)lang, key)) ==
		    0)
			return (true);
	}
	return (false);
}

static char *
roles_text(unsigned roles, enum text_language lang)
{
	char *text = calloc(1, 400), *at = text;
	size_t i;

	for (i = 0; text != NULL && i < ROLE_COUNT; i++) {
		if ((roles & (1U << i)) == 0)
			continue;
		if (at != text)
			*at++ = SEPARATOR;
		at = stpncpy(at, text_get(lang, role_texts[i]), 70);
	}
	return (text);
}

/* "ID ID" as names. */
static char *
offices_text(const char *ids, const struct office *offices, size_t n)
{
	char *text = calloc(1, n * sizeof(offices->name) + 1), *at = text;
	size_t i;

	for (i = 0; text != NULL && i < n; i++) {
		if (strstr(ids, offices[i].id) == NULL)
			continue;
		if (at != text)
			*at++ = SEPARATOR;
		at = stpcpy(at, offices[i].name);
	}
	return (text);
}

static char *
departments_text(const char *names)
{
	char *text = strdup(names), *p;

	for (p = text; p != NULL && *p != '\0'; p++) {
		if (*p == '\n')
			*p = SEPARATOR;
	}
	return (text);
}
