#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "network_rule.h"
#include "operation_log.h"

static const char *const names[] = {
	[NETWORK_RULE_ADMIN] = "admin",
	[NETWORK_RULE_DEVICES] = "devices",
	[NETWORK_RULE_API_KEYS] = "api_keys",
};
_Static_assert(NELEMS(names) == NETWORK_RULE_LIST__MAX, "all have names");

static bool has(const char *, const char *);

const char *
network_rule_name(enum network_rule_list list)
{
	return (names[list]);
}

bool
network_rule_show(
    struct context *ctx, struct network_rule *rule, struct fault *f)
{
	struct rows *rows;
	size_t i;

	memset(rule, 0, sizeof(*rule));
	if (!db_run(
		ctx->db, &ctx->scope, &sql_network_rule_show, NULL, &rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		rule->version = (int)rows_int(rows, 0, "version");
		for (i = 0; i < NETWORK_RULE_LIST__MAX; i++)
			text_copy(rule->lists[i], NETWORK_RULE_SIZE,
			    rows_text(rows, 0, names[i]));
	}
	rows_free(rows);
	return (true);
}

void
network_rule_add(struct network_rule *rule, enum network_rule_list which,
    const struct network *network)
{
	char text[NETWORK_SIZE], *list = rule->lists[which];
	const size_t len = strlen(list);

	network_print(network, text);
	if (!has(list, text))
		(void)snprintf(list + len, NETWORK_RULE_SIZE - len, "%s%s",
		    len == 0 ? "" : "\n", text);
}

bool
network_rule_update(struct context *ctx, struct network_rule *rule,
    enum network_rule_outcome *outcome, struct fault *f)
{
	struct rows *rows;
	char version[16];

	*outcome = NETWORK_RULE_LOCKED_OUT;
	if (!network_list_admits(
		rule->lists[NETWORK_RULE_ADMIN], ctx->actor.address))
		return (true);

	*outcome = NETWORK_RULE_CONFLICT;
	(void)snprintf(version, sizeof(version), "%d", rule->version);
	if (!db_run(ctx->db, &ctx->scope, &sql_network_rule_update,
		(struct db_arg[]){ DB_TEXT(rule->lists[NETWORK_RULE_ADMIN]),
		    DB_TEXT(rule->lists[NETWORK_RULE_DEVICES]),
		    DB_TEXT(rule->lists[NETWORK_RULE_API_KEYS]),
		    DB_TEXT(version) },
		&rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		*outcome = NETWORK_RULE_DONE;
		rule->version = (int)rows_int(rows, 0, "version");
	}
	rows_free(rows);
	return (*outcome != NETWORK_RULE_DONE ||
	    operation_log_add(ctx, "network_rule.updated", NULL, "done",
		json_pack("{ssssss}", "admin", rule->lists[NETWORK_RULE_ADMIN],
		    "devices", rule->lists[NETWORK_RULE_DEVICES], "api_keys",
		    rule->lists[NETWORK_RULE_API_KEYS]),
		f));
}

bool
network_rule_enter(struct context *ctx, enum network_rule_list list,
    const char *action, bool *admitted, struct fault *f)
{
	struct network_rule rule;

	if (!network_rule_show(ctx, &rule, f))
		return (false);
	*admitted = network_list_admits(rule.lists[list], ctx->actor.address);
	return (*admitted ||
	    operation_log_add(ctx, action, NULL, "address_refused", NULL, f));
}

/* Is ${line} one of the lines of ${list}? */
static bool
has(const char *list, const char *line)
{
	const size_t len = strlen(line);

	for (; *list != '\0'; list += strspn(list, "\n")) {
		if (strcspn(list, "\n") == len && strncmp(list, line, len) == 0)
			return (true);
		list += strcspn(list, "\n");
	}
	return (false);
}
