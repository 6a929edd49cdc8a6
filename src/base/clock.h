#ifndef GENKAN_CLOCK_H
#define GENKAN_CLOCK_H

#include "base.h"

/*
 * A moment is milliseconds since 1970-01-01T00:00:00Z.  Which offset a time
 * zone has at a moment, and when a day begins there, is PostgreSQL's to say
 * (AT TIME ZONE): statements return the moment as epoch milliseconds, and
 * where people read it also its offset in minutes or its wall-clock text.
 * This module only reads and writes the forms.
 */

#define CLOCK_OFFSET_MAX (14 * 60) /* minutes, either side of UTC */

/* A wall-clock time of some place. */
struct clock_local {
	int year, month, day; /* 2026, 1..12, 1..31 */
	int hour, minute, second;
	int weekday; /* 0 Sunday .. 6 Saturday */
};

/**
 * clock_now(), clock_monotonic():
 * The time of day, and a clock that never steps; both in milliseconds.
 */
int64_t clock_now(void);
int64_t clock_monotonic(void);

/**
 * clock_parse(s, moment, offset):
 * Read an RFC 3339 date-time with its offset, as the API takes it: seconds
 * and fraction optional, "T" and "Z" upper case, 1970 to 9999, no leap
 * second.  ${offset} gets the minutes east of UTC.
 */
bool clock_parse(const char *, int64_t *, int *) MUST_CHECK;

/**
 * clock_format(moment, offset, out):
 * Write RFC 3339 with seconds at ${offset} minutes east of UTC ("Z" at 0), for
 * example 2026-11-21T10:00:00+09:00.
 */
void clock_format(int64_t, int, time_text);

/**
 * clock_local(moment, offset, out):
 * The wall-clock time of ${moment} at ${offset} minutes east of UTC.
 */
void clock_local(int64_t, int, struct clock_local *);

/**
 * clock_parse_date(s, out), clock_parse_wall(s, out):
 * Read "2026-11-21", or "2026-11-21T10:00" with optional seconds and "T" or a
 * space, without offset; the date must exist.
 */
bool clock_parse_date(const char *, struct clock_local *) MUST_CHECK;
bool clock_parse_wall(const char *, struct clock_local *) MUST_CHECK;

#endif /* !GENKAN_CLOCK_H */
