#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "csv.h"
#include "cursor.h"
#include "gen_sql.h"
#include "gen_text.h"
#include "match.h"
#include "tenant_key.h"
#include "visit_row.h"

#include "visit_csv.h"

#define PAGE_ROWS   1000 /* LIMIT of visit_export */
#define GATHER_ROWS 16

/* What a host's id is called; sorted by id. */
struct name {
	uuid_text id;
	char *text;
};

struct export
{
	struct context *ctx;
	struct csv_export *csv;
	enum text_language language;
	char *folded; /* what is searched for, or NULL */
	struct csv_writer *out;
	/* What is written of a page, before anybody waits for who reads it. */
	FILE *held;
	char *bytes;
	size_t nbytes;
	bool stopped;
	struct name *names;
	size_t nnames;
};

static const enum text_key headings[] = {
	TEXT_CSV_ARRIVED_AT,
	TEXT_CSV_STATE,
	TEXT_CSV_COMPANY,
	TEXT_CSV_GUEST,
	TEXT_CSV_KANA,
	TEXT_CSV_PEOPLE,
	TEXT_CSV_HOSTS,
	TEXT_CSV_OFFICE,
	TEXT_CSV_TITLE,
	TEXT_CSV_ROOM,
	TEXT_CSV_VIA,
	TEXT_CSV_LATE,
	TEXT_CSV_MET_AT,
	TEXT_CSV_LEFT_AT,
	TEXT_CSV_LEFT_BY,
	TEXT_CSV_UNDONE_AT,
	TEXT_CSV_ID,
};

static const enum text_key state_texts[] = {
	[VISIT_ARRIVED] = TEXT_CSV_STATE_ARRIVED,
	[VISIT_MET] = TEXT_CSV_STATE_MET,
	[VISIT_LEFT] = TEXT_CSV_STATE_LEFT,
	[VISIT_UNDONE] = TEXT_CSV_STATE_UNDONE,
};
_Static_assert(NELEMS(state_texts) == VISIT_STATE__MAX, "all have a text");

static const enum text_key via_texts[] = {
	[VISIT_VIA_PASS] = TEXT_CSV_VIA_PASS,
	[VISIT_VIA_CODE] = TEXT_CSV_VIA_CODE,
	[VISIT_VIA_WALK_IN] = TEXT_CSV_VIA_WALK_IN,
	[VISIT_VIA_RECEPTION] = TEXT_CSV_VIA_RECEPTION,
};
_Static_assert(NELEMS(via_texts) == VISIT_VIA__MAX, "all have a text");

static const enum text_key left_by_texts[] = {
	[VISIT_LEFT_BY_NOBODY] = TEXT__MAX,
	[VISIT_LEFT_BY_TABLET] = TEXT_CSV_LEFT_BY_TABLET,
	[VISIT_LEFT_BY_MEMBER] = TEXT_CSV_LEFT_BY_MEMBER,
	[VISIT_LEFT_BY_AUTOMATIC] = TEXT_CSV_LEFT_BY_AUTOMATIC,
};
_Static_assert(NELEMS(left_by_texts) == VISIT_LEFT_BY__MAX, "all have a text");

static bool export_open(struct export *, const char *, struct fault *);
static void export_close(struct export *);
static bool read_names(struct export *, struct fault *);
static bool read_name(struct export *, struct rows *, int, struct fault *);
static int compare_names(const void *, const void *);
static const char *name_of(const struct export *, const char *);
static bool write_heading(struct export *, struct fault *);
static bool write_pages(
    struct export *, const struct visit_query *, struct fault *);
static bool ask_page(struct context *, const struct visit_query *,
    const struct cursor *, struct fault *);
static bool write_page(struct export *, struct rows *, struct fault *);
static bool hold(void *, const void *, size_t);
static bool pass_on(struct export *, struct fault *);
static void drop_held(struct export *);
static bool write_row(struct export *, struct rows *, int, struct fault *);
static void hosts_text(const struct export *, const char *, char *, size_t);
static bool wanted(const struct export *, const struct visit *, const char *);
static bool format_row(
    struct export *, const struct visit *, const char *, struct fault *);

bool
visit_csv_export(struct context *ctx, const struct visit_query *query,
    struct csv_export *csv, struct fault *f)
{
	struct export *x;
	bool ok;

	if ((x = calloc(1, sizeof(*x))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "visit_csv"));
	x->ctx = ctx;
	x->csv = csv;
	ok = export_open(x, query->q, f) && read_names(x, f) &&
	    write_heading(x, f) && write_pages(x, query, f);
	if (ok && !x->stopped) {
		csv_finish(x->out);
		ok = pass_on(x, f);
	}
	if (x->out != NULL)
		csv->unwritable = csv_unwritable(x->out);
	export_close(x);
	return (ok);
}

static bool
export_open(struct export *x, const char *q, struct fault *f)
{
	x->language = text_language_of(x->csv->language);
	x->csv->rows = x->csv->unwritable = 0;
	if (q != NULL && (x->folded = match_fold(q)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "visit_csv"));
	x->out = csv_writer_new(x->csv->encoding, hold, x, f);
	return (x->out != NULL);
}

static void
export_close(struct export *x)
{
	size_t i;

	drop_held(x);
	csv_writer_free(x->out);
	match_free(x->folded);
	for (i = 0; i < x->nnames; i++)
		tenant_text_free(x->names[i].text);
	free(x->names);
	secret_wipe(x, sizeof(*x));
	free(x);
}

/* All names of hosts at once: there are far fewer of them than visits. */
static bool
read_names(struct export *x, struct fault *f)
{
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(x->ctx->db, &x->ctx->scope, &sql_visit_export_names, NULL,
		&rows, f))
		return (false);
	x->names = calloc((size_t)rows_count(rows) + 1, sizeof(*x->names));
	if (x->names == NULL)
		ok = fault_set(f, FAULT_MEMORY, "visit_csv");
	for (i = 0; ok && i < rows_count(rows); i++)
		ok = read_name(x, rows, i, f);
	rows_free(rows);
	if (ok)
		qsort(x->names, x->nnames, sizeof(*x->names), compare_names);
	return (ok);
}

static bool
read_name(struct export *x, struct rows *rows, int i, struct fault *f)
{
	const char *id = rows_text(rows, i, "id");
	const char *department = rows_text(rows, i, "department");
	struct name *name = &x->names[x->nnames++];

	text_copy(name->id, sizeof(name->id), id);
	if (department == NULL)
		return (tenant_open(x->ctx, TENANT_KEY_VISITOR, "member",
		    "name_cell", id, rows, i, &name->text, f));
	if ((name->text = strdup(department)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "visit_csv"));
	return (true);
}

static int
compare_names(const void *a, const void *b)
{
	return (
	    strcmp(((const struct name *)a)->id, ((const struct name *)b)->id));
}

static const char *
name_of(const struct export *x, const char *id)
{
	const struct name *found;
	struct name key = { .id = "" };

	text_copy(key.id, sizeof(key.id), id);
	found = bsearch(
	    &key, x->names, x->nnames, sizeof(*x->names), compare_names);
	return (found == NULL ? "" : found->text);
}

static bool
write_heading(struct export *x, struct fault *f)
{
	size_t i;

	for (i = 0; i < NELEMS(headings); i++) {
		if (!csv_cell(x->out, text_get(x->language, headings[i]), f))
			return (false);
	}
	return (csv_row(x->out, f));
}

/*
 * While a page is written the database looks for the next one.  That is here,
 * whole, before the first is passed on: who reads slowly keeps no statement
 * waiting.
 */
static bool
write_pages(struct export *x, const struct visit_query *query, struct fault *f)
{
	struct fault ignored = FAULT_INIT;
	struct rows *rows = NULL, *next;
	struct cursor at;
	bool ok, more;
	int n;

	cursor_first(&at);
	ok =
	    ask_page(x->ctx, query, &at, f) && db_receive(x->ctx->db, &rows, f);
	while (ok && rows != NULL && !x->stopped) {
		next = NULL;
		n = rows_count(rows);
		more = n == PAGE_ROWS;
		if (more) {
			cursor_set(&at, rows_int(rows, n - 1, "cursor"),
			    rows_text(rows, n - 1, "id"));
			ok = more = ask_page(x->ctx, query, &at, f);
		}
		ok = ok && write_page(x, rows, f);
		if (more)
			ok = db_receive(x->ctx->db, &next, ok ? f : &ignored) &&
			    ok;
		ok = ok && pass_on(x, f);
		rows_free(rows);
		rows = next;
	}
	rows_free(rows);
	return (ok);
}

static bool
ask_page(struct context *ctx, const struct visit_query *query,
    const struct cursor *at, struct fault *f)
{
	return (
	    db_send(ctx->db, &ctx->scope, &sql_plan_in_order, &sql_visit_export,
		(struct db_arg[]){ VISIT_ROW_ARGS(query, at) }, f));
}

static bool
write_page(struct export *x, struct rows *rows, struct fault *f)
{
	bool ok = true;
	int i;

	for (i = 0; ok && i < rows_count(rows); i++) {
		if (i % GATHER_ROWS == 0)
			db_gather(x->ctx->db);
		ok = write_row(x, rows, i, f);
	}
	return (ok);
}

static bool
hold(void *to, const void *data, size_t len)
{
	struct export *x = to;

	if (x->held == NULL)
		x->held = open_memstream(&x->bytes, &x->nbytes);
	return (x->held != NULL && fwrite(data, 1, len, x->held) == len);
}

static bool
pass_on(struct export *x, struct fault *f)
{
	bool ok = x->held == NULL || fclose(x->held) == 0;

	x->held = NULL;
	if (!ok || csv_stopped(x->out)) {
		ok = fault_set(f, FAULT_MEMORY, "visit_csv");
	} else if (x->bytes != NULL) {
		x->stopped = !x->csv->write(x->csv->to, x->bytes, x->nbytes);
	}
	drop_held(x);
	return (ok);
}

static void
drop_held(struct export *x)
{
	if (x->held != NULL)
		(void)fclose(x->held);
	x->held = NULL;
	if (x->bytes != NULL)
		secret_wipe(x->bytes, x->nbytes);
	free(x->bytes);
	x->bytes = NULL;
}

static bool
write_row(struct export *x, struct rows *rows, int i, struct fault *f)
{
	char hosts[8192];
	struct visit v;
	bool ok = true;

	if (!visit_row_read(x->ctx, rows, i, &v, f))
		return (false);
	hosts_text(x, rows_text(rows, i, "hosts"), hosts, sizeof(hosts));
	if (wanted(x, &v, hosts)) {
		ok = format_row(x, &v, hosts, f) && csv_row(x->out, f);
		x->csv->rows++;
	}
	secret_wipe(hosts, sizeof(hosts));
	visit_free(&v);
	return (ok);
}

/* "ID ID" as names with a comma between them. */
static void
hosts_text(const struct export *x, const char *ids, char *out, size_t size)
{
	uuid_text id;
	size_t used = 0;

	out[0] = '\0';
	for (; ids != NULL && *ids != '\0'; ids += *ids == ' ') {
		text_copy(id, sizeof(id), ids);
		ids += strcspn(ids, " ");
		if (used > 0 && used + 3 < size) {
			memcpy(out + used, ", ", 3);
			used += 2;
		}
		text_copy(out + used, size - used, name_of(x, id));
		used += strlen(out + used);
	}
}

static bool
wanted(const struct export *x, const struct visit *v, const char *hosts)
{
	return (x->folded == NULL || match_text(x->folded, v->guest) ||
	    match_text(x->folded, v->kana) ||
	    match_text(x->folded, v->company) || match_text(x->folded, hosts));
}

static bool
format_row(
    struct export *x, const struct visit *v, const char *hosts, struct fault *f)
{
	const enum text_key left_by = left_by_texts[v->left_by];
	struct csv_writer *o = x->out;
	char arrived[32], met[32], left[32], undone[32], people[12];

	csv_time(arrived, v->arrived_at, v->offset);
	csv_time(met, v->met_at, v->offset);
	csv_time(left, v->left_at, v->offset);
	csv_time(undone, v->undone_at, v->offset);
	(void)snprintf(people, sizeof(people), "%d", v->people);
	return (csv_cell(o, arrived, f) &&
	    csv_cell(o, text_get(x->language, state_texts[v->state]), f) &&
	    csv_cell(o, v->company, f) && csv_cell(o, v->guest, f) &&
	    csv_cell(o, v->kana, f) && csv_cell(o, people, f) &&
	    csv_cell(o, hosts, f) && csv_cell(o, v->place.office, f) &&
	    csv_cell(o, v->title, f) && csv_cell(o, v->room, f) &&
	    csv_cell(o, text_get(x->language, via_texts[v->via]), f) &&
	    csv_cell(o, v->late ? text_get(x->language, TEXT_CSV_LATE_YES) : "",
		f) &&
	    csv_cell(o, met, f) && csv_cell(o, left, f) &&
	    csv_cell(o,
		left_by == TEXT__MAX ? "" : text_get(x->language, left_by),
		f) &&
	    csv_cell(o, undone, f) && csv_cell(o, v->id, f));
}
