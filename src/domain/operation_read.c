#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "cursor.h"
#include "gen_sql.h"
#include "tenant_key.h"

#include "operation_read.h"

static bool read_row(
    struct context *, struct rows *, int, struct operation *, struct fault *);
static bool read_names(
    struct context *, struct rows *, int, struct operation *, struct fault *);
static bool copy(const char *, char **, struct fault *);

bool
operation_page(struct context *ctx, const struct operation_query *q,
    struct operation_page *page, struct fault *f)
{
	struct cursor at;
	char limit[12];
	bool ok;
	int i, n;

	memset(page, 0, sizeof(*page));
	cursor_last(&at);
	if (q->after != NULL && !cursor_read(q->after, &at))
		return (fault_set(f, FAULT_BUG, "operation: no cursor"));
	(void)snprintf(limit, sizeof(limit), "%d", q->limit + 1);
	if (!db_run(ctx->db, NULL, &sql_plan_in_order, NULL, NULL, f) ||
	    !db_run(ctx->db, NULL, &sql_operation_log_page,
		(struct db_arg[]){ DB_TEXT(at.at), DB_TEXT(at.id),
		    DB_TEXT(q->from != NULL ? q->from : "-infinity"),
		    DB_TEXT(q->until != NULL ? q->until : "infinity"),
		    DB_TEXT(q->actor_id), DB_TEXT(q->actor_kind),
		    DB_TEXT(q->action), DB_TEXT(q->object_id),
		    DB_TEXT(q->refused), DB_TEXT(limit) },
		&page->rows, f))
		return (false);
	n = rows_count(page->rows);
	page->items = calloc((size_t)n + 1, sizeof(*page->items));
	ok =
	    page->items != NULL || fault_set(f, FAULT_MEMORY, "operation page");
	for (i = 0; ok && i < n && i < q->limit; i++) {
		page->n++;
		ok = read_row(ctx, page->rows, i, &page->items[i], f);
	}
	if (ok && n > q->limit) {
		cursor_set(&at, rows_int(page->rows, q->limit - 1, "cursor"),
		    rows_text(page->rows, q->limit - 1, "id"));
		cursor_write(&at, page->next);
	}
	return (ok);
}

void
operation_page_free(struct operation_page *page)
{
	size_t i;

	for (i = 0; i < page->n; i++) {
		tenant_text_free(page->items[i].actor_name);
		tenant_text_free(page->items[i].object_name);
		tenant_text_free(page->items[i].detail);
	}
	free(page->items);
	rows_free(page->rows);
	memset(page, 0, sizeof(*page));
}

bool
operation_state(
    struct context *ctx, struct operation_state *state, struct fault *f)
{
	struct rows *rows;

	memset(state, 0, sizeof(*state));
	if (!db_run(
		ctx->db, &ctx->scope, &sql_operation_log_state, NULL, &rows, f))
		return (false);
	state->waiting = rows_int(rows, 0, "waiting");
	if (!rows_null(rows, 0, "position")) {
		state->position = rows_int(rows, 0, "position");
		state->chained_at = rows_int(rows, 0, "chained_at");
	}
	if (!rows_null(rows, 0, "sealed")) {
		state->sealed = rows_int(rows, 0, "sealed");
		state->sealed_at = rows_int(rows, 0, "sealed_at");
		state->broken =
		    strcmp(rows_text(rows, 0, "finding"), "none") != 0;
	}
	rows_free(rows);
	return (true);
}

static bool
read_row(struct context *ctx, struct rows *rows, int i, struct operation *o,
    struct fault *f)
{
	o->seq = rows_int(rows, i, "seq");
	text_copy(o->id, sizeof(o->id), rows_text(rows, i, "id"));
	o->at = rows_int(rows, i, "at");
	o->offset = (int)rows_int(rows, i, "zone_offset");
	if (!rows_null(rows, i, "position"))
		o->position = rows_int(rows, i, "position");
	o->actor_kind = rows_text(rows, i, "actor_kind");
	o->actor_id = rows_text(rows, i, "actor_id");
	o->address = rows_text(rows, i, "address");
	o->action = rows_text(rows, i, "action");
	o->object_id = rows_text(rows, i, "object_id");
	o->result = rows_text(rows, i, "result");
	if (!tenant_open(ctx, TENANT_KEY_VISITOR, "operation", "detail_cell",
		o->id, rows, i, &o->detail, f)) {
		if (f->kind != FAULT_CRYPT)
			return (false);
		fault_clear(f);
		o->damaged = true;
	}
	return (read_names(ctx, rows, i, o, f));
}

static bool
read_names(struct context *ctx, struct rows *rows, int i, struct operation *o,
    struct fault *f)
{
	const uint8_t *cell;
	size_t len;

	if (!rows_null(rows, i, "device")
		? !copy(rows_text(rows, i, "device"), &o->actor_name, f)
		: !tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
		      o->actor_id != NULL ? o->actor_id : "", rows, i,
		      &o->actor_name, f))
		return (false);
	if (rows_null(rows, i, "object_cell"))
		return (copy(
		    rows_text(rows, i, "object_name"), &o->object_name, f));
	cell = rows_bytes(rows, i, "object_cell", &len);
	return (tenant_open_bytes(ctx, TENANT_KEY_VISITOR, "member",
	    "name_cell", o->object_id, cell, len, &o->object_name, f));
}

static bool
copy(const char *text, char **out, struct fault *f)
{
	if (text != NULL && (*out = strdup(text)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "operation page"));
	return (true);
}
