#include <stdio.h>

#include "fault.h"

#include "gen_sql.h"
#include "operation_log.h"
#include "sign_in_policy.h"

bool
sign_in_policy_show(
    struct context *ctx, struct sign_in_policy *policy, struct fault *f)
{
	struct rows *rows;

	if (!db_run(
		ctx->db, &ctx->scope, &sql_sign_in_policy_show, NULL, &rows, f))
		return (false);
	policy->password_min = (long)rows_int(rows, 0, "password_min");
	policy->idle_minutes = (long)rows_int(rows, 0, "idle_minutes");
	policy->longest_hours = (long)rows_int(rows, 0, "longest_hours");
	policy->version = (long)rows_int(rows, 0, "version");
	rows_free(rows);
	return (true);
}

bool
sign_in_policy_set(struct context *ctx, struct sign_in_policy *policy,
    bool *conflict, struct fault *f)
{
	char text[4][24];
	struct rows *rows;

	(void)snprintf(text[0], sizeof(text[0]), "%ld", policy->password_min);
	(void)snprintf(text[1], sizeof(text[1]), "%ld", policy->idle_minutes);
	(void)snprintf(text[2], sizeof(text[2]), "%ld", policy->longest_hours);
	(void)snprintf(text[3], sizeof(text[3]), "%ld", policy->version);
	if (!db_run(ctx->db, &ctx->scope, &sql_sign_in_policy_set,
		(struct db_arg[]){ DB_TEXT(text[0]), DB_TEXT(text[1]),
		    DB_TEXT(text[2]), DB_TEXT(text[3]) },
		&rows, f))
		return (false);
	*conflict = rows_count(rows) == 0;
	if (!*conflict)
		policy->version = (long)rows_int(rows, 0, "version");
	rows_free(rows);
	return (*conflict ||
	    operation_log_add(ctx, "settings.sign_in_changed", NULL, "done",
		json_pack("{sIsIsI}", "password_min",
		    (json_int_t)policy->password_min, "idle_minutes",
		    (json_int_t)policy->idle_minutes, "longest_hours",
		    (json_int_t)policy->longest_hours),
		f));
}
