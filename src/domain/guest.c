#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "normalise.h"
#include "pass.h"
#include "tenant_key.h"

#include "guest.h"

/* How often to look for a code that is free: with half of all codes taken a
 * try fails one time in two. */
#define CODE_TRIES 40

/* The cells and hashes of one guest on their way to the database. */
struct sealed {
	struct cell name, kana, company, email, phone;
	uint8_t name_hash[32], email_hash[32], phone_hash[32];
	char position[12], companions[12];
};

/* A pass or page token, sealed and hashed. */
struct key_pair {
	struct cell cell;
	uint8_t hash[32];
};

static const char *const state_names[] = {
	[GUEST_EXPECTED] = "expected",
	[GUEST_REMOVED] = "removed",
	[GUEST_WALK_IN] = "walk_in",
};
_Static_assert(
    NELEMS(state_names) == GUEST_STATE__MAX, "every state has a name");

static const char *const mail_names[] = {
	[GUEST_MAIL_NONE] = "none",
	[GUEST_MAIL_WAITING] = "waiting",
	[GUEST_MAIL_SENT] = "sent",
	[GUEST_MAIL_FAILED] = "failed",
};
_Static_assert(
    NELEMS(mail_names) == GUEST_MAIL__MAX, "every mail state has a name");

static bool seal_edit(struct context *, const char *, int,
    const struct guest_edit *, struct sealed *, struct fault *);
static bool seal_one(struct context *, const char *, const char *, const char *,
    struct cell *, struct fault *);
static void sealed_free(struct sealed *);
static bool hash_name(
    struct context *, const char *, uint8_t[32], struct fault *);
static bool key_make(struct context *, const char *, const char *, const char *,
    struct key_pair *, struct fault *);
static bool code_issue(struct context *, const char *,
    const struct guest_days *, const char *, struct fault *);
static bool code_claim(struct context *, const char *,
    const struct guest_days *, const char *, bool *, struct fault *);
static bool code_keep(
    struct context *, const char *, const char *, struct fault *);
static bool code_drop(struct context *, const char *, struct fault *);
static bool open_one(struct context *, struct rows *, int, const char *,
    const char *, char **, struct fault *);
static int index_of(const char *, const char *const *, size_t);

void
guest_free(struct guest *g)
{
	tenant_text_free(g->name);
	tenant_text_free(g->kana);
	tenant_text_free(g->company);
	tenant_text_free(g->email);
	tenant_text_free(g->phone);
	tenant_text_free(g->pass);
	tenant_text_free(g->code);
	tenant_text_free(g->page);
	memset(g, 0, sizeof(*g));
}

const char *
guest_state_name(enum guest_state state)
{
	return (state_names[state]);
}

const char *
guest_mail_name(enum guest_mail mail)
{
	return (mail_names[mail]);
}

bool
guest_insert(struct context *ctx, const char *appointment_id, int position,
    const struct guest_edit *edit, const struct guest_days *days, uuid_text id,
    struct fault *f)
{
	struct sealed s;
	struct key_pair pass = { .cell = CELL_INIT };
	struct key_pair page = { .cell = CELL_INIT };
	bool ok = false;

	text_uuid_new(id);
	if (!seal_edit(ctx, id, position, edit, &s, f) ||
	    !key_make(ctx, id, "pass_cell", "guest.pass", &pass, f) ||
	    !key_make(ctx, id, "page_cell", "guest.page", &page, f))
		goto out;

	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_TEXT(appointment_id),
		DB_TEXT(s.position),
		DB_CELL(s.name),
		DB_BYTES(s.name_hash, 32),
		DB_CELL(s.kana),
		DB_CELL(s.company),
		DB_CELL(s.email),
		s.email.bytes == NULL ? DB_NULL : DB_BYTES(s.email_hash, 32),
		DB_CELL(s.phone),
		s.phone.bytes == NULL ? DB_NULL : DB_BYTES(s.phone_hash, 32),
		DB_TEXT(s.companions),
		DB_TEXT(edit->language),
		DB_CELL(pass.cell),
		DB_BYTES(pass.hash, 32),
		DB_CELL(page.cell),
		DB_BYTES(page.hash, 32),
	};
	ok = db_run(ctx->db, NULL, &sql_guest_add, args, NULL, f) &&
	    code_issue(ctx, id, days, NULL, f);
out:
	cell_free(&pass.cell);
	cell_free(&page.cell);
	sealed_free(&s);
	return (ok);
}

bool
guest_insert_walk_in(struct context *ctx, const char *name, const char *company,
    int people, const char *language, uuid_text id, struct fault *f)
{
	const struct guest_edit edit = {
		.name = name,
		.company = company,
		.companions = people - 1,
		.language = language,
	};
	struct sealed s;
	bool ok;

	text_uuid_new(id);
	ok = seal_edit(ctx, id, 0, &edit, &s, f);
	if (ok) {
		const struct db_arg args[] = {
			DB_TEXT(id),
			DB_CELL(s.name),
			DB_BYTES(s.name_hash, 32),
			DB_CELL(s.company),
			DB_TEXT(s.companions),
			DB_TEXT(language),
		};
		ok = db_run(
		    ctx->db, NULL, &sql_guest_add_walk_in, args, NULL, f);
	}
	sealed_free(&s);
	return (ok);
}

bool
guest_replace(struct context *ctx, const char *id, int position,
    const struct guest_edit *edit, struct fault *f)
{
	struct sealed s;
	bool ok;

	ok = seal_edit(ctx, id, position, edit, &s, f);
	if (ok) {
		const struct db_arg args[] = {
			DB_TEXT(id),
			DB_TEXT(s.position),
			DB_CELL(s.name),
			DB_BYTES(s.name_hash, 32),
			DB_CELL(s.kana),
			DB_CELL(s.company),
			DB_CELL(s.email),
			s.email.bytes == NULL ? DB_NULL
					      : DB_BYTES(s.email_hash, 32),
			DB_CELL(s.phone),
			s.phone.bytes == NULL ? DB_NULL
					      : DB_BYTES(s.phone_hash, 32),
			DB_TEXT(s.companions),
			DB_TEXT(edit->language),
		};
		ok = db_run(ctx->db, NULL, &sql_guest_replace, args, NULL, f);
	}
	sealed_free(&s);
	return (ok);
}

bool
guest_rename(struct context *ctx, const char *id, const char *name,
    const char *company, struct fault *f)
{
	struct cell name_cell = CELL_INIT, company_cell = CELL_INIT;
	const char *kept = company;
	uint8_t hash[32];
	bool ok = false;

	if (company != NULL && company[0] == '\0')
		kept = NULL;
	if ((name != NULL && !hash_name(ctx, name, hash, f)) ||
	    !seal_one(ctx, id, "name_cell", name, &name_cell, f) ||
	    !seal_one(ctx, id, "company_cell", kept, &company_cell, f))
		goto out;

	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_CELL(name_cell),
		name == NULL ? DB_NULL : DB_BYTES(hash, 32),
		DB_CELL(company_cell),
		DB_TEXT(company == NULL ? "f" : "t"),
	};
	ok = db_run(ctx->db, NULL, &sql_guest_rename, args, NULL, f);
out:
	cell_free(&name_cell);
	cell_free(&company_cell);
	return (ok);
}

bool
guest_remove(struct context *ctx, const char *id, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };

	return (db_run(ctx->db, NULL, &sql_guest_remove, args, NULL, f));
}

bool
guest_reissue(struct context *ctx, const char *id,
    const struct guest_days *days, struct fault *f)
{
	struct key_pair pass = { .cell = CELL_INIT };
	struct key_pair page = { .cell = CELL_INIT };
	bool ok = false;

	if (!key_make(ctx, id, "pass_cell", "guest.pass", &pass, f) ||
	    !key_make(ctx, id, "page_cell", "guest.page", &page, f))
		goto out;

	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_CELL(pass.cell),
		DB_BYTES(pass.hash, 32),
		DB_CELL(page.cell),
		DB_BYTES(page.hash, 32),
	};
	ok = db_run(ctx->db, NULL, &sql_guest_reissue, args, NULL, f) &&
	    code_drop(ctx, id, f) && code_issue(ctx, id, days, NULL, f);
out:
	cell_free(&pass.cell);
	cell_free(&page.cell);
	return (ok);
}

bool
guest_recode(struct context *ctx, const char *id, const struct guest_days *days,
    struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };
	struct rows *rows;
	char *code = NULL;
	bool ok;

	if (!db_run(ctx->db, NULL, &sql_guest_code_cell, args, &rows, f))
		return (false);
	if (rows_count(rows) != 1) {
		rows_free(rows);
		return (fault_set(f, FAULT_BUG, "guest_recode: no guest"));
	}
	ok = open_one(ctx, rows, 0, id, "code_cell", &code, f) &&
	    code_drop(ctx, id, f) && code_issue(ctx, id, days, code, f);
	rows_free(rows);
	tenant_text_free(code);
	return (ok);
}

bool
guest_read(struct context *ctx, struct rows *rows, int i, bool secrets,
    struct guest *g, struct fault *f)
{
	const char *id = rows_text(rows, i, "id");

	memset(g, 0, sizeof(*g));
	text_copy(g->id, sizeof(g->id), id);
	g->version = (int)rows_int(rows, i, "version");
	g->state = (enum guest_state)index_of(
	    rows_text(rows, i, "state"), state_names, NELEMS(state_names));
	g->mail = (enum guest_mail)index_of(
	    rows_text(rows, i, "mail_state"), mail_names, NELEMS(mail_names));
	g->companions = (int)rows_int(rows, i, "companions");
	text_copy(
	    g->language, sizeof(g->language), rows_text(rows, i, "language"));
	if (!rows_null(rows, i, "visit_id")) {
		text_copy(g->visit_id, sizeof(g->visit_id),
		    rows_text(rows, i, "visit_id"));
		text_copy(g->visit_state, sizeof(g->visit_state),
		    rows_text(rows, i, "visit_state"));
		g->visit_arrived = rows_int(rows, i, "visit_arrived");
	}
	if (!open_one(ctx, rows, i, id, "name_cell", &g->name, f) ||
	    !open_one(ctx, rows, i, id, "kana_cell", &g->kana, f) ||
	    !open_one(ctx, rows, i, id, "company_cell", &g->company, f) ||
	    !open_one(ctx, rows, i, id, "email_cell", &g->email, f) ||
	    !open_one(ctx, rows, i, id, "phone_cell", &g->phone, f))
		goto fail;
	if (secrets &&
	    (!open_one(ctx, rows, i, id, "pass_cell", &g->pass, f) ||
		!open_one(ctx, rows, i, id, "code_cell", &g->code, f) ||
		!open_one(ctx, rows, i, id, "page_cell", &g->page, f)))
		goto fail;
	return (true);
fail:
	guest_free(g);
	return (false);
}

static bool
seal_edit(struct context *ctx, const char *id, int position,
    const struct guest_edit *edit, struct sealed *s, struct fault *f)
{
	memset(s, 0, sizeof(*s));
	(void)snprintf(s->position, sizeof(s->position), "%d", position);
	(void)snprintf(
	    s->companions, sizeof(s->companions), "%d", edit->companions);
	return (hash_name(ctx, edit->name, s->name_hash, f) &&
	    (edit->email == NULL ||
		tenant_hash(
		    ctx, "guest.email", edit->email, s->email_hash, f)) &&
	    (edit->phone == NULL ||
		tenant_hash(
		    ctx, "guest.phone", edit->phone, s->phone_hash, f)) &&
	    seal_one(ctx, id, "name_cell", edit->name, &s->name, f) &&
	    seal_one(ctx, id, "kana_cell", edit->kana, &s->kana, f) &&
	    seal_one(ctx, id, "company_cell", edit->company, &s->company, f) &&
	    seal_one(ctx, id, "email_cell", edit->email, &s->email, f) &&
	    seal_one(ctx, id, "phone_cell", edit->phone, &s->phone, f));
}

static bool
seal_one(struct context *ctx, const char *id, const char *column,
    const char *text, struct cell *cell, struct fault *f)
{
	return (tenant_seal(
	    ctx, TENANT_KEY_VISITOR, "guest", column, id, text, cell, f));
}

static void
sealed_free(struct sealed *s)
{
	cell_free(&s->name);
	cell_free(&s->kana);
	cell_free(&s->company);
	cell_free(&s->email);
	cell_free(&s->phone);
}

/* Only the full name is hashed, folded: never a surname alone. */
static bool
hash_name(
    struct context *ctx, const char *name, uint8_t hash[32], struct fault *f)
{
	char *folded;
	bool ok;

	if ((folded = normalise_name(name)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "normalise_name"));
	ok = tenant_hash(ctx, "guest.name", folded, hash, f);
	tenant_text_free(folded);
	return (ok);
}

static bool
key_make(struct context *ctx, const char *id, const char *column,
    const char *label, struct key_pair *key, struct fault *f)
{
	pass_text token;
	bool ok;

	pass_make(token);
	ok = seal_one(ctx, id, column, token, &key->cell, f) &&
	    tenant_hash(ctx, label, token, key->hash, f);
	secret_wipe(token, sizeof(token));
	return (ok);
}

/* Claim a code for all the days: ${wanted} if it is free, another if not. */
static bool
code_issue(struct context *ctx, const char *id, const struct guest_days *days,
    const char *wanted, struct fault *f)
{
	code_text code;
	bool done = false, ok = true;
	int i;

	for (i = 0; i < CODE_TRIES && ok && !done; i++) {
		if (i == 0 && wanted != NULL)
			text_copy(code, sizeof(code), wanted);
		else
			pass_code_make(code);
		ok = code_claim(ctx, id, days, code, &done, f);
		if (ok && !done)
			ok = code_drop(ctx, id, f);
	}
	if (ok && !done)
		ok = fault_set(f, FAULT_DB_CONFLICT, "no code is free");
	ok = ok && code_keep(ctx, id, code, f);
	secret_wipe(code, sizeof(code));
	return (ok);
}

static bool
code_claim(struct context *ctx, const char *id, const struct guest_days *days,
    const char *code, bool *done, struct fault *f)
{
	struct rows *rows;
	uint8_t hash[32];

	if (!tenant_code_hash(ctx, days->office_id, code, hash, f))
		return (false);

	const struct db_arg args[] = {
		DB_TEXT(id),
		DB_TEXT(days->office_id),
		DB_BYTES(hash, 32),
		DB_TEXT(days->first),
		DB_TEXT(days->last),
	};
	if (!db_run(ctx->db, NULL, &sql_guest_code_claim, args, &rows, f))
		return (false);
	*done = rows_int(rows, 0, "claimed") == rows_int(rows, 0, "wanted");
	rows_free(rows);
	return (true);
}

static bool
code_keep(
    struct context *ctx, const char *id, const char *code, struct fault *f)
{
	struct cell cell = CELL_INIT;
	bool ok;

	ok = seal_one(ctx, id, "code_cell", code, &cell, f);
	if (ok) {
		const struct db_arg args[] = { DB_TEXT(id), DB_CELL(cell) };
		ok = db_run(ctx->db, NULL, &sql_guest_code_keep, args, NULL, f);
	}
	cell_free(&cell);
	return (ok);
}

static bool
code_drop(struct context *ctx, const char *id, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id) };

	return (db_run(ctx->db, NULL, &sql_guest_code_drop, args, NULL, f));
}

static bool
open_one(struct context *ctx, struct rows *rows, int i, const char *id,
    const char *column, char **textp, struct fault *f)
{
	return (tenant_open(
	    ctx, TENANT_KEY_VISITOR, "guest", column, id, rows, i, textp, f));
}

/* The database's CHECK allows no other words; 0 would be one of them. */
static int
index_of(const char *word, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(word, words[i]) == 0)
			return ((int)i);
	}
	return (0);
}
