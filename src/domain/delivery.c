#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fault.h"
#include "gen_sql.h"
#include "text.h"

#include "delivery.h"
#include "mail_draft.h"
#include "operation_log.h"
#include "tenant_key.h"

#define SUBJECT_MAX 2000

static void read_row(const struct rows *, int, struct delivery *);
static void copy(char *, size_t, const char *);
static bool read_mail(struct context *, struct rows *, int,
    struct delivery_mail *, struct fault *);

bool
delivery_list(struct context *ctx, const char *state, const char *after,
    int limit, struct delivery **listp, size_t *np, struct fault *f)
{
	struct delivery *list;
	struct rows *rows;
	char number[16];
	int i, n;

	(void)snprintf(number, sizeof(number), "%d", limit);
	if (!db_run(ctx->db, &ctx->scope, &sql_outbox_list,
		(struct db_arg[]){
		    DB_TEXT(state), DB_TEXT(after), DB_TEXT(number) },
		&rows, f))
		return (false);
	n = rows_count(rows);
	if ((list = calloc((size_t)n + 1, sizeof(*list))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "deliveries"));
	}
	for (i = 0; i < n; i++)
		read_row(rows, i, &list[i]);
	rows_free(rows);
	*listp = list;
	*np = (size_t)n;
	return (true);
}

bool
delivery_show(struct context *ctx, const char *id, struct delivery *d,
    bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_outbox_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		read_row(rows, 0, d);
	rows_free(rows);
	return (true);
}

bool
delivery_requeue(
    struct context *ctx, const char *id, bool *done, struct fault *f)
{
	struct rows *rows;
	bool ok = true;

	if (!db_run(ctx->db, &ctx->scope, &sql_outbox_requeue,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	if (*done && !rows_null(rows, 0, "guest_id") &&
	    strncmp(rows_text(rows, 0, "topic"), "invitation.", 11) == 0 &&
	    strcmp(rows_text(rows, 0, "topic"), "invitation.bounced") != 0)
		ok = db_run(ctx->db, &ctx->scope, &sql_outbox_guest_waiting,
		    (struct db_arg[]){ DB_TEXT(rows_text(rows, 0, "guest_id")),
			DB_TEXT("waiting") },
		    NULL, f);
	rows_free(rows);
	return (ok &&
	    (!*done ||
		operation_log_add(
		    ctx, "delivery.requeued", id, "done", NULL, f)));
}

bool
delivery_mails(struct context *ctx, bool invitations, bool resets,
    const char *after, int limit, struct delivery_mail **listp, size_t *np,
    struct fault *f)
{
	struct delivery_mail *list;
	struct rows *rows;
	char number[16];
	bool ok = true;
	int i, n;

	(void)snprintf(number, sizeof(number), "%d", limit);
	if (!db_run(ctx->db, &ctx->scope, &sql_outbox_mails,
		(struct db_arg[]){ DB_TEXT(after), DB_TEXT(number),
		    DB_TEXT(invitations ? "true" : "false"),
		    DB_TEXT(resets ? "true" : "false") },
		&rows, f))
		return (false);
	n = rows_count(rows);
	if ((list = calloc((size_t)n + 1, sizeof(*list))) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "mails");
	for (i = 0; ok && i < n; i++)
		ok = read_mail(ctx, rows, i, &list[i], f);
	rows_free(rows);
	if (!ok) {
		delivery_mails_free(list, list == NULL ? 0 : (size_t)n);
		return (false);
	}
	*listp = list;
	*np = (size_t)n;
	return (true);
}

void
delivery_mails_free(struct delivery_mail *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		tenant_text_free(list[i].subject);
		tenant_text_free(list[i].message);
	}
	free(list);
}

static void
read_row(const struct rows *rows, int i, struct delivery *d)
{
	memset(d, 0, sizeof(*d));
	copy(d->id, sizeof(d->id), rows_text(rows, i, "id"));
	copy(d->kind, sizeof(d->kind), rows_text(rows, i, "kind"));
	copy(d->topic, sizeof(d->topic), rows_text(rows, i, "topic"));
	copy(d->state, sizeof(d->state), rows_text(rows, i, "state"));
	copy(d->last_error, sizeof(d->last_error),
	    rows_text(rows, i, "last_error"));
	copy(d->channel, sizeof(d->channel), rows_text(rows, i, "channel"));
	copy(d->visit_id, sizeof(d->visit_id), rows_text(rows, i, "visit_id"));
	copy(d->appointment_id, sizeof(d->appointment_id),
	    rows_text(rows, i, "appointment_id"));
	d->attempts = (int)rows_int(rows, i, "attempts");
	d->created_at = rows_int(rows, i, "created_at");
	d->due_at = rows_int(rows, i, "due_at");
	d->finished_at = rows_null(rows, i, "finished_at")
	    ? 0
	    : rows_int(rows, i, "finished_at");
}

static void
copy(char *out, size_t size, const char *s)
{
	text_copy(out, size, s != NULL ? s : "");
}

static bool
read_mail(struct context *ctx, struct rows *rows, int i,
    struct delivery_mail *m, struct fault *f)
{
	json_t *payload;
	char *text;

	copy(m->id, sizeof(m->id), rows_text(rows, i, "id"));
	copy(m->topic, sizeof(m->topic), rows_text(rows, i, "topic"));
	m->created_at = rows_int(rows, i, "created_at");
	if (!tenant_open(ctx, TENANT_KEY_DELIVERY, "outbox", "payload_cell",
		m->id, rows, i, &text, f))
		return (false);
	payload = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	tenant_text_free(text);
	copy(m->to, sizeof(m->to),
	    json_string_value(json_object_get(payload, "to")));
	m->message = mail_draft_compose(payload, f);
	json_decref(payload);
	if (m->message == NULL)
		return (false);
	if ((m->subject = calloc(1, SUBJECT_MAX)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "mail"));
	if (!mail_header(m->message, "Subject", m->subject, SUBJECT_MAX))
		m->subject[0] = '\0';
	return (true);
}
