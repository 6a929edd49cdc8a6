#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"

/* The pixels under a larger one: the first, how many, and their weights. */
struct part {
	int first, count;
	int head, tail; /* of the first and the last one, in 1/64 */
	int weight;     /* of all together */
};

static void halve(const struct picture *, struct picture *);
static bool shrink(const struct picture *, struct picture *, struct fault *);
static struct part part_of(int, int, int);
static void sum_rows(const struct picture *, const struct part *, uint32_t *);
static uint32_t weight_of(const struct part *, int);
static void mean_columns(
    const uint32_t *, const struct part *, int, int, uint8_t *);
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
 * Rows first, then columns; weights are in 1/64 of a pixel, so that a column
 * of four rows and less, the usual case, is summed in 16 bits.
 */
static bool
shrink(const struct picture *p, struct picture *out, struct fault *f)
{
	struct part *parts;
	uint32_t *sum;
	int x, y;
	bool done = false;

	parts = malloc((size_t)out->width * sizeof(*parts));
	sum = malloc((size_t)p->width * sizeof(*sum));
	if (parts == NULL || sum == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a row");
		goto out;
	}
	for (x = 0; x < out->width; x++)
		parts[x] = part_of(x, p->width, out->width);
	for (y = 0; y < out->height; y++) {
		const struct part rows = part_of(y, p->height, out->height);

		sum_rows(p, &rows, sum);
		mean_columns(sum, parts, out->width, rows.weight,
		    out->y + (size_t)y * (size_t)out->width);
	}
	done = true;
out:
	free(sum);
	free(parts);
	return (done);
}

/* What of ${n} pixels lies under pixel ${i} of ${m}. */
static struct part
part_of(int i, int n, int m)
{
	const int from = (int)((int64_t)i * n * 64 / m);
	const int until = (int)((int64_t)(i + 1) * n * 64 / m);
	struct part part;

	part.first = from / 64;
	part.count = (until + 63) / 64 - part.first;
	part.head = 64 - from % 64;
	part.tail = until % 64 == 0 ? 64 : until % 64;
	part.weight = until - from;
	if (part.count == 1)
		part.head = part.weight;

	return (part);
}

static void
sum_rows(const struct picture *p, const struct part *rows, uint32_t *sum)
{
	const uint8_t *row = p->y + (size_t)rows->first * (size_t)p->width;
	uint16_t narrow[256];
	int i, x, from, until;

	/* In stripes that stay in the nearest cache. */
	for (from = 0; from < p->width; from = until) {
		until = from + 256 < p->width ? from + 256 : p->width;
		if (rows->weight > 4 * 64) {
			memset(sum + from, 0,
			    (size_t)(until - from) * sizeof(*sum));
			for (i = 0; i < rows->count; i++) {
				const uint8_t *at =
				    row + (size_t)i * (size_t)p->width;
				const uint32_t w = weight_of(rows, i);

				for (x = from; x < until; x++)
					sum[x] += w * at[x];
			}
			continue;
		}
		memset(narrow, 0, sizeof(narrow));
		for (i = 0; i < rows->count; i++) {
			const uint8_t *at =
			    row + (size_t)i * (size_t)p->width + from;
			const uint16_t w = (uint16_t)weight_of(rows, i);

			for (x = 0; x < until - from; x++)
				narrow[x] = (uint16_t)(narrow[x] + w * at[x]);
		}
		for (x = from; x < until; x++)
			sum[x] = narrow[x - from];
	}
}

static uint32_t
weight_of(const struct part *part, int i)
{
	if (i == 0)
		return ((uint32_t)part->head);
	if (i == part->count - 1)
		return ((uint32_t)part->tail);

	return (64);
}

static void
mean_columns(const uint32_t *sum, const struct part *parts, int width,
    int weight, uint8_t *out)
{
	int x, i;

	for (x = 0; x < width; x++) {
		const struct part *part = &parts[x];
		const uint32_t *at = sum + part->first;
		const float area = (float)part->weight * (float)weight;
		uint64_t middle = 0, total;

		for (i = 1; i < part->count - 1; i++)
			middle += at[i];
		total = (uint64_t)at[0] * (uint32_t)part->head + middle * 64;
		if (part->count > 1)
			total += (uint64_t)at[part->count - 1] *
			    (uint32_t)part->tail;
		out[x] = (uint8_t)((float)total / area + 0.5f);
	}
}

static uint8_t
mean3(int near, int far)
{
	return ((uint8_t)((3 * near + far + 2) / 4));
}
