#include <stdio.h>

#include "fault.h"
#include "gen_sql.h"

#include "idlist.h"
#include "outbox.h"
#include "tenant_key.h"

static const char *const kind_names[] = {
	[OUTBOX_MAIL] = "mail",
	[OUTBOX_SLACK] = "slack",
	[OUTBOX_WEBHOOK] = "webhook",
	[OUTBOX_SMS] = "sms",
};
_Static_assert(NELEMS(kind_names) == OUTBOX_KIND__MAX,
    "every kind of delivery has a name");

bool
outbox_add(struct context *ctx, const struct outbox_row *row, struct fault *f)
{
	struct cell payload = CELL_INIT;
	char delay[24], life[24];
	bool ok;

	(void)snprintf(delay, sizeof(delay), "%ld", row->delay);
	(void)snprintf(life, sizeof(life), "%ld", row->life);
	if (!tenant_seal(ctx, TENANT_KEY_DELIVERY, "outbox", "payload_cell",
		row->id, row->payload, &payload, f))
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
		ok = tenant_seal(ctx, TENANT_KEY_DELIVERY, "outbox",
			 "payload_cell", rows[i].id, rows[i].payload, &payload,
			 f) &&
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
