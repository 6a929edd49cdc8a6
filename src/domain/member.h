#ifndef GENKAN_MEMBER_H
#define GENKAN_MEMBER_H

#include "base.h"
#include "context.h"

/*
 * Members are the tenant's employees.  Names and addresses are cells, so what
 * is searched is searched by decrypting; they are folded first (normalise.h).
 */

/* Opaque types. */
struct fault;

enum member_state {
	MEMBER_INVITED,
	MEMBER_ACTIVE,
	MEMBER_DISABLED,
	MEMBER_STATE__MAX
};

struct member {
	uuid_text id;
	char *name;
	char *kana; /* or NULL */
	char *email;
	char language[3];
	unsigned roles; /* of enum role, a bit each */
	enum member_state state;
	char *offices;     /* ids, separated by one space; may be "" */
	char *departments; /* names, separated by one line feed; may be "" */
};

struct member_list {
	struct member *items;
	size_t n;
};

/**
 * member_find_many(ctx, ids, n, list, f):
 * The members with the given ids, in that order; ids that are no member's are
 * left out.  Pass ${list} to member_list_free even after a fault.
 */
bool member_find_many(struct context *, uuid_text *, size_t,
    struct member_list *, struct fault *) MUST_CHECK;

/**
 * member_list(ctx, q, after, limit, all, list, more, f):
 * At most ${limit} members whose name, kana or e-mail contains ${q} (NULL: all
 * of them), by kana or name, following the member ${after} (NULL: from the
 * start).  ${more} says whether there are others.  Disabled members come only
 * with ${all}.
 */
bool member_list(struct context *, const char *, const char *, size_t, bool,
    struct member_list *, bool *, struct fault *) MUST_CHECK;

/**
 * member_list_free(list):
 * Wipe and release what is in ${list}; all zero is fine.
 */
void member_list_free(struct member_list *);

/* What makes a member. */
struct member_new {
	const char *name;
	const char *kana;     /* or NULL */
	const char *email;    /* normalised */
	const char *language; /* "ja" or "en" */
	unsigned roles;
};

#define MEMBER_TOKEN_CHARS 32 /* of an activation link: tag and 26 random */

/**
 * member_invite(ctx, new, id, token, expires_at, taken, f):
 * A member who cannot sign in yet, and the token of the link that changes
 * this; good once, for 7 days.  ${taken}: somebody has that e-mail address.
 */
bool member_invite(struct context *, const struct member_new *, uuid_text,
    char[MEMBER_TOKEN_CHARS + 1], int64_t *, bool *, struct fault *) MUST_CHECK;

enum member_activation {
	MEMBER_ACTIVATED,
	MEMBER_TOKEN_INVALID, /* unknown, used or over */
	MEMBER_TOKEN_BLOCKED, /* too many wrong ones from this address: wait */
	MEMBER_EMAIL_TAKEN,
	MEMBER_EMAIL_OTHER, /* the invitation went to another address */
	MEMBER_ACTIVATION__MAX
};

/**
 * member_activate(ctx, token, new, password, id, outcome, wait, f):
 * By the ${token} of an activation link (with its tag), become the member it
 * was made for, or the first administrator of a new tenant; ${new}->roles is
 * ignored.  Slow (it hashes the password).  Commit even if refused.
 */
bool member_activate(struct context *, const char *, const struct member_new *,
    const char *, uuid_text, enum member_activation *, long *,
    struct fault *) MUST_CHECK;

/**
 * member_serves(ctx, member_id, office_id, serves, f):
 * Does the member work at the reception of that office?  Who has no offices
 * noted serves them all.
 */
bool member_serves(struct context *, const char *, const char *, bool *,
    struct fault *) MUST_CHECK;

/* What a tablet shows a walk-in to choose from. */
struct member_host {
	uuid_text id;
	bool department; /* a whole department, not a person */
	char name[401];
	char department_name[401]; /* of a person; "" if in none */
};

/**
 * member_find_hosts(ctx, q, max, hosts, n, f):
 * At most ${max} active members and departments whose name or kana contains
 * ${q}, which has 2 characters or more after folding (otherwise none is found).
 */
bool member_find_hosts(struct context *, const char *, size_t,
    struct member_host *, size_t *, struct fault *) MUST_CHECK;

/**
 * member_state_name(state):
 * Its name in the database and the API.
 */
const char *member_state_name(enum member_state);

#endif /* !GENKAN_MEMBER_H */
