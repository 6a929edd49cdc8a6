#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "key_cache.h"
#include "text.h"

#define BUCKETS 1024

/*
 *	           put                    confirm due, kms away
 *	(missing) -----> kept, confirmed --------------------> kept, serving
 *	    |              ^    put                              |
 *	    | fail         +-------------------------------------+
 *	    v                                  refused, hard limit, evicted
 *	  failed --5 s--> (missing)            ------------------> (missing)
 */
struct tenant_key {
	struct tenant_key *next; /* in its bucket */
	uuid_text tenant_id;
	int use;
	uint32_t version;
	bool current;
	bool kept;            /* in the table */
	unsigned holders;     /* threads that use it now */
	struct cell_key *key; /* NULL: loading failed */
	enum fault_kind fault;
	int64_t confirmed;
	int64_t used;
	int64_t retry; /* when to try again, after a failure */
	_Atomic int64_t writes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tenant_key *table[BUCKETS];
static size_t count;
static uint64_t epoch;

static struct tenant_key **bucket(const char *, int);
static struct tenant_key *look_up(const struct key_cache_id *);
static struct tenant_key *entry_new(const struct key_cache_id *, int64_t);
static void keep(struct tenant_key *);
static void forget(struct tenant_key *);
static void forget_oldest(void);
static void entry_free(struct tenant_key *);

enum key_cache_answer
key_cache_find(const struct key_cache_id *id, int64_t now,
    struct tenant_key **keyp, enum fault_kind *fault, uint64_t *epochp)
{
	enum key_cache_answer answer = KEY_CACHE_MISSING;
	struct tenant_key *e;

	(void)pthread_mutex_lock(&lock);
	*epochp = epoch;
	e = look_up(id);
	if (e != NULL && e->key != NULL &&
	    now - e->confirmed >= KEY_CACHE_HARD_MS) {
		forget(e);
		e = NULL;
	}
	if (e == NULL)
		goto out;

	if (e->key == NULL) {
		*fault = e->fault;
		if (now < e->retry)
			answer = KEY_CACHE_FAILED;
		goto out;
	}
	answer = KEY_CACHE_SERVE;
	if (now - e->confirmed >= KEY_CACHE_CONFIRM_MS && now >= e->retry) {
		/* One thread asks; meanwhile the others are served. */
		e->retry = now + KEY_CACHE_RETRY_MS;
		answer = KEY_CACHE_CONFIRM;
	}
	e->used = now;
	e->holders++;
	*keyp = e;

out:
	(void)pthread_mutex_unlock(&lock);
	return (answer);
}

struct tenant_key *
key_cache_put(const struct key_cache_id *id, bool current, struct cell_key *key,
    uint64_t since, int64_t now)
{
	const struct key_cache_id newest = { id->tenant_id, id->use, 0 };
	struct tenant_key *e, *old;

	if ((e = entry_new(id, now)) == NULL) {
		cell_key_free(key);
		return (NULL);
	}
	e->key = key;
	e->current = current;
	e->confirmed = now;
	e->holders = 1;

	(void)pthread_mutex_lock(&lock);
	if (since == epoch) {
		if ((old = look_up(id)) != NULL) {
			e->writes = old->writes;
			forget(old);
		}
		if (current && (old = look_up(&newest)) != NULL)
			forget(old);
		keep(e);
	}
	(void)pthread_mutex_unlock(&lock);
	return (e);
}

void
key_cache_fail(
    const struct key_cache_id *id, enum fault_kind fault, int64_t now)
{
	struct tenant_key *e;

	(void)pthread_mutex_lock(&lock);
	e = look_up(id);
	if (e != NULL && e->key != NULL) {
		if (fault != FAULT_KMS_REFUSED) {
			e->retry = now + KEY_CACHE_RETRY_MS;
			goto out;
		}
		forget(e);
		e = NULL;
	}
	if (e == NULL) {
		if ((e = entry_new(id, now)) == NULL)
			goto out;
		keep(e);
	}
	e->current = id->version == 0;
	e->fault = fault;
	e->retry = now + KEY_CACHE_RETRY_MS;

out:
	(void)pthread_mutex_unlock(&lock);
}

const struct cell_key *
key_cache_cell(const struct tenant_key *e)
{
	return (e->key);
}

_Atomic int64_t *
key_cache_writes(struct tenant_key *e)
{
	return (&e->writes);
}

void
key_cache_release(struct tenant_key *e)
{
	/* Behave consistently with free(NULL). */
	if (e == NULL)
		return;

	(void)pthread_mutex_lock(&lock);
	e->holders--;
	if (!e->kept && e->holders == 0)
		entry_free(e);
	(void)pthread_mutex_unlock(&lock);
}

void
key_cache_evict(const char *tenant_id)
{
	struct tenant_key *e, *next;
	size_t i;

	(void)pthread_mutex_lock(&lock);
	epoch++; /* what is being unwrapped right now is not kept either */
	for (i = 0; i < BUCKETS; i++) {
		for (e = table[i]; e != NULL; e = next) {
			next = e->next;
			if (tenant_id[0] == '\0' ||
			    strcmp(e->tenant_id, tenant_id) == 0)
				forget(e);
		}
	}
	(void)pthread_mutex_unlock(&lock);
}

size_t
key_cache_count(void)
{
	size_t n;

	(void)pthread_mutex_lock(&lock);
	n = count;
	(void)pthread_mutex_unlock(&lock);
	return (n);
}

/* FNV-1a; the ids are random, and nobody chooses them from outside. */
static struct tenant_key **
bucket(const char *tenant_id, int use)
{
	uint64_t h = 14695981039346656037U;

	for (; *tenant_id != '\0'; tenant_id++)
		h = (h ^ (unsigned char)*tenant_id) * 1099511628211U;
	h = (h ^ (unsigned)use) * 1099511628211U;
	return (&table[h % BUCKETS]);
}

static struct tenant_key *
look_up(const struct key_cache_id *id)
{
	struct tenant_key *e;

	for (e = *bucket(id->tenant_id, id->use); e != NULL; e = e->next) {
		if (e->use == id->use &&
		    (id->version == 0 ? e->current
				      : e->version == id->version) &&
		    strcmp(e->tenant_id, id->tenant_id) == 0)
			return (e);
	}
	return (NULL);
}

static struct tenant_key *
entry_new(const struct key_cache_id *id, int64_t now)
{
	struct tenant_key *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (NULL);
	text_copy(e->tenant_id, sizeof(e->tenant_id), id->tenant_id);
	e->use = id->use;
	e->version = id->version;
	e->used = now;
	return (e);
}

static void
keep(struct tenant_key *e)
{
	struct tenant_key **head;

	if (count >= KEY_CACHE_MAX)
		forget_oldest();
	head = bucket(e->tenant_id, e->use);
	e->next = *head;
	*head = e;
	e->kept = true;
	count++;
}

static void
forget(struct tenant_key *e)
{
	struct tenant_key **p = bucket(e->tenant_id, e->use);

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	e->kept = false;
	count--;
	if (e->holders == 0)
		entry_free(e);
}

static void
forget_oldest(void)
{
	struct tenant_key *e, *oldest = NULL;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (e = table[i]; e != NULL; e = e->next) {
			if (oldest == NULL || e->used < oldest->used)
				oldest = e;
		}
	}
	if (oldest != NULL)
		forget(oldest);
}

static void
entry_free(struct tenant_key *e)
{
	cell_key_free(e->key);
	free(e);
}
