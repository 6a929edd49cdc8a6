#ifndef GENKAN_ROLE_H
#define GENKAN_ROLE_H

/* The roles of a member, a bit each; the names in the database and the API
 * are these in lower case without ROLE_. */
enum role {
	ROLE_MEMBER = 1,
	ROLE_RECEPTION = 2,
	ROLE_OPERATIONS_ADMIN = 4,
	ROLE_ACCOUNT_ADMIN = 8,
	ROLE_SYSTEM_ADMIN = 16, /* may all that the others may */
};

#endif /* !GENKAN_ROLE_H */
