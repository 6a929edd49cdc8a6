#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"
#include "finder.h"
#include "grid.h"

#define QUIET 4 /* modules around */

/*
 * Pixels of a drawn module.  With two, chance hardly makes a line that ZBar
 * takes for a finder pattern's; a large code has many chances, and ZBar weighs
 * every three of them.
 */
#define DRAWN_SMALL 3
#define DRAWN_LARGE 2

/* Modules around one whose mean tells light from dark. */
#define AROUND 5
#define NEAR   2

/*
 * Below these the grid is no code, or hopeless.  Chance makes a short timing
 * pattern, never a long one.
 */
#define TIMING_MIN   0.12f
#define TIMING_LONG  0.35f /* from version 7 on */
#define SIDE_LONG    45
#define CONTRAST_MIN 8.0f

/* The six measures of a corner: module sizes along its two sides. */
struct measures {
	double at_u, right_u; /* pixels a module along the upper side */
	double at_v, below_v; /* along the left side */
};

static bool measure(const struct picture *, float, const struct finder_corner *,
    struct measures *);
static double extent(const struct picture *, const struct finder *, double,
    double, double, double);
static int reach(const struct picture *, double, double, double, double, int);
static bool lay(
    const struct finder_corner *, const struct measures *, int, struct map *);
static float timing(
    const struct picture *, const struct map *, int, bool, float *);
static float patterns(
    const struct picture *, const struct map *, int, bool, float);
static bool align(
    const struct picture *, const struct map *, int, bool, struct map_point *);
static float pattern(
    const struct picture *, const struct map *, double, double, bool);
static int level(const struct picture *, struct map_point);
static int module_level(const struct picture *, const struct map *, int, int);
static void sharpen(const int *, int, int *);
static void split(const int *, int, int, int *, uint8_t *);

bool
grid_fit(const struct picture *p, const struct picture *levels, float scale,
    const struct finder_corner *c, struct grid *grid)
{
	struct measures m;
	struct map map;
	double modules;
	float score, contrast;
	int side, first;

	if (!measure(levels, scale, c, &m))
		return (false);
	/* Between two places of a line seen in perspective there are
	 * distance / sqrt(size * size) modules. */
	modules = (hypot(c->right.x - c->at.x, c->right.y - c->at.y) /
			  sqrt(m.at_u * m.right_u) +
		      hypot(c->below.x - c->at.x, c->below.y - c->at.y) /
			  sqrt(m.at_v * m.below_v)) /
	    2;
	first = 17 + 4 * (int)lround((modules + 7 - 17) / 4) - 4;
	memset(grid, 0, sizeof(*grid));
	grid->inverted = c->at.inverted;
	for (side = first; side <= first + 8; side += 4) {
		if (side < GRID_SIDE_MIN || side > GRID_SIDE_MAX ||
		    !lay(c, &m, side, &map))
			continue;
		score = timing(p, &map, side, c->at.inverted, &contrast);
		score *= patterns(p, &map, side, c->at.inverted, contrast);
		if (score > grid->timing) {
			grid->timing = score;
			grid->contrast = contrast;
			grid->side = side;
			grid->map = map;
		}
	}

	return (grid->timing >=
		(grid->side < SIDE_LONG ? TIMING_MIN : TIMING_LONG) &&
	    grid->contrast >= CONTRAST_MIN);
}

bool
grid_align(const struct picture *p, struct grid *grid)
{
	const double near = 3.5, far = grid->side - 3.5;
	const double last = grid->side - 6.5;
	const struct map_point from[4] = { { near, near }, { far, near },
		{ last, last }, { near, far } };
	struct map_point to[4];
	struct map map;
	int i;

	if (grid->side == GRID_SIDE_MIN)
		return (false);
	for (i = 0; i < 4; i++)
		to[i] = map_at(&grid->map, from[i].x, from[i].y);
	if (!align(p, &grid->map, grid->side, grid->inverted, &to[2]) ||
	    !map_quad(from, to, &map))
		return (false);
	grid->map = map;

	return (true);
}

bool
grid_draw(const struct picture *p, const struct grid *grid, enum grid_way way,
    struct picture *out, struct fault *f)
{
	const int n = grid->side;
	const int drawn = n < SIDE_LONG ? DRAWN_SMALL : DRAWN_LARGE;
	const int side = (n + 2 * QUIET) * drawn;
	int *levels, *sharp, *sums;
	uint8_t *dark;
	int x, y, i;
	bool done = false;

	levels = malloc(3 * (size_t)((n + 1) * (n + 1)) * sizeof(*levels));
	dark = malloc((size_t)(n * n));
	if (levels == NULL || dark == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for modules");
		goto out;
	}
	sharp = levels + n * n;
	sums = sharp + n * n;
	for (y = 0; y < n; y++)
		for (x = 0; x < n; x++) {
			levels[y * n + x] = module_level(p, &grid->map, x, y);
			if (grid->inverted)
				levels[y * n + x] = 5 * 255 - levels[y * n + x];
		}
	if (way == GRID_SHARPEN)
		sharpen(levels, n, sharp);
	split(way == GRID_SHARPEN ? sharp : levels, n,
	    way == GRID_NEAR ? NEAR : AROUND, sums, dark);

	if (!picture_init(out, side, side, f))
		goto out;
	memset(out->y, 255, (size_t)side * (size_t)side);
	for (y = 0; y < n; y++)
		for (x = 0; x < n; x++) {
			if (!dark[y * n + x])
				continue;
			for (i = 0; i < drawn; i++)
				memset(out->y +
					(size_t)((y + QUIET) * drawn + i) *
					    (size_t)side +
					(size_t)((x + QUIET) * drawn),
				    0, (size_t)drawn);
		}
	done = true;
out:
	free(levels);
	free(dark);
	return (done);
}

/* Each pattern is seven modules wide along the sides of the code. */
static bool
measure(const struct picture *levels, float scale,
    const struct finder_corner *c, struct measures *m)
{
	const double ux = c->right.x - c->at.x, uy = c->right.y - c->at.y;
	const double vx = c->below.x - c->at.x, vy = c->below.y - c->at.y;
	const double most = 2.2 * 7 * c->module / scale;

	m->at_u = scale * extent(levels, &c->at, scale, ux, uy, most);
	m->right_u = scale * extent(levels, &c->right, scale, ux, uy, most);
	m->at_v = scale * extent(levels, &c->at, scale, vx, vy, most);
	m->below_v = scale * extent(levels, &c->below, scale, vx, vy, most);
	/* One that cannot be measured looks like its neighbour. */
	if (m->at_u == 0)
		m->at_u = m->right_u;
	if (m->right_u == 0)
		m->right_u = m->at_u;
	if (m->at_v == 0)
		m->at_v = m->below_v;
	if (m->below_v == 0)
		m->below_v = m->at_v;
	if (m->at_u == 0)
		m->at_u = m->right_u = m->at_v;
	if (m->at_v == 0)
		m->at_v = m->below_v = m->at_u;
	if (m->at_u == 0)
		m->at_u = m->right_u = m->at_v = m->below_v = c->module;

	return (m->at_u < 3 * m->right_u && m->right_u < 3 * m->at_u &&
	    m->at_v < 3 * m->below_v && m->below_v < 3 * m->at_v);
}

/* Pixels of ${levels} a module along a direction; 0 if it cannot be told. */
static double
extent(const struct picture *levels, const struct finder *f, double scale,
    double dx, double dy, double most)
{
	const double length = hypot(dx, dy);
	const int steps = (int)(2 * most);
	int forth, back;

	dx /= 2 * length;
	dy /= 2 * length;
	forth = reach(levels, f->x / scale, f->y / scale, dx, dy, steps);
	back = reach(levels, f->x / scale, f->y / scale, -dx, -dy, steps);
	if (forth == 0 || back == 0 || forth > 2 * back || back > 2 * forth)
		return (0);

	/* Steps are half a pixel. */
	return ((double)(forth + back) / (2 * 7));
}

/* Steps from a pattern's middle to the end of its outer square. */
static int
reach(const struct picture *levels, double x, double y, double dx, double dy,
    int steps)
{
	int i, changes = 0, colour = -1;

	for (i = 0; i < steps; i++, x += dx, y += dy) {
		uint8_t now;

		if (!(x >= 0 && y >= 0 && x < levels->width &&
			y < levels->height))
			return (changes == 2 ? i : 0);
		now = levels->y[(size_t)y * (size_t)levels->width + (size_t)x];
		if (colour != -1 && now != colour && ++changes == 3)
			return (i);
		colour = now;
	}

	return (0);
}

/*
 * The map from modules by the middles of the three patterns; the fourth
 * corner is where the perspective of the measures puts it.
 */
static bool
lay(const struct finder_corner *c, const struct measures *m, int side,
    struct map *map)
{
	const double near = 3.5, far = side - 3.5;
	const struct map_point from[4] = { { near, near }, { far, near },
		{ far, far }, { near, far } };
	struct map_point to[4] = { { c->at.x, c->at.y },
		{ c->right.x, c->right.y }, { 0, 0 },
		{ c->below.x, c->below.y } };
	double g = sqrt(m->at_u / m->right_u), h = sqrt(m->at_v / m->below_v);
	double w;

	/* Measures are whole pixels: small differences mean nothing. */
	if (fabs(m->at_u - m->right_u) * 7 < 1.5)
		g = 1;
	if (fabs(m->at_v - m->below_v) * 7 < 1.5)
		h = 1;
	w = g + h - 1;
	if (w < 0.3)
		return (false);
	to[2].x = (to[1].x * g + to[3].x * h - to[0].x) / w;
	to[2].y = (to[1].y * g + to[3].y * h - to[0].y) / w;

	return (map_quad(from, to, map));
}

/*
 * Row 6 and column 6 alternate between the patterns.  1 if they do as
 * strongly as the patterns' own light and dark differ.
 */
static float
timing(const struct picture *p, const struct map *map, int side, bool inverted,
    float *contrast)
{
	int sums[2][2] = { { 0, 0 }, { 0, 0 } }, count[2] = { 0, 0 };
	int dark, light, t;
	float u, v;

	/* Middles against rings of the patterns. */
	dark = level(p, map_at(map, 3.5, 3.5)) +
	    level(p, map_at(map, side - 3.5, 3.5)) +
	    level(p, map_at(map, 3.5, side - 3.5));
	light = level(p, map_at(map, 3.5, 1.5)) +
	    level(p, map_at(map, 1.5, 3.5)) + level(p, map_at(map, 3.5, 5.5)) +
	    level(p, map_at(map, side - 3.5, 1.5)) +
	    level(p, map_at(map, side - 1.5, 3.5)) +
	    level(p, map_at(map, side - 3.5, 5.5)) +
	    level(p, map_at(map, 3.5, side - 5.5)) +
	    level(p, map_at(map, 1.5, side - 3.5)) +
	    level(p, map_at(map, 3.5, side - 1.5));
	*contrast = ((float)light / 3 - (float)dark) / 3;
	if (inverted)
		*contrast = -*contrast;
	if (*contrast <= 0)
		return (0);
	for (t = 8; t < side - 8; t++) {
		sums[0][t & 1] += level(p, map_at(map, t + 0.5, 6.5));
		sums[1][t & 1] += level(p, map_at(map, 6.5, t + 0.5));
		count[t & 1]++;
	}
	u = (float)sums[0][1] / (float)count[1] -
	    (float)sums[0][0] / (float)count[0];
	v = (float)sums[1][1] / (float)count[1] -
	    (float)sums[1][0] / (float)count[0];
	if (inverted) {
		u = -u;
		v = -v;
	}

	u = (u + v) / (2 * *contrast);

	return (u > 1 ? 1 / u : u);
}

/*
 * How much the three finder patterns look as they should through the map, to
 * 1: those of different codes, or of none, are turned otherwise.
 */
static float
patterns(const struct picture *p, const struct map *map, int side,
    bool inverted, float contrast)
{
	const int left[3] = { 0, side - 7, 0 }, top[3] = { 0, 0, side - 7 };
	int dark = 0, light = 0, i, x, y, far;
	float score;

	if (contrast <= 0)
		return (0);
	for (i = 0; i < 3; i++)
		for (y = 0; y < 7; y++)
			for (x = 0; x < 7; x++) {
				const int here = level(p,
				    map_at(map, left[i] + x + 0.5,
					top[i] + y + 0.5));

				far = abs(x - 3) > abs(y - 3) ? abs(x - 3)
							      : abs(y - 3);
				if (far == 2)
					light += here;
				else
					dark += here;
			}
	/* Of 49 modules 16 are light. */
	score = ((float)light / 48 - (float)dark / 99) / contrast;
	if (inverted)
		score = -score;
	if (score <= 0)
		return (0);

	return (score > 1 ? 1 / score : score);
}

/* Where around its place is the alignment pattern at the fourth corner? */
static bool
align(const struct picture *p, const struct map *map, int side, bool inverted,
    struct map_point *where)
{
	const double place = side - 6.5;
	double du, dv, bu = 0, bv = 0, range = side > 45 ? 6 : 4;
	float score, best = 0;

	for (dv = -range; dv <= range; dv += 0.5)
		for (du = -range; du <= range; du += 0.5) {
			score =
			    pattern(p, map, place + du, place + dv, inverted);
			/* The nearer one of two equals. */
			score -= (float)(fabs(du) + fabs(dv)) * 1.0f;
			if (score > best) {
				best = score;
				bu = du;
				bv = dv;
			}
		}
	if (best < 20)
		return (false);
	/* Finer around the best place. */
	{
		const double cu = bu, cv = bv;

		best = 0;
		for (dv = cv - 0.5; dv <= cv + 0.5; dv += 0.125)
			for (du = cu - 0.5; du <= cu + 0.5; du += 0.125) {
				score = pattern(
				    p, map, place + du, place + dv, inverted);
				if (score > best) {
					best = score;
					bu = du;
					bv = dv;
				}
			}
	}
	*where = map_at(map, place + bu, place + bv);

	return (true);
}

/* Light ring minus dark ring and middle of an alignment pattern. */
static float
pattern(const struct picture *p, const struct map *map, double u, double v,
    bool inverted)
{
	int dark = 0, light = 0, x, y, far;
	float score;

	for (y = -2; y <= 2; y++)
		for (x = -2; x <= 2; x++) {
			const int here = level(p, map_at(map, u + x, v + y));

			far = abs(x) > abs(y) ? abs(x) : abs(y);
			if (far == 1)
				light += here;
			else
				dark += far == 0 ? 4 * here : here;
		}
	score = (float)light / 8 - (float)dark / 20;

	return (inverted ? -score : score);
}

/* Bilinear between the middles of pixels, at the edge the nearest. */
static int
level(const struct picture *p, struct map_point at)
{
	const double mx = p->width - 1.001, my = p->height - 1.001;
	const uint8_t *row;
	int x, y, ax, ay, top, low;

	at.x -= 0.5;
	at.y -= 0.5;
	at.x = at.x > 0 ? (at.x < mx ? at.x : mx) : 0;
	at.y = at.y > 0 ? (at.y < my ? at.y : my) : 0;
	x = (int)at.x;
	y = (int)at.y;
	ax = (int)((at.x - x) * 256);
	ay = (int)((at.y - y) * 256);
	row = p->y + (size_t)y * (size_t)p->width + (size_t)x;
	top = row[0] * (256 - ax) + row[1] * ax;
	row += p->width;
	low = row[0] * (256 - ax) + row[1] * ax;

	return ((top * (256 - ay) + low * ay) >> 16);
}

/* Five places of a module, summed. */
static int
module_level(const struct picture *p, const struct map *map, int x, int y)
{
	const double u = x + 0.5, v = y + 0.5, d = 0.22;

	return (level(p, map_at(map, u, v)) +
	    level(p, map_at(map, u - d, v - d)) +
	    level(p, map_at(map, u + d, v - d)) +
	    level(p, map_at(map, u - d, v + d)) +
	    level(p, map_at(map, u + d, v + d)));
}

/* Blur gives each module some of its neighbours' light; take it out. */
static void
sharpen(const int *in, int n, int *out)
{
	int x, y;

	for (y = 0; y < n; y++)
		for (x = 0; x < n; x++) {
			const int *at = in + y * n + x;
			const int left = x > 0 ? at[-1] : at[0];
			const int right = x + 1 < n ? at[1] : at[0];
			const int above = y > 0 ? at[-n] : at[0];
			const int below = y + 1 < n ? at[n] : at[0];

			out[y * n + x] = at[0] +
			    (4 * at[0] - left - right - above - below) / 4;
		}
}

/*
 * Dark is what is darker than the mean of the modules within ${r}.  ${sums}
 * has room for (n + 1) * (n + 1): of all modules above and to the left.
 */
static void
split(const int *in, int n, int r, int *sums, uint8_t *dark)
{
	const int w = n + 1;
	int x, y, row;

	memset(sums, 0, (size_t)w * sizeof(*sums));
	for (y = 0; y < n; y++) {
		sums[(y + 1) * w] = row = 0;
		for (x = 0; x < n; x++) {
			row += in[y * n + x];
			sums[(y + 1) * w + x + 1] = sums[y * w + x + 1] + row;
		}
	}
	for (y = 0; y < n; y++)
		for (x = 0; x < n; x++) {
			const int left = x > r ? x - r : 0;
			const int right = x + r + 1 < n ? x + r + 1 : n;
			const int top = y > r ? y - r : 0;
			const int below = y + r + 1 < n ? y + r + 1 : n;
			const int sum = sums[below * w + right] -
			    sums[below * w + left] - sums[top * w + right] +
			    sums[top * w + left];

			dark[y * n + x] =
			    in[y * n + x] * (right - left) * (below - top) <
			    sum;
		}
}
