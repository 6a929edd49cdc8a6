#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "gen_text.h"
#include "text.h"

#include "gen_sql.h"
#include "idlist.h"
#include "normalise.h"
#include "notice_guest.h"
#include "operation_log.h"
#include "tenant.h"
#include "tenant_key.h"

#include "person.h"

static const struct reach everything = { REACH_ALL, "" };

static bool find_page(struct context *, enum person_key, const char *,
    const char *, struct person *, struct fault *);
static bool page_json(
    struct context *, const struct person *, json_t *, struct fault *);
static bool is_named(struct context *, const char *const *, size_t,
    const char *, bool *, struct fault *);
static bool hash_key(struct context *, enum person_key, const char *,
    uint8_t[32], struct fault *);
static bool read_entry(struct context *, struct rows *, int,
    struct person_entry *, struct fault *);
static bool read_visits(
    struct context *, struct person_entry *, struct fault *);
static json_t *entry_json(const struct person_entry *, struct rows *);
static json_t *appointment_json(const struct appointment *);
static json_t *visit_json(const struct visit *);
static json_t *hosts_json(const struct host *, size_t);
static json_t *text_json(const char *);
static json_t *time_json(int64_t, int);
static bool erase(struct context *, const char *, const char *, struct fault *);
static bool tell_hosts(
    struct context *, const char *, const char *, struct fault *);

bool
person_find(struct context *ctx, enum person_key key, const char *value,
    struct person *p, struct fault *f)
{
	return (find_page(ctx, key, value, NULL, p, f));
}

bool
person_next(struct context *ctx, enum person_key key, const char *value,
    struct person *p, struct fault *f)
{
	uuid_text last;

	text_copy(last, sizeof(last), p->entries[p->n - 1].guest.id);
	person_free(p);
	return (find_page(ctx, key, value, last, p, f));
}

void
person_free(struct person *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		guest_free(&p->entries[i].guest);
		appointment_free(&p->entries[i].appointment);
		visit_free_list(p->entries[i].visits, p->entries[i].nvisits);
	}
	free(p->entries);
	memset(p, 0, sizeof(*p));
}

json_t *
person_json(struct context *ctx, enum person_key key, const char *value,
    struct fault *f)
{
	json_t *records = json_array(), *whole;
	struct tenant tenant;
	struct person p;
	bool ok;

	ok = person_find(ctx, key, value, &p, f) &&
	    page_json(ctx, &p, records, f);
	while (ok && p.more)
		ok = person_next(ctx, key, value, &p, f) &&
		    page_json(ctx, &p, records, f);
	person_free(&p);
	if (!ok || !tenant_show(ctx, &tenant, f)) {
		json_decref(records);
		return (NULL);
	}
	whole = json_pack("{ss so so}", "company", tenant.display_name,
	    "exported_at", time_json(clock_now(), 0), "records", records);
	if (whole == NULL)
		fault_set(f, FAULT_MEMORY, "person");
	return (whole);
}

bool
person_expected(const struct appointment *a, const struct guest *g)
{
	return (a->state == APPOINTMENT_BOOKED && a->ends_at > clock_now() &&
	    g->state == GUEST_EXPECTED &&
	    (g->visit_id[0] == '\0' || a->kind == APPOINTMENT_PERIOD));
}

bool
person_erase(struct context *ctx, const char *guest_id,
    enum person_verdict *verdict, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(guest_id) };
	uuid_text appointment_id = "";
	struct tenant tenant;
	struct cell name = CELL_INIT;
	struct rows *rows;
	const char *word;
	bool ok, gone;

	*verdict = PERSON_NOT_FOUND;
	/* In the order in which an appointment's change takes them. */
	if (!db_run(
		ctx->db, NULL, &sql_person_lock_appointment, args, &rows, f))
		return (false);
	if (rows_count(rows) == 1)
		text_copy(appointment_id, sizeof(appointment_id),
		    rows_text(rows, 0, "id"));
	rows_free(rows);
	if (!db_run(ctx->db, NULL, &sql_person_lock, args, &rows, f))
		return (false);
	gone = rows_count(rows) == 0 || rows_bool(rows, 0, "erased");
	rows_free(rows);
	if (gone)
		return (true);

	if (!tenant_show(ctx, &tenant, f) ||
	    !tell_hosts(ctx, appointment_id, guest_id, f))
		return (false);
	word = text_get(text_language_of(tenant.language), TEXT_PERSON_ERASED);
	if (!tenant_seal(ctx, TENANT_KEY_VISITOR, "guest", "name_cell",
		guest_id, word, &name, f))
		return (false);
	ok = db_run(ctx->db, NULL, &sql_person_erase,
	    (struct db_arg[]){ DB_TEXT(guest_id), DB_CELL(name) }, &rows, f);
	cell_free(&name);
	if (!ok)
		return (false);
	*verdict = rows_count(rows) == 1 ? PERSON_OK : PERSON_INSIDE;
	rows_free(rows);
	if (*verdict != PERSON_OK)
		return (true);
	return (
	    db_run(ctx->db, NULL, &sql_person_erase_traces, args, NULL, f) &&
	    (appointment_id[0] == '\0' ||
		erase(ctx, appointment_id, word, f)) &&
	    operation_log_add(ctx, "guest.erased", guest_id, "done", NULL, f));
}

bool
person_erase_many(struct context *ctx, const char *const *ids, size_t n,
    const char *name, enum person_verdict *verdict, size_t *index,
    struct fault *f)
{
	bool named;
	size_t i;

	*index = 0;
	*verdict = PERSON_OTHER;
	if (!is_named(ctx, ids, n, name, &named, f))
		return (false);
	if (named)
		*verdict = PERSON_OK;
	for (i = 0; i < n && *verdict == PERSON_OK; i++) {
		*index = i;
		if (!person_erase(ctx, ids[i], verdict, f))
			return (false);
	}
	return (true);
}

bool
person_same_name(const char *a, const char *b)
{
	char *x = normalise_name(a), *y = normalise_name(b);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	tenant_text_free(x);
	tenant_text_free(y);
	return (same);
}

static bool
find_page(struct context *ctx, enum person_key key, const char *value,
    const char *before, struct person *p, struct fault *f)
{
	struct db_arg args[] = { DB_NULL, DB_NULL, DB_NULL, DB_NULL };
	struct rows *rows;
	uint8_t hash[32];
	bool ok = true;
	int i;

	memset(p, 0, sizeof(*p));
	if (!hash_key(ctx, key, value, hash, f))
		return (false);
	if (before != NULL)
		args[PERSON_KEY__MAX] = DB_TEXT(before);
	args[key] = DB_BYTES(hash, sizeof(hash));
	if (!db_run(ctx->db, &ctx->scope, &sql_person_find, args, &rows, f))
		return (false);
	p->entries = calloc((size_t)rows_count(rows) + 1, sizeof(*p->entries));
	if (p->entries == NULL)
		ok = fault_set(f, FAULT_MEMORY, "person");
	p->more = rows_count(rows) > PERSON_PAGE;
	for (i = 0; ok && i < rows_count(rows) && i < PERSON_PAGE; i++) {
		p->n++;
		ok = read_entry(ctx, rows, i, &p->entries[i], f);
	}
	rows_free(rows);
	return (ok);
}

static bool
page_json(struct context *ctx, const struct person *p, json_t *records,
    struct fault *f)
{
	struct rows *rows;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < p->n; i++) {
		if (!db_run(ctx->db, &ctx->scope, &sql_person_deliveries,
			(struct db_arg[]){ DB_TEXT(p->entries[i].guest.id) },
			&rows, f))
			return (false);
		ok = json_array_append_new(
			 records, entry_json(&p->entries[i], rows)) == 0 ||
		    fault_set(f, FAULT_MEMORY, "person");
		rows_free(rows);
	}
	return (ok);
}

static bool
is_named(struct context *ctx, const char *const *ids, size_t n,
    const char *name, bool *named, struct fault *f)
{
	struct idlist list = IDLIST_INIT;
	struct rows *rows = NULL;
	char *called = NULL;
	bool ok = true;
	size_t i;
	int k;

	*named = false;
	for (i = 0; i < n && ok; i++)
		ok = idlist_add(&list, ids[i], f);
	if (ok)
		ok = db_run(ctx->db, NULL, &sql_person_names,
		    (struct db_arg[]){ DB_TEXT(idlist_text(&list)) }, &rows, f);
	for (k = 0; ok && !*named && k < rows_count(rows); k++) {
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, "guest", "name_cell",
		    rows_text(rows, k, "id"), rows, k, &called, f);
		*named = ok && person_same_name(called, name);
		tenant_text_free(called);
		called = NULL;
	}
	/* Of nobody we know there is another thing to say. */
	if (ok && rows_count(rows) == 0)
		*named = true;
	rows_free(rows);
	idlist_free(&list);
	return (ok);
}

static bool
hash_key(struct context *ctx, enum person_key key, const char *value,
    uint8_t hash[32], struct fault *f)
{
	static const char *const labels[] = {
		[PERSON_EMAIL] = "guest.email",
		[PERSON_PHONE] = "guest.phone",
		[PERSON_NAME] = "guest.name",
	};
	_Static_assert(NELEMS(labels) == PERSON_KEY__MAX, "all are hashed");
	char *folded;
	bool ok;

	if (key != PERSON_NAME)
		return (tenant_hash(ctx, labels[key], value, hash, f));
	if ((folded = normalise_name(value)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "normalise_name"));
	ok = tenant_hash(ctx, labels[key], folded, hash, f);
	tenant_text_free(folded);
	return (ok);
}

static bool
read_entry(struct context *ctx, struct rows *rows, int i,
    struct person_entry *e, struct fault *f)
{
	bool found = true;

	if (!guest_read(ctx, rows, i, false, &e->guest, f))
		return (false);
	e->created_at = rows_int(rows, i, "created_at");
	e->inside = strcmp(e->guest.visit_state, "arrived") == 0 ||
	    strcmp(e->guest.visit_state, "met") == 0;
	return ((rows_null(rows, i, "appointment_id") ||
		    appointment_show(ctx, &everything,
			rows_text(rows, i, "appointment_id"), false,
			&e->appointment, &found, f)) &&
	    read_visits(ctx, e, f));
}

static bool
read_visits(struct context *ctx, struct person_entry *e, struct fault *f)
{
	struct rows *rows;
	bool found, ok = true;
	int i;

	if (e->guest.visit_id[0] == '\0')
		return (true);
	if (!db_run(ctx->db, &ctx->scope, &sql_person_visits,
		(struct db_arg[]){ DB_TEXT(e->guest.id) }, &rows, f))
		return (false);
	e->visits = calloc((size_t)rows_count(rows) + 1, sizeof(*e->visits));
	if (e->visits == NULL)
		ok = fault_set(f, FAULT_MEMORY, "person");
	for (i = 0; ok && i < rows_count(rows); i++) {
		ok = visit_show(ctx, &everything, rows_text(rows, i, "id"),
		    &e->visits[e->nvisits], &found, f);
		if (ok && found)
			e->nvisits++;
	}
	rows_free(rows);
	return (ok);
}

static json_t *
entry_json(const struct person_entry *e, struct rows *deliveries)
{
	json_t *visits = json_array(), *sent = json_array();
	const struct guest *g = &e->guest;
	size_t i;
	int k;

	for (i = 0; i < e->nvisits; i++)
		(void)json_array_append_new(visits, visit_json(&e->visits[i]));
	for (k = 0; k < rows_count(deliveries); k++)
		(void)json_array_append_new(sent,
		    json_pack("{ss ss ss so}", "kind",
			rows_text(deliveries, k, "kind"), "topic",
			rows_text(deliveries, k, "topic"), "state",
			rows_text(deliveries, k, "state"), "created_at",
			time_json(rows_int(deliveries, k, "created_at"), 0)));
	return (json_pack("{ss ss so so so so si ss ss so sb so so so}", "id",
	    g->id, "name", g->name, "kana", text_json(g->kana), "company",
	    text_json(g->company), "email", text_json(g->email), "phone",
	    text_json(g->phone), "companions", g->companions, "language",
	    g->language, "state", guest_state_name(g->state), "created_at",
	    time_json(e->created_at, 0), "inside", e->inside, "appointment",
	    appointment_json(&e->appointment), "visits", visits, "deliveries",
	    sent));
}

static json_t *
appointment_json(const struct appointment *a)
{
	if (a->id[0] == '\0')
		return (json_null());
	return (json_pack("{ss ss ss so so so so ss so}", "id", a->id, "title",
	    a->title, "office", a->place.office, "room", text_json(a->room),
	    "note", text_json(a->note), "starts_at",
	    time_json(a->starts_at, a->starts_offset), "ends_at",
	    time_json(a->ends_at, a->ends_offset), "state",
	    appointment_state_name(a->state), "hosts",
	    hosts_json(a->hosts, a->nhosts)));
}

static json_t *
visit_json(const struct visit *v)
{
	return (json_pack("{ss ss ss ss si so so so so so}", "id", v->id,
	    "office", v->place.office, "state", visit_state_name(v->state),
	    "via", visit_via_name(v->via), "people", v->people, "arrived_at",
	    time_json(v->arrived_at, v->offset), "met_at",
	    time_json(v->met_at, v->offset), "left_at",
	    time_json(v->left_at, v->offset), "undone_at",
	    time_json(v->undone_at, v->offset), "hosts",
	    hosts_json(v->hosts, v->nhosts)));
}

static json_t *
hosts_json(const struct host *hosts, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(hosts[i].name));
	return (list);
}

static json_t *
text_json(const char *s)
{
	return (s == NULL ? json_null() : json_string(s));
}

static json_t *
time_json(int64_t moment, int offset)
{
	time_text text;

	if (moment == 0)
		return (json_null());
	clock_format(moment, offset, text);
	return (json_string(text));
}

static bool
erase(struct context *ctx, const char *appointment_id, const char *word,
    struct fault *f)
{
	struct cell title = CELL_INIT;
	bool ok;

	ok = tenant_seal(ctx, TENANT_KEY_VISITOR, "appointment", "title_cell",
		 appointment_id, word, &title, f) &&
	    db_run(ctx->db, NULL, &sql_person_erase_appointment,
		(struct db_arg[]){ DB_TEXT(appointment_id), DB_CELL(title) },
		NULL, f);
	cell_free(&title);
	return (ok);
}

/* Of an appointment yet to come; who is inside is refused afterwards, and the
 * notice goes with the transaction. */
static bool
tell_hosts(struct context *ctx, const char *appointment_id,
    const char *guest_id, struct fault *f)
{
	struct appointment a;
	bool found, ok = true;
	size_t i;

	if (appointment_id[0] == '\0')
		return (true);
	if (!appointment_show(
		ctx, &everything, appointment_id, false, &a, &found, f))
		return (false);
	for (i = 0; ok && i < a.nguests; i++) {
		if (strcmp(a.guests[i].id, guest_id) == 0 &&
		    person_expected(&a, &a.guests[i]))
			ok = notice_guest(ctx, NOTICE_GUEST_ERASED, &a,
			    &a.guests[i], NULL, f);
	}
	appointment_free(&a);
	return (ok);
}
