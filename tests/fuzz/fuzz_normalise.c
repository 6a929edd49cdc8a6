/* Whatever people type: addresses and numbers keep their one form, and folded
 * names stay text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "normalise.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
email(const char *s)
{
	char once[NORMALISE_EMAIL_SIZE], twice[NORMALISE_EMAIL_SIZE];
	const char *p;

	if (!normalise_email(s, once))
		return;
	if (!normalise_email(once, twice) || strcmp(once, twice) != 0)
		abort();
	for (p = once; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || (*p >= 'A' && *p <= 'Z') ||
		    strchr("<>()[]\\,;:\"", *p) != NULL)
			abort();
	}
	if (strchr(once, '@') != strrchr(once, '@'))
		abort();
}

static void
phone(const char *s)
{
	char once[NORMALISE_PHONE_SIZE], twice[NORMALISE_PHONE_SIZE];

	if (!normalise_phone(s, once))
		return;
	if (once[0] != '+' || once[1] == '0' ||
	    strspn(once + 1, "0123456789") != strlen(once + 1))
		abort();
	if (!normalise_phone(once, twice) || strcmp(once, twice) != 0)
		abort();
}

static void
name(const char *s)
{
	char *folded = normalise_name(s);

	if ((folded != NULL) != text_is_utf8(s, strlen(s)))
		abort();
	if (folded != NULL && !text_is_utf8(folded, strlen(folded)))
		abort();
	if (folded != NULL && strpbrk(folded, " \t\n") != NULL)
		abort();
	free(folded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (s == NULL)
		abort();
	memcpy(s, data, size);
	s[size] = '\0';
	email(s);
	phone(s);
	name(s);
	free(s);
	return (0);
}
