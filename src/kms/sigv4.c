#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "secret.h"
#include "text.h"

#include "sigv4.h"

#define ALGORITHM  "AWS4-HMAC-SHA256"
#define SERVICE    "kms"
#define TERMINATOR "aws4_request"
#define VALUE_MAX  4096

static bool has_duplicates(const struct sigv4_request *);
static bool read_authorization(const char *, const char *, struct sigv4 *);
static bool read_credential(char *, const char *, struct sigv4 *);
static bool are_ascending(const char *);
static bool is_signed(const struct sigv4 *, const char *);
static bool read_clock(const char *, int64_t *);
static bool canonical_digest(
    const struct sigv4_request *, const struct sigv4 *, char[65]);
static bool put_headers(
    FILE *, const struct sigv4_request *, const struct sigv4 *);
static void put_squeezed(FILE *, const char *);
static void hmac(const uint8_t *, size_t, const char *, uint8_t *);

const char *
sigv4_header(const struct sigv4_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nheaders; i++) {
		if (strcasecmp(r->headers[i].name, name) == 0)
			return (r->headers[i].value);
	}
	return (NULL);
}

enum kms_error
sigv4_read(const struct sigv4_request *r, const char *region, int64_t now,
    struct sigv4 *out)
{
	const char *authorization, *date;
	int64_t at;

	memset(out, 0, sizeof(*out));
	if (strcmp(r->method, "POST") != 0 || strcmp(r->target, "/") != 0)
		return (KMS_UNKNOWN_OPERATION);
	if (has_duplicates(r) || sigv4_header(r, "transfer-encoding") != NULL)
		return (KMS_INCOMPLETE_SIGNATURE);
	if ((authorization = sigv4_header(r, "authorization")) == NULL)
		return (KMS_MISSING_TOKEN);
	if (!read_authorization(authorization, region, out) ||
	    !are_ascending(out->signed_headers) || !is_signed(out, "host") ||
	    !is_signed(out, "x-amz-date") || !is_signed(out, "x-amz-target"))
		return (KMS_INCOMPLETE_SIGNATURE);

	date = sigv4_header(r, "x-amz-date");
	if (date == NULL || !read_clock(date, &at) ||
	    strncmp(date, out->date, 8) != 0)
		return (KMS_INCOMPLETE_SIGNATURE);
	if (at < now - SIGV4_SKEW || at > now + SIGV4_SKEW)
		return (KMS_INVALID_SIGNATURE);
	return (KMS_OK);
}

bool
sigv4_verify(const struct sigv4_request *r, const char *region,
    const struct sigv4 *s, const char *secret_key)
{
	char digest[65], text[512], *prefixed;
	uint8_t *key;
	bool ok = false;
	size_t len;

	if (!canonical_digest(r, s, digest))
		return (false);
	(void)snprintf(text, sizeof(text), "%s\n%s\n%s/%s/%s/%s\n%s", ALGORITHM,
	    sigv4_header(r, "x-amz-date"), s->date, region, SERVICE, TERMINATOR,
	    digest);

	len = 4 + strlen(secret_key);
	prefixed = secret_alloc(len + 1);
	key = secret_alloc(32);
	if (prefixed != NULL && key != NULL) {
		memcpy(prefixed, "AWS4", 4);
		memcpy(prefixed + 4, secret_key, len - 4);
		hmac((const uint8_t *)prefixed, len, s->date, key);
		hmac(key, 32, region, key);
		hmac(key, 32, SERVICE, key);
		hmac(key, 32, TERMINATOR, key);
		hmac(key, 32, text, key);
		ok = secret_equal(key, s->signature, 32);
	}
	secret_free(prefixed, len + 1);
	secret_free(key, 32);
	return (ok);
}

/* A header sent twice could be read one way here and another way there. */
static bool
has_duplicates(const struct sigv4_request *r)
{
	size_t i, j;

	for (i = 0; i < r->nheaders; i++) {
		for (j = i + 1; j < r->nheaders; j++) {
			if (strcasecmp(
				r->headers[i].name, r->headers[j].name) == 0)
				return (true);
		}
	}
	return (false);
}

/*
 * AWS4-HMAC-SHA256 Credential=AK/date/region/kms/aws4_request,
 *	SignedHeaders=a;b;c, Signature=hex
 */
static bool
read_authorization(const char *value, const char *region, struct sigv4 *out)
{
	char text[2048], *field, *rest;
	bool credential = false, headers = false, signature = false;

	if (strlen(value) >= sizeof(text) ||
	    strncmp(value, ALGORITHM " ", strlen(ALGORITHM) + 1) != 0)
		return (false);
	text_copy(text, sizeof(text), value + strlen(ALGORITHM) + 1);

	for (field = strtok_r(text, ",", &rest); field != NULL;
	     field = strtok_r(NULL, ",", &rest)) {
		field += strspn(field, " ");
		if (!credential && strncmp(field, "Credential=", 11) == 0) {
			if (!read_credential(field + 11, region, out))
				return (false);
			credential = true;
		} else if (!headers &&
		    strncmp(field, "SignedHeaders=", 14) == 0) {
			if (strlen(field + 14) >= sizeof(out->signed_headers))
				return (false);
			text_copy(out->signed_headers,
			    sizeof(out->signed_headers), field + 14);
			headers = true;
		} else if (!signature &&
		    strncmp(field, "Signature=", 10) == 0) {
			if (strlen(field + 10) != 64 ||
			    !text_unhex(field + 10, out->signature, 32))
				return (false);
			signature = true;
		} else
			return (false);
	}
	return (credential && headers && signature);
}

static bool
read_credential(char *text, const char *region, struct sigv4 *out)
{
	char *part[5], *rest = text;
	size_t i;

	for (i = 0; i < NELEMS(part); i++) {
		if ((part[i] = strsep(&rest, "/")) == NULL)
			return (false);
	}
	if (rest != NULL || part[0][0] == '\0' ||
	    strlen(part[0]) >= sizeof(out->access_key) ||
	    strlen(part[1]) != 8 || strspn(part[1], "0123456789") != 8 ||
	    strcmp(part[2], region) != 0 || strcmp(part[3], SERVICE) != 0 ||
	    strcmp(part[4], TERMINATOR) != 0)
		return (false);
	text_copy(out->access_key, sizeof(out->access_key), part[0]);
	text_copy(out->date, sizeof(out->date), part[1]);
	return (true);
}

/* Lower case, strictly ascending: so each at most once. */
static bool
are_ascending(const char *names)
{
	char text[sizeof(((struct sigv4 *)NULL)->signed_headers)];
	const char *last = "", *name;
	char *rest = text;

	text_copy(text, sizeof(text), names);
	while ((name = strsep(&rest, ";")) != NULL) {
		if (*name == '\0' || strcmp(last, name) >= 0 ||
		    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") !=
			strlen(name))
			return (false);
		last = name;
	}
	return (true);
}

static bool
is_signed(const struct sigv4 *s, const char *name)
{
	const size_t n = strlen(name);
	const char *p = s->signed_headers;

	for (; p != NULL; p = strchr(p, ';')) {
		if (*p == ';')
			p++;
		if (strncmp(p, name, n) == 0 && (p[n] == ';' || p[n] == '\0'))
			return (true);
	}
	return (false);
}

/* YYYYMMDDTHHMMSSZ */
static bool
read_clock(const char *s, int64_t *at)
{
	struct tm tm = { .tm_isdst = 0 }, again;
	char text[17];
	const char *end;
	time_t t;

	if (strlen(s) != 16)
		return (false);
	end = strptime(s, "%Y%m%dT%H%M%SZ", &tm);
	if (end == NULL || *end != '\0')
		return (false);
	t = timegm(&tm);
	if (gmtime_r(&t, &again) == NULL ||
	    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &again) != 16 ||
	    strcmp(text, s) != 0)
		return (false);
	*at = (int64_t)t;
	return (true);
}

static bool
canonical_digest(
    const struct sigv4_request *r, const struct sigv4 *s, char out[65])
{
	uint8_t digest[32];
	char body[65], *text = NULL;
	size_t len;
	FILE *m;
	bool ok;

	secret_digest(r->body, r->len, digest);
	text_hex(digest, sizeof(digest), body);
	if ((m = open_memstream(&text, &len)) == NULL)
		return (false);
	(void)fprintf(m, "%s\n%s\n\n", r->method, r->target);
	ok = put_headers(m, r, s);
	(void)fprintf(m, "\n%s\n%s", s->signed_headers, body);
	ok = !ferror(m) && ok;
	if (fclose(m) != 0)
		ok = false;
	if (ok) {
		secret_digest(text, len, digest);
		text_hex(digest, sizeof(digest), out);
	}
	free(text);
	return (ok);
}

/* A header that is signed but was not sent makes the request invalid. */
static bool
put_headers(FILE *m, const struct sigv4_request *r, const struct sigv4 *s)
{
	char names[sizeof(s->signed_headers)], *rest = names;
	const char *name, *value;

	text_copy(names, sizeof(names), s->signed_headers);
	while ((name = strsep(&rest, ";")) != NULL) {
		if ((value = sigv4_header(r, name)) == NULL ||
		    strlen(value) > VALUE_MAX)
			return (false);
		(void)fprintf(m, "%s:", name);
		put_squeezed(m, value);
		(void)fputc('\n', m);
	}
	return (true);
}

/* White space at the ends goes, runs of it become one space. */
static void
put_squeezed(FILE *m, const char *value)
{
	bool space = false, begun = false;

	for (; *value != '\0'; value++) {
		if (*value == ' ' || *value == '\t') {
			space = true;
			continue;
		}
		if (space && begun)
			(void)fputc(' ', m);
		(void)fputc((unsigned char)*value, m);
		space = false;
		begun = true;
	}
}

static void
hmac(const uint8_t *key, size_t key_len, const char *text, uint8_t *out)
{
	uint8_t mac[32];

	if (HMAC(EVP_sha256(), key, (int)key_len, (const uint8_t *)text,
		strlen(text), mac, NULL) == NULL)
		abort(); /* out of memory: nothing sensible can follow */
	memcpy(out, mac, sizeof(mac));
	secret_wipe(mac, sizeof(mac));
}
