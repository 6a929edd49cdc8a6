#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "department.h"
#include "import.h"
#include "normalise.h"
#include "role.h"
#include "tenant_key.h"

#define NAME_CHARS 100
#define CELLS_MAX  64

/* A plan in the making. */
struct work {
	struct context *ctx;
	unsigned roles; /* of who imports */
	struct import_plan *plan;
	struct department *departments;
	size_t ndepartments;
	const struct member **by_email; /* the members, sorted */
	size_t admins;                  /* active system administrators */
	size_t at[MEMBER_COLUMN__MAX];  /* in the file, from 1; 0: nowhere */
	size_t columns;                 /* of the heading */
	struct import_row *row;         /* being read */
	size_t before;                  /* errors before it */
};

static bool work_open(struct work *, struct fault *);
static int email_compare(const void *, const void *);
static bool is_active_admin(const struct member *);
static bool read_file(struct work *, size_t, bool *, struct fault *);
static void read_head(struct work *, char **, size_t, long);
static bool is_empty(char **, size_t);
static bool read_row(struct work *, char **, size_t, struct fault *);
static bool find_member(struct work *, struct fault *);
static bool read_values(struct work *, struct fault *);
static bool is_unchanged(
    struct work *, enum member_column, bool *, struct fault *);
static bool read_offices(struct work *, const char *, struct fault *);
static bool read_departments(struct work *, const char *, struct fault *);
static void decide(struct work *);
static void decide_new(struct work *);
static void note_changes(struct import_row *);
static void complain(struct work *, enum member_column, const char *);
static void complain_at(
    struct work *, long, size_t, enum member_column, const char *);
static void seal_hash(struct import_plan *);

bool
import_plan_make(struct context *ctx, unsigned roles, char *text, size_t len,
    struct import_plan *plan, bool *too_long, struct fault *f)
{
	struct work w = { .ctx = ctx, .roles = roles, .plan = plan };
	bool ok;

	*too_long = false;
	memset(plan, 0, sizeof(*plan));
	plan->text = text;
	ok = work_open(&w, f) && read_file(&w, len, too_long, f);
	if (ok)
		seal_hash(plan);
	free(w.departments);
	free(w.by_email);
	return (ok);
}

void
import_plan_free(struct import_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		tenant_text_free(
		    (char *)(uintptr_t)plan->rows[i].change.offices);
		tenant_text_free(
		    (char *)(uintptr_t)plan->rows[i].change.departments);
		tenant_text_free((char *)(uintptr_t)plan->rows[i].new.email);
	}
	free(plan->rows);
	tenant_text_free(plan->text);
	member_list_free(&plan->members);
	free(plan->offices);
	memset(plan, 0, sizeof(*plan));
}

static bool
work_open(struct work *w, struct fault *f)
{
	struct import_plan *plan = w->plan;
	bool more;
	size_t i;

	plan->rows = calloc(IMPORT_LINES_MAX, sizeof(*plan->rows));
	if (plan->rows == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	if (!office_list(w->ctx, &plan->offices, &plan->noffices, f) ||
	    !department_list(w->ctx, &w->departments, &w->ndepartments, f) ||
	    !member_list(w->ctx, NULL, NULL, SIZE_MAX, MEMBER_FILTER_ALL,
		&plan->members, &more, f))
		return (false);
	w->by_email = calloc(plan->members.n + 1, sizeof(struct member *));
	if (w->by_email == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	for (i = 0; i < plan->members.n; i++) {
		w->by_email[i] = &plan->members.items[i];
		w->admins += is_active_admin(w->by_email[i]);
	}
	qsort(w->by_email, plan->members.n, sizeof(struct member *),
	    email_compare);
	return (true);
}

static int
email_compare(const void *a, const void *b)
{
	return (strcmp((*(const struct member *const *)a)->email,
	    (*(const struct member *const *)b)->email));
}

static bool
is_active_admin(const struct member *m)
{
	return (
	    m->state == MEMBER_ACTIVE && (m->roles & ROLE_SYSTEM_ADMIN) != 0);
}

static bool
read_file(struct work *w, size_t len, bool *too_long, struct fault *f)
{
	static const char *const stops[] = {
		[CSV_OPEN_QUOTE] = "open_quote",
		[CSV_AFTER_QUOTE] = "after_quote",
		[CSV_MANY_CELLS] = "many_cells",
	};
	struct import_plan *plan = w->plan;
	char *cells[CELLS_MAX];
	struct csv_reader r;
	enum csv_stop stop;
	bool heading_ok;
	size_t n;

	csv_read_text(&r, plan->text, len);
	if (csv_read(&r, cells, CELLS_MAX, &n, &stop))
		read_head(w, cells, n, r.row);
	heading_ok = w->columns > 0 && plan->nerrors == 0;
	/* Under a wrong heading no line can be understood. */
	while (heading_ok && csv_read(&r, cells, CELLS_MAX, &n, &stop)) {
		if (is_empty(cells, n))
			continue;
		if (plan->n == IMPORT_LINES_MAX) {
			*too_long = true;
			return (true);
		}
		w->row = &plan->rows[plan->n++];
		w->row->line = r.row;
		w->before = plan->nerrors;
		if (!read_row(w, cells, n, f))
			return (false);
	}
	if (stop != CSV_END)
		complain_at(w, r.row, n, MEMBER_COLUMN__MAX, stops[stop]);
	else if (plan->n == 0 && plan->nerrors == 0)
		complain_at(w, r.row, 0, MEMBER_COLUMN__MAX, "no_lines");
	return (true);
}

static void
read_head(struct work *w, char **cells, size_t n, long line)
{
	enum member_column column;
	size_t i;

	w->columns = n;
	for (i = 0; i < n; i++) {
		const char *heading = text_trim(cells[i]);

		if (*heading == '\0')
			continue;
		column = member_column_find(heading);
		if (column == MEMBER_COLUMN__MAX)
			complain_at(w, line, i + 1, column, "unknown_column");
		else if (w->at[column] != 0)
			complain_at(w, line, i + 1, column, "column_twice");
		else
			w->at[column] = i + 1;
	}
	if (w->at[MEMBER_COLUMN_EMAIL] == 0)
		complain_at(w, line, 0, MEMBER_COLUMN_EMAIL, "no_column");
}

static bool
is_empty(char **cells, size_t n)
{
	size_t i;

	for (i = 0; i < n && cells[i][0] == '\0'; i++)
		;
	return (i == n);
}

static bool
read_row(struct work *w, char **cells, size_t n, struct fault *f)
{
	struct import_row *row = w->row;
	size_t i, at;

	if (n > w->columns && !is_empty(cells + w->columns, n - w->columns))
		complain_at(w, row->line, w->columns + 1, MEMBER_COLUMN__MAX,
		    "many_cells");
	for (i = 0; i < MEMBER_COLUMN__MAX; i++) {
		at = w->at[i];
		if (at == 0)
			continue;
		row->cells[i] =
		    at > n ? "" : text_trim(csv_plain(cells[at - 1]));
		if (!text_is_clean(row->cells[i])) {
			complain(w, (enum member_column)i, "unclean");
			row->cells[i] = "";
		}
	}
	if (!find_member(w, f))
		return (false);
	if (row->new.email == NULL || w->plan->nerrors > w->before)
		return (true);
	if (!read_values(w, f))
		return (false);
	if (w->plan->nerrors == w->before)
		decide(w);
	if (w->plan->nerrors == w->before)
		w->plan->counts[row->action]++;
	return (true);
}

/* By the address, which no other line may have. */
static bool
find_member(struct work *w, struct fault *f)
{
	struct import_row *row = w->row;
	const char *typed = row->cells[MEMBER_COLUMN_EMAIL];
	char email[NORMALISE_EMAIL_SIZE];
	struct member wanted = { .email = email };
	const struct member *key = &wanted, **found;
	size_t i;

	if (*typed == '\0' || !normalise_email(typed, email)) {
		complain(w, MEMBER_COLUMN_EMAIL,
		    *typed == '\0' ? "missing" : "bad_format");
		return (true);
	}
	for (i = 0; i + 1 < w->plan->n; i++) {
		if (w->plan->rows[i].new.email != NULL &&
		    strcmp(w->plan->rows[i].new.email, email) == 0) {
			complain(w, MEMBER_COLUMN_EMAIL, "twice");
			break;
		}
	}
	if ((row->new.email = strdup(email)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	found = bsearch(&key, w->by_email, w->plan->members.n,
	    sizeof(struct member *), email_compare);
	row->old = found == NULL ? NULL : *found;
	return (true);
}

static bool
read_values(struct work *w, struct fault *f)
{
	static const char *const languages[] = { "ja", "en" };
	struct import_row *row = w->row;
	struct member_change *c = &row->change;
	const char *text;
	bool same;
	size_t i;

	if ((text = row->cells[MEMBER_COLUMN_NAME]) != NULL && *text != '\0') {
		c->name = text;
		if (text_length(text) > NAME_CHARS)
			complain(w, MEMBER_COLUMN_NAME, "too_long");
	} else if (text != NULL || row->old == NULL)
		complain(w, MEMBER_COLUMN_NAME, "missing");

	if ((text = row->cells[MEMBER_COLUMN_KANA]) != NULL) {
		c->has_kana = true;
		c->kana = *text == '\0' ? NULL : text;
		if (text_length(text) > NAME_CHARS)
			complain(w, MEMBER_COLUMN_KANA, "too_long");
	}
	text = row->cells[MEMBER_COLUMN_LANGUAGE];
	if (text != NULL && *text != '\0') {
		for (i = 0; i < NELEMS(languages); i++) {
			if (strcasecmp(text, languages[i]) == 0)
				c->language = languages[i];
		}
		if (c->language == NULL)
			complain(w, MEMBER_COLUMN_LANGUAGE, "no_choice");
	}
	text = row->cells[MEMBER_COLUMN_ROLES];
	if (text != NULL && !member_csv_roles(text, &c->roles))
		complain(w, MEMBER_COLUMN_ROLES, "no_choice");
	text = row->cells[MEMBER_COLUMN_STATE];
	if (text != NULL && *text != '\0' &&
	    !member_csv_standing(text, &c->standing))
		complain(w, MEMBER_COLUMN_STATE, "no_choice");

	if ((text = row->cells[MEMBER_COLUMN_OFFICES]) != NULL) {
		if (!is_unchanged(w, MEMBER_COLUMN_OFFICES, &same, f) ||
		    (!same && !read_offices(w, text, f)))
			return (false);
	}
	if ((text = row->cells[MEMBER_COLUMN_DEPARTMENTS]) != NULL) {
		if (!is_unchanged(w, MEMBER_COLUMN_DEPARTMENTS, &same, f) ||
		    (!same && !read_departments(w, text, f)))
			return (false);
	}
	return (true);
}

/* As the export writes it, even where a name has a separator in it. */
static bool
is_unchanged(
    struct work *w, enum member_column column, bool *same, struct fault *f)
{
	const struct import_row *row = w->row;
	char *text;

	*same = false;
	if (row->old == NULL)
		return (true);
	text = member_csv_text(
	    row->old, column, "ja", w->plan->offices, w->plan->noffices);
	if (text == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	*same = strcmp(text, row->cells[column]) == 0;
	tenant_text_free(text);
	return (true);
}

static bool
read_offices(struct work *w, const char *text, struct fault *f)
{
	const struct import_plan *plan = w->plan;
	const char *id;
	char word[sizeof(plan->offices->name)], *list, *at;
	size_t i, named;

	/* A word and its separator are two bytes at least. */
	list = at = calloc(strlen(text) / 2 + 2, sizeof(uuid_text));
	if (list == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	w->row->change.offices = list;
	while ((text = member_csv_word(text, word, sizeof(word))) != NULL) {
		for (i = named = 0, id = ""; i < plan->noffices; i++) {
			if (strcmp(plan->offices[i].name, word) == 0) {
				id = plan->offices[i].id;
				named++;
			}
		}
		if (named != 1)
			complain(w, MEMBER_COLUMN_OFFICES,
			    named == 0 ? "not_found" : "several");
		if (at != list)
			*at++ = ' ';
		at = stpcpy(at, id);
	}
	return (true);
}

static bool
read_departments(struct work *w, const char *text, struct fault *f)
{
	char word[sizeof(w->departments->name)], *list, *at;
	size_t i;

	if ((list = at = calloc(1, strlen(text) + 1)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "import"));
	w->row->change.departments = list;
	while ((text = member_csv_word(text, word, sizeof(word))) != NULL) {
		for (i = 0; i < w->ndepartments; i++) {
			if (strcmp(w->departments[i].name, word) == 0)
				break;
		}
		if (i == w->ndepartments)
			complain(w, MEMBER_COLUMN_DEPARTMENTS, "not_found");
		if (at != list)
			*at++ = '\n';
		at = stpcpy(at, word);
	}
	return (true);
}

static void
decide(struct work *w)
{
	struct import_row *row = w->row;
	const struct member *m = row->old;
	const struct member_change *c = &row->change;
	bool was;

	if (m == NULL) {
		decide_new(w);
		return;
	}
	if (!member_differs(m, c))
		return;
	row->action = IMPORT_CHANGE;
	if (c->standing == MEMBER_DISABLE && m->state != MEMBER_DISABLED)
		row->action = IMPORT_DISABLE;
	note_changes(row);
	was = is_active_admin(m);
	switch (
	    member_judge(w->ctx->actor.id, w->roles, m, c, w->admins - was)) {
	case MEMBER_NOT_ALLOWED:
		complain(w,
		    (row->changed & (1U << MEMBER_COLUMN_ROLES)) != 0
			? MEMBER_COLUMN_ROLES
			: MEMBER_COLUMN_STATE,
		    "not_allowed");
		break;
	case MEMBER_LAST_ADMIN:
		complain(w,
		    row->action == IMPORT_DISABLE ? MEMBER_COLUMN_STATE
						  : MEMBER_COLUMN_ROLES,
		    "last_system_admin");
		break;
	case MEMBER_SELF:
		complain(w, MEMBER_COLUMN_STATE, "not_yourself");
		break;
	default:
		/* One that this line unmakes does not count for the next. */
		if (was &&
		    (row->action == IMPORT_DISABLE ||
			(c->roles != 0 && (c->roles & ROLE_SYSTEM_ADMIN) == 0)))
			w->admins--;
		break;
	}
}

static void
decide_new(struct work *w)
{
	struct import_row *row = w->row;
	const struct member_change *c = &row->change;
	size_t i;

	if (c->standing == MEMBER_DISABLE)
		return; /* nobody to deactivate */
	row->action = IMPORT_ADD;
	row->new.name = c->name;
	row->new.kana = c->kana;
	row->new.language = c->language == NULL ? "ja" : c->language;
	row->new.roles = c->roles == 0 ? ROLE_MEMBER : c->roles;
	row->new.offices = c->offices;
	row->new.departments = c->departments;
	for (i = 0; i < MEMBER_COLUMN__MAX; i++) {
		if (row->cells[i] != NULL && row->cells[i][0] != '\0')
			row->changed |= 1U << i;
	}
	if ((row->new.roles &ROLE_SYSTEM_ADMIN) != 0 &&
	    (w->roles & ROLE_SYSTEM_ADMIN) == 0)
		complain(w, MEMBER_COLUMN_ROLES, "not_allowed");
}

static void
note_changes(struct import_row *row)
{
	const struct member_change *c = &row->change;
	const struct {
		enum member_column column;
		struct member_change only;
	} parts[] = {
		{ MEMBER_COLUMN_NAME, { .name = c->name } },
		{ MEMBER_COLUMN_KANA,
		    { .has_kana = c->has_kana, .kana = c->kana } },
		{ MEMBER_COLUMN_LANGUAGE, { .language = c->language } },
		{ MEMBER_COLUMN_ROLES, { .roles = c->roles } },
		{ MEMBER_COLUMN_OFFICES, { .offices = c->offices } },
		{ MEMBER_COLUMN_DEPARTMENTS,
		    { .departments = c->departments } },
		{ MEMBER_COLUMN_STATE, { .standing = c->standing } },
	};
	size_t i;

	for (i = 0; i < NELEMS(parts); i++) {
		if (member_differs(row->old, &parts[i].only))
			row->changed |= 1U << parts[i].column;
	}
}

static void
complain(struct work *w, enum member_column column, const char *name)
{
	complain_at(w, w->row->line, w->at[column], column, name);
}

static void
complain_at(struct work *w, long line, size_t column, enum member_column what,
    const char *name)
{
	struct import_plan *plan = w->plan;

	if (plan->nerrors < IMPORT_ERRORS_MAX)
		plan->errors[plan->nerrors] =
		    (struct import_error){ line, (int)column, what, name };
	plan->nerrors++;
}

/* Of what would be done, and to whom as they are now. */
static void
seal_hash(struct import_plan *plan)
{
	char text[2 * SECRET_HASH_BYTES + 200];
	size_t i;
	int n;

	for (i = 0; i < plan->n; i++) {
		const struct import_row *row = &plan->rows[i];

		text_hex(plan->hash, sizeof(plan->hash), text);
		n = snprintf(text + 2 * SECRET_HASH_BYTES, 200,
		    " %ld %d %s %d %u %zu", row->line, (int)row->action,
		    row->old == NULL ? "-" : row->old->id,
		    row->old == NULL ? 0 : row->old->version, row->changed,
		    plan->nerrors);
		secret_digest(
		    text, 2 * SECRET_HASH_BYTES + (size_t)n, plan->hash);
	}
}
