#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "operation_log.h"
#include "operator_log.h"
#include "operator_notice.h"
#include "tenant.h"

static const char *const kind_names[] = {
	[OPERATOR_NOTICE_MAINTENANCE] = "maintenance",
	[OPERATOR_NOTICE_INCIDENT] = "incident",
	[OPERATOR_NOTICE_INFO] = "info",
};
_Static_assert(
    NELEMS(kind_names) == OPERATOR_NOTICE_KIND__MAX, "every kind has a name");

static const struct scope nobody = { "" };

static bool text_good(const char *);
static bool times_good(const char *, const char *);
static bool find_tenants(struct context *, const struct operator_notice_draft *,
    uuid_text *, bool *, struct fault *);
static bool in_public(struct context *, const char *, const struct stmt *,
    const struct db_arg *, bool *, struct fault *);
static bool in_each(struct context *, const char *, const struct stmt *,
    const struct db_arg *, bool *, struct fault *);
static bool in_one(struct context *, const char *, const char *,
    const struct stmt *, const struct db_arg *, bool *, struct fault *);
static bool read_list(struct context *, const struct scope *,
    const struct stmt *, const struct db_arg *, struct operator_notice_list *,
    struct fault *);

bool
operator_notice_add(struct context *ctx, const struct operator_notice_draft *d,
    uuid_text id, enum operator_notice_outcome *outcome, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id),
		DB_TEXT(kind_names[d->kind]), DB_TEXT(d->ja), DB_TEXT(d->en),
		DB_TEXT(d->from), DB_TEXT(d->until) };
	uuid_text *ids;
	bool found, ok;
	size_t i;

	*outcome = OPERATOR_NOTICE_TEXT_BAD;
	if (!text_good(d->ja) || !text_good(d->en))
		return (true);
	*outcome = OPERATOR_NOTICE_TIME_BAD;
	if (!times_good(d->from, d->until))
		return (true);

	text_uuid_new(id);
	if (d->ntenants == 0) {
		*outcome = OPERATOR_NOTICE_DONE;
		return (in_public(ctx, "notice.added",
			    &sql_operator_notice_publish, args, NULL, f) &&
		    in_each(ctx, "notice.added", NULL, args, &found, f));
	}
	if ((ids = calloc(d->ntenants, sizeof(*ids))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "notice"));
	*outcome = OPERATOR_NOTICE_TENANT_UNKNOWN;
	ok = find_tenants(ctx, d, ids, &found, f);
	for (i = 0; ok && found && i < d->ntenants; i++) {
		*outcome = OPERATOR_NOTICE_DONE;
		ok = in_one(ctx, ids[i], "notice.added",
		    &sql_operator_notice_address, args, NULL, f);
	}
	free(ids);
	return (ok);
}

bool
operator_notice_withdraw(struct context *ctx, const char *id,
    enum operator_notice_outcome *outcome, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };
	bool found;

	*outcome = OPERATOR_NOTICE_UNKNOWN;
	if (!text_is_uuid(id))
		return (true);
	if (!in_public(ctx, "notice.withdrawn",
		&sql_operator_notice_withdraw_public, args, &found, f) ||
	    !in_each(ctx, "notice.withdrawn",
		found ? NULL : &sql_operator_notice_withdraw, args, &found, f))
		return (false);
	if (found)
		*outcome = OPERATOR_NOTICE_DONE;
	return (true);
}

bool
operator_notice_page(struct context *ctx, const char *before, int limit,
    struct rows **rows, struct fault *f)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", limit);
	return (db_run(ctx->db, &nobody, &sql_operator_notice_page,
	    (struct db_arg[]){ DB_TEXT(before), DB_TEXT(number) }, rows, f));
}

bool
operator_notice_list_public(
    struct context *ctx, struct operator_notice_list *list, struct fault *f)
{
	return (read_list(
	    ctx, &nobody, &sql_operator_notice_list_public, NULL, list, f));
}

bool
operator_notice_list_tenant(
    struct context *ctx, struct operator_notice_list *list, struct fault *f)
{
	return (read_list(
	    ctx, &ctx->scope, &sql_operator_notice_list_tenant, NULL, list, f));
}

bool
operator_notice_list(struct context *ctx, const char *member_id,
    struct operator_notice_list *list, struct fault *f)
{
	return (read_list(ctx, &ctx->scope, &sql_operator_notice_list,
	    (struct db_arg[]){ DB_TEXT(member_id) }, list, f));
}

bool
operator_notice_open(
    struct context *ctx, struct operator_notice_list *list, struct fault *f)
{
	return (
	    read_list(ctx, &nobody, &sql_operator_notice_open, NULL, list, f));
}

void
operator_notice_list_free(struct operator_notice_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->items[i].ja);
		free(list->items[i].en);
	}
	free(list->items);
	*list = (struct operator_notice_list){ NULL, 0 };
}

bool
operator_notice_read(struct context *ctx, const char *member_id, const char *id,
    bool *found, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_operator_notice_read,
		(struct db_arg[]){ DB_TEXT(member_id), DB_TEXT(id) }, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

const char *
operator_notice_kind_name(enum operator_notice_kind kind)
{
	return (kind_names[kind]);
}

bool
operator_notice_kind_parse(const char *name, enum operator_notice_kind *kind)
{
	size_t i;

	for (i = 0; i < NELEMS(kind_names); i++) {
		if (strcmp(kind_names[i], name) == 0) {
			*kind = (enum operator_notice_kind)i;
			return (true);
		}
	}
	return (false);
}

static bool
text_good(const char *text)
{
	return (text_is_clean(text) && text_length(text) >= 1 &&
	    text_length(text) <= OPERATOR_NOTICE_TEXT_MAX);
}

static bool
times_good(const char *from, const char *until)
{
	int64_t starts_at = clock_now(), ends_at;
	int offset;

	if (from != NULL && !clock_parse(from, &starts_at, &offset))
		return (false);
	return (until == NULL ||
	    (clock_parse(until, &ends_at, &offset) && ends_at > starts_at &&
		ends_at > clock_now()));
}

static bool
find_tenants(struct context *ctx, const struct operator_notice_draft *d,
    uuid_text *ids, bool *found, struct fault *f)
{
	size_t i;

	*found = true;
	for (i = 0; *found && i < d->ntenants; i++) {
		if (!tenant_find_name(ctx->db, d->tenants[i], ids[i], found, f))
			return (false);
	}
	return (true);
}

/* What is told to everybody, once; ${done} as in_one has it. */
static bool
in_public(struct context *ctx, const char *action, const struct stmt *stmt,
    const struct db_arg *args, bool *done, struct fault *f)
{
	struct rows *rows;
	bool ok, noted = true;

	if (!db_begin(ctx->db, &nobody, f))
		return (false);
	ok = db_run(ctx->db, NULL, stmt, args, &rows, f);
	if (ok) {
		if (done != NULL)
			*done = noted = rows_count(rows) > 0;
		rows_free(rows);
		ok = !noted ||
		    operator_log_add(
			ctx, action, NULL, args[0].value, "done", f);
	}
	if (ok)
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}

/*
 * In every tenant: run ${stmt} (NULL: nothing), and where it touched a row,
 * note ${action}.  ${any}: did it anywhere?
 */
static bool
in_each(struct context *ctx, const char *action, const struct stmt *stmt,
    const struct db_arg *args, bool *any, struct fault *f)
{
	struct rows *all;
	bool done, ok = true;
	int i;

	*any = stmt == NULL;
	if (!db_run(ctx->db, &nobody, &sql_contract_list, NULL, &all, f))
		return (false);
	for (i = 0; ok && i < rows_count(all); i++) {
		ok = in_one(ctx, rows_text(all, i, "tenant_id"), action, stmt,
		    args, &done, f);
		*any = *any || (ok && done);
	}
	rows_free(all);
	return (ok);
}

/* ${done} NULL: ${stmt} gives no rows and always does it. */
static bool
in_one(struct context *ctx, const char *tenant_id, const char *action,
    const struct stmt *stmt, const struct db_arg *args, bool *done,
    struct fault *f)
{
	enum tenant_state state = TENANT_ENDED;
	struct rows *rows = NULL;
	bool noted, ok;

	text_copy(
	    ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), tenant_id);
	ok = db_begin(ctx->db, &ctx->scope, f) &&
	    tenant_find_state(ctx, &state, f);
	/* What is emptied stays empty. */
	noted = ok && state != TENANT_ENDED;
	if (noted && stmt != NULL) {
		ok = db_run(ctx->db, NULL, stmt, args, &rows, f);
		noted = ok && (done == NULL || rows_count(rows) > 0);
	}
	rows_free(rows);
	ok = ok &&
	    (!noted ||
		(operation_log_add(
		     ctx, action, args[0].value, "done", NULL, f) &&
		    (stmt == NULL ||
			operator_log_add(ctx, action, tenant_id, args[0].value,
			    "done", f)))) &&
	    db_commit(ctx->db, f);
	if (!ok && db_in_transaction(ctx->db))
		db_rollback(ctx->db);
	if (done != NULL)
		*done = noted;
	return (ok);
}

static bool
read_list(struct context *ctx, const struct scope *scope,
    const struct stmt *stmt, const struct db_arg *args,
    struct operator_notice_list *list, struct fault *f)
{
	struct operator_notice *n;
	struct rows *rows;
	bool ok = true;
	int i;

	*list = (struct operator_notice_list){ NULL, 0 };
	if (!db_run(ctx->db, scope, stmt, args, &rows, f))
		return (false);
	list->items = calloc((size_t)rows_count(rows) + 1, sizeof(*n));
	if (list->items == NULL)
		ok = fault_set(f, FAULT_MEMORY, "notices");
	for (i = 0; ok && i < rows_count(rows); i++) {
		n = &list->items[list->n++];
		text_copy(n->id, sizeof(n->id), rows_text(rows, i, "id"));
		n->ja = strdup(rows_text(rows, i, "text_ja"));
		n->en = strdup(rows_text(rows, i, "text_en"));
		n->everybody = rows_bool(rows, i, "everybody");
		n->read = rows_bool(rows, i, "read");
		n->starts_at = rows_int(rows, i, "starts_at");
		n->ends_at = rows_int(rows, i, "ends_at");
		n->withdrawn_at = rows_int(rows, i, "withdrawn_at");
		if (n->ja == NULL || n->en == NULL)
			ok = fault_set(f, FAULT_MEMORY, "notices");
		else if (!operator_notice_kind_parse(
			     rows_text(rows, i, "kind"), &n->kind))
			ok = fault_set(f, FAULT_BUG, "a notice of no kind");
	}
	rows_free(rows);
	if (!ok)
		operator_notice_list_free(list);
	return (ok);
}
