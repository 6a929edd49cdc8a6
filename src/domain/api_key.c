#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "api_key.h"
#include "gen_sql.h"
#include "network.h"
#include "operation_log.h"
#include "tenant.h"
#include "tenant_key.h"

#define SCOPES_SIZE 256

static const char *const names[API_KEY_SCOPE_COUNT] = {
	"appointments:read",
	"appointments:write",
	"members:read",
	"offices:read",
	"passes:read",
	"visits:export",
	"visits:read",
	"visits:write",
};

static unsigned scopes_parse(const char *);
static void scopes_print(unsigned, char[SCOPES_SIZE]);
static bool read_list(struct context *, const char *, struct api_key **,
    size_t *, struct fault *);

const char *
api_key_scope_name(size_t i)
{
	return (names[i]);
}

size_t
api_key_scope_bit(enum api_key_scope scope)
{
	return ((size_t)__builtin_ctz((unsigned)scope));
}

bool
api_key_create(struct context *ctx, const char *name, unsigned scopes,
    int64_t days, struct api_key *key, char token[API_KEY_TOKEN_SIZE],
    struct fault *f)
{
	char text[SCOPES_SIZE], number[24], *secret;
	uint8_t hash[SECRET_HASH_BYTES];
	struct api_key *made;
	struct tenant tenant;
	uuid_text id;
	size_t n;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	(void)snprintf(token, API_KEY_TOKEN_SIZE, "%s.", tenant.tag);
	secret = token + TENANT_TAG_CHARS + 1;
	secret_token(secret, API_KEY_SECRET_CHARS);

	text_uuid_new(id);
	scopes_print(scopes, text);
	(void)snprintf(number, sizeof(number), "%lld", (long long)days);
	if (!tenant_hash(ctx, "api_key.token", secret, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_api_key_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(name), DB_TEXT(text),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(ctx->actor.id),
		    DB_TEXT(number) },
		NULL, f) ||
	    !operation_log_add(ctx, "api_key.created", id, "done",
		json_pack("{sssssI}", "name", name, "scopes", text, "days",
		    (json_int_t)days),
		f) ||
	    !read_list(ctx, id, &made, &n, f))
		return (false);
	if (n == 1)
		*key = made[0];
	free(made);
	return (n == 1 || fault_set(f, FAULT_BUG, "a new key is not found"));
}

bool
api_key_list(
    struct context *ctx, struct api_key **keys, size_t *n, struct fault *f)
{
	return (read_list(ctx, NULL, keys, n, f));
}

bool
api_key_revoke(
    struct context *ctx, const char *id, bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_api_key_revoke,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	rows_free(rows);
	return (!*found ||
	    operation_log_add(ctx, "api_key.revoked", id, "done", NULL, f));
}

bool
api_key_find(struct context *ctx, const char *token, uuid_text id,
    unsigned *scopes, enum api_key_verdict *verdict, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	enum tenant_state state = TENANT_ENDED;
	struct rows *rows;
	bool ok = true;

	*verdict = API_KEY_NONE;
	if (strnlen(token, API_KEY_TOKEN_SIZE) != API_KEY_TOKEN_SIZE - 1 ||
	    token[TENANT_TAG_CHARS] != '.')
		return (true);
	if (!tenant_hash(
		ctx, "api_key.token", token + TENANT_TAG_CHARS + 1, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_api_key_find,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		text_copy(id, sizeof(uuid_text), rows_text(rows, 0, "id"));
		*scopes = scopes_parse(rows_text(rows, 0, "scopes"));
		ok = tenant_state_parse(
		    rows_text(rows, 0, "tenant_state"), &state, f);
		*verdict = state == TENANT_ACTIVE ? API_KEY_VALID
		    : state == TENANT_SUSPENDED   ? API_KEY_SUSPENDED
						  : API_KEY_ENDED;
		if (*verdict == API_KEY_VALID &&
		    !network_list_admits(
			rows_text(rows, 0, "networks"), ctx->actor.address))
			*verdict = API_KEY_ADDRESS;
	}
	rows_free(rows);
	return (ok);
}

/* Unknown words count for nothing. */
static unsigned
scopes_parse(const char *words)
{
	unsigned scopes = 0;
	size_t i, len;

	for (; *words != '\0'; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		for (i = 0; i < API_KEY_SCOPE_COUNT; i++) {
			if (strlen(names[i]) == len &&
			    strncmp(words, names[i], len) == 0)
				scopes |= 1U << i;
		}
	}
	return (scopes);
}

static void
scopes_print(unsigned scopes, char out[SCOPES_SIZE])
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < API_KEY_SCOPE_COUNT; i++) {
		if ((scopes & 1U << i) == 0)
			continue;
		(void)snprintf(out + len, SCOPES_SIZE - len, "%s%s",
		    len == 0 ? "" : " ", names[i]);
		len = strlen(out);
	}
}

/* All, or the one with that id. */
static bool
read_list(struct context *ctx, const char *id, struct api_key **keys, size_t *n,
    struct fault *f)
{
	struct api_key *key;
	struct rows *rows;
	bool ok = true;
	char *name;
	int i;

	*n = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_api_key_list,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*keys = calloc((size_t)rows_count(rows) + 1, sizeof(**keys));
	if (*keys == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "api keys"));
	}
	for (i = 0; ok && i < rows_count(rows); i++) {
		key = &(*keys)[(*n)++];
		text_copy(key->id, sizeof(key->id), rows_text(rows, i, "id"));
		text_copy(
		    key->name, sizeof(key->name), rows_text(rows, i, "name"));
		text_copy(key->state, sizeof(key->state),
		    rows_text(rows, i, "state"));
		key->scopes = scopes_parse(rows_text(rows, i, "scopes"));
		key->created_at = rows_int(rows, i, "created_at");
		key->expires_at = rows_int(rows, i, "expires_at");
		key->used_at = rows_int(rows, i, "used_at");
		text_copy(key->maker, sizeof(key->maker),
		    rows_text(rows, i, "maker"));
		key->maker_left =
		    strcmp(rows_text(rows, i, "maker_state"), "disabled") == 0;
		name = NULL;
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
		    key->maker, rows, i, &name, f);
		if (ok && name != NULL)
			text_copy(
			    key->maker_name, sizeof(key->maker_name), name);
		tenant_text_free(name);
	}
	rows_free(rows);
	if (!ok) {
		free(*keys);
		*keys = NULL;
	}
	return (ok);
}
