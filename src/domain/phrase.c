#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#include "phrase.h"

#define NAMES_MAX 8

static const char *value_of(const char *, size_t, const char *const *, size_t);
static char *long_day(enum text_language, int64_t, int);
static const char *weekday(enum text_language, const struct clock_local *);
static const char *month(const struct clock_local *);
static char *print(const char *, ...) PRINTF(1, 2);

char *
phrase(enum text_language language, enum text_key key, ...)
{
	const char *pairs[2 * NAMES_MAX], *p, *end, *value;
	char *text = NULL;
	size_t n = 0, len;
	va_list ap;
	FILE *out;

	va_start(ap, key);
	while (n < NELEMS(pairs) &&
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
	const char *dash = language == TEXT_LANGUAGE_JA ? "〜" : "–";
	const char *gap = language == TEXT_LANGUAGE_JA ? "" : ", ";
	char *first, *last, *from, *until, *text = NULL;

	/* The last moment of a period belongs to the day before its end. */
	first = long_day(language, starts, starts_offset);
	last = long_day(language, period ? ends - 1 : ends, ends_offset);
	from = phrase_hour(starts, starts_offset);
	until = phrase_hour(ends, ends_offset);
	if (first != NULL && last != NULL && from != NULL && until != NULL) {
		if (period)
			text = strcmp(first, last) == 0
			    ? print("%s", first)
			    : print("%s %s %s", first, dash, last);
		else if (strcmp(first, last) == 0)
			text =
			    print("%s%s%s%s%s", first, gap, from, dash, until);
		else
			text = print("%s%s%s %s %s%s%s", first, gap, from, dash,
			    last, gap, until);
	}
	free(first);
	free(last);
	free(from);
	free(until);
	return (text);
}

char *
phrase_day(enum text_language language, int64_t moment, int offset)
{
	struct clock_local t;

	clock_local(moment, offset, &t);
	if (language == TEXT_LANGUAGE_JA)
		return (print(
		    "%d月%d日（%s）", t.month, t.day, weekday(language, &t)));
	return (print("%.3s %d %.3s", weekday(language, &t), t.day, month(&t)));
}

char *
phrase_hour(int64_t moment, int offset)
{
	struct clock_local t;

	clock_local(moment, offset, &t);
	return (print("%02d:%02d", t.hour, t.minute));
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

static char *
long_day(enum text_language language, int64_t moment, int offset)
{
	struct clock_local t;

	clock_local(moment, offset, &t);
	if (language == TEXT_LANGUAGE_JA)
		return (print("%d年%d月%d日（%s）", t.year, t.month, t.day,
		    weekday(language, &t)));
	return (print(
	    "%s, %d %s %d", weekday(language, &t), t.day, month(&t), t.year));
}

static const char *
weekday(enum text_language language, const struct clock_local *t)
{
	static const char *const ja[] = { "日", "月", "火", "水", "木", "金",
		"土" };
	static const char *const en[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };

	return (language == TEXT_LANGUAGE_JA ? ja[t->weekday] : en[t->weekday]);
}

static const char *
month(const struct clock_local *t)
{
	static const char *const names[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };

	return (names[t->month - 1]);
}

static char *
print(const char *format, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	return (n < 0 ? NULL : text);
}
