#ifndef GENKAN_MAIL_WORD_H
#define GENKAN_MAIL_WORD_H

#include <stdio.h>

#include "base.h"

/* Header values: encoded words (RFC 2047) and quoted strings (RFC 5322). */

#define MAIL_LINE_MAX 76 /* RFC 2047 section 2: lines with encoded words */

/**
 * mail_word_write(out, column, text):
 * Write ${text}, a header value that starts at ${column}, as it is where that
 * is plain ASCII which fits the line, else as UTF-8 encoded words on folded
 * lines.  A word ends at a character, and only the last may carry padding:
 * some readers stop at "=" within a value.  Return the column it ends at.
 */
size_t mail_word_write(FILE *, size_t, const char *);

/**
 * mail_word_phrase(out, column, name):
 * The same for the display name before an address: plain ASCII becomes a
 * quoted string.
 */
size_t mail_word_phrase(FILE *, size_t, const char *);

/**
 * mail_word_read(value, out):
 * Write ${value}, an unfolded header value, decoded, to ${out}.  What is no
 * UTF-8 encoded word is copied.
 */
void mail_word_read(const char *, FILE *);

#endif /* !GENKAN_MAIL_WORD_H */
