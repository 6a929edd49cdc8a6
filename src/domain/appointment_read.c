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

#include "appointment.h"

#define DAY_FIRST "1970-01-01"
#define DAY_LAST  "9990-01-01"

/* A search decrypts so many appointments at a time, and at most so many in
 * one request; then it answers with what it has and a cursor. */
#define SEARCH_STEP 200
#define SEARCH_MAX  5000

static const char *const kind_names[] = {
	[APPOINTMENT_SINGLE] = "single",
	[APPOINTMENT_PERIOD] = "period",
};
_Static_assert(
    NELEMS(kind_names) == APPOINTMENT_KIND__MAX, "every kind has a name");

static const char *const state_names[] = {
	[APPOINTMENT_BOOKED] = "booked",
	[APPOINTMENT_CANCELLED] = "cancelled",
};
_Static_assert(
    NELEMS(state_names) == APPOINTMENT_STATE__MAX, "every state has a name");

/* A list being read. */
struct listing {
	struct appointment *items;
	size_t n;
	struct cursor *cursors; /* of each item */
};

static bool read_page(struct context *, const struct reach *,
    const struct appointment_query *, const struct cursor *, int,
    struct listing *, struct fault *);
static void listing_free(struct listing *);
static bool read_rows(
    struct context *, struct rows *, struct listing *, struct fault *);
static bool read_one(
    struct context *, struct rows *, int, struct appointment *, struct fault *);
static bool read_people(
    struct context *, bool, struct listing *, struct fault *);
static bool read_hosts(
    struct context *, const char *, struct listing *, struct fault *);
static bool read_guests(
    struct context *, bool, const char *, struct listing *, struct fault *);
static struct appointment *find(struct listing *, const char *);
static bool matches(const struct appointment *, const char *);

void
appointment_free(struct appointment *a)
{
	size_t i;

	tenant_text_free(a->title);
	tenant_text_free(a->room);
	tenant_text_free(a->note);
	place_free(&a->place);
	host_free_list(a->hosts, a->nhosts);
	for (i = 0; i < a->nguests; i++)
		guest_free(&a->guests[i]);
	free(a->guests);
	memset(a, 0, sizeof(*a));
}

void
appointment_free_list(struct appointment *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		appointment_free(&list[i]);
	free(list);
}

const char *
appointment_kind_name(enum appointment_kind kind)
{
	return (kind_names[kind]);
}

const char *
appointment_state_name(enum appointment_state state)
{
	return (state_names[state]);
}

bool
appointment_show(struct context *ctx, const struct reach *reach, const char *id,
    bool secrets, struct appointment *a, bool *found, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(id),
		reach->kind == REACH_ALL ? DB_NULL : DB_TEXT(reach->member_id),
		DB_TEXT(reach->kind == REACH_OFFICES ? "t" : "f"),
	};
	struct listing list = { .items = NULL };
	struct rows *rows;
	bool ok;

	memset(a, 0, sizeof(*a));
	*found = false;
	if (!db_run(ctx->db, NULL, &sql_appointment_get, args, &rows, f))
		return (false);
	if (rows_count(rows) == 0) {
		rows_free(rows);
		return (true);
	}
	list.items = a;
	list.n = 1;
	ok = read_one(ctx, rows, 0, a, f);
	if (ok && rows_bool(rows, 0, "outside_hours"))
		a->warning = "outside_hours";
	if (ok)
		text_copy(a->tag, sizeof(a->tag), rows_text(rows, 0, "tag"));
	ok = ok && read_people(ctx, secrets, &list, f);
	rows_free(rows);
	if (!ok)
		appointment_free(a);
	*found = ok;
	return (ok);
}

bool
appointment_list(struct context *ctx, const struct reach *reach,
    const struct appointment_query *query, struct appointment **listp,
    size_t *np, char *next, struct fault *f)
{
	const size_t limit = (size_t)query->limit;
	struct appointment *kept;
	struct listing page = { .items = NULL };
	struct cursor at;
	char *folded = NULL;
	size_t n = 0, seen = 0, i;
	bool more = true;
	int step;

	next[0] = '\0';
	cursor_first(&at);
	if (query->after != NULL && !cursor_read(query->after, &at))
		cursor_first(&at);
	if (query->q != NULL && (folded = match_fold(query->q)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "match_fold"));
	if ((kept = calloc(limit, sizeof(*kept))) == NULL) {
		match_free(folded);
		return (fault_set(f, FAULT_MEMORY, "appointment_list"));
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
	appointment_free_list(kept, n);
	return (false);
}

static bool
read_page(struct context *ctx, const struct reach *reach,
    const struct appointment_query *query, const struct cursor *at, int limit,
    struct listing *list, struct fault *f)
{
	const bool own = query->mine || reach->kind == REACH_OWN;
	char limit_text[12];
	struct rows *rows;
	bool ok;

	(void)snprintf(limit_text, sizeof(limit_text), "%d", limit);
	const struct db_arg args[] = {
		DB_TEXT(at->at),
		DB_TEXT(at->id),
		DB_TEXT(query->from == NULL ? DAY_FIRST : query->from),
		DB_TEXT(query->to == NULL ? DAY_LAST : query->to),
		DB_TEXT(query->office_id),
		!own && reach->kind == REACH_ALL ? DB_NULL
						 : DB_TEXT(reach->member_id),
		DB_TEXT(limit_text),
	};
	if (!db_run(ctx->db, NULL,
		own ? &sql_plan_by_value : &sql_plan_in_order, NULL, NULL, f) ||
	    !db_run(ctx->db, NULL,
		own ? &sql_appointment_page_own : &sql_appointment_page, args,
		&rows, f))
		return (false);
	ok = db_run(ctx->db, NULL, &sql_plan_as_usual, NULL, NULL, f) &&
	    read_rows(ctx, rows, list, f) && read_people(ctx, false, list, f);
	rows_free(rows);
	if (!ok)
		listing_free(list);
	return (ok);
}

static void
listing_free(struct listing *list)
{
	appointment_free_list(list->items, list->n);
	free(list->cursors);
	memset(list, 0, sizeof(*list));
}

static bool
read_rows(struct context *ctx, struct rows *rows, struct listing *list,
    struct fault *f)
{
	const size_t count = (size_t)rows_count(rows);
	int i;

	memset(list, 0, sizeof(*list));
	list->items = calloc(count + 1, sizeof(*list->items));
	list->cursors = calloc(count + 1, sizeof(*list->cursors));
	if (list->items == NULL || list->cursors == NULL)
		return (fault_set(f, FAULT_MEMORY, "appointments"));
	for (i = 0; i < rows_count(rows); i++) {
		if (!read_one(ctx, rows, i, &list->items[i], f))
			return (false);
		list->n++;
		cursor_set(&list->cursors[i], rows_int(rows, i, "cursor"),
		    list->items[i].id);
	}
	return (true);
}

static bool
read_one(struct context *ctx, struct rows *rows, int i, struct appointment *a,
    struct fault *f)
{
	const char *id = rows_text(rows, i, "id");

	text_copy(a->id, sizeof(a->id), id);
	text_copy(a->created_by, sizeof(a->created_by),
	    rows_text(rows, i, "created_by"));
	a->version = (int)rows_int(rows, i, "version");
	a->sequence = (int)rows_int(rows, i, "sequence");
	a->kind = strcmp(rows_text(rows, i, "kind"), "period") == 0
	    ? APPOINTMENT_PERIOD
	    : APPOINTMENT_SINGLE;
	a->state = strcmp(rows_text(rows, i, "state"), "cancelled") == 0
	    ? APPOINTMENT_CANCELLED
	    : APPOINTMENT_BOOKED;
	a->starts_at = rows_int(rows, i, "starts_at");
	a->ends_at = rows_int(rows, i, "ends_at");
	a->starts_offset = (int)rows_int(rows, i, "starts_offset");
	a->ends_offset = (int)rows_int(rows, i, "ends_offset");
	if (!tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "title_cell",
		id, rows, i, &a->title, f) ||
	    !tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "room_cell",
		id, rows, i, &a->room, f) ||
	    !tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "note_cell",
		id, rows, i, &a->note, f) ||
	    !place_read(rows, i, &a->place, f)) {
		appointment_free(a);
		return (false);
	}
	return (true);
}

static bool
read_people(
    struct context *ctx, bool secrets, struct listing *list, struct fault *f)
{
	struct idlist ids = IDLIST_INIT;
	bool ok = true;
	size_t i;

	if (list->n == 0)
		return (true);
	for (i = 0; i < list->n && ok; i++)
		ok = idlist_add(&ids, list->items[i].id, f);
	ok = ok && read_hosts(ctx, idlist_text(&ids), list, f) &&
	    read_guests(ctx, secrets, idlist_text(&ids), list, f);
	idlist_free(&ids);
	return (ok);
}

static bool
read_hosts(
    struct context *ctx, const char *ids, struct listing *list, struct fault *f)
{
	static const struct host_columns columns = {
		.id = "member_id",
		.name = "name_cell",
		.email = "email_cell",
		.language = "language",
	};
	const struct db_arg args[] = { DB_TEXT(ids) };
	struct appointment *a;
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(ctx->db, NULL, &sql_appointment_host_list, args, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && ok; i++) {
		a = find(list, rows_text(rows, i, "appointment_id"));
		ok = a == NULL ||
		    host_add(ctx, rows, i, &columns, &a->hosts, &a->nhosts, f);
	}
	rows_free(rows);
	return (ok);
}

static bool
read_guests(struct context *ctx, bool secrets, const char *ids,
    struct listing *list, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(ids) };
	struct appointment *a;
	struct guest *grown;
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(ctx->db, NULL, &sql_guest_by_appointment, args, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && ok; i++) {
		a = find(list, rows_text(rows, i, "appointment_id"));
		if (a == NULL)
			continue;
		grown =
		    reallocarray(a->guests, a->nguests + 1, sizeof(*a->guests));
		if (grown == NULL) {
			ok = fault_set(f, FAULT_MEMORY, "guests");
			break;
		}
		a->guests = grown;
		ok = guest_read(
		    ctx, rows, i, secrets, &a->guests[a->nguests], f);
		if (ok)
			a->nguests++;
	}
	rows_free(rows);
	return (ok);
}

static struct appointment *
find(struct listing *list, const char *id)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->items[i].id, id) == 0)
			return (&list->items[i]);
	}
	return (NULL);
}

static bool
matches(const struct appointment *a, const char *folded)
{
	size_t i;

	if (match_text(folded, a->title) || match_text(folded, a->room))
		return (true);
	for (i = 0; i < a->nhosts; i++) {
		if (match_text(folded, a->hosts[i].name))
			return (true);
	}
	for (i = 0; i < a->nguests; i++) {
		if (match_text(folded, a->guests[i].name) ||
		    match_text(folded, a->guests[i].kana) ||
		    match_text(folded, a->guests[i].company))
			return (true);
	}
	return (false);
}
