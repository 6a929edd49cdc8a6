#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fault.h"
#include "gen_sql.h"
#include "secret.h"
#include "text.h"

#include "idlist.h"
#include "outbox.h"
#include "tenant_key.h"

#define PAYLOAD_MAX (1 << 20) /* bytes, unpacked */

/*
 * deflate's memory, as zlib.h says: window 2^13 bytes, tables 2^(6 + 9).  A
 * mail is hardly longer; zlib's own choice, 268 KB anew for each mail, takes
 * twice the time for a byte less.
 */
#define PACK_WINDOW 13
#define PACK_MEMORY 6

static const char *const kind_names[] = {
	[OUTBOX_MAIL] = "mail",
	[OUTBOX_SLACK] = "slack",
	[OUTBOX_WEBHOOK] = "webhook",
	[OUTBOX_SMS] = "sms",
};
_Static_assert(NELEMS(kind_names) == OUTBOX_KIND__MAX,
    "every kind of delivery has a name");

static bool seal(
    struct context *, const struct outbox_row *, struct cell *, struct fault *);
static char *pack(const char *);
static char *unpack(const char *);
static void wipe(void *, size_t);

bool
outbox_add(struct context *ctx, const struct outbox_row *row, struct fault *f)
{
	struct cell payload = CELL_INIT;
	char delay[24], life[24];
	bool ok;

	(void)snprintf(delay, sizeof(delay), "%ld", row->delay);
	(void)snprintf(life, sizeof(life), "%ld", row->life);
	if (!seal(ctx, row, &payload, f))
		return (false);
	ok = db_push(ctx->db, &ctx->scope, &sql_outbox_add,
	    (struct db_arg[]){
		DB_TEXT(row->id),
		DB_TEXT(kind_names[row->kind]),
		DB_TEXT(row->topic),
		DB_TEXT(row->channel_id),
		DB_TEXT(row->appointment_id),
		DB_TEXT(row->guest_id),
		DB_TEXT(row->visit_id),
		DB_CELL(payload),
		DB_TEXT(delay),
		DB_TEXT(life),
		DB_TEXT(row->decoy ? "true" : "false"),
	    },
	    f);
	cell_free(&payload);
	return (ok);
}

bool
outbox_add_many(struct context *ctx, const struct outbox_row *rows, size_t n,
    struct fault *f)
{
	struct idlist ids = IDLIST_INIT, payloads = IDLIST_INIT;
	struct cell payload;
	char delay[24], life[24];
	bool ok = true;
	size_t i;

	if (n == 0)
		return (true);
	(void)snprintf(delay, sizeof(delay), "%ld", rows->delay);
	(void)snprintf(life, sizeof(life), "%ld", rows->life);
	for (i = 0; ok && i < n; i++) {
		ok = seal(ctx, &rows[i], &payload, f) &&
		    idlist_add(&ids, rows[i].id, f) &&
		    idlist_add_bytes(&payloads, payload.bytes, payload.len, f);
		cell_free(&payload);
	}
	ok = ok &&
	    db_push(ctx->db, &ctx->scope, &sql_outbox_add_many,
		(struct db_arg[]){ DB_TEXT(idlist_text(&ids)),
		    DB_TEXT(idlist_text(&payloads)),
		    DB_TEXT(kind_names[rows->kind]), DB_TEXT(rows->topic),
		    DB_TEXT(delay), DB_TEXT(life) },
		f);
	idlist_free(&ids);
	idlist_free(&payloads);
	return (ok);
}

json_t *
outbox_payload(const char *text)
{
	char *plain = text[0] == '{' ? NULL : unpack(text);
	json_t *payload;

	payload = json_loads(
	    plain != NULL ? plain : text, JSON_REJECT_DUPLICATES, NULL);
	tenant_text_free(plain);
	if (json_is_object(payload))
		return (payload);
	json_decref(payload);
	return (NULL);
}

bool
outbox_withdraw_visit(struct context *ctx, const char *visit_id,
    const char *topic, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_outbox_withdraw_visit,
	    (struct db_arg[]){ DB_TEXT(visit_id), DB_TEXT(topic) }, NULL, f));
}

bool
outbox_withdraw_guest(
    struct context *ctx, const char *guest_id, struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_outbox_withdraw_guest,
	    (struct db_arg[]){ DB_TEXT(guest_id) }, NULL, f));
}

const char *
outbox_kind_name(enum outbox_kind kind)
{
	return (kind_names[kind]);
}

static bool
seal(struct context *ctx, const struct outbox_row *row, struct cell *cell,
    struct fault *f)
{
	char *packed = NULL;
	bool ok;

	if (row->kind == OUTBOX_MAIL && row->visit_id != NULL &&
	    (packed = pack(row->payload)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "outbox"));
	ok = tenant_seal(ctx, TENANT_KEY_DELIVERY, "outbox", "payload_cell",
	    row->id, packed != NULL ? packed : row->payload, cell, f);
	tenant_text_free(packed);
	return (ok);
}

static char *
pack(const char *payload)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)payload };
	const size_t len = strlen(payload);
	uint8_t *dense = NULL;
	char *base64 = NULL, *text = NULL;
	uLong size;

	if (len > PAYLOAD_MAX ||
	    deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, PACK_WINDOW, PACK_MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return (NULL);
	size = deflateBound(&z, len);
	z.avail_in = (uInt)len;
	z.avail_out = (uInt)size;
	if ((z.next_out = dense = malloc(size)) != NULL &&
	    deflate(&z, Z_FINISH) == Z_STREAM_END &&
	    (base64 = text_base64(dense, z.total_out)) != NULL &&
	    asprintf(&text, "%zu %s", len, base64) == -1)
		text = NULL;
	(void)deflateEnd(&z);
	tenant_text_free(base64);
	wipe(dense, size);
	return (text);
}

static char *
unpack(const char *text)
{
	char *end, *plain = NULL;
	const size_t len = strtoul(text, &end, 10);
	uint8_t *dense = NULL;
	uLongf n = len;
	size_t size;

	if (len == 0 || len > PAYLOAD_MAX || *end != ' ' ||
	    !text_unbase64(end + 1, &dense, &size))
		return (NULL);
	if ((plain = calloc(1, len + 1)) != NULL &&
	    (uncompress((Bytef *)plain, &n, dense, size) != Z_OK || n != len)) {
		wipe(plain, len);
		plain = NULL;
	}
	wipe(dense, size);
	return (plain);
}

static void
wipe(void *bytes, size_t len)
{
	/* Behave consistently with free(NULL). */
	if (bytes == NULL)
		return;

	secret_wipe(bytes, len);
	free(bytes);
}
