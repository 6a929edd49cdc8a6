#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "phrase.h"

#include "asset.h"
#include "web_sheet.h"

bool
web_sheet_begin(
    struct web_sheet *s, enum text_key title, bool forms, struct fault *f)
{
	if ((s->out = open_memstream(&s->html, &s->len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "page"));
	(void)fprintf(s->out,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
	    "<meta name=\"referrer\" content=\"%s\">\n"
	    "<meta name=\"format-detection\" content=\"telephone=no\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	    text_language_code(s->language),
	    forms ? "same-origin" : "no-referrer");
	web_sheet_words(s, title);
	(void)fputs("</title>\n<link rel=\"stylesheet\" href=\"", s->out);
	web_sheet_text(s, asset_path("visit.css"));
	(void)fputs(
	    "\">\n</head>\n<body>\n<main class=\"gk-visit\">\n", s->out);
	return (true);
}

void
web_sheet_text(const struct web_sheet *s, const char *t)
{
	phrase_html(s->out, t);
}

void
web_sheet_words(const struct web_sheet *s, enum text_key key)
{
	web_sheet_text(s, text_get(s->language, key));
}

void
web_sheet_element(const struct web_sheet *s, const char *tag, const char *class,
    const char *t)
{
	(void)fprintf(s->out, "<%s class=\"%s\">", tag, class);
	web_sheet_text(s, t);
	(void)fprintf(s->out, "</%s>\n", tag);
}

void
web_sheet_state(const struct web_sheet *s, enum text_key title,
    enum text_key next, const char *kind)
{
	(void)fprintf(s->out,
	    "<p class=\"gk-visit__state\" data-kind=\"%s\"><strong>", kind);
	web_sheet_words(s, title);
	(void)fputs("</strong>", s->out);
	if (next != TEXT__MAX)
		web_sheet_words(s, next);
	(void)fputs("</p>\n", s->out);
}

/* To the same page in the other languages, each in its own words. */
void
web_sheet_languages(const struct web_sheet *s, const char *page)
{
	enum text_language l;

	(void)fputs("<p class=\"gk-visit__language\">", s->out);
	for (l = 0; l < TEXT_LANGUAGE__MAX; l++) {
		if (l == s->language)
			continue;
		(void)fprintf(s->out,
		    "<a href=\"/v/%s%s?lang=%s\" lang=\"%s\">", s->token, page,
		    text_language_code(l), text_language_code(l));
		web_sheet_text(s, text_get(l, TEXT_LANGUAGE));
		(void)fputs("</a>", s->out);
	}
	(void)fputs("</p>\n", s->out);
}

/* One fact, left out when there is none; ${link} follows it. */
void
web_sheet_fact(const struct web_sheet *s, enum text_key label,
    const char *value, const char *link)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)fputs("<div class=\"gk-visit__fact\"><dt>", s->out);
	web_sheet_words(s, label);
	(void)fputs("</dt><dd>", s->out);
	web_sheet_text(s, value);
	if (link != NULL && strncmp(link, "https://", 8) == 0) {
		(void)fputs(
		    "<br><a rel=\"noopener noreferrer\" href=\"", s->out);
		web_sheet_text(s, link);
		(void)fputs("\">", s->out);
		web_sheet_words(s, TEXT_MAIL_MAP);
		(void)fputs("</a>", s->out);
	}
	(void)fputs("</dd></div>\n", s->out);
}

bool
web_sheet_end(struct web_sheet *s, char **html, bool ok, struct fault *f)
{
	bool failed;

	(void)fputs("</main>\n</body>\n</html>\n", s->out);
	failed = ferror(s->out) != 0;
	if (fclose(s->out) != 0 || failed)
		ok = fault_set(f, FAULT_MEMORY, "page");
	if (ok)
		*html = s->html;
	else
		free(s->html);
	return (ok);
}
