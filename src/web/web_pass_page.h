#ifndef GENKAN_WEB_PASS_PAGE_H
#define GENKAN_WEB_PASS_PAGE_H

#include "base.h"
#include "gen_text.h"
#include "pass_page.h"

#include "request.h"

/* What the guest's pages, all under /v/{token}, have in common. */

/* Opaque types. */
struct fault;

/**
 * web_pass_page_find(r, page, found, f):
 * Whose page ${r} names; to be passed to pass_page_free in any case.
 */
bool web_pass_page_find(struct web_request *, struct pass_page *, bool *,
    struct fault *) MUST_CHECK;

/**
 * web_pass_page_language(r, page):
 * As the page asks, as the guest was invited, or as the browser prefers.
 */
enum text_language web_pass_page_language(
    struct web_request *, const struct pass_page *);

/**
 * web_pass_page_refuse(r, page, found, f):
 * Answer with a page that says why there is none, and nothing of anybody.
 */
bool web_pass_page_refuse(struct web_request *, const struct pass_page *, bool,
    struct fault *) MUST_CHECK;

/**
 * web_pass_page_answer(r, status, forms, html):
 * Answer with ${html}, which is taken; ${forms} says whether it has any.
 */
bool web_pass_page_answer(struct web_request *, int, bool, char *);

#endif /* !GENKAN_WEB_PASS_PAGE_H */
