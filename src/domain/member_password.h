#ifndef GENKAN_MEMBER_PASSWORD_H
#define GENKAN_MEMBER_PASSWORD_H

#include "base.h"
#include "browser.h"
#include "context.h"
#include "password_rule.h"

/*
 * A member's new password: by the one before, or by a link that is mailed to
 * the member's address.  It ends the member's other sessions, makes strangers
 * of all browsers but the one it is set in, and the member is told by mail.
 */

#define MEMBER_PASSWORD_TOKEN_CHARS 32 /* of a link: tag and 26 random */

/* Opaque types. */
struct fault;

enum member_password_outcome {
	MEMBER_PASSWORD_SET,
	MEMBER_PASSWORD_WRONG,   /* the one before is */
	MEMBER_PASSWORD_NO_LINK, /* unknown, used or over */
	MEMBER_PASSWORD_REFUSED, /* see ${verdict} */
	MEMBER_PASSWORD_BLOCKED, /* too many wrong tries: see ${wait} */
	MEMBER_PASSWORD_OUTCOME__MAX
};

struct member_password {
	const char *password; /* the new one */
	const char *cookie;   /* __Host-browser as it came, or NULL */
	enum member_password_outcome outcome;
	enum password_verdict verdict;
	long min;                         /* characters asked for */
	long wait;                        /* seconds */
	char browser[BROWSER_TOKEN_SIZE]; /* what its cookie is to be */
};

/**
 * member_password_judge(ctx, email, new, f):
 * May it be the password of the member with that address?  Fills ${verdict}
 * and ${min}.
 */
bool member_password_judge(struct context *, const char *,
    struct member_password *, struct fault *) MUST_CHECK;

/**
 * member_password_change(ctx, member_id, session_id, current, new, f):
 * Change it in the session of a member who knows the ${current} one.  Slow.
 * Commit even if refused.
 */
bool member_password_change(struct context *, const char *, const char *,
    const char *, struct member_password *, struct fault *) MUST_CHECK;

/**
 * member_password_request(ctx, email, f):
 * Mail a link to the member with that address, good once and for an hour, in
 * place of the one before.  Where there is no such member, or where there were
 * too many requests, nobody is told so, and for an unknown address the same
 * work is done.  Slow.
 */
bool member_password_request(
    struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * member_password_reset(ctx, token, new, f):
 * Set it by the ${token} of such a link (with its tag).  Slow.  If it is
 * refused, roll back: the link is good for another try.
 */
bool member_password_reset(struct context *, const char *,
    struct member_password *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_MEMBER_PASSWORD_H */
