#ifndef GENKAN_PASS_PAGE_H
#define GENKAN_PASS_PAGE_H

#include "appointment.h"
#include "base.h"
#include "calendar.h"
#include "context.h"

/*
 * The guest's own page.  Whoever has its address has the pass, so the address
 * is as long as a pass and only its keyed hash is looked up.  Reading it
 * changes nothing: mail scanners follow links.
 */

#define PASS_PAGE_TOKEN                                      \
	32 /* characters: the tenant's tag and 26 of its own \
	    */

/* Opaque types. */
struct fault;

enum pass_page_state {
	PASS_PAGE_OPEN,
	PASS_PAGE_CANCELLED, /* the appointment, or this guest of it */
	PASS_PAGE_OVER,      /* the last day has passed */
	PASS_PAGE_GONE,      /* seven days ago: nothing is shown any more */
	PASS_PAGE_STATE__MAX
};

struct pass_page {
	enum pass_page_state state;
	struct appointment appointment;
	const struct guest *guest; /* of the appointment; NULL when gone */
	bool inside;               /* has checked in and not left */
};

/**
 * pass_page_valid(token):
 * Could ${token} be the last part of a page's address?
 */
bool pass_page_valid(const char *) MUST_CHECK;

/**
 * pass_page_find(ctx, token, page, found, f):
 * Whose page it is; the scope is already that of the token's tag.  The caller
 * passes ${page} to pass_page_free, found or not.
 */
bool pass_page_find(struct context *, const char *, struct pass_page *, bool *,
    struct fault *) MUST_CHECK;
void pass_page_free(struct pass_page *);

/**
 * pass_page_calendar(ctx, page, text, f):
 * The appointment as a calendar file to download, with the UID of the
 * invitation's; the caller frees it.
 */
bool pass_page_calendar(struct context *, const struct pass_page *, char **,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_PASS_PAGE_H */
