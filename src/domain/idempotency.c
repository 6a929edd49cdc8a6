#include <stdio.h>
#include <string.h>

#include "db.h"
#include "gen_sql.h"
#include "idempotency.h"
#include "secret.h"
#include "tenant_key.h"
#include "text.h"

#define TABLE  "idempotency"
#define COLUMN "answer_cell"

static bool same(struct rows *, const struct idempotency_request *);

bool
idempotency_find(struct context *ctx, const struct idempotency_request *ask,
    enum idempotency_verdict *verdict, int *status, char **text,
    struct fault *f)
{
	struct rows *rows;
	bool ok = true;

	*text = NULL;
	if (!db_run(ctx->db, &ctx->scope, &sql_idempotency_show,
		(struct db_arg[]){ DB_TEXT(ask->principal), DB_TEXT(ask->key) },
		&rows, f))
		return (false);

	if (rows_null(rows, 0, "id"))
		*verdict = rows_bool(rows, 0, "mine") ? IDEMPOTENCY_NEW
						      : IDEMPOTENCY_BUSY;
	else if (!same(rows, ask))
		*verdict = IDEMPOTENCY_REUSED;
	else if (rows_null(rows, 0, "answer_cell"))
		*verdict = IDEMPOTENCY_SECRET;
	else {
		*verdict = IDEMPOTENCY_KEPT;
		*status = (int)rows_int(rows, 0, "status");
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, TABLE, COLUMN,
		    rows_text(rows, 0, "id"), rows, 0, text, f);
	}
	rows_free(rows);
	return (ok);
}

bool
idempotency_keep(struct context *ctx, const struct idempotency_request *ask,
    int status, const char *text, struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text id;
	char number[16];
	bool ok;

	text_uuid_new(id);
	(void)snprintf(number, sizeof(number), "%d", status);
	if (!tenant_seal(
		ctx, TENANT_KEY_VISITOR, TABLE, COLUMN, id, text, &cell, f))
		return (false);
	ok = db_run(ctx->db, &ctx->scope, &sql_idempotency_keep,
	    (struct db_arg[]){ DB_TEXT(ask->principal), DB_TEXT(ask->key),
		DB_TEXT(id), DB_TEXT(ask->route),
		DB_BYTES(ask->hash, sizeof(ask->hash)), DB_TEXT(number),
		DB_CELL(cell) },
	    NULL, f);
	cell_free(&cell);
	return (ok);
}

static bool
same(struct rows *rows, const struct idempotency_request *ask)
{
	const uint8_t *hash;
	size_t len;

	hash = rows_bytes(rows, 0, "body_hash", &len);
	return (len == sizeof(ask->hash) &&
	    secret_equal(hash, ask->hash, len) &&
	    strcmp(rows_text(rows, 0, "route"), ask->route) == 0);
}
