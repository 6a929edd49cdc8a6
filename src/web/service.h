#ifndef GENKAN_SERVICE_H
#define GENKAN_SERVICE_H

#include "base.h"

/* How the parts are that web itself leans on. */

/* Opaque types. */
struct fault;
struct web_request;

struct service {
	bool kms, decode, courier; /* is it there? */
};

/**
 * service_look(r, service, f):
 * Ask each.  FAULT_DB_AWAY: the database is not there, and so nothing works.
 */
bool service_look(
    struct web_request *, struct service *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SERVICE_H */
