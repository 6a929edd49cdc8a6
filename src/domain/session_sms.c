#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "channel.h"
#include "gen_sql.h"
#include "gen_text.h"
#include "guess.h"
#include "operation_log.h"
#include "pass.h"
#include "phrase.h"
#include "session_sms.h"
#include "tenant.h"
#include "tenant_key.h"

#define ENROL_MINUTES "15"
#define HASH_LABEL    "second_factor.sms"

static bool may_send(struct context *, const char *, enum session_sms_outcome *,
    long *, struct fault *);
static bool send(struct context *, const char *, const char *, const char *,
    const char *, enum session_sms_outcome *, struct fault *);
static char *message(
    struct context *, const char *, const char *, struct fault *);

bool
session_sms_enrol(struct context *ctx, const char *member_id, const char *phone,
    const char *language, enum session_sms_outcome *outcome, long *wait,
    struct fault *f)
{
	struct cell cell = CELL_INIT;
	uuid_text id;
	bool ok;

	if (!may_send(ctx, member_id, outcome, wait, f))
		return (false);
	if (*outcome != SESSION_SMS_SENT)
		return (true);
	text_uuid_new(id);
	ok = tenant_seal(ctx, TENANT_KEY_TOTP, "second_factor", "secret_cell",
		 id, phone, &cell, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_second_factor_enrol,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(member_id),
		    DB_TEXT("sms"), DB_CELL(cell), DB_TEXT(ENROL_MINUTES) },
		NULL, f) &&
	    send(ctx, member_id, id, phone, language, outcome, f);
	cell_free(&cell);
	return (ok);
}

bool
session_sms_send(struct context *ctx, const char *member_id,
    const char *language, enum session_sms_outcome *outcome, long *wait,
    struct fault *f)
{
	char *phone = NULL;
	struct rows *rows;
	uuid_text id;
	bool ok = true;
	int i;

	if (!may_send(ctx, member_id, outcome, wait, f))
		return (false);
	if (*outcome != SESSION_SMS_SENT)
		return (true);
	if (!db_run(ctx->db, &ctx->scope, &sql_second_factor_list,
		(struct db_arg[]){ DB_TEXT(member_id) }, &rows, f))
		return (false);
	*outcome = SESSION_SMS_NONE;
	for (i = 0; ok && i < rows_count(rows); i++) {
		if (strcmp(rows_text(rows, i, "kind"), "sms") != 0 ||
		    strcmp(rows_text(rows, i, "state"), "active") != 0)
			continue;
		text_copy(id, sizeof(id), rows_text(rows, i, "id"));
		ok = tenant_open(ctx, TENANT_KEY_TOTP, "second_factor",
			 "secret_cell", id, rows, i, &phone, f) &&
		    send(ctx, member_id, id, phone, language, outcome, f);
	}
	tenant_text_free(phone);
	rows_free(rows);
	return (ok);
}

bool
session_sms_match(struct context *ctx, const char *member_id, const char *state,
    const char *code, uuid_text id, bool *good, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct rows *rows;
	const uint8_t *kept;
	size_t len;

	id[0] = '\0';
	*good = false;
	if (!tenant_hash(ctx, HASH_LABEL, code, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_second_factor_code_try,
		(struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(state) }, &rows,
		f))
		return (false);
	if (rows_count(rows) == 1) {
		text_copy(id, sizeof(uuid_text), rows_text(rows, 0, "id"));
		kept = rows_bytes(rows, 0, "code_hash", &len);
		*good = len == sizeof(hash) &&
		    secret_equal(kept, hash, sizeof(hash));
	}
	rows_free(rows);
	return (!*good ||
	    db_run(ctx->db, &ctx->scope, &sql_second_factor_code_use,
		(struct db_arg[]){ DB_TEXT(id) }, NULL, f));
}

/* Messages cost money, and somebody's nerves. */
static bool
may_send(struct context *ctx, const char *member_id,
    enum session_sms_outcome *outcome, long *wait, struct fault *f)
{
	if (!guess_take(ctx, GUESS_SMS_ACCOUNT, member_id, wait, f))
		return (false);
	*outcome = *wait > 0 ? SESSION_SMS_BLOCKED : SESSION_SMS_SENT;
	return (true);
}

static bool
send(struct context *ctx, const char *member_id, const char *id,
    const char *phone, const char *language, enum session_sms_outcome *outcome,
    struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	char *text = NULL;
	code_text code;
	bool sent = false, ok;

	pass_code_make(code);
	ok = tenant_hash(ctx, HASH_LABEL, code, hash, f) &&
	    db_run(ctx->db, &ctx->scope, &sql_second_factor_code_set,
		(struct db_arg[]){ DB_TEXT(id), DB_BYTES(hash, sizeof(hash)) },
		NULL, f) &&
	    (text = message(ctx, language, code, f)) != NULL &&
	    channel_send_sms(ctx, phone, text, &sent, f) &&
	    operation_log_add(ctx, "second_factor.sent", member_id,
		sent ? "done" : "refused", NULL, f);
	secret_wipe(code, sizeof(code));
	tenant_text_free(text);
	*outcome = sent ? SESSION_SMS_SENT : SESSION_SMS_NONE;
	return (ok);
}

static char *
message(struct context *ctx, const char *language, const char *code,
    struct fault *f)
{
	struct tenant tenant;
	char *text;

	if (!tenant_show(ctx, &tenant, f))
		return (NULL);
	text = phrase(text_language_of(language), TEXT_SMS_CODE, "tenant",
	    tenant.display_name, "code", code, NULL);
	if (text == NULL)
		fault_set(f, FAULT_MEMORY, "message");
	return (text);
}
