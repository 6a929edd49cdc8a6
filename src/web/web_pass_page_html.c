#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "pass.h"
#include "phrase.h"

#include "web_pass_page_html.h"
#include "web_sheet.h"

static bool pass(const struct web_sheet *, struct fault *);
static void facts(const struct web_sheet *);
static void times(const struct web_sheet *);
static void place(const struct web_sheet *);
static void hosts(const struct web_sheet *);
static void links(const struct web_sheet *);
static void rights(const struct web_sheet *);

bool
web_pass_page_html(const struct pass_page *page, const char *company,
    const char *token, enum text_language language, char **html,
    struct fault *f)
{
	struct web_sheet s = { .language = language,
		.page = page,
		.company = company,
		.token = token };
	bool ok = true;

	if (!web_sheet_begin(&s, TEXT_PASS_TITLE, false, f))
		return (false);
	web_sheet_languages(&s, "");
	web_sheet_element(&s, "p", "gk-visit__company", company);
	web_sheet_element(
	    &s, "h1", "gk-visit__title", text_get(language, TEXT_PASS_TITLE));
	if (page->state == PASS_PAGE_CANCELLED)
		web_sheet_state(
		    &s, TEXT_PASS_CANCELLED, TEXT_PASS_CANCELLED_NEXT, "bad");
	else if (page->state == PASS_PAGE_OVER)
		web_sheet_state(&s, TEXT_PASS_OVER, TEXT_PASS_OVER_NEXT, "bad");
	else
		ok = pass(&s, f);
	facts(&s);
	if (page->state == PASS_PAGE_OPEN)
		links(&s);
	web_sheet_element(&s, "p", "gk-visit__purpose",
	    text_get(language, TEXT_MAIL_PURPOSE));
	rights(&s);
	return (web_sheet_end(&s, html, ok, f));
}

bool
web_pass_page_refusal(enum text_language language, enum text_key title,
    enum text_key next, char **html, struct fault *f)
{
	struct web_sheet s = { .language = language };

	if (!web_sheet_begin(&s, title, false, f))
		return (false);
	web_sheet_element(
	    &s, "h1", "gk-visit__title", text_get(language, title));
	web_sheet_element(&s, "p", "gk-visit__hint", text_get(language, next));
	return (web_sheet_end(&s, html, true, f));
}

static bool
pass(const struct web_sheet *s, struct fault *f)
{
	const struct guest *g = s->page->guest;
	char *name =
	    phrase(s->language, TEXT_MAIL_GREETING, "name", g->name, NULL);
	char *svg;

	if (s->page->inside)
		web_sheet_state(s, TEXT_PASS_CHECKED_IN, TEXT__MAX, "good");
	(void)fputs("<p class=\"gk-visit__name\">", s->out);
	if (g->company != NULL) {
		(void)fputs("<small>", s->out);
		web_sheet_text(s, g->company);
		(void)fputs("</small>", s->out);
	}
	web_sheet_text(s, name != NULL ? name : g->name);
	(void)fputs("</p>\n", s->out);
	free(name);

	(void)fputs("<section class=\"gk-visit__pass\">\n", s->out);
	if (g->pass != NULL) {
		if (!pass_svg(g->pass, &svg, f))
			return (false);
		(void)fputs("<div role=\"img\" aria-label=\"", s->out);
		web_sheet_words(s, TEXT_PASS_TITLE);
		(void)fprintf(s->out, "\">%s</div>\n", svg);
		free(svg);
		web_sheet_element(s, "p", "gk-visit__hint",
		    text_get(s->language, TEXT_PASS_HINT));
	}
	if (g->code != NULL) {
		web_sheet_element(s, "p", "gk-visit__code-label",
		    text_get(s->language, TEXT_PASS_CODE));
		web_sheet_element(s, "p", "gk-visit__code", g->code);
		web_sheet_element(s, "p", "gk-visit__code-hint",
		    text_get(s->language, TEXT_PASS_CODE_HINT));
	}
	(void)fputs("</section>\n", s->out);
	return (true);
}

static void
facts(const struct web_sheet *s)
{
	const struct appointment *a = &s->page->appointment;
	const struct guest *g = s->page->guest;
	const bool open = s->page->state == PASS_PAGE_OPEN;
	char number[16], *more;

	(void)fputs("<dl class=\"gk-visit__facts\">\n", s->out);
	times(s);
	place(s);
	web_sheet_fact(s, TEXT_MAIL_ROOM, a->room, NULL);
	hosts(s);
	web_sheet_fact(s, TEXT_MAIL_TITLE, a->title, NULL);
	if (g->companions > 0) {
		(void)snprintf(number, sizeof(number), "%d", g->companions);
		more = phrase(
		    s->language, TEXT_PASS_COMPANIONS_VALUE, "n", number, NULL);
		web_sheet_fact(s, TEXT_PASS_COMPANIONS, more, NULL);
		free(more);
	}
	web_sheet_fact(s, TEXT_MAIL_NOTE, a->note, NULL);
	if (open) {
		web_sheet_fact(s, TEXT_PASS_BRING,
		    text_get(s->language, TEXT_PASS_BRING_VALUE), NULL);
		web_sheet_fact(s, TEXT_PASS_CHANGE,
		    text_get(s->language, TEXT_PASS_CHANGE_VALUE), NULL);
	}
	web_sheet_fact(s, TEXT_MAIL_PHONE, a->place.phone, NULL);
	(void)fputs("</dl>\n", s->out);
}

static void
times(const struct web_sheet *s)
{
	const struct appointment *a = &s->page->appointment;
	char *when = phrase_times(s->language, a->kind == APPOINTMENT_PERIOD,
	    a->starts_at, a->starts_offset, a->ends_at, a->ends_offset);
	char *zone = phrase(
	    s->language, TEXT_PASS_TIME_ZONE, "zone", a->place.time_zone, NULL);

	if (when != NULL && zone != NULL) {
		(void)fputs("<div class=\"gk-visit__fact\"><dt>", s->out);
		web_sheet_words(s, TEXT_MAIL_WHEN);
		(void)fputs("</dt><dd>", s->out);
		web_sheet_text(s, when);
		(void)fputs("<br><small>", s->out);
		web_sheet_text(s, zone);
		(void)fputs("</small></dd></div>\n", s->out);
	}
	free(when);
	free(zone);
}

static void
place(const struct web_sheet *s)
{
	const struct place *p = &s->page->appointment.place;
	char *whole;

	if (asprintf(&whole, "%s%s%s%s%s", p->office,
		p->address[0] != '\0' ? "\n" : "", p->address,
		p->guidance[0] != '\0' ? "\n" : "", p->guidance) < 0)
		return;
	web_sheet_fact(s, TEXT_MAIL_WHERE, whole, p->map_url);
	free(whole);
}

static void
hosts(const struct web_sheet *s)
{
	const struct appointment *a = &s->page->appointment;
	char *names = NULL;
	size_t len, i;
	FILE *out;

	if ((out = open_memstream(&names, &len)) == NULL)
		return;
	for (i = 0; i < a->nhosts; i++)
		(void)fprintf(out, "%s%s",
		    i > 0 ? text_get(s->language, TEXT_NOTICE_COMMA) : "",
		    a->hosts[i].name);
	if (fclose(out) == 0)
		web_sheet_fact(s, TEXT_MAIL_HOST, names, NULL);
	free(names);
}

static void
links(const struct web_sheet *s)
{
	(void)fprintf(s->out,
	    "<ul class=\"gk-visit__links\">\n<li><a href=\"/v/%s/calendar.ics\""
	    " download>",
	    s->token);
	web_sheet_words(s, TEXT_PASS_CALENDAR);
	(void)fprintf(s->out,
	    "</a></li>\n<li><a href=\"/v/%s/pass.png\" download>", s->token);
	web_sheet_words(s, TEXT_PASS_PICTURE);
	(void)fputs("</a></li>\n</ul>\n", s->out);
}

static void
rights(const struct web_sheet *s)
{
	(void)fprintf(s->out,
	    "<p class=\"gk-visit__rights\"><a href=\"/v/%s/privacy?lang=%s\">",
	    s->token, text_language_code(s->language));
	web_sheet_words(s, TEXT_PASS_PRIVACY);
	(void)fputs("</a></p>\n", s->out);
}
