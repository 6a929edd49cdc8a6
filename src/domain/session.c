#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "browser.h"
#include "gen_sql.h"
#include "guess.h"
#include "network.h"
#include "normalise.h"
#include "operation_log.h"
#include "role.h"
#include "session.h"
#include "session_password.h"
#include "sign_in_policy.h"
#include "tenant.h"
#include "tenant_key.h"

#define SECONDS(n, out) (void)snprintf(out, sizeof(out), "%ld", (n))

/* What is known of the account somebody wants to sign in to. */
struct account {
	uuid_text member_id; /* "" if there is none */
	char stored[SESSION_PASSWORD_SIZE];
	bool has_factor; /* the session is to show it within minutes */
};

static const char *const need_names[] = {
	[SESSION_NEED_NOTHING] = "nothing",
	[SESSION_NEED_CODE] = "code",
	[SESSION_NEED_ENROLMENT] = "enrolment",
};
_Static_assert(
    NELEMS(need_names) == SESSION_NEED__MAX, "every need has a name");

static bool account_find(
    struct context *, const uint8_t *, struct account *, struct fault *);
static bool allow_stranger(
    struct context *, const char *, long *, struct fault *);
static bool forgive_stranger(struct context *, const char *, struct fault *);
static bool admit(struct context *, struct account *, const char *,
    struct session_place *, char[SESSION_TOKEN_SIZE], struct session *, bool *,
    struct fault *);
static bool rehash(
    struct context *, struct account *, const char *, struct fault *);
static bool refuse(
    struct context *, const struct account *, bool, struct fault *);
static bool token_make(
    struct context *, char[SESSION_TOKEN_SIZE], uint8_t *, struct fault *);
static bool find(struct context *, const char *, struct session *,
    enum session_verdict *, struct fault *);
static enum session_verdict verdict_of(enum tenant_state, unsigned);

bool
session_find(struct context *ctx, const char *token, struct session *session,
    enum session_verdict *verdict, struct fault *f)
{
	memset(session, 0, sizeof(*session));
	*verdict = SESSION_NONE;
	if (strnlen(token, SESSION_TOKEN_SIZE) != SESSION_TOKEN_SIZE - 1 ||
	    token[TENANT_TAG_CHARS] != '.')
		return (true);
	return (find(ctx, token + TENANT_TAG_CHARS + 1, session, verdict, f));
}

bool
session_create(struct context *ctx, const char *email, const char *password,
    struct session_place *place, char token[SESSION_TOKEN_SIZE],
    struct session *session, enum session_attempt *attempt, long *wait,
    struct fault *f)
{
	char address[NORMALISE_EMAIL_SIZE], subject[2 * SECRET_HASH_BYTES + 1];
	uint8_t hash[SECRET_HASH_BYTES];
	struct account account;
	bool known, fits, ok, stale;

	*attempt = SESSION_REFUSED;
	*wait = 0;

	/* What is no address is nobody's, and counts like an unknown one. */
	if (!normalise_email(email, address))
		text_copy(address, sizeof(address), "?");
	if (!tenant_hash(ctx, "member.email", address, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), subject);

	if (!browser_take(ctx, place->cookie, hash, &known, f) ||
	    (!known && !allow_stranger(ctx, subject, wait, f)))
		return (false);
	if (*wait > 0) {
		*attempt = SESSION_BLOCKED;
		return (true);
	}

	/* To look takes long, and others who sign in here would wait for it:
	 * the try counts from now on, whatever becomes of it.  A password that
	 * was changed meanwhile is looked at anew. */
	do {
		stale = false;
		if (!account_find(ctx, hash, &account, f) ||
		    !db_commit(ctx->db, f) ||
		    !db_begin(ctx->db, &ctx->scope, f))
			return (false);
		fits = session_password_fits(password,
		    account.stored[0] != '\0' ? account.stored : NULL);
		ok = fits ? admit(ctx, &account, password, place, token,
				session, &stale, f)
			  : refuse(ctx, &account, known, f);
		secret_wipe(&account, sizeof(account));
	} while (ok && stale);

	if (!ok || !fits)
		return (ok);
	*attempt = SESSION_SIGNED_IN;
	return (known || forgive_stranger(ctx, subject, f));
}

void
session_waste(const char *password)
{
	if (session_password_fits(password, NULL))
		abort(); /* cannot be: nothing is nobody's password */
}

bool
session_prove(struct context *ctx, const char *id,
    char token[SESSION_TOKEN_SIZE], struct session *session, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	enum session_verdict verdict;
	struct sign_in_policy policy;
	char longest[24];

	if (!sign_in_policy_show(ctx, &policy, f))
		return (false);
	SECONDS(policy.longest_hours * 3600, longest);
	if (!token_make(ctx, token, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_session_prove,
		(struct db_arg[]){ DB_TEXT(id), DB_BYTES(hash, sizeof(hash)),
		    DB_TEXT(longest) },
		NULL, f) ||
	    !session_find(ctx, token, session, &verdict, f))
		return (false);
	if (verdict == SESSION_NONE)
		return (fault_set(f, FAULT_BUG, "a proven session is gone"));
	return (true);
}

const char *
session_need_name(enum session_need need)
{
	return (need_names[need]);
}

bool
session_delete(struct context *ctx, const char *id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_session_delete,
		    (struct db_arg[]){ DB_TEXT(id) }, NULL, f) &&
	    operation_log_add(ctx, "session.deleted", id, "done", NULL, f));
}

bool
session_list(struct context *ctx, const char *member_id,
    struct session_row **list, size_t *n, struct fault *f)
{
	struct session_row *s;
	struct rows *rows;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_session_list,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	*n = (size_t)rows_count(rows);
	if ((*list = calloc(*n + 1, sizeof(**list))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "sessions"));
	}
	for (i = 0; i < rows_count(rows); i++) {
		s = &(*list)[i];
		text_copy(s->id, sizeof(s->id), rows_text(rows, i, "id"));
		text_copy(s->address, sizeof(s->address),
		    rows_text(rows, i, "address"));
		text_copy(s->browser, sizeof(s->browser),
		    rows_text(rows, i, "browser"));
		s->created_at = rows_int(rows, i, "created_at");
		s->seen_at = rows_int(rows, i, "seen_at");
	}
	rows_free(rows);
	return (true);
}

bool
session_delete_own(struct context *ctx, const char *id, const char *member_id,
    bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_session_delete_own,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(member_id) }, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	rows_free(rows);
	return (!*found ||
	    operation_log_add(ctx, "session.deleted", id, "done", NULL, f));
}

bool
session_delete_others(
    struct context *ctx, const char *member_id, const char *id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_session_delete_others,
		    (struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(id) }, NULL,
		    f) &&
	    operation_log_add(
		ctx, "session.others_deleted", member_id, "done", NULL, f));
}

bool
session_delete_all(struct context *ctx, const char *member_id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_session_delete_all,
	    (struct db_arg[]){ DB_TEXT(member_id) }, NULL, f));
}

/*
 * May somebody who was never here before try this account?  Everybody of an
 * office may share one address: nobody waits there while another's password is
 * looked at.  What the account's delay refuses does not count for its ceiling.
 */
static bool
allow_stranger(
    struct context *ctx, const char *subject, long *wait, struct fault *f)
{
	return (guess_wait(
		    ctx, GUESS_SIGN_IN_ADDRESS, ctx->actor.address, wait, f) &&
	    (*wait > 0 ||
		guess_take(ctx, GUESS_SIGN_IN_ACCOUNT, subject, wait, f)) &&
	    (*wait > 0 ||
		guess_take(ctx, GUESS_SIGN_IN_CEILING, subject, wait, f)));
}

/* It was the member.  What others had guessed before still counts for the
 * ceiling: it holds over the whole of an attack. */
static bool
forgive_stranger(struct context *ctx, const char *subject, struct fault *f)
{
	return (guess_forget(ctx, GUESS_SIGN_IN_ACCOUNT, subject, f) &&
	    guess_give_back(ctx, GUESS_SIGN_IN_CEILING, subject, f));
}

static bool
account_find(struct context *ctx, const uint8_t *hash, struct account *account,
    struct fault *f)
{
	struct rows *rows;
	const char *stored;

	memset(account, 0, sizeof(*account));
	if (!db_run(ctx->db, &ctx->scope, &sql_session_account,
		(struct db_arg[]){ DB_BYTES(hash, SECRET_HASH_BYTES) }, &rows,
		f))
		return (false);
	if (rows_count(rows) == 1) {
		text_copy(account->member_id, sizeof(account->member_id),
		    rows_text(rows, 0, "id"));
		if ((stored = rows_text(rows, 0, "password_hash")) != NULL)
			text_copy(
			    account->stored, sizeof(account->stored), stored);
		account->has_factor = rows_bool(rows, 0, "has_factor");
	}
	rows_free(rows);
	return (true);
}

/* If it is another password by now, it stays, and nobody is let in. */
static bool
rehash(struct context *ctx, struct account *account, const char *password,
    struct fault *f)
{
	char old[SESSION_PASSWORD_SIZE];

	text_copy(old, sizeof(old), account->stored);
	return (session_password_hash(password, account->stored, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_session_rehash,
		(struct db_arg[]){ DB_TEXT(account->member_id),
		    DB_TEXT(account->stored), DB_TEXT(old) },
		NULL, f));
}

static bool
admit(struct context *ctx, struct account *account, const char *password,
    struct session_place *place, char token[SESSION_TOKEN_SIZE],
    struct session *session, bool *stale, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	enum session_verdict verdict;
	char idle[24], longest[24];
	struct sign_in_policy policy;
	struct rows *rows;
	uuid_text id;

	if ((session_password_is_old(account->stored) &&
		!rehash(ctx, account, password, f)) ||
	    !sign_in_policy_show(ctx, &policy, f))
		return (false);
	text_uuid_new(id);
	SECONDS(policy.idle_minutes * 60, idle);
	SECONDS(account->has_factor ? SESSION_PENDING_SECONDS
				    : policy.longest_hours * 3600,
	    longest);
	if (!token_make(ctx, token, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_session_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(account->member_id),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(ctx->actor.address),
		    DB_TEXT(place->agent), DB_TEXT(idle), DB_TEXT(longest),
		    DB_TEXT(account->stored) },
		&rows, f))
		return (false);
	*stale = rows_count(rows) == 0;
	rows_free(rows);
	if (*stale)
		return (true);
	if (!browser_know(
		ctx, place->cookie, account->member_id, place->browser, f) ||
	    !guess_purge(ctx, f))
		return (false);

	ctx->actor.kind = ACTOR_MEMBER;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), account->member_id);
	if (!session_find(ctx, token, session, &verdict, f) ||
	    !operation_log_add(ctx, "session.created", id,
		session->need == SESSION_NEED_NOTHING ? "done" : "pending",
		NULL, f))
		return (false);
	if (verdict == SESSION_NONE)
		return (fault_set(f, FAULT_BUG, "a new session is not found"));
	return (true);
}

static bool
refuse(struct context *ctx, const struct account *account, bool known,
    struct fault *f)
{
	long wait;

	if (!known &&
	    !guess_take(
		ctx, GUESS_SIGN_IN_ADDRESS, ctx->actor.address, &wait, f))
		return (false);
	return (operation_log_add(ctx, "session.created",
	    account->member_id[0] != '\0' ? account->member_id : NULL,
	    "refused", NULL, f));
}

/* The cookie of a session, and the hash under which it is stored. */
static bool
token_make(struct context *ctx, char token[SESSION_TOKEN_SIZE], uint8_t *hash,
    struct fault *f)
{
	struct tenant tenant;
	char *secret = token + TENANT_TAG_CHARS + 1;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	(void)snprintf(token, SESSION_TOKEN_SIZE, "%s.", tenant.tag);
	secret_token(secret, SESSION_SECRET_CHARS);
	return (tenant_hash(ctx, "session.token", secret, hash, f));
}

static bool
find(struct context *ctx, const char *secret, struct session *session,
    enum session_verdict *verdict, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES], csrf[SECRET_HASH_BYTES];
	enum tenant_state state;
	struct rows *rows;
	bool ok = true;
	size_t i;

	if (!tenant_hash(ctx, "session.token", secret, hash, f) ||
	    !tenant_hash(ctx, "session.csrf", secret, csrf, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_session_find,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		text_copy(
		    session->id, sizeof(session->id), rows_text(rows, 0, "id"));
		text_copy(session->member_id, sizeof(session->member_id),
		    rows_text(rows, 0, "member_id"));
		text_copy(session->language, sizeof(session->language),
		    rows_text(rows, 0, "language"));
		session->roles = role_parse(rows_text(rows, 0, "roles"));
		session->expires_at = rows_int(rows, 0, "expires_at");
		text_hex(csrf, sizeof(csrf), session->csrf);
		session->need = SESSION_NEED_CODE; /* if in doubt */
		for (i = 0; i < NELEMS(need_names); i++) {
			if (strcmp(rows_text(rows, 0, "need"), need_names[i]) ==
			    0)
				session->need = (enum session_need)i;
		}
		ok = tenant_state_parse(
		    rows_text(rows, 0, "tenant_state"), &state, f);
		*verdict = verdict_of(state, session->roles);
		session->ending = state == TENANT_ENDING;
		if (*verdict == SESSION_VALID &&
		    !network_list_admits(
			rows_text(rows, 0, "networks"), ctx->actor.address))
			*verdict = SESSION_ADDRESS;
	}
	rows_free(rows);
	return (ok);
}

static enum session_verdict
verdict_of(enum tenant_state state, unsigned roles)
{
	switch (state) {
	case TENANT_ACTIVE:
		return (SESSION_VALID);
	case TENANT_SUSPENDED:
		return (SESSION_SUSPENDED);
	case TENANT_ENDING:
		return ((roles & ROLE_SYSTEM_ADMIN) != 0 ? SESSION_VALID
							 : SESSION_ENDED);
	default:
		return (SESSION_ENDED);
	}
}
