#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#include "cursor.h"

static const char lowest[] = "00000000-0000-0000-0000-000000000000";
static const char highest[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

void
cursor_first(struct cursor *c)
{
	cursor_set(c, CURSOR_FIRST, lowest);
}

void
cursor_last(struct cursor *c)
{
	cursor_set(c, CURSOR_LAST, highest);
}

bool
cursor_read(const char *text, struct cursor *c)
{
	const size_t digits = strspn(text, "0123456789");

	/* At most 17 digits: less than CURSOR_LAST. */
	if (digits == 0 || digits > 17 || text[digits] != '.' ||
	    !text_is_uuid(text + digits + 1))
		return (false);
	memcpy(c->at, text, digits);
	c->at[digits] = '\0';
	text_copy(c->id, sizeof(c->id), text + digits + 1);
	return (true);
}

void
cursor_set(struct cursor *c, int64_t at, const char *id)
{
	(void)snprintf(c->at, sizeof(c->at), "%" PRId64, at);
	text_copy(c->id, sizeof(c->id), id);
}

void
cursor_write(const struct cursor *c, char out[CURSOR_SIZE])
{
	(void)snprintf(out, CURSOR_SIZE, "%s.%s", c->at, c->id);
}
