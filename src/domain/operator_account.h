#ifndef GENKAN_OPERATOR_ACCOUNT_H
#define GENKAN_OPERATOR_ACCOUNT_H

#include "base.h"
#include "context.h"
#include "password_rule.h"
#include "session_factor.h"

/*
 * Accounts of those who run the installation.  The command line makes them; a
 * link that is good once and for a day lets the operator set a password, and
 * the first sign-in has to set up an authenticator before anything else.
 *
 *	invited --sign up--> active <--disable, enable--> disabled
 *	   ^------- reset ------+
 *
 * Every function runs as role genkan_operator, without an open transaction, and
 * writes what it did to the operator's log.
 */

#define OPERATOR_ACCOUNT_NAME_MAX     100 /* code points */
#define OPERATOR_ACCOUNT_TOKEN_CHARS  32  /* of a sign-up link */
#define OPERATOR_ACCOUNT_HOURS        24  /* it is good for */
#define OPERATOR_ACCOUNT_PASSWORD_MIN 12

/* Opaque types. */
struct fault;
struct rows;

enum operator_account_outcome {
	OPERATOR_ACCOUNT_DONE,
	OPERATOR_ACCOUNT_EMAIL_BAD,
	OPERATOR_ACCOUNT_NAME_BAD,
	OPERATOR_ACCOUNT_TAKEN,
	OPERATOR_ACCOUNT_UNKNOWN,  /* none of that address in such a state */
	OPERATOR_ACCOUNT_LINK_BAD, /* used, over, or none */
	OPERATOR_ACCOUNT_PASSWORD_BAD,
	OPERATOR_ACCOUNT_BLOCKED, /* too many tries: wait */
	OPERATOR_ACCOUNT_OUTCOME__MAX
};

/**
 * operator_account_create(ctx, email, name, token, until, outcome, f),
 * operator_account_reset(ctx, email, token, until, outcome, f):
 * A new account; an account that has lost its password or authenticator.
 * Either comes in by ${token}, until then.
 */
bool operator_account_create(struct context *, const char *, const char *,
    char[OPERATOR_ACCOUNT_TOKEN_CHARS + 1], int64_t *,
    enum operator_account_outcome *, struct fault *) MUST_CHECK;
bool operator_account_reset(struct context *, const char *,
    char[OPERATOR_ACCOUNT_TOKEN_CHARS + 1], int64_t *,
    enum operator_account_outcome *, struct fault *) MUST_CHECK;

/**
 * operator_account_disable(ctx, email, disabled, outcome, f):
 * From the next request on nobody is signed in with it; or somebody may again.
 */
bool operator_account_disable(struct context *, const char *, bool,
    enum operator_account_outcome *, struct fault *) MUST_CHECK;

/**
 * operator_account_list(ctx, rows, f):
 * id, email, name, state and has_factor of all.
 */
bool operator_account_list(
    struct context *, struct rows **, struct fault *) MUST_CHECK;

/**
 * operator_account_sign_up(ctx, token, password, verdict, wait, outcome, f):
 * Set the password of who has the link, which is used up by this.
 */
bool operator_account_sign_up(struct context *, const char *, const char *,
    enum password_verdict *, long *, enum operator_account_outcome *,
    struct fault *) MUST_CHECK;

/**
 * operator_account_enrol(ctx, id, secret, done, f):
 * A ${secret} for the authenticator, good once a first code of it was shown
 * within 15 minutes.  ${done} is false if there is one in use.
 */
bool operator_account_enrol(struct context *, const char *,
    char[SESSION_TOTP_CHARS + 1], bool *, struct fault *) MUST_CHECK;

/**
 * operator_account_confirm(ctx, id, code, codes, outcome, wait, f),
 * operator_account_check(ctx, id, recovery, code, outcome, wait, f):
 * In the open transaction of operator_session.c: the first code, which makes it
 * the second factor and brings ten recovery codes; is ${code} (of the
 * authenticator or one of those) good, and used up by this?
 */
bool operator_account_confirm(struct context *, const char *, const char *,
    session_recovery_codes, enum session_factor_outcome *, long *,
    struct fault *) MUST_CHECK;
bool operator_account_check(struct context *, const char *, bool, const char *,
    enum session_factor_outcome *, long *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATOR_ACCOUNT_H */
