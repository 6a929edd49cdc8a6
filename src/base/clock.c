#include <stdio.h>
#include <time.h>

#include "clock.h"

#define DAY_MS 86400000LL

static bool digits(const char **, int, int *);
static bool date(const char **, struct clock_local *);
static bool hours(const char **, struct clock_local *);
static bool offset_of(const char **, int *);
static int64_t days_of(int, int, int);
static int month_days(int, int);

int64_t
clock_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int64_t
clock_monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

bool
clock_parse(const char *s, int64_t *moment, int *offset)
{
	struct clock_local at;
	int64_t ms = 0;
	int scale = 100;

	if (!date(&s, &at) || *s++ != 'T' || !hours(&s, &at))
		return (false);
	if (*s == '.') {
		if (*++s < '0' || *s > '9')
			return (false);
		for (; *s >= '0' && *s <= '9'; s++, scale /= 10)
			ms += (*s - '0') * scale;
	}
	if (!offset_of(&s, offset) || *s != '\0' || at.year < 1970)
		return (false);
	*moment = days_of(at.year, at.month, at.day) * DAY_MS +
	    ((at.hour * 60 + at.minute - *offset) * 60LL + at.second) * 1000 +
	    ms;
	return (true);
}

void
clock_format(int64_t moment, int offset, time_text out)
{
	const int east = offset < 0 ? -offset : offset;
	struct clock_local at;

	clock_local(moment, offset, &at);
	if (offset == 0)
		(void)snprintf(out, sizeof(time_text),
		    "%04d-%02d-%02dT%02d:%02d:%02dZ", at.year, at.month, at.day,
		    at.hour, at.minute, at.second);
	else
		(void)snprintf(out, sizeof(time_text),
		    "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", at.year,
		    at.month, at.day, at.hour, at.minute, at.second,
		    offset < 0 ? '-' : '+', east / 60 % 100, east % 60);
}

void
clock_local(int64_t moment, int offset, struct clock_local *out)
{
	const int64_t ms = moment + offset * 60000LL;
	int64_t seconds = ms / 1000 - (ms % 1000 < 0);
	const time_t t = (time_t)seconds;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	*out = (struct clock_local){ tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_wday };
}

bool
clock_parse_date(const char *s, struct clock_local *out)
{
	return (date(&s, out) && *s == '\0');
}

bool
clock_parse_wall(const char *s, struct clock_local *out)
{
	if (!date(&s, out) || (*s != 'T' && *s != ' '))
		return (false);
	s++;
	return (hours(&s, out) && *s == '\0');
}

/* Take exactly ${n} decimal digits. */
static bool
digits(const char **s, int n, int *out)
{
	for (*out = 0; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return (false);
		*out = *out * 10 + (**s - '0');
	}
	return (true);
}

static bool
date(const char **s, struct clock_local *out)
{
	*out = (struct clock_local){ 0 };
	if (!digits(s, 4, &out->year) || *(*s)++ != '-' ||
	    !digits(s, 2, &out->month) || *(*s)++ != '-' ||
	    !digits(s, 2, &out->day))
		return (false);
	if (out->year < 1 || out->month < 1 || out->month > 12 ||
	    out->day < 1 || out->day > month_days(out->year, out->month))
		return (false);
	/* 1970-01-01 was a Thursday. */
	out->weekday =
	    (int)(((days_of(out->year, out->month, out->day) + 4) % 7 + 7) % 7);
	return (true);
}

/* HH:MM and perhaps :SS. */
static bool
hours(const char **s, struct clock_local *out)
{
	if (!digits(s, 2, &out->hour) || *(*s)++ != ':' ||
	    !digits(s, 2, &out->minute))
		return (false);
	if (**s == ':') {
		(*s)++;
		if (!digits(s, 2, &out->second))
			return (false);
	}
	return (out->hour < 24 && out->minute < 60 && out->second < 60);
}

static bool
offset_of(const char **s, int *offset)
{
	const char sign = *(*s)++;
	int h, m;

	*offset = 0;
	if (sign == 'Z')
		return (true);
	if ((sign != '+' && sign != '-') || !digits(s, 2, &h) ||
	    *(*s)++ != ':' || !digits(s, 2, &m) || m > 59 ||
	    h * 60 + m > CLOCK_OFFSET_MAX)
		return (false);
	*offset = sign == '-' ? -(h * 60 + m) : h * 60 + m;
	return (true);
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t
days_of(int year, int month, int day)
{
	const int y = month > 2 ? year : year - 1;
	const int m = month > 2 ? month - 3 : month + 9;

	return (365LL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    day - 1 - 719468);
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (month == 2 &&
	    ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		return (29);
	return (days[month - 1]);
}
