#ifndef GENKAN_WEB_PEOPLE_H
#define GENKAN_WEB_PEOPLE_H

#include <jansson.h>

/* Opaque types. */
struct member;

/**
 * web_people_member(member):
 * A member as the API document has it.
 */
json_t *web_people_member(const struct member *);

#endif /* !GENKAN_WEB_PEOPLE_H */
