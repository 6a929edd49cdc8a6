#ifndef GENKAN_PROBLEM_H
#define GENKAN_PROBLEM_H

#include "base.h"

/*
 * A problem is a refusal as it travels over HTTP (RFC 9457).  problem.def
 * lists them all.
 */
enum problem {
#define PROBLEM(name, status) PROBLEM_##name,
#include "problem.def"
#undef PROBLEM
	PROBLEM__MAX
};

/**
 * problem_name(p), problem_status(p):
 * The name that ends its type and keys its texts, NULL of PROBLEM__MAX, which
 * is none; its HTTP status.
 */
const char *problem_name(enum problem);
int problem_status(enum problem);

/**
 * problem_title(p, language), problem_next(p, language):
 * What happened and what to do now, in "ja" or "en".
 */
const char *problem_title(enum problem, const char *);
const char *problem_next(enum problem, const char *);

#endif /* !GENKAN_PROBLEM_H */
