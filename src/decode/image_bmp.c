#include <string.h>

#include "fault.h"
#include "picture.h"
#include "image.h"

#define HEAD_BYTES 14 /* BITMAPFILEHEADER */
#define INFO_BYTES 40 /* BITMAPINFOHEADER, the smallest that we read */

static uint32_t get32(const uint8_t *);
static uint32_t get16(const uint8_t *);
static uint8_t pixel(const uint8_t *, const uint8_t *, uint32_t, int, int);

/*
 * Uncompressed bitmaps of 1, 4, 8, 24 or 32 bits, as BITMAPINFOHEADER
 * describes them; 32 bits also with the usual masks.
 */
bool
image_read_bmp(
    const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	uint32_t start, info, bits, packing, colours;
	int64_t width, height, row;
	const uint8_t *palette;
	int x, y;

	memset(p, 0, sizeof(*p));
	if (len < HEAD_BYTES + INFO_BYTES)
		return (fault_set(f, FAULT_PEER, "bmp: ends early"));
	start = get32(file + 10);
	info = get32(file + 14);
	width = (int32_t)get32(file + 18);
	height = (int32_t)get32(file + 22);
	bits = get16(file + 28);
	packing = get32(file + 30);
	colours = get32(file + 46);
	if (info < INFO_BYTES || info > 256 ||
	    (packing != 0 && !(packing == 3 && bits == 32)) ||
	    (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32))
		return (fault_set(f, FAULT_PEER, "bmp: a kind we do not know"));
	if (!image_check(width, height < 0 ? -height : height, f))
		return (false);

	palette = file + HEAD_BYTES + info;
	row = (width * (int64_t)bits + 31) / 32 * 4;
	if (bits <= 8) {
		const uint32_t all = 1U << bits;

		colours = colours == 0 || colours > all ? all : colours;
		if (HEAD_BYTES + info + 4 * (size_t)colours > len)
			return (fault_set(f, FAULT_PEER, "bmp: no palette"));
	}
	if (start > len ||
	    (int64_t)(len - start) < row * (height < 0 ? -height : height))
		return (fault_set(f, FAULT_PEER, "bmp: ends early"));
	if (!picture_init(
		p, (int)width, (int)(height < 0 ? -height : height), f))
		return (false);
	for (y = 0; y < p->height; y++) {
		/* From below upwards, unless the height is negative. */
		const uint8_t *line = file + start +
		    (size_t)row * (size_t)(height < 0 ? y : p->height - 1 - y);
		uint8_t *out = p->y + (size_t)y * (size_t)p->width;

		for (x = 0; x < p->width; x++)
			out[x] = pixel(line, palette, colours, (int)bits, x);
	}

	return (true);
}

static uint8_t
pixel(const uint8_t *line, const uint8_t *palette, uint32_t colours, int bits,
    int x)
{
	const uint8_t *c;
	uint32_t index;

	if (bits >= 24)
		c = line + (size_t)x * (size_t)(bits / 8);
	else {
		index = line[(size_t)x * (size_t)bits / 8];
		index = index >> (8 - bits - x * bits % 8) & ((1U << bits) - 1);
		if (index >= colours)
			return (0);
		c = palette + (size_t)index * 4;
	}

	return (image_grey(c[2], c[1], c[0]));
}

static uint32_t
get32(const uint8_t *p)
{
	return (get16(p) | get16(p + 2) << 16);
}

static uint32_t
get16(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8);
}
