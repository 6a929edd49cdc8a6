#ifndef GENKAN_GRID_H
#define GENKAN_GRID_H

#include "base.h"
#include "map.h"

/*
 * The modules of one code, read one by one from the picture by way of its
 * corner, and drawn again as a clean picture for ZBar.
 */

#define GRID_SIDE_MIN 21  /* modules, version 1 */
#define GRID_SIDE_MAX 177 /* modules, version 40 */

/* Opaque types. */
struct fault;
struct finder_corner;
struct picture;

struct grid {
	int side;       /* modules: 17 + 4 * version */
	struct map map; /* from modules to pixels of the picture */
	float timing;   /* how well the timing patterns alternate, to 1 */
	float contrast; /* between its light and dark, in levels */
	bool inverted;  /* light on dark */
};

/* How modules are told apart. */
enum grid_way {
	GRID_PLAIN,   /* by the mean of the modules around */
	GRID_SHARPEN, /* blurred: neighbours' light is taken out first */
	GRID_NEAR,    /* glare: by the mean of the nearest only */
	GRID_WAY__MAX
};

/**
 * grid_fit(p, levels, scale, corner, grid):
 * Lay a grid over ${p} by the ${corner} that was found in the two-level
 * picture ${levels}, which is ${p} made smaller by ${scale}, in pixels of
 * ${p}: measure the patterns along the code's own axes, and choose the number
 * of modules by the timing patterns.  False if this is no code.
 */
bool grid_fit(const struct picture *, const struct picture *, float,
    const struct finder_corner *, struct grid *) MUST_CHECK;

/**
 * grid_align(p, grid):
 * Look for the alignment pattern next to the fourth corner, and lay the grid
 * through it.  Return whether there was one; version 1 has none.
 */
bool grid_align(const struct picture *, struct grid *);

/**
 * grid_draw(p, grid, way, out, f):
 * Read the modules and draw them, dark on light, with their quiet zone.
 */
bool grid_draw(const struct picture *, const struct grid *, enum grid_way,
    struct picture *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_GRID_H */
