#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "notice.h"
#include "operation_log.h"

#include "visit.h"

#define TOLD_MAX 200 /* members told of one visit */

static bool change(struct context *, const struct stmt *, const char *, int,
    bool *, struct fault *);
static bool noted(
    struct context *, const char *, const char *, json_t *, struct fault *);
static json_t *changes(const char *, const char *);
static void notice_of(const struct visit *, int64_t, struct notice_visit *);
static bool department(struct context *, const struct visit *, struct host **,
    size_t *, struct fault *);
static size_t members(
    const struct host *, size_t, struct notice_member *, size_t);

bool
visit_meet(struct context *ctx, const struct reach *reach, const char *id,
    int version, enum visit_verdict *verdict, struct fault *f)
{
	struct visit v;
	bool found, done;

	*verdict = VISIT_NOT_FOUND;
	if (!visit_show(ctx, reach, id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	*verdict = v.state == VISIT_ARRIVED ? VISIT_CONFLICT : VISIT_NOT_INSIDE;
	if (v.state == VISIT_MET)
		*verdict = VISIT_OK; /* said already */
	done = v.state == VISIT_MET;
	visit_free(&v);
	if (done)
		operation_log_nothing(ctx);
	if (done || *verdict == VISIT_NOT_INSIDE)
		return (true);

	if (!change(ctx, &sql_visit_meet, id, version, &done, f))
		return (false);
	if (!done)
		return (true);
	*verdict = VISIT_OK;
	return (notice_met(ctx, id, f) && noted(ctx, "visit.met", id, NULL, f));
}

bool
visit_rename(struct context *ctx, const struct reach *reach, const char *id,
    int version, const char *name, const char *company,
    enum visit_verdict *verdict, struct fault *f)
{
	struct visit v;
	uuid_text guest_id;
	bool found, done;

	*verdict = VISIT_NOT_FOUND;
	if (!visit_show(ctx, reach, id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	text_copy(guest_id, sizeof(guest_id), v.guest_id);
	visit_free(&v);

	*verdict = VISIT_CONFLICT;
	if (!change(ctx, &sql_visit_touch, id, version, &done, f))
		return (false);
	if (!done)
		return (true);
	*verdict = VISIT_OK;
	return (guest_rename(ctx, guest_id, name, company, f) &&
	    noted(ctx, "visit.renamed", id, changes(name, company), f));
}

bool
visit_depart(struct context *ctx, const struct reach *reach, const char *id,
    enum visit_verdict *verdict, struct fault *f)
{
	struct visit v;
	bool found, done, ok;

	*verdict = VISIT_NOT_FOUND;
	if (!visit_show(ctx, reach, id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	ok = change(ctx, &sql_visit_depart, id, -1, &done, f);
	*verdict = done ? VISIT_OK : VISIT_NOT_INSIDE;
	if (ok && done) {
		v.state = VISIT_LEFT;
		ok = visit_tell(ctx, &v, VISIT_EVENT_LEFT, clock_now(), f) &&
		    noted(ctx, "visit.departed", id, NULL, f);
	}
	visit_free(&v);
	return (ok);
}

bool
visit_undepart(struct context *ctx, const struct reach *reach, const char *id,
    enum visit_verdict *verdict, struct fault *f)
{
	struct visit v;
	bool found, done, left;

	*verdict = VISIT_NOT_FOUND;
	if (!visit_show(ctx, reach, id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	left = v.state == VISIT_LEFT;
	visit_free(&v);
	*verdict = left ? VISIT_TOO_LATE : VISIT_NOT_LEFT;
	if (!left)
		return (true);
	if (!change(ctx, &sql_visit_undepart, id, -1, &done, f)) {
		/* Somebody let the guest in again at this very moment. */
		if (f->kind == FAULT_DB_CONFLICT) {
			fault_clear(f);
			*verdict = VISIT_CONFLICT;
			return (true);
		}
		return (false);
	}
	if (!done)
		return (true);
	*verdict = VISIT_OK;
	return (noted(ctx, "visit.departure_undone", id, NULL, f));
}

bool
visit_call(struct context *ctx, const struct reach *reach, const char *id,
    int *sent, enum visit_verdict *verdict, struct fault *f)
{
	struct visit v;
	bool found, ok = true;
	size_t i;

	*sent = 0;
	*verdict = VISIT_NOT_FOUND;
	if (!visit_show(ctx, reach, id, &v, &found, f))
		return (false);
	if (!found)
		return (true);
	*verdict = VISIT_NOT_INSIDE;
	if (v.state == VISIT_ARRIVED || v.state == VISIT_MET) {
		*verdict = VISIT_OK;
		for (i = 0; i < v.nhosts; i++)
			*sent +=
			    v.hosts[i].department || v.hosts[i].email != NULL;
		ok = visit_tell(ctx, &v, VISIT_EVENT_CALLED, clock_now(), f) &&
		    noted(ctx, "visit.called", id, NULL, f);
	}
	visit_free(&v);
	return (ok);
}

bool
visit_tell(struct context *ctx, const struct visit *v, enum visit_event event,
    int64_t at, struct fault *f)
{
	const struct notice_office office = {
		.id = v->place.office_id,
		.name = v->place.office,
		.address = v->place.address,
		.guidance = v->place.guidance,
		.map_url = v->place.map_url,
		.phone = v->place.phone,
		.time_zone = v->place.time_zone,
	};
	struct notice_visit visit;
	struct notice_member told[TOLD_MAX];
	struct host *more = NULL;
	size_t n, nmore = 0;
	bool ok;

	notice_of(v, at, &visit);
	n = members(v->hosts, v->nhosts, told, TOLD_MAX);
	ok = department(ctx, v, &more, &nmore, f);
	if (ok) {
		n += members(more, nmore, told + n, TOLD_MAX - n);
		switch (event) {
		case VISIT_EVENT_ARRIVED:
			ok = notice_arrived(ctx, &office, &visit, told, n, f);
			break;
		case VISIT_EVENT_UNDONE:
			ok = notice_undone(ctx, &office, &visit, told, n, f);
			break;
		case VISIT_EVENT_LEFT:
			ok = notice_left(ctx, &office, &visit, told, n, f);
			break;
		case VISIT_EVENT_CALLED:
			ok = notice_called(ctx, &office, &visit, told, n, f);
			break;
		case VISIT_EVENT__MAX:
			ok = fault_set(f, FAULT_BUG, "visit_tell");
		}
	}
	host_free_list(more, nmore);
	return (ok);
}

bool
visit_depart_forgotten(struct context *ctx, int *n, struct fault *f)
{
	static const struct reach everything = { REACH_ALL, "" };
	struct rows *rows;
	struct visit v;
	bool found, ok = true;
	int i;

	*n = 0;
	if (!db_run(ctx->db, NULL, &sql_visit_depart_forgotten, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && ok; i++) {
		ok = visit_show(
		    ctx, &everything, rows_text(rows, i, "id"), &v, &found, f);
		if (!ok || !found)
			continue;
		ok = visit_tell(ctx, &v, VISIT_EVENT_LEFT, v.left_at, f) &&
		    noted(ctx, "visit.departed", v.id, NULL, f);
		visit_free(&v);
		*n += 1;
	}
	rows_free(rows);
	return (ok);
}

/* Run a state arrow; ${version} below 0 is no argument. */
static bool
change(struct context *ctx, const struct stmt *stmt, const char *id,
    int version, bool *done, struct fault *f)
{
	char text[12];
	const struct db_arg args[] = { DB_TEXT(id), DB_TEXT(text) };
	struct rows *rows;

	*done = false;
	(void)snprintf(text, sizeof(text), "%d", version);
	if (!db_run(ctx->db, NULL, stmt, args, &rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}

static bool
noted(struct context *ctx, const char *action, const char *id, json_t *detail,
    struct fault *f)
{
	return (operation_log_add(ctx, action, id, "done", detail, f));
}

/* Which were corrected; the log does not say to what, or it would have to be
 * changed when the guest is erased. */
static json_t *
changes(const char *name, const char *company)
{
	return (json_pack(
	    "{sb sb}", "name", name != NULL, "company", company != NULL));
}

static void
notice_of(const struct visit *v, int64_t at, struct notice_visit *visit)
{
	*visit = (struct notice_visit){
		.id = v->id,
		.appointment_id =
		    v->appointment_id[0] == '\0' ? NULL : v->appointment_id,
		.guest_id = v->guest_id,
		.guest = v->guest,
		.company = v->company,
		.title = v->title,
		.room = v->room,
		.people = v->people,
		.late = v->late,
		.at = { at, v->offset },
	};
}

static bool
department(struct context *ctx, const struct visit *v, struct host **hostsp,
    size_t *np, struct fault *f)
{
	static const struct host_columns columns = {
		.id = "id",
		.name = "name_cell",
		.email = "email_cell",
		.language = "language",
	};
	const struct db_arg args[] = { DB_TEXT(v->id) };
	struct rows *rows;
	bool ok = true;
	size_t j;
	int i;

	for (j = 0; j < v->nhosts && !v->hosts[j].department; j++)
		continue;
	if (j == v->nhosts)
		return (true);
	if (!db_run(ctx->db, NULL, &sql_visit_department_hosts, args, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && ok; i++)
		ok = host_add(ctx, rows, i, &columns, hostsp, np, f);
	rows_free(rows);
	return (ok);
}

static size_t
members(
    const struct host *hosts, size_t n, struct notice_member *out, size_t max)
{
	size_t i, made = 0;

	for (i = 0; i < n && made < max; i++) {
		if (hosts[i].department)
			continue;
		out[made++] = (struct notice_member){
			.id = hosts[i].id,
			.name = hosts[i].name,
			.email = hosts[i].email,
			.language = hosts[i].language,
		};
	}
	return (made);
}
