#ifndef GENKAN_SEEK_H
#define GENKAN_SEEK_H

#include "base.h"
#include "finder.h"

/*
 * Codes sought by their finder patterns: much cheaper than a scan of the
 * whole picture, and it reads what is turned, tilted, light on dark or too
 * small for one.  ZBar then gets the code alone, flat and clean.
 */

/* Opaque types. */
struct fault;
struct picture;
struct symbol_list;

/* What several looks at one picture have found so far. */
struct seek {
	struct finder_list finders; /* in pixels of the whole picture */
};

/* One look. */
struct seek_look {
	const struct picture *levels; /* two-level, of the same shape */
	int step;                     /* every so many rows of it */
	int tries;                    /* codes to give to ZBar, at most */
	int flat;                     /* of these also as warped pictures */
	bool live;                    /* in a crowd, half and none of them */
};

/**
 * seek_read(seek, look, p, list, f):
 * Add the finder patterns of the ${look} to those of ${seek} (zeroed before
 * the first), and to ${list} the texts of the codes of ${p} that new ones
 * make.
 */
bool seek_read(struct seek *, const struct seek_look *, const struct picture *,
    struct symbol_list *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SEEK_H */
