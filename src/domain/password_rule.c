#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "text.h"

#include "gen_password.h"
#include "normalise.h"
#include "password_rule.h"
#include "sign_in_policy.h"

#define NAME_MIN 3 /* bytes; a shorter one is in half of all words */
#define UNIT_MAX 4 /* bytes; who repeats so little has no password */

static enum password_verdict judge(char *, const char *const *, size_t);
static bool is_listed(const char *, size_t);
static bool is_decorated(const char *, size_t);
static bool is_repeated(const char *, size_t);
static bool is_row(const char *, size_t);
static bool remove_name(char *, const char *);
static void release(char *);

enum password_verdict
password_rule_judge(
    const char *password, size_t min, const char *const *names, size_t n)
{
	enum password_verdict verdict = PASSWORD_UNREADABLE;
	char *text = normalise_password(password);
	char *folded = normalise_name(password);

	if (text != NULL && folded != NULL)
		verdict = text_length(text) < min ? PASSWORD_TOO_SHORT
						  : judge(folded, names, n);
	release(text);
	release(folded);
	return (verdict);
}

static enum password_verdict
judge(char *folded, const char *const *names, size_t n)
{
	const size_t len = strlen(folded);
	bool found = false;
	size_t i;

	if (len == 0 || is_listed(folded, len) || is_decorated(folded, len) ||
	    is_repeated(folded, len) || is_row(folded, len))
		return (PASSWORD_TOO_COMMON);
	for (i = 0; i < n; i++)
		found = remove_name(folded, names[i]) || found;
	return (found && text_length(folded) < SIGN_IN_PASSWORD_MIN
		? PASSWORD_TOO_PERSONAL
		: PASSWORD_GOOD);
}

static bool
is_listed(const char *s, size_t len)
{
	uint8_t hash[SECRET_HASH_BYTES];
	size_t low = 0, high = GEN_PASSWORD_COUNT, middle;
	uint64_t wanted = 0;
	size_t i;

	secret_digest(s, len, hash);
	for (i = 0; i < sizeof(wanted); i++)
		wanted = wanted << 8 | hash[i];
	while (low < high) {
		middle = low + (high - low) / 2;
		if (gen_password[middle] == wanted)
			return (true);
		if (gen_password[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return (false);
}

/* "password2026!": one of the list is half of it or more, signs the rest. */
static bool
is_decorated(const char *s, size_t len)
{
	size_t from = 0, to = len;

	while (from < len && isascii(s[from]) && !isalpha(s[from]))
		from++;
	while (to > from && isascii(s[to - 1]) && !isalpha(s[to - 1]))
		to--;
	return (2 * (to - from) >= len && is_listed(s + from, to - from));
}

/* "abcabcabcabc", "dragondragon" */
static bool
is_repeated(const char *s, size_t len)
{
	size_t unit;

	for (unit = 1; 2 * unit <= len; unit++) {
		if (memcmp(s, s + unit, len - unit) == 0)
			return (unit <= UNIT_MAX || is_listed(s, unit));
	}
	return (false);
}

/* "abcdefghijkl", "9876543210987": each follows the one before. */
static bool
is_row(const char *s, size_t len)
{
	bool up = true, down = true;
	size_t i;

	for (i = 1; i < len; i++) {
		const int step = s[i] - s[i - 1];
		const bool digits = isdigit((unsigned char)s[i]) &&
		    isdigit((unsigned char)s[i - 1]);

		up = up && (step == 1 || (digits && step == -9));
		down = down && (step == -1 || (digits && step == 9));
	}
	return (up || down);
}

/* Cut ${name} out of ${s}, wherever it stands. */
static bool
remove_name(char *s, const char *name)
{
	char *folded = name == NULL ? NULL : normalise_name(name), *at;
	const size_t len = folded == NULL ? 0 : strlen(folded);
	bool found = false;

	while (len >= NAME_MIN && (at = strstr(s, folded)) != NULL) {
		memmove(at, at + len, strlen(at + len) + 1);
		found = true;
	}
	release(folded);
	return (found);
}

static void
release(char *text)
{
	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
}
