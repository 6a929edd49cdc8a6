#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "gen_sql.h"
#include "operation_log.h"
#include "reencryption.h"
#include "tenant_key.h"

#define WRITES_WORN "1073741824" /* 2^30; sealing stops at 2^31 */
#define COLUMNS_MAX 64
#define NAME_SIZE   64 /* NAMEDATALEN */
#define NOBODYS_ID  "00000000-0000-0000-0000-000000000000"

static const enum tenant_key_use uses[] = { TENANT_KEY_VISITOR,
	TENANT_KEY_DELIVERY, TENANT_KEY_TOTP };

/* One page of a table, and what is to be put in place of what. */
struct page {
	const char *table;
	uuid_text after;
	int rows;
	int cells;
	int unreadable;
	FILE *ids, *columns, *olds, *news; /* array literals */
	char *text[4];
	size_t len[4];
	struct {
		char name[NAME_SIZE];
		enum tenant_key_use use; /* of its last cell that opened */
	} known[COLUMNS_MAX];
	size_t nknown;
};

static bool run_step(
    struct context *, struct reencryption_step *, struct fault *);
static bool next_table(
    struct context *, const char *, bool, char[NAME_SIZE], struct fault *);
static bool end_round(
    struct context *, struct reencryption_step *, struct fault *);
static bool drop_keys(struct context *, struct fault *);
static bool page_open(struct page *, struct fault *);
static bool page_close(struct page *, struct fault *);
static void page_free(struct page *);
static bool read_page(struct context *, struct page *, struct fault *);
static bool move(struct context *, struct page *, const char *, const char *,
    const uint8_t *, size_t, struct fault *);
static bool open_cell(struct context *, struct page *, const char *,
    const char *, const uint8_t *, size_t, enum tenant_key_use *, char **,
    struct fault *);
static bool is_current(struct context *, enum tenant_key_use, const uint8_t *,
    size_t, bool *, struct fault *);
static enum tenant_key_use *known_use(struct page *, const char *);
static void put_bytes(FILE *, const uint8_t *, size_t);

bool
reencryption_ask(struct context *ctx, struct fault *f)
{
	return (db_run(ctx->db, NULL, &sql_reencryption_ask, NULL, NULL, f));
}

/* The keys of hashes stay: what was hashed could never be found again. */
bool
reencryption_renew(struct context *ctx, struct fault *f)
{
	bool ok = true;
	size_t i;

	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	for (i = 0; ok && i < NELEMS(uses); i++)
		ok = tenant_key_rotate(ctx, uses[i], f);
	if (ok && reencryption_ask(ctx, f) &&
	    operation_log_add(ctx, "tenant.keys_rotated", ctx->scope.tenant_id,
		"done", NULL, f))
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}

bool
reencryption_lead(struct context *ctx, bool *mine, struct fault *f)
{
	static const struct scope nobody = { "" };
	struct rows *rows;

	if (!db_run(ctx->db, &nobody, &sql_reencryption_lead, NULL, &rows, f))
		return (false);
	*mine = rows_bool(rows, 0, "mine");
	rows_free(rows);
	return (true);
}

bool
reencryption_look(struct context *ctx, long days, bool *due, struct fault *f)
{
	char number[24];
	struct rows *rows;
	bool worn, late, ok;

	(void)snprintf(number, sizeof(number), "%ld", days);
	if (!db_run(ctx->db, &ctx->scope, &sql_reencryption_look,
		(struct db_arg[]){ DB_TEXT(WRITES_WORN), DB_TEXT(number) },
		&rows, f))
		return (false);
	worn = rows_bool(rows, 0, "worn");
	late = rows_bool(rows, 0, "late");
	*due = rows_bool(rows, 0, "asked");
	rows_free(rows);
	if (worn)
		ok = reencryption_renew(ctx, f);
	else if (late && !*due)
		ok = db_run(
		    ctx->db, &ctx->scope, &sql_reencryption_ask, NULL, NULL, f);
	else
		return (true);
	*due = true;
	return (ok);
}

bool
reencryption_step(
    struct context *ctx, struct reencryption_step *step, struct fault *f)
{
	memset(step, 0, sizeof(*step));
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (run_step(ctx, step, f))
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}

static bool
run_step(struct context *ctx, struct reencryption_step *step, struct fault *f)
{
	struct page page = { .rows = 0 };
	char table[NAME_SIZE], stale[16], unreadable[16];
	struct rows *rows;
	bool ok = true;

	if (!db_run(ctx->db, NULL, &sql_reencryption_take, NULL, &rows, f))
		return (false);
	if (rows_count(rows) == 0) {
		rows_free(rows);
		return (true);
	}
	text_copy(table, sizeof(table), rows_text(rows, 0, "table_name"));
	text_copy(
	    page.after, sizeof(page.after), rows_text(rows, 0, "after_id"));
	rows_free(rows);

	step->more = true;
	/* A table that is gone since, or the beginning. */
	if (!next_table(ctx, table, true, table, f))
		return (false);
	if (table[0] == '\0')
		return (end_round(ctx, step, f));

	page.table = table;
	ok = page_open(&page, f) && read_page(ctx, &page, f);
	ok = page_close(&page, f) && ok;
	if (ok && page.cells > 0)
		ok = db_run(ctx->db, NULL, &sql_reencryption_replace,
		    (struct db_arg[]){ DB_TEXT(table), DB_TEXT(page.text[0]),
			DB_TEXT(page.text[1]), DB_TEXT(page.text[2]),
			DB_TEXT(page.text[3]) },
		    NULL, f);
	page_free(&page);
	if (!ok)
		return (false);

	step->rows = page.rows;
	step->cells = page.cells;
	if (page.rows < REENCRYPTION_PAGE) {
		if (!next_table(ctx, table, false, table, f))
			return (false);
		text_copy(page.after, sizeof(page.after), NOBODYS_ID);
	}
	(void)snprintf(stale, sizeof(stale), "%d", page.cells);
	(void)snprintf(unreadable, sizeof(unreadable), "%d", page.unreadable);
	ok = db_run(ctx->db, NULL, &sql_reencryption_advance,
	    (struct db_arg[]){ DB_TEXT(table), DB_TEXT(page.after),
		DB_TEXT(stale), DB_TEXT(unreadable) },
	    NULL, f);
	return (ok && (table[0] != '\0' || end_round(ctx, step, f)));
}

/* The first table from ${from} on, or after it; "" if there is none. */
static bool
next_table(struct context *ctx, const char *from, bool itself,
    char out[NAME_SIZE], struct fault *f)
{
	const char *name;
	struct rows *rows;
	int i, order;

	if (!db_run(ctx->db, NULL, &sql_reencryption_tables, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		name = rows_text(rows, i, "table_name");
		order = strcmp(name, from);
		if (order > 0 || (itself && order == 0))
			break;
	}
	text_copy(out, NAME_SIZE,
	    i < rows_count(rows) ? rows_text(rows, i, "table_name") : "");
	rows_free(rows);
	return (true);
}

static bool
end_round(struct context *ctx, struct reencryption_step *step, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, NULL, &sql_reencryption_round, NULL, &rows, f))
		return (false);
	step->more = !rows_bool(rows, 0, "done");
	if (!step->more)
		log_line(LOG_LEVEL_INFO, "reencryption.done", "tenant",
		    ctx->scope.tenant_id, "cells", rows_text(rows, 0, "moved"),
		    "unreadable", rows_text(rows, 0, "unreadable"), "ms",
		    rows_text(rows, 0, "ms"), NULL);
	rows_free(rows);
	return (step->more || drop_keys(ctx, f));
}

static bool
drop_keys(struct context *ctx, struct fault *f)
{
	struct rows *rows;
	int i;

	if (!db_run(ctx->db, NULL, &sql_reencryption_drop_keys, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++)
		log_line(LOG_LEVEL_INFO, "reencryption.key_dropped", "tenant",
		    ctx->scope.tenant_id, "use", rows_text(rows, i, "use"),
		    "version", rows_text(rows, i, "version"), NULL);
	rows_free(rows);
	return (true);
}

static bool
page_open(struct page *p, struct fault *f)
{
	FILE **m[] = { &p->ids, &p->columns, &p->olds, &p->news };
	size_t i;

	for (i = 0; i < NELEMS(m); i++) {
		if ((*m[i] = open_memstream(&p->text[i], &p->len[i])) == NULL)
			return (fault_set(f, FAULT_MEMORY, "a page of cells"));
		(void)fputc('{', *m[i]);
	}
	return (true);
}

static bool
page_close(struct page *p, struct fault *f)
{
	FILE *m[] = { p->ids, p->columns, p->olds, p->news };
	bool ok = true;
	size_t i;

	for (i = 0; i < NELEMS(m); i++) {
		if (m[i] == NULL)
			continue;
		(void)fputc('}', m[i]);
		ok = !ferror(m[i]) && ok;
		ok = fclose(m[i]) == 0 && ok;
	}
	if (!ok)
		return (fault_set(f, FAULT_MEMORY, "a page of cells"));
	return (true);
}

static void
page_free(struct page *p)
{
	size_t i;

	for (i = 0; i < NELEMS(p->text); i++)
		free(p->text[i]);
}

static bool
read_page(struct context *ctx, struct page *p, struct fault *f)
{
	const char *id, *column;
	const uint8_t *bytes;
	char n[16];
	struct rows *rows;
	bool ok = true;
	size_t len;
	int i;

	(void)snprintf(n, sizeof(n), "%d", REENCRYPTION_PAGE);
	if (!db_run(ctx->db, NULL, &sql_reencryption_page,
		(struct db_arg[]){
		    DB_TEXT(p->table), DB_TEXT(p->after), DB_TEXT(n) },
		&rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows); i++) {
		id = rows_text(rows, i, "id");
		if (strcmp(id, p->after) != 0) {
			text_copy(p->after, sizeof(p->after), id);
			p->rows++;
		}
		if (rows_null(rows, i, "cell"))
			continue;
		column = rows_text(rows, i, "column_name");
		bytes = rows_bytes(rows, i, "cell", &len);
		ok = move(ctx, p, id, column, bytes, len, f);
	}
	rows_free(rows);
	return (ok);
}

/* One cell, if it is not under its current key already. */
static bool
move(struct context *ctx, struct page *p, const char *id, const char *column,
    const uint8_t *bytes, size_t len, struct fault *f)
{
	const enum tenant_key_use *known = known_use(p, column);
	enum tenant_key_use use;
	struct cell cell = CELL_INIT;
	char *text = NULL;
	bool fresh = false, ok;

	if (known != NULL && !is_current(ctx, *known, bytes, len, &fresh, f))
		return (false);
	if (fresh)
		return (true);
	if (!open_cell(ctx, p, id, column, bytes, len, &use, &text, f))
		return (false);
	if (text == NULL) {
		p->unreadable++;
		log_line(LOG_LEVEL_ERROR, "reencryption.unreadable", "tenant",
		    ctx->scope.tenant_id, "table", p->table, "column", column,
		    "row", id, NULL);
		return (true);
	}
	ok = is_current(ctx, use, bytes, len, &fresh, f) &&
	    (fresh ||
		tenant_seal(ctx, use, p->table, column, id, text, &cell, f));
	tenant_text_free(text);
	if (!ok || fresh)
		return (ok);

	if (p->cells++ > 0) {
		(void)fputc(',', p->ids);
		(void)fputc(',', p->columns);
		(void)fputc(',', p->olds);
		(void)fputc(',', p->news);
	}
	(void)fputs(id, p->ids);
	(void)fputs(column, p->columns);
	put_bytes(p->olds, bytes, len);
	put_bytes(p->news, cell.bytes, cell.len);
	cell_free(&cell);
	return (true);
}

/*
 * Under which use a column's cells are, the first one that opens tells.  NULL
 * at ${textp} if no key opens this one.
 */
static bool
open_cell(struct context *ctx, struct page *p, const char *id,
    const char *column, const uint8_t *bytes, size_t len,
    enum tenant_key_use *use, char **textp, struct fault *f)
{
	enum tenant_key_use *known = known_use(p, column);
	struct fault mine;
	size_t i;

	for (i = 0; i < NELEMS(uses); i++) {
		fault_clear(&mine);
		*use = known != NULL ? *known : uses[i];
		if (tenant_open_bytes(ctx, *use, p->table, column, id, bytes,
			len, textp, &mine))
			break;
		if (mine.kind != FAULT_CRYPT)
			return (fault_set(f, mine.kind, "%s", mine.what));
		if (known != NULL)
			return (true);
	}
	if (i < NELEMS(uses) && known == NULL && p->nknown < COLUMNS_MAX) {
		text_copy(p->known[p->nknown].name, NAME_SIZE, column);
		p->known[p->nknown++].use = *use;
	}
	return (true);
}

static bool
is_current(struct context *ctx, enum tenant_key_use use, const uint8_t *bytes,
    size_t len, bool *current, struct fault *f)
{
	struct tenant_key *key;
	uint32_t version;

	if (!tenant_key_get(ctx, use, 0, &key, f))
		return (false);
	*current = cell_version(bytes, len, &version) &&
	    version == cell_key_version(tenant_key_cell(key));
	tenant_key_release(key);
	return (true);
}

static enum tenant_key_use *
known_use(struct page *p, const char *column)
{
	size_t i;

	for (i = 0; i < p->nknown; i++) {
		if (strcmp(p->known[i].name, column) == 0)
			return (&p->known[i].use);
	}
	return (NULL);
}

/* As an element of an array of bytea. */
static void
put_bytes(FILE *m, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	(void)fputs("\"\\\\x", m);
	for (i = 0; i < len; i++) {
		(void)fputc(digits[bytes[i] >> 4], m);
		(void)fputc(digits[bytes[i] & 15], m);
	}
	(void)fputc('"', m);
}
