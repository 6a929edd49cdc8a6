#ifndef GENKAN_HOST_H
#define GENKAN_HOST_H

#include "base.h"
#include "context.h"
#include "db.h"

/* Whom a guest comes to see, and where. */

/* Opaque types. */
struct fault;

/* A member, or a department (walk-ins only). */
struct host {
	uuid_text id;
	bool department;
	char *name;
	char *email;      /* NULL for a department */
	char language[3]; /* of mails */
};

/* The columns of a statement that make a host. */
struct host_columns {
	const char *id;
	const char *name; /* cells */
	const char *email;
	const char *language;
	const char *department; /* its name, where not NULL; or no column */
};

/**
 * host_add(ctx, rows, i, columns, hostsp, np, f):
 * Append the host in row ${i} to ${hostsp}; pass it to host_free_list even
 * after a fault.
 */
bool host_add(struct context *, struct rows *, int, const struct host_columns *,
    struct host **, size_t *, struct fault *) MUST_CHECK;
void host_free_list(struct host *, size_t);

/* An office as a place; texts are never NULL, "" where there is none. */
struct place {
	uuid_text office_id;
	char *office; /* its name */
	char *address;
	char *guidance; /* where to go after the welcome */
	char *map_url;
	char *phone;
	char *time_zone; /* IANA name */
};

/**
 * place_read(rows, i, place, f):
 * From the columns office_id, office, address, guidance, map_url, phone and
 * time_zone.  Pass ${place} to place_free even after a fault.
 */
bool place_read(struct rows *, int, struct place *, struct fault *) MUST_CHECK;
void place_free(struct place *);

#endif /* !GENKAN_HOST_H */
