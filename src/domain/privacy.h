#ifndef GENKAN_PRIVACY_H
#define GENKAN_PRIVACY_H

#include "base.h"
#include "context.h"
#include "pass_page.h"
#include "person.h"

/*
 * What a visitor may do about their own data.
 *
 *	page's address --> this visit: see, correct the name, cancel
 *	      + mailed code --> this visit: erase
 *	                    --> everything under the e-mail address on record
 *
 * Hosts may have the page's address too, so it alone erases nobody; who left no
 * e-mail address to mail a code to is told whom to ask, as nothing here can
 * show who is asking.  A name it corrects: that is this visit's alone, the
 * hosts are told both, and can put it right.
 *
 * Whoever has the address of the pass page has this one.  Each form carries a
 * token that one change or one mailed code uses up.  The code has six digits,
 * lives ten minutes and is exchanged for a grant of half an hour, which the
 * page's forms carry; both are void once the guest has another address.  Tries
 *and mails are counted (guess.h), so refusals have to be committed.
 */

#define PRIVACY_FORM_CHARS  64
#define PRIVACY_GRANT_CHARS 26

/* Opaque types. */
struct fault;

enum privacy_verdict {
	PRIVACY_OK,
	PRIVACY_STALE,     /* the form was used, or is none of ours */
	PRIVACY_WAIT,      /* too many tries */
	PRIVACY_INSIDE,    /* not before they have left */
	PRIVACY_NO_EMAIL,  /* there is no address to mail a code to */
	PRIVACY_WRONG,     /* code is wrong, used or too old */
	PRIVACY_NOT_ASKED, /* there is no grant, or it is over */
	PRIVACY_VERDICT__MAX
};

/* What deleting would do now. */
enum privacy_deletion {
	PRIVACY_CANCEL, /* the visit is yet to come: say that one does not */
	PRIVACY_LATER,  /* inside: first they have to leave */
	PRIVACY_GRANT,  /* erase, for whoever has the mailed code */
	PRIVACY_ASK,    /* nobody can be mailed a code: ask the company */
	PRIVACY_DELETION__MAX
};

typedef char privacy_form_text[PRIVACY_FORM_CHARS + 1];
typedef char privacy_grant_text[PRIVACY_GRANT_CHARS + 1];

/**
 * privacy_deletion(page):
 * What deletion means for the page's guest.
 */
enum privacy_deletion privacy_deletion(const struct pass_page *);

/**
 * privacy_form(ctx, page, out, f):
 * The token of the next form of this page.
 */
bool privacy_form(struct context *, const struct pass_page *, privacy_form_text,
    struct fault *) MUST_CHECK;

/**
 * privacy_channels(ctx, named, f):
 * Are there chats or other programs that are told visitors' names?
 */
bool privacy_channels(struct context *, bool *, struct fault *) MUST_CHECK;

/**
 * privacy_rename(ctx, page, form, name, verdict, f):
 * Correct the guest's name; the hosts are told.
 * privacy_delete(ctx, page, form, grant, done, verdict, f):
 * Cancel or erase, whichever privacy_deletion says; ${done} gets which.  A
 * ${grant} that lives stands in for ${form}; "" is none.
 * privacy_mail(ctx, page, form, verdict, f):
 * Mail a fresh code to the address on record.
 * privacy_exchange(ctx, page, code, grant, verdict, f):
 * Take the code and give a grant for it.
 */
bool privacy_rename(struct context *, const struct pass_page *, const char *,
    const char *, enum privacy_verdict *, struct fault *) MUST_CHECK;
bool privacy_delete(struct context *, const struct pass_page *, const char *,
    const char *, enum privacy_deletion *, enum privacy_verdict *,
    struct fault *) MUST_CHECK;
bool privacy_mail(struct context *, const struct pass_page *, const char *,
    enum privacy_verdict *, struct fault *) MUST_CHECK;
bool privacy_exchange(struct context *, const struct pass_page *, const char *,
    privacy_grant_text, enum privacy_verdict *, struct fault *) MUST_CHECK;

/**
 * privacy_person(ctx, page, grant, person, verdict, f):
 * The first page of everything under the guest's e-mail address, if ${grant}
 * opens it; those below go through all pages of it.  Pass ${person} to
 * person_free in any case. privacy_rename_all(ctx, person, page, name, f):
 * Correct the name of every guest of ${person} who is called as the page's.
 * privacy_erase_all(ctx, person, page, inside, f):
 * Erase every guest of ${person}; ${inside} gets how many are inside and so
 * stay.
 */
bool privacy_person(struct context *, const struct pass_page *, const char *,
    struct person *, enum privacy_verdict *, struct fault *) MUST_CHECK;
bool privacy_rename_all(struct context *, struct person *,
    const struct pass_page *, const char *, struct fault *) MUST_CHECK;
bool privacy_erase_all(struct context *, struct person *,
    const struct pass_page *, size_t *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_PRIVACY_H */
