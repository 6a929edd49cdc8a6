#ifndef GENKAN_WEB_OFFICE_H
#define GENKAN_WEB_OFFICE_H

#include <jansson.h>

/* Opaque types. */
struct office;

/**
 * web_office_json(office):
 * An office as the API document has it.
 */
json_t *web_office_json(const struct office *);

#endif /* !GENKAN_WEB_OFFICE_H */
