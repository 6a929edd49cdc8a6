#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "gen_text.h"
#include "pass.h"
#include "pass_page.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "web_pass_page.h"
#include "web_pass_page_html.h"

#define PICTURE_SCALE 24 /* pixels a module: 792 pixels */

/* Nothing but our style sheet, our picture, links, and perhaps forms. */
#define PAGE_CSP(forms)                                          \
	"default-src 'none'; style-src 'self'; img-src 'self'; " \
	"base-uri 'none'; form-action " forms "; frame-ancestors 'none'"

bool
web_pass_page_show(struct web_request *r, struct fault *f)
{
	struct pass_page page;
	struct tenant tenant;
	char *html = NULL;
	bool found, ok;

	ok = web_pass_page_find(r, &page, &found, f);
	if (ok && (!found || page.state == PASS_PAGE_GONE)) {
		ok = web_pass_page_refuse(r, &page, found, f);
	} else if (ok) {
		ok = tenant_show(r->context, &tenant, f) &&
		    web_pass_page_html(&page, tenant.display_name, r->id[0],
			web_pass_page_language(r, &page), &html, f) &&
		    web_pass_page_answer(r, 200, false, html);
	}
	pass_page_free(&page);
	return (ok);
}

bool
web_pass_page_calendar(struct web_request *r, struct fault *f)
{
	struct pass_page page;
	char *text = NULL;
	bool found, ok;

	ok = web_pass_page_find(r, &page, &found, f);
	if (ok &&
	    (!found || page.state == PASS_PAGE_GONE ||
		page.state == PASS_PAGE_OVER)) {
		ok = web_pass_page_refuse(r, &page, found, f);
	} else if (ok) {
		ok = pass_page_calendar(r->context, &page, &text, f);
		if (ok) {
			reply_header(r, "x-robots-tag", "noindex, nofollow");
			(void)reply_bytes(r, 200,
			    "text/calendar; charset=utf-8", "visit.ics", text,
			    strlen(text));
		}
	}
	pass_page_free(&page);
	return (ok);
}

bool
web_pass_page_picture(struct web_request *r, struct fault *f)
{
	struct pass_page page;
	uint8_t *png;
	bool found, ok;
	size_t len;

	ok = web_pass_page_find(r, &page, &found, f);
	if (ok &&
	    (!found || page.state != PASS_PAGE_OPEN ||
		page.guest->pass == NULL)) {
		ok = web_pass_page_refuse(r, &page, found, f);
	} else if (ok) {
		ok = pass_png(page.guest->pass, PICTURE_SCALE, &png, &len, f);
		if (ok) {
			reply_header(r, "x-robots-tag", "noindex, nofollow");
			(void)reply_bytes(
			    r, 200, "image/png", "pass.png", png, len);
		}
	}
	pass_page_free(&page);
	return (ok);
}

/* What scanners add to an address (?utm_source=...) is not looked at. */
bool
web_pass_page_find(
    struct web_request *r, struct pass_page *page, bool *found, struct fault *f)
{
	memset(page, 0, sizeof(*page));
	*found = false;
	if (!pass_page_valid(r->id[0]))
		return (true);
	if (!request_enter_tag(r, r->id[0], found, f))
		return (false);
	return (
	    !*found || pass_page_find(r->context, r->id[0], page, found, f));
}

/* As the page asks, as the guest was invited, or as the browser prefers. */
enum text_language
web_pass_page_language(struct web_request *r, const struct pass_page *page)
{
	static const char *const languages[] = { "ja", "en" };
	const int asked =
	    query_choice(r, "lang", languages, NELEMS(languages), -1);

	if (asked >= 0)
		return (text_language_of(languages[asked]));
	return (text_language_of(
	    page->guest != NULL ? page->guest->language : r->language));
}

bool
web_pass_page_refuse(struct web_request *r, const struct pass_page *page,
    bool found, struct fault *f)
{
	enum text_key title = TEXT_PASS_UNKNOWN, next = TEXT_PASS_UNKNOWN_NEXT;
	char *html = NULL;

	if (found && page->state == PASS_PAGE_GONE) {
		title = TEXT_PASS_GONE;
		next = TEXT_PASS_GONE_NEXT;
	} else if (found && page->state == PASS_PAGE_CANCELLED) {
		title = TEXT_PASS_CANCELLED;
		next = TEXT_PASS_CANCELLED_NEXT;
	} else if (found) {
		title = TEXT_PASS_OVER;
		next = TEXT_PASS_OVER_NEXT;
	}
	return (web_pass_page_refusal(
		    web_pass_page_language(r, page), title, next, &html, f) &&
	    web_pass_page_answer(r, found ? 410 : 404, false, html));
}

bool
web_pass_page_answer(struct web_request *r, int status, bool forms, char *html)
{
	reply_header(r, "content-security-policy",
	    forms ? PAGE_CSP("'self'") : PAGE_CSP("'none'"));
	if (forms)
		reply_header(r, "referrer-policy", "same-origin");
	reply_header(r, "x-robots-tag", "noindex, nofollow");
	return (reply_bytes(
	    r, status, "text/html; charset=utf-8", NULL, html, strlen(html)));
}
