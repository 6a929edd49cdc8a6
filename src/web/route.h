#ifndef GENKAN_ROUTE_H
#define GENKAN_ROUTE_H

#include "base.h"

/*
 * The URL map of the product is the table in route.c: what is not there does
 * not exist.  With GENKAN_SERVE=operator it is the one in operator_route.c, and
 * nothing of the other exists.
 */

/* Opaque types. */
struct fault;
struct web_request;

/**
 * web_<resource>_<verb>(r, f):
 * A handler: straight-line code on a job thread, inside the request's
 * transaction.  It reads ${r}, calls the domain, and answers exactly once with
 * one of the reply_ functions.  Return false when a call below returned false:
 * the dispatcher then rolls back, logs ${f} and answers with an incident
 * number.
 */
typedef bool web_handler(struct web_request *, struct fault *);

/* Whose word counts on a route; a bit each, several may be named together. */
enum route_credential {
	CREDENTIAL_NONE = 0,
	CREDENTIAL_SESSION = 1, /* cookie __Host-session, second factor done */
	CREDENTIAL_PENDING = 2, /* the same before its second factor */
	CREDENTIAL_KEY = 4,     /* Authorization: Bearer, an API key */
	CREDENTIAL_DEVICE = 8,  /* cookie __Host-device */
	CREDENTIAL_ENROLLING =
	    16, /* as PENDING, with a second factor yet to be set up */
};

enum route_body {
	BODY_NONE,
	BODY_JSON,
	BODY_JPEG,
	BODY_CSV,
	BODY_FORM, /* of a page without scripts: read as the query is */
	ROUTE_BODY__MAX
};

/* Who runs the handler. */
enum route_queue {
	QUEUE_INLINE, /* the loop thread: no database, no waiting */
	QUEUE_JOB,    /* a job thread */
	QUEUE_CPU,    /* one of as many threads as cores: passwords */
	QUEUE_STREAM, /* a job thread, answering by stream_write */
	QUEUE_SOCKET, /* a job thread admits; then the loop feeds it */
	ROUTE_QUEUE__MAX
};

struct route {
	const char *method;
	const char *path;    /* "/api/v1/visits/{id}"; {id} is a uuid */
	unsigned credential; /* of enum route_credential */
	unsigned roles;      /* of enum right: one of these, 0 is any */
	unsigned scope;      /* of enum api_key_scope: what a key needs */
	enum route_body body;
	size_t body_max; /* bytes */
	enum route_queue queue;
	bool idempotent; /* Idempotency-Key is required and kept */
	web_handler *handler;
};

#define ROUTE_IDS_MAX 2

/**
 * route_of_operator():
 * Does this server serve the operator, and nobody else?
 */
bool route_of_operator(void);

/**
 * route_find(method, path, ids, allow, size):
 * The entry for ${method} and ${path}, with the pieces that stand for {...}
 * copied to ${ids}.  NULL if there is none; then ${allow} (${size} bytes)
 * lists the methods that ${path} does have, "" if it has none.
 */
const struct route *route_find(const char *, const char *,
    char[ROUTE_IDS_MAX][64], char *, size_t) MUST_CHECK;

/**
 * route_count(), route_at(i):
 * The whole table, for tests and for the start-up check.
 */
size_t route_count(void);
const struct route *route_at(size_t);

#endif /* !GENKAN_ROUTE_H */
