#include <openssl/evp.h>
#include <string.h>

#include "secret.h"

#include "gcm.h"

#define NONCE 12
#define TAG   16

static bool aad_add(EVP_CIPHER_CTX *, bool, const void *, size_t);

bool
gcm_seal(const uint8_t key[32], const struct gcm_aad *aad, const void *plain,
    size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t *text = out + NONCE;
	bool ok;
	int n;

	if (len > INT32_MAX || (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (false);

	secret_random(out, NONCE);
	ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1 &&
	    aad_add(ctx, true, aad->head, aad->head_len) &&
	    aad_add(ctx, true, aad->tail, aad->tail_len) &&
	    EVP_EncryptUpdate(ctx, text, &n, plain, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, text + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, text + len) ==
		1;
	EVP_CIPHER_CTX_free(ctx);
	return (ok);
}

bool
gcm_open(const uint8_t key[32], const struct gcm_aad *aad,
    const uint8_t *sealed, size_t sealed_len, void *out)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG], *text = out;
	size_t len;
	bool ok;
	int n;

	if (sealed_len < GCM_OVERHEAD || sealed_len > INT32_MAX)
		return (false);
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (false);

	len = sealed_len - GCM_OVERHEAD;
	memcpy(tag, sealed + NONCE + len, TAG);
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) ==
		1 &&
	    aad_add(ctx, false, aad->head, aad->head_len) &&
	    aad_add(ctx, false, aad->tail, aad->tail_len) &&
	    EVP_DecryptUpdate(ctx, text, &n, sealed + NONCE, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, text + len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		secret_wipe(out, len);
	return (ok);
}

static bool
aad_add(EVP_CIPHER_CTX *ctx, bool sealing, const void *bytes, size_t len)
{
	int n;

	if (len == 0)
		return (true);
	return (sealing
		? EVP_EncryptUpdate(ctx, NULL, &n, bytes, (int)len) == 1
		: EVP_DecryptUpdate(ctx, NULL, &n, bytes, (int)len) == 1);
}
