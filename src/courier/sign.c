#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "text.h"

#include "sign.h"

#define PREFIX "whsec_"

bool
sign_webhook(const char *secret, const char *id, int64_t timestamp,
    const char *body, char out[SIGN_SIZE])
{
	uint8_t *key = NULL, mac[EVP_MAX_MD_SIZE];
	char *message = NULL, *b64 = NULL;
	unsigned mac_len = 0;
	size_t key_len = 0;
	bool ok = false;
	int n;

	if (secret == NULL ||
	    strncmp(secret, PREFIX, sizeof(PREFIX) - 1) != 0 ||
	    !text_unbase64(secret + sizeof(PREFIX) - 1, &key, &key_len) ||
	    key_len == 0)
		goto out;
	n = asprintf(&message, "%s.%" PRId64 ".%s", id, timestamp, body);
	if (n < 0) {
		message = NULL;
		goto out;
	}
	if (HMAC(EVP_sha256(), key, (int)key_len, (const uint8_t *)message,
		(size_t)n, mac, &mac_len) == NULL ||
	    (b64 = text_base64(mac, mac_len)) == NULL)
		goto out;
	ok = snprintf(out, SIGN_SIZE, "v1,%s", b64) < SIGN_SIZE;
out:
	if (key != NULL)
		secret_wipe(key, key_len);
	if (message != NULL)
		secret_wipe(message, strlen(message));
	free(key);
	free(message);
	free(b64);
	return (ok);
}
