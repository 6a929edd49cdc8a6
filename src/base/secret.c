#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "fault.h"
#include "secret.h"

#define HEAP_BYTES (1U << 20) /* a power of two */
#define HEAP_BLOCK 32

static void wiping_free(void *);

bool
secret_boot(struct fault *f)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return (fault_set(f, FAULT_SYSTEM, "core dumps stay possible"));
	if (!CRYPTO_secure_malloc_initialized() &&
	    CRYPTO_secure_malloc_init(HEAP_BYTES, HEAP_BLOCK) == 0)
		return (fault_set(f, FAULT_MEMORY, "no secure heap"));
	json_set_alloc_funcs(malloc, wiping_free);
	return (true);
}

void
secret_random(void *out, size_t len)
{
	if (len > INT32_MAX || RAND_priv_bytes(out, (int)len) != 1)
		abort();
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return (CRYPTO_memcmp(a, b, len) == 0);
}

void
secret_wipe(void *p, size_t len)
{
	if (p != NULL)
		OPENSSL_cleanse(p, len);
}

void *
secret_alloc(size_t len)
{
	return (OPENSSL_secure_zalloc(len));
}

void
secret_free(void *p, size_t len)
{
	/* Behave consistently with free(NULL). */
	if (p == NULL)
		return;

	OPENSSL_secure_clear_free(p, len);
}

void
secret_token(char *out, size_t nchars)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	size_t i;

	secret_random(out, nchars);
	for (i = 0; i < nchars; i++)
		out[i] = alphabet[(unsigned char)out[i] & 31];
	out[nchars] = '\0';
}

void
secret_hash(const uint8_t key[32], const char *label, const void *text,
    size_t len, uint8_t out[SECRET_HASH_BYTES])
{
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					  "digest", sha256, 0),
		OSSL_PARAM_construct_end() };
	size_t n;

	if ((mac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL ||
	    (ctx = EVP_MAC_CTX_new(mac)) == NULL ||
	    EVP_MAC_init(ctx, key, 32, params) != 1 ||
	    EVP_MAC_update(
		ctx, (const unsigned char *)label, strlen(label) + 1) != 1 ||
	    EVP_MAC_update(ctx, text, len) != 1 ||
	    EVP_MAC_final(ctx, out, &n, SECRET_HASH_BYTES) != 1)
		abort(); /* out of memory: nothing sensible can follow */
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

void
secret_digest(const void *data, size_t len, uint8_t out[SECRET_HASH_BYTES])
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

/* What JSON held may have been a name or a password. */
static void
wiping_free(void *p)
{
	if (p != NULL)
		OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}
