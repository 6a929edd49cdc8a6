#ifndef GENKAN_SCAN_WORK_H
#define GENKAN_SCAN_WORK_H

#include "base.h"

/* What the scan command's children do with a file, inside their cages. */

/* Opaque types. */
struct decoder_task;
struct decoder_result;
struct fault;

/**
 * scan_work_read(task, file, result, outp, f):
 * Read the ${file}, a PNG, baseline JPEG or PGM, and look for QR codes:
 * ${result} and the ${outp} that it describes (the caller frees it; NULL if
 * empty) are as decoder.h says.  A file that is none of these gives a result
 * with read 0; that is no fault.
 */
bool scan_work_read(const struct decoder_task *, const uint8_t *,
    struct decoder_result *, uint8_t **, struct fault *) MUST_CHECK;

/**
 * scan_work_convert(task, file, result, outp, f):
 * Read any format that image_read_any() knows and give it back as PGM with
 * sides that scan_work_read() takes.
 */
bool scan_work_convert(const struct decoder_task *, const uint8_t *,
    struct decoder_result *, uint8_t **, struct fault *) MUST_CHECK;

#endif /* !GENKAN_SCAN_WORK_H */
