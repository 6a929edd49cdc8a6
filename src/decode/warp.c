#include <math.h>

#include "fault.h"
#include "picture.h"
#include "finder.h"
#include "warp.h"

#define SIDE_MAX 560 /* pixels of the flat picture */
/* Modules outside the middles of the patterns: half a pattern, quiet zone. */
#define MARGIN 8.0f

/* Projective map: x = (xu * u + xv * v + x0) / (wu * u + wv * v + 1). */
struct flat {
	float xu, xv, x0, yu, yv, y0, wu, wv;
};

static struct flat map_of(const struct finder_corner *, float);
static float area(const struct finder *);
static uint8_t sample(const struct picture *, float, float, uint8_t);

bool
warp_corner(const struct picture *p, const struct finder_corner *c, float scale,
    float pixels, struct picture *out, struct fault *f)
{
	const struct flat m = map_of(c, scale);
	const float nu =
	    hypotf(c->right.x - c->at.x, c->right.y - c->at.y) / c->module;
	const float nv =
	    hypotf(c->below.x - c->at.x, c->below.y - c->at.y) / c->module;
	const float modules = fmaxf(nu, nv);
	const uint8_t outside = c->at.inverted ? 0 : 255;
	float step, u, v, w;
	int side, x, y;

	/* From middle to middle is 1; a pixel is a step. */
	side = (int)((modules + 2 * MARGIN) * pixels);
	side = side > SIDE_MAX ? SIDE_MAX : side;
	step = (1 + 2 * MARGIN / modules) / (float)side;
	if (!picture_init(out, side, side, f))
		return (false);
	for (y = 0; y < side; y++) {
		uint8_t *row = out->y + (size_t)y * (size_t)side;

		v = ((float)y + 0.5f) * step - MARGIN / modules;
		for (x = 0; x < side; x++) {
			u = ((float)x + 0.5f) * step - MARGIN / modules;
			w = m.wu * u + m.wv * v + 1;
			w = w < 0.05f ? 0.05f : w;
			row[x] = sample(p, (m.xu * u + m.xv * v + m.x0) / w,
			    (m.yu * u + m.yv * v + m.y0) / w, outside);
		}
	}
	if (c->at.inverted)
		picture_invert(out);

	return (true);
}

/*
 * The middles of the three patterns at (0,0), (1,0) and (0,1).  What is
 * farther away looks smaller: areas go with the third power of w.
 */
static struct flat
map_of(const struct finder_corner *c, float scale)
{
	float g = cbrtf(area(&c->at) / area(&c->right)) - 1;
	float h = cbrtf(area(&c->at) / area(&c->below)) - 1;
	struct flat m;

	if (fabsf(g) < 0.03f)
		g = 0;
	if (fabsf(h) < 0.03f)
		h = 0;
	m.wu = g;
	m.wv = h;
	m.x0 = c->at.x * scale;
	m.y0 = c->at.y * scale;
	m.xu = c->right.x * scale * (1 + g) - m.x0;
	m.yu = c->right.y * scale * (1 + g) - m.y0;
	m.xv = c->below.x * scale * (1 + h) - m.x0;
	m.yv = c->below.y * scale * (1 + h) - m.y0;

	return (m);
}

static float
area(const struct finder *f)
{
	return (f->across * f->down);
}

/* Bilinear between the middles of four pixels. */
static uint8_t
sample(const struct picture *p, float fx, float fy, uint8_t outside)
{
	const uint8_t *at;
	int x, y, ax, ay, top, low;

	fx -= 0.5f;
	fy -= 0.5f;
	if (!(fx >= 0 && fy >= 0 && fx < (float)(p->width - 1) &&
		fy < (float)(p->height - 1)))
		return (outside);
	x = (int)fx;
	y = (int)fy;
	ax = (int)((fx - (float)x) * 256);
	ay = (int)((fy - (float)y) * 256);
	at = p->y + (size_t)y * (size_t)p->width + (size_t)x;
	top = at[0] * (256 - ax) + at[1] * ax;
	at += p->width;
	low = at[0] * (256 - ax) + at[1] * ax;

	return ((uint8_t)((top * (256 - ay) + low * ay) >> 16));
}
