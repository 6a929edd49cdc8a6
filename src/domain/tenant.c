#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "tenant.h"

static const char *const state_names[] = {
	[TENANT_ACTIVE] = "active",
	[TENANT_SUSPENDED] = "suspended",
	[TENANT_ENDING] = "ending",
	[TENANT_ENDED] = "ended",
};
_Static_assert(
    NELEMS(state_names) == TENANT_STATE__MAX, "every state has a name");

static const struct scope nobody = { "" };

static bool find(struct db *, const struct stmt *, const char *, uuid_text,
    bool *, struct fault *);

bool
tenant_find_tag(struct db *db, const char *token, uuid_text id, bool *found,
    struct fault *f)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char tag[TENANT_TAG_CHARS + 1];

	*found = false;
	id[0] = '\0';
	if (strnlen(token, TENANT_TAG_CHARS) < TENANT_TAG_CHARS ||
	    strspn(token, alphabet) < TENANT_TAG_CHARS)
		return (true);
	memcpy(tag, token, TENANT_TAG_CHARS);
	tag[TENANT_TAG_CHARS] = '\0';
	return (find(db, &sql_tenant_find_tag, tag, id, found, f));
}

bool
tenant_find_name(struct db *db, const char *typed, uuid_text id, bool *found,
    struct fault *f)
{
	char name[TENANT_NAME_MAX + 1];
	size_t len, i;

	*found = false;
	id[0] = '\0';
	typed += strspn(typed, " \t");
	len = strcspn(typed, " \t");
	if (len == 0 || len > TENANT_NAME_MAX ||
	    typed[len + strspn(typed + len, " \t")] != '\0')
		return (true);
	for (i = 0; i < len; i++) {
		name[i] = typed[i];
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	}
	name[len] = '\0';
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return (true);
	return (find(db, &sql_tenant_find_name, name, id, found, f));
}

bool
tenant_show(struct context *ctx, struct tenant *tenant, struct fault *f)
{
	struct rows *rows;
	bool ok;

	memset(tenant, 0, sizeof(*tenant));
	if (!db_run(ctx->db, &ctx->scope, &sql_tenant_show, NULL, &rows, f))
		return (false);
	if (rows_count(rows) != 1) {
		rows_free(rows);
		return (fault_set(f, FAULT_BUG, "the scope has no tenant"));
	}
	ok = tenant_read(rows, 0, tenant, f);
	rows_free(rows);
	return (ok);
}

bool
tenant_read(struct rows *rows, int i, struct tenant *tenant, struct fault *f)
{
	text_copy(
	    tenant->id, sizeof(tenant->id), rows_text(rows, i, "tenant_id"));
	text_copy(
	    tenant->name, sizeof(tenant->name), rows_text(rows, i, "name"));
	text_copy(tenant->tag, sizeof(tenant->tag), rows_text(rows, i, "tag"));
	text_copy(tenant->display_name, sizeof(tenant->display_name),
	    rows_text(rows, i, "display_name"));
	text_copy(tenant->language, sizeof(tenant->language),
	    rows_text(rows, i, "language"));
	text_copy(tenant->kms_key_id, sizeof(tenant->kms_key_id),
	    rows_text(rows, i, "kms_key_id"));
	text_copy(tenant->time_zone, sizeof(tenant->time_zone),
	    rows_text(rows, i, "time_zone"));
	tenant->created_at = rows_int(rows, i, "created_at");
	tenant->stops_at = rows_int(rows, i, "stops_at");
	tenant->stops_offset = (int)rows_int(rows, i, "stops_offset");
	tenant->data_until = rows_int(rows, i, "data_until");
	return (
	    tenant_state_parse(rows_text(rows, i, "state"), &tenant->state, f));
}

bool
tenant_find_state(
    struct context *ctx, enum tenant_state *state, struct fault *f)
{
	struct rows *rows;
	bool ok;

	if (!db_run(ctx->db, &ctx->scope, &sql_tenant_state, NULL, &rows, f))
		return (false);
	ok = rows_count(rows) == 1
	    ? tenant_state_parse(rows_text(rows, 0, "state"), state, f)
	    : fault_set(f, FAULT_BUG, "the scope has no tenant");
	rows_free(rows);
	return (ok);
}

const char *
tenant_state_name(enum tenant_state state)
{
	return (state_names[state]);
}

bool
tenant_state_parse(const char *name, enum tenant_state *state, struct fault *f)
{
	size_t i;

	for (i = 0; i < NELEMS(state_names); i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*state = (enum tenant_state)i;
			return (true);
		}
	}
	return (fault_set(f, FAULT_BUG, "a tenant is %s", name));
}

static bool
find(struct db *db, const struct stmt *stmt, const char *what, uuid_text id,
    bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(db, &nobody, stmt, (struct db_arg[]){ DB_TEXT(what) },
		&rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	if (*found)
		text_copy(
		    id, sizeof(uuid_text), rows_text(rows, 0, "tenant_id"));
	rows_free(rows);
	return (true);
}
