#ifndef GENKAN_KEY_CACHE_H
#define GENKAN_KEY_CACHE_H

#include "base.h"
#include "fault.h"

/*
 * The unwrapped data keys that this process keeps, for all its threads.  It
 * asks nobody: tenant_key.c loads what is missing and says how that went.
 * Times are milliseconds of clock_monotonic.
 */

#define KEY_CACHE_CONFIRM_MS (5 * 60 * 1000)  /* ask again on the next use */
#define KEY_CACHE_HARD_MS    (60 * 60 * 1000) /* unconfirmed: gone */
#define KEY_CACHE_RETRY_MS   5000             /* between tries that fail */
#define KEY_CACHE_MAX        1000

/* Opaque types. */
struct cell_key;
struct tenant_key; /* one kept key; alive as long as somebody holds it */

/* Which key; version 0 is the current one. */
struct key_cache_id {
	const char *tenant_id;
	int use;
	uint32_t version;
};

enum key_cache_answer {
	KEY_CACHE_SERVE,   /* here it is, held */
	KEY_CACHE_CONFIRM, /* here it is, held; and you are to confirm it */
	KEY_CACHE_FAILED,  /* loading failed a moment ago, with this fault */
	KEY_CACHE_MISSING, /* load it */
};

/**
 * key_cache_find(id, now, keyp, fault, epoch):
 * Look ${id} up.  ${epoch} is for key_cache_put.
 */
enum key_cache_answer key_cache_find(const struct key_cache_id *, int64_t,
    struct tenant_key **, enum fault_kind *, uint64_t *);

/**
 * key_cache_put(id, current, cell_key, epoch, now):
 * Keep ${cell_key}, which the cache now owns, under ${id} (whose version is
 * not 0), confirmed ${now}; ${current} if it is also the current version.
 * Return it held.  If keys were evicted since ${epoch}, it is held but not
 * kept.  NULL if memory is full; ${cell_key} is freed then.
 */
struct tenant_key *key_cache_put(const struct key_cache_id *, bool,
    struct cell_key *, uint64_t, int64_t) MUST_CHECK;

/**
 * key_cache_fail(id, fault, now):
 * Loading or confirming ${id} failed.  Anything but FAULT_KMS_REFUSED lets a
 * kept key serve on; either way nobody tries again for a moment.
 */
void key_cache_fail(const struct key_cache_id *, enum fault_kind, int64_t);

const struct cell_key *key_cache_cell(const struct tenant_key *);
void key_cache_release(struct tenant_key *);

/**
 * key_cache_writes(key):
 * Where the encryptions set aside for ${key} are counted down.
 */
_Atomic int64_t *key_cache_writes(struct tenant_key *);

/**
 * key_cache_evict(tenant_id), key_cache_count():
 * Forget one tenant's keys, or with "" all; how many are kept.
 */
void key_cache_evict(const char *);
size_t key_cache_count(void);

#endif /* !GENKAN_KEY_CACHE_H */
