#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "letter.h"
#include "phrase.h"

/* Mail readers know little CSS; tables and attributes are what they agree on.
 */
#define FONT                                                            \
	"font-family:'Hiragino Sans','Noto Sans JP',Meiryo,'Segoe UI'," \
	"Arial,sans-serif;"

static bool is_link(const char *);
static void paragraph(FILE *, const char *, const char *);
static void picture(FILE *, const struct letter *);
static void code(FILE *, const struct letter *);
static void facts(FILE *, const struct letter *);
static void button(FILE *, const struct letter *);
static char *finish(FILE *, char **);

void
letter_row(
    struct letter *l, const char *label, const char *value, const char *link)
{
	if (value == NULL || value[0] == '\0' || l->n == LETTER_ROWS)
		return;
	l->rows[l->n].label = label;
	l->rows[l->n].value = value;
	l->rows[l->n].link = link;
	l->n++;
}

char *
letter_text(const struct letter *l)
{
	const struct letter_row *row;
	char *text = NULL;
	size_t len, i;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return (NULL);
	if (l->greeting != NULL)
		(void)fprintf(out, "%s\n\n", l->greeting);
	if (l->heading != NULL)
		(void)fprintf(out, "%s\n\n", l->heading);
	if (l->intro != NULL)
		(void)fprintf(out, "%s\n\n", l->intro);
	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		(void)fprintf(out, "\u25a0 %s\n%s\n", row->label, row->value);
		if (row->link != NULL && is_link(row->link))
			(void)fprintf(out, "%s\n", row->link);
		(void)fputc('\n', out);
	}
	if (l->code != NULL)
		(void)fprintf(out, "\u25a0 %s\n%s\n\n", l->code_label, l->code);
	if (l->link != NULL)
		(void)fprintf(out, "\u25a0 %s\n%s\n\n", l->link_label, l->link);
	if (l->closing != NULL)
		(void)fprintf(out, "%s\n\n", l->closing);
	if (l->small != NULL)
		(void)fprintf(out, "--------\n%s\n\n", l->small);
	if (l->sender != NULL)
		(void)fprintf(out, "%s\n", l->sender);
	return (finish(out, &text));
}

char *
letter_html(const struct letter *l)
{
	char *html = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&html, &len)) == NULL)
		return (NULL);
	(void)fprintf(out,
	    "<!DOCTYPE html>\n<html lang=\"%s\"><head>"
	    "<meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">"
	    "<meta name=\"color-scheme\" content=\"light only\">"
	    "<meta name=\"supported-color-schemes\" content=\"light only\">"
	    "<title>",
	    text_language_code(l->language));
	phrase_html(out, l->heading != NULL ? l->heading : "");
	(void)fputs(
	    "</title></head>\n<body bgcolor=\"#f2f4f7\" "
	    "style=\"margin:0;padding:0;background:#f2f4f7;color:#1a1a1c;" FONT
	    "\">\n"
	    "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" "
	    "cellspacing=\"0\" border=\"0\" bgcolor=\"#f2f4f7\"><tr>"
	    "<td align=\"center\" style=\"padding:24px 12px\">\n"
	    "<table role=\"presentation\" width=\"560\" cellpadding=\"0\" "
	    "cellspacing=\"0\" border=\"0\" bgcolor=\"#ffffff\" "
	    "style=\"width:100%;max-width:560px;background:#ffffff;"
	    "border:1px solid #d8dce2;border-radius:12px\"><tr>"
	    "<td style=\"padding:32px 28px\">\n",
	    out);
	paragraph(
	    out, "font-size:14px;color:#626264;margin:0 0 8px", l->sender);
	if (l->heading != NULL) {
		(void)fprintf(out,
		    "<h1 style=\"" FONT "font-size:22px;"
		    "line-height:1.5;margin:0 0 20px;color:%s\">",
		    l->alarm ? "#b30000" : "#1a1a1c");
		phrase_html(out, l->heading);
		(void)fputs("</h1>\n", out);
	}
	paragraph(
	    out, "font-size:16px;line-height:1.7;margin:0 0 12px", l->greeting);
	paragraph(
	    out, "font-size:16px;line-height:1.7;margin:0 0 20px", l->intro);
	picture(out, l);
	code(out, l);
	facts(out, l);
	button(out, l);
	paragraph(
	    out, "font-size:16px;line-height:1.7;margin:20px 0 0", l->closing);
	paragraph(out,
	    "font-size:13px;line-height:1.7;color:#626264;"
	    "margin:20px 0 0;padding:16px 0 0;border-top:1px solid #d8dce2",
	    l->small);
	(void)fputs(
	    "</td></tr></table>\n</td></tr></table>\n</body></html>\n", out);
	return (finish(out, &html));
}

/* Only what a browser opens as a page: never a script. */
static bool
is_link(const char *s)
{
	return (strncmp(s, "https://", 8) == 0);
}

static void
paragraph(FILE *out, const char *style, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	(void)fprintf(out, "<p style=\"%s\">", style);
	phrase_html(out, text);
	(void)fputs("</p>\n", out);
}

static void
picture(FILE *out, const struct letter *l)
{
	if (l->picture == NULL)
		return;
	(void)fputs("<table role=\"presentation\" width=\"100%\" "
		    "cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>"
		    "<td align=\"center\" bgcolor=\"#ffffff\" "
		    "style=\"padding:0 0 12px;background:#ffffff\">"
		    "<img width=\"280\" height=\"280\" src=\"cid:",
	    out);
	phrase_html(out, l->picture);
	(void)fputs("\" alt=\"", out);
	phrase_html(out, l->picture_name);
	(void)fputs("\" style=\"display:block;width:280px;height:280px;"
		    "background:#ffffff;image-rendering:pixelated\">"
		    "</td></tr></table>\n",
	    out);
}

static void
code(FILE *out, const struct letter *l)
{
	if (l->code == NULL)
		return;
	(void)fputs("<p style=\"font-size:14px;color:#626264;margin:0 0 4px;"
		    "text-align:center\">",
	    out);
	phrase_html(out, l->code_label);
	(void)fputs("</p>\n<p style=\"font-size:32px;line-height:1.4;"
		    "font-weight:bold;letter-spacing:6px;margin:0 0 24px;"
		    "text-align:center\">",
	    out);
	phrase_html(out, l->code);
	(void)fputs("</p>\n", out);
}

static void
facts(FILE *out, const struct letter *l)
{
	const struct letter_row *row;
	size_t i;

	if (l->n == 0)
		return;
	(void)fputs("<table role=\"presentation\" width=\"100%\" "
		    "cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
		    "style=\"border-top:1px solid #d8dce2\">\n",
	    out);
	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		(void)fputs(
		    "<tr><td valign=\"top\" width=\"112\" "
		    "style=\"font-size:14px;line-height:1.7;color:#626264;"
		    "padding:10px 12px 10px 0;border-bottom:1px solid "
		    "#d8dce2\">",
		    out);
		phrase_html(out, row->label);
		(void)fputs("</td><td valign=\"top\" style=\"font-size:16px;"
			    "line-height:1.6;padding:9px 0;"
			    "border-bottom:1px solid #d8dce2\">",
		    out);
		phrase_html(out, row->value);
		if (row->link != NULL && is_link(row->link)) {
			(void)fputs(
			    "<br><a style=\"color:#0017c1\" href=\"", out);
			phrase_html(out, row->link);
			(void)fputs("\">", out);
			phrase_html(out, text_get(l->language, TEXT_MAIL_MAP));
			(void)fputs("</a>", out);
		}
		(void)fputs("</td></tr>\n", out);
	}
	(void)fputs("</table>\n", out);
}

static void
button(FILE *out, const struct letter *l)
{
	if (l->link == NULL || !is_link(l->link))
		return;
	(void)fputs("<table role=\"presentation\" cellpadding=\"0\" "
		    "cellspacing=\"0\" border=\"0\" align=\"center\" "
		    "style=\"margin:24px auto 0\"><tr><td align=\"center\" "
		    "bgcolor=\"#0017c1\" height=\"48\" "
		    "style=\"border-radius:8px\">"
		    "<a style=\"display:inline-block;padding:14px 28px;"
		    "font-size:16px;font-weight:bold;color:#ffffff;"
		    "text-decoration:none\" href=\"",
	    out);
	phrase_html(out, l->link);
	/* The old element for readers that take styles away. */
	(void)fputs("\"><font color=\"#ffffff\">", out);
	phrase_html(out, l->link_label);
	(void)fputs("</font></a></td></tr></table>\n", out);
}

static char *
finish(FILE *out, char **text)
{
	bool failed = ferror(out) != 0;

	if (fclose(out) != 0 || failed) {
		free(*text);
		return (NULL);
	}
	return (*text);
}
