#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "notice.h"
#include "operation_log.h"

#include "staff_call.h"

static bool tell(struct context *, struct rows *, const char *, const char *,
    struct fault *);
static bool tell_hosts(struct context *, const char *, int64_t, struct fault *);
static const char *limit(const struct reach *);

void
staff_call_free_list(struct staff_call *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i].device);
	free(list);
}

bool
staff_call_make(struct context *ctx, const char *device_id,
    const char *office_id, const char *visit_id, uuid_text id, char **phone,
    struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_TEXT(office_id),
		DB_TEXT(device_id),
		DB_TEXT(visit_id),
	};
	struct rows *rows;
	bool ok;

	*phone = NULL;
	text_uuid_new(id);
	if (!db_run(ctx->db, NULL, &sql_staff_call_add, args, &rows, f))
		return (false);
	if (rows_count(rows) != 1) {
		rows_free(rows);
		return (fault_set(f, FAULT_BUG, "staff_call: no device"));
	}
	ok = tell(ctx, rows, id, visit_id, f) &&
	    operation_log_add(ctx, "call.made", id, "done", NULL, f);
	if (ok && (*phone = strdup(rows_text(rows, 0, "phone"))) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "staff_call");
	rows_free(rows);
	return (ok);
}

bool
staff_call_list(struct context *ctx, const struct reach *reach,
    const char *office_id, struct staff_call **listp, size_t *np,
    struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(office_id),
		DB_TEXT(limit(reach)),
	};
	struct staff_call *list, *c;
	struct rows *rows;
	bool ok = true;
	size_t n = 0;
	int i;

	if (!db_run(ctx->db, NULL, &sql_staff_call_list, args, &rows, f))
		return (false);
	list = calloc((size_t)rows_count(rows) + 1, sizeof(*list));
	if (list == NULL)
		ok = fault_set(f, FAULT_MEMORY, "staff_call");
	for (i = 0; ok && i < rows_count(rows); i++) {
		c = &list[n++];
		text_copy(c->id, sizeof(c->id), rows_text(rows, i, "id"));
		text_copy(c->office_id, sizeof(c->office_id),
		    rows_text(rows, i, "office_id"));
		if (!rows_null(rows, i, "visit_id"))
			text_copy(c->visit_id, sizeof(c->visit_id),
			    rows_text(rows, i, "visit_id"));
		c->called_at = rows_int(rows, i, "called_at");
		c->offset = (int)rows_int(rows, i, "zone_offset");
		c->device = strdup(rows_text(rows, i, "device"));
		if (c->device == NULL)
			ok = fault_set(f, FAULT_MEMORY, "staff_call");
	}
	rows_free(rows);
	if (!ok) {
		staff_call_free_list(list, n);
		return (false);
	}
	*listp = list;
	*np = n;
	return (true);
}

bool
staff_call_answer(struct context *ctx, const struct reach *reach,
    const char *id, bool *found, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_TEXT(ctx->actor.id),
		DB_TEXT(limit(reach)),
	};
	struct rows *rows;

	if (!db_run(ctx->db, NULL, &sql_staff_call_answer, args, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	rows_free(rows);
	return (!*found ||
	    operation_log_add(ctx, "call.answered", id, "done", NULL, f));
}

static bool
tell(struct context *ctx, struct rows *rows, const char *id,
    const char *visit_id, struct fault *f)
{
	const struct notice_office office = {
		.id = rows_text(rows, 0, "id"),
		.name = rows_text(rows, 0, "office"),
		.address = rows_text(rows, 0, "address"),
		.guidance = rows_text(rows, 0, "guidance"),
		.map_url = rows_text(rows, 0, "map_url"),
		.phone = rows_text(rows, 0, "phone"),
		.time_zone = rows_text(rows, 0, "time_zone"),
	};
	const struct notice_time at = {
		rows_int(rows, 0, "called_at"),
		(int)rows_int(rows, 0, "zone_offset"),
	};

	if (visit_id != NULL)
		return (tell_hosts(ctx, visit_id, at.moment, f));
	return (notice_call_staff(
	    ctx, &office, id, rows_text(rows, 0, "device"), NULL, at, f));
}

static bool
tell_hosts(
    struct context *ctx, const char *visit_id, int64_t at, struct fault *f)
{
	static const struct reach everything = { REACH_ALL, "" };
	struct visit v;
	bool found, ok;

	if (!visit_show(ctx, &everything, visit_id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	ok = visit_tell(ctx, &v, VISIT_EVENT_CALLED, at, f);
	visit_free(&v);
	return (ok);
}

/* Whose offices only; NULL is all. */
static const char *
limit(const struct reach *reach)
{
	return (reach->kind == REACH_ALL ? NULL : reach->member_id);
}
