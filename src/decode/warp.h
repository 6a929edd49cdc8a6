#ifndef GENKAN_WARP_H
#define GENKAN_WARP_H

#include "base.h"

/* A code cut out of a picture and laid flat. */

/* Opaque types. */
struct fault;
struct finder_corner;
struct picture;

/**
 * warp_corner(p, corner, scale, pixels, out, f):
 * Make ${out} an upright picture of the code whose corner was found, with
 * about ${pixels} pixels a module and its quiet zone, dark on light.
 * The coordinates of ${corner} times ${scale} are those of ${p}.
 */
bool warp_corner(const struct picture *, const struct finder_corner *, float,
    float, struct picture *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_WARP_H */
