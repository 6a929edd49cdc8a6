#ifndef GENKAN_PICTURE_H
#define GENKAN_PICTURE_H

#include "base.h"

/* A grey picture in memory: rows of bytes without padding, 0 is black. */

/* Opaque types. */
struct fault;

struct picture {
	int width;  /* pixels */
	int height; /* pixels */
	uint8_t *y; /* width * height bytes; the picture owns them */
};

/* No picture in this program is larger than this many pixels a side. */
#define PICTURE_SIDE_MAX 16384

/**
 * picture_init(p, width, height, f):
 * Make ${p} a picture of the given size; its content is not defined.
 * FAULT_MEMORY if it does not fit, FAULT_BUG if a side is not within
 * 1..PICTURE_SIDE_MAX.
 */
bool picture_init(struct picture *, int, int, struct fault *) MUST_CHECK;

/**
 * picture_free(p):
 * Free the bytes of ${p}, not ${p} itself; ${p} is an empty picture then.
 */
void picture_free(struct picture *);

/**
 * picture_side(p):
 * The longest side, in pixels.
 */
int picture_side(const struct picture *);

/**
 * picture_fit(p, side, out, f):
 * Make ${out} a copy of ${p} whose longest side is at most ${side} pixels,
 * by averaging areas; a smaller picture is copied as it is.
 */
bool picture_fit(
    const struct picture *, int, struct picture *, struct fault *) MUST_CHECK;

/**
 * picture_double(p, out, f):
 * Make ${out} twice as wide and high as ${p}, bilinear.
 */
bool picture_double(
    const struct picture *, struct picture *, struct fault *) MUST_CHECK;

/**
 * picture_crop(p, x, y, width, height, out, f):
 * Make ${out} a copy of the part of ${p} that the rectangle covers.
 */
bool picture_crop(const struct picture *, int, int, int, int, struct picture *,
    struct fault *) MUST_CHECK;

/**
 * picture_invert(p):
 * Swap light and dark, in place.
 */
void picture_invert(struct picture *);

#endif /* !GENKAN_PICTURE_H */
