#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "secret.h"
#include "text.h"

static size_t utf8_take(const unsigned char *, size_t, uint32_t *);
static int hex_digit(char);

bool
text_is_utf8(const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		if ((n = utf8_take((const unsigned char *)s, len, &c)) == 0)
			return (false);
	}
	return (true);
}

bool
text_is_clean(const char *s)
{
	size_t len = strlen(s), n;
	uint32_t c;

	for (; len > 0; s += n, len -= n) {
		if ((n = utf8_take((const unsigned char *)s, len, &c)) == 0)
			return (false);
		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e ||
		    c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
		    (c & 0xfffe) == 0xfffe)
			return (false);
	}
	return (true);
}

size_t
text_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

void
text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)src[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
}

char *
text_trim(char *s)
{
	size_t len;

	for (;;) {
		if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
			s++;
		else if (strncmp(s, "\xe3\x80\x80", 3) == 0)
			s += 3;
		else
			break;
	}
	for (len = strlen(s); len > 0;) {
		if (s[len - 1] == ' ' ||
		    (s[len - 1] >= '\t' && s[len - 1] <= '\r'))
			len--;
		else if (len >= 3 &&
		    memcmp(s + len - 3, "\xe3\x80\x80", 3) == 0)
			len -= 3;
		else
			break;
	}
	s[len] = '\0';
	return (s);
}

void
text_hex(const uint8_t *in, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * len] = '\0';
}

bool
text_unhex(const char *in, uint8_t *out, size_t len)
{
	size_t i;
	int hi, lo;

	for (i = 0; i < len; i++) {
		if ((hi = hex_digit(in[2 * i])) < 0 ||
		    (lo = hex_digit(in[2 * i + 1])) < 0)
			return (false);
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return (true);
}

char *
text_base64(const uint8_t *in, size_t len)
{
	char *out;

	if (len > INT32_MAX / 2 || (out = malloc(len / 3 * 4 + 8)) == NULL)
		return (NULL);
	(void)EVP_EncodeBlock((unsigned char *)out, in, (int)len);
	return (out);
}

bool
text_unbase64(const char *in, uint8_t **outp, size_t *lenp)
{
	const size_t n = strlen(in);
	uint8_t *out;
	char *again;
	size_t pad = 0;
	bool same;
	int len;

	if (n % 4 != 0 || n > INT32_MAX / 2)
		return (false);
	if (n > 0)
		pad = (size_t)(in[n - 1] == '=') +
		    (size_t)(in[n - 1] == '=' && in[n - 2] == '=');
	if ((out = malloc(n / 4 * 3 + 1)) == NULL)
		return (false);
	len = EVP_DecodeBlock(out, (const unsigned char *)in, (int)n);
	if (len < 0 || (size_t)len < pad)
		goto bad;

	/* EVP_DecodeBlock forgives white space and stray bits; we do not. */
	again = text_base64(out, (size_t)len - pad);
	same = again != NULL && strcmp(again, in) == 0;
	if (again != NULL)
		secret_wipe(again, strlen(again)); /* it may be a key */
	free(again);
	if (!same)
		goto bad;
	*outp = out;
	*lenp = (size_t)len - pad;
	return (true);

bad:
	secret_wipe(out, n / 4 * 3 + 1);
	free(out);
	return (false);
}

bool
text_is_pass(const char *s)
{
	return (strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == 26 &&
	    s[26] == '\0');
}

bool
text_is_uuid(const char *s)
{
	uint8_t bytes[16];

	return (text_uuid_bytes(s, bytes));
}

void
text_uuid_new(uuid_text out)
{
	struct timespec now;
	uint64_t ms;
	uint8_t b[16];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	secret_random(b, sizeof(b));
	b[0] = (uint8_t)(ms >> 40);
	b[1] = (uint8_t)(ms >> 32);
	b[2] = (uint8_t)(ms >> 24);
	b[3] = (uint8_t)(ms >> 16);
	b[4] = (uint8_t)(ms >> 8);
	b[5] = (uint8_t)ms;
	b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	(void)snprintf(out, sizeof(uuid_text),
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
}

bool
text_uuid_bytes(const char *s, uint8_t out[16])
{
	char digits[33];
	size_t i, n = 0;

	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return (false);
		} else if (s[i] >= 'A' && s[i] <= 'F')
			return (false);
		else if (hex_digit(s[i]) < 0)
			return (false);
		else
			digits[n++] = s[i];
	}
	return (s[36] == '\0' && text_unhex(digits, out, 16));
}

/* Take one character; return its bytes, 0 if they are not UTF-8. */
static size_t
utf8_take(const unsigned char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (s[0] < 0x80) {
		*c = s[0];
		return (1);
	}
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return (0);
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return (0);
	*c = s[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return (0);
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return (0);
	return (n);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}
