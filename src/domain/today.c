#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "idlist.h"
#include "tenant_key.h"
#include "visit_row.h"

#include "today.h"

static bool read_rows(struct context *, const struct reach *, const char *,
    struct rows *, struct today *, struct fault *);
static bool read_row(
    struct context *, struct rows *, int, struct today_row *, struct fault *);
static bool read_hosts(struct context *, struct today *, bool, struct fault *);
static const char *host_key(const struct today_row *, bool);
static bool spread(
    struct context *, struct rows *, struct today *, bool, struct fault *);
static void row_free(struct today_row *);
static int64_t moment(const struct rows *, int, const char *);

bool
today_read(struct context *ctx, const struct reach *reach,
    const char *office_id, struct today *t, bool *found, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(office_id) };
	struct rows *day;
	bool ok = true;

	memset(t, 0, sizeof(*t));
	if (!db_run(ctx->db, NULL, &sql_visit_day, args, &day, f))
		return (false);
	*found = rows_count(day) == 1;
	if (*found) {
		text_copy(t->date, sizeof(t->date), rows_text(day, 0, "day"));
		t->offset = (int)rows_int(day, 0, "zone_offset");
		ok = read_rows(ctx, reach, office_id, day, t, f) &&
		    read_hosts(ctx, t, true, f) && read_hosts(ctx, t, false, f);
	}
	rows_free(day);
	if (!ok)
		today_free(t);
	return (ok);
}

void
today_free(struct today *t)
{
	size_t i;

	for (i = 0; i < t->nrows; i++)
		row_free(&t->rows[i]);
	free(t->rows);
	memset(t, 0, sizeof(*t));
}

static bool
read_rows(struct context *ctx, const struct reach *reach, const char *office_id,
    struct rows *day, struct today *t, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(office_id),
		reach->kind == REACH_ALL ? DB_NULL : DB_TEXT(reach->member_id),
		DB_TEXT(reach->kind == REACH_OFFICES ? "t" : "f"),
		DB_TEXT(t->date),
		DB_TEXT(rows_text(day, 0, "begins")),
		DB_TEXT(rows_text(day, 0, "ends")),
	};
	struct today_row *r;
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(ctx->db, NULL, &sql_plan_by_value, NULL, NULL, f) ||
	    !db_run(ctx->db, NULL, &sql_visit_today, args, &rows, f))
		return (false);
	t->rows = calloc((size_t)rows_count(rows) + 1, sizeof(*t->rows));
	if (t->rows == NULL)
		ok = fault_set(f, FAULT_MEMORY, "today");
	for (i = 0; ok && i < rows_count(rows); i++) {
		r = &t->rows[t->nrows];
		if (!(ok = read_row(ctx, rows, i, r, f)))
			break;
		t->nrows++;
		if (r->visit_id[0] != '\0' &&
		    (r->visit_state == VISIT_ARRIVED ||
			r->visit_state == VISIT_MET))
			t->inside += r->people;
	}
	rows_free(rows);
	return (ok);
}

static bool
read_row(struct context *ctx, struct rows *rows, int i, struct today_row *r,
    struct fault *f)
{
	const char *id = rows_text(rows, i, "appointment_id");

	if (!guest_read(ctx, rows, i, false, &r->guest, f))
		return (false);
	if (id != NULL)
		text_copy(r->appointment_id, sizeof(r->appointment_id), id);
	r->starts_at = moment(rows, i, "starts_at");
	r->ends_at = moment(rows, i, "ends_at");
	r->cancelled = rows_bool(rows, i, "cancelled");
	r->people = (int)rows_int(rows, i, "people");
	r->late = rows_bool(rows, i, "late");
	if (!rows_null(rows, i, "visit_id")) {
		text_copy(r->visit_id, sizeof(r->visit_id),
		    rows_text(rows, i, "visit_id"));
		r->visit_version = (int)rows_int(rows, i, "visit_version");
		r->visit_state =
		    visit_row_state(rows_text(rows, i, "visit_state"));
		r->arrived_at = moment(rows, i, "visit_arrived");
		r->left_at = moment(rows, i, "left_at");
		r->left_by = visit_row_left_by(rows_text(rows, i, "left_by"));
	}
	if (!tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "title_cell",
		r->appointment_id, rows, i, &r->title, f) ||
	    !tenant_open(ctx, TENANT_KEY_VISITOR, "appointment", "room_cell",
		r->appointment_id, rows, i, &r->room, f)) {
		row_free(r);
		return (false);
	}
	return (true);
}

/* The hosts of the rows with a visit, or of those without one. */
static bool
read_hosts(struct context *ctx, struct today *t, bool visits, struct fault *f)
{
	struct idlist ids = IDLIST_INIT;
	struct rows *rows;
	const char *key;
	bool ok = true;
	size_t i;

	for (i = 0; i < t->nrows && ok; i++) {
		if ((key = host_key(&t->rows[i], visits)) != NULL)
			ok = idlist_add(&ids, key, f);
	}
	if (ok && ids.text != NULL) {
		const struct db_arg args[] = { DB_TEXT(idlist_text(&ids)) };
		ok = db_run(ctx->db, NULL,
		    visits ? &sql_visit_host_list : &sql_appointment_host_list,
		    args, &rows, f);
		if (ok) {
			ok = spread(ctx, rows, t, visits, f);
			rows_free(rows);
		}
	}
	idlist_free(&ids);
	return (ok);
}

/* By which id the hosts of ${r} are found; NULL if by the other. */
static const char *
host_key(const struct today_row *r, bool visits)
{
	if ((r->visit_id[0] != '\0') != visits)
		return (NULL);
	return (visits ? r->visit_id : r->appointment_id);
}

static bool
spread(struct context *ctx, struct rows *rows, struct today *t, bool visits,
    struct fault *f)
{
	static const struct host_columns of_visits = {
		.id = "id",
		.name = "name_cell",
		.email = "email_cell",
		.language = "language",
		.department = "department",
	};
	static const struct host_columns of_appointments = {
		.id = "member_id",
		.name = "name_cell",
		.email = "email_cell",
		.language = "language",
	};
	const char *id, *key;
	struct today_row *r;
	size_t j;
	int i;

	for (i = 0; i < rows_count(rows); i++) {
		id = rows_text(rows, i, visits ? "visit_id" : "appointment_id");
		for (j = 0; j < t->nrows; j++) {
			r = &t->rows[j];
			key = host_key(r, visits);
			if (key == NULL || strcmp(key, id) != 0)
				continue;
			if (!host_add(ctx, rows, i,
				visits ? &of_visits : &of_appointments,
				&r->hosts, &r->nhosts, f))
				return (false);
		}
	}
	return (true);
}

static void
row_free(struct today_row *r)
{
	guest_free(&r->guest);
	tenant_text_free(r->title);
	tenant_text_free(r->room);
	host_free_list(r->hosts, r->nhosts);
	memset(r, 0, sizeof(*r));
}

static int64_t
moment(const struct rows *rows, int i, const char *column)
{
	return (rows_null(rows, i, column) ? 0 : rows_int(rows, i, column));
}
