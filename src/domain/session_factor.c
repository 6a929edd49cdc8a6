#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "channel.h"
#include "gen_sql.h"
#include "guess.h"
#include "normalise.h"
#include "operation_log.h"
#include "session.h"
#include "session_factor.h"
#include "session_sms.h"
#include "tenant_key.h"

#define ENROL_MINUTES "15"

/* No 0 and O, 1, I and L: people copy these from paper. */
static const char symbols[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
_Static_assert(sizeof(symbols) - 1 == 31, "79 bits in 16 symbols");

/* As the operation log has them; the database has those that are stored. */
static const char *const kind_names[] = {
	[SESSION_FACTOR_TOTP] = "totp",
	[SESSION_FACTOR_SMS] = "sms",
	[SESSION_FACTOR_RECOVERY] = "recovery",
};
_Static_assert(
    NELEMS(kind_names) == SESSION_FACTOR_KIND__MAX, "every kind has a name");

static bool read_phone(struct context *, struct rows *, int,
    struct session_factor_state *, struct fault *);
static bool count_codes(struct context *, const char *, int *, struct fault *);
static bool check(struct context *, const char *, enum session_factor_kind,
    const char *, bool *, struct fault *);
static bool check_totp(
    struct context *, const char *, const char *, bool *, struct fault *);
static bool check_sms(struct context *, const char *, const char *,
    const char *, uuid_text, bool *, struct fault *);
static bool check_recovery(
    struct context *, const char *, const char *, bool *, struct fault *);
static bool totp_step(struct context *, const char *, const char *,
    const char *, uuid_text, int64_t *, struct fault *);
static bool activate(struct context *, const char *, const char *, const char *,
    const char *, int64_t, bool *, struct fault *);
static bool changed(struct context *, const struct stmt *,
    const struct db_arg *, bool *, struct fault *);

bool
session_factor_show(struct context *ctx, const char *member_id,
    struct session_factor_state *state, struct fault *f)
{
	struct rows *rows;
	bool ok = true;
	int i;

	memset(state, 0, sizeof(*state));
	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_list,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows); i++) {
		if (strcmp(rows_text(rows, i, "state"), "active") != 0)
			continue;
		if (strcmp(rows_text(rows, i, "kind"),
			kind_names[SESSION_FACTOR_TOTP]) == 0)
			state->totp = true;
		else
			ok = read_phone(ctx, rows, i, state, f);
	}
	rows_free(rows);
	return (ok && channel_has_sms(ctx, &state->sms_possible, f) &&
	    count_codes(ctx, member_id, &state->recovery_codes, f));
}

bool
session_factor_enrol_totp(struct context *ctx, const char *member_id,
    char secret[SESSION_TOTP_CHARS + 1], struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text id;
	bool ok;

	session_totp_make(secret);
	text_uuid_new(id);
	ok = tenant_seal(ctx, TENANT_KEY_TOTP, "second_factor", "secret_cell",
		 id, secret, &cell, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_second_factor_enrol,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(member_id),
		    DB_TEXT(kind_names[SESSION_FACTOR_TOTP]), DB_CELL(cell),
		    DB_TEXT(ENROL_MINUTES) },
		NULL, f);
	cell_free(&cell);
	return (ok);
}

bool
session_factor_confirm(struct context *ctx, const char *member_id,
    const char *session_id, enum session_factor_kind kind, const char *code,
    session_recovery_codes codes, size_t *n,
    enum session_factor_outcome *outcome, long *wait, struct fault *f)
{
	uuid_text id;
	int64_t step = 0;
	bool done, good = false;
	int left;

	*n = 0;
	*outcome = SESSION_FACTOR_BLOCKED;
	if (!guess_take(ctx, GUESS_FACTOR_ACCOUNT, member_id, wait, f))
		return (false);
	if (*wait > 0)
		return (true);
	if (kind == SESSION_FACTOR_SMS
		? !check_sms(ctx, member_id, "new", code, id, &good, f)
		: !totp_step(ctx, member_id, "new", code, id, &step, f))
		return (false);
	*outcome = id[0] == '\0' ? SESSION_FACTOR_NONE : SESSION_FACTOR_WRONG;
	if (!good && step == 0)
		return (true);
	if (!activate(ctx, member_id, session_id, kind_names[kind], id, step,
		&done, f))
		return (false);
	*outcome = done ? SESSION_FACTOR_DONE : SESSION_FACTOR_NONE;
	if (!done)
		return (true);
	if (!guess_forget(ctx, GUESS_FACTOR_ACCOUNT, member_id, f) ||
	    !count_codes(ctx, member_id, &left, f) ||
	    (left == 0 &&
		!session_factor_renew_codes(ctx, member_id, codes, f)))
		return (false);
	*n = left == 0 ? SESSION_RECOVERY_CODES : 0;
	return (operation_log_add(ctx, "second_factor.created", member_id,
	    "done", json_pack("{ss}", "kind", kind_names[kind]), f));
}

bool
session_factor_check(struct context *ctx, const char *member_id,
    enum session_factor_kind kind, const char *code,
    enum session_factor_outcome *outcome, long *wait, struct fault *f)
{
	bool good = false;

	*outcome = SESSION_FACTOR_BLOCKED;
	if (!guess_take(ctx, GUESS_FACTOR_ACCOUNT, member_id, wait, f))
		return (false);
	if (*wait > 0)
		return (true);
	if (!check(ctx, member_id, kind, code, &good, f) ||
	    (good && !guess_forget(ctx, GUESS_FACTOR_ACCOUNT, member_id, f)))
		return (false);
	*outcome = good ? SESSION_FACTOR_DONE : SESSION_FACTOR_WRONG;
	return (operation_log_add(ctx, "second_factor.shown", member_id,
	    good ? "done" : "refused",
	    json_pack("{ss}", "kind", kind_names[kind]), f));
}

bool
session_factor_renew_codes(struct context *ctx, const char *member_id,
    session_recovery_codes codes, struct fault *f)
{
	char hashes[SESSION_RECOVERY_CODES * (2 * SECRET_HASH_BYTES + 1)];
	uint8_t hash[SECRET_HASH_BYTES];
	size_t i;

	for (i = 0; i < SESSION_RECOVERY_CODES; i++) {
		session_factor_code_make(codes[i]);
		if (!tenant_hash(ctx, "recovery_code", codes[i], hash, f))
			return (false);
		text_hex(hash, sizeof(hash),
		    hashes + i * (2 * SECRET_HASH_BYTES + 1));
		hashes[(i + 1) * (2 * SECRET_HASH_BYTES + 1) - 1] = ' ';
	}
	hashes[sizeof(hashes) - 1] = '\0';
	return (db_run(ctx->db, &ctx->scope, &sql_second_factor_recovery_add,
		    (struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(hashes) },
		    NULL, f) &&
	    operation_log_add(
		ctx, "recovery_code.created", member_id, "done", NULL, f));
}

bool
session_factor_reset(
    struct context *ctx, const char *member_id, bool *had, struct fault *f)
{
	struct rows *rows;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_reset,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	*had = false;
	for (i = 0; i < rows_count(rows); i++)
		*had =
		    *had || strcmp(rows_text(rows, i, "state"), "active") == 0;
	rows_free(rows);
	return (guess_forget(ctx, GUESS_FACTOR_ACCOUNT, member_id, f) &&
	    session_delete_all(ctx, member_id, f) &&
	    operation_log_add(
		ctx, "second_factor.deleted", member_id, "done", NULL, f));
}

static bool
read_phone(struct context *ctx, struct rows *rows, int i,
    struct session_factor_state *state, struct fault *f)
{
	char *phone;
	size_t len;

	if (!tenant_open(ctx, TENANT_KEY_TOTP, "second_factor", "secret_cell",
		rows_text(rows, i, "id"), rows, i, &phone, f))
		return (false);
	len = strlen(phone);
	state->sms = true;
	text_copy(state->phone_end, sizeof(state->phone_end),
	    phone + (len > 4 ? len - 4 : len));
	tenant_text_free(phone);
	return (true);
}

static bool
count_codes(
    struct context *ctx, const char *member_id, int *left, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_recovery_count,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	*left = (int)rows_int(rows, 0, "left");
	rows_free(rows);
	return (true);
}

static bool
check(struct context *ctx, const char *member_id, enum session_factor_kind kind,
    const char *code, bool *good, struct fault *f)
{
	uuid_text id;

	switch (kind) {
	case SESSION_FACTOR_TOTP:
		return (check_totp(ctx, member_id, code, good, f));
	case SESSION_FACTOR_SMS:
		return (check_sms(ctx, member_id, "active", code, id, good, f));
	case SESSION_FACTOR_RECOVERY:
		return (check_recovery(ctx, member_id, code, good, f));
	default:
		return (fault_set(f, FAULT_BUG, "no kind of second factor"));
	}
}

static bool
check_totp(struct context *ctx, const char *member_id, const char *code,
    bool *good, struct fault *f)
{
	char text[24];
	uuid_text id;
	int64_t step;

	*good = false;
	if (!totp_step(ctx, member_id, "active", code, id, &step, f))
		return (false);
	if (step == 0)
		return (true);
	(void)snprintf(text, sizeof(text), "%lld", (long long)step);
	return (changed(ctx, &sql_second_factor_step,
	    (struct db_arg[]){ DB_TEXT(id), DB_TEXT(text) }, good, f));
}

static bool
check_sms(struct context *ctx, const char *member_id, const char *state,
    const char *typed, uuid_text id, bool *good, struct fault *f)
{
	char *code = session_factor_compact(typed);
	bool ok;

	if (code == NULL)
		return (fault_set(f, FAULT_MEMORY, "code"));
	ok = session_sms_match(ctx, member_id, state, code, id, good, f);
	tenant_text_free(code);
	return (ok);
}

static bool
check_recovery(struct context *ctx, const char *member_id, const char *typed,
    bool *good, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	char *code = session_factor_compact(typed);
	bool ok;

	if (code == NULL)
		return (fault_set(f, FAULT_MEMORY, "recovery code"));
	ok = tenant_hash(ctx, "recovery_code", code, hash, f) &&
	    changed(ctx, &sql_second_factor_recovery_use,
		(struct db_arg[]){
		    DB_TEXT(member_id), DB_BYTES(hash, sizeof(hash)) },
		good, f);
	tenant_text_free(code);
	return (ok);
}

/* The step of ${typed}, 0 if it is no code of the member's authenticator in
 * that ${state}, whose ${id} is "" if there is none. */
static bool
totp_step(struct context *ctx, const char *member_id, const char *state,
    const char *typed, uuid_text id, int64_t *step, struct fault *f)
{
	char *secret = NULL, *code = NULL;
	struct rows *rows;
	bool ok = true;
	int i;

	id[0] = '\0';
	*step = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_list,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		if (strcmp(rows_text(rows, i, "kind"),
			kind_names[SESSION_FACTOR_TOTP]) == 0 &&
		    strcmp(rows_text(rows, i, "state"), state) == 0)
			break;
	}
	if (i < rows_count(rows)) {
		text_copy(id, sizeof(uuid_text), rows_text(rows, i, "id"));
		ok = tenant_open(ctx, TENANT_KEY_TOTP, "second_factor",
		    "secret_cell", id, rows, i, &secret, f);
		if (ok && (code = session_factor_compact(typed)) == NULL)
			ok = fault_set(f, FAULT_MEMORY, "code");
		ok = ok &&
		    session_totp_step(
			secret, code, clock_now() / 1000, step, f);
	}
	tenant_text_free(secret);
	tenant_text_free(code);
	rows_free(rows);
	return (ok);
}

static bool
activate(struct context *ctx, const char *member_id, const char *session_id,
    const char *kind, const char *id, int64_t step, bool *done, struct fault *f)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)step);
	return (db_run(ctx->db, &ctx->scope, &sql_second_factor_replace,
		    (struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(kind),
			DB_TEXT(session_id) },
		    NULL, f) &&
	    changed(ctx, &sql_second_factor_activate,
		(struct db_arg[]){
		    DB_TEXT(id), DB_TEXT(text), DB_TEXT(session_id) },
		done, f));
}

/* Run a statement whose guard is its WHERE clause: did it do anything? */
static bool
changed(struct context *ctx, const struct stmt *stmt, const struct db_arg *args,
    bool *done, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, stmt, args, &rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

void
session_factor_code_make(char code[SESSION_RECOVERY_CHARS + 1])
{
	uint8_t random;
	size_t k;

	for (k = 0; k < SESSION_RECOVERY_CHARS;) {
		/* 248 is the largest multiple of 31 in a byte. */
		secret_random(&random, 1);
		if (random < 248)
			code[k++] = symbols[random % 31];
	}
	code[k] = '\0';
}

char *
session_factor_compact(const char *typed)
{
	char *text = normalise_password(typed), *from, *to;

	if (text == NULL)
		return (NULL);
	for (from = to = text; *from != '\0'; from++) {
		if (*from >= 'a' && *from <= 'z')
			*to++ = (char)(*from - 'a' + 'A');
		else if (*from != ' ' && *from != '-')
			*to++ = *from;
	}
	*to = '\0';
	return (text);
}
