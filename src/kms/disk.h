#ifndef GENKAN_DISK_H
#define GENKAN_DISK_H

#include "base.h"

/* Files that must survive a crash at any moment.  All have mode 0600. */

/* Opaque types. */
struct fault;

/**
 * disk_replace(path, bytes, len, f):
 * Put ${bytes} in place of the file ${path}: afterwards it holds the old bytes
 * or the new ones, never a mixture; on return the new ones are on disk.
 */
bool disk_replace(
    const char *, const void *, size_t, struct fault *) MUST_CHECK;

/**
 * disk_append(path, bytes, len, f):
 * Add ${bytes} to the end of ${path}, and return when they are on disk.
 */
bool disk_append(const char *, const void *, size_t, struct fault *) MUST_CHECK;

/**
 * disk_read(path, max, bytesp, lenp, f):
 * Read a file of at most ${max} bytes; a NUL stands behind them.  The caller
 * frees.
 */
bool disk_read(
    const char *, size_t, uint8_t **, size_t *, struct fault *) MUST_CHECK;

/**
 * disk_split(path, dir, size):
 * Copy the directory of ${path}; return its last part.
 */
const char *disk_split(const char *, char *, size_t);

#endif /* !GENKAN_DISK_H */
