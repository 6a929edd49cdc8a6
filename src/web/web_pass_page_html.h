#ifndef GENKAN_WEB_PASS_PAGE_HTML_H
#define GENKAN_WEB_PASS_PAGE_HTML_H

#include "base.h"
#include "gen_text.h"
#include "pass_page.h"

/* The pass page as HTML, without scripts; everything typed is escaped. */

/* Opaque types. */
struct fault;

/**
 * web_pass_page_html(page, company, token, language, html, f):
 * The page of an open, cancelled or past appointment; the caller frees it.
 */
bool web_pass_page_html(const struct pass_page *, const char *, const char *,
    enum text_language, char **, struct fault *) MUST_CHECK;

/**
 * web_pass_page_refusal(language, title, next, html, f):
 * A page that says ${title} and what to do next, and nothing of anybody.
 */
bool web_pass_page_refusal(enum text_language, enum text_key, enum text_key,
    char **, struct fault *) MUST_CHECK;

#endif /* !GENKAN_WEB_PASS_PAGE_HTML_H */
