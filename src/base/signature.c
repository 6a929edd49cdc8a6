#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "signature.h"

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
