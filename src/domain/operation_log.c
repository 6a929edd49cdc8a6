#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "operation_log.h"
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

bool
operation_log_add(struct context *ctx, const char *action,
    const char *object_id, const char *result, json_t *detail, struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text id;
	char *text = NULL;
	bool ok = true;

	text_uuid_new(id);
	if (detail != NULL && (text = json_dumps(detail, JSON_COMPACT)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "operation log");
	if (ok)
		ok = tenant_seal(ctx, TENANT_KEY_VISITOR, "operation",
		    "detail_cell", id, text, &cell, f);
	if (ok)
		ok = db_run(ctx->db, &ctx->scope, &sql_operation_log_add,
		    (struct db_arg[]){ DB_TEXT(id),
			DB_TEXT(actor_names[ctx->actor.kind]),
			DB_TEXT(
			    ctx->actor.id[0] != '\0' ? ctx->actor.id : NULL),
			DB_TEXT(ctx->actor.address), DB_TEXT(action),
			DB_TEXT(object_id), DB_TEXT(result), DB_CELL(cell) },
		    NULL, f);

	cell_free(&cell);
	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
	json_decref(detail);
	return (ok);
}

const char *
operation_log_actor_name(enum actor_kind kind)
{
	return (actor_names[kind]);
}
