#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"
#include "image.h"

#define CODES_MAX 4096 /* of twelve bits */

/* A GIF89a file while it is read. */
struct gif {
	const uint8_t *file;
	size_t len;
	size_t at;
	size_t block;  /* bytes left in the current sub-block */
	uint32_t bits; /* not used up yet */
	int nbits;
	uint8_t grey[256]; /* the palette */
};

/* LZW: each code is an earlier code and one pixel more. */
struct table {
	uint16_t earlier[CODES_MAX];
	uint8_t pixel[CODES_MAX];
	uint8_t stack[CODES_MAX];
};

static void palette(struct gif *, int);
static bool find_image(struct gif *);
static bool skip_blocks(struct gif *);
static int code(struct gif *, int);
static void unpack(struct gif *, int, struct table *, uint8_t *, size_t);
static void unlace(const uint8_t *, const struct gif *, bool, struct picture *,
    int, int, int, int);

/*
 * The first frame (GIF89a, appendix F for its LZW).  What is missing stays
 * white.
 */
bool
image_read_gif(
    const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	struct gif in = { .file = file, .len = len, .at = 13 };
	struct table *table = NULL;
	uint8_t *pixels = NULL;
	int left, top, width, height, flags;
	bool done = false;

	memset(p, 0, sizeof(*p));
	if (len < 13)
		return (fault_set(f, FAULT_PEER, "gif: ends early"));
	if ((file[10] & 0x80) != 0)
		palette(&in, 2 << (file[10] & 7));
	if (!find_image(&in))
		return (fault_set(f, FAULT_PEER, "gif: no picture"));
	left = file[in.at] | file[in.at + 1] << 8;
	top = file[in.at + 2] | file[in.at + 3] << 8;
	width = file[in.at + 4] | file[in.at + 5] << 8;
	height = file[in.at + 6] | file[in.at + 7] << 8;
	flags = file[in.at + 8];
	in.at += 9;
	if ((flags & 0x80) != 0)
		palette(&in, 2 << (flags & 7));
	if (in.at >= len || file[in.at] < 1 || file[in.at] > 8)
		return (fault_set(f, FAULT_PEER, "gif: broken"));
	if (!image_check(width, height, f) ||
	    !image_check(file[6] | file[7] << 8, file[8] | file[9] << 8, f) ||
	    !picture_init(p, file[6] | file[7] << 8, file[8] | file[9] << 8, f))
		return (false);
	memset(p->y, 255, (size_t)p->width * (size_t)p->height);

	pixels = calloc((size_t)width, (size_t)height);
	table = malloc(sizeof(*table));
	if (pixels == NULL || table == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a GIF");
		picture_free(p);
		goto out;
	}
	in.at++;
	unpack(&in, file[in.at - 1], table, pixels,
	    (size_t)width * (size_t)height);
	unlace(pixels, &in, (flags & 0x40) != 0, p, left, top, width, height);
	done = true;
out:
	free(table);
	free(pixels);
	return (done);
}

static void
palette(struct gif *in, int colours)
{
	int i;

	for (i = 0; i < colours && in->at + 3 <= in->len; i++, in->at += 3)
		in->grey[i] = image_grey(in->file[in->at], in->file[in->at + 1],
		    in->file[in->at + 2]);
}

/* Go to the first image descriptor; its nine bytes are there. */
static bool
find_image(struct gif *in)
{
	while (in->at < in->len) {
		switch (in->file[in->at++]) {
		case ',':
			return (in->len - in->at >= 10);
		case '!':
			in->at++; /* which extension */
			if (!skip_blocks(in))
				return (false);
			break;
		default:
			return (false);
		}
	}

	return (false);
}

static bool
skip_blocks(struct gif *in)
{
	while (in->at < in->len) {
		const size_t n = in->file[in->at++];

		if (n == 0)
			return (true);
		in->at += n;
	}

	return (false);
}

/* The next ${width} bits of the sub-blocks; -1 at their end. */
static int
code(struct gif *in, int width)
{
	int v;

	while (in->nbits < width) {
		if (in->block == 0) {
			if (in->at >= in->len || in->file[in->at] == 0)
				return (-1);
			in->block = in->file[in->at++];
		}
		if (in->at >= in->len)
			return (-1);
		in->bits |= (uint32_t)in->file[in->at++] << in->nbits;
		in->nbits += 8;
		in->block--;
	}
	v = (int)(in->bits & ((1U << width) - 1));
	in->bits >>= width;
	in->nbits -= width;

	return (v);
}

static void
unpack(struct gif *in, int literal, struct table *t, uint8_t *out, size_t len)
{
	const int clear = 1 << literal;
	int width = literal + 1, next = clear + 2, last = -1;
	size_t done = 0;
	int now, c, depth;

	memset(t, 0, sizeof(*t));
	while (done < len && (now = code(in, width)) != -1) {
		if (now == clear) {
			width = literal + 1;
			next = clear + 2;
			last = -1;
			continue;
		}
		if (now == clear + 1 || now > next || now >= CODES_MAX ||
		    (now == next && last == -1))
			return;
		/*
		 * Walk back from the code to its first pixel.  A code that
		 * is only now being made ends as it begins.
		 */
		depth = now == next ? 1 : 0;
		c = now == next ? last : now;
		while (c >= clear && depth < CODES_MAX - 1) {
			t->stack[depth++] = t->pixel[c];
			c = t->earlier[c];
		}
		t->stack[depth++] = (uint8_t)c;
		if (now == next)
			t->stack[0] = (uint8_t)c;
		if (last != -1 && next < CODES_MAX) {
			t->earlier[next] = (uint16_t)last;
			t->pixel[next++] = (uint8_t)c;
		}
		while (depth > 0 && done < len)
			out[done++] = t->stack[--depth];
		last = now;
		if (next == 1 << width && width < 12)
			width++;
	}
}

/* Put the frame into the picture, its rows in their order. */
static void
unlace(const uint8_t *pixels, const struct gif *in, bool laced,
    struct picture *p, int left, int top, int width, int height)
{
	static const int first[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
	int turn = 0, x, y = 0, row;

	for (row = 0; row < height; row++) {
		if (laced)
			while (turn < 3 && y >= height)
				y = first[++turn];
		for (x = 0; x < width; x++)
			if (left + x < p->width && top + y < p->height)
				p->y[(size_t)(top + y) * (size_t)p->width +
				    (size_t)(left + x)] =
				    in->grey[pixels[(size_t)row *
					    (size_t)width +
					(size_t)x]];
		y += laced ? step[turn] : 1;
	}
}
