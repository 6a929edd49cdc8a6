#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "finder.h"

/* Of the patterns found, the corner search takes the best seen ones. */
#define CORNER_FINDERS 40

/* A crowd: so many that were seen on so many rows, or so many at all. */
#define CROWD_SURE 64
#define SURE_HITS  3 /* in noise most are seen once */
#define CROWD      160

/* A way through the picture from a pattern's middle. */
struct walk {
	const uint8_t *at;
	ptrdiff_t step;
	int left; /* steps until the edge of the picture */
};

static void search_row(const struct picture *, int, struct finder_list *);
static bool is_pattern(const int *);
static void consider(
    const struct picture *, int, int, const int *, struct finder_list *);
static bool cross(
    const struct picture *, float, float, int, int, int, float *, float *);
static int room(const struct picture *, int, int, int, int);
static int walk_runs(struct walk, uint8_t, int, int *);
static void keep(struct finder_list *, const struct finder *);
static void thin(struct finder_list *, float);
static void propose(const struct finder *, const struct finder *,
    const struct finder *, struct finder_corner_list *);
static void propose_at(const struct finder *, const struct finder *,
    const struct finder *, float, struct finder_corner_list *);
static int by_hits(const void *, const void *);

void
finder_search(const struct picture *p, int step, struct finder_list *list)
{
	int y;

	list->count = 0;
	for (y = step / 2; y < p->height; y += step)
		search_row(p, y, list);
}

bool
finder_is_crowd(const struct finder_list *list)
{
	int i, sure = 0;

	for (i = 0; i < list->count; i++)
		sure += list->finders[i].hits >= SURE_HITS;

	return (sure > CROWD_SURE || list->count > CROWD);
}

void
finder_corners(
    const struct finder_list *list, struct finder_corner_list *corners)
{
	struct finder sorted[FINDER_MAX];
	int i, j, k, n = list->count;

	corners->count = 0;
	memcpy(sorted, list->finders, (size_t)n * sizeof(sorted[0]));
	qsort(sorted, (size_t)n, sizeof(sorted[0]), by_hits);
	if (n > CORNER_FINDERS)
		n = CORNER_FINDERS;
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			for (k = j + 1; k < n; k++)
				propose(&sorted[i], &sorted[j], &sorted[k],
				    corners);
}

/* Five runs in the proportions of a pattern end at each change of colour. */
static void
search_row(const struct picture *p, int y, struct finder_list *list)
{
	const uint8_t *row = p->y + (size_t)y * (size_t)p->width;
	const int w = p->width;
	int runs[5] = { 0, 0, 0, 0, 0 }, seen = 0, start = 0, x = 0;
	uint64_t same, eight;

	while (x < w) {
		const uint8_t colour = row[x];

		memset(&same, colour, sizeof(same));
		while (x + 8 <= w) {
			memcpy(&eight, row + x, sizeof(eight));
			if (eight != same)
				break;
			x += 8;
		}
		while (x < w && row[x] == colour)
			x++;
		memmove(runs, runs + 1, 4 * sizeof(runs[0]));
		runs[4] = x - start;
		start = x;
		if (++seen >= 5 && is_pattern(runs))
			consider(p, y, x, runs, list);
	}
}

/* 1:1:3:1:1, each part within half a module and half a pixel. */
static bool
is_pattern(const int *r)
{
	const int total = r[0] + r[1] + r[2] + r[3] + r[4];
	const float m = (float)total / 7;
	const float off = m * 0.5f + 0.6f;

	if (total < 7)
		return (false);

	return (fabsf((float)r[0] - m) <= off &&
	    fabsf((float)r[1] - m) <= off && fabsf((float)r[3] - m) <= off &&
	    fabsf((float)r[4] - m) <= off &&
	    fabsf((float)r[2] - 3 * m) <= 2 * off);
}

/* The row says pattern; do the column through its middle and the row again? */
static void
consider(const struct picture *p, int y, int end, const int *runs,
    struct finder_list *list)
{
	const int total = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
	struct finder found = { .hits = 1, .fresh = true };
	float x, off, length;
	int i;

	x = (float)(end - runs[4] - runs[3]) - (float)runs[2] / 2;
	/* Most rows cross patterns that are known already. */
	for (i = 0; i < list->count; i++) {
		struct finder *f = &list->finders[i];

		if (fabsf(f->x - x) < f->across / 7 &&
		    fabsf(f->y - (float)y) < f->down * 1.6f / 7) {
			f->hits++;
			return;
		}
	}
	found.inverted = p->y[(size_t)y * (size_t)p->width + (size_t)x] != 0;
	if (!cross(p, x, (float)y + 0.5f, 0, 1, total, &off, &found.down))
		return;
	found.y = (float)y + off;
	if (!cross(p, x, found.y, 1, 0, total, &off, &found.across))
		return;
	found.x = floorf(x) + off;
	if (!cross(p, found.x, found.y, 1, 1, total, &off, &length) &&
	    !cross(p, found.x, found.y, 1, -1, total, &off, &length))
		return;
	if (found.down > 2.5f * found.across ||
	    found.across > 2.5f * found.down)
		return;
	keep(list, &found);
}

/*
 * Measure the five runs through ${fx}, ${fy} along the direction ${dx},
 * ${dy}; say how far their middle is from there, and how long they are, in
 * steps.
 */
static bool
cross(const struct picture *p, float fx, float fy, int dx, int dy, int total,
    float *middle, float *length)
{
	const int x = (int)fx, y = (int)fy;
	const ptrdiff_t step = (ptrdiff_t)dy * p->width + dx;
	int back[3], forth[3], runs[5];
	const uint8_t *at;
	struct walk walk;

	if (x < 0 || y < 0 || x >= p->width || y >= p->height)
		return (false);
	at = p->y + (size_t)y * (size_t)p->width + (size_t)x;
	walk = (struct walk){ at, step, room(p, x, y, dx, dy) };
	if (walk_runs(walk, *at, 3 * total, forth) < 3)
		return (false);
	walk = (struct walk){ at, -step, room(p, x, y, -dx, -dy) };
	if (walk_runs(walk, *at, 3 * total, back) < 3)
		return (false);
	runs[0] = back[2];
	runs[1] = back[1];
	runs[2] = back[0] + forth[0] - 1; /* both count the middle */
	runs[3] = forth[1];
	runs[4] = forth[2];
	if (!is_pattern(runs))
		return (false);
	*middle = (float)(forth[0] - back[0]) / 2 + 0.5f;
	*length = (float)(runs[0] + runs[1] + runs[2] + runs[3] + runs[4]);

	return (true);
}

/* Pixels from here to the edge, this one included. */
static int
room(const struct picture *p, int x, int y, int dx, int dy)
{
	const int across = dx > 0 ? p->width - x : dx < 0 ? x + 1 : INT_MAX;
	const int down = dy > 0 ? p->height - y : dy < 0 ? y + 1 : INT_MAX;

	return (across < down ? across : down);
}

/* The lengths of the first three runs of a way; how many there are. */
static int
walk_runs(struct walk w, uint8_t colour, int most, int *runs)
{
	int n, i;

	for (n = 0; n < 3; n++) {
		for (i = 0; w.left > 0 && *w.at == colour && i < most; i++) {
			w.at += w.step;
			w.left--;
		}
		runs[n] = i;
		if (i == 0 || i == most)
			return (n);
		colour = (uint8_t)~colour;
		if (w.left == 0)
			return (n + 1);
	}

	return (n);
}

static void
keep(struct finder_list *list, const struct finder *found)
{
	int i;

	for (i = 0; i < list->count; i++) {
		struct finder *f = &list->finders[i];

		if (f->inverted == found->inverted &&
		    fabsf(f->x - found->x) < f->across * 0.3f &&
		    fabsf(f->y - found->y) < f->down * 0.3f) {
			f->hits++;
			return;
		}
	}
	if (list->count == FINDER_MAX)
		thin(list, found->y);
	if (list->count < FINDER_MAX)
		list->finders[list->count++] = *found;
}

/* Noise has filled the list: of what lies above ${y}, keep the best seen. */
static void
thin(struct finder_list *list, float y)
{
	int i, n, least;

	for (least = 2; list->count > FINDER_MAX / 2 && least < 16; least++) {
		for (i = n = 0; i < list->count; i++) {
			const struct finder *f = &list->finders[i];

			if (f->hits >= least || f->y + f->down >= y)
				list->finders[n++] = *f;
		}
		list->count = n;
	}
}

/* Three patterns alike: each may be the one at the right angle. */
static void
propose(const struct finder *a, const struct finder *b, const struct finder *c,
    struct finder_corner_list *corners)
{
	float least, most;

	if (a->inverted != b->inverted || b->inverted != c->inverted ||
	    !(a->fresh || b->fresh || c->fresh))
		return;
	least = fminf(fminf(a->across, b->across), c->across);
	most = fmaxf(fmaxf(a->across, b->across), c->across);
	if (most > 2.2f * least)
		return;
	propose_at(a, b, c, logf(most / least), corners);
	propose_at(b, c, a, logf(most / least), corners);
	propose_at(c, a, b, logf(most / least), corners);
}

/*
 * The corner at ${at}.  How far from a square one the three are makes the
 * doubt; seen from the side, the right angle may be any.
 */
static void
propose_at(const struct finder *at, const struct finder *right,
    const struct finder *below, float unlike,
    struct finder_corner_list *corners)
{
	float ux = right->x - at->x, uy = right->y - at->y;
	float vx = below->x - at->x, vy = below->y - at->y;
	const float u = hypotf(ux, uy), v = hypotf(vx, vy);
	const float size = (at->across + right->across + below->across +
			       at->down + right->down + below->down) /
	    6;
	float sine;
	struct finder_corner corner;
	int i;

	/* Version 1 has two patterns' widths between middles, 40 has 25;
	 * turned ones look wider than they are. */
	if (u < 1.1f * size || v < 1.1f * size || u > 28 * size ||
	    v > 28 * size)
		return;
	sine = (ux * vy - uy * vx) / (u * v);
	if (fabsf(sine) < 0.4f || u > 2.6f * v || v > 2.6f * u)
		return;
	if (sine < 0) {
		propose_at(at, below, right, unlike, corners);
		return;
	}

	corner.doubt = (1 - sine) * 3 + fabsf(logf(u / v)) + unlike * 2 +
	    0.02f * (u + v) / size +
	    1.0f / (float)(at->hits + right->hits + below->hits);
	for (i = 0; i < corners->count; i++)
		if (corner.doubt < corners->corners[i].doubt)
			break;
	if (i == FINDER_CORNER_MAX)
		return;
	corner.at = *at;
	corner.right = *right;
	corner.below = *below;
	/* A square turned by t looks 1/cos(t) as wide, 45 degrees at most. */
	corner.module = size / 7 *
	    fmaxf(fmaxf(fabsf(ux), fabsf(uy)) / u,
		fmaxf(fabsf(vx), fabsf(vy)) / v);
	if (corners->count < FINDER_CORNER_MAX)
		corners->count++;
	memmove(&corners->corners[i + 1], &corners->corners[i],
	    (size_t)(corners->count - 1 - i) * sizeof(corner));
	corners->corners[i] = corner;
}

static int
by_hits(const void *a, const void *b)
{
	return (((const struct finder *)b)->hits -
	    ((const struct finder *)a)->hits);
}
