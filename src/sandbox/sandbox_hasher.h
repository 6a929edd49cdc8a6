#ifndef GENKAN_SANDBOX_HASHER_H
#define GENKAN_SANDBOX_HASHER_H

#include "base.h"

/* The cage of a process that works on passwords. */

/* Opaque types. */
struct fault;

/**
 * sandbox_hasher(f):
 * From now on this process can only compute, take and give back memory, wait,
 * and talk over its open descriptors; any other system call fails with EPERM.
 * Off under sanitizers, which need more.
 * FAULT_SYSTEM if the list cannot be set: do not go on then.
 */
bool sandbox_hasher(struct fault *) MUST_CHECK;

#endif /* !GENKAN_SANDBOX_HASHER_H */
