#ifndef GENKAN_MAIL_H
#define GENKAN_MAIL_H

#include "base.h"

/*
 * Mails as bytes: RFC 5322, MIME (RFC 2045-2047, 2231).  The shape of a mail
 * with everything in it is
 *
 *	mixed(alternative(text, related(html, image), text/calendar), ics)
 *
 * and pieces that a mail does not have fall away.  Every part is base64, every
 * line ends in CR LF and is at most 78 bytes, so nothing a person typed can
 * end the message or start a header.
 */

/* Opaque types. */
struct fault;

#define MAIL_ADDRESS_MAX 254 /* RFC 5321 section 4.5.3.1.3 */

struct mail {
	const char *id;        /* uuid: Message-ID is <id@domain of from> */
	int64_t date;          /* moment, base/clock.h */
	const char *from_name; /* or NULL */
	const char *from;
	const char *to_name; /* or NULL */
	const char *to;
	const char *reply_name; /* or NULL */
	const char *reply;      /* Reply-To, or NULL */
	const char *subject;
	const char *language; /* Content-Language */
	const char *text;     /* lines end in LF */
	const char *html;     /* or NULL; names the picture as cid:... */
	const uint8_t *png;   /* inline picture, or NULL */
	size_t png_len;
	const char *png_cid;  /* its Content-ID without brackets */
	const char *png_name; /* file name, UTF-8 */
	const char *calendar; /* an iCalendar object with CR LF, or NULL */
	const char *calendar_method; /* REQUEST or CANCEL */
};

/**
 * mail_compose(mail, lenp, f):
 * The whole message; the caller passes it to mail_free.  FAULT_BUG if the mail
 * is not sendable.
 */
char *mail_compose(const struct mail *, size_t *, struct fault *) MUST_CHECK;
void mail_free(char *);

/**
 * mail_sendable(mail, f):
 * Is every address one (mail_address_valid), and no header with a control
 * character?  If not, FAULT_BUG: those were to be refused when they came in.
 */
bool mail_sendable(const struct mail *, struct fault *) MUST_CHECK;

/**
 * mail_address_valid(address):
 * May ${address} be used at the SMTP server?  A dot-atom, "@" and a host name
 * of letters, digits and hyphens with at least two labels (RFC 5321 section
 * 4.1.2 without quoted strings and literals): all ASCII.
 */
bool mail_address_valid(const char *) MUST_CHECK;

/**
 * mail_header(message, name, out, size):
 * The decoded value of a header of a message that mail_compose made, for the
 * outbox page; false if it is not there.
 */
bool mail_header(const char *, const char *, char *, size_t) MUST_CHECK;

#endif /* !GENKAN_MAIL_H */
