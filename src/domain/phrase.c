#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#include "phrase.h"

#define NAMES_MAX 8

static const char *value_of(const char *, size_t, const char *const *, size_t);
static char *day(enum text_language, enum text_key, int64_t, int);
static void nth(const char *, int, char *, size_t);

char *
phrase(enum text_language language, enum text_key key, ...)
{
	const char *pairs[2 * NAMES_MAX], *p, *end, *value;
	char *text = NULL;
	size_t n = 0, len;
	va_list ap;
	FILE *out;

	va_start(ap, key);
	while (n + 1 < NELEMS(pairs) &&
	    (pairs[n] = va_arg(ap, const char *)) != NULL) {
		pairs[n + 1] = va_arg(ap, const char *);
		n += 2;
	}
	va_end(ap);

	if ((out = open_memstream(&text, &len)) == NULL)
		return (NULL);
	for (p = text_get(language, key); *p != '\0'; p++) {
		if (*p == '{' && (end = strchr(p, '}')) != NULL &&
		    (value = value_of(
			 p + 1, (size_t)(end - p - 1), pairs, n)) != NULL) {
			(void)fputs(value, out);
			p = end;
		} else {
			(void)fputc(*p, out);
		}
	}
	if (fclose(out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}

void
phrase_html(FILE *out, const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++) {
		switch (*p) {
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		case '\n':
			(void)fputs("<br>", out);
			break;
		default:
			if ((unsigned char)*p >= 0x20)
				(void)fputc(*p, out);
		}
	}
}

char *
phrase_times(enum text_language language, bool period, int64_t starts,
    int starts_offset, int64_t ends, int ends_offset)
{
	char *first, *last, *from, *until, *hours = NULL, *begin = NULL,
					   *end = NULL, *text = NULL;

	/* The last moment of a period belongs to the day before its end. */
	first = day(language, TEXT_DATE_LONG, starts, starts_offset);
	last = day(
	    language, TEXT_DATE_LONG, period ? ends - 1 : ends, ends_offset);
	from = phrase_hour(starts, starts_offset);
	until = phrase_hour(ends, ends_offset);
	if (first == NULL || last == NULL || from == NULL || until == NULL)
		goto out;

	if (strcmp(first, last) == 0) {
		hours = phrase(
		    language, TEXT_DATE_HOURS, "from", from, "to", until, NULL);
		text = period       ? strdup(first)
		    : hours == NULL ? NULL
				    : phrase(language, TEXT_DATE_AT, "day",
					  first, "hours", hours, NULL);
	} else if (period) {
		text = phrase(
		    language, TEXT_DATE_SPAN, "from", first, "to", last, NULL);
	} else {
		begin = phrase(
		    language, TEXT_DATE_AT, "day", first, "hours", from, NULL);
		end = phrase(
		    language, TEXT_DATE_AT, "day", last, "hours", until, NULL);
		text = begin == NULL || end == NULL
		    ? NULL
		    : phrase(language, TEXT_DATE_SPAN, "from", begin, "to", end,
			  NULL);
	}
out:
	free(first);
	free(last);
	free(from);
	free(until);
	free(hours);
	free(begin);
	free(end);
	return (text);
}

char *
phrase_day(enum text_language language, int64_t moment, int offset)
{
	return (day(language, TEXT_DATE_SHORT, moment, offset));
}

char *
phrase_date(enum text_language language, int64_t moment, int offset)
{
	return (day(language, TEXT_DATE_LONG, moment, offset));
}

char *
phrase_hour(int64_t moment, int offset)
{
	struct clock_local t;
	char *text;

	clock_local(moment, offset, &t);
	return (
	    asprintf(&text, "%02d:%02d", t.hour, t.minute) < 0 ? NULL : text);
}

static const char *
value_of(const char *name, size_t len, const char *const *pairs, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i += 2) {
		if (strlen(pairs[i]) == len &&
		    strncmp(pairs[i], name, len) == 0)
			return (pairs[i + 1]);
	}
	return (NULL);
}

/* A day in the words of ${key}. */
static char *
day(enum text_language language, enum text_key key, int64_t moment, int offset)
{
	char year[12], number[12], weekday[16], month[16];
	struct clock_local t;

	clock_local(moment, offset, &t);
	(void)snprintf(year, sizeof(year), "%d", t.year);
	(void)snprintf(number, sizeof(number), "%d", t.day);
	nth(text_get(language, TEXT_DATE_WEEKDAYS), t.weekday, weekday,
	    sizeof(weekday));
	nth(text_get(language, TEXT_DATE_MONTHS), t.month - 1, month,
	    sizeof(month));
	return (phrase(language, key, "year", year, "month", month, "day",
	    number, "weekday", weekday, NULL));
}

/* Word ${n} of the ${words}, counted from 0. */
static void
nth(const char *words, int n, char *out, size_t size)
{
	for (; n > 0 && words[0] != '\0'; n--) {
		words += strcspn(words, " ");
		words += strspn(words, " ");
	}
	(void)snprintf(out, size, "%.*s", (int)strcspn(words, " "), words);
}
