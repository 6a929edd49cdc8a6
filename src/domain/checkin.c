#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "operation_log.h"
#include "tenant_key.h"
#include "visit_row.h"

#include "checkin.h"

/* How often to ask again after losing a race against another tablet. */
#define RACE_MAX 4

/* Characters of a proof: 128 bits of a keyed hash, in hexadecimal. */
#define PROOF_CHARS 32

static const char *const verdict_names[] = {
	[CHECKIN_WELCOME] = "welcome",
	[CHECKIN_UNKNOWN_PASS] = "unknown_pass",
	[CHECKIN_UNKNOWN_CODE] = "unknown_code",
	[CHECKIN_OTHER_OFFICE] = "other_office",
	[CHECKIN_CANCELLED] = "cancelled",
	[CHECKIN_TOO_EARLY] = "too_early",
	[CHECKIN_TOO_LATE] = "too_late",
	[CHECKIN_ALREADY_IN] = "already_in",
	[CHECKIN_CODE_BLOCKED] = "code_blocked",
	[CHECKIN_CODE_NEEDS_RECEPTION] = "code_needs_reception",
	[CHECKIN_KEY_REUSED] = "key_reused",
};
_Static_assert(
    NELEMS(verdict_names) == CHECKIN_VERDICT__MAX, "every verdict has a name");

/* What is counted while a code is looked at. */
struct code_try {
	uuid_text device_id;
	char office[48]; /* office and day */
	long device_wait;
	long office_wait;
};

/* What a check-in leaves in the database to prove its undo by. */
struct undo {
	char secret[PROOF_CHARS + 1];
	uint8_t hash[32];
};

static bool decide(struct context *, const struct checkin_request *,
    const struct undo *, struct rows **, struct fault *);
static bool lost_race(struct rows *);
static bool read_answer(struct context *, const struct checkin_request *,
    struct rows *, struct checkin *, struct fault *);
static bool read_visit(
    struct context *, struct rows *, struct visit *, struct fault *);
static bool verdict_parse(const char *, enum checkin_verdict *, struct fault *);
static bool welcome(struct context *, const struct checkin_request *,
    const struct undo *, bool, struct checkin *, struct fault *);
static bool refuse(
    struct context *, const char *, struct checkin *, struct fault *);
static char *screen_name(const char *, bool);
static char *family_name(const char *);
static bool proof(struct context *, const char *, const char *, const char *,
    char[PROOF_CHARS + 1], struct fault *);
static bool undo_make(struct context *, const char *, const char *,
    struct undo *, struct fault *);
static bool undo_hash(
    struct context *, const char *, uint8_t[32], struct fault *);
static bool handle_make(struct context *, const char *, const char *, int64_t,
    char[65], struct fault *);
static bool code_try(struct context *, const char *, const char *,
    struct code_try *, struct fault *);
static bool code_was_right(
    struct context *, const struct code_try *, struct fault *);
static bool hash_shown(struct context *, const char *, const char *,
    const char *, uint8_t[32], uint8_t[32], struct fault *);
static bool host_is_known(
    struct context *, const struct walk_in *, bool *, struct fault *);
static bool tell_left(struct context *, struct departure *, struct fault *);

static const struct reach everything = { REACH_ALL, "" };

const char *
checkin_verdict_name(enum checkin_verdict verdict)
{
	return (verdict_names[verdict]);
}

bool
checkin_make(struct context *ctx, const struct checkin_request *req,
    struct checkin *c, struct fault *f)
{
	struct undo undo = { .secret = "" };
	struct code_try try;
	struct rows *rows = NULL;
	bool entered, ok;
	int i;

	memset(c, 0, sizeof(*c));
	if (req->code != NULL) {
		if (!code_try(ctx, req->device_id, req->office_id, &try, f))
			return (false);
		if (try.device_wait > 0 || try.office_wait > 0) {
			c->verdict = try.device_wait > 0
			    ? CHECKIN_CODE_BLOCKED
			    : CHECKIN_CODE_NEEDS_RECEPTION;
			c->retry_after = (int)try.device_wait;
			return (refuse(ctx, NULL, c, f));
		}
	}
	if (req->device_id != NULL &&
	    !undo_make(ctx, req->device_id, req->key, &undo, f))
		return (false);

	/* Who loses a race against another tablet asks again; then the
	 * winner's visit is there to be seen. */
	for (i = 0; i < RACE_MAX; i++) {
		rows_free(rows);
		rows = NULL;
		if (!decide(ctx, req, &undo, &rows, f))
			return (false);
		if (!lost_race(rows))
			break;
	}
	if (rows_count(rows) == 0) {
		rows_free(rows);
		c->verdict = req->code != NULL ? CHECKIN_UNKNOWN_CODE
					       : CHECKIN_UNKNOWN_PASS;
		return (refuse(ctx, NULL, c, f));
	}
	entered = rows_bool(rows, 0, "entered");
	ok = i < RACE_MAX ||
	    fault_set(f, FAULT_DB_CONFLICT, "check-in: lost every race");
	ok = ok && read_answer(ctx, req, rows, c, f);
	rows_free(rows);
	if (ok && req->code != NULL)
		ok = code_was_right(ctx, &try, f);
	if (ok && c->verdict == CHECKIN_WELCOME)
		ok = welcome(ctx, req, &undo, entered, c, f);
	else if (ok)
		ok = refuse(ctx, c->visit.guest_id, c, f);
	secret_wipe(&undo, sizeof(undo));
	if (!ok)
		checkin_free(c);
	return (ok);
}

void
checkin_free(struct checkin *c)
{
	visit_free(&c->visit);
	tenant_text_free(c->guest);
	secret_wipe(c, sizeof(*c));
}

bool
checkin_again(struct context *ctx, const char *device_id, const char *key,
    struct checkin *c, bool *found, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(key),
		DB_TEXT(device_id),
		device_id == NULL ? DB_TEXT(ctx->actor.id) : DB_NULL,
	};
	struct undo undo = { .secret = "" };
	struct rows *rows;
	bool ok;

	memset(c, 0, sizeof(*c));
	if (!db_run(ctx->db, NULL, &sql_checkin_seen, args, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	ok = !*found ||
	    visit_show(ctx, &everything, rows_text(rows, 0, "id"), &c->visit,
		found, f);
	rows_free(rows);
	if (!ok || !*found)
		return (ok);
	if (device_id != NULL && !undo_make(ctx, device_id, key, &undo, f)) {
		checkin_free(c);
		return (false);
	}
	text_copy(c->undo_secret, sizeof(c->undo_secret), undo.secret);
	c->undo_until = c->visit.arrived_at + CHECKIN_UNDO_MS;
	c->guest = screen_name(c->visit.guest, c->visit.via == VISIT_VIA_CODE);
	if (c->guest == NULL) {
		checkin_free(c);
		return (fault_set(f, FAULT_MEMORY, "check-in"));
	}
	return (true);
}

bool
checkin_walk_in(struct context *ctx, const struct walk_in *w, struct checkin *c,
    bool *found, struct fault *f)
{
	struct undo undo = { .secret = "" };
	uuid_text visit_id, guest_id;
	char people[12];
	struct rows *rows;
	bool done, ok;

	memset(c, 0, sizeof(*c));
	c->verdict = CHECKIN_WELCOME;
	*found = true;
	if (!checkin_again(ctx, w->device_id, w->key, c, &done, f))
		return (false);
	if (done) {
		operation_log_nothing(ctx);
		if (c->visit.via != VISIT_VIA_WALK_IN ||
		    c->visit.arrived_at < clock_now() - CHECKIN_AGAIN_MS)
			c->verdict = CHECKIN_KEY_REUSED;
		return (true);
	}
	if (w->device_id != NULL &&
	    !undo_make(ctx, w->device_id, w->key, &undo, f))
		return (false);
	if (!host_is_known(ctx, w, found, f))
		return (false);
	if (!*found)
		return (true);
	if (!guest_insert_walk_in(
		ctx, w->name, w->company, w->people, w->language, guest_id, f))
		return (false);

	text_uuid_new(visit_id);
	(void)snprintf(people, sizeof(people), "%d", w->people);
	const struct db_arg args[] = {
		DB_TEXT(visit_id),
		DB_TEXT(guest_id),
		DB_TEXT(w->office_id),
		DB_TEXT(w->device_id),
		w->device_id == NULL ? DB_TEXT(ctx->actor.id) : DB_NULL,
		DB_TEXT(w->key),
		w->device_id == NULL ? DB_NULL : DB_BYTES(undo.hash, 32),
		DB_TEXT(people),
		DB_TEXT(w->host_id),
		DB_TEXT(w->department_id),
	};
	if (!db_run(ctx->db, NULL, &sql_checkin_walk_in, args, &rows, f))
		return (false);
	done = rows_count(rows) == 1;
	rows_free(rows);
	if (!done) { /* no such office */
		*found = false;
		return (true);
	}
	ok = visit_show(ctx, &everything, visit_id, &c->visit, &done, f) &&
	    visit_tell(
		ctx, &c->visit, VISIT_EVENT_ARRIVED, c->visit.arrived_at, f) &&
	    operation_log_add(
		ctx, "checkin.walk_in", visit_id, "done", NULL, f);
	if (ok && (c->guest = screen_name(c->visit.guest, false)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "walk_in");
	text_copy(c->undo_secret, sizeof(c->undo_secret), undo.secret);
	c->undo_until = c->visit.arrived_at + CHECKIN_UNDO_MS;
	secret_wipe(&undo, sizeof(undo));
	if (!ok)
		checkin_free(c);
	return (ok);
}

bool
checkin_undo(struct context *ctx, const char *device_id, const char *visit_id,
    const char *secret, bool *undone, struct fault *f)
{
	uint8_t hash[32];
	char within[12], most[12];
	struct rows *rows;
	struct visit v;
	bool found, ok;

	*undone = false;
	if (!undo_hash(ctx, secret, hash, f))
		return (false);
	(void)snprintf(within, sizeof(within), "%d", CHECKIN_UNDO_MS);
	(void)snprintf(most, sizeof(most), "%d", CHECKIN_UNDO_MAX);
	const struct db_arg args[] = {
		DB_TEXT(visit_id),
		DB_TEXT(device_id),
		DB_BYTES(hash, 32),
		DB_TEXT(within),
		DB_TEXT(most),
	};
	if (!db_run(ctx->db, NULL, &sql_checkin_undo, args, &rows, f))
		return (false);
	*undone = rows_count(rows) == 1;
	rows_free(rows);
	if (!*undone)
		return (true);
	if (!visit_show(ctx, &everything, visit_id, &v, &found, f))
		return (false);
	ok = visit_tell(ctx, &v, VISIT_EVENT_UNDONE, v.undone_at, f) &&
	    operation_log_add(ctx, "checkin.undone", visit_id, "done", NULL, f);
	visit_free(&v);
	return (ok);
}

bool
checkin_state(struct context *ctx, const char *device_id, const char *visit_id,
    enum visit_state *state, int *version, bool *found, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(visit_id), DB_TEXT(device_id) };
	struct rows *rows;

	if (!db_run(ctx->db, NULL, &sql_checkin_state, args, &rows, f))
		return (false);
	*found = rows_count(rows) == 1;
	if (*found) {
		*state = visit_row_state(rows_text(rows, 0, "state"));
		*version = (int)rows_int(rows, 0, "version");
	}
	rows_free(rows);
	return (true);
}

bool
checkin_handle_check(struct context *ctx, const char *device_id,
    const char *visit_id, const char *handle, bool *good, struct fault *f)
{
	const size_t digits = strspn(handle, "0123456789");
	char expected[65];
	int64_t until = 0;
	size_t i;

	*good = false;
	if (digits == 0 || digits > 15 || handle[digits] != '.')
		return (true);
	for (i = 0; i < digits; i++)
		until = until * 10 + (handle[i] - '0');
	if (until <= clock_now())
		return (true);
	if (!handle_make(ctx, device_id, visit_id, until, expected, f))
		return (false);
	*good = strlen(handle) == strlen(expected) &&
	    secret_equal(handle, expected, strlen(expected));
	return (true);
}

bool
checkin_depart(struct context *ctx, const char *device_id,
    const char *office_id, const char *pass, const char *code,
    const char *visit_id, struct departure *d, struct fault *f)
{
	uint8_t pass_hash[32], code_hash[32];
	struct code_try try;
	struct rows *rows;
	bool ok = true;

	memset(d, 0, sizeof(*d));
	if (code != NULL) {
		if (!code_try(ctx, device_id, office_id, &try, f))
			return (false);
		if (try.device_wait > 0 || try.office_wait > 0) {
			d->verdict = try.device_wait > 0
			    ? DEPARTURE_CODE_BLOCKED
			    : DEPARTURE_CODE_NEEDS_RECEPTION;
			d->retry_after = (int)try.device_wait;
			d->keep = true;
			return (true);
		}
	}
	if (!hash_shown(ctx, pass, code, office_id, pass_hash, code_hash, f))
		return (false);
	const struct db_arg args[] = {
		pass == NULL ? DB_NULL : DB_BYTES(pass_hash, 32),
		code == NULL ? DB_NULL : DB_BYTES(code_hash, 32),
		DB_TEXT(visit_id),
		DB_TEXT(office_id),
	};
	if (!db_run(ctx->db, NULL, &sql_checkin_depart, args, &rows, f))
		return (false);
	if (rows_count(rows) == 0) {
		d->verdict = code != NULL ? DEPARTURE_UNKNOWN_CODE
					  : DEPARTURE_UNKNOWN_PASS;
		d->keep = true;
	} else if (rows_null(rows, 0, "id")) {
		d->verdict = DEPARTURE_NOT_INSIDE;
	} else {
		d->verdict = DEPARTURE_GOODBYE;
		text_copy(
		    d->visit_id, sizeof(d->visit_id), rows_text(rows, 0, "id"));
		d->left_at = rows_int(rows, 0, "left_at");
		d->offset = (int)rows_int(rows, 0, "zone_offset");
		ok = tell_left(ctx, d, f) &&
		    (code == NULL || code_was_right(ctx, &try, f));
	}
	rows_free(rows);
	return (ok);
}

static bool
decide(struct context *ctx, const struct checkin_request *req,
    const struct undo *undo, struct rows **rowsp, struct fault *f)
{
	uint8_t pass_hash[32], code_hash[32];
	uuid_text visit_id;
	const char *via = "reception";

	if (!hash_shown(ctx, req->pass, req->code, req->office_id, pass_hash,
		code_hash, f))
		return (false);
	if (req->pass != NULL)
		via = "pass";
	else if (req->code != NULL)
		via = "code";
	text_uuid_new(visit_id);
	const struct db_arg args[] = {
		req->pass == NULL ? DB_NULL : DB_BYTES(pass_hash, 32),
		req->code == NULL ? DB_NULL : DB_BYTES(code_hash, 32),
		DB_TEXT(req->guest_id),
		DB_TEXT(req->office_id),
		DB_TEXT(req->key),
		DB_TEXT(visit_id),
		DB_TEXT(req->device_id),
		req->device_id == NULL ? DB_TEXT(ctx->actor.id) : DB_NULL,
		DB_TEXT(via),
		req->device_id == NULL ? DB_NULL : DB_BYTES(undo->hash, 32),
		req->reach == NULL || req->reach->kind == REACH_ALL
		    ? DB_NULL
		    : DB_TEXT(req->reach->member_id),
		DB_TEXT(req->reach != NULL && req->reach->kind == REACH_OFFICES
			? "t"
			: "f"),
	};
	return (db_run(ctx->db, NULL, &sql_checkin_decide, args, rowsp, f));
}

/* Welcome, but neither entered nor seen: somebody else's is on its way. */
static bool
lost_race(struct rows *rows)
{
	return (rows_count(rows) > 0 &&
	    strcmp(rows_text(rows, 0, "verdict"), "welcome") == 0 &&
	    rows_null(rows, 0, "visit_id"));
}

static bool
read_answer(struct context *ctx, const struct checkin_request *req,
    struct rows *rows, struct checkin *c, struct fault *f)
{
	if (!verdict_parse(rows_text(rows, 0, "verdict"), &c->verdict, f) ||
	    !read_visit(ctx, rows, &c->visit, f))
		return (false);
	c->offset = c->visit.offset;
	c->from = rows_int(rows, 0, "opens");
	c->until = rows_int(rows, 0, "until");
	c->guest = screen_name(c->visit.guest, req->code != NULL);
	if (c->guest == NULL)
		return (fault_set(f, FAULT_MEMORY, "check-in"));
	if (c->verdict != CHECKIN_ALREADY_IN || req->device_id == NULL)
		return (true);
	return (handle_make(ctx, req->device_id, c->visit.id,
	    clock_now() + CHECKIN_HANDLE_MS, c->handle, f));
}

static bool
read_visit(
    struct context *ctx, struct rows *rows, struct visit *v, struct fault *f)
{
	static const struct host_columns columns = {
		.id = "host_id",
		.name = "host_name",
		.email = "host_email",
		.language = "host_language",
	};
	int i;

	text_copy(
	    v->guest_id, sizeof(v->guest_id), rows_text(rows, 0, "guest_id"));
	text_copy(v->appointment_id, sizeof(v->appointment_id),
	    rows_text(rows, 0, "appointment_id"));
	if (!rows_null(rows, 0, "visit_id")) {
		text_copy(v->id, sizeof(v->id), rows_text(rows, 0, "visit_id"));
		v->arrived_at = rows_int(rows, 0, "arrived_at");
	}
	v->people = (int)rows_int(rows, 0, "people");
	v->late = rows_bool(rows, 0, "late");
	v->offset = (int)rows_int(rows, 0, "zone_offset");
	if (!place_read(rows, 0, &v->place, f) ||
	    !visit_row_people(ctx, rows, 0, v, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		if (!rows_null(rows, i, "host_id") &&
		    !host_add(ctx, rows, i, &columns, &v->hosts, &v->nhosts, f))
			return (false);
	}
	return (true);
}

/* The statement and the enum must agree; if they do not, that is our bug. */
static bool
verdict_parse(const char *name, enum checkin_verdict *verdict, struct fault *f)
{
	size_t i;

	for (i = 0; i < NELEMS(verdict_names); i++) {
		if (strcmp(name, verdict_names[i]) == 0) {
			*verdict = (enum checkin_verdict)i;
			return (true);
		}
	}
	return (fault_set(f, FAULT_BUG, "check-in verdict \"%s\"", name));
}

/* A retry is given the same answer, and nobody is told twice. */
static bool
welcome(struct context *ctx, const struct checkin_request *req,
    const struct undo *undo, bool entered, struct checkin *c, struct fault *f)
{
	if (req->device_id != NULL)
		text_copy(c->undo_secret, sizeof(c->undo_secret), undo->secret);
	c->undo_until = c->visit.arrived_at + CHECKIN_UNDO_MS;
	if (!entered) {
		operation_log_nothing(ctx);
		return (true);
	}
	return (visit_tell(ctx, &c->visit, VISIT_EVENT_ARRIVED,
		    c->visit.arrived_at, f) &&
	    operation_log_add(
		ctx, "checkin.made", c->visit.id, "done", NULL, f));
}

/* Refusals are on record too, and wrong codes must stay counted. */
static bool
refuse(struct context *ctx, const char *guest_id, struct checkin *c,
    struct fault *f)
{
	c->keep = true;
	return (operation_log_add(ctx, "checkin.refused", guest_id,
	    checkin_verdict_name(c->verdict), NULL, f));
}

/* What to call the guest on a screen that others may see. */
static char *
screen_name(const char *name, bool family)
{
	return (family ? family_name(name) : strdup(name));
}

/*
 * The family name only: a code can be guessed, and a guess must not be told
 * who was expected.  It is the first word of a name in Japanese, Chinese or
 * Korean script and the last word of another.  A name that is one word shows
 * its first character and an ellipsis, because nobody can say where it parts.
 */
static char *
family_name(const char *name)
{
	const bool eastern = strchr(name, ' ') == NULL ||
	    (unsigned char)name[0] >= 0xe3; /* U+3000 and above */
	const char *ideographic = strstr(name, "\xe3\x80\x80");
	const char *space = strchr(name, ' ');
	size_t len;
	char *out;

	if (ideographic != NULL && (space == NULL || ideographic < space))
		space = ideographic;
	if (space != NULL && !eastern)
		return (strdup(strrchr(name, ' ') + 1));
	if (space != NULL)
		return (strndup(name, (size_t)(space - name)));

	for (len = 1; ((unsigned char)name[len] & 0xc0) == 0x80; len++)
		continue;
	return (asprintf(&out, "%.*s\xe2\x80\xa6", (int)len, name) < 0 ? NULL
								       : out);
}

/* What only this house can have said about ${a} and ${b}. */
static bool
proof(struct context *ctx, const char *label, const char *a, const char *b,
    char out[PROOF_CHARS + 1], struct fault *f)
{
	char text[192];
	uint8_t hash[32];

	if ((size_t)snprintf(text, sizeof(text), "%s %s", a, b) >= sizeof(text))
		return (fault_set(f, FAULT_BUG, "proof: too long"));
	if (!tenant_hash(ctx, label, text, hash, f))
		return (false);
	text_hex(hash, PROOF_CHARS / 2, out);
	secret_wipe(hash, sizeof(hash));
	return (true);
}

/* Made from the key, so that a retry is given the same secret. */
static bool
undo_make(struct context *ctx, const char *device_id, const char *key,
    struct undo *undo, struct fault *f)
{
	return (proof(ctx, "checkin.undo", device_id, key, undo->secret, f) &&
	    undo_hash(ctx, undo->secret, undo->hash, f));
}

static bool
undo_hash(
    struct context *ctx, const char *secret, uint8_t hash[32], struct fault *f)
{
	return (tenant_hash(ctx, "checkin.undo_hash", secret, hash, f));
}

/* UNTIL.PROOF: good for one device and one visit, till then. */
static bool
handle_make(struct context *ctx, const char *device_id, const char *visit_id,
    int64_t until, char out[65], struct fault *f)
{
	char about[64], shown[PROOF_CHARS + 1];

	(void)snprintf(about, sizeof(about), "%s %" PRId64, visit_id, until);
	if (!proof(ctx, "checkin.handle", device_id, about, shown, f))
		return (false);
	(void)snprintf(out, 65, "%" PRId64 ".%s", until, shown);
	return (true);
}

/* Count a code before it is looked at. */
static bool
code_try(struct context *ctx, const char *device_id, const char *office_id,
    struct code_try *try, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(office_id) };
	struct rows *rows;

	memset(try, 0, sizeof(*try));
	text_copy(try->device_id, sizeof(try->device_id), device_id);
	if (!db_run(ctx->db, NULL, &sql_checkin_day, args, &rows, f))
		return (false);
	(void)snprintf(try->office, sizeof(try->office), "%s %s", office_id,
	    rows_count(rows) == 1 ? rows_text(rows, 0, "day") : "");
	rows_free(rows);
	if (!guess_take(
		ctx, GUESS_CODE_DEVICE, try->device_id, &try->device_wait, f))
		return (false);
	return (try->device_wait > 0 ||
	    guess_take(
		ctx, GUESS_CODE_OFFICE, try->office, &try->office_wait, f));
}

static bool
code_was_right(struct context *ctx, const struct code_try *try, struct fault *f)
{
	return (guess_give_back(ctx, GUESS_CODE_DEVICE, try->device_id, f) &&
	    guess_give_back(ctx, GUESS_CODE_OFFICE, try->office, f));
}

static bool
hash_shown(struct context *ctx, const char *pass, const char *code,
    const char *office_id, uint8_t pass_hash[32], uint8_t code_hash[32],
    struct fault *f)
{
	return ((pass == NULL ||
		    tenant_hash(ctx, "guest.pass", pass, pass_hash, f)) &&
	    (code == NULL ||
		tenant_code_hash(ctx, office_id, code, code_hash, f)));
}

static bool
host_is_known(
    struct context *ctx, const struct walk_in *w, bool *known, struct fault *f)
{
	const struct db_arg args[] = {
		DB_TEXT(w->host_id),
		DB_TEXT(w->department_id),
	};
	struct rows *rows;

	*known = w->host_id == NULL && w->department_id == NULL;
	if (*known)
		return (true);
	if (!db_run(ctx->db, NULL, &sql_checkin_host, args, &rows, f))
		return (false);
	*known = rows_count(rows) > 0;
	rows_free(rows);
	return (true);
}

static bool
tell_left(struct context *ctx, struct departure *d, struct fault *f)
{
	struct visit v;
	bool found, ok;

	if (!visit_show(ctx, &everything, d->visit_id, &v, &found, f))
		return (false);
	ok = visit_tell(ctx, &v, VISIT_EVENT_LEFT, d->left_at, f) &&
	    operation_log_add(
		ctx, "visit.departed", d->visit_id, "done", NULL, f);
	visit_free(&v);
	return (ok);
}
