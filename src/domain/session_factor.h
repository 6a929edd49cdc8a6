#ifndef GENKAN_SESSION_FACTOR_H
#define GENKAN_SESSION_FACTOR_H

#include "base.h"
#include "context.h"
#include "session_totp.h"

/*
 * The second factor of a member: an authenticator's codes (session_totp.h) or
 * codes by SMS, with ten recovery codes for the day these are lost.
 *
 *	(none) --enrol--> new --first code--> active --reset--> (none)
 *
 * Tries are counted by account: five wrong ones, of whatever kind, and even
 * the right one has to wait.  Each code is good once: the step of an
 * authenticator's code is moved on, and a recovery code marked, by the
 * statement that accepts it.
 */

#define SESSION_RECOVERY_CODES 10
#define SESSION_RECOVERY_CHARS 16 /* of 31 symbols: 79 bits */

/* Opaque types. */
struct fault;

enum session_factor_kind {
	SESSION_FACTOR_TOTP,
	SESSION_FACTOR_SMS,
	SESSION_FACTOR_RECOVERY,
	SESSION_FACTOR_KIND__MAX
};

/* A member's, as the member may see it. */
struct session_factor_state {
	bool totp;
	bool sms;
	bool sms_possible;  /* the company has a gateway */
	char phone_end[5];  /* the last four digits, or "" */
	int recovery_codes; /* left */
};

/**
 * session_factor_show(ctx, member_id, state, f):
 * What the member has set up.
 */
bool session_factor_show(struct context *, const char *,
    struct session_factor_state *, struct fault *) MUST_CHECK;

/**
 * session_factor_enrol_totp(ctx, member_id, secret, f):
 * Make a ${secret} for the member, good once a first code of it was shown
 * within 15 minutes.
 */
bool session_factor_enrol_totp(struct context *, const char *,
    char[SESSION_TOTP_CHARS + 1], struct fault *) MUST_CHECK;

enum session_factor_outcome {
	SESSION_FACTOR_DONE,
	SESSION_FACTOR_WRONG,   /* the code is, or was used before */
	SESSION_FACTOR_BLOCKED, /* too many wrong ones: wait */
	SESSION_FACTOR_NONE,    /* nothing waits for this code any more */
	SESSION_FACTOR_OUTCOME__MAX
};

typedef char session_recovery_codes[SESSION_RECOVERY_CODES]
				   [SESSION_RECOVERY_CHARS + 1];

/**
 * session_factor_confirm(ctx, member_id, session_id, kind, code, codes, n,
 *	outcome, wait, f):
 * The first ${code} makes what was enrolled the member's second factor.
 * ${codes} gets recovery codes if the member has none: ${n} of them.
 */
bool session_factor_confirm(struct context *, const char *, const char *,
    enum session_factor_kind, const char *, session_recovery_codes, size_t *,
    enum session_factor_outcome *, long *, struct fault *) MUST_CHECK;

/**
 * session_factor_check(ctx, member_id, kind, code, outcome, wait, f):
 * Is ${code} good, and used up by this?  With SESSION_FACTOR_BLOCKED ${wait} is
 * how many seconds.  Commit even if it is refused.
 */
bool session_factor_check(struct context *, const char *,
    enum session_factor_kind, const char *, enum session_factor_outcome *,
    long *, struct fault *) MUST_CHECK;

/**
 * session_factor_renew_codes(ctx, member_id, codes, f):
 * Ten new recovery codes; the old ones are good for nothing.
 */
bool session_factor_renew_codes(struct context *, const char *,
    session_recovery_codes, struct fault *) MUST_CHECK;

/**
 * session_factor_code_make(code), session_factor_compact(typed):
 * A fresh recovery code; a code as it was made, from whatever width, case and
 * groups it was typed in (NULL if memory is full).  The caller passes the
 * latter to tenant_text_free.
 */
void session_factor_code_make(char[SESSION_RECOVERY_CHARS + 1]);
char *session_factor_compact(const char *) MUST_CHECK;

/**
 * session_factor_reset(ctx, member_id, had, f):
 * Take a member's second factor and recovery codes away, and end the member's
 * sessions.  ${had}: there was one.
 */
bool session_factor_reset(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;

/* Who must have a second factor. */
enum session_factor_requirement {
	SESSION_FACTOR_FOR_NOBODY,
	SESSION_FACTOR_FOR_ROLES,
	SESSION_FACTOR_FOR_ALL,
	SESSION_FACTOR_REQUIREMENT__MAX
};

struct session_factor_rule {
	enum session_factor_requirement requirement;
	unsigned roles; /* of enum role, with FOR_ROLES */
	int version;
};

/**
 * session_factor_rule_show(ctx, rule, f),
 * session_factor_rule_update(ctx, rule, done, f):
 * The tenant's rule; it holds from the next request of everybody.  ${done} is
 * false if somebody else changed it since ${rule}->version, which grows.
 */
bool session_factor_rule_show(
    struct context *, struct session_factor_rule *, struct fault *) MUST_CHECK;
bool session_factor_rule_update(struct context *, struct session_factor_rule *,
    bool *, struct fault *) MUST_CHECK;

/**
 * session_factor_requirement_names():
 * Their names in the database and the API, in the order of the enum.
 */
const char *const *session_factor_requirement_names(void);

#endif /* !GENKAN_SESSION_FACTOR_H */
