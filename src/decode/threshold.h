#ifndef GENKAN_THRESHOLD_H
#define GENKAN_THRESHOLD_H

#include "base.h"

/* Grey to black (0) and white (255), by what is dark near each pixel. */

/* Opaque types. */
struct fault;
struct picture;

/**
 * threshold_box(p, window, bias, out, f):
 * Black is what is darker, by more than ${bias}, than the mean of the square
 * of about ${window} pixels a side around it.
 */
bool threshold_box(const struct picture *, int, int, struct picture *,
    struct fault *) MUST_CHECK;

/**
 * threshold_block(p, block, out, f):
 * Black is what is darker than the mean of the five by five blocks around
 * its own block of ${block} pixels; flat blocks take the level of their
 * neighbours (after the hybrid binarizer of ZXing).
 */
bool threshold_block(
    const struct picture *, int, struct picture *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_THRESHOLD_H */
