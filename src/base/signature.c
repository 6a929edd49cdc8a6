#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "signature.h"
#include "text.h"

static EVP_PKEY *key_read(const uint8_t *);
static unsigned char *der_of(const uint8_t *, size_t *);

bool
signature_key_is_good(const uint8_t *key, size_t len)
{
	EVP_PKEY *pkey;

	if (len != SIGNATURE_KEY_BYTES || key[0] != 4 ||
	    (pkey = key_read(key)) == NULL)
		return (false);
	EVP_PKEY_free(pkey);
	return (true);
}

bool
signature_verify(const uint8_t key[SIGNATURE_KEY_BYTES], const void *text,
    size_t len, const uint8_t signature[SIGNATURE_BYTES])
{
	EVP_MD_CTX *md = NULL;
	EVP_PKEY *pkey;
	unsigned char *der = NULL;
	size_t der_len = 0;
	bool good = false;

	if ((pkey = key_read(key)) == NULL)
		return (false);
	if ((der = der_of(signature, &der_len)) != NULL &&
	    (md = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, pkey) == 1)
		good = EVP_DigestVerify(md, der, der_len, text, len) == 1;
	ERR_clear_error();
	EVP_MD_CTX_free(md);
	OPENSSL_free(der);
	EVP_PKEY_free(pkey);
	return (good);
}

bool
signature_sign(const char *key, const void *text, size_t len,
    uint8_t signature[SIGNATURE_DER_MAX], size_t *size,
    char public_key[SIGNATURE_PEM_SIZE])
{
	BIO *out = BIO_new(BIO_s_mem());
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *pkey = NULL;
	const uint8_t *at;
	uint8_t *der = NULL;
	size_t der_len = 0;
	char group[32] = "";
	bool done = false;
	int n;

	*size = SIGNATURE_DER_MAX;
	if (text_unbase64(key, &der, &der_len)) {
		at = der;
		pkey = d2i_AutoPrivateKey(NULL, &at, (long)der_len);
		secret_wipe(der, der_len);
		free(der);
	}
	if (out != NULL && md != NULL && pkey != NULL &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, "prime256v1") == 0 &&
	    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestSign(md, signature, size, text, len) == 1 &&
	    PEM_write_bio_PUBKEY(out, pkey) == 1) {
		n = BIO_read(out, public_key, SIGNATURE_PEM_SIZE - 1);
		done = n > 0;
		public_key[done ? n : 0] = '\0';
	}
	ERR_clear_error();
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(md);
	BIO_free(out);
	return (done);
}

/* Reading checks that the point is on the curve; so does the full check. */
static EVP_PKEY *
key_read(const uint8_t *key)
{
	char group[] = "prime256v1";
	uint8_t copy[SIGNATURE_KEY_BYTES];
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *make, *check = NULL;
	EVP_PKEY *pkey = NULL;

	memcpy(copy, key, sizeof(copy));
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof(copy));
	params[2] = OSSL_PARAM_construct_end();

	if ((make = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) == NULL ||
	    EVP_PKEY_fromdata_init(make) != 1 ||
	    EVP_PKEY_fromdata(make, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1 ||
	    (check = EVP_PKEY_CTX_new(pkey, NULL)) == NULL ||
	    EVP_PKEY_public_check(check) != 1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	ERR_clear_error();
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(make);
	return (pkey);
}

/* OpenSSL reads signatures in DER only. */
static unsigned char *
der_of(const uint8_t *signature, size_t *len)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature, SIGNATURE_BYTES / 2, NULL);
	BIGNUM *s = BN_bin2bn(
	    signature + SIGNATURE_BYTES / 2, SIGNATURE_BYTES / 2, NULL);
	unsigned char *der = NULL;
	int n;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return (NULL);
	}
	n = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	if (n <= 0)
		return (NULL);
	*len = (size_t)n;
	return (der);
}
