#ifndef GENKAN_WEB_PRIVACY_HTML_H
#define GENKAN_WEB_PRIVACY_HTML_H

#include "base.h"
#include "gen_text.h"
#include "pass_page.h"
#include "person.h"
#include "privacy.h"
#include "retention.h"

/* The visitor's privacy page as HTML, without scripts. */

/* Opaque types. */
struct fault;

/* What happened to what the visitor asked for. */
enum web_privacy_note {
	WEB_PRIVACY_NOTHING,
	WEB_PRIVACY_RENAMED,
	WEB_PRIVACY_CANCELLED,
	WEB_PRIVACY_SENT, /* a code: now it is asked for */
	WEB_PRIVACY_NAME_BAD,
	WEB_PRIVACY_NOT_SURE,
	WEB_PRIVACY_STALE,
	WEB_PRIVACY_WAIT,
	WEB_PRIVACY_INSIDE,
	WEB_PRIVACY_CODE_WRONG,
	WEB_PRIVACY_UNKNOWN, /* who is asking cannot be shown */
	WEB_PRIVACY_NOTE__MAX
};

struct web_privacy {
	const struct pass_page *page;
	const struct retention *retention;
	const struct person *person; /* the overview: with a grant */
	const char *company;
	const char *token; /* of the page's address */
	const char *form;  /* token of its forms */
	const char *grant; /* "" without the overview */
	enum text_language language;
	enum web_privacy_note note;
	bool channels; /* are told names */
};

/**
 * web_privacy_html(p, html, f), web_privacy_person_html(p, html, f):
 * What is held about this visit, or about the person; the caller frees it.
 */
bool web_privacy_html(
    const struct web_privacy *, char **, struct fault *) MUST_CHECK;
bool web_privacy_person_html(
    const struct web_privacy *, char **, struct fault *) MUST_CHECK;

/**
 * web_privacy_deleted_html(p, inside, html, f):
 * That it is gone; ${inside} visits had to stay.
 */
bool web_privacy_deleted_html(
    const struct web_privacy *, size_t, char **, struct fault *) MUST_CHECK;

#endif /* !GENKAN_WEB_PRIVACY_HTML_H */
