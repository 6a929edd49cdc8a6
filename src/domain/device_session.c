#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "signature.h"
#include "text.h"

#include "device.h"
#include "gen_sql.h"
#include "network.h"
#include "operation_log.h"
#include "tenant.h"
#include "tenant_key.h"

#define CHALLENGE_SECONDS "60"

_Static_assert(DEVICE_KEY_BYTES == SIGNATURE_KEY_BYTES, "the same point");
_Static_assert(DEVICE_SIGNATURE_BYTES == SIGNATURE_BYTES, "the same form");

static const struct {
	const char *name;
	enum device_session_verdict verdict;
} verdicts[] = {
	{ "valid", DEVICE_SESSION_VALID },
	{ "none", DEVICE_SESSION_NONE },
	{ "revoked", DEVICE_SESSION_REVOKED },
	{ "reused", DEVICE_SESSION_REUSED },
	{ "suspended", DEVICE_SESSION_SUSPENDED },
	{ "tenant_ended", DEVICE_SESSION_ENDED },
};
_Static_assert(NELEMS(verdicts) + 1 == DEVICE_SESSION_VERDICT__MAX,
    "every verdict has a name but that of the address");

static bool find(struct context *, const uint8_t *, int64_t,
    struct device_session *, enum device_session_verdict *, struct fault *);
static bool revoke_copied(struct context *, const char *, struct fault *);
static bool is_answered(struct context *, const char *, const char *,
    const uint8_t *, bool *, struct fault *);

bool
device_session_find(struct context *ctx, const char *token, int64_t age_ms,
    struct device_session *session, enum device_session_verdict *verdict,
    struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];

	memset(session, 0, sizeof(*session));
	*verdict = DEVICE_SESSION_NONE;
	if (strnlen(token, DEVICE_TOKEN_SIZE) != DEVICE_TOKEN_SIZE - 1 ||
	    token[TENANT_TAG_CHARS] != '.')
		return (true);
	if (!tenant_hash(ctx, "device_session.token",
		token + TENANT_TAG_CHARS + 1, hash, f) ||
	    !find(ctx, hash, age_ms, session, verdict, f))
		return (false);
	return (*verdict != DEVICE_SESSION_REUSED ||
	    revoke_copied(ctx, session->device_id, f));
}

bool
device_challenge_create(struct context *ctx, const char *device_id,
    struct device_challenge *challenge, struct fault *f)
{
	struct rows *rows;

	text_uuid_new(challenge->id);
	secret_random(challenge->nonce, sizeof(challenge->nonce));
	if (!db_run(ctx->db, &ctx->scope, &sql_device_challenge_add,
		(struct db_arg[]){ DB_TEXT(challenge->id), DB_TEXT(device_id),
		    DB_BYTES(challenge->nonce, sizeof(challenge->nonce)),
		    DB_TEXT(CHALLENGE_SECONDS) },
		&rows, f))
		return (false);
	challenge->expires_at = rows_int(rows, 0, "expires_at");
	rows_free(rows);
	operation_log_nothing(ctx); /* the answer to it is what counts */
	return (true);
}

bool
device_session_create(struct context *ctx, const char *device_id,
    const char *challenge_id, const uint8_t *signature, size_t len,
    char token[DEVICE_TOKEN_SIZE], struct device_session *session,
    bool *accepted, struct fault *f)
{
	enum device_session_verdict verdict;
	uint8_t hash[SECRET_HASH_BYTES];
	struct tenant tenant;
	char *secret, seconds[16];
	uuid_text id;

	*accepted = false;
	if (len != DEVICE_SIGNATURE_BYTES)
		return (true);
	if (!is_answered(ctx, device_id, challenge_id, signature, accepted, f))
		return (false);
	if (!*accepted)
		return (operation_log_add(
		    ctx, "device.signed_in", device_id, "refused", NULL, f));

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	(void)snprintf(token, DEVICE_TOKEN_SIZE, "%s.", tenant.tag);
	secret = token + TENANT_TAG_CHARS + 1;
	secret_token(secret, DEVICE_SECRET_CHARS);
	(void)snprintf(seconds, sizeof(seconds), "%d", DEVICE_SESSION_SECONDS);
	text_uuid_new(id);
	if (!tenant_hash(ctx, "device_session.token", secret, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_device_session_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(device_id),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(seconds) },
		NULL, f) ||
	    !find(ctx, hash, -1, session, &verdict, f))
		return (false);
	*accepted = verdict == DEVICE_SESSION_VALID;
	ctx->actor.kind = ACTOR_DEVICE;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), device_id);
	return (operation_log_add(ctx, "device.signed_in", device_id,
	    *accepted ? "done" : "refused", NULL, f));
}

/* Age -1: it was just made, which is no use of it. */
static bool
find(struct context *ctx, const uint8_t *hash, int64_t age_ms,
    struct device_session *session, enum device_session_verdict *verdict,
    struct fault *f)
{
	const char *name;
	struct rows *rows;
	char age[32];
	size_t i;

	(void)snprintf(age, sizeof(age), "%lld", (long long)age_ms);
	if (!db_run(ctx->db, &ctx->scope, &sql_device_session_find,
		(struct db_arg[]){
		    DB_BYTES(hash, SECRET_HASH_BYTES), DB_TEXT(age) },
		&rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		text_copy(
		    session->id, sizeof(session->id), rows_text(rows, 0, "id"));
		text_copy(session->device_id, sizeof(session->device_id),
		    rows_text(rows, 0, "device_id"));
		text_copy(session->office_id, sizeof(session->office_id),
		    rows_text(rows, 0, "office_id"));
		session->expires_at = rows_int(rows, 0, "expires_at");
		name = rows_text(rows, 0, "verdict");
		for (i = 0; i < NELEMS(verdicts); i++) {
			if (strcmp(name, verdicts[i].name) == 0)
				*verdict = verdicts[i].verdict;
		}
		if (*verdict == DEVICE_SESSION_VALID &&
		    !network_list_admits(
			rows_text(rows, 0, "networks"), ctx->actor.address))
			*verdict = DEVICE_SESSION_ADDRESS;
	}
	rows_free(rows);
	return (true);
}

static bool
revoke_copied(struct context *ctx, const char *device_id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_device_revoke,
		    (struct db_arg[]){ DB_TEXT(device_id) }, NULL, f) &&
	    operation_log_add(
		ctx, "device.revoked", device_id, "cookie_reused", NULL, f));
}

static bool
is_answered(struct context *ctx, const char *device_id,
    const char *challenge_id, const uint8_t *signature, bool *answered,
    struct fault *f)
{
	const uint8_t *nonce, *key;
	size_t nonce_len, key_len;
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_device_challenge_take,
		(struct db_arg[]){ DB_TEXT(challenge_id), DB_TEXT(device_id) },
		&rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		nonce = rows_bytes(rows, 0, "nonce", &nonce_len);
		key = rows_bytes(rows, 0, "public_key", &key_len);
		*answered = key_len == SIGNATURE_KEY_BYTES &&
		    signature_verify(key, nonce, nonce_len, signature);
	}
	rows_free(rows);
	return (true);
}
