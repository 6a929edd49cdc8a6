#ifndef GENKAN_BASELINE_H
#define GENKAN_BASELINE_H

#include "base.h"

/*
 * The JPEG of a camera frame (ITU-T T.81).  Everything about it is checked
 * by our own reading of the headers before libjpeg sees a byte.
 */

#define BASELINE_SIDE_MIN 64   /* pixels */
#define BASELINE_SIDE_MAX 1920 /* pixels */

/* Opaque types. */
struct fault;
struct picture;

/**
 * baseline_check(jpeg, len, width, height):
 * Do the ${len} bytes start as a baseline or extended sequential JPEG with
 * Huffman coding (SOF0, SOF1), 8 bits a sample, one or three components in
 * one scan, and sides of 64 to 1920 pixels?  Tell the sides.
 */
bool baseline_check(const uint8_t *, size_t, int *, int *) MUST_CHECK;

/**
 * baseline_read(jpeg, len, p, f):
 * Make ${p} the grey picture of a JPEG that baseline_check let through.
 * Where the data ends early or is damaged the rest is grey.  FAULT_PEER if
 * libjpeg refuses it, FAULT_MEMORY if memory ran out.
 */
bool baseline_read(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;

/**
 * baseline_read_any(jpeg, len, side, p, f):
 * The same for any JPEG that libjpeg knows (progressive, four components,
 * large), reduced while it is read towards sides of ${side} pixels, with at
 * most 100 scans.  For the scan command's converter, never for frames.
 */
bool baseline_read_any(
    const uint8_t *, size_t, int, struct picture *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_BASELINE_H */
