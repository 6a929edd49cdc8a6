#ifndef GENKAN_BOOT_H
#define GENKAN_BOOT_H

#include "base.h"
#include "config.h"

/*
 * The ritual by which every program but web starts: no core dumps, settings
 * read and checked, log named, no way to gain rights again.  After it the
 * program opens its sockets (base/process.h), enters its sandbox and loops.
 * The supervisor has already chosen the user it runs as.
 */

/**
 * boot(name, program, one_shot):
 * Perform the ritual for ${program}, called ${name} in the log.  A
 * ${one_shot} command that is typed without GENKAN_RUN_DIR and GENKAN_DB reads
 * the settings of the embedded installation, from GENKAN_VAR (or var/ beside
 * the executable's folder)/env/${name}/, one file per variable.  On failure
 * say why on standard error and return false.
 */
bool boot(const char *, enum config_program, bool) MUST_CHECK;

#endif /* !GENKAN_BOOT_H */
