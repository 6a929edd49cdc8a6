#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "contract.h"
#include "gen_sql.h"
#include "kms_client.h"
#include "notice.h"
#include "notice_post.h"
#include "operation_log.h"
#include "operator_seal.h"
#include "tenant_key.h"

#define ACTIVATION_DAYS "14"
#define NAME_MIN        3
#define POST_SECONDS    "259200" /* a mail to an administrator is tried */
#define TAG_TRIES       8

static const char *const limit_names[] = {
	[CONTRACT_MEMBERS] = "members",
	[CONTRACT_OFFICES] = "offices",
	[CONTRACT_DEVICES] = "devices",
	[CONTRACT_APPOINTMENTS] = "appointments",
};
_Static_assert(
    NELEMS(limit_names) == CONTRACT_LIMIT__MAX, "every limit has a name");

static bool name_good(const char *);
static bool find_key(struct context *, const char *, char *, struct fault *);
static bool write_all(struct context *, const char *, const char *,
    const char *, const char *, char[CONTRACT_TOKEN_CHARS + 1], int64_t *,
    bool *, struct fault *);
static bool activate(struct context *, const struct stmt *, const char *,
    char[CONTRACT_TOKEN_CHARS + 1], int64_t *, struct fault *);
static bool name_add(struct context *, const char *, char[TENANT_TAG_CHARS + 1],
    bool *, struct fault *);
static void read_limits(struct rows *, int, struct contract *);
static bool change(struct context *, const char *, const struct stmt *,
    const struct db_arg *, const char *, enum contract_outcome *,
    struct fault *);

bool
contract_create(struct context *ctx, const char *name, const char *display_name,
    const char *language, struct tenant *tenant,
    char token[CONTRACT_TOKEN_CHARS + 1], int64_t *expires_at,
    enum contract_outcome *outcome, struct fault *f)
{
	char key_id[TENANT_KMS_KEY_SIZE];
	uuid_text id;
	bool taken;

	*outcome = CONTRACT_NAME_BAD;
	if (!name_good(name))
		return (true);
	*outcome = CONTRACT_DISPLAY_NAME_BAD;
	if (!text_is_clean(display_name) || text_length(display_name) < 1 ||
	    text_length(display_name) > TENANT_DISPLAY_MAX)
		return (true);
	*outcome = CONTRACT_NAME_TAKEN;
	if (!tenant_find_name(ctx->db, name, id, &taken, f))
		return (false);
	if (taken)
		return (true);

	/* A key that is made for nothing, because the rest fails, is unused. */
	text_uuid_new(id);
	if (!find_key(ctx, id, key_id, f))
		return (false);

	text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), id);
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!write_all(ctx, name, display_name, language, key_id, token,
		expires_at, &taken, f) ||
	    (!taken && !tenant_show(ctx, tenant, f))) {
		db_rollback(ctx->db);
		return (false);
	}
	if (taken) {
		db_rollback(ctx->db);
		return (true);
	}
	*outcome = CONTRACT_DONE;
	return (db_commit(ctx->db, f));
}

bool
contract_activate_again(struct context *ctx, const char *name,
    struct tenant *tenant, char token[CONTRACT_TOKEN_CHARS + 1],
    int64_t *expires_at, enum contract_outcome *outcome, struct fault *f)
{
	bool found;

	*outcome = CONTRACT_UNKNOWN;
	if (!contract_enter(ctx, name, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!tenant_show(ctx, tenant, f) ||
	    !activate(ctx, &sql_contract_activation_again, tenant->tag, token,
		expires_at, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	if (*expires_at == 0) {
		db_rollback(ctx->db);
		*outcome = tenant->state == TENANT_ACTIVE
		    ? CONTRACT_HAS_PEOPLE
		    : CONTRACT_OTHER_STATE;
		return (true);
	}
	if (!operation_log_add(ctx, "tenant.invited_again",
		ctx->scope.tenant_id, "done", NULL, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	*outcome = CONTRACT_DONE;
	return (db_commit(ctx->db, f));
}

bool
contract_renew_key(struct context *ctx, struct fault *f)
{
	char key_id[TENANT_KMS_KEY_SIZE];

	/* New material that nothing is under, because the rest fails, is
	 * harmless. */
	if (!find_key(ctx, ctx->scope.tenant_id, key_id, f) ||
	    !kms_rotate_key(ctx->kms, key_id, f) ||
	    !db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (tenant_key_rewrap(ctx, key_id, f) &&
	    db_run(ctx->db, NULL, &sql_contract_key,
		(struct db_arg[]){ DB_TEXT(key_id) }, NULL, f) &&
	    operation_log_add(ctx, "tenant.master_key_rotated",
		ctx->scope.tenant_id, "done", NULL, f))
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}

bool
contract_list(
    struct context *ctx, struct tenant **tenants, size_t *n, struct fault *f)
{
	const struct scope nobody = { "" };
	struct rows *rows;
	bool ok = true;
	int i;

	*tenants = NULL;
	*n = 0;
	if (!db_run(ctx->db, &nobody, &sql_contract_list, NULL, &rows, f))
		return (false);
	if ((*tenants = calloc(
		 (size_t)rows_count(rows) + 1, sizeof(**tenants))) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "tenants");
	for (i = 0; ok && i < rows_count(rows); i++) {
		text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id),
		    rows_text(rows, i, "tenant_id"));
		ok = tenant_show(ctx, &(*tenants)[i], f);
	}
	if (ok)
		*n = (size_t)rows_count(rows);
	rows_free(rows);
	return (ok);
}

bool
contract_page(struct context *ctx, const struct contract_query *q,
    struct contract_row **items, size_t *n, struct fault *f)
{
	const struct scope nobody = { "" };
	struct rows *rows;
	char limit[16];
	bool ok = true;
	int i;

	*items = NULL;
	*n = 0;
	(void)snprintf(limit, sizeof(limit), "%d", q->limit);
	if (!db_run(ctx->db, &nobody, &sql_contract_page,
		(struct db_arg[]){ DB_TEXT(q->after), DB_TEXT(q->search),
		    DB_TEXT(q->state), DB_TEXT(limit) },
		&rows, f))
		return (false);
	if ((*items = calloc((size_t)rows_count(rows) + 1, sizeof(**items))) ==
	    NULL)
		ok = fault_set(f, FAULT_MEMORY, "tenants");
	for (i = 0; ok && i < rows_count(rows); i++) {
		ok = tenant_read(rows, i, &(*items)[i].tenant, f);
		read_limits(rows, i, &(*items)[i].contract);
	}
	*n = ok ? (size_t)rows_count(rows) : 0;
	rows_free(rows);
	if (!ok) {
		free(*items);
		*items = NULL;
	}
	return (ok);
}

bool
contract_find(struct context *ctx, const char *id, struct contract_row *row,
    bool *found, struct fault *f)
{
	struct rows *rows;

	memset(row, 0, sizeof(*row));
	text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), id);
	if (!db_run(ctx->db, &ctx->scope, &sql_contract_name, NULL, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	rows_free(rows);
	if (*found)
		return (tenant_show(ctx, &row->tenant, f) &&
		    contract_limits(ctx, &row->contract, f));
	ctx->scope.tenant_id[0] = '\0';
	return (true);
}

bool
contract_invite(struct context *ctx, const struct tenant *tenant,
    const char *token, int64_t expires_at, const char *name, const char *email,
    bool *posted, struct fault *f)
{
	const struct notice_member member = {
		.name = name,
		.email = email,
		.language = tenant->language,
	};
	struct cell cell = CELL_INIT;
	struct rows *rows;
	uuid_text id;
	char url[600], *text = NULL;
	bool ok;

	*posted = false;
	if (!operator_post_possible() ||
	    strcmp(config_text(CONFIG_MAIL_TRANSPORT), "preview") == 0)
		return (true);
	contract_link(tenant, token, url, sizeof(url));
	text_uuid_new(id);
	ok = notice_welcome(tenant, &member, url,
		 (struct notice_time){ expires_at, 0 }, id, &text, f) &&
	    text != NULL &&
	    operator_post_seal(tenant->id, id, text, &cell, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_contract_post,
		(struct db_arg[]){
		    DB_TEXT(id), DB_CELL(cell), DB_TEXT(POST_SECONDS) },
		&rows, f);
	if (ok) {
		*posted = rows_bool(rows, 0, "posted");
		rows_free(rows);
	}
	cell_free(&cell);
	tenant_text_free(text);
	secret_wipe(url, sizeof(url));
	return (ok);
}

void
contract_link(
    const struct tenant *tenant, const char *token, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/admin/%s/#activate=%s",
	    config_text(CONFIG_BASE_URL), tenant->language, token);
}

bool
contract_enter(
    struct context *ctx, const char *name, bool *found, struct fault *f)
{
	uuid_text id;

	if (!tenant_find_name(ctx->db, name, id, found, f))
		return (false);
	text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), id);
	return (true);
}

bool
contract_move(struct context *ctx, const char *name, enum tenant_state from,
    enum tenant_state to, enum contract_outcome *outcome, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(tenant_state_name(from)),
		DB_TEXT(tenant_state_name(to)) };

	return (change(ctx, name, &sql_contract_move, args,
	    to == TENANT_ACTIVE ? "tenant.resumed" : "tenant.suspended",
	    outcome, f));
}

bool
contract_networks_clear(struct context *ctx, const char *name,
    enum contract_outcome *outcome, struct fault *f)
{
	bool found;

	*outcome = CONTRACT_UNKNOWN;
	if (!contract_enter(ctx, name, &found, f))
		return (false);
	if (!found)
		return (true);
	*outcome = CONTRACT_DONE;
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!db_run(ctx->db, &ctx->scope, &sql_contract_networks_clear, NULL,
		NULL, f) ||
	    !operation_log_add(
		ctx, "network_rule.cleared", NULL, "done", NULL, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	return (db_commit(ctx->db, f));
}

/* The tenant's key in the key service, or the shared one; made if need be. */
static bool
find_key(
    struct context *ctx, const char *tenant_id, char *key_id, struct fault *f)
{
	char alias[64];
	bool found;

	(void)snprintf(alias, sizeof(alias), "alias/tenant-%s",
	    strcmp(config_text(CONFIG_KEY_PER_TENANT), "yes") == 0 ? tenant_id
								   : "shared");
	return (kms_find_key(ctx->kms, alias, key_id, &found, f) &&
	    (found ||
		kms_create_key(ctx->kms, "Genkan tenant", alias, key_id, f)));
}

bool
contract_show(struct context *ctx, struct contract *c, struct fault *f)
{
	struct rows *rows;
	size_t i;

	memset(c, 0, sizeof(*c));
	if (!db_run(ctx->db, &ctx->scope, &sql_contract_show, NULL, &rows, f))
		return (false);
	read_limits(rows, 0, c);
	for (i = 0; i < CONTRACT_LIMIT__MAX && rows_count(rows) == 1; i++)
		c->used[i] = rows_int(rows, 0, limit_names[i]);
	rows_free(rows);
	return (true);
}

bool
contract_limits(struct context *ctx, struct contract *c, struct fault *f)
{
	struct rows *rows;

	memset(c, 0, sizeof(*c));
	if (!db_run(ctx->db, &ctx->scope, &sql_contract_limits, NULL, &rows, f))
		return (false);
	read_limits(rows, 0, c);
	rows_free(rows);
	return (true);
}

bool
contract_plan(struct context *ctx, const char *name, const struct contract *c,
    enum contract_outcome *outcome, struct fault *f)
{
	char numbers[CONTRACT_LIMIT__MAX][24];
	struct db_arg args[1 + CONTRACT_LIMIT__MAX] = { DB_TEXT(c->plan) };
	size_t i;

	*outcome = CONTRACT_PLAN_BAD;
	if (!text_is_clean(c->plan) || text_length(c->plan) > CONTRACT_PLAN_MAX)
		return (true);
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++) {
		(void)snprintf(numbers[i], sizeof(numbers[i]), "%lld",
		    (long long)c->limits[i]);
		args[1 + i] = DB_TEXT(c->limits[i] == 0 ? NULL : numbers[i]);
	}
	return (change(ctx, name, &sql_contract_plan, args, "tenant.plan_set",
	    outcome, f));
}

bool
contract_end(struct context *ctx, const char *name, const char *day,
    const char *time_zone, int days, struct tenant *tenant,
    enum contract_outcome *outcome, struct fault *f)
{
	const struct scope nobody = { "" };
	struct clock_local ignored;
	struct rows *rows;
	char number[16];
	bool good;

	*outcome = CONTRACT_DAY_BAD;
	if (!clock_parse_date(day, &ignored) || days < CONTRACT_EXPORT_MIN ||
	    days > CONTRACT_EXPORT_MAX)
		return (true);
	if (!db_run(ctx->db, &nobody, &sql_contract_day_good,
		(struct db_arg[]){ DB_TEXT(day), DB_TEXT(time_zone) }, &rows,
		f))
		return (false);
	good = rows_bool(rows, 0, "good");
	rows_free(rows);
	if (!good)
		return (true);

	(void)snprintf(number, sizeof(number), "%d", days);
	const struct db_arg args[] = { DB_TEXT(day), DB_TEXT(time_zone),
		DB_TEXT(number) };
	return (change(ctx, name, &sql_contract_end, args, "tenant.end_set",
		    outcome, f) &&
	    (*outcome != CONTRACT_DONE || tenant_show(ctx, tenant, f)));
}

bool
contract_end_cancel(struct context *ctx, const char *name,
    enum contract_outcome *outcome, struct fault *f)
{
	const struct db_arg args[] = { DB_NULL, DB_NULL, DB_NULL };

	return (change(ctx, name, &sql_contract_end, args,
	    "tenant.end_cancelled", outcome, f));
}

const char *
contract_limit_name(enum contract_limit limit)
{
	return (limit_names[limit]);
}

/*
 * One deed to the tenant of that name, and its line in the tenant's operation
 * log.  Where ${stmt} touches no row, the tenant is in another state.
 */
static bool
change(struct context *ctx, const char *name, const struct stmt *stmt,
    const struct db_arg *args, const char *action,
    enum contract_outcome *outcome, struct fault *f)
{
	enum tenant_state state;
	struct rows *rows;
	bool found, done;

	*outcome = CONTRACT_UNKNOWN;
	if (!contract_enter(ctx, name, &found, f))
		return (false);
	if (!found)
		return (true);

	*outcome = CONTRACT_OTHER_STATE;
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!tenant_find_state(ctx, &state, f) ||
	    !db_run(ctx->db, NULL, stmt, args, &rows, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	/* What is emptied stays empty: not even a line of the log. */
	done = state != TENANT_ENDED && rows_count(rows) == 1;
	rows_free(rows);
	if (!done) {
		db_rollback(ctx->db);
		return (true);
	}
	if (!operation_log_add(
		ctx, action, ctx->scope.tenant_id, "done", NULL, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	*outcome = CONTRACT_DONE;
	return (db_commit(ctx->db, f));
}

static void
read_limits(struct rows *rows, int row, struct contract *c)
{
	char column[32];
	size_t i;

	if (row >= rows_count(rows))
		return;
	text_copy(c->plan, sizeof(c->plan), rows_text(rows, row, "plan"));
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++) {
		(void)snprintf(
		    column, sizeof(column), "%s_max", limit_names[i]);
		if (!rows_null(rows, row, column))
			c->limits[i] = rows_int(rows, row, column);
	}
}

static bool
name_good(const char *s)
{
	const size_t len = strlen(s);

	return (len >= NAME_MIN && len <= TENANT_NAME_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
	    s[0] != '-' && s[len - 1] != '-');
}

static bool
write_all(struct context *ctx, const char *name, const char *display_name,
    const char *language, const char *key_id,
    char token[CONTRACT_TOKEN_CHARS + 1], int64_t *expires_at, bool *taken,
    struct fault *f)
{
	char tag[TENANT_TAG_CHARS + 1];

	if (!db_run(ctx->db, &ctx->scope, &sql_contract_add,
		(struct db_arg[]){
		    DB_TEXT(display_name), DB_TEXT(language), DB_TEXT(key_id) },
		NULL, f) ||
	    !name_add(ctx, name, tag, taken, f))
		return (false);
	if (*taken)
		return (true);

	if (!tenant_key_provision(ctx, key_id, f) ||
	    !activate(
		ctx, &sql_contract_activation_add, tag, token, expires_at, f))
		return (false);
	return (operation_log_add(
	    ctx, "tenant.created", ctx->scope.tenant_id, "done", NULL, f));
}

/* A token, and its hash on record until ${expires_at}; 0 where there is none.
 */
static bool
activate(struct context *ctx, const struct stmt *stmt, const char *tag,
    char token[CONTRACT_TOKEN_CHARS + 1], int64_t *expires_at, struct fault *f)
{
	char *secret = token + TENANT_TAG_CHARS;
	const size_t chars = CONTRACT_TOKEN_CHARS - TENANT_TAG_CHARS;
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;

	memcpy(token, tag, TENANT_TAG_CHARS);
	secret_token(secret, chars);
	secret_digest(secret, chars, hash);
	if (!db_run(ctx->db, &ctx->scope, stmt,
		(struct db_arg[]){
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(ACTIVATION_DAYS) },
		&rows, f))
		return (false);
	*expires_at =
	    rows_count(rows) == 1 ? rows_int(rows, 0, "expires_at") : 0;
	rows_free(rows);
	return (true);
}

/* A fresh tag; one that another tenant has is one in a thousand million. */
static bool
name_add(struct context *ctx, const char *name, char tag[TENANT_TAG_CHARS + 1],
    bool *taken, struct fault *f)
{
	struct rows *rows;
	int i;

	*taken = true;
	for (i = 0; *taken && i < TAG_TRIES; i++) {
		secret_token(tag, TENANT_TAG_CHARS);
		if (!db_run(ctx->db, &ctx->scope, &sql_contract_name_add,
			(struct db_arg[]){ DB_TEXT(name), DB_TEXT(tag) }, &rows,
			f))
			return (false);
		*taken = rows_count(rows) != 1;
		rows_free(rows);
	}
	return (true);
}
