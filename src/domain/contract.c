#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "contract.h"
#include "gen_sql.h"
#include "kms_client.h"
#include "operation_log.h"
#include "tenant_key.h"

#define ACTIVATION_DAYS "14"
#define NAME_MIN        3
#define TAG_TRIES       8

static bool name_good(const char *);
static bool find_key(struct context *, const char *, char *, struct fault *);
static bool write_all(struct context *, const char *, const char *,
    const char *, const char *, char[CONTRACT_TOKEN_CHARS + 1], int64_t *,
    bool *, struct fault *);
static bool name_add(struct context *, const char *, char[TENANT_TAG_CHARS + 1],
    bool *, struct fault *);
static bool scope_to(struct context *, const char *, bool *, struct fault *);

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
contract_move(struct context *ctx, const char *name, enum tenant_state from,
    enum tenant_state to, enum contract_outcome *outcome, struct fault *f)
{
	struct rows *rows;
	bool found, moved;

	*outcome = CONTRACT_UNKNOWN;
	if (!scope_to(ctx, name, &found, f))
		return (false);
	if (!found)
		return (true);

	*outcome = CONTRACT_OTHER_STATE;
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!db_run(ctx->db, &ctx->scope, &sql_contract_move,
		(struct db_arg[]){ DB_TEXT(tenant_state_name(from)),
		    DB_TEXT(tenant_state_name(to)) },
		&rows, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	moved = rows_count(rows) == 1;
	rows_free(rows);
	if (!moved) {
		db_rollback(ctx->db);
		return (true);
	}
	if (!operation_log_add(ctx,
		to == TENANT_ACTIVE ? "tenant.resumed" : "tenant.suspended",
		ctx->scope.tenant_id, "done", NULL, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	*outcome = CONTRACT_DONE;
	return (db_commit(ctx->db, f));
}

bool
contract_networks_clear(struct context *ctx, const char *name,
    enum contract_outcome *outcome, struct fault *f)
{
	bool found;

	*outcome = CONTRACT_UNKNOWN;
	if (!scope_to(ctx, name, &found, f))
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
	char *secret = token + TENANT_TAG_CHARS, tag[TENANT_TAG_CHARS + 1];
	const size_t chars = CONTRACT_TOKEN_CHARS - TENANT_TAG_CHARS;
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_contract_add,
		(struct db_arg[]){
		    DB_TEXT(display_name), DB_TEXT(language), DB_TEXT(key_id) },
		NULL, f) ||
	    !name_add(ctx, name, tag, taken, f))
		return (false);
	if (*taken)
		return (true);

	memcpy(token, tag, TENANT_TAG_CHARS);
	secret_token(secret, chars);
	secret_digest(secret, chars, hash);
	if (!tenant_key_provision(ctx, key_id, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_contract_activation_add,
		(struct db_arg[]){
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(ACTIVATION_DAYS) },
		&rows, f))
		return (false);
	*expires_at = rows_int(rows, 0, "expires_at");
	rows_free(rows);
	return (operation_log_add(
	    ctx, "tenant.created", ctx->scope.tenant_id, "done", NULL, f));
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

static bool
scope_to(struct context *ctx, const char *name, bool *found, struct fault *f)
{
	uuid_text id;

	if (!tenant_find_name(ctx->db, name, id, found, f))
		return (false);
	text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), id);
	return (true);
}
