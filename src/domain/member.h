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
	int version;
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
 * member_show(ctx, id, list, f):
 * One member, or an empty ${list}; like member_find_many.
 */
bool member_show(struct context *, const char *, struct member_list *,
    struct fault *) MUST_CHECK;

/* Which members to list. */
enum member_filter {
	MEMBER_FILTER_USED, /* all but the disabled */
	MEMBER_FILTER_INVITED,
	MEMBER_FILTER_ACTIVE,
	MEMBER_FILTER_DISABLED,
	MEMBER_FILTER_ALL,
	MEMBER_FILTER__MAX
};

/**
 * member_list(ctx, q, after, limit, filter, list, more, f):
 * At most ${limit} members whose name, kana or e-mail contains ${q} (NULL: all
 * of them), by kana or name, following the member ${after} (NULL: from the
 * start).  ${more} says whether there are others.
 */
bool member_list(struct context *, const char *, const char *, size_t,
    enum member_filter, struct member_list *, bool *,
    struct fault *) MUST_CHECK;

/**
 * member_list_free(list):
 * Wipe and release what is in ${list}; all zero is fine.
 */
void member_list_free(struct member_list *);

/* What is to become of a member; what is not set stays. */
struct member_change {
	const char *name;        /* or NULL */
	const char *kana;        /* or NULL: none */
	bool has_kana;           /* ${kana} is set */
	const char *language;    /* or NULL */
	unsigned roles;          /* of enum role; 0: not set */
	const char *offices;     /* as in struct member, or NULL */
	const char *departments; /* likewise */
	enum member_standing {
		MEMBER_STAY,
		MEMBER_ENABLE,
		MEMBER_DISABLE,
	} standing;
};

/* How a change ended. */
enum member_verdict {
	MEMBER_OK,
	MEMBER_NOT_FOUND,
	MEMBER_CONFLICT,      /* somebody else changed it first */
	MEMBER_NOT_ALLOWED,   /* it makes or unmakes a system administrator, or
				 raises the one who asks */
	MEMBER_LAST_ADMIN,    /* no system administrator would be left */
	MEMBER_SELF,          /* nobody deactivates themselves */
	MEMBER_NO_OFFICE,     /* one of the offices is none */
	MEMBER_NO_DEPARTMENT, /* one of the departments is none */
	MEMBER_NOT_INVITED,   /* there is no invitation to send again */
	MEMBER_VERDICT__MAX
};

/**
 * member_judge(actor_id, roles, m, change, others):
 * May the member ${actor_id}, who has ${roles}, do ${change} to ${m}, when
 * there are ${others} active system administrators besides ${m}?  Only
 * MEMBER_OK, _NOT_ALLOWED, _LAST_ADMIN and _SELF.
 */
enum member_verdict member_judge(const char *, unsigned, const struct member *,
    const struct member_change *, size_t);

/**
 * member_may_hand_over(actor_id, roles, from, to):
 * May the member ${actor_id}, who has ${roles}, give ${from}'s appointments to
 * the member ${to}?  Nobody gets to read others' that way: who may not read all
 * gives none to themselves, and none of a system administrator's to anybody.
 */
bool member_may_hand_over(
    const char *, unsigned, const struct member *, const char *) MUST_CHECK;

/**
 * member_differs(m, change):
 * Would ${change} change anything about ${m}?
 */
bool member_differs(const struct member *, const struct member_change *);

/**
 * member_update(ctx, id, version, change, verdict, f):
 * Change the member ${id}, read as ${version}, on behalf of ${ctx}'s actor.
 * Who is disabled loses every session and the invitation's link;
 * a role or office that ends, ends at once.  Roll back unless MEMBER_OK.
 */
bool member_update(struct context *, const char *, int,
    const struct member_change *, enum member_verdict *,
    struct fault *) MUST_CHECK;

/**
 * member_lock(ctx, roles, f), member_other_admins(ctx, id, n, f),
 * member_write(ctx, m, change, verdict, f):
 * The steps of member_update for who changes many: until the transaction ends
 * nobody else changes a member; count; write what was judged.  ${roles} are
 * those of the actor from then on: since the request was admitted they may have
 * been taken away.  0 unless the actor is active and may look after members.
 */
bool member_lock(struct context *, unsigned *, struct fault *) MUST_CHECK;
bool member_other_admins(
    struct context *, const char *, size_t *, struct fault *) MUST_CHECK;
bool member_write(struct context *, const struct member *,
    const struct member_change *, enum member_verdict *,
    struct fault *) MUST_CHECK;

/* What makes a member. */
struct member_new {
	const char *name;
	const char *kana;     /* or NULL */
	const char *email;    /* normalised */
	const char *language; /* "ja" or "en" */
	unsigned roles;
	const char *offices;     /* as in struct member, or NULL */
	const char *departments; /* likewise */
};

#define MEMBER_INVITE_MAX  250 /* at once */
#define MEMBER_TOKEN_CHARS 32  /* of an activation link: tag and 26 random */

/**
 * member_invite(ctx, new, id, taken, f):
 * A member who cannot sign in yet, and a mail with the link that changes this;
 * good once, for 7 days.  ${taken}: somebody has that e-mail address.
 * member_invite_many(ctx, new, n, ids, done, f):
 * At most MEMBER_INVITE_MAX of them.  Not ${done}, because somebody has one of
 * the addresses, or an office or department is none: roll back.
 * member_invite_again(ctx, id, verdict, f):
 * Mail a new link to who has not come in yet; the old one dies.
 */
bool member_invite(struct context *, const struct member_new *, uuid_text,
    bool *, struct fault *) MUST_CHECK;
bool member_invite_many(struct context *, const struct member_new *const *,
    size_t, uuid_text *, bool *, struct fault *) MUST_CHECK;
bool member_invite_again(struct context *, const char *, enum member_verdict *,
    struct fault *) MUST_CHECK;

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
