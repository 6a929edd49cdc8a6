#ifndef GENKAN_NETWORK_RULE_H
#define GENKAN_NETWORK_RULE_H

#include "base.h"
#include "context.h"
#include "network.h"

/*
 * From which networks a tenant may be used: a list for the admin page, one for
 * devices, one for API keys.  Sessions, devices and keys are looked up together
 * with their list (session_find and its likes), so each request is checked
 * against the list as it is then.  Guests' pass pages are open to all.
 */

#define NETWORK_RULE_MAX  100 /* networks of one list */
#define NETWORK_RULE_SIZE (NETWORK_RULE_MAX * NETWORK_SIZE)

/* Opaque types. */
struct fault;

enum network_rule_list {
	NETWORK_RULE_ADMIN,
	NETWORK_RULE_DEVICES,
	NETWORK_RULE_API_KEYS,
	NETWORK_RULE_LIST__MAX
};

struct network_rule {
	int version; /* 0: none was ever saved */
	char lists[NETWORK_RULE_LIST__MAX][NETWORK_RULE_SIZE]; /* lines */
};

enum network_rule_outcome {
	NETWORK_RULE_DONE,
	NETWORK_RULE_CONFLICT,   /* somebody else changed it first */
	NETWORK_RULE_LOCKED_OUT, /* the list would refuse its own author */
	NETWORK_RULE_OUTCOME__MAX
};

/**
 * network_rule_name(list):
 * The name of ${list} in the database and the API.
 */
const char *network_rule_name(enum network_rule_list);

/**
 * network_rule_show(ctx, rule, f):
 * The rule in force.
 */
bool network_rule_show(
    struct context *, struct network_rule *, struct fault *) MUST_CHECK;

/**
 * network_rule_add(rule, list, network):
 * Put ${network} at the end of a list of at most NETWORK_RULE_MAX, unless it
 * is there already.
 */
void network_rule_add(
    struct network_rule *, enum network_rule_list, const struct network *);

/**
 * network_rule_update(ctx, rule, outcome, f):
 * Replace the rule whose version was read by ${rule}, which then has the new
 * version.  A list for the admin page that does not hold the address of
 * ${ctx}'s actor is refused.
 */
bool network_rule_update(struct context *, struct network_rule *,
    enum network_rule_outcome *, struct fault *) MUST_CHECK;

/**
 * network_rule_enter(ctx, list, action, admitted, f):
 * May whoever is nobody yet come in from the address of ${ctx}'s actor?  A
 * refusal is noted as one of ${action}: commit although it is one.
 */
bool network_rule_enter(struct context *, enum network_rule_list, const char *,
    bool *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_NETWORK_RULE_H */
