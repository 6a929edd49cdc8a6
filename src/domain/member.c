#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "member.h"
#include "normalise.h"
#include "role.h"
#include "tenant_key.h"

static const char *const state_names[] = {
	[MEMBER_INVITED] = "invited",
	[MEMBER_ACTIVE] = "active",
	[MEMBER_DISABLED] = "disabled",
};
_Static_assert(
    NELEMS(state_names) == MEMBER_STATE__MAX, "every state has a name");

static const char *const filters[] = {
	[MEMBER_FILTER_USED] = "{invited,active}",
	[MEMBER_FILTER_INVITED] = "{invited}",
	[MEMBER_FILTER_ACTIVE] = "{active}",
	[MEMBER_FILTER_DISABLED] = "{disabled}",
	[MEMBER_FILTER_ALL] = "{invited,active,disabled}",
};
_Static_assert(NELEMS(filters) == MEMBER_FILTER__MAX, "every filter is there");

/* A member among others to be put in order. */
struct entry {
	struct member member;
	char *order; /* what it is sorted by: kana or name, folded */
};

static bool read_all(
    struct context *, struct rows *, struct member_list *, struct fault *);
static bool read_one(
    struct context *, struct rows *, int, struct member *, struct fault *);
static bool matches(const struct member *, const char *);
static bool contains(const char *, const char *);
static bool sort(struct member_list *, struct fault *);
static int entry_compare(const void *, const void *);
static void cut(struct member_list *, const char *, size_t, bool *);
static void member_wipe(struct member *);
static bool add_departments(struct context *, const char *, size_t,
    struct member_host *, size_t *, struct fault *);
static bool add_people(struct context *, const char *, size_t,
    struct member_host *, size_t *, struct fault *);

bool
member_find_many(struct context *ctx, uuid_text *ids, size_t n,
    struct member_list *list, struct fault *f)
{
	struct rows *rows;
	char *array;
	size_t i;
	bool ok;

	*list = (struct member_list){ NULL, 0 };
	if ((array = malloc(n * sizeof(uuid_text) + 3)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "members"));
	array[0] = '{';
	for (i = 0; i < n; i++) {
		memcpy(array + 1 + i * sizeof(uuid_text), ids[i],
		    sizeof(uuid_text) - 1);
		array[(i + 1) * sizeof(uuid_text)] = ',';
	}
	memcpy(array + (n > 0 ? n * sizeof(uuid_text) : 1), "}", 2);
	ok = db_run(ctx->db, &ctx->scope, &sql_member_find_many,
	    (struct db_arg[]){ DB_TEXT(array) }, &rows, f);
	free(array);
	if (!ok)
		return (false);
	ok = read_all(ctx, rows, list, f);
	rows_free(rows);
	return (ok);
}

bool
member_show(struct context *ctx, const char *id, struct member_list *list,
    struct fault *f)
{
	uuid_text ids[1];

	text_copy(ids[0], sizeof(ids[0]), id);
	return (member_find_many(ctx, ids, 1, list, f));
}

bool
member_list(struct context *ctx, const char *q, const char *after, size_t limit,
    enum member_filter filter, struct member_list *list, bool *more,
    struct fault *f)
{
	char *wanted = NULL;
	struct rows *rows;
	size_t i, kept = 0;
	bool ok;

	*list = (struct member_list){ NULL, 0 };
	*more = false;
	if (!db_run(ctx->db, &ctx->scope, &sql_member_list,
		(struct db_arg[]){ DB_TEXT(filters[filter]) }, &rows, f))
		return (false);
	ok = read_all(ctx, rows, list, f);
	rows_free(rows);
	if (ok && q != NULL && (wanted = normalise_name(q)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "search");
	if (ok && wanted != NULL && wanted[0] != '\0') {
		for (i = 0; i < list->n; i++) {
			if (matches(&list->items[i], wanted))
				list->items[kept++] = list->items[i];
			else
				member_wipe(&list->items[i]);
		}
		list->n = kept;
	}
	tenant_text_free(wanted);
	if (!ok || !sort(list, f))
		return (false);
	cut(list, after, limit, more);
	return (true);
}

void
member_list_free(struct member_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		member_wipe(&list->items[i]);
	free(list->items);
	*list = (struct member_list){ NULL, 0 };
}

bool
member_serves(struct context *ctx, const char *member_id, const char *office_id,
    bool *serves, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_member_serves,
		(struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(office_id) },
		&rows, f))
		return (false);
	*serves = rows_bool(rows, 0, "serves");
	rows_free(rows);
	return (true);
}

bool
member_find_hosts(struct context *ctx, const char *q, size_t max,
    struct member_host *hosts, size_t *n, struct fault *f)
{
	char *wanted;
	bool ok = true;

	*n = 0;
	if ((wanted = normalise_name(q)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "search"));
	if (text_length(wanted) >= 2)
		ok = add_departments(ctx, wanted, max, hosts, n, f) &&
		    add_people(ctx, wanted, max, hosts, n, f);
	tenant_text_free(wanted);
	return (ok);
}

const char *
member_state_name(enum member_state state)
{
	return (state_names[state]);
}

static bool
read_all(struct context *ctx, struct rows *rows, struct member_list *list,
    struct fault *f)
{
	size_t n = (size_t)rows_count(rows);

	if ((list->items = calloc(n + 1, sizeof(*list->items))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "members"));
	for (list->n = 0; list->n < n; list->n++) {
		if (!read_one(
			ctx, rows, (int)list->n, &list->items[list->n], f)) {
			list->n++; /* what it has so far is freed, too */
			return (false);
		}
	}
	return (true);
}

static bool
read_one(struct context *ctx, struct rows *rows, int i, struct member *m,
    struct fault *f)
{
	const char *state = rows_text(rows, i, "state");
	size_t s;

	text_copy(m->id, sizeof(m->id), rows_text(rows, i, "id"));
	m->version = (int)rows_int(rows, i, "version");
	text_copy(
	    m->language, sizeof(m->language), rows_text(rows, i, "language"));
	m->roles = role_parse(rows_text(rows, i, "roles"));
	for (s = 0; s < NELEMS(state_names); s++) {
		if (strcmp(state, state_names[s]) == 0)
			m->state = (enum member_state)s;
	}
	if ((m->offices = strdup(rows_text(rows, i, "offices"))) == NULL ||
	    (m->departments = strdup(rows_text(rows, i, "departments"))) ==
		NULL)
		return (fault_set(f, FAULT_MEMORY, "member"));
	return (tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
		    m->id, rows, i, &m->name, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "kana_cell", m->id,
		rows, i, &m->kana, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "email_cell", m->id,
		rows, i, &m->email, f));
}

static bool
matches(const struct member *m, const char *wanted)
{
	return (contains(m->name, wanted) || contains(m->kana, wanted) ||
	    contains(m->email, wanted));
}

/* Does ${text}, folded, contain the folded word ${wanted}? */
static bool
contains(const char *text, const char *wanted)
{
	char *folded;
	bool found;

	if (text == NULL || (folded = normalise_name(text)) == NULL)
		return (false);
	found = strstr(folded, wanted) != NULL;
	tenant_text_free(folded);
	return (found);
}

static bool
sort(struct member_list *list, struct fault *f)
{
	struct entry *entries;
	size_t i;
	bool ok = true;

	if ((entries = calloc(list->n + 1, sizeof(*entries))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "members"));
	for (i = 0; i < list->n; i++) {
		const struct member *m = &list->items[i];

		entries[i].member = *m;
		entries[i].order = normalise_name(
		    m->kana != NULL && m->kana[0] != '\0' ? m->kana : m->name);
		if (entries[i].order == NULL)
			ok = fault_set(f, FAULT_MEMORY, "members");
	}
	if (ok)
		qsort(entries, list->n, sizeof(*entries), entry_compare);
	for (i = 0; i < list->n; i++) {
		list->items[i] = entries[i].member;
		tenant_text_free(entries[i].order);
	}
	free(entries);
	return (ok);
}

static int
entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = strcmp(x->order, y->order);

	return (d != 0 ? d : strcmp(x->member.id, y->member.id));
}

/* Leave the page after ${after}, and say whether there is another. */
static void
cut(struct member_list *list, const char *after, size_t limit, bool *more)
{
	size_t from = 0, n, i;

	if (after != NULL) {
		for (i = 0; i < list->n; i++) {
			if (strcmp(list->items[i].id, after) == 0)
				from = i + 1;
		}
		if (from == 0)
			from = list->n; /* nobody we know: nothing follows */
	}
	n = list->n - from < limit ? list->n - from : limit;
	*more = from + n < list->n;
	for (i = 0; i < from; i++)
		member_wipe(&list->items[i]);
	for (i = from + n; i < list->n; i++)
		member_wipe(&list->items[i]);
	memmove(list->items, list->items + from, n * sizeof(*list->items));
	list->n = n;
}

static void
member_wipe(struct member *m)
{
	tenant_text_free(m->name);
	tenant_text_free(m->kana);
	tenant_text_free(m->email);
	free(m->offices);
	free(m->departments);
	memset(m, 0, sizeof(*m));
}

static bool
add_departments(struct context *ctx, const char *wanted, size_t max,
    struct member_host *hosts, size_t *n, struct fault *f)
{
	struct rows *rows;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_department_list, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && *n < max; i++) {
		if (rows_int(rows, i, "members") == 0 ||
		    !contains(rows_text(rows, i, "name"), wanted))
			continue;
		memset(&hosts[*n], 0, sizeof(hosts[*n]));
		hosts[*n].department = true;
		text_copy(hosts[*n].id, sizeof(hosts[*n].id),
		    rows_text(rows, i, "id"));
		text_copy(hosts[*n].name, sizeof(hosts[*n].name),
		    rows_text(rows, i, "name"));
		(*n)++;
	}
	rows_free(rows);
	return (true);
}

static bool
add_people(struct context *ctx, const char *wanted, size_t max,
    struct member_host *hosts, size_t *n, struct fault *f)
{
	struct rows *rows;
	char *name, *kana;
	bool ok = true;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_member_names, NULL, &rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows) && *n < max; i++) {
		const char *id = rows_text(rows, i, "id");

		name = kana = NULL;
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
			 id, rows, i, &name, f) &&
		    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "kana_cell",
			id, rows, i, &kana, f);
		if (ok && (contains(name, wanted) || contains(kana, wanted))) {
			memset(&hosts[*n], 0, sizeof(hosts[*n]));
			text_copy(hosts[*n].id, sizeof(hosts[*n].id), id);
			text_copy(hosts[*n].name, sizeof(hosts[*n].name), name);
			text_copy(hosts[*n].department_name,
			    sizeof(hosts[*n].department_name),
			    rows_text(rows, i, "department"));
			(*n)++;
		}
		tenant_text_free(name);
		tenant_text_free(kana);
	}
	rows_free(rows);
	return (ok);
}
