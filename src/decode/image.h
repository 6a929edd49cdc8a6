#ifndef GENKAN_IMAGE_H
#define GENKAN_IMAGE_H

#include "base.h"

/* Picture files of the scan command.  Frames never come this way. */

#define IMAGE_SIDE_MAX   1920 /* of what image_read() takes, pixels */
#define IMAGE_PIXELS_MAX (256L * 1024 * 1024) /* of image_read_any() */

/* Opaque types. */
struct fault;
struct picture;

/**
 * image_is_simple(file, len):
 * Is this for image_read(): a baseline JPEG of a frame's size, or a PNG or
 * binary PGM with sides of at most IMAGE_SIDE_MAX?  Looks at the head only.
 */
bool image_is_simple(const uint8_t *, size_t) MUST_CHECK;

/**
 * image_read(file, len, p, f):
 * Read such a file, grey, transparent parts on white.  FAULT_PEER if it is
 * none or broken, FAULT_MEMORY if memory ran out.
 */
bool image_read(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;

/**
 * image_read_any(file, len, p, f):
 * Read a JPEG of any kind, PNG, PNM (P1 to P6), BMP, GIF (its first frame)
 * or WebP, of at most IMAGE_PIXELS_MAX pixels and PICTURE_SIDE_MAX a side.
 */
bool image_read_any(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;

/**
 * image_grey(red, green, blue):
 * The luma of ITU-R BT.601, as JPEG has it.
 */
static inline uint8_t
image_grey(int red, int green, int blue)
{
	return ((uint8_t)((299 * red + 587 * green + 114 * blue + 500) / 1000));
}

/**
 * image_check(width, height, f):
 * Are the sides possible?  FAULT_PEER if not.
 */
bool image_check(int64_t, int64_t, struct fault *) MUST_CHECK;

/**
 * image_sides_pnm(file, len, width, height):
 * The sides that the head of a PNM file tells.
 */
bool image_sides_pnm(const uint8_t *, size_t, int *, int *) MUST_CHECK;

/* Its parts, one file each; the same promises. */
bool image_read_bmp(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;
bool image_read_gif(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;
bool image_read_pnm(
    const uint8_t *, size_t, struct picture *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_IMAGE_H */
