#ifndef GENKAN_SANDBOX_COURIER_H
#define GENKAN_SANDBOX_COURIER_H

#include "base.h"

/* What courier and its sender processes may ask of the kernel. */

/* Opaque types. */
struct fault;

enum sandbox_courier_part {
	SANDBOX_COURIER_MAIN,   /* database, key service, chats, webhooks */
	SANDBOX_COURIER_SENDER, /* one mail server */
	SANDBOX_COURIER_PART__MAX
};

/**
 * sandbox_courier(part, f):
 * From now on the system calls of this module's list, for all threads to
 * come: connecting outwards and reading files, but no listening, no new
 * programs or processes (threads only), no writing of files by name, no
 * tracing.  Any other fails with EPERM and is noted in the kernel's log.
 */
bool sandbox_courier(enum sandbox_courier_part, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SANDBOX_COURIER_H */
