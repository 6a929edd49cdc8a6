#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "operation_chain.h"
#include "operation_log.h"

#include "retention.h"

#define BATCH     "500" /* rows of one transaction */
#define LOG_BATCH "2000"

static const struct retention_limit limits[] = {
	[RETENTION_VISITS] = { "visits", "visit_days", 30, 1095, 3660 },
	[RETENTION_APPOINTMENTS] = { "appointments", "appointment_days", 30,
	    365, 3660 },
	[RETENTION_DELIVERIES] = { "deliveries", "delivery_days", 30, 90,
	    3660 },
	[RETENTION_LOG] = { "log", "log_days", OPERATION_KEPT_DAYS, 0, 3660 },
};
_Static_assert(NELEMS(limits) == RETENTION_KIND__MAX, "each has its limits");

/* Days as the first arguments of a statement, and room for two more. */
struct days {
	char text[RETENTION_KIND__MAX][12];
	struct db_arg args[RETENTION_KIND__MAX + 2];
};

static void write_days(const int[RETENTION_KIND__MAX], struct days *);
static bool sweep_visits(
    struct context *, const char *, json_t *, struct fault *);
static bool sweep_appointments(
    struct context *, const char *, json_t *, struct fault *);
static bool sweep_deliveries(
    struct context *, const char *, json_t *, struct fault *);
static bool sweep_log(struct context *, const char *, json_t *, struct fault *);
static bool drop_appointments(
    struct context *, const char *, json_t *, struct fault *);
static bool run(struct context *, const struct stmt *, const struct db_arg *,
    const char *, json_t *, struct rows **, struct fault *);

const struct retention_limit *
retention_limit(enum retention_kind kind)
{
	return (&limits[kind]);
}

bool
retention_show(struct context *ctx, struct retention *r, struct fault *f)
{
	int usual[RETENTION_KIND__MAX];
	struct days days;
	struct rows *rows;
	int i;

	for (i = 0; i < RETENTION_KIND__MAX; i++)
		usual[i] = limits[i].usual;
	write_days(usual, &days);
	if (!db_run(
		ctx->db, &ctx->scope, &sql_retention_show, days.args, &rows, f))
		return (false);
	for (i = 0; i < RETENTION_KIND__MAX; i++)
		r->days[i] = rows_null(rows, 0, limits[i].member)
		    ? 0
		    : (int)rows_int(rows, 0, limits[i].member);
	text_copy(
	    r->contact, sizeof(r->contact), rows_text(rows, 0, "contact"));
	r->version = (int)rows_int(rows, 0, "version");
	rows_free(rows);
	return (true);
}

bool
retention_update(
    struct context *ctx, struct retention *r, bool *done, struct fault *f)
{
	char version[12];
	struct days days;
	struct rows *rows;
	json_t *chosen;
	int i;

	write_days(r->days, &days);
	(void)snprintf(version, sizeof(version), "%d", r->version);
	days.args[RETENTION_KIND__MAX] = DB_TEXT(r->contact);
	days.args[RETENTION_KIND__MAX + 1] = DB_TEXT(version);
	if (!db_run(ctx->db, NULL, &sql_retention_set, days.args, &rows, f))
		return (false);
	if ((*done = rows_count(rows) == 1))
		r->version = (int)rows_int(rows, 0, "version");
	rows_free(rows);
	if (!*done)
		return (true);
	if ((chosen = json_object()) == NULL)
		return (fault_set(f, FAULT_MEMORY, "retention"));
	for (i = 0; i < RETENTION_KIND__MAX; i++)
		(void)json_object_set_new(chosen, limits[i].member,
		    r->days[i] > 0 ? json_integer(r->days[i]) : json_null());
	return (operation_log_add(
	    ctx, "retention.changed", NULL, "done", chosen, f));
}

bool
retention_preview(struct context *ctx, const int chosen[RETENTION_KIND__MAX],
    struct retention_preview previews[RETENTION_KIND__MAX], struct fault *f)
{
	struct days days;
	struct rows *rows;
	int i;

	write_days(chosen, &days);
	if (!db_run(ctx->db, NULL, &sql_plan_by_value, NULL, NULL, f) ||
	    !db_run(ctx->db, NULL, &sql_retention_preview, days.args, &rows, f))
		return (false);
	memset(previews, 0, RETENTION_KIND__MAX * sizeof(previews[0]));
	for (i = 0; i < rows_count(rows); i++) {
		previews[i].n = rows_int(rows, i, "n");
		if (previews[i].n == 0)
			continue;
		text_copy(previews[i].oldest, sizeof(previews[i].oldest),
		    rows_text(rows, i, "oldest"));
		text_copy(previews[i].newest, sizeof(previews[i].newest),
		    rows_text(rows, i, "newest"));
	}
	rows_free(rows);
	return (true);
}

bool
retention_sweep(struct context *ctx, bool *more, struct fault *f)
{
	static bool (*const sweeps[])(
	    struct context *, const char *, json_t *, struct fault *) = {
		[RETENTION_VISITS] = sweep_visits,
		[RETENTION_APPOINTMENTS] = sweep_appointments,
		[RETENTION_DELIVERIES] = sweep_deliveries,
		[RETENTION_LOG] = sweep_log,
	};
	struct retention r;
	struct days days;
	struct rows *rows;
	json_t *counts;
	bool due, ok = true;
	int i;

	*more = false;
	if (!db_run(ctx->db, NULL, &sql_retention_lock, NULL, &rows, f))
		return (false);
	due = rows_count(rows) == 1 && rows_bool(rows, 0, "mine") &&
	    rows_bool(rows, 0, "due");
	rows_free(rows);
	if (!due)
		return (true);
	if (!retention_show(ctx, &r, f) ||
	    !db_run(ctx->db, NULL, &sql_plan_by_value, NULL, NULL, f))
		return (false);
	write_days(r.days, &days);
	if ((counts = json_object()) == NULL)
		return (fault_set(f, FAULT_MEMORY, "retention"));
	for (i = 0; ok && !*more && i < RETENTION_KIND__MAX; i++) {
		ok = sweeps[i](ctx, days.text[i], counts, f);
		*more = json_object_size(counts) > 0;
	}
	if (ok && *more)
		return (operation_log_add(
		    ctx, "retention.deleted", NULL, "done", counts, f));
	json_decref(counts);
	return (ok &&
	    db_run(ctx->db, NULL, &sql_retention_finish, days.args, NULL, f));
}

static void
write_days(const int chosen[RETENTION_KIND__MAX], struct days *days)
{
	int i;

	for (i = 0; i < RETENTION_KIND__MAX; i++) {
		(void)snprintf(
		    days->text[i], sizeof(days->text[i]), "%d", chosen[i]);
		days->args[i] =
		    chosen[i] > 0 ? DB_TEXT(days->text[i]) : DB_NULL;
	}
}

static bool
sweep_visits(
    struct context *ctx, const char *days, json_t *counts, struct fault *f)
{
	struct rows *visits = NULL, *guests = NULL;
	bool ok;

	ok = run(ctx, &sql_retention_sweep_visits,
		 (struct db_arg[]){ DB_TEXT(days), DB_TEXT(BATCH) }, "visits",
		 counts, &visits, f) &&
	    run(ctx, &sql_retention_sweep_guests,
		(struct db_arg[]){ DB_TEXT(rows_text(visits, 0, "guests")) },
		"guests", counts, &guests, f) &&
	    drop_appointments(
		ctx, rows_text(guests, 0, "appointments"), counts, f);
	rows_free(visits);
	rows_free(guests);
	return (ok);
}

static bool
sweep_appointments(
    struct context *ctx, const char *days, json_t *counts, struct fault *f)
{
	struct rows *marked = NULL, *guests = NULL;
	const char *ids;
	bool ok;

	if (!run(ctx, &sql_retention_sweep_appointments,
		(struct db_arg[]){ DB_TEXT(days), DB_TEXT(BATCH) }, "stripped",
		counts, &marked, f))
		return (false);
	ids = rows_text(marked, 0, "appointments");
	ok = run(ctx, &sql_retention_strip_guests,
		 (struct db_arg[]){ DB_TEXT(ids) }, "guests", counts, &guests,
		 f) &&
	    drop_appointments(ctx, ids, counts, f);
	rows_free(marked);
	rows_free(guests);
	return (ok);
}

static bool
sweep_deliveries(
    struct context *ctx, const char *days, json_t *counts, struct fault *f)
{
	struct rows *rows = NULL;
	bool ok = run(ctx, &sql_retention_sweep_deliveries,
	    (struct db_arg[]){ DB_TEXT(days), DB_TEXT(BATCH) }, "deliveries",
	    counts, &rows, f);

	rows_free(rows);
	return (ok);
}

/* The database knows the period; nobody tells it another. */
static bool
sweep_log(
    struct context *ctx, const char *days, json_t *counts, struct fault *f)
{
	struct rows *rows = NULL;
	bool ok = run(ctx, &sql_retention_sweep_log,
	    (struct db_arg[]){ DB_TEXT(LOG_BATCH) }, "operations", counts,
	    &rows, f);

	(void)days;
	rows_free(rows);
	return (ok);
}

static bool
drop_appointments(
    struct context *ctx, const char *ids, json_t *counts, struct fault *f)
{
	struct rows *rows = NULL;
	bool ok = run(ctx, &sql_retention_drop_appointments,
	    (struct db_arg[]){ DB_TEXT(ids) }, "appointments", counts, &rows,
	    f);

	rows_free(rows);
	return (ok);
}

/* Run one statement and count under ${name} how many rows it says. */
static bool
run(struct context *ctx, const struct stmt *stmt, const struct db_arg *args,
    const char *name, json_t *counts, struct rows **rowsp, struct fault *f)
{
	int64_t n;

	if (!db_run(ctx->db, NULL, stmt, args, rowsp, f))
		return (false);
	n = rows_int(*rowsp, 0, "n");
	return (n == 0 ||
	    json_object_set_new(counts, name, json_integer(n)) == 0 ||
	    fault_set(f, FAULT_MEMORY, "retention"));
}
