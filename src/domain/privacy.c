#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "guess.h"
#include "notice_guest.h"
#include "operation_log.h"
#include "pass.h"
#include "tenant_key.h"

#include "privacy.h"

#define CODE_MINUTES  "10"
#define GRANT_MINUTES "30"

static bool next(struct context *, const struct pass_page *, struct person *,
    bool *, struct fault *);
static bool fresh(struct context *, const struct pass_page *, const char *,
    enum privacy_verdict *, struct fault *);
static bool granted(struct context *, const struct pass_page *, const char *,
    bool *, struct fault *);
static bool take(struct context *, enum guess_kind, const char *,
    enum privacy_verdict *, struct fault *);
static bool rename_one(struct context *, const struct appointment *,
    const struct guest *, const char *, struct fault *);
static bool cancel(struct context *, const struct pass_page *, struct fault *);
static bool touch(struct context *, const struct appointment *, struct fault *);
static bool subject_of(
    struct context *, const struct guest *, char[65], struct fault *);
static bool bound_hash(struct context *, const char *, const struct guest *,
    const char *, uint8_t[32], struct fault *);

enum privacy_deletion
privacy_deletion(const struct pass_page *page)
{
	if (page->inside)
		return (PRIVACY_LATER);
	if (person_expected(&page->appointment, page->guest))
		return (PRIVACY_CANCEL);
	return (page->guest->email != NULL ? PRIVACY_GRANT : PRIVACY_ASK);
}

/* One change of the guest or one mailed code, and the token is another. */
bool
privacy_form(struct context *ctx, const struct pass_page *page,
    privacy_form_text out, struct fault *f)
{
	struct rows *rows;
	uint8_t hash[32];
	char text[128];

	if (!db_run(ctx->db, &ctx->scope, &sql_privacy_latest,
		(struct db_arg[]){ DB_TEXT(page->guest->id) }, &rows, f))
		return (false);
	(void)snprintf(text, sizeof(text), "%s %d %s", page->guest->id,
	    page->guest->version,
	    rows_count(rows) == 1 ? rows_text(rows, 0, "id") : "-");
	rows_free(rows);
	if (!tenant_hash(ctx, "privacy.form", text, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), out);
	return (true);
}

bool
privacy_channels(struct context *ctx, bool *named, struct fault *f)
{
	struct rows *rows;

	if (!db_run(
		ctx->db, &ctx->scope, &sql_privacy_channels, NULL, &rows, f))
		return (false);
	*named = rows_bool(rows, 0, "named");
	rows_free(rows);
	return (true);
}

bool
privacy_rename(struct context *ctx, const struct pass_page *page,
    const char *form, const char *name, enum privacy_verdict *verdict,
    struct fault *f)
{
	if (!fresh(ctx, page, form, verdict, f))
		return (false);
	return (*verdict != PRIVACY_OK ||
	    rename_one(ctx, &page->appointment, page->guest, name, f));
}

bool
privacy_delete(struct context *ctx, const struct pass_page *page,
    const char *form, const char *grant, enum privacy_deletion *done,
    enum privacy_verdict *verdict, struct fault *f)
{
	enum person_verdict erased = PERSON_OK;
	bool given;

	if (!granted(ctx, page, grant, &given, f))
		return (false);
	*verdict = PRIVACY_OK;
	if (!given && !fresh(ctx, page, form, verdict, f))
		return (false);
	*done = privacy_deletion(page);
	if (*verdict == PRIVACY_OK && *done == PRIVACY_ASK)
		*verdict = PRIVACY_NO_EMAIL;
	if (*verdict == PRIVACY_OK && *done == PRIVACY_GRANT && !given)
		*verdict = PRIVACY_NOT_ASKED;
	if (*verdict != PRIVACY_OK)
		return (true);
	if (*done == PRIVACY_CANCEL)
		return (cancel(ctx, page, f));
	if (*done != PRIVACY_LATER &&
	    !person_erase(ctx, page->guest->id, &erased, f))
		return (false);
	if (*done == PRIVACY_LATER || erased == PERSON_INSIDE)
		*verdict = PRIVACY_INSIDE;
	else if (erased == PERSON_NOT_FOUND)
		*verdict = PRIVACY_STALE; /* somebody was quicker */
	return (true);
}

bool
privacy_mail(struct context *ctx, const struct pass_page *page,
    const char *form, enum privacy_verdict *verdict, struct fault *f)
{
	const struct guest *g = page->guest;
	uint8_t hash[32];
	uuid_text id;
	code_text code;
	char subject[65];
	bool ok;

	*verdict = PRIVACY_NO_EMAIL;
	if (g->email == NULL)
		return (true);
	if (!subject_of(ctx, g, subject, f) ||
	    !fresh(ctx, page, form, verdict, f))
		return (false);
	if (*verdict != PRIVACY_OK)
		return (true);
	if (!take(ctx, GUESS_PRIVACY_MAIL, subject, verdict, f))
		return (false);
	if (*verdict != PRIVACY_OK)
		return (true);
	text_uuid_new(id);
	pass_code_make(code);
	ok = bound_hash(ctx, "privacy.code", g, code, hash, f) &&
	    db_run(ctx->db, NULL, &sql_privacy_code_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(g->id),
		    DB_BYTES(hash, sizeof(hash)), DB_TEXT(CODE_MINUTES) },
		NULL, f) &&
	    notice_guest_code(ctx, g, page->appointment.id, code, f) &&
	    operation_log_add(ctx, "privacy.code_sent", g->id, "done", NULL, f);
	secret_wipe(code, sizeof(code));
	return (ok);
}

bool
privacy_exchange(struct context *ctx, const struct pass_page *page,
    const char *code, privacy_grant_text grant, enum privacy_verdict *verdict,
    struct fault *f)
{
	const struct guest *g = page->guest;
	uint8_t hash[32], grant_hash[32];
	char subject[65];
	struct rows *rows;
	bool right;

	*verdict = PRIVACY_NO_EMAIL;
	if (g->email == NULL)
		return (true);
	if (!subject_of(ctx, g, subject, f) ||
	    !take(ctx, GUESS_PRIVACY_ADDRESS, ctx->actor.address, verdict, f))
		return (false);
	if (*verdict == PRIVACY_OK &&
	    !take(ctx, GUESS_PRIVACY_CODE, subject, verdict, f))
		return (false);
	if (*verdict != PRIVACY_OK)
		return (true);

	secret_token(grant, PRIVACY_GRANT_CHARS);
	if (!bound_hash(ctx, "privacy.code", g, code, hash, f) ||
	    !bound_hash(ctx, "privacy.grant", g, grant, grant_hash, f) ||
	    !db_run(ctx->db, NULL, &sql_privacy_code_take,
		(struct db_arg[]){ DB_TEXT(g->id), DB_BYTES(hash, sizeof(hash)),
		    DB_BYTES(grant_hash, sizeof(grant_hash)),
		    DB_TEXT(GRANT_MINUTES) },
		&rows, f))
		return (false);
	right = rows_count(rows) == 1;
	rows_free(rows);
	if (!right) {
		*verdict = PRIVACY_WRONG;
		return (operation_log_add(
		    ctx, "privacy.opened", g->id, "wrong_code", NULL, f));
	}
	return (guess_give_back(
		    ctx, GUESS_PRIVACY_ADDRESS, ctx->actor.address, f) &&
	    guess_give_back(ctx, GUESS_PRIVACY_CODE, subject, f) &&
	    operation_log_add(ctx, "privacy.opened", g->id, "done", NULL, f));
}

bool
privacy_person(struct context *ctx, const struct pass_page *page,
    const char *grant, struct person *person, enum privacy_verdict *verdict,
    struct fault *f)
{
	bool given;

	memset(person, 0, sizeof(*person));
	*verdict = PRIVACY_NOT_ASKED;
	if (!granted(ctx, page, grant, &given, f))
		return (false);
	if (!given)
		return (true);
	*verdict = PRIVACY_OK;
	return (person_find(ctx, PERSON_EMAIL, page->guest->email, person, f));
}

bool
privacy_rename_all(struct context *ctx, struct person *person,
    const struct pass_page *page, const char *name, struct fault *f)
{
	const struct person_entry *e;
	bool more = true;
	size_t i;

	while (more) {
		for (i = 0; i < person->n; i++) {
			e = &person->entries[i];
			if (person_same_name(
				e->guest.name, page->guest->name) &&
			    !rename_one(
				ctx, &e->appointment, &e->guest, name, f))
				return (false);
		}
		if (!next(ctx, page, person, &more, f))
			return (false);
	}
	return (true);
}

bool
privacy_erase_all(struct context *ctx, struct person *person,
    const struct pass_page *page, size_t *inside, struct fault *f)
{
	enum person_verdict verdict;
	bool more = true;
	size_t i;

	*inside = 0;
	while (more) {
		for (i = 0; i < person->n; i++) {
			if (!person_erase(
				ctx, person->entries[i].guest.id, &verdict, f))
				return (false);
			if (verdict == PERSON_INSIDE)
				*inside += 1;
		}
		if (!next(ctx, page, person, &more, f))
			return (false);
	}
	return (true);
}

static bool
next(struct context *ctx, const struct pass_page *page, struct person *person,
    bool *more, struct fault *f)
{
	*more = person->more;
	return (!*more ||
	    person_next(ctx, PERSON_EMAIL, page->guest->email, person, f));
}

/* Is that the token of this form, and has this guest not had enough? */
static bool
fresh(struct context *ctx, const struct pass_page *page, const char *form,
    enum privacy_verdict *verdict, struct fault *f)
{
	privacy_form_text wanted;

	*verdict = PRIVACY_STALE;
	if (strlen(form) != PRIVACY_FORM_CHARS)
		return (true);
	if (!privacy_form(ctx, page, wanted, f))
		return (false);
	if (!secret_equal(form, wanted, PRIVACY_FORM_CHARS))
		return (true);
	return (take(ctx, GUESS_PRIVACY_GUEST, page->guest->id, verdict, f));
}

static bool
granted(struct context *ctx, const struct pass_page *page, const char *grant,
    bool *given, struct fault *f)
{
	uint8_t hash[32];
	struct rows *rows;

	*given = false;
	if (strlen(grant) != PRIVACY_GRANT_CHARS || page->guest->email == NULL)
		return (true);
	if (!bound_hash(ctx, "privacy.grant", page->guest, grant, hash, f) ||
	    !db_run(ctx->db, NULL, &sql_privacy_grant,
		(struct db_arg[]){
		    DB_TEXT(page->guest->id), DB_BYTES(hash, sizeof(hash)) },
		&rows, f))
		return (false);
	*given = rows_bool(rows, 0, "given");
	rows_free(rows);
	return (true);
}

static bool
take(struct context *ctx, enum guess_kind kind, const char *subject,
    enum privacy_verdict *verdict, struct fault *f)
{
	long wait;

	if (!guess_take(ctx, kind, subject, &wait, f))
		return (false);
	*verdict = wait == 0 ? PRIVACY_OK : PRIVACY_WAIT;
	return (true);
}

static bool
rename_one(struct context *ctx, const struct appointment *a,
    const struct guest *g, const char *name, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(g->id) };
	struct guest renamed = *g;

	renamed.name = (char *)(uintptr_t)name;
	/* The appointment first, as those who change it lock it. */
	return (touch(ctx, a, f) && guest_rename(ctx, g->id, name, NULL, f) &&
	    db_run(ctx->db, NULL, &sql_privacy_touch, args, NULL, f) &&
	    (a->id[0] == '\0' ||
		notice_guest(
		    ctx, NOTICE_GUEST_RENAMED, a, &renamed, g->name, f)) &&
	    operation_log_add(ctx, "guest.renamed", g->id, "done", NULL, f));
}

static bool
cancel(struct context *ctx, const struct pass_page *page, struct fault *f)
{
	const struct appointment *a = &page->appointment;

	return (touch(ctx, a, f) && guest_remove(ctx, page->guest->id, f) &&
	    notice_guest(
		ctx, NOTICE_GUEST_CANCELLED, a, page->guest, NULL, f) &&
	    operation_log_add(
		ctx, "guest.cancelled", page->guest->id, "done", NULL, f));
}

static bool
touch(struct context *ctx, const struct appointment *a, struct fault *f)
{
	return (a->id[0] == '\0' ||
	    db_run(ctx->db, NULL, &sql_privacy_touch_appointment,
		(struct db_arg[]){ DB_TEXT(a->id) }, NULL, f));
}

/* Codes and their tries are counted for the address, over all its guests. */
static bool
subject_of(struct context *ctx, const struct guest *g, char subject[65],
    struct fault *f)
{
	uint8_t hash[32];

	if (!tenant_hash(ctx, "guest.email", g->email, hash, f))
		return (false);
	text_hex(hash, sizeof(hash), subject);
	return (true);
}

/* Good for this guest under this address: a member may give the guest another
 * one, whose mails nobody has shown to read. */
static bool
bound_hash(struct context *ctx, const char *label, const struct guest *g,
    const char *secret, uint8_t hash[32], struct fault *f)
{
	char text[512];
	bool ok;
	int n;

	n = snprintf(text, sizeof(text), "%s %s %s", g->id, secret, g->email);
	ok = n > 0 && (size_t)n < sizeof(text)
	    ? tenant_hash(ctx, label, text, hash, f)
	    : fault_set(f, FAULT_BUG, "privacy: address too long");
	secret_wipe(text, sizeof(text));
	return (ok);
}
