#ifndef GENKAN_MADE_FRAME_H
#define GENKAN_MADE_FRAME_H

/*
 * Frames that a test makes itself: a code drawn by libqrencode, seen by a
 * camera that is turned, tilted, out of focus and noisy.
 */

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <qrencode.h>

#include "fault.h"
#include "picture.h"

#define MADE_PASS  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define MADE_OTHER "234567GHIJKLMNOPQRSTUVWXYZ"

/* How a code lies in the frame. */
struct made_view {
	const char *text;
	double x, y;   /* its middle, pixels */
	double module; /* pixels */
	double turn;   /* degrees */
	double tilt;   /* 0 is flat; 0.3 is a lot */
	bool mirrored;
	bool inverted;
};

static uint32_t made_seed = 1;

/* 0..255, the same in every run (Numerical Recipes' generator). */
static inline int
made_random(void)
{
	made_seed = made_seed * 1664525u + 1013904223u;

	return ((int)(made_seed >> 24));
}

static inline void
made_frame(struct picture *p, int width, int height, int grey)
{
	struct fault f = FAULT_INIT;

	if (!picture_init(p, width, height, &f))
		abort();
	memset(p->y, grey, (size_t)width * (size_t)height);
}

/* The light of a code's place in modules; 2 outside its quiet zone. */
static inline int
made_light(const QRcode *code, double u, double v)
{
	const int x = (int)floor(u), y = (int)floor(v);

	if (x < -4 || y < -4 || x >= code->width + 4 || y >= code->width + 4)
		return (2);
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return (1);

	return ((code->data[y * code->width + x] & 1) == 0);
}

/* Draw the code into the frame, four by four samples a pixel. */
static inline void
made_code(struct picture *p, const struct made_view *view)
{
	QRcode *code =
	    QRcode_encodeString(view->text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
	const double a = view->turn * 3.14159265358979 / 180;
	const double half = code == NULL ? 0 : code->width / 2.0;
	int x, y, i, light, sum, seen;

	if (code == NULL)
		abort();
	for (y = 0; y < p->height; y++)
		for (x = 0; x < p->width; x++) {
			sum = seen = 0;
			for (i = 0; i < 16; i++) {
				const double sx =
				    x + (i % 4 + 0.5) / 4 - view->x;
				const double sy =
				    y + (i / 4 + 0.5) / 4 - view->y;
				double u =
				    (cos(a) * sx + sin(a) * sy) / view->module;
				double v =
				    (cos(a) * sy - sin(a) * sx) / view->module;
				const double w =
				    1 - view->tilt * u / (2 * half);

				u = u / w + half;
				v = v / w + half;
				if (view->mirrored)
					u = code->width - u;
				light = w < 0.1 ? 2 : made_light(code, u, v);
				if (light == 2)
					continue;
				sum += light != view->inverted ? 220 : 30;
				seen++;
			}
			if (seen > 0) {
				uint8_t *at = p->y +
				    (size_t)y * (size_t)p->width + (size_t)x;

				*at = (uint8_t)((sum + *at * (16 - seen)) / 16);
			}
		}
	QRcode_free(code);
}

static inline void
made_noise(struct picture *p, int most)
{
	const size_t n = (size_t)p->width * (size_t)p->height;
	size_t i;
	int v;

	for (i = 0; i < n; i++) {
		v = p->y[i] + (made_random() - 128) * most / 128;
		p->y[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
}

/* The mean of the square within ${r}. */
static inline void
made_blur(struct picture *p, int r)
{
	struct picture from = *p;
	int x, y, i, j, sum, n;

	made_frame(p, from.width, from.height, 0);
	for (y = 0; y < p->height; y++)
		for (x = 0; x < p->width; x++) {
			sum = n = 0;
			for (j = y - r; j <= y + r; j++)
				for (i = x - r; i <= x + r; i++) {
					if (i < 0 || j < 0 || i >= p->width ||
					    j >= p->height)
						continue;
					sum += from.y[j * from.width + i];
					n++;
				}
			p->y[y * p->width + x] = (uint8_t)(sum / n);
		}
	picture_free(&from);
}

enum made_jpeg_kind {
	MADE_GREY,
	MADE_COLOUR,
	MADE_CMYK,
	MADE_PROGRESSIVE,
	MADE_ARITHMETIC,
};

/* The JPEG of a frame; the caller frees it. */
static inline uint8_t *
made_jpeg(const struct picture *p, enum made_jpeg_kind kind, size_t *len)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	uint8_t *out = NULL, *row;
	unsigned long size = 0;
	int n = kind == MADE_COLOUR ? 3 : kind == MADE_CMYK ? 4 : 1;
	int x, i;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &size);
	c.image_width = (JDIMENSION)p->width;
	c.image_height = (JDIMENSION)p->height;
	c.input_components = n;
	c.in_color_space = n == 1 ? JCS_GRAYSCALE : n == 3 ? JCS_RGB : JCS_CMYK;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 65, TRUE);
	if (kind == MADE_PROGRESSIVE)
		jpeg_simple_progression(&c);
	if (kind == MADE_ARITHMETIC)
		c.arith_code = TRUE;
	jpeg_start_compress(&c, TRUE);
	row = malloc((size_t)p->width * (size_t)n);
	if (row == NULL)
		abort();
	while (c.next_scanline < c.image_height) {
		const uint8_t *from =
		    p->y + (size_t)c.next_scanline * (size_t)p->width;

		for (x = 0; x < p->width; x++)
			for (i = 0; i < n; i++)
				row[x * n + i] = from[x];
		(void)jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	*len = size;

	return (out);
}

#endif /* !GENKAN_MADE_FRAME_H */
