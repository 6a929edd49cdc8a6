#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "signature.h"
#include "text.h"

#include "device.h"
#include "gen_sql.h"
#include "guess.h"
#include "operation_log.h"
#include "tenant.h"
#include "tenant_key.h"

#define SECRET_CHARS (DEVICE_CODE_CHARS - TENANT_TAG_CHARS)

static bool pair(struct context *, const uint8_t *, const uint8_t *,
    const char *, uuid_text, bool *, struct fault *);

bool
device_pairing_create(struct context *ctx, const char *name,
    const char *office_id, struct device_pairing *pairing, bool *found,
    struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct tenant tenant;
	struct rows *rows;
	char seconds[16];

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	text_uuid_new(pairing->id);
	memcpy(pairing->code, tenant.tag, TENANT_TAG_CHARS);
	secret_token(pairing->code + TENANT_TAG_CHARS, SECRET_CHARS);
	(void)snprintf(seconds, sizeof(seconds), "%d", DEVICE_PAIRING_SECONDS);

	if (!tenant_hash(ctx, "device_pairing.code",
		pairing->code + TENANT_TAG_CHARS, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_device_pairing_purge, NULL, NULL,
		f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_device_pairing_add,
		(struct db_arg[]){ DB_TEXT(pairing->id), DB_TEXT(office_id),
		    DB_TEXT(name), DB_BYTES(hash, sizeof(hash)),
		    DB_TEXT(seconds) },
		&rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		pairing->expires_at = rows_int(rows, 0, "expires_at");
	rows_free(rows);
	return (!*found ||
	    operation_log_add(ctx, "device.code_made", pairing->id, "done",
		json_pack("{ssss}", "name", name, "office_id", office_id), f));
}

bool
device_pair(struct context *ctx, const char *code, const uint8_t *key,
    size_t len, const char *browser, struct device *device,
    enum device_pair_verdict *verdict, long *wait, struct fault *f)
{
	uint8_t hash[SECRET_HASH_BYTES];
	const char *address = ctx->actor.address;
	uuid_text id;
	bool paired;

	*wait = 0;
	*verdict = DEVICE_KEY_BAD;
	if (!signature_key_is_good(key, len))
		return (true);

	*verdict = DEVICE_CODE_BLOCKED;
	if (!guess_take(ctx, GUESS_PAIRING_ADDRESS, address, wait, f))
		return (false);
	if (*wait > 0)
		return (true);

	*verdict = DEVICE_CODE_UNKNOWN;
	if (strnlen(code, DEVICE_CODE_CHARS + 1) != DEVICE_CODE_CHARS)
		return (true);
	if (!tenant_hash(
		ctx, "device_pairing.code", code + TENANT_TAG_CHARS, hash, f) ||
	    !pair(ctx, hash, key, browser, id, &paired, f))
		return (false);
	if (!paired)
		return (operation_log_add(
		    ctx, "device.paired", NULL, "refused", NULL, f));

	*verdict = DEVICE_PAIRED;
	ctx->actor.kind = ACTOR_DEVICE;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), id);
	return (guess_give_back(ctx, GUESS_PAIRING_ADDRESS, address, f) &&
	    operation_log_add(ctx, "device.paired", id, "done",
		json_pack("{ss}", "browser", browser), f) &&
	    device_show(ctx, id, device, &paired, f));
}

static bool
pair(struct context *ctx, const uint8_t *hash, const uint8_t *key,
    const char *browser, uuid_text id, bool *paired, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_device_pair,
		(struct db_arg[]){ DB_BYTES(hash, SECRET_HASH_BYTES),
		    DB_BYTES(key, DEVICE_KEY_BYTES),
		    DB_TEXT(ctx->actor.address), DB_TEXT(browser) },
		&rows, f))
		return (false);
	if ((*paired = rows_count(rows) == 1))
		text_copy(id, sizeof(uuid_text), rows_text(rows, 0, "id"));
	rows_free(rows);
	return (true);
}
