#ifndef GENKAN_SANDBOX_KMS_H
#define GENKAN_SANDBOX_KMS_H

#include "base.h"

/* Opaque types. */
struct fault;

/**
 * sandbox_kms(forwarding, f):
 * From now on, for this thread and all that it starts, any system call that is
 * not on the key service's list ends the process.  It cannot start programs,
 * open sockets (unless it is ${forwarding}), or make memory executable. Sockets
 * and the audit log must be open already.  Off under sanitizers, which need
 * more.
 */
bool sandbox_kms(bool, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SANDBOX_KMS_H */
