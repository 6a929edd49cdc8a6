#include <stdlib.h>
#include <string.h>

#include "secret.h"

#include "normalise.h"

#include "match.h"

char *
match_fold(const char *q)
{
	return (normalise_name(q));
}

void
match_free(char *folded)
{
	if (folded == NULL)
		return;
	secret_wipe(folded, strlen(folded));
	free(folded);
}

bool
match_text(const char *folded, const char *text)
{
	char *other;
	bool found;

	if (text == NULL || (other = normalise_name(text)) == NULL)
		return (false);
	found = strstr(other, folded) != NULL;
	match_free(other);
	return (found);
}
