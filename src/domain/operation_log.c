#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "idlist.h"
#include "operation_log.h"
#include "operator_log.h"
#include "tenant_key.h"

static const char *const actor_names[] = {
	[ACTOR_NONE] = "none",
	[ACTOR_MEMBER] = "member",
	[ACTOR_DEVICE] = "device",
	[ACTOR_API_KEY] = "api_key",
	[ACTOR_OPERATOR] = "operator",
	[ACTOR_GUEST] = "guest",
	[ACTOR_SYSTEM] = "system",
};
_Static_assert(
    NELEMS(actor_names) == ACTOR_KIND__MAX, "every actor has a name");

static bool seal(struct context *, const char *, const json_t *, struct cell *,
    struct fault *);
static bool operator_too(
    struct context *, const char *, const char *, const char *, struct fault *);
static bool seldom(struct context *, const struct stmt *, const char *,
    const char *, const char *, struct fault *);

bool
operation_log_add(struct context *ctx, const char *action,
    const char *object_id, const char *result, json_t *detail, struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text id;
	bool ok;

	text_uuid_new(id);
	ok = seal(ctx, id, detail, &cell, f) &&
	    db_push(ctx->db, &ctx->scope, &sql_operation_log_add,
		(struct db_arg[]){ DB_TEXT(id),
		    DB_TEXT(actor_names[ctx->actor.kind]),
		    DB_TEXT(ctx->actor.id[0] != '\0' ? ctx->actor.id : NULL),
		    DB_TEXT(ctx->actor.address), DB_TEXT(action),
		    DB_TEXT(object_id), DB_TEXT(result), DB_CELL(cell) },
		f) &&
	    operator_too(ctx, action, object_id, result, f);

	ctx->logged = ctx->logged || ok;
	cell_free(&cell);
	json_decref(detail);
	return (ok);
}

bool
operation_log_add_many(struct context *ctx, const char *action,
    uuid_text *object_ids, json_t **details, size_t n, struct fault *f)
{
	struct idlist ids = IDLIST_INIT, objects = IDLIST_INIT,
		      cells = IDLIST_INIT;
	struct cell cell;
	uuid_text id;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < n; i++) {
		text_uuid_new(id);
		ok = seal(ctx, id, details[i], &cell, f) &&
		    idlist_add(&ids, id, f) &&
		    idlist_add(&objects, object_ids[i], f) &&
		    idlist_add_bytes(&cells, cell.bytes, cell.len, f);
		cell_free(&cell);
	}
	ok = ok &&
	    db_push(ctx->db, &ctx->scope, &sql_operation_log_add_many,
		(struct db_arg[]){ DB_TEXT(idlist_text(&ids)),
		    DB_TEXT(idlist_text(&objects)),
		    DB_TEXT(idlist_text(&cells)),
		    DB_TEXT(actor_names[ctx->actor.kind]),
		    DB_TEXT(ctx->actor.id[0] != '\0' ? ctx->actor.id : NULL),
		    DB_TEXT(ctx->actor.address), DB_TEXT(action) },
		f);

	ctx->logged = ctx->logged || ok;
	idlist_free(&ids);
	idlist_free(&objects);
	idlist_free(&cells);
	for (i = 0; i < n; i++)
		json_decref(details[i]);
	return (ok);
}

void
operation_log_nothing(struct context *ctx)
{
	ctx->logged = true;
}

bool
operation_log_look(struct context *ctx, const char *action,
    const char *object_id, struct fault *f)
{
	return (
	    seldom(ctx, &sql_operation_log_look, action, object_id, "done", f));
}

bool
operation_log_refusal(struct context *ctx, const char *action,
    const char *object_id, const char *result, struct fault *f)
{
	/* What somebody unknown says is no object, and would make each new. */
	if (ctx->actor.kind == ACTOR_NONE)
		object_id = NULL;
	return (seldom(
	    ctx, &sql_operation_log_refuse, action, object_id, result, f));
}

const char *
operation_log_actor_name(enum actor_kind kind)
{
	return (actor_names[kind]);
}

static bool
seal(struct context *ctx, const char *id, const json_t *detail,
    struct cell *cell, struct fault *f)
{
	char *text = NULL;
	bool ok;

	*cell = (struct cell)CELL_INIT;
	if (detail != NULL && (text = json_dumps(detail, JSON_COMPACT)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "operation log"));
	ok = tenant_seal(ctx, TENANT_KEY_VISITOR, "operation", "detail_cell",
	    id, text, cell, f);
	tenant_text_free(text);
	return (ok);
}

/*
 * What the operator does to a tenant stands in the operator's log as well; of
 * what is told to many, operator_notice.c says it there once.
 */
static bool
operator_too(struct context *ctx, const char *action, const char *object_id,
    const char *result, struct fault *f)
{
	const char *tenant_id = ctx->scope.tenant_id;

	if (ctx->actor.kind != ACTOR_OPERATOR ||
	    strncmp(action, "notice.", 7) == 0)
		return (true);
	if (object_id != NULL && strcmp(object_id, tenant_id) == 0)
		object_id = NULL;
	return (operator_log_add(ctx, action, tenant_id, object_id, result, f));
}

static bool
seldom(struct context *ctx, const struct stmt *stmt, const char *action,
    const char *object_id, const char *result, struct fault *f)
{
	uuid_text id;

	text_uuid_new(id);
	return (db_run(ctx->db, &ctx->scope, stmt,
	    (struct db_arg[]){ DB_TEXT(id),
		DB_TEXT(actor_names[ctx->actor.kind]),
		DB_TEXT(ctx->actor.id[0] != '\0' ? ctx->actor.id : NULL),
		DB_TEXT(ctx->actor.address), DB_TEXT(action),
		DB_TEXT(object_id), DB_TEXT(result) },
	    NULL, f));
}
