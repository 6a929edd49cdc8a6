#ifndef GENKAN_LETTER_H
#define GENKAN_LETTER_H

#include "base.h"
#include "gen_text.h"

/*
 * What a mail says, before it is text or HTML: one layout for every mail, so
 * that they look alike and all escape alike.  Any text may be NULL.
 */

#define LETTER_ROWS 12

struct letter_row {
	const char *label;
	const char *value;
	const char *link; /* https address behind the value, or NULL */
};

struct letter {
	enum text_language language;
	const char *sender;   /* who writes: the company's name */
	const char *heading;  /* the matter in a few words */
	bool alarm;           /* cancelled, refused: the heading is red */
	const char *greeting; /* may have several lines */
	const char *intro;
	const char *picture;      /* Content-ID of the pass's picture */
	const char *picture_name; /* its text for who cannot see it */
	const char *code_label;
	const char *code;
	struct letter_row rows[LETTER_ROWS];
	size_t n;
	const char *link_label;
	const char *link;
	const char *closing;
	const char *small; /* purpose of use */
};

/**
 * letter_row(letter, label, value, link):
 * One more fact; left out if ${value} is NULL or "".
 */
void letter_row(struct letter *, const char *, const char *, const char *);

/**
 * letter_text(letter), letter_html(letter):
 * The plain-text part, complete by itself, and the HTML part.  The caller
 * frees them; NULL if memory is full.
 */
char *letter_text(const struct letter *) MUST_CHECK;
char *letter_html(const struct letter *) MUST_CHECK;

#endif /* !GENKAN_LETTER_H */
