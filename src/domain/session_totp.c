#include <liboath/oath.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "session_totp.h"

#define STEP_SECONDS 30
#define DRIFT        1 /* steps */

static bool started;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

static void start(void);
static void escape(FILE *, const char *);

void
session_totp_make(char secret[SESSION_TOTP_CHARS + 1])
{
	secret_token(secret, SESSION_TOTP_CHARS);
}

char *
session_totp_uri(const char *issuer, const char *account, const char *secret)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return (NULL);
	(void)fputs("otpauth://totp/", out);
	escape(out, issuer);
	(void)fputc(':', out);
	escape(out, account);
	(void)fprintf(out, "?secret=%s&issuer=", secret);
	escape(out, issuer);
	(void)fprintf(out, "&algorithm=SHA1&digits=%d&period=%d",
	    SESSION_TOTP_DIGITS, STEP_SECONDS);
	if (fclose(out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}

bool
session_totp_step(const char *secret, const char *code, int64_t seconds,
    int64_t *step, struct fault *f)
{
	uint64_t counter = 0;
	char *key = NULL;
	size_t len = 0;
	int r;

	*step = 0;
	if (strlen(code) != SESSION_TOTP_DIGITS ||
	    strspn(code, "0123456789") != SESSION_TOTP_DIGITS)
		return (true);
	(void)pthread_once(&start_once, start);
	if (!started ||
	    oath_base32_decode(secret, strlen(secret), &key, &len) != OATH_OK)
		return (fault_set(f, FAULT_BUG, "no secret of liboath's"));
	r = oath_totp_validate4(key, len, (time_t)seconds, STEP_SECONDS, 0,
	    DRIFT, NULL, &counter, 0, code);
	secret_wipe(key, len);
	free(key);
	if (r >= 0)
		*step = (int64_t)counter;
	else if (r != OATH_INVALID_OTP)
		return (fault_set(f, FAULT_SYSTEM, "%s", oath_strerror(r)));
	return (true);
}

static void
start(void)
{
	started = oath_init() == OATH_OK;
}

/* RFC 3986 section 2.1: whatever is not unreserved. */
static void
escape(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789-._~",
			*s) != NULL)
			(void)fputc(*s, out);
		else
			(void)fprintf(out, "%%%02X", (unsigned)(uint8_t)*s);
	}
}
