#ifndef GENKAN_RING_H
#define GENKAN_RING_H

#include "base.h"

/*
 * The key ring: every key, its material in all versions, and the aliases.
 *
 *	Enabled <--> Disabled --schedule--> PendingDeletion --7..30 d--> gone
 *	    |                                  ^       |
 *	    +-------------schedule-------------+       +--cancel--> Disabled
 *
 * Readers hold a view, which never changes.  A change is made on a copy of the
 * newest view, written to disk in both copies, and only then becomes the
 * newest view; one change at a time.  In memory, too, key material is sealed
 * under a key in the secure heap; it is opened for one operation at a time.
 */

#define RING_SCOPE_MAX       48
#define RING_DESCRIPTION_MAX 8192 /* AWS KMS API reference, CreateKey */
#define RING_ALIAS_MAX       256
#define RING_MATERIAL_BYTES  32
#define RING_SEALED_BYTES    (32 + 12 + 16)
#define RING_ROTATIONS_MAX   1000

/* Opaque types. */
struct fault;
struct ring;
struct ring_paths;

enum ring_state {
	RING_ENABLED,
	RING_DISABLED,
	RING_PENDING_DELETION,
	RING_STATE__MAX
};

enum ring_origin {
	RING_CREATED,
	RING_AUTOMATIC,
	RING_ON_DEMAND,
	RING_ORIGIN__MAX
};

struct ring_material {
	uint32_t version; /* from 1 */
	enum ring_origin origin;
	int64_t created; /* seconds */
	uint8_t sealed[RING_SEALED_BYTES];
};

struct ring_key {
	uuid_text id;
	char *description;
	/*
	 * What the key is for, fixed by its first alias or by who made it:
	 * "", "test", "tenant-<uuid>", "tenant-shared", "other".  It decides
	 * who may use the key, so it never changes again.
	 */
	char scope[RING_SCOPE_MAX];
	enum ring_state state;
	int64_t created;
	int64_t deletion;      /* when pending; otherwise 0 */
	long rotation_days;    /* 0 is off */
	int64_t rotation_from; /* the last automatic rotation, or its start */
	struct ring_material *materials; /* the last is current */
	size_t nmaterials;
};

struct ring_alias {
	char *name; /* "alias/..." */
	uuid_text key_id;
	int64_t created;
	int64_t updated;
};

/* All of it at one moment; keys sorted by id, aliases by name. */
struct ring_view {
	struct ring_key *keys;
	size_t nkeys;
	struct ring_alias *aliases;
	size_t naliases;
	unsigned holders;
};

/**
 * ring_make(paths, passphrase, f):
 * Write an empty ring for a new installation; refuses to overwrite anything.
 */
bool ring_make(
    const struct ring_paths *, const char *, struct fault *) MUST_CHECK;

/**
 * ring_open(paths, passphrase, f):
 * Read the ring, mend the worse copy, and drop keys that were destroyed once.
 */
struct ring *ring_open(
    const struct ring_paths *, const char *, struct fault *) MUST_CHECK;
void ring_close(struct ring *);

/**
 * ring_hold(ring), ring_release(ring, view):
 * The newest view, for reading; it stays as it is until it is released.
 */
const struct ring_view *ring_hold(struct ring *);
void ring_release(struct ring *, const struct ring_view *);

/**
 * ring_edit(ring, f), ring_commit(ring, view, f), ring_abort(ring, view):
 * Begin a change (waiting for the one before it), and end it: on disk and in
 * force, or as if nothing had happened.  A commit that fails has changed
 * nothing in force, though the first copy on disk may have it.
 */
struct ring_view *ring_edit(struct ring *, struct fault *) MUST_CHECK;
bool ring_commit(struct ring *, struct ring_view *, struct fault *) MUST_CHECK;
void ring_abort(struct ring *, struct ring_view *);

/**
 * ring_find_key(view, id), ring_find_alias(view, name):
 * NULL if there is none.  Write only to a view of ring_edit.
 */
struct ring_key *ring_find_key(const struct ring_view *, const char *);
struct ring_alias *ring_find_alias(const struct ring_view *, const char *);

/**
 * ring_add_key(ring, view, description, scope, now):
 * A new enabled key with its first material.  NULL if memory is full.
 */
struct ring_key *ring_add_key(struct ring *, struct ring_view *, const char *,
    const char *, int64_t) MUST_CHECK;

/**
 * ring_add_alias(view, name, key_id, now):
 * The caller has seen that there is no such alias.
 */
bool ring_add_alias(
    struct ring_view *, const char *, const char *, int64_t) MUST_CHECK;

/**
 * ring_rotate(ring, key, origin, now):
 * Give ${key} (of a view of ring_edit) new material, which is current from
 * then on.
 */
bool ring_rotate(
    struct ring *, struct ring_key *, enum ring_origin, int64_t) MUST_CHECK;

/**
 * ring_material(ring, key, version, out):
 * Open the material of ${version} (0: the current one) into ${out}, 32 bytes
 * in the secure heap.  False if there is no such version.
 */
bool ring_material(const struct ring *, const struct ring_key *, uint32_t,
    uint8_t *) MUST_CHECK;

/**
 * ring_tick(ring, now, f):
 * What time brings: destroy keys whose wait is over, rotate keys that are due,
 * keep today's dated copy and prune old ones.
 */
bool ring_tick(struct ring *, int64_t, struct fault *) MUST_CHECK;

/**
 * ring_stops(ring, out):
 * A text that is another one whenever other keys are stopped (disabled, or
 * pending deletion) than before.
 */
void ring_stops(struct ring *, char[65]);

/**
 * ring_next_rotation(key):
 * When the next automatic rotation is due, in seconds; 0 if it is off.
 */
int64_t ring_next_rotation(const struct ring_key *);

/**
 * ring_state_name(state), ring_origin_name(origin):
 * As the AWS KMS API names them.
 */
const char *ring_state_name(enum ring_state);
const char *ring_origin_name(enum ring_origin);

#endif /* !GENKAN_RING_H */
