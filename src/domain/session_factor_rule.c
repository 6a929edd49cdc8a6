#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "fault.h"

#include "gen_sql.h"
#include "operation_log.h"
#include "role.h"
#include "session_factor.h"

static const char *const names[] = {
	[SESSION_FACTOR_FOR_NOBODY] = "none",
	[SESSION_FACTOR_FOR_ROLES] = "roles",
	[SESSION_FACTOR_FOR_ALL] = "all",
};
_Static_assert(NELEMS(names) == SESSION_FACTOR_REQUIREMENT__MAX,
    "every requirement has a name");

bool
session_factor_rule_show(
    struct context *ctx, struct session_factor_rule *rule, struct fault *f)
{
	struct rows *rows;
	size_t i;

	memset(rule, 0, sizeof(*rule));
	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_rule_show, NULL,
		&rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		for (i = 0; i < NELEMS(names); i++) {
			if (strcmp(rows_text(rows, 0, "requirement"),
				names[i]) == 0)
				rule->requirement =
				    (enum session_factor_requirement)i;
		}
		rule->roles = role_parse(rows_text(rows, 0, "roles"));
		rule->version = (int)rows_int(rows, 0, "version");
	}
	rows_free(rows);
	return (true);
}

bool
session_factor_rule_update(struct context *ctx,
    struct session_factor_rule *rule, bool *done, struct fault *f)
{
	char version[16], roles[ROLE_WORDS_SIZE];
	struct rows *rows;

	role_write(rule->roles, roles);
	(void)snprintf(version, sizeof(version), "%d", rule->version);
	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_rule_update,
		(struct db_arg[]){ DB_TEXT(names[rule->requirement]),
		    DB_TEXT(roles), DB_TEXT(version) },
		&rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	if (*done)
		rule->version = (int)rows_int(rows, 0, "version");
	rows_free(rows);
	return (!*done ||
	    operation_log_add(ctx, "second_factor.required", NULL, "done",
		json_pack("{ssss}", "requirement", names[rule->requirement],
		    "roles", roles),
		f));
}

const char *const *
session_factor_requirement_names(void)
{
	return (names);
}
