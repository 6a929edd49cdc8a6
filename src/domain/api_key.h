#ifndef GENKAN_API_KEY_H
#define GENKAN_API_KEY_H

#include "base.h"
#include "context.h"

/*
 * By an API key another system uses the API: a 260-bit random token, written
 * TAG "." 52 base32 characters, of which the database has a keyed hash.  It is
 * nobody's member: what it may is its scopes, for all offices and hosts; what
 * it makes names its hosts, and the key is its author.  No key may read or send
 * a guest's code.
 */

#define API_KEY_SECRET_CHARS 52 /* base32, 260 bits */
#define API_KEY_TOKEN_SIZE   (6 + 1 + API_KEY_SECRET_CHARS + 1)
#define API_KEY_DAYS_MAX     730

/* Opaque types. */
struct fault;

/* What a key may, a bit each; a route that keys may use names one of these. */
enum api_key_scope {
	API_KEY_APPOINTMENTS_READ = 1,
	API_KEY_APPOINTMENTS_WRITE = 2,
	API_KEY_MEMBERS_READ = 4,
	API_KEY_OFFICES_READ = 8,
	API_KEY_PASSES_READ = 16,
	API_KEY_VISITS_EXPORT = 32,
	API_KEY_VISITS_READ = 64,
	API_KEY_VISITS_WRITE = 128,
};
#define API_KEY_SCOPE_COUNT 8

struct api_key {
	uuid_text id;
	char name[401];
	uuid_text maker;      /* a member */
	char maker_name[401]; /* "" if it cannot be read */
	bool maker_left;      /* deactivated since */
	unsigned scopes;      /* of enum api_key_scope */
	char state[8];        /* "active", "expired", "revoked" */
	int64_t created_at;
	int64_t expires_at;
	int64_t used_at; /* 0: never */
};

enum api_key_verdict {
	API_KEY_VALID,
	API_KEY_NONE,      /* unknown, expired or revoked; nobody says which */
	API_KEY_SUSPENDED, /* the tenant is */
	API_KEY_ENDED,     /* the contract has */
	API_KEY_ADDRESS,   /* the tenant's rule does not admit the address */
	API_KEY_VERDICT__MAX
};

/**
 * api_key_scope_name(i), api_key_scope_bit(scope):
 * The name of bit ${i}, "appointments:read"; which bit ${scope} is.
 */
const char *api_key_scope_name(size_t);
size_t api_key_scope_bit(enum api_key_scope);

/**
 * api_key_create(ctx, name, scopes, days, key, token, f):
 * A new key of ${ctx}'s actor, good for ${days}; ${token} is shown once.
 */
bool api_key_create(struct context *, const char *, unsigned, int64_t,
    struct api_key *, char[API_KEY_TOKEN_SIZE], struct fault *) MUST_CHECK;

/**
 * api_key_list(ctx, keys, n, f):
 * The latest 200, the newest first; the caller frees the array.
 */
bool api_key_list(
    struct context *, struct api_key **, size_t *, struct fault *) MUST_CHECK;

/**
 * api_key_revoke(ctx, id, found, f):
 * End it at once.
 */
bool api_key_revoke(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;

/**
 * api_key_find(ctx, token, id, scopes, verdict, f):
 * Which key is ${token} (the whole of it, with its tag), used from the address
 * of ${ctx}'s actor?  ${ctx} is in the scope of the tag's tenant.
 */
bool api_key_find(struct context *, const char *, uuid_text, unsigned *,
    enum api_key_verdict *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_API_KEY_H */
