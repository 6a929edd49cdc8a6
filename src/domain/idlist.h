#ifndef GENKAN_IDLIST_H
#define GENKAN_IDLIST_H

#include "base.h"

/*
 * Ids on their way into a statement, as the text of a uuid[]; or other things
 * that need no quotes, as the text of a text[].
 */

/* Opaque types. */
struct fault;

struct idlist {
	char *text; /* "{id,id}" */
	size_t len;
	size_t size;
};

#define IDLIST_INIT           \
	{                     \
		.text = NULL, \
	}

/**
 * idlist_add(list, id, f):
 * Append ${id}.
 * idlist_add_bytes(list, bytes, len, f):
 * Append ${bytes} in hexadecimal; none at all are SQL's NULL.
 * idlist_text(list): the array, "{}" when nothing was added.
 */
bool idlist_add(struct idlist *, const char *, struct fault *) MUST_CHECK;
bool idlist_add_bytes(
    struct idlist *, const uint8_t *, size_t, struct fault *) MUST_CHECK;
const char *idlist_text(const struct idlist *);
void idlist_free(struct idlist *);

#endif /* !GENKAN_IDLIST_H */
