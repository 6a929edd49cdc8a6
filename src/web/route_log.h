#ifndef GENKAN_ROUTE_LOG_H
#define GENKAN_ROUTE_LOG_H

#include "base.h"

#include "route.h"

/*
 * What the operation log gets of each route.  A route that nobody listed in
 * route_log.c gets most: a row for whatever it changes or shows, under a name
 * made of its path.  So nobody can forget it; to be quiet takes a reason.
 */

#define ROUTE_ACTION_SIZE 64

enum route_log_kind {
	ROUTE_WRITES, /* changes or hands out something */
	ROUTE_SHOWS,  /* personal data, perhaps of others */
	ROUTE_QUIET,  /* neither */
	ROUTE_LOG_KIND__MAX
};

struct route_log {
	enum route_log_kind kind;
	char action[ROUTE_ACTION_SIZE]; /* "visit.shown" */
	const char *why;                /* of a quiet one */
};

/**
 * route_log_of(route):
 * What is to be noted of ${route}: of WRITES, where the handler has not said
 * what was done, that it was; of SHOWS, that somebody looked, unless nothing
 * but the asker's own was shown; of all, under ${action}, what was refused.
 */
const struct route_log *route_log_of(const struct route *);

#endif /* !GENKAN_ROUTE_LOG_H */
