#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "phrase.h"

#include "web_privacy_html.h"
#include "web_sheet.h"

#define DAY_MS INT64_C(86400000)

static const struct words {
	enum text_key title, next;
	bool good;
} notes[] = {
	[WEB_PRIVACY_NOTHING] = { TEXT__MAX, TEXT__MAX, true },
	[WEB_PRIVACY_RENAMED] = { TEXT_PRIVACY_RENAMED,
	    TEXT_PRIVACY_RENAMED_NEXT, true },
	[WEB_PRIVACY_CANCELLED] = { TEXT_PRIVACY_CANCELLED,
	    TEXT_PRIVACY_CANCELLED_NEXT, true },
	[WEB_PRIVACY_SENT] = { TEXT__MAX, TEXT__MAX, true },
	[WEB_PRIVACY_NAME_BAD] = { TEXT_PRIVACY_NAME_BAD,
	    TEXT_PRIVACY_NAME_BAD_NEXT, false },
	[WEB_PRIVACY_NOT_SURE] = { TEXT_PRIVACY_SURE_MISSING,
	    TEXT_PRIVACY_SURE_MISSING_NEXT, false },
	[WEB_PRIVACY_STALE] = { TEXT_PRIVACY_STALE, TEXT_PRIVACY_STALE_NEXT,
	    false },
	[WEB_PRIVACY_WAIT] = { TEXT_PRIVACY_WAIT, TEXT_PRIVACY_WAIT_NEXT,
	    false },
	[WEB_PRIVACY_INSIDE] = { TEXT_PRIVACY_INSIDE, TEXT_PRIVACY_INSIDE_NEXT,
	    false },
	[WEB_PRIVACY_CODE_WRONG] = { TEXT_PRIVACY_CODE_WRONG,
	    TEXT_PRIVACY_CODE_WRONG_NEXT, false },
	[WEB_PRIVACY_UNKNOWN] = { TEXT_PRIVACY_UNKNOWN,
	    TEXT_PRIVACY_UNKNOWN_NEXT, false },
};
_Static_assert(
    NELEMS(notes) == WEB_PRIVACY_NOTE__MAX, "every note has its words");

static bool begin(
    const struct web_privacy *, struct web_sheet *, struct fault *);
static void note(const struct web_privacy *, const struct web_sheet *);
static void held(const struct web_privacy *, const struct web_sheet *);
static void contact_facts(const struct web_sheet *, const struct guest *);
static void purpose(const struct web_sheet *);
static void until(const struct web_privacy *, const struct web_sheet *);
static void until_fact(
    const struct web_sheet *, enum text_key, int64_t, int, int);
static void shared(const struct web_privacy *, const struct web_sheet *);
static void rename_form(const struct web_privacy *, const struct web_sheet *,
    const char *, enum text_key);
static void deletion_form(const struct web_privacy *, const struct web_sheet *);
static void all(const struct web_privacy *, const struct web_sheet *);
static void contact(const struct web_privacy *, const struct web_sheet *);
static void entry(const struct web_sheet *, const struct person_entry *);
static void visit(const struct web_sheet *, const struct visit *);
static void open_section(const struct web_sheet *, enum text_key);
static void close_section(const struct web_sheet *);
static void open_form(
    const struct web_privacy *, const struct web_sheet *, const char *);
static void close_form(const struct web_sheet *, enum text_key, const char *);
static void sure(const struct web_sheet *, enum text_key);
static void filled(
    const struct web_sheet *, enum text_key, const char *, const char *);
static void masked(const char *, bool, char[320]);

bool
web_privacy_html(const struct web_privacy *p, char **html, struct fault *f)
{
	struct web_sheet s;

	if (!begin(p, &s, f))
		return (false);
	note(p, &s);
	filled(&s, TEXT_PRIVACY_LEAD, "company", p->company);
	held(p, &s);
	purpose(&s);
	until(p, &s);
	shared(p, &s);
	if (p->page->guest->state == GUEST_EXPECTED)
		rename_form(p, &s, "name", TEXT_PRIVACY_RENAME_TEXT);
	deletion_form(p, &s);
	all(p, &s);
	contact(p, &s);
	(void)fprintf(s.out, "<p class=\"gk-visit__rights\"><a href=\"/v/%s\">",
	    p->token);
	web_sheet_words(&s, TEXT_PRIVACY_BACK);
	(void)fputs("</a></p>\n", s.out);
	return (web_sheet_end(&s, html, true, f));
}

bool
web_privacy_person_html(
    const struct web_privacy *p, char **html, struct fault *f)
{
	struct web_sheet s;
	size_t i;

	if (!begin(p, &s, f))
		return (false);
	note(p, &s);
	open_section(&s, TEXT_PRIVACY_ALL);
	for (i = 0; i < p->person->n; i++)
		entry(&s, &p->person->entries[i]);
	if (p->person->more)
		web_sheet_element(&s, "p", "gk-visit__text",
		    text_get(s.language, TEXT_PRIVACY_ALL_MORE));
	open_form(p, &s, "person/export");
	close_form(&s, TEXT_PRIVACY_EXPORT, "primary");
	close_section(&s);
	rename_form(p, &s, "person/name", TEXT_PRIVACY_RENAME_ALL_TEXT);
	open_section(&s, TEXT_PRIVACY_DELETE);
	if (privacy_deletion(p->page) == PRIVACY_GRANT) {
		web_sheet_element(&s, "p", "gk-visit__text",
		    text_get(s.language, TEXT_PRIVACY_DELETE_TEXT));
		open_form(p, &s, "deletion");
		sure(&s, TEXT_PRIVACY_DELETE_SURE);
		close_form(&s, TEXT_PRIVACY_DELETE_ONE, "danger");
	}
	web_sheet_element(&s, "p", "gk-visit__text",
	    text_get(s.language, TEXT_PRIVACY_DELETE_ALL_TEXT));
	open_form(p, &s, "person/deletion");
	sure(&s, TEXT_PRIVACY_DELETE_SURE);
	close_form(&s, TEXT_PRIVACY_DELETE_ALL, "danger");
	close_section(&s);
	contact(p, &s);
	(void)fprintf(s.out,
	    "<p class=\"gk-visit__rights\"><a href=\"/v/%s/privacy?lang=%s\">",
	    p->token, text_language_code(s.language));
	web_sheet_words(&s, TEXT_PRIVACY_BACK_HERE);
	(void)fputs("</a></p>\n", s.out);
	return (web_sheet_end(&s, html, true, f));
}

bool
web_privacy_deleted_html(
    const struct web_privacy *p, size_t inside, char **html, struct fault *f)
{
	struct web_sheet s;

	if (!begin(p, &s, f))
		return (false);
	web_sheet_state(
	    &s, TEXT_PRIVACY_DELETED, TEXT_PRIVACY_DELETED_NEXT, "good");
	if (inside > 0)
		web_sheet_element(&s, "p", "gk-visit__text",
		    text_get(s.language, TEXT_PRIVACY_DELETED_INSIDE));
	contact(p, &s);
	return (web_sheet_end(&s, html, true, f));
}

static bool
begin(const struct web_privacy *p, struct web_sheet *s, struct fault *f)
{
	*s = (struct web_sheet){ .language = p->language,
		.page = p->page,
		.company = p->company,
		.token = p->token };
	if (!web_sheet_begin(s, TEXT_PRIVACY_TITLE, true, f))
		return (false);
	web_sheet_languages(s, "/privacy");
	web_sheet_element(s, "p", "gk-visit__company", p->company);
	web_sheet_element(s, "h1", "gk-visit__title",
	    text_get(s->language, TEXT_PRIVACY_TITLE));
	return (true);
}

static void
note(const struct web_privacy *p, const struct web_sheet *s)
{
	const struct words *w = &notes[p->note];

	if (w->title == TEXT__MAX)
		return;
	(void)fputs("<div role=\"status\">", s->out);
	web_sheet_state(s, w->title, w->next, w->good ? "good" : "bad");
	(void)fputs("</div>\n", s->out);
}

/* An address or a number is not shown to everybody who got the link. */
static void
held(const struct web_privacy *p, const struct web_sheet *s)
{
	const struct appointment *a = &p->page->appointment;
	const struct guest *g = p->page->guest;
	char *times = phrase_times(s->language, a->kind == APPOINTMENT_PERIOD,
	    a->starts_at, a->starts_offset, a->ends_at, a->ends_offset);
	char *day = NULL, *hour = NULL;

	open_section(s, TEXT_PRIVACY_HELD);
	(void)fputs("<dl class=\"gk-visit__facts\">\n", s->out);
	contact_facts(s, g);
	web_sheet_fact(s, TEXT_MAIL_WHEN, times, NULL);
	web_sheet_fact(s, TEXT_MAIL_WHERE, a->place.office, NULL);
	web_sheet_fact(s, TEXT_MAIL_TITLE, a->title, NULL);
	if (g->visit_id[0] == '\0') {
		web_sheet_fact(s, TEXT_PRIVACY_RECORD,
		    text_get(s->language, TEXT_PRIVACY_NEVER_ARRIVED), NULL);
	} else {
		day = phrase_date(
		    s->language, g->visit_arrived, a->starts_offset);
		hour = phrase_hour(g->visit_arrived, a->starts_offset);
		(void)fputs("<div class=\"gk-visit__fact\"><dt>", s->out);
		web_sheet_words(s, TEXT_PRIVACY_RECORD);
		(void)fputs("</dt><dd>", s->out);
		web_sheet_text(s, day != NULL ? day : "");
		(void)fputc(' ', s->out);
		web_sheet_text(s, hour != NULL ? hour : "");
		(void)fputs("</dd></div>\n", s->out);
	}
	(void)fputs("</dl>\n", s->out);
	close_section(s);
	free(times);
	free(day);
	free(hour);
}

static void
contact_facts(const struct web_sheet *s, const struct guest *g)
{
	char text[320];

	web_sheet_fact(s, TEXT_MAIL_GUEST, g->name, NULL);
	web_sheet_fact(s, TEXT_MAIL_COMPANY, g->company, NULL);
	if (g->email != NULL) {
		masked(g->email, true, text);
		web_sheet_fact(s, TEXT_PRIVACY_EMAIL, text, NULL);
	}
	if (g->phone != NULL) {
		masked(g->phone, false, text);
		web_sheet_fact(s, TEXT_PRIVACY_PHONE, text, NULL);
	}
}

static void
purpose(const struct web_sheet *s)
{
	open_section(s, TEXT_PRIVACY_WHY);
	web_sheet_element(
	    s, "p", "gk-visit__text", text_get(s->language, TEXT_MAIL_PURPOSE));
	close_section(s);
}

static void
until(const struct web_privacy *p, const struct web_sheet *s)
{
	const struct appointment *a = &p->page->appointment;
	const struct guest *g = p->page->guest;

	open_section(s, TEXT_PRIVACY_UNTIL);
	(void)fputs("<dl class=\"gk-visit__facts\">\n", s->out);
	until_fact(s, TEXT_PRIVACY_APPOINTMENT_UNTIL, a->ends_at,
	    a->ends_offset, p->retention->days[RETENTION_APPOINTMENTS]);
	until_fact(s, TEXT_PRIVACY_VISIT_UNTIL,
	    g->visit_id[0] != '\0' ? g->visit_arrived : 0, a->ends_offset,
	    p->retention->days[RETENTION_VISITS]);
	web_sheet_fact(s, TEXT_PRIVACY_LOG_UNTIL,
	    text_get(s->language, TEXT_PRIVACY_LOG_VALUE), NULL);
	web_sheet_fact(s, TEXT_PRIVACY_BACKUP_UNTIL,
	    text_get(s->language, TEXT_PRIVACY_BACKUP_VALUE), NULL);
	(void)fputs("</dl>\n", s->out);
	close_section(s);
}

/* ${days} days from ${moment}, as a date where that has been. */
static void
until_fact(const struct web_sheet *s, enum text_key label, int64_t moment,
    int offset, int days)
{
	char number[12], *day = NULL, *text;

	(void)snprintf(number, sizeof(number), "%d", days);
	if (moment != 0)
		day = phrase_date(s->language, moment + days * DAY_MS, offset);
	text = moment == 0
	    ? phrase(s->language, TEXT_PRIVACY_UNTIL_DAYS, "n", number, NULL)
	    : phrase(s->language, TEXT_PRIVACY_UNTIL_DAY, "day",
		  day != NULL ? day : "", NULL);
	web_sheet_fact(s, label, text, NULL);
	free(day);
	free(text);
}

static void
shared(const struct web_privacy *p, const struct web_sheet *s)
{
	open_section(s, TEXT_PRIVACY_SHARED);
	(void)fputs("<ul class=\"gk-visit__list\">\n<li>", s->out);
	filled(s, TEXT_PRIVACY_SHARED_HOSTS, "company", p->company);
	(void)fputs("</li>\n", s->out);
	if (p->channels) {
		(void)fputs("<li>", s->out);
		filled(s, TEXT_PRIVACY_SHARED_CHANNELS, "company", p->company);
		(void)fputs("</li>\n", s->out);
	}
	(void)fputs("</ul>\n", s->out);
	if (!p->channels)
		web_sheet_element(s, "p", "gk-visit__text",
		    text_get(s->language, TEXT_PRIVACY_SHARED_NONE));
	close_section(s);
}

static void
rename_form(const struct web_privacy *p, const struct web_sheet *s,
    const char *to, enum text_key explanation)
{
	open_section(s, TEXT_PRIVACY_RENAME);
	web_sheet_element(
	    s, "p", "gk-visit__text", text_get(s->language, explanation));
	open_form(p, s, to);
	(void)fputs("<div class=\"gk-field\"><label class=\"gk-field__label\" "
		    "for=\"name\">",
	    s->out);
	web_sheet_words(s, TEXT_MAIL_GUEST);
	(void)fputs(
	    "</label><input class=\"gk-input\" id=\"name\" name=\"name\" "
	    "required maxlength=\"100\" autocomplete=\"name\" value=\"",
	    s->out);
	web_sheet_text(s, p->page->guest->name);
	(void)fputs("\"></div>\n", s->out);
	close_form(s, TEXT_PRIVACY_RENAME_DO, "");
	close_section(s);
}

static void
deletion_form(const struct web_privacy *p, const struct web_sheet *s)
{
	static const enum text_key texts[] = {
		[PRIVACY_CANCEL] = TEXT_PRIVACY_CANCEL_TEXT,
		[PRIVACY_LATER] = TEXT_PRIVACY_DELETE_LATER,
		[PRIVACY_GRANT] = TEXT_PRIVACY_DELETE_CODE,
		[PRIVACY_ASK] = TEXT_PRIVACY_DELETE_ASK,
	};
	_Static_assert(
	    NELEMS(texts) == PRIVACY_DELETION__MAX, "all have words");
	const enum privacy_deletion now = privacy_deletion(p->page);

	open_section(s, TEXT_PRIVACY_DELETE);
	web_sheet_element(
	    s, "p", "gk-visit__text", text_get(s->language, texts[now]));
	if (now == PRIVACY_CANCEL) {
		open_form(p, s, "deletion");
		sure(s, TEXT_PRIVACY_CANCEL_SURE);
		close_form(s, TEXT_PRIVACY_CANCEL, "danger");
	}
	close_section(s);
}

/* Everything under the address: for who can read its mails. */
static void
all(const struct web_privacy *p, const struct web_sheet *s)
{
	const char *email = p->page->guest->email;
	char text[320];

	open_section(s, TEXT_PRIVACY_ALL);
	if (email == NULL) {
		web_sheet_element(s, "p", "gk-visit__text",
		    text_get(s->language, TEXT_PRIVACY_NO_EMAIL));
		close_section(s);
		return;
	}
	web_sheet_element(s, "p", "gk-visit__text",
	    text_get(s->language, TEXT_PRIVACY_ALL_TEXT));
	if (p->note == WEB_PRIVACY_SENT || p->note == WEB_PRIVACY_CODE_WRONG) {
		if (p->note == WEB_PRIVACY_SENT) {
			masked(email, true, text);
			(void)fputs("<div role=\"status\">", s->out);
			filled(s, TEXT_PRIVACY_ALL_SENT, "email", text);
			(void)fputs("</div>\n", s->out);
		}
		open_form(p, s, "person");
		(void)fputs("<div class=\"gk-field\"><label "
			    "class=\"gk-field__label\" for=\"code\">",
		    s->out);
		web_sheet_words(s, TEXT_PRIVACY_ALL_CODE);
		(void)fputs(
		    "</label><input class=\"gk-input\" data-width=\"number\" "
		    "id=\"code\" name=\"code\" required autofocus "
		    "inputmode=\"numeric\" autocomplete=\"one-time-code\" "
		    "pattern=\"[0-9]{6}\" maxlength=\"6\"></div>\n",
		    s->out);
		close_form(s, TEXT_PRIVACY_ALL_OPEN, "primary");
	}
	open_form(p, s, "code");
	close_form(s, TEXT_PRIVACY_ALL_ASK, "");
	close_section(s);
}

static void
contact(const struct web_privacy *p, const struct web_sheet *s)
{
	char *text = NULL;

	open_section(s, TEXT_PRIVACY_CONTACT);
	if (p->retention->contact[0] == '\0')
		text = phrase(s->language, TEXT_PRIVACY_CONTACT_DEFAULT,
		    "company", p->company, "phone",
		    p->page->appointment.place.phone, NULL);
	web_sheet_element(s, "p", "gk-visit__text",
	    text != NULL ? text : p->retention->contact);
	free(text);
	close_section(s);
}

static void
entry(const struct web_sheet *s, const struct person_entry *e)
{
	const struct appointment *a = &e->appointment;
	char *times = NULL;
	size_t i;

	if (a->id[0] != '\0')
		times = phrase_times(s->language, a->kind == APPOINTMENT_PERIOD,
		    a->starts_at, a->starts_offset, a->ends_at, a->ends_offset);
	(void)fputs("<dl class=\"gk-visit__facts\">\n", s->out);
	web_sheet_fact(s, TEXT_MAIL_WHEN,
	    times != NULL ? times : text_get(s->language, TEXT_PRIVACY_WALK_IN),
	    NULL);
	free(times);
	web_sheet_fact(s, TEXT_MAIL_WHERE, a->place.office, NULL);
	web_sheet_fact(s, TEXT_MAIL_TITLE, a->title, NULL);
	web_sheet_fact(s, TEXT_MAIL_GUEST, e->guest.name, NULL);
	web_sheet_fact(s, TEXT_MAIL_COMPANY, e->guest.company, NULL);
	web_sheet_fact(s, TEXT_PRIVACY_EMAIL, e->guest.email, NULL);
	web_sheet_fact(s, TEXT_PRIVACY_PHONE, e->guest.phone, NULL);
	for (i = 0; i < e->nvisits; i++)
		visit(s, &e->visits[i]);
	(void)fputs("</dl>\n", s->out);
}

static void
visit(const struct web_sheet *s, const struct visit *v)
{
	static const enum text_key states[] = {
		[VISIT_ARRIVED] = TEXT_PRIVACY_RECORD_STATE_ARRIVED,
		[VISIT_MET] = TEXT_PRIVACY_RECORD_STATE_MET,
		[VISIT_LEFT] = TEXT_PRIVACY_RECORD_STATE_LEFT,
		[VISIT_UNDONE] = TEXT_PRIVACY_RECORD_STATE_UNDONE,
	};
	_Static_assert(NELEMS(states) == VISIT_STATE__MAX, "all have words");
	char *day = phrase_date(s->language, v->arrived_at, v->offset);
	char *from = phrase_hour(v->arrived_at, v->offset);
	char *to = v->left_at != 0 ? phrase_hour(v->left_at, v->offset) : NULL;
	char *text = NULL;

	if (asprintf(&text, "%s %s\u2013%s (%s)", day != NULL ? day : "",
		from != NULL ? from : "", to != NULL ? to : "",
		text_get(s->language, states[v->state])) >= 0)
		web_sheet_fact(s, TEXT_PRIVACY_RECORD, text, NULL);
	free(day);
	free(from);
	free(to);
	free(text);
}

static void
open_section(const struct web_sheet *s, enum text_key title)
{
	(void)fputs("<section class=\"gk-visit__section\">\n", s->out);
	web_sheet_element(
	    s, "h2", "gk-visit__heading", text_get(s->language, title));
}

static void
close_section(const struct web_sheet *s)
{
	(void)fputs("</section>\n", s->out);
}

static void
open_form(
    const struct web_privacy *p, const struct web_sheet *s, const char *to)
{
	(void)fprintf(s->out,
	    "<form class=\"gk-visit__form\" method=\"post\" "
	    "action=\"/v/%s/privacy/%s?lang=%s\">\n",
	    p->token, to, text_language_code(s->language));
	if (p->grant[0] != '\0')
		(void)fprintf(s->out,
		    "<input type=\"hidden\" name=\"grant\" value=\"%s\">\n",
		    p->grant);
	else
		(void)fprintf(s->out,
		    "<input type=\"hidden\" name=\"form\" value=\"%s\">\n",
		    p->form);
}

static void
close_form(const struct web_sheet *s, enum text_key words, const char *kind)
{
	(void)fprintf(
	    s->out, "<button class=\"gk-button\" data-kind=\"%s\">", kind);
	web_sheet_words(s, words);
	(void)fputs("</button>\n</form>\n", s->out);
}

/* Without scripts nobody asks again, so the form itself does. */
static void
sure(const struct web_sheet *s, enum text_key words)
{
	(void)fputs("<label class=\"gk-check\"><input type=\"checkbox\" "
		    "name=\"sure\" value=\"1\" required><span>",
	    s->out);
	web_sheet_words(s, words);
	(void)fputs("</span></label>\n", s->out);
}

static void
filled(const struct web_sheet *s, enum text_key key, const char *name,
    const char *value)
{
	char *text = phrase(s->language, key, name, value, NULL);

	web_sheet_element(s, "p", "gk-visit__text", text != NULL ? text : "");
	free(text);
}

/* The first letter and the domain, or the last four digits. */
static void
masked(const char *text, bool email, char out[320])
{
	const size_t len = strlen(text);

	if (email)
		(void)snprintf(
		    out, 320, "%.1s\u2026%s", text, text + strcspn(text, "@"));
	else
		(void)snprintf(
		    out, 320, "\u2026%s", len > 4 ? text + len - 4 : "");
}
