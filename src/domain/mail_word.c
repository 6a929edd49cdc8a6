#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#include "mail_word.h"

#define WORD_OPEN     "=?UTF-8?B?"
#define WORD_OPEN_Q   "=?UTF-8?Q?"
#define WORD_CLOSE    "?="
#define WORD_OVERHEAD (sizeof(WORD_OPEN) - 1 + sizeof(WORD_CLOSE) - 1)
#define WORD_BYTES    45 /* 60 characters of base64 */

static bool plain(const char *, size_t);
static size_t encoded(FILE *, size_t, const char *);
static size_t cut(const char *, size_t);
static size_t character(const char *);
static size_t write_b(FILE *, const char *, size_t);
static size_t write_q(FILE *, const char *, size_t);
static const char *read_word(const char *, FILE *);
static bool read_q(const char *, size_t, FILE *);
static bool read_b(const char *, size_t, FILE *);

size_t
mail_word_write(FILE *out, size_t column, const char *text)
{
	if (plain(text, MAIL_LINE_MAX - column)) {
		(void)fputs(text, out);
		return (column + strlen(text));
	}
	return (encoded(out, column, text));
}

size_t
mail_word_phrase(FILE *out, size_t column, const char *name)
{
	const char *p;

	/* Room for a backslash before every character, and the quotes. */
	if (!plain(name, (MAIL_LINE_MAX - column) / 2 - 2))
		return (encoded(out, column, name));
	(void)fputc('"', out);
	column += 2;
	for (p = name; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\') {
			(void)fputc('\\', out);
			column++;
		}
		(void)fputc(*p, out);
		column++;
	}
	(void)fputc('"', out);
	return (column);
}

void
mail_word_read(const char *value, FILE *out)
{
	const char *p = value, *next, *gap;
	bool after = false;

	while (*p != '\0') {
		/* White space between two encoded words is not part of it. */
		gap = p;
		while (after && (*gap == ' ' || *gap == '\t'))
			gap++;
		if ((next = read_word(gap, out)) != NULL) {
			p = next;
			after = true;
			continue;
		}
		after = false;
		(void)fputc(*p++, out);
	}
}

static bool
plain(const char *text, size_t max)
{
	const char *p;

	if (strlen(text) > max || strstr(text, "=?") != NULL ||
	    text[0] == ' ' || text[0] == '\0')
		return (false);
	for (p = text; *p != '\0'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return (false);
	}
	return (p[-1] != ' ');
}

static size_t
encoded(FILE *out, size_t column, const char *text)
{
	size_t n, room;

	while (*text != '\0') {
		room = MAIL_LINE_MAX > column + WORD_OVERHEAD
		    ? (MAIL_LINE_MAX - column - WORD_OVERHEAD) / 4 * 3
		    : 0;
		if (room < 12) {
			(void)fputs("\r\n ", out);
			column = 1;
			continue;
		}
		if (room > WORD_BYTES)
			room = WORD_BYTES;
		if (strlen(text) <= room)
			column += write_b(out, text, n = strlen(text));
		else if ((n = cut(text, room)) > 0)
			column += write_b(out, text, n);
		else
			column += write_q(out, text, n = character(text));
		text += n;
		if (*text != '\0') {
			(void)fputs("\r\n ", out);
			column = 1;
		}
	}
	return (column);
}

/*
 * The longest piece of at most ${max} bytes that ends at a character and is a
 * multiple of three bytes, so that its base64 needs no padding; 0 if there is
 * none: one character in the Q encoding then shifts the rest.
 */
static size_t
cut(const char *text, size_t max)
{
	size_t n = max - max % 3;

	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n -= 3;
	return (n);
}

static size_t
character(const char *text)
{
	size_t n = 1;

	while (((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return (n);
}

static size_t
write_b(FILE *out, const char *text, size_t len)
{
	char *b64 = text_base64((const uint8_t *)text, len);
	size_t written = 0;

	if (b64 != NULL) {
		(void)fprintf(out, WORD_OPEN "%s" WORD_CLOSE, b64);
		written = strlen(b64) + WORD_OVERHEAD;
	}
	free(b64);
	return (written);
}

static size_t
write_q(FILE *out, const char *text, size_t len)
{
	size_t i;

	(void)fputs(WORD_OPEN_Q, out);
	for (i = 0; i < len; i++)
		(void)fprintf(out, "=%02X", (unsigned char)text[i]);
	(void)fputs(WORD_CLOSE, out);
	return (WORD_OVERHEAD + 3 * len);
}

/* Decode the encoded word at ${p}; where it ends, or NULL if it is none. */
static const char *
read_word(const char *p, FILE *out)
{
	const char *text, *end;
	bool base64;

	if (strncasecmp(p, WORD_OPEN, sizeof(WORD_OPEN) - 1) == 0)
		base64 = true;
	else if (strncasecmp(p, WORD_OPEN_Q, sizeof(WORD_OPEN_Q) - 1) == 0)
		base64 = false;
	else
		return (NULL);
	text = p + sizeof(WORD_OPEN) - 1;
	if ((end = strstr(text, WORD_CLOSE)) == NULL)
		return (NULL);
	if (base64 ? !read_b(text, (size_t)(end - text), out)
		   : !read_q(text, (size_t)(end - text), out))
		return (NULL);
	return (end + sizeof(WORD_CLOSE) - 1);
}

static bool
read_b(const char *text, size_t len, FILE *out)
{
	char *copy = strndup(text, len);
	uint8_t *bytes = NULL;
	size_t n = 0;
	bool ok;

	ok = copy != NULL && text_unbase64(copy, &bytes, &n) &&
	    memchr(bytes, '\0', n) == NULL;
	if (ok)
		(void)fwrite(bytes, 1, n, out);
	free(bytes);
	free(copy);
	return (ok);
}

static bool
read_q(const char *text, size_t len, FILE *out)
{
	char *copy = malloc(len + 1);
	size_t i, n = 0;
	uint8_t byte;

	if (copy == NULL)
		return (false);
	for (i = 0; i < len; i++) {
		char hex[3];

		if (text[i] != '=') {
			copy[n++] = text[i] == '_' ? ' ' : text[i];
			continue;
		}
		if (len - i < 3)
			break;
		hex[0] = (char)tolower((unsigned char)text[i + 1]);
		hex[1] = (char)tolower((unsigned char)text[i + 2]);
		hex[2] = '\0';
		if (!text_unhex(hex, &byte, 1) || byte == 0)
			break;
		copy[n++] = (char)byte;
		i += 2;
	}
	if (i == len)
		(void)fwrite(copy, 1, n, out);
	free(copy);
	return (i == len);
}
