#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"

#include "calendar.h"

#define FOLD 75 /* RFC 5545 section 3.1: octets of a line, break excluded */
#define DAY  86400000

static void line(FILE *, const char *, const char *);
static void property(FILE *, const char *, const char *);
static void moment(FILE *, const char *, int64_t);
static void day(FILE *, const char *, int64_t, int);
static void person(
    FILE *, const char *, const char *, const char *, const char *);

char *
calendar_compose(const struct calendar *c, struct fault *f)
{
	char *text = NULL, number[24];
	bool failed;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a calendar");
		return (NULL);
	}
	line(out, "BEGIN:VCALENDAR", "");
	line(out, "PRODID:-//Genkan//Genkan//EN", "");
	line(out, "VERSION:2.0", "");
	line(out, "CALSCALE:GREGORIAN", "");
	line(out, "METHOD:",
	    c->publish         ? "PUBLISH"
		: c->cancelled ? "CANCEL"
			       : "REQUEST");
	line(out, "BEGIN:VEVENT", "");
	line(out, "UID:", c->uid);
	(void)snprintf(number, sizeof(number), "%ld", c->sequence);
	line(out, "SEQUENCE:", number);
	moment(out, "DTSTAMP:", c->stamp);
	if (c->period) {
		/* The end is the first day that is no longer in it. */
		day(out, "DTSTART;VALUE=DATE:", c->starts, c->starts_offset);
		day(out, "DTEND;VALUE=DATE:", c->ends - 1 + DAY,
		    c->ends_offset);
		line(out, "TRANSP:TRANSPARENT", "");
	} else {
		moment(out, "DTSTART:", c->starts);
		moment(out, "DTEND:", c->ends);
	}
	property(out, "SUMMARY:", c->summary);
	if (c->location[0] != '\0')
		property(out, "LOCATION:", c->location);
	if (c->description[0] != '\0')
		property(out, "DESCRIPTION:", c->description);
	if (c->url[0] != '\0')
		line(out, "URL:", c->url);
	line(out, "STATUS:", c->cancelled ? "CANCELLED" : "CONFIRMED");
	line(out, "CLASS:PRIVATE", "");
	person(out, "ORGANIZER", "", c->organizer_name, c->organizer);
	if (!c->publish)
		/* Nobody reads answers to these mails: ask for none. */
		person(out, "ATTENDEE",
		    ";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE",
		    c->attendee_name, c->attendee);
	line(out, "END:VEVENT", "");
	line(out, "END:VCALENDAR", "");
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		fault_set(f, FAULT_MEMORY, "no memory for a calendar");
		return (NULL);
	}
	return (text);
}

/* One content line of ${head} and ${value}, folded between characters. */
static void
line(FILE *out, const char *head, const char *value)
{
	size_t column = 0, n;
	const char *piece[2] = { head, value };
	const char *p;
	int i;

	for (i = 0; i < 2; i++) {
		for (p = piece[i]; *p != '\0'; p += n) {
			n = 1;
			while (((unsigned char)p[n] & 0xc0) == 0x80)
				n++;
			if (column + n > FOLD) {
				(void)fputs("\r\n ", out);
				column = 1;
			}
			(void)fwrite(p, 1, n, out);
			column += n;
		}
	}
	(void)fputs("\r\n", out);
}

/* A value of type TEXT, RFC 5545 section 3.3.11. */
static void
property(FILE *out, const char *head, const char *value)
{
	char *escaped = NULL;
	const char *p;
	size_t len;
	FILE *s;

	if ((s = open_memstream(&escaped, &len)) == NULL)
		return;
	for (p = value; *p != '\0'; p++) {
		if (*p == '\n')
			(void)fputs("\\n", s);
		else if (*p == '\\' || *p == ';' || *p == ',')
			(void)fprintf(s, "\\%c", *p);
		else if ((unsigned char)*p >= 0x20 || *p == '\t')
			(void)fputc(*p, s);
	}
	if (fclose(s) == 0)
		line(out, head, escaped);
	free(escaped);
}

static void
moment(FILE *out, const char *head, int64_t at)
{
	struct clock_local t;

	clock_local(at, 0, &t);
	(void)fprintf(out, "%s%04d%02d%02dT%02d%02d%02dZ\r\n", head, t.year,
	    t.month, t.day, t.hour, t.minute, t.second);
}

static void
day(FILE *out, const char *head, int64_t at, int offset)
{
	struct clock_local t;

	clock_local(at, offset, &t);
	(void)fprintf(out, "%s%04d%02d%02d\r\n", head, t.year, t.month, t.day);
}

/*
 * A calendar user.  A parameter value may hold neither quotes nor control
 * characters, RFC 5545 section 3.2; quoted, it may hold the rest.
 */
static void
person(FILE *out, const char *what, const char *parameters, const char *name,
    const char *address)
{
	char *text = NULL;
	const char *p;
	size_t len;
	FILE *s;

	if ((s = open_memstream(&text, &len)) == NULL)
		return;
	(void)fprintf(s, "%s%s;CN=\"", what, parameters);
	for (p = name; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x20 && *p != 0x7f)
			(void)fputc(*p == '"' ? '\'' : *p, s);
	}
	(void)fprintf(s, "\":mailto:%s", address);
	if (fclose(s) == 0)
		line(out, text, "");
	free(text);
}
