#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"
#include "threshold.h"

/* A block whose levels differ by less than this is flat. */
#define FLAT 24

static void box_row(const uint8_t *, const uint32_t *, uint32_t *, int, int,
    int, int, uint8_t *);
static void block_levels(const struct picture *, int, int, int, uint8_t *);
static int block_around(const uint8_t *, int, int, int, int);

bool
threshold_box(const struct picture *p, int window, int bias,
    struct picture *out, struct fault *f)
{
	const int w = p->width, h = p->height;
	const int r = window / 2 > 1 ? window / 2 : 1;
	uint32_t *column, *prefix;
	int x, y, rows = 0;

	if (!picture_init(out, w, h, f))
		return (false);
	column = calloc(2 * (size_t)w + 1, sizeof(*column));
	if (column == NULL) {
		picture_free(out);
		return (fault_set(f, FAULT_MEMORY, "no memory for a row"));
	}
	prefix = column + w;

	/* column[x] holds the sum of the rows within r of the current one. */
	for (y = 0; y < r && y < h; y++, rows++) {
		const uint8_t *in = p->y + (size_t)y * (size_t)w;

		for (x = 0; x < w; x++)
			column[x] += in[x];
	}
	for (y = 0; y < h; y++) {
		const size_t at = (size_t)y * (size_t)w;

		if (y + r < h) {
			const uint8_t *in = p->y + at + (size_t)r * (size_t)w;

			for (x = 0; x < w; x++)
				column[x] += in[x];
			rows++;
		}
		if (y - r > 0) {
			const uint8_t *gone =
			    p->y + at - (size_t)(r + 1) * (size_t)w;

			for (x = 0; x < w; x++)
				column[x] -= gone[x];
			rows--;
		}
		box_row(
		    p->y + at, column, prefix, w, r, rows, bias, out->y + at);
	}
	free(column);

	return (true);
}

bool
threshold_block(
    const struct picture *p, int block, struct picture *out, struct fault *f)
{
	const int cols = (p->width + block - 1) / block;
	const int rows = (p->height + block - 1) / block;
	uint8_t *level;
	int bx, by, x, y;

	if (!picture_init(out, p->width, p->height, f))
		return (false);
	if ((level = malloc((size_t)cols * (size_t)rows)) == NULL) {
		picture_free(out);
		return (fault_set(f, FAULT_MEMORY, "no memory for blocks"));
	}
	block_levels(p, block, cols, rows, level);
	for (by = 0; by < rows; by++) {
		for (bx = 0; bx < cols; bx++) {
			const int mean =
			    block_around(level, cols, rows, bx, by);
			const int right = (bx + 1) * block < p->width
			    ? (bx + 1) * block
			    : p->width;
			const int below = (by + 1) * block < p->height
			    ? (by + 1) * block
			    : p->height;

			for (y = by * block; y < below; y++) {
				const size_t at = (size_t)y * (size_t)p->width;

				for (x = bx * block; x < right; x++)
					out->y[at + (size_t)x] =
					    p->y[at + (size_t)x] <= mean ? 0
									 : 255;
			}
		}
	}
	free(level);

	return (true);
}

/*
 * One row of threshold_box: ${prefix} holds w + 1 sums of columns from the
 * left, so that any run of columns is one subtraction.
 */
static void
box_row(const uint8_t *in, const uint32_t *column, uint32_t *prefix, int w,
    int r, int rows, int bias, uint8_t *out)
{
	const int left = r < w ? r : w;
	const int right = w - r - 1 > left ? w - r - 1 : left;
	const int32_t area = rows * (2 * r + 1);
	uint32_t total = 0;
	int x;

	for (x = 0; x < w; x++) {
		prefix[x] = total;
		total += column[x];
	}
	prefix[w] = total;

	for (x = 0; x < w; x++) {
		int from, until;

		if (x == left && right > left) {
			/* Away from both edges: no branches, so vectors. */
			for (; x < right; x++)
				out[x] = (in[x] + bias) * area <
					(int32_t)(prefix[x + r + 1] -
					    prefix[x - r])
				    ? 0
				    : 255;
		}
		from = x - r > 0 ? x - r : 0;
		until = x + r + 1 < w ? x + r + 1 : w;
		out[x] = (in[x] + bias) * rows * (until - from) <
			(int32_t)(prefix[until] - prefix[from])
		    ? 0
		    : 255;
	}
}

static void
block_levels(
    const struct picture *p, int block, int cols, int rows, uint8_t *level)
{
	int bx, by, x, y;

	for (by = 0; by < rows; by++) {
		for (bx = 0; bx < cols; bx++) {
			const int left = bx * block + block <= p->width
			    ? bx * block
			    : (p->width > block ? p->width - block : 0);
			const int top = by * block + block <= p->height
			    ? by * block
			    : (p->height > block ? p->height - block : 0);
			const int right =
			    left + block < p->width ? left + block : p->width;
			const int below =
			    top + block < p->height ? top + block : p->height;
			int sum = 0, low = 255, high = 0, mean;

			for (y = top; y < below; y++) {
				for (x = left; x < right; x++) {
					const int v =
					    p->y[(size_t)y * (size_t)p->width +
						(size_t)x];

					sum += v;
					low = v < low ? v : low;
					high = v > high ? v : high;
				}
			}
			mean = sum / ((right - left) * (below - top));
			if (high - low <= FLAT) {
				/* Flat: white, unless its neighbours were
				 * dark code. */
				mean = low / 2;
				if (bx > 0 && by > 0) {
					const uint8_t *above = level +
					    (size_t)(by - 1) * (size_t)cols;
					const int around =
					    (above[bx] +
						2 *
						    level[(size_t)by *
							    (size_t)cols +
							(size_t)(bx - 1)] +
						above[bx - 1]) /
					    4;

					if (low < around)
						mean = around;
				}
			}
			level[(size_t)by * (size_t)cols + (size_t)bx] =
			    (uint8_t)mean;
		}
	}
}

static int
block_around(const uint8_t *level, int cols, int rows, int bx, int by)
{
	int sum = 0, x, y, cx, cy;

	for (y = by - 2; y <= by + 2; y++) {
		cy = y < 0 ? 0 : y >= rows ? rows - 1 : y;
		for (x = bx - 2; x <= bx + 2; x++) {
			cx = x < 0 ? 0 : x >= cols ? cols - 1 : x;
			sum += level[(size_t)cy * (size_t)cols + (size_t)cx];
		}
	}

	return (sum / 25);
}
