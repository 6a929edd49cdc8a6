#ifndef GENKAN_STRANGER_H
#define GENKAN_STRANGER_H

#include "base.h"

/*
 * Sign-ins to companies that do not exist, and resets of passwords there.  They
 * are counted as those to real ones are (domain/guess.h), or the count would
 * tell which companies there are, and whoever makes up names could keep every
 * core hashing passwords.  As no tenant's table can hold them, they are counted
 * in memory shared by the workers; a restart forgets them.
 */

/* Opaque types. */
struct fault;

/**
 * stranger_start(f):
 * Make the shared memory, before the first fork.
 */
bool stranger_start(struct fault *) MUST_CHECK;

enum stranger_kind { STRANGER_SIGN_IN, STRANGER_RESET, STRANGER_KIND__MAX };

/**
 * stranger_take(kind, company, email, address):
 * Count one try.  Returns 0 if its password may be looked at, otherwise the
 * seconds until the next.
 */
long stranger_take(
    enum stranger_kind, const char *, const char *, const char *);

#endif /* !GENKAN_STRANGER_H */
