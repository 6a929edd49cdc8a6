#include <stdio.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "member_password.h"
#include "normalise.h"
#include "notice.h"
#include "operation_log.h"
#include "session.h"
#include "session_password.h"
#include "sign_in_policy.h"
#include "tenant.h"
#include "tenant_key.h"

#define LINK_MINUTES "60"
#define SECRET_CHARS (MEMBER_PASSWORD_TOKEN_CHARS - TENANT_TAG_CHARS)

/* Whose password it is. */
struct account {
	uuid_text id; /* "" if there is none */
	char *name;
	char *email;
	char language[3];
	char stored[SESSION_PASSWORD_SIZE];
};

static bool account_find(
    struct context *, const char *, struct account *, struct fault *);
static bool account_read(
    struct context *, struct rows *, struct account *, struct fault *);
static void account_free(struct account *);
static bool change(struct context *, const struct account *, const char *,
    struct member_password *, struct fault *);
static bool set(struct context *, const struct account *, const char *,
    struct member_password *, struct fault *);
static bool may_ask(struct context *, const char *, bool *, struct fault *);
static bool send_link(struct context *, const uint8_t *, struct fault *);
static bool find_link(
    struct context *, const char *, uuid_text, bool *, struct fault *);

bool
member_password_judge(struct context *ctx, const char *email,
    struct member_password *new, struct fault *f)
{
	char local[NORMALISE_EMAIL_SIZE], domain[NORMALISE_EMAIL_SIZE] = "";
	struct sign_in_policy policy;
	struct tenant tenant;
	char *at;

	if (!sign_in_policy_show(ctx, &policy, f) ||
	    !tenant_show(ctx, &tenant, f))
		return (false);
	text_copy(local, sizeof(local), email);
	if ((at = strchr(local, '@')) != NULL) {
		*at = '\0';
		text_copy(domain, sizeof(domain), at + 1);
		domain[strcspn(domain, ".")] = '\0';
	}
	new->min = policy.password_min;
	new->verdict =
	    password_rule_judge(new->password, (size_t)policy.password_min,
		(const char *const[]){
		    tenant.display_name, tenant.name, local, domain, "genkan" },
		5);
	return (true);
}

bool
member_password_change(struct context *ctx, const char *member_id,
    const char *session_id, const char *current, struct member_password *new,
    struct fault *f)
{
	struct account account = { .id = "" };
	bool ok;

	new->outcome = MEMBER_PASSWORD_BLOCKED;
	if (!guess_take(ctx, GUESS_PASSWORD_MEMBER, member_id, &new->wait, f))
		return (false);
	if (new->wait > 0)
		return (true);
	ok = account_find(ctx, member_id, &account, f) &&
	    change(ctx, &account, current, new, f) &&
	    (new->outcome != MEMBER_PASSWORD_SET ||
		session_delete_others(ctx, member_id, session_id, f));
	account_free(&account);
	return (ok);
}

bool
member_password_request(struct context *ctx, const char *email, struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE], subject[2 * SECRET_HASH_BYTES + 1];
	uint8_t hash[SECRET_HASH_BYTES];
	bool allowed;

	/* What is no address is nobody's, and counts like an unknown one. */
	if (!normalise_email(email, address))
		text_copy(address, sizeof(address), "?");
	if (!tenant_hash(ctx, "member.email", address, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), subject);
	if (!may_ask(ctx, subject, &allowed, f))
		return (false);
	return (!allowed || send_link(ctx, hash, f));
}

bool
member_password_reset(struct context *ctx, const char *token,
    struct member_password *new, struct fault *f)
{
	struct account account = { .id = "" };
	uuid_text member_id;
	bool found, ok;

	new->outcome = MEMBER_PASSWORD_BLOCKED;
	if (!guess_take(ctx, GUESS_ACTIVATION_ADDRESS, ctx->actor.address,
		&new->wait, f))
		return (false);
	if (new->wait > 0)
		return (true);
	new->outcome = MEMBER_PASSWORD_NO_LINK;
	if (!find_link(ctx, token, member_id, &found, f))
		return (false);
	if (!found)
		return (true);

	ok = account_find(ctx, member_id, &account, f);
	if (ok && account.id[0] != '\0') {
		ctx->actor.kind = ACTOR_MEMBER;
		text_copy(ctx->actor.id, sizeof(ctx->actor.id), account.id);
		ok = guess_give_back(ctx, GUESS_ACTIVATION_ADDRESS,
			 ctx->actor.address, f) &&
		    set(ctx, &account, NULL, new, f) &&
		    (new->outcome != MEMBER_PASSWORD_SET ||
			session_delete_all(ctx, member_id, f));
	}
	account_free(&account);
	return (ok);
}

static bool
account_find(struct context *ctx, const char *id, struct account *account,
    struct fault *f)
{
	const char *stored;
	struct rows *rows;
	bool ok = true;

	if (!db_run(ctx->db, &ctx->scope, &sql_member_password_account,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		ok = account_read(ctx, rows, account, f);
		if ((stored = rows_text(rows, 0, "password_hash")) != NULL)
			text_copy(
			    account->stored, sizeof(account->stored), stored);
	}
	rows_free(rows);
	return (ok);
}

static bool
account_read(struct context *ctx, struct rows *rows, struct account *account,
    struct fault *f)
{
	text_copy(account->id, sizeof(account->id), rows_text(rows, 0, "id"));
	text_copy(account->language, sizeof(account->language),
	    rows_text(rows, 0, "language"));
	return (tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
		    account->id, rows, 0, &account->name, f) &&
	    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "email_cell",
		account->id, rows, 0, &account->email, f));
}

static void
account_free(struct account *account)
{
	tenant_text_free(account->name);
	tenant_text_free(account->email);
	secret_wipe(account, sizeof(*account));
}

static bool
change(struct context *ctx, const struct account *account, const char *current,
    struct member_password *new, struct fault *f)
{
	new->outcome = MEMBER_PASSWORD_WRONG;
	if (account->stored[0] != '\0' &&
	    session_password_fits(current, account->stored) &&
	    (!guess_forget(ctx, GUESS_PASSWORD_MEMBER, account->id, f) ||
		!set(ctx, account, account->stored, new, f)))
		return (false);
	return (new->outcome != MEMBER_PASSWORD_WRONG ||
	    operation_log_add(ctx, "member.password_changed", ctx->actor.id,
		"refused", NULL, f));
}

/* Where a password was ${looked_at}, it must still be that one. */
static bool
set(struct context *ctx, const struct account *account, const char *looked_at,
    struct member_password *new, struct fault *f)
{
	const struct notice_member member = { account->id, account->name,
		account->email, account->language };
	char stored[SESSION_PASSWORD_SIZE];
	struct rows *rows;
	bool there;

	new->outcome = MEMBER_PASSWORD_REFUSED;
	if (!member_password_judge(ctx, account->email, new, f))
		return (false);
	if (new->verdict != PASSWORD_GOOD)
		return (true);
	if (!session_password_hash(new->password, stored, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_member_password_set,
		(struct db_arg[]){
		    DB_TEXT(account->id), DB_TEXT(stored), DB_TEXT(looked_at) },
		&rows, f))
		return (false);
	there = rows_count(rows) == 1;
	rows_free(rows);
	new->outcome = there    ? MEMBER_PASSWORD_SET
	    : looked_at != NULL ? MEMBER_PASSWORD_WRONG
				: MEMBER_PASSWORD_NO_LINK;
	if (!there)
		return (true);
	return (browser_forget(ctx, account->id, f) &&
	    browser_know(ctx, new->cookie, account->id, new->browser, f) &&
	    notice_password_changed(ctx, &member, f) &&
	    operation_log_add(
		ctx, "member.password_changed", account->id, "done", NULL, f));
}

static bool
may_ask(
    struct context *ctx, const char *subject, bool *allowed, struct fault *f)
{
	long wait;

	if (!guess_take(ctx, GUESS_RESET_ACCOUNT, subject, &wait, f) ||
	    (wait == 0 &&
		!guess_take(
		    ctx, GUESS_RESET_ADDRESS, ctx->actor.address, &wait, f)))
		return (false);
	*allowed = wait == 0;
	return (true);
}

/* For nobody's address a letter is composed too, and kept from the outbox. */
static bool
send_link(struct context *ctx, const uint8_t *email_hash, struct fault *f)
{
	char token[MEMBER_PASSWORD_TOKEN_CHARS + 1], url[512];
	struct account account = { .id = "", .language = "ja" };
	struct notice_member member;
	uint8_t hash[SECRET_HASH_BYTES];
	struct tenant tenant;
	struct rows *rows;
	bool found, ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	memcpy(token, tenant.tag, TENANT_TAG_CHARS);
	secret_token(token + TENANT_TAG_CHARS, SECRET_CHARS);
	if (!tenant_hash(ctx, "password_reset.token", token, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_member_password_reset_add,
		(struct db_arg[]){ DB_BYTES(email_hash, SECRET_HASH_BYTES),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(LINK_MINUTES) },
		&rows, f))
		return (false);
	found = rows_count(rows) == 1;
	ok = !found || account_read(ctx, rows, &account, f);
	rows_free(rows);

	member = (struct notice_member){ account.id,
		found ? account.name : tenant.display_name,
		found ? account.email : config_text(CONFIG_MAIL_FROM),
		account.language };
	/* The token stands after #, so no server and no log sees it. */
	(void)snprintf(url, sizeof(url), "%s/admin/%s/#reset=%s",
	    config_text(CONFIG_BASE_URL), account.language, token);
	ok = ok && notice_password_reset(ctx, &member, url, !found, f) &&
	    operation_log_add(ctx, "member.password_reset_asked",
		found ? account.id : NULL, found ? "done" : "refused", NULL, f);
	account_free(&account);
	return (ok);
}

static bool
find_link(struct context *ctx, const char *token, uuid_text member_id,
    bool *found, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;

	if (!tenant_hash(ctx, "password_reset.token", token, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_member_password_reset_find,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		text_copy(member_id, sizeof(uuid_text),
		    rows_text(rows, 0, "member_id"));
	rows_free(rows);
	return (true);
}
