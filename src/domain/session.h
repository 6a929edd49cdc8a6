#ifndef GENKAN_SESSION_H
#define GENKAN_SESSION_H

#include "base.h"
#include "context.h"

/*
 * A session is what signing in gives: a 256-bit random token in the cookie
 * __Host-session, written TAG "." 52 base32 characters, of which the database
 * has a keyed hash.  It ends without use after 8 hours, or as the company's
 * rules say (sign_in_policy.h), in any case after 7 days, and at once when the
 * member signs out or is disabled.
 *
 * A session whose member has a second factor (session_factor.h) is good for
 * showing it and for nothing else until it has: ${need} says so, on each
 * request.  So is one whose member must have a second factor and has none, for
 * setting one up.  Once it was shown, the session is trusted until it ends.
 */

#define SESSION_COOKIE          "__Host-session"
#define SESSION_SECRET_CHARS    52 /* base32, 260 bits */
#define SESSION_TOKEN_SIZE      (6 + 1 + SESSION_SECRET_CHARS + 1)
#define SESSION_PENDING_SECONDS (15 * 60) /* to show the second factor */

/* Opaque types. */
struct fault;

enum session_verdict {
	SESSION_VALID,
	SESSION_NONE,      /* unknown, ended or over: sign in */
	SESSION_SUSPENDED, /* the tenant is: refuse every request */
	SESSION_ADDRESS,   /* the tenant's rule does not admit the address */
	SESSION_ENDED,     /* the contract has, for this member */
	SESSION_VERDICT__MAX
};

/* What a session is to do before anything else. */
enum session_need {
	SESSION_NEED_NOTHING,
	SESSION_NEED_CODE,      /* show the second factor */
	SESSION_NEED_ENROLMENT, /* set one up */
	SESSION_NEED__MAX
};

struct session {
	uuid_text id;
	uuid_text member_id;
	unsigned roles; /* of enum role, a bit each */
	enum session_need need;
	bool ending;      /* the contract has ended: reading and export only */
	char language[3]; /* the member's */
	char csrf[65];    /* what X-CSRF-Token must be; derived, not stored */
	int64_t expires_at; /* milliseconds; when it ends if not used again */
};

/**
 * session_find(ctx, token, session, verdict, f):
 * Whose session is the cookie ${token} (the whole value, with its tag)?
 * ${ctx} is in the scope of the tag's tenant, and its actor has the address.
 * Filled only if SESSION_VALID.
 * Notes the use, once a minute at most.
 */
bool session_find(struct context *, const char *, struct session *,
    enum session_verdict *, struct fault *) MUST_CHECK;

/* What became of an attempt to sign in. */
enum session_attempt {
	SESSION_SIGNED_IN,
	SESSION_REFUSED, /* account or password is wrong; nobody says which */
	SESSION_BLOCKED, /* too many tries: wait */
	SESSION_ATTEMPT__MAX
};

/* Where somebody signs in. */
struct session_place {
	const char *cookie; /* __Host-browser as it came, or NULL */
	const char *agent;  /* what the browser says it is, or "" */
	char browser[SESSION_TOKEN_SIZE]; /* what its cookie is to be */
};

/**
 * session_create(ctx, email, password, place, token, session, attempt, wait,
 *     f):
 * Try to sign in from the address of ${ctx}'s actor.  With SESSION_SIGNED_IN
 * ${token} is the cookie, ${place}->browser that of the browser, which is known
 * from now on (browser.h), and ${session} is filled; with SESSION_BLOCKED
 * ${wait} is how many seconds.  A try is counted and the transaction committed
 * before the password is looked at; the one then begun must be committed even
 * if it is refused.  Takes as long for unknown accounts.
 */
bool session_create(struct context *, const char *, const char *,
    struct session_place *, char[SESSION_TOKEN_SIZE], struct session *,
    enum session_attempt *, long *, struct fault *) MUST_CHECK;

/**
 * session_waste(password):
 * Take the time of an attempt where there is not even a tenant.
 */
void session_waste(const char *);

/* A session as its member sees it among the others. */
struct session_row {
	uuid_text id;
	int64_t created_at; /* milliseconds */
	int64_t seen_at;    /* exact to the minute */
	char address[46];
	char browser[257]; /* what it says it is, or "" */
};

/**
 * session_prove(ctx, id, token, session, f):
 * The second factor was shown: from now on the session has the cookie
 * ${token}, and another CSRF token, in place of those it had.
 */
bool session_prove(struct context *, const char *, char[SESSION_TOKEN_SIZE],
    struct session *, struct fault *) MUST_CHECK;

/**
 * session_need_name(need):
 * Its name in the API.
 */
const char *session_need_name(enum session_need);

/**
 * session_list(ctx, member_id, rows, n, f):
 * The member's sessions, the one used last on top.  The caller frees ${rows}.
 */
bool session_list(struct context *, const char *, struct session_row **,
    size_t *, struct fault *) MUST_CHECK;

/**
 * session_delete(ctx, id, f), session_delete_own(ctx, id, member_id, found, f),
 * session_delete_others(ctx, member_id, id, f), session_delete_all(ctx,
 * member_id, f):
 * End one session; one if it is that member's; all of a member's but one; all.
 */
bool session_delete(struct context *, const char *, struct fault *) MUST_CHECK;
bool session_delete_own(struct context *, const char *, const char *, bool *,
    struct fault *) MUST_CHECK;
bool session_delete_others(
    struct context *, const char *, const char *, struct fault *) MUST_CHECK;
bool session_delete_all(
    struct context *, const char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SESSION_H */
