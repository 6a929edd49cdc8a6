#include <math.h>
#include <string.h>

#include "fault.h"
#include "picture.h"
#include "threshold.h"
#include "symbol.h"
#include "finder.h"
#include "grid.h"
#include "warp.h"
#include "seek.h"

#define FLAT_MODULE 5  /* pixels of a module of a warped picture */
#define FLAT_WINDOW 45 /* pixels of its threshold: nine modules */
#define FLAT_BIAS   2
#define FLAT_TIMING 0.2f /* a grid that fits worse is hardly a code */

/* Pixels that ZBar is given in one look at most: about 25 ms. */
#define PIXELS_MAX 1500000

/* A corner whose grid fits. */
struct chance {
	const struct finder_corner *corner;
	struct grid grid;
};

static void merge(struct finder_list *, const struct finder_list *, float);
static int weigh(const struct seek *, const struct seek_look *,
    const struct picture *, struct finder_corner_list *, struct chance *);
static bool try_one(const struct picture *, struct chance *, bool,
    struct symbol_list *, int *, struct fault *);
static bool shares(const struct finder_corner *, const struct finder_corner *);
static bool is_same(const struct finder *, const struct finder *);

bool
seek_read(struct seek *seek, const struct seek_look *look,
    const struct picture *p, struct symbol_list *list, struct fault *f)
{
	struct finder_list found;
	struct finder_corner_list corners;
	struct chance chances[FINDER_CORNER_MAX], *c;
	const int before = list->seen;
	int tried, tries, flat, i, j, n, pixels = 0, read;
	bool crowd;

	finder_search(look->levels, look->step, &found);
	merge(&seek->finders, &found,
	    (float)p->width / (float)look->levels->width);
	crowd = look->live && finder_is_crowd(&seek->finders);
	tries = crowd ? look->tries / 2 : look->tries;
	flat = crowd ? 0 : look->flat;
	n = weigh(seek, look, p, &corners, chances);
	for (i = 0, tried = 0; i < n && tried < tries; i++) {
		c = &chances[i];
		if (c->corner == NULL)
			continue;
		if (pixels > PIXELS_MAX)
			break;
		read = list->seen;
		if (!try_one(
			p, c, tried < flat && before == read, list, &pixels, f))
			return (false);
		tried++;
		/* Its patterns belong to no other code. */
		for (j = i + 1; read < list->seen && j < n; j++)
			if (chances[j].corner != NULL &&
			    shares(c->corner, chances[j].corner))
				chances[j].corner = NULL;
	}

	return (true);
}

/*
 * Bring what was found now to the size of the whole picture.  What was found
 * before and again is as good as new: this look may measure it better.  Old
 * ones make room for new ones.
 */
static void
merge(struct finder_list *all, const struct finder_list *found, float scale)
{
	struct finder_list old = *all;
	struct finder new;
	int i, j;

	all->count = 0;
	for (i = 0; i < found->count; i++) {
		new = found->finders[i];
		new.x *= scale;
		new.y *= scale;
		new.across *= scale;
		new.down *= scale;
		new.fresh = true;
		all->finders[all->count++] = new;
	}
	for (i = 0; i < old.count && all->count < FINDER_MAX; i++) {
		for (j = 0; j < found->count; j++)
			if (is_same(&all->finders[j], &old.finders[i]))
				break;
		if (j < found->count)
			continue;
		old.finders[i].fresh = false;
		all->finders[all->count++] = old.finders[i];
	}
}

/* The corners that a grid fits, the best timing first. */
static int
weigh(const struct seek *seek, const struct seek_look *look,
    const struct picture *p, struct finder_corner_list *corners,
    struct chance *chances)
{
	const float scale = (float)p->width / (float)look->levels->width;
	struct chance c;
	int i, j, n = 0;

	finder_corners(&seek->finders, corners);
	for (i = 0; i < corners->count; i++) {
		c.corner = &corners->corners[i];
		if (!grid_fit(p, look->levels, scale, c.corner, &c.grid))
			continue;
		for (j = n++;
		     j > 0 && c.grid.timing > chances[j - 1].grid.timing; j--)
			chances[j] = chances[j - 1];
		chances[j] = c;
	}

	return (n);
}

/* Give ZBar the modules; where they say nothing, the warped picture. */
static bool
try_one(const struct picture *p, struct chance *c, bool flat,
    struct symbol_list *list, int *pixels, struct fault *f)
{
	struct picture drawn, warped;
	const int before = list->seen;
	enum grid_way way;
	bool done = true;

	(void)grid_align(p, &c->grid);
	for (way = 0; done && way < GRID_WAY__MAX && list->seen == before;
	     way++) {
		if (!grid_draw(p, &c->grid, way, &drawn, f))
			return (false);
		*pixels += drawn.width * drawn.height;
		done = symbol_read(&drawn, list, f);
		picture_free(&drawn);
	}
	if (!done || !flat || c->grid.timing < FLAT_TIMING ||
	    list->seen > before)
		return (done);

	if (!warp_corner(p, c->corner, 1, FLAT_MODULE, &warped, f))
		return (false);
	done = threshold_box(&warped, FLAT_WINDOW, FLAT_BIAS, &drawn, f);
	picture_free(&warped);
	if (!done)
		return (false);
	*pixels += drawn.width * drawn.height;
	done = symbol_read(&drawn, list, f);
	picture_free(&drawn);

	return (done);
}

static bool
shares(const struct finder_corner *a, const struct finder_corner *b)
{
	const struct finder *of[3] = { &a->at, &a->right, &a->below };
	int i;

	for (i = 0; i < 3; i++)
		if (is_same(of[i], &b->at) || is_same(of[i], &b->right) ||
		    is_same(of[i], &b->below))
			return (true);

	return (false);
}

static bool
is_same(const struct finder *a, const struct finder *b)
{
	return (a->inverted == b->inverted &&
	    fabsf(a->x - b->x) < a->across * 0.2f &&
	    fabsf(a->y - b->y) < a->down * 0.2f);
}
