#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "idlist.h"
#include "notice.h"
#include "operation_log.h"
#include "outbox.h"
#include "tenant_key.h"

#include "appointment.h"

#define DAY_MS INT64_C(86400000)

/* A form sends whole minutes: the minute that runs is not the past. */
#define GRACE_MS INT64_C(60000)

static const struct reach everything = { REACH_ALL, "" };

/* The cells and times of one edit on their way to the database. */
struct sealed {
	struct cell title, room, note;
	time_text starts, ends;
};

/* What a change means for the guests. */
struct change {
	const struct appointment *old;
	const struct appointment_edit *edit;
	bool moved; /* other time, place or host: everybody is told */
	bool days;  /* codes must be valid on other days or elsewhere */
};

static bool judge(struct context *, const struct appointment *,
    const struct appointment_edit *, struct guest_days *,
    enum appointment_verdict *, size_t *, struct fault *);
static enum appointment_verdict judge_times(
    const struct appointment *, const struct appointment_edit *);
static bool judge_guests(const struct appointment *,
    const struct appointment_edit *, enum appointment_verdict *, size_t *);
static bool judge_hosts(struct context *, const struct appointment *,
    const struct appointment_edit *, enum appointment_verdict *, size_t *,
    struct fault *);
static bool seal_edit(struct context *, const char *,
    const struct appointment_edit *, struct sealed *, struct fault *);
static void sealed_free(struct sealed *);
static bool hosts_set(struct context *, const char *,
    const struct appointment_edit *, struct fault *);
static bool write_new(struct context *, const char *,
    const struct appointment_edit *, struct fault *);
static bool write_over(
    struct context *, const struct change *, bool *, struct fault *);
static bool write_guests(struct context *, const struct change *,
    const struct guest_days *, struct fault *);
static const struct guest *find_guest(const struct appointment *, const char *);
static const struct guest_edit *find_edit(
    const struct appointment_edit *, const char *);
static bool differ(const char *, const char *);
static bool guest_differs(const struct guest *, const struct guest_edit *);
static bool open_booked(struct context *, const struct reach *, const char *,
    struct appointment *, enum appointment_verdict *, struct fault *);
static bool tell_change(
    struct context *, const struct change *, struct fault *);
static bool tell_all(struct context *, const struct appointment *,
    enum notice_invitation, struct fault *);
static bool tell(struct context *, const struct appointment *,
    const struct guest *, enum notice_invitation, struct fault *);
static bool tell_again(
    struct context *, const char *, const struct rows *, struct fault *);
static bool days_of(struct context *, const char *, int64_t, int64_t,
    struct guest_days *, bool *, bool *, struct fault *);

bool
appointment_create(struct context *ctx, const struct appointment_edit *edit,
    uuid_text id, enum appointment_verdict *verdict, size_t *index,
    struct fault *f)
{
	struct appointment a;
	struct guest_days days;
	uuid_text guest_id;
	size_t i;
	bool found, ok;

	if (!judge(ctx, NULL, edit, &days, verdict, index, f))
		return (false);
	if (*verdict != APPOINTMENT_OK)
		return (true);

	text_uuid_new(id);
	if (!write_new(ctx, id, edit, f) || !hosts_set(ctx, id, edit, f))
		return (false);
	for (i = 0; i < edit->nguests; i++) {
		if (!guest_insert(
			ctx, id, (int)i, &edit->guests[i], &days, guest_id, f))
			return (false);
	}
	if (!operation_log_add(ctx, "appointment.created", id, "done", NULL, f))
		return (false);
	if (!edit->invite)
		return (true);
	if (!appointment_show(ctx, &everything, id, true, &a, &found, f))
		return (false);
	ok = tell_all(ctx, &a, NOTICE_NEW, f);
	appointment_free(&a);
	return (ok);
}

bool
appointment_update(struct context *ctx, const struct reach *reach,
    const char *id, const struct appointment_edit *edit,
    enum appointment_verdict *verdict, size_t *index, struct fault *f)
{
	struct appointment old;
	struct change change = { .old = &old, .edit = edit };
	struct guest_days days;
	bool ok, written = false;

	*index = 0;
	if (!open_booked(ctx, reach, id, &old, verdict, f))
		return (false);
	if (*verdict != APPOINTMENT_OK)
		return (true);
	if (old.version != edit->version) {
		*verdict = APPOINTMENT_CONFLICT;
		appointment_free(&old);
		return (true);
	}
	ok = judge(ctx, &old, edit, &days, verdict, index, f);
	if (!ok || *verdict != APPOINTMENT_OK) {
		appointment_free(&old);
		return (ok);
	}

	change.days = old.starts_at != edit->starts_at ||
	    old.ends_at != edit->ends_at ||
	    strcmp(old.place.office_id, edit->office_id) != 0;
	change.moved = change.days || differ(old.room, edit->room) ||
	    old.kind != edit->kind ||
	    (old.nhosts > 0 && strcmp(old.hosts[0].id, edit->hosts[0]) != 0);
	ok = write_over(ctx, &change, &written, f);
	if (ok && !written)
		*verdict = APPOINTMENT_CONFLICT;
	else
		ok = ok && hosts_set(ctx, id, edit, f) &&
		    write_guests(ctx, &change, &days, f) &&
		    operation_log_add(
			ctx, "appointment.updated", id, "done", NULL, f) &&
		    (!edit->invite || tell_change(ctx, &change, f));
	appointment_free(&old);
	return (ok);
}

bool
appointment_cancel(struct context *ctx, const struct reach *reach,
    const char *id, enum appointment_verdict *verdict, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };
	struct appointment a;
	bool found, ok;

	if (!open_booked(ctx, reach, id, &a, verdict, f))
		return (false);
	if (*verdict != APPOINTMENT_OK)
		return (true);
	appointment_free(&a);
	if (!db_run(ctx->db, NULL, &sql_appointment_cancel, args, NULL, f) ||
	    !operation_log_add(
		ctx, "appointment.cancelled", id, "done", NULL, f) ||
	    !appointment_show(ctx, &everything, id, true, &a, &found, f))
		return (false);
	ok = tell_all(ctx, &a, NOTICE_CANCELLED, f);
	appointment_free(&a);
	return (ok);
}

bool
appointment_uncancel(struct context *ctx, const struct reach *reach,
    const char *id, enum appointment_verdict *verdict, struct fault *f)
{
	char within[16];
	const struct db_arg args[] = { DB_TEXT(id), DB_TEXT(within) };
	struct appointment a;
	struct rows *unsent, *rows;
	bool found, ok = true;
	size_t i;

	*verdict = APPOINTMENT_NOT_FOUND;
	if (!appointment_show(ctx, reach, id, false, &a, &found, f))
		return (false);
	if (!found)
		return (true);

	/* Who was never invited is asked for while it is still cancelled. */
	if (!db_run(
		ctx->db, NULL, &sql_appointment_withdrawn, args, &unsent, f)) {
		appointment_free(&a);
		return (false);
	}
	for (i = 0; i < a.nguests && ok; i++)
		ok = outbox_withdraw_guest(ctx, a.guests[i].id, f);
	appointment_free(&a);

	(void)snprintf(within, sizeof(within), "%d", APPOINTMENT_UNDO_MS);
	ok = ok &&
	    db_run(ctx->db, NULL, &sql_appointment_uncancel, args, &rows, f);
	if (ok) {
		*verdict = rows_count(rows) == 1 ? APPOINTMENT_OK
						 : APPOINTMENT_TOO_LATE;
		rows_free(rows);
	}
	if (ok && *verdict == APPOINTMENT_OK)
		ok = db_run(ctx->db, NULL, &sql_appointment_mail_settle, args,
			 NULL, f) &&
		    tell_again(ctx, id, unsent, f) &&
		    operation_log_add(
			ctx, "appointment.uncancelled", id, "done", NULL, f);
	rows_free(unsent);
	return (ok);
}

bool
appointment_invite(struct context *ctx, const struct reach *reach,
    const char *id, const char *guest_id, bool reissue, int *sent,
    enum appointment_verdict *verdict, struct fault *f)
{
	struct appointment a;
	struct guest_days days;
	bool found, ok, open, late, any = false;
	size_t i;

	*sent = 0;
	if (!open_booked(ctx, reach, id, &a, verdict, f))
		return (false);
	if (*verdict != APPOINTMENT_OK)
		return (true);
	ok = days_of(ctx, a.place.office_id, a.starts_at, a.ends_at, &days,
	    &open, &late, f);
	for (i = 0; i < a.nguests && ok; i++) {
		if (a.guests[i].state != GUEST_EXPECTED ||
		    (guest_id != NULL && strcmp(a.guests[i].id, guest_id) != 0))
			continue;
		any = true;
		if (reissue)
			ok = guest_reissue(ctx, a.guests[i].id, &days, f);
	}
	if (ok && guest_id != NULL && !any)
		*verdict = APPOINTMENT_NO_GUEST;
	if (!ok || *verdict != APPOINTMENT_OK) {
		appointment_free(&a);
		return (ok);
	}
	if (reissue) {
		appointment_free(&a);
		if (!appointment_show(
			ctx, &everything, id, true, &a, &found, f))
			return (false);
	}
	for (i = 0; i < a.nguests && ok; i++) {
		if (a.guests[i].state != GUEST_EXPECTED ||
		    a.guests[i].email == NULL ||
		    (guest_id != NULL && strcmp(a.guests[i].id, guest_id) != 0))
			continue;
		ok = tell(ctx, &a, &a.guests[i], NOTICE_NEW, f);
		*sent += 1;
	}
	ok = ok &&
	    operation_log_add(ctx,
		reissue ? "invitation.reissued" : "invitation.sent", id, "done",
		NULL, f);
	appointment_free(&a);
	return (ok);
}

bool
appointment_withdraw(struct context *ctx, const struct reach *reach,
    const char *id, int *withdrawn, enum appointment_verdict *verdict,
    struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };
	struct appointment a;
	struct rows *rows;
	bool found;

	*withdrawn = 0;
	*verdict = APPOINTMENT_NOT_FOUND;
	if (!appointment_show(ctx, reach, id, false, &a, &found, f))
		return (false);
	if (!found)
		return (true);
	*verdict = APPOINTMENT_OK;
	appointment_free(&a);
	if (!db_run(ctx->db, NULL, &sql_appointment_withdraw, args, &rows, f))
		return (false);
	*withdrawn = (int)rows_int(rows, 0, "withdrawn");
	rows_free(rows);
	return (db_run(ctx->db, NULL, &sql_appointment_mail_settle, args, NULL,
		    f) &&
	    operation_log_add(
		ctx, "invitation.withdrawn", id, "done", NULL, f));
}

bool
appointment_hand_over(struct context *ctx, const char *from, const char *to,
    size_t *n, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(from), DB_TEXT(to) };
	struct appointment a;
	struct rows *rows;
	const char *id;
	bool found, ok = true;
	size_t g;
	int i;

	if (!db_run(ctx->db, NULL, &sql_appointment_hand_over, args, &rows, f))
		return (false);
	*n = (size_t)rows_count(rows);
	for (i = 0; i < rows_count(rows) && ok; i++) {
		id = rows_text(rows, i, "id");
		ok = operation_log_add(ctx, "appointment.handed_over", id,
		    "done", json_pack("{ssss}", "from", from, "to", to), f);
		if (!ok || !rows_bool(rows, i, "told"))
			continue;
		if (!appointment_show(
			ctx, &everything, id, true, &a, &found, f)) {
			ok = false;
			break;
		}
		for (g = 0; g < a.nguests && ok; g++) {
			if (a.guests[g].state == GUEST_EXPECTED &&
			    a.guests[g].mail != GUEST_MAIL_NONE)
				ok = tell(
				    ctx, &a, &a.guests[g], NOTICE_CHANGED, f);
		}
		appointment_free(&a);
	}
	rows_free(rows);
	return (ok &&
	    operation_log_add(ctx, "member.handed_over", from, "done",
		json_pack("{sssI}", "to", to, "appointments", (json_int_t)*n),
		f));
}

bool
appointment_upcoming(
    struct context *ctx, const char *member_id, size_t *n, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(member_id) };
	struct rows *rows;

	if (!db_run(ctx->db, NULL, &sql_appointment_upcoming, args, &rows, f))
		return (false);
	*n = (size_t)rows_int(rows, 0, "n");
	rows_free(rows);
	return (true);
}

char *
appointment_page_url(const struct appointment *a, const struct guest *g)
{
	char *url;

	if (asprintf(&url, "%s/v/%s%s", config_text(CONFIG_BASE_URL), a->tag,
		g->page) < 0)
		return (NULL);
	return (url);
}

/* Check what can only be known here; ${old} is NULL for a new one. */
static bool
judge(struct context *ctx, const struct appointment *old,
    const struct appointment_edit *edit, struct guest_days *days,
    enum appointment_verdict *verdict, size_t *index, struct fault *f)
{
	bool open, late;

	*index = 0;
	*verdict = judge_times(old, edit);
	if (*verdict != APPOINTMENT_OK ||
	    !judge_guests(old, edit, verdict, index))
		return (true);
	if (!days_of(ctx, edit->office_id, edit->starts_at, edit->ends_at, days,
		&open, &late, f))
		return (false);
	/* What was booked before the end was announced may still be edited. */
	if (!open)
		*verdict = APPOINTMENT_NO_OFFICE;
	else if (late && (old == NULL || old->ends_at != edit->ends_at))
		*verdict = APPOINTMENT_AFTER_END;
	if (*verdict != APPOINTMENT_OK)
		return (true);
	return (judge_hosts(ctx, old, edit, verdict, index, f));
}

static enum appointment_verdict
judge_times(const struct appointment *old, const struct appointment_edit *edit)
{
	const int64_t past = clock_now() - GRACE_MS;

	if (edit->ends_at <= edit->starts_at)
		return (APPOINTMENT_END_FIRST);
	if (edit->ends_at - edit->starts_at > APPOINTMENT_DAYS_MAX * DAY_MS)
		return (APPOINTMENT_TOO_LONG);

	/* What has begun may still be edited, but not moved into the past. */
	if (edit->starts_at < past &&
	    (old == NULL || old->starts_at != edit->starts_at))
		return (APPOINTMENT_IN_PAST);
	if (edit->ends_at < past &&
	    (old == NULL || old->ends_at != edit->ends_at))
		return (APPOINTMENT_END_IN_PAST);
	return (APPOINTMENT_OK);
}

/* Are the guests with an id guests of this appointment, each once? */
static bool
judge_guests(const struct appointment *old, const struct appointment_edit *edit,
    enum appointment_verdict *verdict, size_t *index)
{
	const char *id;
	size_t i, j;

	for (i = 0; i < edit->nguests; i++) {
		if ((id = edit->guests[i].id) == NULL)
			continue;
		*index = i;
		*verdict = APPOINTMENT_NO_GUEST;
		if (old == NULL || find_guest(old, id) == NULL)
			return (false);
		for (j = 0; j < i; j++) {
			if (edit->guests[j].id != NULL &&
			    strcmp(edit->guests[j].id, id) == 0)
				return (false);
		}
		*verdict = APPOINTMENT_OK;
	}
	return (true);
}

/* A host who is there already may stay, even if no longer a member. */
static bool
judge_hosts(struct context *ctx, const struct appointment *old,
    const struct appointment_edit *edit, enum appointment_verdict *verdict,
    size_t *index, struct fault *f)
{
	struct idlist ids = IDLIST_INIT;
	struct rows *rows = NULL;
	bool known, ok = true;
	size_t i, j;
	int k;

	for (i = 0; i < edit->nhosts && ok; i++)
		ok = idlist_add(&ids, edit->hosts[i], f);
	if (ok) {
		const struct db_arg args[] = { DB_TEXT(idlist_text(&ids)) };
		ok = db_run(ctx->db, NULL, &sql_appointment_hosts_known, args,
		    &rows, f);
	}
	for (i = 0; i < edit->nhosts && ok; i++) {
		known = false;
		for (k = 0; k < rows_count(rows) && !known; k++)
			known = strcmp(rows_text(rows, k, "id"),
				    edit->hosts[i]) == 0;
		for (j = 0; old != NULL && j < old->nhosts && !known; j++)
			known = strcmp(old->hosts[j].id, edit->hosts[i]) == 0;
		if (!known) {
			*verdict = APPOINTMENT_NO_HOST;
			*index = i;
			break;
		}
	}
	rows_free(rows);
	idlist_free(&ids);
	return (ok);
}

static bool
seal_edit(struct context *ctx, const char *id,
    const struct appointment_edit *edit, struct sealed *s, struct fault *f)
{
	memset(s, 0, sizeof(*s));
	clock_format(edit->starts_at, 0, s->starts);
	clock_format(edit->ends_at, 0, s->ends);
	return (tenant_seal(ctx, TENANT_KEY_VISITOR, "appointment",
		    "title_cell", id, edit->title, &s->title, f) &&
	    tenant_seal(ctx, TENANT_KEY_VISITOR, "appointment", "room_cell", id,
		edit->room, &s->room, f) &&
	    tenant_seal(ctx, TENANT_KEY_VISITOR, "appointment", "note_cell", id,
		edit->note, &s->note, f));
}

static void
sealed_free(struct sealed *s)
{
	cell_free(&s->title);
	cell_free(&s->room);
	cell_free(&s->note);
}

static bool
hosts_set(struct context *ctx, const char *id,
    const struct appointment_edit *edit, struct fault *f)
{
	struct idlist ids = IDLIST_INIT;
	bool ok = true;
	size_t i;

	for (i = 0; i < edit->nhosts && ok; i++)
		ok = idlist_add(&ids, edit->hosts[i], f);
	if (ok) {
		const struct db_arg args[] = {
			DB_TEXT(id),
			DB_TEXT(idlist_text(&ids)),
		};
		ok = db_run(
		    ctx->db, NULL, &sql_appointment_host_set, args, NULL, f);
	}
	idlist_free(&ids);
	return (ok);
}

static bool
write_new(struct context *ctx, const char *id,
    const struct appointment_edit *edit, struct fault *f)
{
	struct sealed s;
	bool ok;

	ok = seal_edit(ctx, id, edit, &s, f);
	if (ok) {
		const struct db_arg args[] = {
			DB_TEXT(id),
			DB_TEXT(edit->office_id),
			DB_TEXT(appointment_kind_name(edit->kind)),
			DB_CELL(s.title),
			DB_CELL(s.room),
			DB_CELL(s.note),
			DB_TEXT(s.starts),
			DB_TEXT(s.ends),
			DB_TEXT(ctx->actor.id),
		};
		ok = db_run(ctx->db, NULL, &sql_appointment_add, args, NULL, f);
	}
	sealed_free(&s);
	return (ok);
}

static bool
write_over(
    struct context *ctx, const struct change *c, bool *written, struct fault *f)
{
	const struct appointment_edit *edit = c->edit;
	char version[12];
	struct sealed s;
	struct rows *rows;
	bool ok;

	(void)snprintf(version, sizeof(version), "%d", edit->version);
	ok = seal_edit(ctx, c->old->id, edit, &s, f);
	if (ok) {
		const struct db_arg args[] = {
			DB_TEXT(c->old->id),
			DB_TEXT(version),
			DB_TEXT(edit->office_id),
			DB_TEXT(appointment_kind_name(edit->kind)),
			DB_CELL(s.title),
			DB_CELL(s.room),
			DB_CELL(s.note),
			DB_TEXT(s.starts),
			DB_TEXT(s.ends),
			DB_TEXT("t"),
		};
		ok = db_run(
		    ctx->db, NULL, &sql_appointment_replace, args, &rows, f);
		if (ok) {
			*written = rows_count(rows) == 1;
			rows_free(rows);
		}
	}
	sealed_free(&s);
	return (ok);
}

static bool
write_guests(struct context *ctx, const struct change *c,
    const struct guest_days *days, struct fault *f)
{
	const struct guest_edit *e;
	const struct guest *g;
	uuid_text id;
	size_t i;

	for (i = 0; i < c->old->nguests; i++) {
		g = &c->old->guests[i];
		if (g->state == GUEST_EXPECTED &&
		    find_edit(c->edit, g->id) == NULL &&
		    !guest_remove(ctx, g->id, f))
			return (false);
	}
	for (i = 0; i < c->edit->nguests; i++) {
		e = &c->edit->guests[i];
		if (e->id == NULL) {
			if (!guest_insert(
				ctx, c->old->id, (int)i, e, days, id, f))
				return (false);
		} else if (!guest_replace(ctx, e->id, (int)i, e, f) ||
		    (c->days && !guest_recode(ctx, e->id, days, f)))
			return (false);
	}
	return (true);
}

static const struct guest *
find_guest(const struct appointment *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->nguests; i++) {
		if (a->guests[i].state == GUEST_EXPECTED &&
		    strcmp(a->guests[i].id, id) == 0)
			return (&a->guests[i]);
	}
	return (NULL);
}

static const struct guest_edit *
find_edit(const struct appointment_edit *edit, const char *id)
{
	size_t i;

	for (i = 0; i < edit->nguests; i++) {
		if (edit->guests[i].id != NULL &&
		    strcmp(edit->guests[i].id, id) == 0)
			return (&edit->guests[i]);
	}
	return (NULL);
}

static bool
differ(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != b);
	return (strcmp(a, b) != 0);
}

/* Does the guest's own invitation say something else now? */
static bool
guest_differs(const struct guest *g, const struct guest_edit *e)
{
	return (differ(g->name, e->name) || differ(g->email, e->email) ||
	    differ(g->company, e->company) || g->companions != e->companions ||
	    differ(g->language, e->language));
}

/* Read and lock an appointment that is to be changed. */
static bool
open_booked(struct context *ctx, const struct reach *reach, const char *id,
    struct appointment *a, enum appointment_verdict *verdict, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };
	bool found;

	*verdict = APPOINTMENT_NOT_FOUND;
	if (!db_run(ctx->db, NULL, &sql_appointment_lock, args, NULL, f) ||
	    !appointment_show(ctx, reach, id, true, a, &found, f))
		return (false);
	if (!found)
		return (true);
	*verdict = APPOINTMENT_OK;
	if (a->state != APPOINTMENT_BOOKED) {
		*verdict = APPOINTMENT_NOT_BOOKED;
		appointment_free(a);
	}
	return (true);
}

static bool
tell_change(struct context *ctx, const struct change *c, struct fault *f)
{
	const struct guest *g, *was;
	struct appointment a;
	bool found, ok = true;
	size_t i;

	if (!appointment_show(
		ctx, &everything, c->old->id, true, &a, &found, f))
		return (false);
	for (i = 0; i < a.nguests && ok; i++) {
		g = &a.guests[i];
		was = find_guest(c->old, g->id);
		if (g->state == GUEST_REMOVED) {
			if (was != NULL)
				ok = tell(ctx, &a, g, NOTICE_CANCELLED, f);
		} else if (was == NULL)
			ok = tell(ctx, &a, g, NOTICE_NEW, f);
		else if (differ(was->email, g->email))
			ok = tell(ctx, &a, g, NOTICE_NEW, f);
		else if (c->moved ||
		    guest_differs(was, find_edit(c->edit, g->id)))
			ok = tell(ctx, &a, g, NOTICE_CHANGED, f);
	}
	appointment_free(&a);
	return (ok);
}

static bool
tell_all(struct context *ctx, const struct appointment *a,
    enum notice_invitation what, struct fault *f)
{
	size_t i;

	for (i = 0; i < a->nguests; i++) {
		if (a->guests[i].state == GUEST_EXPECTED &&
		    !tell(ctx, a, &a->guests[i], what, f))
			return (false);
	}
	return (true);
}

static bool
tell(struct context *ctx, const struct appointment *a, const struct guest *g,
    enum notice_invitation what, struct fault *f)
{
	const struct notice_office office = {
		.id = a->place.office_id,
		.name = a->place.office,
		.address = a->place.address,
		.guidance = a->place.guidance,
		.map_url = a->place.map_url,
		.phone = a->place.phone,
		.time_zone = a->place.time_zone,
	};
	const struct notice_appointment appointment = {
		.id = a->id,
		.title = a->title,
		.room = a->room,
		.note = a->note,
		.period = a->kind == APPOINTMENT_PERIOD,
		.starts = { a->starts_at, a->starts_offset },
		.ends = { a->ends_at, a->ends_offset },
		.sequence = a->sequence,
	};
	struct notice_guest guest = {
		.id = g->id,
		.name = g->name,
		.company = g->company,
		.email = g->email,
		.language = g->language,
		.companions = g->companions,
		.pass = g->pass,
		.code = g->code,
	};
	struct notice_member hosts[APPOINTMENT_HOSTS_MAX];
	size_t i, n;
	char *url;
	bool ok;

	if (g->email == NULL)
		return (true);
	for (i = n = 0; i < a->nhosts && n < NELEMS(hosts); i++, n++)
		hosts[n] = (struct notice_member){
			.id = a->hosts[i].id,
			.name = a->hosts[i].name,
			.email = a->hosts[i].email,
			.language = a->hosts[i].language,
		};
	if ((url = appointment_page_url(a, g)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "page_url"));
	guest.page_url = url;
	ok = notice_invite(
	    ctx, what, &office, &appointment, &guest, hosts, n, f);
	tenant_text_free(url);
	return (ok);
}

/* Invite those whose first invitation a cancellation has swallowed. */
static bool
tell_again(struct context *ctx, const char *id, const struct rows *unsent,
    struct fault *f)
{
	struct appointment a;
	const struct guest *g;
	bool found, ok = true;
	int i;

	if (rows_count(unsent) == 0)
		return (true);
	if (!appointment_show(ctx, &everything, id, true, &a, &found, f))
		return (false);
	for (i = 0; i < rows_count(unsent) && ok; i++) {
		g = find_guest(&a, rows_text(unsent, i, "guest_id"));
		ok = g == NULL || tell(ctx, &a, g, NOTICE_NEW, f);
	}
	appointment_free(&a);
	return (ok);
}

/*
 * The days on which codes are valid.  ${days} borrows ${office_id}; ${open}
 * says whether there is such an office and it still takes guests, ${late}
 * whether the contract is over by then.
 */
static bool
days_of(struct context *ctx, const char *office_id, int64_t starts_at,
    int64_t ends_at, struct guest_days *days, bool *open, bool *late,
    struct fault *f)
{
	time_text starts, ends;
	const struct db_arg args[] = {
		DB_TEXT(office_id),
		DB_TEXT(starts),
		DB_TEXT(ends),
	};
	struct rows *rows;

	clock_format(starts_at, 0, starts);
	clock_format(ends_at, 0, ends);
	if (!db_run(ctx->db, NULL, &sql_appointment_place, args, &rows, f))
		return (false);
	*open = rows_count(rows) == 1 && rows_bool(rows, 0, "open");
	*late = rows_count(rows) == 1 && rows_bool(rows, 0, "late");
	if (rows_count(rows) == 1) {
		days->office_id = office_id;
		text_copy(days->first, sizeof(days->first),
		    rows_text(rows, 0, "first_day"));
		text_copy(days->last, sizeof(days->last),
		    rows_text(rows, 0, "last_day"));
	}
	rows_free(rows);
	return (true);
}
