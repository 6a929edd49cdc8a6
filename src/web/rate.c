#include <sys/mman.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "secret.h"

#include "rate.h"

#define PLACES        16384
#define BURST_SECONDS 5
#define KEY_RATE      10 /* a second */
#define KEY_SECONDS   10
#define SECOND        INT64_C(1000000) /* all times are microseconds */

/*
 * The generic cell rate algorithm: ${full_at} is when the whole burst is free
 * again.  Two subjects may want one place; then the later one has it.
 */
struct place {
	uint8_t subject[16];
	int64_t full_at;
};

static struct rates {
	pthread_mutex_t lock;
	uint8_t key[32];
	struct place places[PLACES];
} * rates;

static struct place *place_of(enum rate_kind, const char *);

bool
rate_start(struct fault *f)
{
	pthread_mutexattr_t attr;

	rates = mmap(NULL, sizeof(*rates), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rates == MAP_FAILED)
		return (
		    fault_set(f, FAULT_SYSTEM, "mmap: %s", strerror(errno)));
	secret_random(rates->key, sizeof(rates->key));
	/* A worker that dies with the lock must not stop the others. */
	if (pthread_mutexattr_init(&attr) != 0 ||
	    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) != 0 ||
	    pthread_mutex_init(&rates->lock, &attr) != 0)
		return (fault_set(f, FAULT_SYSTEM, "mutex"));
	(void)pthread_mutexattr_destroy(&attr);
	return (true);
}

bool
rate_take(enum rate_kind kind, const char *id, struct rate *rate)
{
	const int64_t a_second =
	    kind == RATE_KEY ? KEY_RATE : config_number(CONFIG_TENANT_RATE);
	const int64_t seconds = kind == RATE_KEY ? KEY_SECONDS : BURST_SECONDS;
	const int64_t now = clock_monotonic() * 1000;
	int64_t each, used, over;
	struct place *p;

	memset(rate, 0, sizeof(*rate));
	if (a_second == 0)
		return (true);
	each = SECOND / a_second;
	if (pthread_mutex_lock(&rates->lock) == EOWNERDEAD)
		(void)pthread_mutex_consistent(&rates->lock);
	p = place_of(kind, id);
	used = (p->full_at > now ? p->full_at - now : 0) + each;
	over = used - seconds * SECOND;
	if (over <= 0)
		p->full_at = now + used;
	else
		used -= each;
	(void)pthread_mutex_unlock(&rates->lock);

	rate->limit = (long)(seconds * a_second);
	rate->seconds = (long)((used + SECOND - 1) / SECOND);
	rate->remaining = (long)((seconds * SECOND - used) / each);
	rate->wait = over <= 0 ? 0 : (long)((over + SECOND - 1) / SECOND);
	return (over <= 0);
}

/* The place is found by a keyed hash: nobody can choose whose it becomes. */
static struct place *
place_of(enum rate_kind kind, const char *id)
{
	static const char *const labels[] = {
		[RATE_PEOPLE] = "people",
		[RATE_DEVICES] = "devices",
		[RATE_KEY] = "key",
	};
	_Static_assert(NELEMS(labels) == RATE_KIND__MAX, "all have labels");
	uint8_t hash[SECRET_HASH_BYTES];
	struct place *p;
	uint32_t at;

	secret_hash(rates->key, labels[kind], id, strlen(id), hash);
	memcpy(&at, hash + sizeof(p->subject), sizeof(at));
	p = &rates->places[at % PLACES];
	if (memcmp(p->subject, hash, sizeof(p->subject)) != 0) {
		memcpy(p->subject, hash, sizeof(p->subject));
		p->full_at = 0;
	}
	return (p);
}
