#ifndef GENKAN_SANDBOX_LIST_H
#define GENKAN_SANDBOX_LIST_H

#include <errno.h>
#include <seccomp.h>

#include "base.h"

/* What the lists of system calls have in common; for this folder alone. */

/* What is not on a list fails; sanitizers call too much of their own. */
#ifdef GENKAN_SANITIZE
#define SANDBOX_LIST_OTHERWISE SCMP_ACT_ALLOW
#else
#define SANDBOX_LIST_OTHERWISE SCMP_ACT_ERRNO(EPERM)
#endif

/* Opaque types. */
struct fault;

/**
 * sandbox_list_add(list, action, calls, n):
 * Have ${action} taken at each of ${n} ${calls}, whatever their arguments.
 * Returns 0, or an error as libseccomp has them: a negative errno.
 */
int sandbox_list_add(scmp_filter_ctx, uint32_t, const int *, size_t);

/**
 * sandbox_list_add_memory(list):
 * Allow more memory, for malloc or directly; never a file, never code.
 * Returns what sandbox_list_add() does.
 */
int sandbox_list_add_memory(scmp_filter_ctx);

/**
 * sandbox_list_load(otherwise, add, which, f):
 * Make a list, have ${add} fill it for the ${which} that is its own to read,
 * and obey it from now on: ${otherwise} at every call that is not on it.
 */
bool sandbox_list_load(
    uint32_t, int (*)(scmp_filter_ctx, int), int, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SANDBOX_LIST_H */
