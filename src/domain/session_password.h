#ifndef GENKAN_SESSION_PASSWORD_H
#define GENKAN_SESSION_PASSWORD_H

#include "base.h"

/*
 * Passwords: argon2id by libsodium, 64 MiB and two passes (facts: 54 ms and
 * as much as the interactive setting of its authors), in the PHC string form.
 * Slow on purpose: only for threads that may be slow.
 */

#define SESSION_PASSWORD_SIZE 128 /* of the stored form */
#define SESSION_PASSWORD_TEXT \
	4608 /* 128 characters, of each NFKC makes 33 bytes at most */

/* Opaque types. */
struct fault;

/* One password to work on: to compare with ${form}, or to give one. */
struct session_password_work {
	char text[SESSION_PASSWORD_TEXT];
	char form[SESSION_PASSWORD_SIZE]; /* "" to compare with no password */
	bool compare;
	bool good; /* it fits, or ${form} has the stored form */
};

/**
 * session_password_elsewhere(ask):
 * Have ${ask} do the work, which takes 64 MiB and most of a tenth of a second
 * of a core; where it returns false the work is done here.  Set it before
 * there are threads.
 */
void session_password_elsewhere(bool (*)(struct session_password_work *));

/**
 * session_password_work(work):
 * Do it here.
 */
void session_password_work(struct session_password_work *);

/**
 * session_password_hash(password, out, f):
 * The stored form of ${password}, of which the NFKC counts.
 */
bool session_password_hash(
    const char *, char[SESSION_PASSWORD_SIZE], struct fault *) MUST_CHECK;

/**
 * session_password_fits(password, stored):
 * Is it the password?  With ${stored} NULL it is none and takes as long.
 */
bool session_password_fits(const char *, const char *) MUST_CHECK;

/**
 * session_password_is_old(stored):
 * Was it hashed with other parameters than today's?
 */
bool session_password_is_old(const char *) MUST_CHECK;

#endif /* !GENKAN_SESSION_PASSWORD_H */
