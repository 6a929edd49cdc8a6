#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "browser.h"
#include "gen_sql.h"
#include "tenant.h"
#include "tenant_key.h"

static bool hash_of(
    struct context *, const char *, uint8_t *, bool *, struct fault *);
static bool is_ours(struct context *, const uint8_t *, bool *, struct fault *);

bool
browser_take(struct context *ctx, const char *cookie,
    const uint8_t email_hash[32], bool *known, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;
	char tries[16];
	bool whole;

	*known = false;
	if (!hash_of(ctx, cookie, hash, &whole, f))
		return (false);
	if (!whole)
		return (true);
	(void)snprintf(tries, sizeof(tries), "%d", BROWSER_TRIES);
	if (!db_run(ctx->db, &ctx->scope, &sql_browser_take,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)),
		    DB_BYTES(email_hash, SECRET_HASH_BYTES), DB_TEXT(tries) },
		&rows, f))
		return (false);
	*known = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

bool
browser_know(struct context *ctx, const char *cookie, const char *member_id,
    char token[BROWSER_TOKEN_SIZE], struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct tenant tenant;
	char days[16];
	uuid_text id;
	bool ours;

	if (!hash_of(ctx, cookie, hash, &ours, f) ||
	    (ours && !is_ours(ctx, hash, &ours, f)))
		return (false);
	if (ours)
		text_copy(token, BROWSER_TOKEN_SIZE, cookie);
	else {
		if (!tenant_show(ctx, &tenant, f))
			return (false);
		(void)snprintf(token, BROWSER_TOKEN_SIZE, "%s.", tenant.tag);
		secret_token(
		    token + TENANT_TAG_CHARS + 1, SESSION_SECRET_CHARS);
		if (!hash_of(ctx, token, hash, &ours, f))
			return (false);
	}
	text_uuid_new(id);
	(void)snprintf(days, sizeof(days), "%d", BROWSER_DAYS);
	return (db_run(ctx->db, &ctx->scope, &sql_browser_add,
	    (struct db_arg[]){ DB_TEXT(id), DB_TEXT(member_id),
		DB_BYTES(hash, sizeof(hash)), DB_TEXT(days) },
	    NULL, f));
}

bool
browser_forget(struct context *ctx, const char *member_id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_browser_delete_all,
	    (struct db_arg[]){ DB_TEXT(member_id) }, NULL, f));
}

/* ${whole}: it looks like one of our cookies. */
static bool
hash_of(struct context *ctx, const char *cookie, uint8_t *hash, bool *whole,
    struct fault *f)
{
	*whole = cookie != NULL &&
	    strnlen(cookie, BROWSER_TOKEN_SIZE) == BROWSER_TOKEN_SIZE - 1 &&
	    cookie[TENANT_TAG_CHARS] == '.';
	return (!*whole || tenant_hash(ctx, "browser.token", cookie, hash, f));
}

static bool
is_ours(struct context *ctx, const uint8_t *hash, bool *ours, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_browser_is_ours,
		(struct db_arg[]){ DB_BYTES(hash, SECRET_HASH_BYTES) }, &rows,
		f))
		return (false);
	*ours = rows_bool(rows, 0, "ours");
	rows_free(rows);
	return (true);
}
