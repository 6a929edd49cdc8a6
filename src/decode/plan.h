#ifndef GENKAN_PLAN_H
#define GENKAN_PLAN_H

#include "base.h"

/* In which order a picture is looked at, and when to stop. */

/* CPU time after which a live frame gets no further pass. */
#define PLAN_BUDGET_US 40000

/* Opaque types. */
struct fault;
struct picture;
struct symbol_list;

struct plan {
	bool live;       /* keep to the budget; the tablet sends more */
	uint32_t number; /* the frame's number: where the rotation starts */
	uint32_t cpu_us; /* out: CPU time used, microseconds */
};

/**
 * plan_run(plan, p, list, f):
 * Try pass after pass on ${p} until one has put a text into ${list}, or no
 * pass is left, or a live frame's budget is used.  The cheap passes come
 * first; a live frame then gets one of the others, which its number chooses,
 * so that a code held still meets all of them within a second.
 */
bool plan_run(struct plan *, const struct picture *, struct symbol_list *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_PLAN_H */
