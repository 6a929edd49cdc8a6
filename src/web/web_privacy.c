#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "operation_log.h"
#include "pass_page.h"
#include "person.h"
#include "privacy.h"
#include "retention.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "web_pass_page.h"
#include "web_privacy_html.h"

/*
 * /v/{token}/privacy: the visitor's own data.  Each form's answer is a page;
 * what succeeded and can be shown again is shown by a GET, so that loading it
 * once more repeats nothing.
 */

/* One request. */
struct visitor {
	struct web_request *r;
	struct pass_page page;
	struct retention retention;
	struct tenant tenant;
	struct web_privacy p;
	privacy_form_text form;
	privacy_grant_text grant;
	bool answered; /* there is no such page */
};

static const char *const done_words[] = { "renamed", "cancelled", "sent" };
static const enum web_privacy_note done_notes[] = { WEB_PRIVACY_RENAMED,
	WEB_PRIVACY_CANCELLED, WEB_PRIVACY_SENT };

static bool enter(struct web_request *, struct visitor *, struct fault *);
static void leave(struct visitor *);
static const char *typed(struct web_request *, const char *, size_t);
static bool is_sure(struct web_request *);
static bool refuse(struct visitor *, enum privacy_verdict, struct fault *);
static bool show(struct visitor *, int, enum web_privacy_note, struct fault *);
static bool go(struct visitor *, const char *);
static bool open_person(
    struct visitor *, struct person *, enum privacy_verdict *, struct fault *);
static bool show_person(struct visitor *, struct person *, int,
    enum web_privacy_note, struct fault *);

bool
web_privacy_show(struct web_request *r, struct fault *f)
{
	struct visitor v;
	int done;
	bool ok;

	ok = enter(r, &v, f);
	if (ok && !v.answered) {
		done =
		    query_choice(r, "done", done_words, NELEMS(done_words), -1);
		ok = show(&v, 200,
		    done < 0 ? WEB_PRIVACY_NOTHING : done_notes[done], f);
	}
	leave(&v);
	return (ok);
}

bool
web_privacy_name_update(struct web_request *r, struct fault *f)
{
	const char *name = typed(r, "name", 100);
	enum privacy_verdict verdict;
	struct visitor v;
	bool ok;

	ok = enter(r, &v, f);
	if (ok && !v.answered && name == NULL) {
		ok = show(&v, 422, WEB_PRIVACY_NAME_BAD, f);
	} else if (ok && !v.answered) {
		ok = privacy_rename(r->context, &v.page, typed(r, "form", 64),
			 name, &verdict, f) &&
		    (verdict == PRIVACY_OK ? go(&v, "renamed")
					   : refuse(&v, verdict, f));
	}
	leave(&v);
	return (ok);
}

bool
web_privacy_deletion_create(struct web_request *r, struct fault *f)
{
	const char *grant = typed(r, "grant", PRIVACY_GRANT_CHARS);
	const bool sure = is_sure(r);
	enum privacy_verdict verdict;
	enum privacy_deletion done;
	struct visitor v;
	char *html;
	bool ok;

	ok = enter(r, &v, f);
	if (ok && !v.answered && !sure) {
		ok = show(&v, 422, WEB_PRIVACY_NOT_SURE, f);
	} else if (ok && !v.answered) {
		ok = privacy_delete(r->context, &v.page, typed(r, "form", 64),
		    grant != NULL ? grant : "", &done, &verdict, f);
		if (ok && verdict != PRIVACY_OK)
			ok = refuse(&v, verdict, f);
		else if (ok && done == PRIVACY_CANCEL)
			ok = go(&v, "cancelled");
		else if (ok)
			ok = web_privacy_deleted_html(&v.p, 0, &html, f) &&
			    web_pass_page_answer(r, 200, true, html);
	}
	leave(&v);
	return (ok);
}

bool
web_privacy_code_create(struct web_request *r, struct fault *f)
{
	enum privacy_verdict verdict;
	struct visitor v;
	bool ok;

	ok = enter(r, &v, f);
	if (ok && !v.answered)
		ok = privacy_mail(r->context, &v.page, typed(r, "form", 64),
			 &verdict, f) &&
		    (verdict == PRIVACY_OK ? go(&v, "sent")
					   : refuse(&v, verdict, f));
	leave(&v);
	return (ok);
}

bool
web_privacy_person_show(struct web_request *r, struct fault *f)
{
	const char *code = typed(r, "code", 6);
	enum privacy_verdict verdict;
	struct person person;
	struct visitor v;
	bool ok;

	memset(&person, 0, sizeof(person));
	ok = enter(r, &v, f);
	if (ok && !v.answered) {
		ok = privacy_exchange(r->context, &v.page,
		    code != NULL ? code : "", v.grant, &verdict, f);
		if (ok && verdict == PRIVACY_OK)
			ok = privacy_person(r->context, &v.page, v.grant,
				 &person, &verdict, f) &&
			    show_person(
				&v, &person, 200, WEB_PRIVACY_NOTHING, f);
		else if (ok)
			ok = refuse(&v, verdict, f);
	}
	person_free(&person);
	leave(&v);
	return (ok);
}

bool
web_privacy_person_name_update(struct web_request *r, struct fault *f)
{
	const char *name = typed(r, "name", 100);
	enum privacy_verdict verdict;
	struct person person;
	struct visitor v;
	bool ok, found;

	memset(&person, 0, sizeof(person));
	ok = enter(r, &v, f) && open_person(&v, &person, &verdict, f);
	if (ok && !v.answered && name == NULL) {
		ok = show_person(&v, &person, 422, WEB_PRIVACY_NAME_BAD, f);
	} else if (ok && !v.answered) {
		ok = privacy_rename_all(r->context, &person, &v.page, name, f);
		person_free(&person);
		pass_page_free(&v.page);
		ok = ok &&
		    pass_page_find(r->context, r->id[0], &v.page, &found, f) &&
		    privacy_person(
			r->context, &v.page, v.grant, &person, &verdict, f) &&
		    show_person(&v, &person, 200, WEB_PRIVACY_RENAMED, f);
	}
	person_free(&person);
	leave(&v);
	return (ok);
}

bool
web_privacy_person_deletion_create(struct web_request *r, struct fault *f)
{
	const bool sure = is_sure(r);
	enum privacy_verdict verdict;
	struct person person;
	struct visitor v;
	size_t inside;
	char *html;
	bool ok;

	memset(&person, 0, sizeof(person));
	ok = enter(r, &v, f) && open_person(&v, &person, &verdict, f);
	if (ok && !v.answered && !sure)
		ok = show_person(&v, &person, 422, WEB_PRIVACY_NOT_SURE, f);
	else if (ok && !v.answered)
		ok = privacy_erase_all(
			 r->context, &person, &v.page, &inside, f) &&
		    web_privacy_deleted_html(&v.p, inside, &html, f) &&
		    web_pass_page_answer(r, 200, true, html);
	person_free(&person);
	leave(&v);
	return (ok);
}

bool
web_privacy_person_export(struct web_request *r, struct fault *f)
{
	enum privacy_verdict verdict;
	struct person person;
	struct visitor v;
	json_t *json;
	char *text;
	bool ok;

	memset(&person, 0, sizeof(person));
	ok = enter(r, &v, f) && open_person(&v, &person, &verdict, f);
	if (ok && !v.answered) {
		ok = (json = person_json(r->context, PERSON_EMAIL,
			  v.page.guest->email, f)) != NULL &&
		    operation_log_add(r->context, "person.exported",
			v.page.guest->id, "done", NULL, f);
		text = ok ? json_dumps(json, JSON_INDENT(2)) : NULL;
		json_decref(json);
		if (ok && text == NULL)
			ok = fault_set(f, FAULT_MEMORY, "export");
		if (ok) {
			reply_header(r, "x-robots-tag", "noindex, nofollow");
			(void)reply_bytes(r, 200, "application/json",
			    "personal-data.json", text, strlen(text));
		}
	}
	person_free(&person);
	leave(&v);
	return (ok);
}

/* Whose page it is and what every page of it says; or the answer that there
 * is none. */
static bool
enter(struct web_request *r, struct visitor *v, struct fault *f)
{
	struct context *ctx = r->context;
	bool found;

	memset(v, 0, sizeof(*v));
	v->r = r;
	if (!web_pass_page_find(r, &v->page, &found, f))
		return (false);
	if (!found || v->page.state == PASS_PAGE_GONE) {
		v->answered = true;
		return (web_pass_page_refuse(r, &v->page, found, f));
	}
	ctx->actor.kind = ACTOR_GUEST;
	text_copy(ctx->actor.id, sizeof(ctx->actor.id), v->page.guest->id);
	v->p = (struct web_privacy){
		.page = &v->page,
		.retention = &v->retention,
		.company = v->tenant.display_name,
		.token = r->id[0],
		.form = v->form,
		.grant = v->grant,
		.language = web_pass_page_language(r, &v->page),
	};
	return (tenant_show(ctx, &v->tenant, f) &&
	    retention_show(ctx, &v->retention, f) &&
	    privacy_channels(ctx, &v->p.channels, f));
}

static void
leave(struct visitor *v)
{
	pass_page_free(&v->page);
	memset(v->grant, 0, sizeof(v->grant));
}

/* What stands in a field of the form; NULL where it is missing or no text. */
static const char *
typed(struct web_request *r, const char *name, size_t most)
{
	const char *text = query_text(r, name, FIELD_REQUIRED, 1, most);

	return (text == NULL && strcmp(name, "form") == 0 ? "" : text);
}

static bool
is_sure(struct web_request *r)
{
	return (typed(r, "sure", 1) != NULL);
}

static bool
refuse(struct visitor *v, enum privacy_verdict verdict, struct fault *f)
{
	static const struct {
		int status;
		enum web_privacy_note note;
	} answers[] = {
		[PRIVACY_OK] = { 200, WEB_PRIVACY_NOTHING },
		[PRIVACY_STALE] = { 409, WEB_PRIVACY_STALE },
		[PRIVACY_WAIT] = { 429, WEB_PRIVACY_WAIT },
		[PRIVACY_INSIDE] = { 409, WEB_PRIVACY_INSIDE },
		[PRIVACY_NO_EMAIL] = { 409, WEB_PRIVACY_UNKNOWN },
		[PRIVACY_WRONG] = { 403, WEB_PRIVACY_CODE_WRONG },
		[PRIVACY_NOT_ASKED] = { 403, WEB_PRIVACY_STALE },
	};
	_Static_assert(
	    NELEMS(answers) == PRIVACY_VERDICT__MAX, "all are answered");

	if (verdict == PRIVACY_WAIT || verdict == PRIVACY_WRONG)
		reply_keep(v->r);
	return (show(v, answers[verdict].status, answers[verdict].note, f));
}

static bool
show(struct visitor *v, int status, enum web_privacy_note note, struct fault *f)
{
	char *html;

	v->p.note = note;
	memset(v->grant, 0, sizeof(v->grant));
	return (privacy_form(v->r->context, &v->page, v->form, f) &&
	    web_privacy_html(&v->p, &html, f) &&
	    web_pass_page_answer(v->r, status, true, html));
}

static bool
go(struct visitor *v, const char *done)
{
	char to[128];

	(void)snprintf(to, sizeof(to), "/v/%s/privacy?lang=%s&done=%s",
	    v->r->id[0], text_language_code(v->p.language), done);
	reply_header(v->r, "location", to);
	return (web_pass_page_answer(v->r, 303, true, strdup("")));
}

/* Everything under the address, if the form brings a grant for it. */
static bool
open_person(struct visitor *v, struct person *person,
    enum privacy_verdict *verdict, struct fault *f)
{
	const char *grant;

	if (v->answered)
		return (true);
	grant = typed(v->r, "grant", PRIVACY_GRANT_CHARS);
	if (!privacy_person(v->r->context, &v->page, grant != NULL ? grant : "",
		person, verdict, f))
		return (false);
	if (*verdict != PRIVACY_OK) {
		v->answered = true;
		return (refuse(v, *verdict, f));
	}
	text_copy(v->grant, sizeof(v->grant), grant);
	return (true);
}

static bool
show_person(struct visitor *v, struct person *person, int status,
    enum web_privacy_note note, struct fault *f)
{
	char *html;

	v->p.note = note;
	v->p.person = person;
	return (web_privacy_person_html(&v->p, &html, f) &&
	    web_pass_page_answer(v->r, status, true, html));
}
