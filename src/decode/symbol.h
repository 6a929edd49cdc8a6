#ifndef GENKAN_SYMBOL_H
#define GENKAN_SYMBOL_H

#include "base.h"

/* What QR symbols say.  The only file that knows ZBar. */

#define SYMBOL_TEXT_MAX 8192 /* bytes: a version 40 code, converted, fits */
#define SYMBOL_LIST_MAX 16   /* distinct texts kept of one picture */

/* Opaque types. */
struct fault;
struct picture;

struct symbol {
	size_t len;
	char *text; /* len bytes and a NUL; any bytes when not a pass */
};

struct symbol_list {
	bool pass_only; /* keep texts of the grammar of a pass only */
	int count;      /* distinct texts */
	int seen;       /* codes read, kept or not */
	struct symbol symbols[SYMBOL_LIST_MAX];
};

/**
 * symbol_list_clear(list):
 * Forget the texts, wiped.
 */
void symbol_list_clear(struct symbol_list *);

/**
 * symbol_read(p, list, f):
 * Add to ${list} the text of each QR code that one look of a fresh ZBar
 * scanner finds in ${p}, distinct ones only, at most SYMBOL_LIST_MAX.
 * Inverted codes are the caller's work: ZBar's own inversion writes past the
 * end.
 */
bool symbol_read(
    const struct picture *, struct symbol_list *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SYMBOL_H */
