#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "blob.h"
#include "gcm.h"

#define MAGIC       "V\x01\x01"
#define MAGIC_BYTES 3
#define SALT_BYTES  16
#define HEAD_BYTES  (MAGIC_BYTES + 16 + 4 + SALT_BYTES)
#define MEMBERS_MAX 256
#define KDF_INFO    "vkms/blob/v1"

_Static_assert(HEAD_BYTES + GCM_OVERHEAD == BLOB_OVERHEAD, "67 bytes");

static int by_bytes(const void *, const void *);
static bool put(struct blob_context *, const char *, size_t);
static bool blob_key(const uint8_t[32], const uint8_t *, uint8_t *);
static void put_u32(uint8_t *, uint32_t);

bool
blob_context_make(json_t *map, struct blob_context *out)
{
	const char *names[MEMBERS_MAX];
	const json_t *value;
	size_t n = 0, i;
	void *at;

	out->len = 0;
	if (map == NULL)
		return (true);
	if (!json_is_object(map) || json_object_size(map) > MEMBERS_MAX)
		return (false);

	for (at = json_object_iter(map); at != NULL;
	     at = json_object_iter_next(map, at))
		names[n++] = json_object_iter_key(at);
	qsort(names, n, sizeof(names[0]), by_bytes);

	for (i = 0; i < n; i++) {
		value = json_object_get(map, names[i]);
		if (!json_is_string(value) ||
		    !put(out, names[i], strlen(names[i])) ||
		    !put(out, json_string_value(value),
			json_string_length(value)))
			return (false);
	}
	return (true);
}

bool
blob_seal(const struct blob_head *head, const uint8_t material[32],
    const struct blob_context *context, const uint8_t *plain, size_t len,
    uint8_t *out, struct fault *f)
{
	const struct gcm_aad aad = { out, HEAD_BYTES, context->bytes,
		context->len };
	uint8_t *key;
	bool ok;

	if ((key = secret_alloc(32)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "the secure heap is full"));

	memcpy(out, MAGIC, MAGIC_BYTES);
	memcpy(out + MAGIC_BYTES, head->key_id, 16);
	put_u32(out + MAGIC_BYTES + 16, head->material);
	secret_random(out + MAGIC_BYTES + 20, SALT_BYTES);
	ok = blob_key(material, out + MAGIC_BYTES + 20, key) &&
	    gcm_seal(key, &aad, plain, len, out + HEAD_BYTES);
	secret_free(key, 32);
	if (!ok)
		return (fault_set(f, FAULT_CRYPT, "a blob did not encrypt"));
	return (true);
}

bool
blob_head(const uint8_t *blob, size_t len, struct blob_head *head)
{
	const uint8_t *v = blob + MAGIC_BYTES + 16;

	if (len < BLOB_OVERHEAD || len > BLOB_MAX ||
	    memcmp(blob, MAGIC, MAGIC_BYTES) != 0)
		return (false);

	memcpy(head->key_id, blob + MAGIC_BYTES, 16);
	head->material = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 |
	    (uint32_t)v[2] << 8 | v[3];
	return (true);
}

bool
blob_open(const uint8_t material[32], const struct blob_context *context,
    const uint8_t *blob, size_t len, uint8_t *plain)
{
	const struct gcm_aad aad = { blob, HEAD_BYTES, context->bytes,
		context->len };
	uint8_t *key;
	bool ok;

	if (len < BLOB_OVERHEAD || (key = secret_alloc(32)) == NULL)
		return (false);

	ok = blob_key(material, blob + MAGIC_BYTES + 20, key) &&
	    gcm_open(key, &aad, blob + HEAD_BYTES, len - HEAD_BYTES, plain);
	secret_free(key, 32);
	return (ok);
}

static int
by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	/* strcmp compares as unsigned char: the order of the bytes. */
	return (strcmp(*x, *y));
}

static bool
put(struct blob_context *out, const char *bytes, size_t len)
{
	if (len > sizeof(out->bytes) - 4 ||
	    out->len + 4 + len > sizeof(out->bytes))
		return (false);
	put_u32(out->bytes + out->len, (uint32_t)len);
	memcpy(out->bytes + out->len + 4, bytes, len);
	out->len += 4 + len;
	return (true);
}

static bool
blob_key(const uint8_t material[32], const uint8_t *salt, uint8_t *key)
{
	EVP_KDF *kdf = NULL;
	EVP_KDF_CTX *ctx = NULL;
	OSSL_PARAM params[5];
	char digest[] = "SHA256", info[] = KDF_INFO;
	uint8_t salt_copy[SALT_BYTES];
	uint8_t *ikm;
	bool ok = false;

	/* OSSL_PARAM wants mutable memory, though it only reads. */
	if ((ikm = secret_alloc(32)) == NULL)
		return (false);
	memcpy(ikm, material, 32);
	memcpy(salt_copy, salt, SALT_BYTES);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm, 32);
	params[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_SALT, salt_copy, SALT_BYTES);
	params[3] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, info, sizeof(info) - 1);
	params[4] = OSSL_PARAM_construct_end();

	if ((kdf = EVP_KDF_fetch(NULL, "HKDF", NULL)) != NULL &&
	    (ctx = EVP_KDF_CTX_new(kdf)) != NULL)
		ok = EVP_KDF_derive(ctx, key, 32, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	secret_free(ikm, 32);
	return (ok);
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}
