#ifndef GENKAN_ROLE_H
#define GENKAN_ROLE_H

#include "base.h"

/* The roles of a member, a bit each; the names in the database and the API
 * are these in lower case without ROLE_. */
enum role {
	ROLE_MEMBER = 1,
	ROLE_RECEPTION = 2,
	ROLE_OPERATIONS_ADMIN = 4,
	ROLE_ACCOUNT_ADMIN = 8,
	ROLE_SYSTEM_ADMIN = 16, /* may all that the others may */
};

#define ROLE_COUNT 5

/*
 * Which roles have which right: the only place that says it.  A route names a
 * right where it wants roles; 0 there is whoever is signed in.  A member's own
 * appointments and visits are no matter of roles: the domain compares ids.
 *
 * Who gives roles: a system administrator all of them; an account
 * administrator all but ROLE_SYSTEM_ADMIN, to others also those they do not
 * have, as the job is to set up who runs the house.  Nobody but a system
 * administrator raises themselves.  member_judge (member.h) decides it.
 */
enum right {
	/* the day at the member's offices: check in, depart, evacuation list */
	RIGHT_RECEPTION =
	    ROLE_RECEPTION | ROLE_OPERATIONS_ADMIN | ROLE_SYSTEM_ADMIN,
	/* offices, devices, purposes, rooms, channels, deliveries */
	RIGHT_OPERATIONS = ROLE_OPERATIONS_ADMIN | ROLE_SYSTEM_ADMIN,
	/* all appointments and visits, of whatever host and office */
	RIGHT_ALL_VISITS = ROLE_OPERATIONS_ADMIN | ROLE_SYSTEM_ADMIN,
	/* imports, exports */
	RIGHT_EXPORT = ROLE_OPERATIONS_ADMIN | ROLE_SYSTEM_ADMIN,
	/* members, departments, roles, second factors */
	RIGHT_ACCOUNTS = ROLE_ACCOUNT_ADMIN | ROLE_SYSTEM_ADMIN,
	/* security settings, operation log, contract, retention */
	RIGHT_SYSTEM = ROLE_SYSTEM_ADMIN,
};

/**
 * role_parse(words):
 * The bits of role names separated by spaces; unknown words count for nothing.
 */
unsigned role_parse(const char *);

#define ROLE_WORDS_SIZE 128

/**
 * role_write(roles, out):
 * The other way round.
 */
void role_write(unsigned, char[ROLE_WORDS_SIZE]);

/**
 * role_name(i), role_names():
 * The name of bit ${i} (0 .. ROLE_COUNT - 1); all of them in that order.
 */
const char *role_name(size_t);
const char *const *role_names(void);

#endif /* !GENKAN_ROLE_H */
