#ifndef GENKAN_PROCESS_H
#define GENKAN_PROCESS_H

#include <sys/types.h>

#include "base.h"

/* What every long-running program needs of the system around it. */

/*
 * The Unix sockets, below GENKAN_RUN_DIR.  Each program has a directory of its
 * own there, so that no other can put a socket in its place.
 */
#define PROCESS_KMS_SOCKET    "kms/kms.sock"
#define PROCESS_DECODE_SOCKET "decode/decode.sock"

/* What changes there whenever the key service stops a key. */
#define PROCESS_KMS_STOPS      "kms/stops"
#define PROCESS_KMS_STOPS_SIZE 64

/* Opaque types. */
struct fault;

/**
 * process_listen(name, mode, fdp, f):
 * Open the listening Unix socket ${name} (one of the above) with ${mode}, in
 * place of a stale one; non-blocking and closed on exec.  Its directory is
 * made if need be.  A socket on which somebody still answers is left alone:
 * FAULT_SYSTEM.
 */
bool process_listen(const char *, mode_t, int *, struct fault *) MUST_CHECK;

/**
 * process_path(name, out, size):
 * The path of ${name} in GENKAN_RUN_DIR; false if it does not fit.
 */
bool process_path(const char *, char *, size_t) MUST_CHECK;

/**
 * process_peer(fd, uid):
 * The user at the other end of a Unix socket.
 */
bool process_peer(int, uid_t *) MUST_CHECK;

/**
 * process_on_stop(f):
 * From now on SIGTERM and SIGINT make process_stopping() true and interrupt
 * system calls; SIGPIPE is ignored.
 */
bool process_on_stop(struct fault *) MUST_CHECK;
bool process_stopping(void);

#endif /* !GENKAN_PROCESS_H */
