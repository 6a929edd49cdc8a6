#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#define FORMAT      1
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define HEAD_BYTES  (1 + 4 + NONCE_BYTES)
#define NAME_MAX_   63 /* PostgreSQL's longest identifier */
#define AAD_MAX     (1 + 16 + 2 * (NAME_MAX_ + 1) + 16 + 4)
#define POOL_NONCES 340 /* RAND_bytes costs three times the encryption */

_Static_assert(HEAD_BYTES + TAG_BYTES == CELL_OVERHEAD, "the header says so");

/*
 * The contexts hold the expanded key, so that a field costs only its nonce;
 * they are freed, and thereby wiped, with the key.  One thread at a time.
 */
struct gear {
	pthread_mutex_t lock;
	EVP_CIPHER_CTX *seal;
	EVP_CIPHER_CTX *open;
};

struct cell_key {
	uint32_t version;
	uint8_t *bytes; /* 32, in the secure heap */
	struct gear *gear;
};

/* Random nonces in store, one pool a thread. */
struct pool {
	unsigned generation; /* of the process that filled it */
	size_t left;
	uint8_t nonces[POOL_NONCES][NONCE_BYTES];
};

static _Thread_local struct pool pool;
static atomic_uint generation = 1;
static pthread_once_t watch_once = PTHREAD_ONCE_INIT;

static void nonce_take(uint8_t[NONCE_BYTES]);
static void watch_forks(void);
static void next_generation(void);
static bool aad_make(const struct cell_place *, uint32_t, uint8_t[AAD_MAX],
    size_t *, struct fault *);
static bool put_name(const char *, uint8_t *, size_t *);
static bool encrypt(EVP_CIPHER_CTX *, const uint8_t *, const uint8_t *, size_t,
    const void *, size_t, uint8_t *);
static bool decrypt(
    EVP_CIPHER_CTX *, const uint8_t *, size_t, const uint8_t *, size_t, char *);
static void put_u32(uint8_t *, uint32_t);

struct cell_key *
cell_key_new(const uint8_t bytes[32], uint32_t version)
{
	struct cell_key *key;
	EVP_CIPHER *gcm = NULL;
	struct gear *gear;

	if ((key = calloc(1, sizeof(*key))) == NULL)
		return (NULL);
	key->version = version;
	if ((gear = calloc(1, sizeof(*gear))) == NULL)
		goto fail;
	(void)pthread_mutex_init(&gear->lock, NULL);
	key->gear = gear;
	if ((key->bytes = secret_alloc(32)) == NULL)
		goto fail;
	memcpy(key->bytes, bytes, 32);
	if ((gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)) == NULL ||
	    (gear->seal = EVP_CIPHER_CTX_new()) == NULL ||
	    (gear->open = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_EncryptInit_ex2(gear->seal, gcm, key->bytes, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(gear->open, gcm, key->bytes, NULL, NULL) != 1)
		goto fail;
	EVP_CIPHER_free(gcm);
	return (key);

fail:
	EVP_CIPHER_free(gcm);
	cell_key_free(key);
	return (NULL);
}

void
cell_key_free(struct cell_key *key)
{
	/* Behave consistently with free(NULL). */
	if (key == NULL)
		return;

	if (key->gear != NULL) {
		EVP_CIPHER_CTX_free(key->gear->seal);
		EVP_CIPHER_CTX_free(key->gear->open);
		(void)pthread_mutex_destroy(&key->gear->lock);
		free(key->gear);
	}
	secret_free(key->bytes, 32);
	free(key);
}

uint32_t
cell_key_version(const struct cell_key *key)
{
	return (key->version);
}

const uint8_t *
cell_key_bytes(const struct cell_key *key)
{
	return (key->bytes);
}

bool
cell_version(const uint8_t *cell, size_t len, uint32_t *version)
{
	if (len < CELL_OVERHEAD || cell[0] != FORMAT)
		return (false);

	*version = (uint32_t)cell[1] << 24 | (uint32_t)cell[2] << 16 |
	    (uint32_t)cell[3] << 8 | cell[4];
	return (true);
}

bool
cell_seal(const struct cell_key *key, const struct cell_place *place,
    const void *text, size_t len, uint8_t *out, struct fault *f)
{
	uint8_t aad[AAD_MAX];
	size_t aad_len;
	bool ok;

	if (len > INT32_MAX - CELL_OVERHEAD)
		return (fault_set(f, FAULT_BUG, "a cell of %zu bytes", len));
	if (!aad_make(place, key->version, aad, &aad_len, f))
		return (false);

	out[0] = FORMAT;
	put_u32(out + 1, key->version);
	nonce_take(out + 5);
	(void)pthread_mutex_lock(&key->gear->lock);
	ok = encrypt(key->gear->seal, out + 5, aad, aad_len, text, len,
	    out + HEAD_BYTES);
	(void)pthread_mutex_unlock(&key->gear->lock);
	if (!ok)
		return (fault_set(f, FAULT_CRYPT, "%s.%s did not encrypt",
		    place->table, place->column));
	return (true);
}

bool
cell_open(const struct cell_key *key, const struct cell_place *place,
    const uint8_t *cell, size_t len, char *out, struct fault *f)
{
	uint8_t aad[AAD_MAX];
	size_t aad_len;
	uint32_t version;
	bool ok;

	if (!cell_version(cell, len, &version) || len > INT32_MAX ||
	    version != key->version)
		return (fault_set(f, FAULT_CRYPT,
		    "%s.%s is no cell of key version %lu", place->table,
		    place->column, (unsigned long)key->version));
	if (!aad_make(place, version, aad, &aad_len, f))
		return (false);

	(void)pthread_mutex_lock(&key->gear->lock);
	ok = decrypt(key->gear->open, aad, aad_len, cell, len, out);
	(void)pthread_mutex_unlock(&key->gear->lock);
	if (!ok) {
		secret_wipe(out, len - CELL_OVERHEAD + 1);
		return (fault_set(f, FAULT_CRYPT,
		    "%s.%s of row %s was changed or moved", place->table,
		    place->column, place->row_id));
	}
	out[len - CELL_OVERHEAD] = '\0';
	return (true);
}

/*
 * A child must never use the nonces that its parent holds in store too: a
 * nonce used twice under one key gives both texts away.
 */
static void
nonce_take(uint8_t out[NONCE_BYTES])
{
	unsigned now;

	(void)pthread_once(&watch_once, watch_forks);
	now = atomic_load_explicit(&generation, memory_order_relaxed);
	if (pool.left == 0 || pool.generation != now) {
		secret_random(pool.nonces, sizeof(pool.nonces));
		pool.left = POOL_NONCES;
		pool.generation = now;
	}
	memcpy(out, pool.nonces[--pool.left], NONCE_BYTES);
}

static void
watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, next_generation) != 0)
		abort();
}

static void
next_generation(void)
{
	atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

static bool
aad_make(const struct cell_place *place, uint32_t version, uint8_t aad[AAD_MAX],
    size_t *lenp, struct fault *f)
{
	size_t n = 0;

	aad[n++] = FORMAT;
	if (!text_uuid_bytes(place->tenant_id, aad + n))
		return (fault_set(f, FAULT_BUG, "a cell without tenant"));
	n += 16;
	if (!put_name(place->table, aad, &n) ||
	    !put_name(place->column, aad, &n))
		return (fault_set(f, FAULT_BUG, "a cell without place"));
	if (!text_uuid_bytes(place->row_id, aad + n))
		return (fault_set(
		    f, FAULT_BUG, "a cell of %s without row", place->table));
	n += 16;
	put_u32(aad + n, version);
	*lenp = n + 4;
	return (true);
}

static bool
put_name(const char *name, uint8_t *aad, size_t *n)
{
	const size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_)
		return (false);
	memcpy(aad + *n, name, len + 1);
	*n += len + 1;
	return (true);
}

static bool
encrypt(EVP_CIPHER_CTX *ctx, const uint8_t *nonce, const uint8_t *aad,
    size_t aad_len, const void *text, size_t len, uint8_t *out)
{
	int n;

	return (EVP_EncryptInit_ex2(ctx, NULL, NULL, nonce, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1 &&
	    (len == 0 ||
		EVP_EncryptUpdate(ctx, out, &n, text, (int)len) == 1) &&
	    EVP_EncryptFinal_ex(ctx, out + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + len) == 1);
}

static bool
decrypt(EVP_CIPHER_CTX *ctx, const uint8_t *aad, size_t aad_len,
    const uint8_t *cell, size_t cell_len, char *out)
{
	const size_t len = cell_len - CELL_OVERHEAD;
	uint8_t *text = (uint8_t *)out;
	uint8_t tag[TAG_BYTES];
	int n;

	memcpy(tag, cell + HEAD_BYTES + len, TAG_BYTES);
	return (EVP_DecryptInit_ex2(ctx, NULL, NULL, cell + 5, NULL) == 1 &&
	    EVP_DecryptUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1 &&
	    (len == 0 ||
		EVP_DecryptUpdate(ctx, text, &n, cell + HEAD_BYTES, (int)len) ==
		    1) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) ==
		1 &&
	    EVP_DecryptFinal_ex(ctx, text + len, &n) == 1);
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}
