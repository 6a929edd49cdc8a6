#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "normalise.h"
#include "operator_account.h"
#include "operator_log.h"
#include "operator_seal.h"
#include "session_password.h"
#include "tenant_key.h"

#define ENROL_MINUTES "15"

static const struct scope nobody = { "" };

static bool invite(struct context *, const struct stmt *, const char *,
    const char *, const char *, char[OPERATOR_ACCOUNT_TOKEN_CHARS + 1],
    int64_t *, bool *, struct fault *);
static bool sign_up(struct context *, const char *, const char *,
    enum password_verdict *, enum operator_account_outcome *, struct fault *);
static bool end_sessions(struct context *, const char *, struct fault *);
static enum password_verdict judge(struct rows *, const char *);
static bool one(struct context *, const struct stmt *, const struct db_arg *,
    uuid_text, bool *, struct fault *);
static bool done(struct context *, bool, struct fault *);
static bool step_of(struct context *, const char *, const char *, const char *,
    bool *, char[24], struct fault *);
static bool codes_make(
    struct context *, const char *, session_recovery_codes, struct fault *);
static bool code_use(
    struct context *, const char *, const char *, bool *, struct fault *);

bool
operator_account_create(struct context *ctx, const char *email,
    const char *name, char token[OPERATOR_ACCOUNT_TOKEN_CHARS + 1],
    int64_t *until, enum operator_account_outcome *outcome, struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE];
	bool added;

	*outcome = OPERATOR_ACCOUNT_EMAIL_BAD;
	if (!normalise_email(email, address))
		return (true);
	*outcome = OPERATOR_ACCOUNT_NAME_BAD;
	if (!text_is_clean(name) || text_length(name) < 1 ||
	    text_length(name) > OPERATOR_ACCOUNT_NAME_MAX)
		return (true);
	if (!invite(ctx, &sql_operator_account_add, "operator.created", address,
		name, token, until, &added, f))
		return (false);
	*outcome = added ? OPERATOR_ACCOUNT_DONE : OPERATOR_ACCOUNT_TAKEN;
	return (true);
}

bool
operator_account_reset(struct context *ctx, const char *email,
    char token[OPERATOR_ACCOUNT_TOKEN_CHARS + 1], int64_t *until,
    enum operator_account_outcome *outcome, struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE];
	bool found;

	*outcome = OPERATOR_ACCOUNT_EMAIL_BAD;
	if (!normalise_email(email, address))
		return (true);
	if (!invite(ctx, &sql_operator_account_reset, "operator.reset", address,
		NULL, token, until, &found, f))
		return (false);
	*outcome = found ? OPERATOR_ACCOUNT_DONE : OPERATOR_ACCOUNT_UNKNOWN;
	return (true);
}

bool
operator_account_disable(struct context *ctx, const char *email, bool disabled,
    enum operator_account_outcome *outcome, struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE];
	uuid_text id;
	bool found, ok;

	*outcome = OPERATOR_ACCOUNT_EMAIL_BAD;
	if (!normalise_email(email, address))
		return (true);
	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = one(ctx, &sql_operator_account_state,
		 (struct db_arg[]){
		     DB_TEXT(address), DB_TEXT(disabled ? "true" : "false") },
		 id, &found, f) &&
	    (!found ||
		(end_sessions(ctx, id, f) &&
		    operator_log_add(ctx,
			disabled ? "operator.disabled" : "operator.enabled",
			NULL, id, "done", f)));
	*outcome = found ? OPERATOR_ACCOUNT_DONE : OPERATOR_ACCOUNT_UNKNOWN;
	return (done(ctx, ok, f));
}

bool
operator_account_list(struct context *ctx, struct rows **rows, struct fault *f)
{
	return (db_run(
	    ctx->db, &nobody, &sql_operator_account_list, NULL, rows, f));
}

bool
operator_account_sign_up(struct context *ctx, const char *token,
    const char *password, enum password_verdict *verdict, long *wait,
    enum operator_account_outcome *outcome, struct fault *f)
{
	bool ok;

	*verdict = PASSWORD_GOOD;
	*outcome = OPERATOR_ACCOUNT_BLOCKED;
	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = guess_take(
	    ctx, GUESS_OPERATOR_SIGN_UP, ctx->actor.address, wait, f);
	if (ok && *wait == 0)
		ok = sign_up(ctx, token, password, verdict, outcome, f);
	return (done(ctx, ok, f));
}

static bool
sign_up(struct context *ctx, const char *token, const char *password,
    enum password_verdict *verdict, enum operator_account_outcome *outcome,
    struct fault *f)
{
	char stored[SESSION_PASSWORD_SIZE];
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;
	uuid_text id = "";
	bool found;

	secret_digest(token, strlen(token), hash);
	if (!db_run(ctx->db, NULL, &sql_operator_account_invited,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	found = rows_count(rows) == 1;
	if (found)
		*verdict = judge(rows, password);
	rows_free(rows);

	*outcome = OPERATOR_ACCOUNT_LINK_BAD;
	if (found && *verdict == PASSWORD_GOOD &&
	    (!session_password_hash(password, stored, f) ||
		!one(ctx, &sql_operator_account_sign_up,
		    (struct db_arg[]){
			DB_BYTES(hash, sizeof(hash)), DB_TEXT(stored) },
		    id, &found, f)))
		return (false);
	if (!found)
		return (operator_log_add(
		    ctx, "operator.signed_up", NULL, NULL, "refused", f));
	/* Who has the link guesses at nothing. */
	if (!guess_give_back(
		ctx, GUESS_OPERATOR_SIGN_UP, ctx->actor.address, f))
		return (false);
	*outcome = OPERATOR_ACCOUNT_PASSWORD_BAD;
	if (*verdict != PASSWORD_GOOD)
		return (true);
	*outcome = OPERATOR_ACCOUNT_DONE;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), id);
	return (
	    operator_log_add(ctx, "operator.signed_up", NULL, id, "done", f));
}

bool
operator_account_enrol(struct context *ctx, const char *id,
    char secret[SESSION_TOTP_CHARS + 1], bool *enrolled, struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text same;
	bool ok;

	session_totp_make(secret);
	ok = operator_seal(id, secret, &cell, f) &&
	    one(ctx, &sql_operator_account_enrol,
		(struct db_arg[]){
		    DB_TEXT(id), DB_CELL(cell), DB_TEXT(ENROL_MINUTES) },
		same, enrolled, f);
	cell_free(&cell);
	return (ok);
}

bool
operator_account_confirm(struct context *ctx, const char *id, const char *code,
    session_recovery_codes codes, enum session_factor_outcome *outcome,
    long *wait, struct fault *f)
{
	uuid_text same;
	char step[24];
	bool waits, good;

	*outcome = SESSION_FACTOR_BLOCKED;
	if (!guess_take(ctx, GUESS_OPERATOR_FACTOR, id, wait, f))
		return (false);
	if (*wait > 0)
		return (true);
	if (!step_of(ctx, id, "totp_new", code, &waits, step, f))
		return (false);
	*outcome = waits ? SESSION_FACTOR_WRONG : SESSION_FACTOR_NONE;
	if (step[0] == '\0')
		return (operator_log_add(
		    ctx, "second_factor.created", NULL, id, "refused", f));
	if (!one(ctx, &sql_operator_account_confirm,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(step) }, same, &good,
		f))
		return (false);
	if (!good) {
		*outcome = SESSION_FACTOR_NONE;
		return (true);
	}
	*outcome = SESSION_FACTOR_DONE;
	return (guess_forget(ctx, GUESS_OPERATOR_FACTOR, id, f) &&
	    codes_make(ctx, id, codes, f) &&
	    operator_log_add(
		ctx, "second_factor.created", NULL, id, "done", f));
}

bool
operator_account_check(struct context *ctx, const char *id, bool recovery,
    const char *code, enum session_factor_outcome *outcome, long *wait,
    struct fault *f)
{
	uuid_text same;
	char step[24];
	bool good = false, has;

	*outcome = SESSION_FACTOR_BLOCKED;
	if (!guess_take(ctx, GUESS_OPERATOR_FACTOR, id, wait, f))
		return (false);
	if (*wait > 0)
		return (true);
	if (recovery) {
		if (!code_use(ctx, id, code, &good, f))
			return (false);
	} else if (!step_of(ctx, id, "totp_sealed", code, &has, step, f) ||
	    (step[0] != '\0' &&
		!one(ctx, &sql_operator_account_step,
		    (struct db_arg[]){ DB_TEXT(id), DB_TEXT(step) }, same,
		    &good, f)))
		return (false);
	if (good && !guess_forget(ctx, GUESS_OPERATOR_FACTOR, id, f))
		return (false);
	*outcome = good ? SESSION_FACTOR_DONE : SESSION_FACTOR_WRONG;
	return (operator_log_add(ctx,
	    recovery ? "recovery_code.shown" : "second_factor.shown", NULL, id,
	    good ? "done" : "refused", f));
}

/* Run what lets an account sign up: its token, and a line of the log. */
static bool
invite(struct context *ctx, const struct stmt *stmt, const char *action,
    const char *email, const char *name,
    char token[OPERATOR_ACCOUNT_TOKEN_CHARS + 1], int64_t *until, bool *found,
    struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;
	uuid_text id;
	char hours[16];
	bool ok;

	secret_token(token, OPERATOR_ACCOUNT_TOKEN_CHARS);
	secret_digest(token, OPERATOR_ACCOUNT_TOKEN_CHARS, hash);
	(void)snprintf(hours, sizeof(hours), "%d", OPERATOR_ACCOUNT_HOURS);
	text_uuid_new(id);
	const struct db_arg new[] = { DB_TEXT(id), DB_TEXT(email),
		DB_TEXT(name), DB_BYTES(hash, sizeof(hash)), DB_TEXT(hours) };
	const struct db_arg old[] = { DB_TEXT(email),
		DB_BYTES(hash, sizeof(hash)), DB_TEXT(hours) };

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = db_run(ctx->db, NULL, stmt, name != NULL ? new : old, &rows, f);
	if (ok) {
		*found = rows_count(rows) == 1;
		if (*found) {
			*until = rows_int(rows, 0, "until");
			text_copy(id, sizeof(id), rows_text(rows, 0, "id"));
		}
		rows_free(rows);
		ok = !*found ||
		    (end_sessions(ctx, id, f) &&
			operator_log_add(ctx, action, NULL, id, "done", f));
	}
	return (done(ctx, ok, f));
}

static bool
end_sessions(struct context *ctx, const char *id, struct fault *f)
{
	return (db_run(ctx->db, NULL, &sql_operator_session_delete_all,
	    (struct db_arg[]){ DB_TEXT(id) }, NULL, f));
}

static enum password_verdict
judge(struct rows *rows, const char *password)
{
	char local[NORMALISE_EMAIL_SIZE], domain[NORMALISE_EMAIL_SIZE] = "";
	char *at;

	text_copy(local, sizeof(local), rows_text(rows, 0, "email"));
	if ((at = strchr(local, '@')) != NULL) {
		*at = '\0';
		text_copy(domain, sizeof(domain), at + 1);
		domain[strcspn(domain, ".")] = '\0';
	}
	return (password_rule_judge(password, OPERATOR_ACCOUNT_PASSWORD_MIN,
	    (const char *const[]){
		rows_text(rows, 0, "name"), local, domain, "genkan" },
	    4));
}

/* Run a statement whose guard is its WHERE clause: did it do anything? */
static bool
one(struct context *ctx, const struct stmt *stmt, const struct db_arg *args,
    uuid_text id, bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &nobody, stmt, args, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	if (*found && stmt != &sql_operator_account_code_use)
		text_copy(id, sizeof(uuid_text), rows_text(rows, 0, "id"));
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

/* The step, as text, of ${code} by the secret in ${column}; "" if it is none
 * of its codes, or (${has}) there is no secret. */
static bool
step_of(struct context *ctx, const char *id, const char *column,
    const char *code, bool *has, char step[24], struct fault *f)
{
	char *secret = NULL, *typed;
	struct rows *rows;
	int64_t n = 0;
	bool ok;

	step[0] = '\0';
	if (!db_run(ctx->db, &nobody, &sql_operator_account_factor,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*has = rows_count(rows) == 1 && !rows_null(rows, 0, column);
	ok = !*has || operator_open(column, id, rows, 0, &secret, f);
	rows_free(rows);
	if (ok && *has) {
		if ((typed = session_factor_compact(code)) == NULL)
			ok = fault_set(f, FAULT_MEMORY, "code");
		else
			ok = session_totp_step(
			    secret, typed, clock_now() / 1000, &n, f);
		tenant_text_free(typed);
	}
	tenant_text_free(secret);
	if (ok && n != 0)
		(void)snprintf(step, 24, "%lld", (long long)n);
	return (ok);
}

static bool
codes_make(struct context *ctx, const char *id, session_recovery_codes codes,
    struct fault *f)
{
	char hashes[SESSION_RECOVERY_CODES * (2 * SECRET_HASH_BYTES + 1)];
	uint8_t hash[SECRET_HASH_BYTES];
	char *to = hashes;
	size_t i;

	for (i = 0; i < SESSION_RECOVERY_CODES; i++) {
		session_factor_code_make(codes[i]);
		if (!operator_hash("recovery_code", codes[i], hash, f))
			return (false);
		text_hex(hash, sizeof(hash), to);
		to += 2 * SECRET_HASH_BYTES;
		*to++ = ' ';
	}
	to[-1] = '\0';
	return (db_run(ctx->db, &nobody, &sql_operator_account_codes,
	    (struct db_arg[]){ DB_TEXT(id), DB_TEXT(hashes) }, NULL, f));
}

static bool
code_use(struct context *ctx, const char *id, const char *typed, bool *good,
    struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	char *code = session_factor_compact(typed);
	uuid_text same;
	bool ok;

	if (code == NULL)
		return (fault_set(f, FAULT_MEMORY, "recovery code"));
	ok = operator_hash("recovery_code", code, hash, f) &&
	    one(ctx, &sql_operator_account_code_use,
		(struct db_arg[]){ DB_TEXT(id), DB_BYTES(hash, sizeof(hash)) },
		same, good, f);
	tenant_text_free(code);
	return (ok);
}
