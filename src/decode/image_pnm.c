#include <string.h>

#include "fault.h"
#include "picture.h"
#include "image.h"

/* Netpbm's six formats (its pbm, pgm and ppm manual pages). */
struct pnm {
	const uint8_t *file;
	size_t len;
	size_t at;
	char kind; /* '1' to '6' */
	int high;  /* the value of white */
};

static bool number(struct pnm *, int *);
static bool sample(struct pnm *, int *);
static bool read_bits(struct pnm *, struct picture *);
static bool read_samples(struct pnm *, struct picture *);

bool
image_read_pnm(
    const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	struct pnm in = { .file = file,
		.len = len,
		.at = 2,
		.kind = (char)file[1],
		.high = 1 };
	int width, height;
	bool done;

	memset(p, 0, sizeof(*p));
	if (!number(&in, &width) || !number(&in, &height) ||
	    (in.kind != '1' && in.kind != '4' && !number(&in, &in.high)) ||
	    in.high < 1 || in.high > 65535)
		return (fault_set(f, FAULT_PEER, "pnm: a broken head"));
	if (!image_check(width, height, f) ||
	    !picture_init(p, width, height, f))
		return (false);
	in.at++; /* one white space, then the samples */
	done = in.kind == '4' ? read_bits(&in, p) : read_samples(&in, p);
	if (!done) {
		picture_free(p);
		return (fault_set(f, FAULT_PEER, "pnm: ends early"));
	}

	return (true);
}

bool
image_sides_pnm(const uint8_t *file, size_t len, int *width, int *height)
{
	struct pnm in = { .file = file, .len = len, .at = 2 };

	return (number(&in, width) && number(&in, height));
}

/* A decimal number after white space and comments. */
static bool
number(struct pnm *in, int *v)
{
	for (;; in->at++) {
		if (in->at >= in->len)
			return (false);
		if (in->file[in->at] == '#')
			while (in->at < in->len && in->file[in->at] != '\n')
				in->at++;
		else if (strchr(" \t\r\n\v\f", in->file[in->at]) == NULL ||
		    in->file[in->at] == '\0')
			break;
	}
	if (in->file[in->at] < '0' || in->file[in->at] > '9')
		return (false);
	for (*v = 0; in->at < in->len && in->file[in->at] >= '0' &&
	     in->file[in->at] <= '9';
	     in->at++) {
		if (*v > 99999999)
			return (false);
		*v = *v * 10 + (in->file[in->at] - '0');
	}

	return (true);
}

static bool
sample(struct pnm *in, int *v)
{
	if (in->kind == '2' || in->kind == '3')
		return (number(in, v));
	if (in->kind == '1') {
		/* Digits need no space between them; 1 is black. */
		while (in->at < in->len && in->file[in->at] != '0' &&
		    in->file[in->at] != '1')
			in->at++;
		if (in->at >= in->len)
			return (false);
		*v = in->file[in->at++] == '0';
		return (true);
	}
	if (in->at >= in->len)
		return (false);
	*v = in->file[in->at++];
	if (in->high > 255) {
		if (in->at >= in->len)
			return (false);
		*v = *v << 8 | in->file[in->at++];
	}

	return (true);
}

static bool
read_bits(struct pnm *in, struct picture *p)
{
	const size_t stride = ((size_t)p->width + 7) / 8;
	int x, y;

	if (in->at > in->len || (in->len - in->at) / stride < (size_t)p->height)
		return (false);
	for (y = 0; y < p->height; y++) {
		const uint8_t *row = in->file + in->at + (size_t)y * stride;
		uint8_t *out = p->y + (size_t)y * (size_t)p->width;

		for (x = 0; x < p->width; x++)
			out[x] = (row[x / 8] >> (7 - x % 8) & 1) ? 0 : 255;
	}

	return (true);
}

static bool
read_samples(struct pnm *in, struct picture *p)
{
	const size_t pixels = (size_t)p->width * (size_t)p->height;
	const bool colour = in->kind == '3' || in->kind == '6';
	int c[3], n;
	size_t i;

	if (in->kind == '1' || in->kind == '2' || in->kind == '3')
		in->at--;
	for (i = 0; i < pixels; i++) {
		for (n = 0; n < (colour ? 3 : 1); n++) {
			if (!sample(in, &c[n]))
				return (false);
			if (c[n] > in->high)
				c[n] = in->high;
			c[n] = (int)((int64_t)c[n] * 255 / in->high);
		}
		p->y[i] = colour ? image_grey(c[0], c[1], c[2]) : (uint8_t)c[0];
	}

	return (true);
}
