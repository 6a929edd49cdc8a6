#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "pass.h"
#include "phrase.h"

#include "asset.h"
#include "web_pass_page_html.h"

/* What the functions below share. */
struct sheet {
	FILE *out;
	enum text_language language;
	const struct pass_page *page;
	const char *company;
	const char *token;
};

static void head(const struct sheet *, enum text_key);
static void foot(const struct sheet *);
static void text(const struct sheet *, const char *);
static void words(const struct sheet *, enum text_key);
static void element(
    const struct sheet *, const char *, const char *, const char *);
static void state(
    const struct sheet *, enum text_key, enum text_key, const char *);
static void languages(const struct sheet *);
static bool pass(const struct sheet *, struct fault *);
static void facts(const struct sheet *);
static void fact(
    const struct sheet *, enum text_key, const char *, const char *);
static void times(const struct sheet *);
static void place(const struct sheet *);
static void hosts(const struct sheet *);
static void links(const struct sheet *);
static bool finish(FILE *, char **, bool, struct fault *);

bool
web_pass_page_html(const struct pass_page *page, const char *company,
    const char *token, enum text_language language, char **html,
    struct fault *f)
{
	struct sheet s = { .language = language,
		.page = page,
		.company = company,
		.token = token };
	bool ok = true;
	size_t len;

	if ((s.out = open_memstream(html, &len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "pass page"));
	head(&s, TEXT_PASS_TITLE);
	languages(&s);
	element(&s, "p", "gk-visit__company", company);
	element(
	    &s, "h1", "gk-visit__title", text_get(language, TEXT_PASS_TITLE));
	if (page->state == PASS_PAGE_CANCELLED)
		state(&s, TEXT_PASS_CANCELLED, TEXT_PASS_CANCELLED_NEXT, "bad");
	else if (page->state == PASS_PAGE_OVER)
		state(&s, TEXT_PASS_OVER, TEXT_PASS_OVER_NEXT, "bad");
	else
		ok = pass(&s, f);
	facts(&s);
	if (page->state == PASS_PAGE_OPEN)
		links(&s);
	element(&s, "p", "gk-visit__purpose",
	    text_get(language, TEXT_MAIL_PURPOSE));
	foot(&s);
	return (finish(s.out, html, ok, f));
}

bool
web_pass_page_refusal(enum text_language language, enum text_key title,
    enum text_key next, char **html, struct fault *f)
{
	struct sheet s = { .language = language };
	size_t len;

	if ((s.out = open_memstream(html, &len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "pass page"));
	head(&s, title);
	element(&s, "h1", "gk-visit__title", text_get(language, title));
	element(&s, "p", "gk-visit__hint", text_get(language, next));
	foot(&s);
	return (finish(s.out, html, true, f));
}

static void
head(const struct sheet *s, enum text_key title)
{
	(void)fprintf(s->out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"format-detection\" content=\"telephone=no\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	    text_language_code(s->language));
	words(s, title);
	(void)fputs("</title>\n<link rel=\"stylesheet\" href=\"", s->out);
	text(s, asset_path("visit.css"));
	(void)fputs(
	    "\">\n</head>\n<body>\n<main class=\"gk-visit\">\n", s->out);
}

static void
foot(const struct sheet *s)
{
	(void)fputs("</main>\n</body>\n</html>\n", s->out);
}

static void
text(const struct sheet *s, const char *t)
{
	phrase_html(s->out, t);
}

static void
words(const struct sheet *s, enum text_key key)
{
	text(s, text_get(s->language, key));
}

static void
element(
    const struct sheet *s, const char *tag, const char *class, const char *t)
{
	(void)fprintf(s->out, "<%s class=\"%s\">", tag, class);
	text(s, t);
	(void)fprintf(s->out, "</%s>\n", tag);
}

static void
state(const struct sheet *s, enum text_key title, enum text_key next,
    const char *kind)
{
	(void)fprintf(s->out,
	    "<p class=\"gk-visit__state\" data-kind=\"%s\"><strong>", kind);
	words(s, title);
	(void)fputs("</strong>", s->out);
	if (next != TEXT__MAX)
		words(s, next);
	(void)fputs("</p>\n", s->out);
}

/* To the same page in the other languages, each in its own words. */
static void
languages(const struct sheet *s)
{
	enum text_language l;

	(void)fputs("<p class=\"gk-visit__language\">", s->out);
	for (l = 0; l < TEXT_LANGUAGE__MAX; l++) {
		if (l == s->language)
			continue;
		(void)fprintf(s->out, "<a href=\"?lang=%s\" lang=\"%s\">",
		    text_language_code(l), text_language_code(l));
		text(s, text_get(l, TEXT_LANGUAGE));
		(void)fputs("</a>", s->out);
	}
	(void)fputs("</p>\n", s->out);
}

static bool
pass(const struct sheet *s, struct fault *f)
{
	const struct guest *g = s->page->guest;
	char *name =
	    phrase(s->language, TEXT_MAIL_GREETING, "name", g->name, NULL);
	char *svg;

	if (s->page->inside)
		state(s, TEXT_PASS_CHECKED_IN, TEXT__MAX, "good");
	(void)fputs("<p class=\"gk-visit__name\">", s->out);
	if (g->company != NULL) {
		(void)fputs("<small>", s->out);
		text(s, g->company);
		(void)fputs("</small>", s->out);
	}
	text(s, name != NULL ? name : g->name);
	(void)fputs("</p>\n", s->out);
	free(name);

	(void)fputs("<section class=\"gk-visit__pass\">\n", s->out);
	if (g->pass != NULL) {
		if (!pass_svg(g->pass, &svg, f))
			return (false);
		(void)fputs("<div role=\"img\" aria-label=\"", s->out);
		words(s, TEXT_PASS_TITLE);
		(void)fprintf(s->out, "\">%s</div>\n", svg);
		free(svg);
		element(s, "p", "gk-visit__hint",
		    text_get(s->language, TEXT_PASS_HINT));
	}
	if (g->code != NULL) {
		element(s, "p", "gk-visit__code-label",
		    text_get(s->language, TEXT_PASS_CODE));
		element(s, "p", "gk-visit__code", g->code);
		element(s, "p", "gk-visit__code-hint",
		    text_get(s->language, TEXT_PASS_CODE_HINT));
	}
	(void)fputs("</section>\n", s->out);
	return (true);
}

static void
facts(const struct sheet *s)
{
	const struct appointment *a = &s->page->appointment;
	const struct guest *g = s->page->guest;
	const bool open = s->page->state == PASS_PAGE_OPEN;
	char number[16], *more;

	(void)fputs("<dl class=\"gk-visit__facts\">\n", s->out);
	times(s);
	place(s);
	fact(s, TEXT_MAIL_ROOM, a->room, NULL);
	hosts(s);
	fact(s, TEXT_MAIL_TITLE, a->title, NULL);
	if (g->companions > 0) {
		(void)snprintf(number, sizeof(number), "%d", g->companions);
		more = phrase(
		    s->language, TEXT_PASS_COMPANIONS_VALUE, "n", number, NULL);
		fact(s, TEXT_PASS_COMPANIONS, more, NULL);
		free(more);
	}
	fact(s, TEXT_MAIL_NOTE, a->note, NULL);
	if (open) {
		fact(s, TEXT_PASS_BRING,
		    text_get(s->language, TEXT_PASS_BRING_VALUE), NULL);
		fact(s, TEXT_PASS_CHANGE,
		    text_get(s->language, TEXT_PASS_CHANGE_VALUE), NULL);
	}
	fact(s, TEXT_MAIL_PHONE, a->place.phone, NULL);
	(void)fputs("</dl>\n", s->out);
}

/* One fact, left out when there is none; ${link} follows it. */
static void
fact(const struct sheet *s, enum text_key label, const char *value,
    const char *link)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)fputs("<div class=\"gk-visit__fact\"><dt>", s->out);
	words(s, label);
	(void)fputs("</dt><dd>", s->out);
	text(s, value);
	if (link != NULL && strncmp(link, "https://", 8) == 0) {
		(void)fputs(
		    "<br><a rel=\"noopener noreferrer\" href=\"", s->out);
		text(s, link);
		(void)fputs("\">", s->out);
		words(s, TEXT_MAIL_MAP);
		(void)fputs("</a>", s->out);
	}
	(void)fputs("</dd></div>\n", s->out);
}

static void
times(const struct sheet *s)
{
	const struct appointment *a = &s->page->appointment;
	char *when = phrase_times(s->language, a->kind == APPOINTMENT_PERIOD,
	    a->starts_at, a->starts_offset, a->ends_at, a->ends_offset);
	char *zone = phrase(
	    s->language, TEXT_PASS_TIME_ZONE, "zone", a->place.time_zone, NULL);

	if (when != NULL && zone != NULL) {
		(void)fputs("<div class=\"gk-visit__fact\"><dt>", s->out);
		words(s, TEXT_MAIL_WHEN);
		(void)fputs("</dt><dd>", s->out);
		text(s, when);
		(void)fputs("<br><small>", s->out);
		text(s, zone);
		(void)fputs("</small></dd></div>\n", s->out);
	}
	free(when);
	free(zone);
}

static void
place(const struct sheet *s)
{
	const struct place *p = &s->page->appointment.place;
	char *whole;

	if (asprintf(&whole, "%s%s%s%s%s", p->office,
		p->address[0] != '\0' ? "\n" : "", p->address,
		p->guidance[0] != '\0' ? "\n" : "", p->guidance) < 0)
		return;
	fact(s, TEXT_MAIL_WHERE, whole, p->map_url);
	free(whole);
}

static void
hosts(const struct sheet *s)
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
		fact(s, TEXT_MAIL_HOST, names, NULL);
	free(names);
}

static void
links(const struct sheet *s)
{
	(void)fprintf(s->out,
	    "<ul class=\"gk-visit__links\">\n<li><a href=\"/v/%s/calendar.ics\""
	    " download>",
	    s->token);
	words(s, TEXT_PASS_CALENDAR);
	(void)fprintf(s->out,
	    "</a></li>\n<li><a href=\"/v/%s/pass.png\" download>", s->token);
	words(s, TEXT_PASS_PICTURE);
	(void)fputs("</a></li>\n</ul>\n", s->out);
}

static bool
finish(FILE *out, char **html, bool ok, struct fault *f)
{
	bool failed = ferror(out) != 0;

	if (fclose(out) != 0 || failed)
		ok = fault_set(f, FAULT_MEMORY, "pass page");
	if (!ok) {
		free(*html);
		*html = NULL;
	}
	return (ok);
}
