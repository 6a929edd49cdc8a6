#include <stdio.h>
#include <string.h>

#include "fault.h"

#include "gen_sql.h"
#include "import.h"
#include "operation_log.h"
#include "secret.h"
#include "tenant_key.h"
#include "text.h"

static bool store(struct context *, const char *, const char *,
    enum csv_encoding, const struct import_plan *, struct fault *);
static bool invite(
    struct context *, const struct import_plan *, bool *, struct fault *);
static bool apply(
    struct context *, const struct import_row *, bool *, struct fault *);
static json_t *detail(const char *, const struct import *);

const char *
import_action_name(enum import_action action)
{
	static const char *const names[] = { "same", "add", "change",
		"disable" };
	_Static_assert(NELEMS(names) == IMPORT_ACTION__MAX, "all have a name");

	return (names[action]);
}

const char *
import_state_name(enum import_state state)
{
	static const char *const names[] = { "ready", "faulty", "stale",
		"done" };
	_Static_assert(NELEMS(names) == IMPORT_STATE__MAX, "all have a name");

	return (names[state]);
}

bool
import_create(struct context *ctx, unsigned roles, const uint8_t *bytes,
    size_t len, uuid_text id, enum import_verdict *verdict, struct fault *f)
{
	enum csv_encoding encoding;
	struct import_plan plan;
	char *text, *kept;
	bool ok, too_long;
	size_t n;

	*verdict = IMPORT_UNREADABLE;
	if (!csv_decode(bytes, len, &text, &n, &encoding, f))
		return (false);
	if (text == NULL)
		return (true);
	/* The plan takes the text apart. */
	if ((kept = strdup(text)) == NULL) {
		tenant_text_free(text);
		return (fault_set(f, FAULT_MEMORY, "import"));
	}
	ok = import_plan_make(ctx, roles, text, n, &plan, &too_long, f);
	*verdict = too_long ? IMPORT_TOO_LONG : IMPORT_OK;
	if (ok && !too_long) {
		text_uuid_new(id);
		ok = store(ctx, id, kept, encoding, &plan, f);
	}
	import_plan_free(&plan);
	tenant_text_free(kept);
	return (ok);
}

bool
import_show(struct context *ctx, unsigned roles, const char *id,
    struct import *import, struct import_plan *plan, bool *found,
    struct fault *f)
{
	const uint8_t *hash;
	struct rows *rows;
	char *text = NULL;
	bool ok, too_long;
	size_t len;

	memset(plan, 0, sizeof(*plan));
	memset(import, 0, sizeof(*import));
	if (!db_run(ctx->db, &ctx->scope, &sql_import_show,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(ctx->actor.id) }, &rows,
		f))
		return (false);
	if (!(*found = rows_count(rows) == 1)) {
		rows_free(rows);
		return (true);
	}
	text_copy(import->id, sizeof(import->id), id);
	import->encoding = strcmp(rows_text(rows, 0, "encoding"), "cp932") == 0
	    ? CSV_CP932
	    : CSV_UTF8;
	import->expires_at = rows_int(rows, 0, "expires_at");
	import->added = (size_t)rows_int(rows, 0, "added");
	import->changed = (size_t)rows_int(rows, 0, "changed");
	import->disabled = (size_t)rows_int(rows, 0, "disabled");
	import->state = IMPORT_DONE;
	ok = tenant_open(ctx, TENANT_KEY_VISITOR, "import", "file_cell", id,
	    rows, 0, &text, f);
	if (ok && text != NULL) {
		ok = import_plan_make(
		    ctx, roles, text, strlen(text), plan, &too_long, f);
		hash = rows_bytes(rows, 0, "plan_hash", &len);
		import->state = IMPORT_READY;
		if (plan->nerrors > 0)
			import->state = IMPORT_FAULTY;
		if (len != sizeof(plan->hash) ||
		    memcmp(hash, plan->hash, len) != 0)
			import->state = IMPORT_STALE;
	}
	rows_free(rows);
	return (ok);
}

bool
import_confirm(struct context *ctx, const char *id,
    enum import_verdict *verdict, struct fault *f)
{
	struct import import;
	struct import_plan plan = { .rows = NULL };
	bool ok, found, done = true;
	unsigned roles;
	size_t i;

	if (!member_lock(ctx, &roles, f))
		return (false);
	*verdict = roles == 0 ? IMPORT_NOT_ALLOWED : IMPORT_NOT_FOUND;
	if (roles == 0)
		return (true);
	ok = import_show(ctx, roles, id, &import, &plan, &found, f);
	if (!ok || !found)
		goto out;
	*verdict = import.state == IMPORT_DONE || import.state == IMPORT_READY
	    ? IMPORT_OK
	    : IMPORT_NOT_READY;
	if (import.state != IMPORT_READY) {
		operation_log_nothing(ctx);
		goto out;
	}
	ok = invite(ctx, &plan, &done, f);
	for (i = 0; i < plan.n && ok && done; i++)
		ok = apply(ctx, &plan.rows[i], &done, f);
	if (!done)
		*verdict = IMPORT_NOT_READY;
	ok = ok &&
	    db_run(ctx->db, &ctx->scope, &sql_import_finish,
		(struct db_arg[]){ DB_TEXT(id) }, NULL, f) &&
	    operation_log_add(ctx, "import.confirmed", id, "done",
		detail(csv_encoding_name(import.encoding), &import), f);
out:
	import_plan_free(&plan);
	return (ok);
}

static bool
store(struct context *ctx, const char *id, const char *text,
    enum csv_encoding encoding, const struct import_plan *plan, struct fault *f)
{
	const struct import import = {
		.added = plan->counts[IMPORT_ADD],
		.changed = plan->counts[IMPORT_CHANGE],
		.disabled = plan->counts[IMPORT_DISABLE],
	};
	char added[12], changed[12], disabled[12];
	struct cell file;
	bool ok;

	(void)snprintf(added, sizeof(added), "%zu", import.added);
	(void)snprintf(changed, sizeof(changed), "%zu", import.changed);
	(void)snprintf(disabled, sizeof(disabled), "%zu", import.disabled);
	if (!tenant_seal(ctx, TENANT_KEY_VISITOR, "import", "file_cell", id,
		text, &file, f))
		return (false);
	ok = db_run(ctx->db, &ctx->scope, &sql_import_add,
		 (struct db_arg[]){ DB_TEXT(id), DB_TEXT(ctx->actor.id),
		     DB_CELL(file), DB_TEXT(csv_encoding_name(encoding)),
		     DB_BYTES(plan->hash, sizeof(plan->hash)), DB_TEXT(added),
		     DB_TEXT(changed), DB_TEXT(disabled) },
		 NULL, f) &&
	    operation_log_add(ctx, "import.created", id, "done",
		detail(csv_encoding_name(encoding), &import), f);
	cell_free(&file);
	return (ok);
}

/* The new members; ${done} is false where somebody was faster. */
static bool
invite(struct context *ctx, const struct import_plan *plan, bool *done,
    struct fault *f)
{
	const struct member_new *new[MEMBER_INVITE_MAX];
	uuid_text ids[MEMBER_INVITE_MAX];
	bool ok = true;
	size_t i, n = 0;

	*done = true;
	for (i = 0; i < plan->n && ok && *done; i++) {
		if (plan->rows[i].action == IMPORT_ADD)
			new[n++] = &plan->rows[i].new;
		if (n == MEMBER_INVITE_MAX || (n > 0 && i + 1 == plan->n)) {
			ok = member_invite_many(ctx, new, n, ids, done, f);
			n = 0;
		}
	}
	return (ok);
}

/* The others, likewise. */
static bool
apply(struct context *ctx, const struct import_row *row, bool *done,
    struct fault *f)
{
	enum member_verdict verdict = MEMBER_OK;

	*done = true;
	if (row->action == IMPORT_SAME || row->action == IMPORT_ADD)
		return (true);
	if (!member_write(ctx, row->old, &row->change, &verdict, f))
		return (false);
	*done = verdict == MEMBER_OK;
	return (true);
}

static json_t *
detail(const char *encoding, const struct import *i)
{
	return (json_pack("{sssIsIsI}", "encoding", encoding, "added",
	    (json_int_t)i->added, "changed", (json_int_t)i->changed, "disabled",
	    (json_int_t)i->disabled));
}
