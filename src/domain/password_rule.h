#ifndef GENKAN_PASSWORD_RULE_H
#define GENKAN_PASSWORD_RULE_H

#include "base.h"

/*
 * What no password may be.  Letters, digits and signs need not be mixed: length
 * counts, and that nobody would try it first (NIST SP 800-63B 5.1.1.2).
 *
 * A password is counted and compared as normalise_password makes it (NFKC, so
 * that full width is half width); spaces count and stay, also at its ends.
 * To see whether it is common it is folded: case, spaces and the width of kana
 * make no other password.
 */

enum password_verdict {
	PASSWORD_GOOD,
	PASSWORD_TOO_SHORT,
	PASSWORD_TOO_COMMON,   /* one of the list, that with some digits or
				* signs around it, a row or a repetition */
	PASSWORD_TOO_PERSONAL, /* little but a name of the person or company */
	PASSWORD_UNREADABLE,   /* no UTF-8, or memory is full */
	PASSWORD_VERDICT__MAX
};

/**
 * password_rule_judge(password, min, names, n):
 * May ${password} be one, where at least ${min} characters are asked for and
 * the ${n} ${names} are known to everybody?
 */
enum password_verdict password_rule_judge(
    const char *, size_t, const char *const *, size_t);

#endif /* !GENKAN_PASSWORD_RULE_H */
