#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "normalise.h"
#include "operator_log.h"
#include "operator_seal.h"
#include "operator_session.h"
#include "session_password.h"
#include "tenant_key.h"

static const struct scope nobody = { "" };

static bool attempt_it(struct context *, const char *, const char *,
    const char *, char[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_attempt *, long *, struct fault *);
static bool take(struct context *, const char *, long *, struct fault *);
static bool fits(struct context *, const char *, const char *, uuid_text,
    char[SESSION_PASSWORD_SIZE], bool *, struct fault *);
static bool admit(struct context *, const char *, const char *, const char *,
    char[OPERATOR_SESSION_TOKEN_CHARS + 1], bool *, struct fault *);
static void token_make(
    char[OPERATOR_SESSION_TOKEN_CHARS + 1], uint8_t[SECRET_HASH_BYTES]);
static bool go_on(struct context *, struct operator_session *,
    char[OPERATOR_SESSION_TOKEN_CHARS + 1], enum session_factor_outcome *,
    struct fault *);
static bool csrf_make(const char *, char[65], struct fault *);
static enum session_need need_of(const char *);
static bool did(struct context *, const struct stmt *, const struct db_arg *,
    bool *, struct fault *);
static bool done(struct context *, bool, struct fault *);

bool
operator_session_create(struct context *ctx, const char *email,
    const char *password, const char *browser,
    char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    struct operator_session *session, enum session_attempt *attempt, long *wait,
    struct fault *f)
{
	bool found = true, ok;

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = attempt_it(ctx, email, password, browser, token, attempt, wait, f);
	if (!done(ctx, ok, f))
		return (false);
	if (*attempt != SESSION_SIGNED_IN)
		return (true);
	if (!operator_session_find(ctx, token, session, &found, f))
		return (false);
	if (!found) /* disabled within this moment */
		*attempt = SESSION_REFUSED;
	return (true);
}

bool
operator_session_find(struct context *ctx, const char *token,
    struct operator_session *session, bool *found, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;

	memset(session, 0, sizeof(*session));
	*found = false;
	if (strnlen(token, OPERATOR_SESSION_TOKEN_CHARS + 1) !=
	    OPERATOR_SESSION_TOKEN_CHARS)
		return (true);
	secret_digest(token, OPERATOR_SESSION_TOKEN_CHARS, hash);
	if (!db_run(ctx->db, &nobody, &sql_operator_session_find,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	if (*found) {
		text_copy(
		    session->id, sizeof(session->id), rows_text(rows, 0, "id"));
		text_copy(session->operator_id, sizeof(session->operator_id),
		    rows_text(rows, 0, "operator_id"));
		text_copy(session->email, sizeof(session->email),
		    rows_text(rows, 0, "email"));
		text_copy(session->name, sizeof(session->name),
		    rows_text(rows, 0, "name"));
		session->need = need_of(rows_text(rows, 0, "need"));
		session->expires_at = rows_int(rows, 0, "expires_at");
	}
	rows_free(rows);
	return (!*found || csrf_make(token, session->csrf, f));
}

bool
operator_session_prove(struct context *ctx, struct operator_session *session,
    bool recovery, const char *code,
    char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_factor_outcome *outcome, long *wait, struct fault *f)
{
	bool ok;

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = operator_account_check(
		 ctx, session->operator_id, recovery, code, outcome, wait, f) &&
	    go_on(ctx, session, token, outcome, f);
	return (done(ctx, ok, f));
}

bool
operator_session_confirm(struct context *ctx, struct operator_session *session,
    const char *code, session_recovery_codes codes,
    char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_factor_outcome *outcome, long *wait, struct fault *f)
{
	bool ok;

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = operator_account_confirm(
		 ctx, session->operator_id, code, codes, outcome, wait, f) &&
	    go_on(ctx, session, token, outcome, f);
	return (done(ctx, ok, f));
}

bool
operator_session_list(struct context *ctx, const char *operator_id,
    struct rows **rows, struct fault *f)
{
	return (db_run(ctx->db, &nobody, &sql_operator_session_list,
	    (struct db_arg[]){ DB_TEXT(operator_id) }, rows, f));
}

bool
operator_session_delete(struct context *ctx, const char *id,
    const char *operator_id, bool *found, struct fault *f)
{
	bool ok;

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = did(ctx, &sql_operator_session_delete,
		 (struct db_arg[]){ DB_TEXT(id), DB_TEXT(operator_id) }, found,
		 f) &&
	    (!*found ||
		operator_log_add(ctx, "session.deleted", NULL, id, "done", f));
	return (done(ctx, ok, f));
}

bool
operator_session_claim(struct context *ctx, struct operator_claim *claim,
    enum operator_kept *kept, int *status, char **textp, struct fault *f)
{
	const uint8_t *hash;
	struct rows *rows;
	bool ok = true, ours;
	size_t len;

	*textp = NULL;
	text_uuid_new(claim->row_id);
	if (!did(ctx, &sql_operator_session_claim,
		(struct db_arg[]){ DB_TEXT(claim->operator_id),
		    DB_TEXT(claim->key), DB_TEXT(claim->route),
		    DB_BYTES(claim->hash, sizeof(claim->hash)),
		    DB_TEXT(claim->row_id) },
		&ours, f))
		return (false);
	*kept = OPERATOR_KEPT_NEW;
	if (ours)
		return (true);
	if (!db_run(ctx->db, &nobody, &sql_operator_session_kept,
		(struct db_arg[]){
		    DB_TEXT(claim->operator_id), DB_TEXT(claim->key) },
		&rows, f))
		return (false);
	*kept = OPERATOR_KEPT_BUSY; /* also where it was let go meanwhile */
	if (rows_count(rows) == 1) {
		hash = rows_bytes(rows, 0, "request_hash", &len);
		if (len != sizeof(claim->hash) ||
		    memcmp(hash, claim->hash, len) != 0 ||
		    strcmp(rows_text(rows, 0, "route"), claim->route) != 0)
			*kept = OPERATOR_KEPT_REUSED;
		else if (!rows_null(rows, 0, "status")) {
			*kept = OPERATOR_KEPT_ANSWER;
			*status = (int)rows_int(rows, 0, "status");
			ok = operator_open("answer_sealed",
			    rows_text(rows, 0, "row_id"), rows, 0, textp, f);
		}
	}
	rows_free(rows);
	return (ok);
}

bool
operator_session_keep(struct context *ctx, const struct operator_claim *claim,
    int status, const char *text, struct fault *f)
{
	struct cell cell = CELL_INIT;
	char number[16];
	bool ok;

	(void)snprintf(number, sizeof(number), "%d", status);
	ok = (text == NULL || operator_seal(claim->row_id, text, &cell, f)) &&
	    db_run(ctx->db, &nobody, &sql_operator_session_keep,
		(struct db_arg[]){ DB_TEXT(claim->operator_id),
		    DB_TEXT(claim->key), DB_TEXT(claim->row_id),
		    DB_TEXT(number), DB_CELL(cell) },
		NULL, f);
	cell_free(&cell);
	return (ok);
}

bool
operator_session_unclaim(
    struct context *ctx, const struct operator_claim *claim, struct fault *f)
{
	return (db_run(ctx->db, &nobody, &sql_operator_session_unclaim,
	    (struct db_arg[]){ DB_TEXT(claim->operator_id), DB_TEXT(claim->key),
		DB_TEXT(claim->row_id) },
	    NULL, f));
}

static bool
attempt_it(struct context *ctx, const char *email, const char *password,
    const char *browser, char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_attempt *attempt, long *wait, struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE], subject[2 * SECRET_HASH_BYTES + 1];
	char stored[SESSION_PASSWORD_SIZE];
	uint8_t hash[SECRET_HASH_BYTES];
	uuid_text id;
	bool right;

	/* What is no address is nobody's, and counts like an unknown one. */
	if (!normalise_email(email, address))
		text_copy(address, sizeof(address), "?");
	if (!operator_hash("operator.email", address, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), subject);

	*attempt = SESSION_BLOCKED;
	if (!take(ctx, subject, wait, f))
		return (false);
	if (*wait > 0)
		return (operator_log_seldom(
		    ctx, "session.created", NULL, NULL, "wait", 60, f));
	*attempt = SESSION_REFUSED;
	if (!fits(ctx, address, password, id, stored, &right, f) ||
	    (right && !admit(ctx, id, stored, browser, token, &right, f)))
		return (false);
	if (!right)
		return (operator_log_add(
		    ctx, "session.created", NULL, id, "refused", f));
	*attempt = SESSION_SIGNED_IN;
	return (guess_forget(ctx, GUESS_OPERATOR_ACCOUNT, subject, f) &&
	    guess_give_back(
		ctx, GUESS_OPERATOR_ADDRESS, ctx->actor.address, f));
}

/* A try that either count refuses is counted by neither. */
static bool
take(struct context *ctx, const char *subject, long *wait, struct fault *f)
{
	if (!guess_take(ctx, GUESS_OPERATOR_ACCOUNT, subject, wait, f))
		return (false);
	if (*wait > 0)
		return (true);
	if (!guess_take(
		ctx, GUESS_OPERATOR_ADDRESS, ctx->actor.address, wait, f))
		return (false);
	return (*wait == 0 ||
	    guess_give_back(ctx, GUESS_OPERATOR_ACCOUNT, subject, f));
}

static bool
fits(struct context *ctx, const char *address, const char *password,
    uuid_text id, char stored[SESSION_PASSWORD_SIZE], bool *right,
    struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, NULL, &sql_operator_account_find,
		(struct db_arg[]){ DB_TEXT(address) }, &rows, f))
		return (false);
	id[0] = stored[0] = '\0';
	if (rows_count(rows) == 1) {
		text_copy(id, sizeof(uuid_text), rows_text(rows, 0, "id"));
		text_copy(stored, SESSION_PASSWORD_SIZE,
		    rows_text(rows, 0, "password"));
	}
	rows_free(rows);
	*right =
	    session_password_fits(password, stored[0] != '\0' ? stored : NULL);
	return (true);
}

/* Unless the password is another by now. */
static bool
admit(struct context *ctx, const char *operator_id, const char *stored,
    const char *browser, char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    bool *right, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	uuid_text id;

	text_uuid_new(id);
	token_make(token, hash);
	if (!did(ctx, &sql_operator_session_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(operator_id),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(ctx->actor.address),
		    DB_TEXT(browser), DB_TEXT(stored) },
		right, f))
		return (false);
	if (!*right)
		return (true);
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), operator_id);
	return (operator_log_add(ctx, "session.created", NULL, id, "done", f));
}

static void
token_make(char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    uint8_t hash[SECRET_HASH_BYTES])
{
	secret_token(token, OPERATOR_SESSION_TOKEN_CHARS);
	secret_digest(token, OPERATOR_SESSION_TOKEN_CHARS, hash);
}

/* With the second factor shown, under another token. */
static bool
go_on(struct context *ctx, struct operator_session *session,
    char token[OPERATOR_SESSION_TOKEN_CHARS + 1],
    enum session_factor_outcome *outcome, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	bool there;

	if (*outcome != SESSION_FACTOR_DONE)
		return (true);
	token_make(token, hash);
	if (!did(ctx, &sql_operator_session_prove,
		(struct db_arg[]){
		    DB_TEXT(session->id), DB_BYTES(hash, sizeof(hash)) },
		&there, f))
		return (false);
	if (!there) /* it has ended within this moment */
		*outcome = SESSION_FACTOR_NONE;
	session->need = SESSION_NEED_NOTHING;
	return (csrf_make(token, session->csrf, f));
}

static bool
csrf_make(const char *token, char csrf[65], struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];

	if (!operator_hash("operator.csrf", token, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), csrf);
	return (true);
}

static enum session_need
need_of(const char *name)
{
	return (strcmp(name, "nothing") == 0 ? SESSION_NEED_NOTHING
		: strcmp(name, "code") == 0  ? SESSION_NEED_CODE
					     : SESSION_NEED_ENROLMENT);
}

/* Run a statement whose guard is its WHERE clause: did it do anything? */
static bool
did(struct context *ctx, const struct stmt *stmt, const struct db_arg *args,
    bool *changed, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &nobody, stmt, args, &rows, f))
		return (false);
	*changed = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

static bool
done(struct context *ctx, bool ok, struct fault *f)
{
	if (ok)
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}
