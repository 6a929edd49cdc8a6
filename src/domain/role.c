#include <stdio.h>
#include <string.h>

#include "role.h"

static const char *const names[ROLE_COUNT] = {
	"member",
	"reception",
	"operations_admin",
	"account_admin",
	"system_admin",
};

unsigned
role_parse(const char *words)
{
	unsigned roles = 0;
	size_t i, len;

	while (*words != '\0') {
		len = strcspn(words, " ");
		for (i = 0; i < ROLE_COUNT; i++) {
			if (strlen(names[i]) == len &&
			    strncmp(words, names[i], len) == 0)
				roles |= 1U << i;
		}
		words += len + strspn(words + len, " ");
	}
	return (roles);
}

void
role_write(unsigned roles, char out[ROLE_WORDS_SIZE])
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < ROLE_COUNT; i++) {
		if ((roles & (1U << i)) != 0)
			len +=
			    (size_t)snprintf(out + len, ROLE_WORDS_SIZE - len,
				"%s%s", len > 0 ? " " : "", names[i]);
	}
}

const char *
role_name(size_t i)
{
	return (names[i]);
}

const char *const *
role_names(void)
{
	return (names);
}
