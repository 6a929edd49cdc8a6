#ifndef GENKAN_CALENDAR_H
#define GENKAN_CALENDAR_H

#include "base.h"

/*
 * One appointment as an iCalendar object (RFC 5545, iTIP RFC 5546): one VEVENT
 * with a stable UID and a SEQUENCE that grows with every change, so a calendar
 * replaces what it has.  Times are in UTC, which needs no VTIMEZONE; a period
 * is whole days.
 */

/* Opaque types. */
struct fault;

struct calendar {
	bool cancelled;  /* METHOD:CANCEL, else REQUEST; its status */
	bool publish;    /* METHOD:PUBLISH, without attendee: to download */
	const char *uid; /* stable, globally unique */
	long sequence;
	int64_t stamp;  /* when this was written: moment, base/clock.h */
	int64_t starts; /* moments */
	int64_t ends;
	bool period;       /* whole days, as the office's clock shows them */
	int starts_offset; /* minutes east of UTC, for the days */
	int ends_offset;
	const char *summary;
	const char *location;    /* or "" */
	const char *description; /* lines end in LF, or "" */
	const char *url;         /* or "" */
	const char *organizer_name;
	const char *organizer; /* address */
	const char *attendee_name;
	const char *attendee; /* address; NULL with publish */
};

/**
 * calendar_compose(calendar, f):
 * The object as text, lines folded at 75 bytes and never inside a character,
 * CR LF; the caller frees it.
 */
char *calendar_compose(const struct calendar *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_CALENDAR_H */
