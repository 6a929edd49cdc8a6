#ifndef GENKAN_DEPARTMENT_H
#define GENKAN_DEPARTMENT_H

#include "base.h"
#include "context.h"

/* A department is a group of members that can be called as one. */

/* Opaque types. */
struct fault;

struct department {
	uuid_text id;
	int version;
	char name[401];
	int members;
};

/**
 * department_list(ctx, departments, n, f):
 * All of them by name; the caller frees the array.
 */
bool department_list(struct context *, struct department **, size_t *,
    struct fault *) MUST_CHECK;

/**
 * department_show(ctx, id, department, found, f):
 * One department.
 */
bool department_show(struct context *, const char *, struct department *,
    bool *, struct fault *) MUST_CHECK;

/**
 * department_members(ctx, id, ids, n, f):
 * The ids of its active members; the caller frees the array.
 */
bool department_members(struct context *, const char *, uuid_text **, size_t *,
    struct fault *) MUST_CHECK;

enum department_outcome {
	DEPARTMENT_DONE,
	DEPARTMENT_NAME_TAKEN,
	DEPARTMENT_NO_MEMBER, /* one of the ids is nobody's: see ${which} */
	DEPARTMENT_NOT_FOUND,
	DEPARTMENT_CONFLICT, /* somebody else changed it first */
	DEPARTMENT_OUTCOME__MAX
};

/**
 * department_create(ctx, name, ids, n, department, outcome, which, f):
 * A department of ${n} members; ids given twice count once.
 */
bool department_create(struct context *, const char *, uuid_text *, size_t,
    struct department *, enum department_outcome *, size_t *,
    struct fault *) MUST_CHECK;

/**
 * department_rename(ctx, id, version, name, department, outcome, f):
 * Another name, also for the visits made to it so far.
 * department_remove(ctx, id, outcome, f):
 * Give it up: nobody belongs to it or finds it any more.
 */
bool department_rename(struct context *, const char *, int, const char *,
    struct department *, enum department_outcome *, struct fault *) MUST_CHECK;
bool department_remove(struct context *, const char *,
    enum department_outcome *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_DEPARTMENT_H */
