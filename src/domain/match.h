#ifndef GENKAN_MATCH_H
#define GENKAN_MATCH_H

#include "base.h"

/* Search in what was decrypted: both sides folded (normalise.h). */

/**
 * match_fold(q):
 * The search words ${q}, folded; to be passed to match_free.  NULL if memory
 * is full.
 */
char *match_fold(const char *) MUST_CHECK;
void match_free(char *);

/**
 * match_text(folded, text):
 * Does ${text} (or NULL) contain what was searched for?
 */
bool match_text(const char *, const char *) MUST_CHECK;

#endif /* !GENKAN_MATCH_H */
