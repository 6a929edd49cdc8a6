#ifndef GENKAN_WEB_PEOPLE_H
#define GENKAN_WEB_PEOPLE_H

#include <jansson.h>

#include "base.h"

/* Opaque types. */
struct fields;
struct member;

/**
 * web_people_member(member):
 * A member as the API document has it.
 */
json_t *web_people_member(const struct member *);

/**
 * web_people_roles(roles):
 * Roles as a list of their names.
 */
json_t *web_people_roles(unsigned);

/**
 * web_people_roles_field(fs, roles):
 * The member "roles", a list of names, as bits; 0 without it.  False, and a
 * complaint, if one is no role's.
 */
bool web_people_roles_field(struct fields *, unsigned *) MUST_CHECK;

#endif /* !GENKAN_WEB_PEOPLE_H */
