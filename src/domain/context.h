#ifndef GENKAN_CONTEXT_H
#define GENKAN_CONTEXT_H

#include "base.h"
#include "db.h"

/*
 * What every function of the domain works with: one connection, one tenant,
 * and who is acting.  Made by the program for one request or one job.
 */

/* Opaque types. */
struct kms_client;

enum actor_kind {
	ACTOR_NONE, /* nobody is signed in yet */
	ACTOR_MEMBER,
	ACTOR_DEVICE,
	ACTOR_API_KEY,
	ACTOR_OPERATOR,
	ACTOR_GUEST,  /* whoever has the pass page's address */
	ACTOR_SYSTEM, /* the house itself: automatic departure, courier */
	ACTOR_KIND__MAX
};

struct actor {
	enum actor_kind kind;
	uuid_text id;     /* "" where there is none */
	char address[46]; /* INET6_ADDRSTRLEN */
};

struct context {
	struct db *db;
	struct kms_client *kms;
	struct scope scope;
	struct actor actor;
	bool logged; /* is the deed on record?  See operation_log.h */
};

#endif /* !GENKAN_CONTEXT_H */
