#ifndef GENKAN_RING_TEXT_H
#define GENKAN_RING_TEXT_H

#include "base.h"

/* The ring as the JSON text that is sealed into its file. */

/* Opaque types. */
struct fault;
struct ring_view;

/**
 * ring_text_write(view):
 * The text of ${view}, which the caller frees; NULL if memory is full.
 */
char *ring_text_write(const struct ring_view *) MUST_CHECK;

/**
 * ring_text_read(text, f):
 * A view from its text.  Anything unknown in it is a fault: a ring of a later
 * version must not lose what this one does not understand.
 */
struct ring_view *ring_text_read(const char *, struct fault *) MUST_CHECK;

/**
 * ring_view_copy(view), ring_view_free(view):
 * A copy that shares nothing; NULL if memory is full.
 */
struct ring_view *ring_view_copy(const struct ring_view *) MUST_CHECK;
void ring_view_free(struct ring_view *);

#endif /* !GENKAN_RING_TEXT_H */
