#include <stdio.h>

#include "gen_text.h"
#include "problem.h"

static const struct {
	const char *name;
	int status;
} problems[] = {
#define PROBLEM(n, s) [PROBLEM_##n] = { #n, (s) },
#include "problem.def"
#undef PROBLEM
};
_Static_assert(NELEMS(problems) == PROBLEM__MAX, "every problem has a row");

static const char *text_of(enum problem, const char *, const char *);

const char *
problem_name(enum problem problem)
{
	return (problem == PROBLEM__MAX ? NULL : problems[problem].name);
}

int
problem_status(enum problem problem)
{
	return (problems[problem].status);
}

const char *
problem_title(enum problem problem, const char *language)
{
	return (text_of(problem, ".title", language));
}

const char *
problem_next(enum problem problem, const char *language)
{
	return (text_of(problem, ".next", language));
}

static const char *
text_of(enum problem problem, const char *suffix, const char *language)
{
	enum text_key at;
	char key[80];

	(void)snprintf(
	    key, sizeof(key), "problem.%s%s", problems[problem].name, suffix);
	at = text_key_of(key);
	return (at == TEXT__MAX ? problems[problem].name
				: text_get(text_language_of(language), at));
}
