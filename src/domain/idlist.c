#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "idlist.h"

bool
idlist_add(struct idlist *list, const char *id, struct fault *f)
{
	const size_t n = strlen(id);
	size_t size;
	char *text;

	if (list->len + n + 3 > list->size) {
		size = list->size * 2 + n + 256;
		if ((text = realloc(list->text, size)) == NULL)
			return (fault_set(f, FAULT_MEMORY, "idlist"));
		list->text = text;
		list->size = size;
	}
	/* The brace that closed the array opens the next element. */
	list->text[list->len == 0 ? 0 : list->len - 1] =
	    list->len == 0 ? '{' : ',';
	if (list->len == 0)
		list->len = 1;
	memcpy(list->text + list->len, id, n);
	list->len += n;
	list->text[list->len++] = '}';
	list->text[list->len] = '\0';
	return (true);
}

bool
idlist_add_bytes(
    struct idlist *list, const uint8_t *bytes, size_t len, struct fault *f)
{
	char *hex;
	bool ok;

	if (len == 0)
		return (idlist_add(list, "NULL", f));
	if ((hex = malloc(2 * len + 1)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "idlist"));
	text_hex(bytes, len, hex);
	ok = idlist_add(list, hex, f);
	free(hex);
	return (ok);
}

const char *
idlist_text(const struct idlist *list)
{
	return (list->text == NULL ? "{}" : list->text);
}

void
idlist_free(struct idlist *list)
{
	free(list->text);
	memset(list, 0, sizeof(*list));
}
