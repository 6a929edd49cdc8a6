#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "mail.h"
#include "mail_word.h"

#define PART_LINE 76 /* RFC 2045 section 6.8 */

static bool one_line(const char *);
static void headers(const struct mail *, FILE *);
static void mailbox(FILE *, const char *, const char *, const char *);
static void date(FILE *, int64_t);
static void alternative(const struct mail *, FILE *);
static void related(const struct mail *, FILE *);
static void text_part(FILE *, const char *, const char *);
static void bytes_part(FILE *, const uint8_t *, size_t);
static char *crlf(const char *, size_t *);
static void file_name(FILE *, const char *);
static bool dot_atom(const char *, size_t);
static bool host_name(const char *);

/* Boundaries cannot stand in a base64 body: those have no "-". */
#define MIXED       "mixed"
#define ALTERNATIVE "alternative"
#define RELATED     "related"

char *
mail_compose(const struct mail *m, size_t *len, struct fault *f)
{
	char *message = NULL;
	FILE *out;
	bool failed;

	if (!mail_sendable(m, f))
		return (NULL);
	if ((out = open_memstream(&message, len)) == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a mail");
		return (NULL);
	}
	headers(m, out);
	if (m->calendar == NULL) {
		alternative(m, out);
	} else {
		(void)fprintf(out,
		    "Content-Type: multipart/mixed;\r\n boundary=\"" MIXED
		    "-%s\"\r\n\r\n--" MIXED "-%s\r\n",
		    m->id, m->id);
		alternative(m, out);
		(void)fprintf(out,
		    "--" MIXED "-%s\r\n"
		    "Content-Type: application/ics; name=\"invite.ics\"\r\n"
		    "Content-Disposition: attachment; "
		    "filename=\"invite.ics\"\r\n",
		    m->id);
		bytes_part(
		    out, (const uint8_t *)m->calendar, strlen(m->calendar));
		(void)fprintf(out, "--" MIXED "-%s--\r\n", m->id);
	}
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		mail_free(message);
		fault_set(f, FAULT_MEMORY, "no memory for a mail");
		return (NULL);
	}
	return (message);
}

bool
mail_sendable(const struct mail *m, struct fault *f)
{
	if (!mail_address_valid(m->from) || !mail_address_valid(m->to) ||
	    (m->reply != NULL && !mail_address_valid(m->reply)))
		return (fault_set(f, FAULT_BUG, "mail to or from no address"));
	if (!one_line(m->subject) || !one_line(m->from_name) ||
	    !one_line(m->to_name) || !one_line(m->reply_name) ||
	    !one_line(m->png_name) || !one_line(m->png_cid) ||
	    !text_is_uuid(m->id))
		return (fault_set(f, FAULT_BUG, "mail header is not one line"));
	return (true);
}

void
mail_free(char *message)
{
	if (message != NULL)
		secret_wipe(message, strlen(message));
	free(message);
}

bool
mail_address_valid(const char *address)
{
	const char *at = strchr(address, '@');

	return (at != NULL && strlen(address) <= MAIL_ADDRESS_MAX &&
	    at - address >= 1 && at - address <= 64 &&
	    dot_atom(address, (size_t)(at - address)) && host_name(at + 1));
}

bool
mail_header(const char *message, const char *name, char *out, size_t size)
{
	const char *line = message, *end;
	char *value = NULL, *decoded = NULL;
	size_t n = strlen(name), len;
	FILE *s;

	/* To the header, which may be any line before the empty one. */
	while (strncasecmp(line, name, n) != 0 || line[n] != ':') {
		if ((line = strchr(line, '\n')) == NULL || line[1] == '\r' ||
		    line[1] == '\n' || line[1] == '\0')
			return (false);
		line++;
	}
	line += n + 1;
	line += strspn(line, " \t");

	/* Unfold: a line that starts with white space goes on. */
	if ((s = open_memstream(&value, &len)) == NULL)
		return (false);
	for (;;) {
		end = line + strcspn(line, "\r\n");
		(void)fwrite(line, 1, (size_t)(end - line), s);
		end += strspn(end, "\r");
		if (*end != '\n' || (end[1] != ' ' && end[1] != '\t'))
			break;
		line = end + 1;
	}
	if (fclose(s) != 0 || (s = open_memstream(&decoded, &len)) == NULL) {
		free(value);
		return (false);
	}
	mail_word_read(value, s);
	free(value);
	if (fclose(s) != 0 || !text_is_utf8(decoded, len)) {
		free(decoded);
		return (false);
	}
	text_copy(out, size, decoded);
	free(decoded);
	return (true);
}

static bool
one_line(const char *s)
{
	return (s == NULL || text_is_clean(s));
}

static void
headers(const struct mail *m, FILE *out)
{
	(void)fputs("Date: ", out);
	date(out, m->date);
	mailbox(out, "From", m->from_name, m->from);
	mailbox(out, "To", m->to_name, m->to);
	if (m->reply != NULL)
		mailbox(out, "Reply-To", m->reply_name, m->reply);
	(void)fputs("Subject: ", out);
	(void)mail_word_write(out, sizeof("Subject: ") - 1, m->subject);
	(void)fprintf(out, "\r\nMessage-ID: <%s@%s>\r\n", m->id,
	    strchr(m->from, '@') + 1);
	/* RFC 3834, and the word Exchange knows for the same. */
	(void)fputs("Auto-Submitted: auto-generated\r\n"
		    "X-Auto-Response-Suppress: OOF, AutoReply\r\n",
	    out);
	(void)fprintf(
	    out, "Content-Language: %s\r\nMIME-Version: 1.0\r\n", m->language);
}

static void
mailbox(FILE *out, const char *header, const char *name, const char *address)
{
	size_t column = strlen(header) + 2;

	(void)fprintf(out, "%s: ", header);
	if (name == NULL || name[0] == '\0') {
		(void)fprintf(out, "%s\r\n", address);
		return;
	}
	column = mail_word_phrase(out, column, name);
	(void)fprintf(out, "%s<%s>\r\n",
	    column + strlen(address) + 3 > MAIL_LINE_MAX ? "\r\n " : " ",
	    address);
}

static void
date(FILE *out, int64_t moment)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct clock_local at;

	clock_local(moment, 0, &at);
	(void)fprintf(out, "%s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[at.weekday], at.day, months[at.month - 1], at.year, at.hour,
	    at.minute, at.second);
}

/* The ways to read the mail, the poorest first. */
static void
alternative(const struct mail *m, FILE *out)
{
	char type[64];

	if (m->html == NULL && m->calendar == NULL) {
		text_part(out, "text/plain; charset=UTF-8", m->text);
		return;
	}
	(void)fprintf(out,
	    "Content-Type: multipart/alternative;\r\n boundary=\"" ALTERNATIVE
	    "-%s\"\r\n\r\n--" ALTERNATIVE "-%s\r\n",
	    m->id, m->id);
	text_part(out, "text/plain; charset=UTF-8", m->text);
	if (m->html != NULL) {
		(void)fprintf(out, "--" ALTERNATIVE "-%s\r\n", m->id);
		related(m, out);
	}
	if (m->calendar != NULL) {
		(void)snprintf(type, sizeof(type),
		    "text/calendar; charset=UTF-8; method=%s",
		    m->calendar_method);
		(void)fprintf(out, "--" ALTERNATIVE "-%s\r\n", m->id);
		text_part(out, type, m->calendar);
	}
	(void)fprintf(out, "--" ALTERNATIVE "-%s--\r\n", m->id);
}

/* The page with its picture. */
static void
related(const struct mail *m, FILE *out)
{
	if (m->png == NULL) {
		text_part(out, "text/html; charset=UTF-8", m->html);
		return;
	}
	(void)fprintf(out,
	    "Content-Type: multipart/related; type=\"text/html\";\r\n"
	    " boundary=\"" RELATED "-%s\"\r\n\r\n--" RELATED "-%s\r\n",
	    m->id, m->id);
	text_part(out, "text/html; charset=UTF-8", m->html);
	(void)fprintf(out,
	    "--" RELATED "-%s\r\n"
	    "Content-Type: image/png; name=\"pass.png\"\r\n"
	    "Content-ID: <%s>\r\n"
	    "Content-Disposition: inline; filename=\"pass.png\"",
	    m->id, m->png_cid);
	file_name(out, m->png_name);
	(void)fputs("\r\n", out);
	bytes_part(out, m->png, m->png_len);
	(void)fprintf(out, "--" RELATED "-%s--\r\n", m->id);
}

static void
text_part(FILE *out, const char *type, const char *text)
{
	size_t len;
	char *lines = crlf(text, &len);

	(void)fprintf(out, "Content-Type: %s\r\n", type);
	if (lines != NULL)
		bytes_part(out, (const uint8_t *)lines, len);
	mail_free(lines);
}

static void
bytes_part(FILE *out, const uint8_t *bytes, size_t len)
{
	char *b64 = text_base64(bytes, len);
	size_t i, n;

	(void)fputs("Content-Transfer-Encoding: base64\r\n\r\n", out);
	if (b64 == NULL)
		return;
	n = strlen(b64);
	for (i = 0; i < n; i += PART_LINE)
		(void)fprintf(out, "%.*s\r\n", PART_LINE, b64 + i);
	mail_free(b64);
}

/* The canonical form of text (RFC 2045 section 6.8): every line in CR LF. */
static char *
crlf(const char *text, size_t *len)
{
	char *lines = malloc(2 * strlen(text) + 1), *at = lines;

	if (lines == NULL)
		return (NULL);
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			*at++ = '\r';
		if (*text != '\r')
			*at++ = *text;
	}
	*at = '\0';
	*len = (size_t)(at - lines);
	return (lines);
}

/* The name in the reader's language, RFC 2231 section 4. */
static void
file_name(FILE *out, const char *name)
{
	const char *p;

	if (name == NULL)
		return;
	(void)fputs(";\r\n filename*=UTF-8''", out);
	for (p = name; *p != '\0'; p++) {
		if (isascii((unsigned char)*p) &&
		    (isalnum((unsigned char)*p) || *p == '.' || *p == '-'))
			(void)fputc(*p, out);
		else
			(void)fprintf(out, "%%%02X", (unsigned char)*p);
	}
}

static bool
dot_atom(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '.') {
			if (i == 0 || i + 1 == len || s[i - 1] == '.')
				return (false);
		} else if (!isascii((unsigned char)s[i]) ||
		    (!isalnum((unsigned char)s[i]) &&
			strchr("!#$%&'*+-/=?^_`{|}~", s[i]) == NULL)) {
			return (false);
		}
	}
	return (len > 0);
}

static bool
host_name(const char *s)
{
	size_t label = 0, labels = 0;
	const char *p;

	for (p = s;; p++) {
		if (*p == '.' || *p == '\0') {
			if (label == 0 || label > 63 || p[-1] == '-')
				return (false);
			label = 0;
			labels++;
			if (*p == '\0')
				break;
		} else if (isascii((unsigned char)*p) &&
		    (isalnum((unsigned char)*p) || (*p == '-' && label > 0))) {
			label++;
		} else {
			return (false);
		}
	}
	return (labels >= 2);
}
