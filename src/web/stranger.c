#include <sys/mman.h>

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"

#include "network.h"
#include "normalise.h"

#include "stranger.h"

#define SECOND    INT64_C(1000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)
#define ADDRESSES 4096
#define ACCOUNTS  16384

/* The same as for real companies in domain/guess.c. */
static const struct limit {
	int limit;
	int64_t window, block, longest;
} of_address[] = {
	[STRANGER_SIGN_IN] = { 100, 15 * MINUTE, 15 * MINUTE, 4 * HOUR },
	[STRANGER_RESET] = { 20, HOUR, HOUR, HOUR },
}, of_account[] = {
	[STRANGER_SIGN_IN] = { 10, 15 * MINUTE, MINUTE, 16 * MINUTE },
	[STRANGER_RESET] = { 3, HOUR, HOUR, HOUR },
}, of_ceiling = { 100, 30 * DAY, 30 * DAY, 30 * DAY };
_Static_assert(NELEMS(of_address) == STRANGER_KIND__MAX &&
	NELEMS(of_account) == STRANGER_KIND__MAX,
    "every kind has its limits");

/* Two subjects may want one place; then the later one has it. */
struct place {
	uint8_t subject[16];
	int64_t window_from, blocked_until;
	int failures, strikes;
};

static struct strangers {
	pthread_mutex_t lock;
	uint8_t key[32];
	struct place addresses[STRANGER_KIND__MAX][ADDRESSES];
	struct place accounts[STRANGER_KIND__MAX][ACCOUNTS];
	struct place ceilings[ACCOUNTS];
} * strangers;

static struct place *place_of(struct place *, size_t, const char *);
static long wait_at(const struct place *, int64_t);
static void count(struct place *, const struct limit *, int64_t);
static void account_of(const char *, const char *, char[400]);

bool
stranger_start(struct fault *f)
{
	pthread_mutexattr_t attr;

	strangers = mmap(NULL, sizeof(*strangers), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (strangers == MAP_FAILED)
		return (
		    fault_set(f, FAULT_SYSTEM, "mmap: %s", strerror(errno)));
	secret_random(strangers->key, sizeof(strangers->key));
	/* A worker that dies with the lock must not stop the others. */
	if (pthread_mutexattr_init(&attr) != 0 ||
	    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) != 0 ||
	    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) != 0 ||
	    pthread_mutex_init(&strangers->lock, &attr) != 0)
		return (fault_set(f, FAULT_SYSTEM, "mutex"));
	(void)pthread_mutexattr_destroy(&attr);
	return (true);
}

long
stranger_take(enum stranger_kind kind, const char *company, const char *email,
    const char *address)
{
	char network[NETWORK_ADDRESS_SIZE], account[400];
	const int64_t now = clock_monotonic();
	struct place *by_address, *by_account, *ceiling;
	long wait;

	network_subscriber(address, network);
	account_of(company, email, account);
	if (pthread_mutex_lock(&strangers->lock) == EOWNERDEAD)
		(void)pthread_mutex_consistent(&strangers->lock);
	by_address = place_of(strangers->addresses[kind], ADDRESSES, network);
	by_account = place_of(strangers->accounts[kind], ACCOUNTS, account);
	ceiling = place_of(strangers->ceilings, ACCOUNTS, account);
	if ((wait = wait_at(by_address, now)) == 0 &&
	    (wait = wait_at(by_account, now)) == 0) {
		count(by_account, &of_account[kind], now);
		if (kind != STRANGER_SIGN_IN ||
		    (wait = wait_at(ceiling, now)) == 0)
			count(by_address, &of_address[kind], now);
		if (kind == STRANGER_SIGN_IN && wait == 0)
			count(ceiling, &of_ceiling, now);
	}
	(void)pthread_mutex_unlock(&strangers->lock);
	return (wait);
}

/* The place is found by a keyed hash: nobody can choose whose it becomes. */
static struct place *
place_of(struct place *places, size_t n, const char *subject)
{
	uint8_t hash[SECRET_HASH_BYTES];
	struct place *p;
	uint32_t at;

	secret_hash(strangers->key, "stranger", subject, strlen(subject), hash);
	memcpy(&at, hash + sizeof(p->subject), sizeof(at));
	p = &places[at % n];
	if (memcmp(p->subject, hash, sizeof(p->subject)) != 0) {
		memset(p, 0, sizeof(*p));
		memcpy(p->subject, hash, sizeof(p->subject));
	}
	return (p);
}

static long
wait_at(const struct place *p, int64_t now)
{
	return (p->blocked_until <= now
		? 0
		: (long)((p->blocked_until - now + SECOND - 1) / SECOND));
}

static void
count(struct place *p, const struct limit *l, int64_t now)
{
	int64_t block = l->block;
	int i;

	if (p->blocked_until != 0 || p->window_from + l->window < now) {
		if (p->blocked_until != 0 && p->blocked_until + DAY < now)
			p->strikes = 0;
		p->window_from = now;
		p->blocked_until = 0;
		p->failures = 0;
	}
	if (++p->failures < l->limit)
		return;
	for (i = 0; i < p->strikes && block < l->longest; i++)
		block *= 2;
	p->blocked_until = now + (block < l->longest ? block : l->longest);
	p->strikes++;
}

/* As people may type it, in the form in which a real one would be counted. */
static void
account_of(const char *company, const char *email, char out[400])
{
	char address[NORMALISE_EMAIL_SIZE];
	size_t i;

	company += strspn(company, " \t");
	(void)snprintf(out, 400, "%.*s %s", (int)strcspn(company, " \t"),
	    company, normalise_email(email, address) ? address : "?");
	for (i = 0; out[i] != '\0' && out[i] != ' '; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
}
