#ifndef GENKAN_SIGN_IN_POLICY_H
#define GENKAN_SIGN_IN_POLICY_H

#include "base.h"
#include "context.h"

/*
 * What a company asks of its members' passwords and sessions.  A change holds
 * at once, for sessions that are open too.  Passwords have no other rules than
 * a length and what password_rule.h refuses; they never expire.
 */

#define SIGN_IN_PASSWORD_MIN 8 /* the floor of every company */
#define SIGN_IN_PASSWORD_MAX 128
#define SIGN_IN_IDLE_MIN     5 /* minutes */
#define SIGN_IN_IDLE_MAX     1440
#define SIGN_IN_LONGEST_MIN  1 /* hours */
#define SIGN_IN_LONGEST_MAX  720

/* Opaque types. */
struct fault;

struct sign_in_policy {
	long password_min;  /* characters; 12 unless it was changed */
	long idle_minutes;  /* a session ends unused; 8 hours */
	long longest_hours; /* a session ends in any case; 7 days */
	long version;       /* 0 while nobody has changed anything */
};

/**
 * sign_in_policy_show(ctx, policy, f):
 * The rules of the company.
 */
bool sign_in_policy_show(
    struct context *, struct sign_in_policy *, struct fault *) MUST_CHECK;

/**
 * sign_in_policy_set(ctx, policy, conflict, f):
 * Set them, unless somebody has since ${policy}->version; its version is then
 * the new one.
 */
bool sign_in_policy_set(struct context *, struct sign_in_policy *, bool *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_SIGN_IN_POLICY_H */
