#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "cursor.h"
#include "gen_sql.h"
#include "idlist.h"
#include "match.h"
#include "tenant_key.h"

#include "visit.h"
#include "visit_row.h"

/* A search decrypts so many visits at a time, and at most so many in one
 * request; then it answers with what it has and a cursor. */
#define SEARCH_STEP 500
#define SEARCH_MAX  20000

static const char *const state_names[] = {
	[VISIT_ARRIVED] = "arrived",
	[VISIT_MET] = "met",
	[VISIT_LEFT] = "left",
	[VISIT_UNDONE] = "undone",
};
_Static_assert(
    NELEMS(state_names) == VISIT_STATE__MAX, "every state has a name");

static const char *const via_names[] = {
	[VISIT_VIA_PASS] = "pass",
	[VISIT_VIA_CODE] = "code",
	[VISIT_VIA_WALK_IN] = "walk_in",
	[VISIT_VIA_RECEPTION] = "reception",
};
_Static_assert(NELEMS(via_names) == VISIT_VIA__MAX, "every way has a name");

static const char *const left_by_names[] = {
	[VISIT_LEFT_BY_NOBODY] = NULL,
	[VISIT_LEFT_BY_TABLET] = "tablet",
	[VISIT_LEFT_BY_MEMBER] = "member",
	[VISIT_LEFT_BY_AUTOMATIC] = "automatic",
};
_Static_assert(
    NELEMS(left_by_names) == VISIT_LEFT_BY__MAX, "everybody has a name");

/* A list being read. */
struct listing {
	struct visit *items;
	size_t n;
	struct cursor *cursors; /* of each item, where the statement has one */
};

static bool read_page(struct context *, const struct reach *,
    const struct visit_query *, const struct cursor *, int, struct listing *,
    struct fault *);
static bool read_rows(
    struct context *, struct rows *, bool, struct listing *, struct fault *);
static bool read_hosts(
    struct context *, struct visit *, size_t, struct fault *);
static void listing_free(struct listing *);
static bool matches(const struct visit *, const char *);
static int index_of(const char *, const char *const *, size_t);
static int64_t moment(const struct rows *, int, const char *);

void
visit_free(struct visit *v)
{
	tenant_text_free(v->guest);
	tenant_text_free(v->kana);
	tenant_text_free(v->company);
	tenant_text_free(v->title);
	tenant_text_free(v->room);
	host_free_list(v->hosts, v->nhosts);
	place_free(&v->place);
	free(v->device);
	memset(v, 0, sizeof(*v));
}

void
visit_free_list(struct visit *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		visit_free(&list[i]);
	free(list);
}

const char *
visit_state_name(enum visit_state state)
{
	return (state_names[state]);
}

const char *
visit_via_name(enum visit_via via)
{
	return (via_names[via]);
}

const char *
visit_left_by_name(enum visit_left_by by)
{
	return (left_by_names[by]);
}

enum visit_state
visit_row_state(const char *name)
{
	return (
	    (enum visit_state)index_of(name, state_names, NELEMS(state_names)));
}

enum visit_left_by
visit_row_left_by(const char *name)
{
	return ((enum visit_left_by)(name == NULL
		? 0
		: index_of(name, left_by_names, NELEMS(left_by_names))));
}

const char *
visit_row_states(const char *state)
{
	if (state == NULL)
		return ("{arrived,met,left,undone}");
	if (strcmp(state, "inside") == 0)
		return ("{arrived,met}");
	if (strcmp(state, "arrived") == 0)
		return ("{arrived}");
	if (strcmp(state, "met") == 0)
		return ("{met}");
	return (strcmp(state, "left") == 0 ? "{left}" : "{undone}");
}

bool
visit_row_read(struct context *ctx, struct rows *rows, int i, struct visit *v,
    struct fault *f)
{
	const char *device = rows_text(rows, i, "device");
	const char *guest_id = rows_text(rows, i, "guest_id");
	const char *appointment_id = rows_text(rows, i, "appointment_id");

	memset(v, 0, sizeof(*v));
	text_copy(v->id, sizeof(v->id), rows_text(rows, i, "id"));
	text_copy(v->guest_id, sizeof(v->guest_id), guest_id);
	if (appointment_id != NULL)
		text_copy(v->appointment_id, sizeof(v->appointment_id),
		    appointment_id);
	v->version = (int)rows_int(rows, i, "version");
	v->state = visit_row_state(rows_text(rows, i, "state"));
	v->via = (enum visit_via)index_of(
	    rows_text(rows, i, "via"), via_names, NELEMS(via_names));
	v->left_by = visit_row_left_by(rows_text(rows, i, "left_by"));
	v->people = (int)rows_int(rows, i, "people");
	v->late = rows_bool(rows, i, "late");
	v->offset = (int)rows_int(rows, i, "zone_offset");
	v->arrived_at = moment(rows, i, "arrived_at");
	v->met_at = moment(rows, i, "met_at");
	v->left_at = moment(rows, i, "left_at");
	v->undone_at = moment(rows, i, "undone_at");
	if (!place_read(rows, i, &v->place, f) ||
	    !visit_row_people(ctx, rows, i, v, f))
		goto fail;
	if (device != NULL && (v->device = strdup(device)) == NULL) {
		fault_set(f, FAULT_MEMORY, "visit");
		goto fail;
	}
	return (true);
fail:
	visit_free(v);
	return (false);
}

bool
visit_row_people(struct context *ctx, struct rows *rows, int i, struct visit *v,
    struct fault *f)
{
	return (tenant_open(ctx, TENANT_KEY_VISITOR, "guest", "name_cell",
		    v->guest_id, rows, i, &v->guest, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "guest", "kana_cell",
		v->guest_id, rows, i, &v->kana, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "guest", "company_cell",
		v->guest_id, rows, i, &v->company, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "title_cell",
		v->appointment_id, rows, i, &v->title, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "room_cell",
		v->appointment_id, rows, i, &v->room, f));
}

bool
visit_show(struct context *ctx, const struct reach *reach, const char *id,
    struct visit *v, bool *found, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(id),
		reach->kind == REACH_ALL ? DB_NULL : DB_TEXT(reach->member_id),
		DB_TEXT(reach->kind == REACH_OFFICES ? "t" : "f"),
	};
	struct rows *rows;
	bool ok = true;

	memset(v, 0, sizeof(*v));
	if (!db_run(ctx->db, NULL, &sql_visit_get, args, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	if (*found)
		ok = visit_row_read(ctx, rows, 0, v, f) &&
		    read_hosts(ctx, v, 1, f);
	rows_free(rows);
	if (!ok)
		visit_free(v);
	return (ok);
}

bool
visit_list(struct context *ctx, const struct reach *reach,
    const struct visit_query *query, struct visit **listp, size_t *np,
    char *next, struct fault *f)
{
	const size_t limit = (size_t)query->limit;
	struct visit *kept;
	struct listing page = { .items = NULL };
	struct cursor at;
	char *folded = NULL;
	size_t n = 0, seen = 0, i;
	bool more = true;
	int step;

	next[0] = '\0';
	cursor_last(&at);
	if (query->after != NULL && !cursor_read(query->after, &at))
		cursor_last(&at);
	if (query->q != NULL && (folded = match_fold(query->q)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "match_fold"));
	if ((kept = calloc(limit, sizeof(*kept))) == NULL) {
		match_free(folded);
		return (fault_set(f, FAULT_MEMORY, "visit_list"));
	}

	/* One row more than asked for says whether there is a next page. */
	step = folded == NULL ? query->limit + 1 : SEARCH_STEP;
	while (more && n < limit && seen < SEARCH_MAX) {
		if (!read_page(ctx, reach, query, &at, step, &page, f))
			goto fail;
		more = page.n == (size_t)step;
		for (i = 0; i < page.n; i++) {
			if (n == limit) {
				more = true;
				break;
			}
			at = page.cursors[i];
			seen++;
			if (folded != NULL && !matches(&page.items[i], folded))
				continue;
			kept[n++] = page.items[i];
			memset(&page.items[i], 0, sizeof(page.items[i]));
		}
		listing_free(&page);
	}
	if (more)
		cursor_write(&at, next);
	match_free(folded);
	*listp = kept;
	*np = n;
	return (true);
fail:
	match_free(folded);
	visit_free_list(kept, n);
	return (false);
}

bool
visit_inside(struct context *ctx, const struct reach *reach,
    const char *office_id, struct visit **listp, size_t *np, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(office_id),
		reach->kind == REACH_ALL ? DB_NULL : DB_TEXT(reach->member_id),
		DB_TEXT(reach->kind == REACH_OFFICES ? "t" : "f"),
	};
	struct listing list = { .items = NULL };
	struct rows *rows;
	bool ok;

	if (!db_run(ctx->db, NULL, &sql_visit_inside, args, &rows, f))
		return (false);
	ok = read_rows(ctx, rows, false, &list, f) &&
	    read_hosts(ctx, list.items, list.n, f);
	rows_free(rows);
	if (!ok) {
		listing_free(&list);
		return (false);
	}
	free(list.cursors);
	*listp = list.items;
	*np = list.n;
	return (true);
}

static bool
read_page(struct context *ctx, const struct reach *reach,
    const struct visit_query *query, const struct cursor *at, int limit,
    struct listing *list, struct fault *f)
{
	const bool own = reach->kind == REACH_OWN;
	char limit_text[12];
	struct rows *rows;
	bool ok;

	(void)snprintf(limit_text, sizeof(limit_text), "%d", limit);
	const struct db_arg args[] = {
		VISIT_ROW_ARGS(query, at),
		reach->kind == REACH_ALL ? DB_NULL : DB_TEXT(reach->member_id),
		DB_TEXT(limit_text),
	};
	if (!db_run(ctx->db, NULL,
		own ? &sql_plan_by_value : &sql_plan_in_order, NULL, NULL, f) ||
	    !db_run(ctx->db, NULL, own ? &sql_visit_page_own : &sql_visit_page,
		args, &rows, f))
		return (false);
	ok = db_run(ctx->db, NULL, &sql_plan_as_usual, NULL, NULL, f) &&
	    read_rows(ctx, rows, true, list, f) &&
	    read_hosts(ctx, list->items, list->n, f);
	rows_free(rows);
	if (!ok)
		listing_free(list);
	return (ok);
}

static bool
read_rows(struct context *ctx, struct rows *rows, bool cursors,
    struct listing *list, struct fault *f)
{
	const size_t count = (size_t)rows_count(rows);
	int i;

	memset(list, 0, sizeof(*list));
	list->items = calloc(count + 1, sizeof(*list->items));
	list->cursors = calloc(count + 1, sizeof(*list->cursors));
	if (list->items == NULL || list->cursors == NULL)
		return (fault_set(f, FAULT_MEMORY, "visits"));
	for (i = 0; i < rows_count(rows); i++) {
		if (!visit_row_read(ctx, rows, i, &list->items[i], f))
			return (false);
		list->n++;
		if (cursors)
			cursor_set(&list->cursors[i],
			    rows_int(rows, i, "cursor"), list->items[i].id);
	}
	return (true);
}

static bool
read_hosts(struct context *ctx, struct visit *list, size_t n, struct fault *f)
{
	static const struct host_columns columns = {
		.id = "id",
		.name = "name_cell",
		.email = "email_cell",
		.language = "language",
		.department = "department",
	};
	struct idlist ids = IDLIST_INIT;
	struct rows *rows = NULL;
	const char *id;
	bool ok = true;
	size_t j;
	int i;

	if (n == 0)
		return (true);
	for (j = 0; j < n && ok; j++)
		ok = idlist_add(&ids, list[j].id, f);
	if (ok) {
		const struct db_arg args[] = { DB_TEXT(idlist_text(&ids)) };
		ok =
		    db_run(ctx->db, NULL, &sql_visit_host_list, args, &rows, f);
	}
	for (i = 0; ok && i < rows_count(rows); i++) {
		id = rows_text(rows, i, "visit_id");
		for (j = 0; j < n && strcmp(list[j].id, id) != 0; j++)
			continue;
		ok = j == n ||
		    host_add(ctx, rows, i, &columns, &list[j].hosts,
			&list[j].nhosts, f);
	}
	rows_free(rows);
	idlist_free(&ids);
	return (ok);
}

static void
listing_free(struct listing *list)
{
	visit_free_list(list->items, list->n);
	free(list->cursors);
	memset(list, 0, sizeof(*list));
}

static bool
matches(const struct visit *v, const char *folded)
{
	size_t i;

	if (match_text(folded, v->guest) || match_text(folded, v->kana) ||
	    match_text(folded, v->company))
		return (true);
	for (i = 0; i < v->nhosts; i++) {
		if (match_text(folded, v->hosts[i].name))
			return (true);
	}
	return (false);
}

/* The database's CHECK allows no other words. */
static int
index_of(const char *word, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (words[i] != NULL && strcmp(word, words[i]) == 0)
			return ((int)i);
	}
	return (0);
}

static int64_t
moment(const struct rows *rows, int i, const char *column)
{
	return (rows_null(rows, i, column) ? 0 : rows_int(rows, i, column));
}
