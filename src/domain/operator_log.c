#include <stdio.h>

#include "fault.h"

#include "gen_sql.h"
#include "operator_log.h"

static const struct scope nobody = { "" };

static const char *given(const char *);

bool
operator_log_add(struct context *ctx, const char *action, const char *tenant_id,
    const char *object_id, const char *result, struct fault *f)
{
	if (!db_run(ctx->db, &nobody, &sql_operator_log_add,
		(struct db_arg[]){ DB_TEXT(given(ctx->actor.id)),
		    DB_TEXT(ctx->actor.address), DB_TEXT(action),
		    DB_TEXT(given(tenant_id)), DB_TEXT(given(object_id)),
		    DB_TEXT(result) },
		NULL, f))
		return (false);
	ctx->logged = true;
	return (true);
}

bool
operator_log_seldom(struct context *ctx, const char *action,
    const char *tenant_id, const char *object_id, const char *result,
    int seconds, struct fault *f)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", seconds);
	return (db_run(ctx->db, &nobody, &sql_operator_log_seldom,
	    (struct db_arg[]){ DB_TEXT(given(ctx->actor.id)),
		DB_TEXT(ctx->actor.address), DB_TEXT(action),
		DB_TEXT(given(tenant_id)), DB_TEXT(given(object_id)),
		DB_TEXT(result), DB_TEXT(text) },
	    NULL, f));
}

bool
operator_log_page(struct context *ctx, const struct operator_log_query *q,
    struct rows **rows, struct fault *f)
{
	char limit[16];

	(void)snprintf(limit, sizeof(limit), "%d", q->limit);
	return (db_run(ctx->db, &nobody, &sql_operator_log_page,
	    (struct db_arg[]){ DB_TEXT(q->before), DB_TEXT(q->action),
		DB_TEXT(q->operator_id), DB_TEXT(q->tenant_id),
		DB_TEXT(q->refused), DB_TEXT(q->from), DB_TEXT(q->until),
		DB_TEXT(limit) },
	    rows, f));
}

static const char *
given(const char *id)
{
	return (id == NULL || id[0] == '\0' ? NULL : id);
}
