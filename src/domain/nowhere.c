#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "browser.h"
#include "gen_sql.h"
#include "network_rule.h"
#include "nowhere.h"
#include "session.h"
#include "tenant.h"

#define NOBODY "00000000-0000-7000-8000-000000000000"

static bool enter(struct context *, struct fault *);
static bool take_browser(struct context *, const char *, struct fault *);
static bool wait_for(struct context *, struct fault *);
static bool run(struct context *, const struct stmt *, struct fault *);

bool
nowhere_sign_in(struct context *ctx, const char *cookie, const char *password,
    struct fault *f)
{
	const uint8_t hash[SECRET_HASH_BYTES] = { 0 };
	const struct db_arg args[] = { DB_BYTES(hash, sizeof(hash)) };
	struct network_rule rule;

	if (!enter(ctx, f) || !network_rule_show(ctx, &rule, f) ||
	    !take_browser(ctx, cookie, f) || !wait_for(ctx, f))
		return (false);
	/* The account's count refuses, and who was refused is put on record. */
	if (password == NULL)
		return (wait_for(ctx, f) && wait_for(ctx, f) &&
		    run(ctx, &sql_nowhere_write, f));

	/* Both counts of the account; then that of the address, and the log. */
	if (!run(ctx, &sql_nowhere_write, f) ||
	    !run(ctx, &sql_nowhere_write, f) ||
	    !db_run(ctx->db, NULL, &sql_session_account, args, NULL, f) ||
	    !db_commit(ctx->db, f) || !db_begin(ctx->db, &ctx->scope, f))
		return (false);
	session_waste(password);
	return (
	    run(ctx, &sql_nowhere_write, f) && run(ctx, &sql_nowhere_write, f));
}

bool
nowhere_reset(struct context *ctx, bool blocked, struct fault *f)
{
	if (!enter(ctx, f))
		return (false);
	if (blocked)
		return (wait_for(ctx, f) && wait_for(ctx, f));

	/* Two counts; the company, the account and a letter; the log. */
	return (run(ctx, &sql_nowhere_write, f) &&
	    run(ctx, &sql_nowhere_write, f) && run(ctx, &sql_tenant_show, f) &&
	    run(ctx, &sql_tenant_state, f) && run(ctx, &sql_tenant_show, f) &&
	    run(ctx, &sql_nowhere_write, f) && run(ctx, &sql_nowhere_write, f));
}

/* As a request does that has found its tenant. */
static bool
enter(struct context *ctx, struct fault *f)
{
	text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), NOBODY);
	ctx->logged = true; /* there is nobody to put anything on record for */
	return (db_begin(ctx->db, &ctx->scope, f) &&
	    run(ctx, &sql_tenant_state, f));
}

static bool
take_browser(struct context *ctx, const char *cookie, struct fault *f)
{
	const uint8_t hash[SECRET_HASH_BYTES] = { 0 };

	if (cookie == NULL ||
	    strnlen(cookie, BROWSER_TOKEN_SIZE) != BROWSER_TOKEN_SIZE - 1 ||
	    cookie[TENANT_TAG_CHARS] != '.')
		return (true);
	return (db_run(ctx->db, NULL, &sql_browser_take,
	    (struct db_arg[]){ DB_BYTES(hash, sizeof(hash)),
		DB_BYTES(hash, sizeof(hash)), DB_TEXT("0") },
	    NULL, f));
}

static bool
wait_for(struct context *ctx, struct fault *f)
{
	return (db_run(ctx->db, NULL, &sql_guess_wait,
	    (struct db_arg[]){
		DB_TEXT("sign_in_address"), DB_TEXT(ctx->actor.address) },
	    NULL, f));
}

static bool
run(struct context *ctx, const struct stmt *stmt, struct fault *f)
{
	return (db_run(ctx->db, NULL, stmt, NULL, NULL, f));
}
