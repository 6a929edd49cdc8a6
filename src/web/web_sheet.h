#ifndef GENKAN_WEB_SHEET_H
#define GENKAN_WEB_SHEET_H

#include <stdio.h>

#include "base.h"
#include "gen_text.h"
#include "pass_page.h"

/* What the guest's pages are made of: HTML without scripts, in which
 * everything typed is escaped. */

/* Opaque types. */
struct fault;

struct web_sheet {
	FILE *out;
	char *html; /* behind it */
	size_t len;
	enum text_language language;
	const struct pass_page *page;
	const char *company;
	const char *token;
};

/**
 * web_sheet_begin(s, title, forms, f), web_sheet_end(s, html, ok, f):
 * The head and the end of a page.  A browser says where a form comes from
 * (Origin) only if its page lets it, which ${forms} does.  The caller frees
 * ${html}; with ${ok} false there is none.
 */
bool web_sheet_begin(
    struct web_sheet *, enum text_key, bool, struct fault *) MUST_CHECK;
bool web_sheet_end(
    struct web_sheet *, char **, bool, struct fault *) MUST_CHECK;

/**
 * web_sheet_text(s, t), web_sheet_words(s, key),
 * web_sheet_element(s, tag, class, t):
 * A text, one of our own, or one in an element.
 */
void web_sheet_text(const struct web_sheet *, const char *);
void web_sheet_words(const struct web_sheet *, enum text_key);
void web_sheet_element(
    const struct web_sheet *, const char *, const char *, const char *);

/**
 * web_sheet_state(s, title, next, kind): what is the matter, in a box of
 *	${kind} "good" or "bad"; ${next} may be TEXT__MAX.
 * web_sheet_fact(s, label, value, link): one line of a <dl>, left out when
 *	there is no ${value}; ${link} follows it.
 * web_sheet_languages(s, page): links to /v/{token}${page} in the others.
 */
void web_sheet_state(
    const struct web_sheet *, enum text_key, enum text_key, const char *);
void web_sheet_fact(
    const struct web_sheet *, enum text_key, const char *, const char *);
void web_sheet_languages(const struct web_sheet *, const char *);

#endif /* !GENKAN_WEB_SHEET_H */
