#ifndef GENKAN_NOTICE_POST_H
#define GENKAN_NOTICE_POST_H

#include "base.h"
#include "context.h"
#include "letter.h"
#include "notice.h"
#include "tenant.h"

/* How a notice becomes rows of the outbox; used by the notice_*.c files. */

/* Opaque types. */
struct fault;
struct calendar;

#define NOTICE_MINUTE 60L
#define NOTICE_HOUR   3600L
#define NOTICE_DAY    86400L

/* One mail to be; what may be NULL says so. */
struct notice_mail {
	const char *topic;
	const struct tenant *tenant;
	const char *to_name;
	const char *to;
	const char *reply_name; /* or NULL */
	const char *reply;      /* or NULL */
	const char *subject;
	const struct letter *letter;
	const char *pass;                 /* drawn into the letter, or NULL */
	const struct calendar *calendar;  /* or NULL */
	const struct notice_mail *bounce; /* goes if this is refused, or NULL */
	const char *appointment_id;       /* each or NULL */
	const char *guest_id;
	const char *visit_id;
	bool decoy; /* costs as much as another, and goes nowhere */
	long delay; /* seconds */
	long life;
};

/**
 * notice_mail_add(ctx, mail, f):
 * Put the draft of ${mail} into the outbox.  A recipient whose address is
 * none, and a reply address that is none, are left out.
 */
bool notice_mail_add(
    struct context *, const struct notice_mail *, struct fault *) MUST_CHECK;

/**
 * notice_mail_text(mail, id, textp, f):
 * The draft of ${mail}, which no other follows if it bounces, as the payload of
 * the row ${id}; for who adds many.  NULL if the recipient's address is none.
 * The caller passes the text to tenant_text_free.
 */
bool notice_mail_text(const struct notice_mail *, const char *, char **,
    struct fault *) MUST_CHECK;

/**
 * notice_welcome(tenant, member, url, expires, id, textp, f):
 * The mail that lets one new member in by ${url}, as notice_mail_text has it.
 */
bool notice_welcome(const struct tenant *, const struct notice_member *,
    const char *, struct notice_time, const char *, char **,
    struct fault *) MUST_CHECK;

/**
 * notice_memory(f):
 * Say that memory is full; always false.
 */
bool notice_memory(struct fault *);

/**
 * notice_admin_url(language, out, size):
 * The address of the admin page.
 */
void notice_admin_url(enum text_language, char *, size_t);

#endif /* !GENKAN_NOTICE_POST_H */
