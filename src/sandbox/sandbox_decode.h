#ifndef GENKAN_SANDBOX_DECODE_H
#define GENKAN_SANDBOX_DECODE_H

#include "base.h"

/* The cage of a process that reads pictures. */

/* Opaque types. */
struct fault;

struct sandbox_decode_limits {
	unsigned long memory;      /* bytes of address space */
	unsigned long cpu_seconds; /* in its whole life */
};

/**
 * sandbox_decode(limits, f):
 * Give up, for good, everything but computing and talking over the open
 * descriptors: no new privileges, an empty network namespace where the
 * system lets us, the given limits, no files written, no processes, no core
 * dump; then the list of system calls of this module.  Any other system call
 * fails with EPERM; it does not kill, because ZBar opens converters of
 * character sets at each code and does well without them.
 * FAULT_SYSTEM if the list or a limit cannot be set: do not go on then.
 */
bool sandbox_decode(
    const struct sandbox_decode_limits *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SANDBOX_DECODE_H */
