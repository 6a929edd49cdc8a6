#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"

static void halve(const struct picture *, struct picture *);
static bool shrink(const struct picture *, struct picture *, struct fault *);
static uint8_t mean3(int, int);

bool
picture_init(struct picture *p, int width, int height, struct fault *f)
{
	memset(p, 0, sizeof(*p));
	if (width < 1 || height < 1 || width > PICTURE_SIDE_MAX ||
	    height > PICTURE_SIDE_MAX)
		return (fault_set(
		    f, FAULT_BUG, "a picture of %d by %d", width, height));
	if ((p->y = malloc((size_t)width * (size_t)height)) == NULL)
		return (fault_set(f, FAULT_MEMORY,
		    "no memory for a picture of %d by %d", width, height));
	p->width = width;
	p->height = height;

	return (true);
}

void
picture_free(struct picture *p)
{
	free(p->y);
	memset(p, 0, sizeof(*p));
}

int
picture_side(const struct picture *p)
{
	return (p->width > p->height ? p->width : p->height);
}

bool
picture_fit(
    const struct picture *p, int side, struct picture *out, struct fault *f)
{
	const int64_t longest = picture_side(p);
	int width, height;

	if (longest <= side)
		return (picture_crop(p, 0, 0, p->width, p->height, out, f));
	width = (int)((p->width * (int64_t)side + longest / 2) / longest);
	height = (int)((p->height * (int64_t)side + longest / 2) / longest);
	if (!picture_init(
		out, width > 0 ? width : 1, height > 0 ? height : 1, f))
		return (false);
	if (p->width == 2 * out->width && p->height == 2 * out->height) {
		halve(p, out);
		return (true);
	}
	if (!shrink(p, out, f)) {
		picture_free(out);
		return (false);
	}

	return (true);
}

bool
picture_double(const struct picture *p, struct picture *out, struct fault *f)
{
	const uint8_t *near, *far;
	uint8_t *to;
	int x, y;

	if (!picture_init(out, 2 * p->width, 2 * p->height, f))
		return (false);
	for (y = 0; y < out->height; y++) {
		near = p->y + (size_t)(y / 2) * (size_t)p->width;
		far = near;
		if ((y & 1) == 0 && y > 0)
			far = near - p->width;
		else if ((y & 1) == 1 && y / 2 + 1 < p->height)
			far = near + p->width;
		to = out->y + (size_t)y * (size_t)out->width;
		to[0] = mean3(near[0], far[0]);
		for (x = 0; x + 1 < p->width; x++) {
			const int a = 3 * near[x] + far[x];
			const int b = 3 * near[x + 1] + far[x + 1];

			to[2 * x + 1] = (uint8_t)((3 * a + b + 8) / 16);
			to[2 * x + 2] = (uint8_t)((a + 3 * b + 8) / 16);
		}
		to[out->width - 1] = mean3(near[x], far[x]);
	}

	return (true);
}

bool
picture_crop(const struct picture *p, int left, int top, int width, int height,
    struct picture *out, struct fault *f)
{
	int y;

	if (left < 0 || top < 0 || width > p->width - left ||
	    height > p->height - top)
		return (fault_set(f, FAULT_BUG, "a crop outside its picture"));
	if (!picture_init(out, width, height, f))
		return (false);
	for (y = 0; y < height; y++)
		memcpy(out->y + (size_t)y * (size_t)width,
		    p->y + (size_t)(top + y) * (size_t)p->width + left,
		    (size_t)width);

	return (true);
}

void
picture_invert(struct picture *p)
{
	const size_t len = (size_t)p->width * (size_t)p->height;
	size_t i;

	for (i = 0; i < len; i++)
		p->y[i] = (uint8_t)(255 - p->y[i]);
}

/* Exactly half: four pixels become one. */
static void
halve(const struct picture *p, struct picture *out)
{
	int x, y;

	for (y = 0; y < out->height; y++) {
		const uint8_t *a = p->y + (size_t)(2 * y) * (size_t)p->width;
		const uint8_t *b = a + p->width;
		uint8_t *to = out->y + (size_t)y * (size_t)out->width;

		for (x = 0; x < out->width; x++)
			to[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
					      b[2 * x + 1] + 2) /
			    4);
	}
}

/*
 * Any ratio: each pixel of ${out} is the mean of the area of ${p} under it.
 * Positions are in 1/256 pixel; rows first, then columns.
 */
static bool
shrink(const struct picture *p, struct picture *out, struct fault *f)
{
	uint32_t *sum; /* one row of p's width, weighted by height */
	int x, y, i;
	const int64_t xstep = (int64_t)p->width * 256 / out->width;
	const int64_t ystep = (int64_t)p->height * 256 / out->height;

	if ((sum = malloc((size_t)p->width * sizeof(*sum))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for a row"));
	for (y = 0; y < out->height; y++) {
		const int64_t top = y * ystep, bottom = top + ystep;
		const uint32_t area = (uint32_t)((xstep * ystep) >> 8);
		uint8_t *to = out->y + (size_t)y * (size_t)out->width;

		memset(sum, 0, (size_t)p->width * sizeof(*sum));
		for (i = (int)(top >> 8);
		     i < p->height && (int64_t)i * 256 < bottom; i++) {
			const uint8_t *row =
			    p->y + (size_t)i * (size_t)p->width;
			int64_t from = (int64_t)i * 256, until = from + 256;
			uint32_t weight;

			from = from < top ? top : from;
			until = until > bottom ? bottom : until;
			weight = (uint32_t)(until - from);
			for (x = 0; x < p->width; x++)
				sum[x] += weight * row[x];
		}
		for (x = 0; x < out->width; x++) {
			const int64_t left = x * xstep, right = left + xstep;
			uint64_t total = 0;

			for (i = (int)(left >> 8);
			     i < p->width && (int64_t)i * 256 < right; i++) {
				int64_t from = (int64_t)i * 256;
				int64_t until = from + 256;

				from = from < left ? left : from;
				until = until > right ? right : until;
				total += (uint64_t)(until - from) * sum[i];
			}
			total = (total >> 8) / area;
			to[x] = (uint8_t)(total > 255 ? 255 : total);
		}
	}
	free(sum);

	return (true);
}

static uint8_t
mean3(int near, int far)
{
	return ((uint8_t)((3 * near + far + 2) / 4));
}
