#ifndef GENKAN_FINDER_H
#define GENKAN_FINDER_H

#include "base.h"

/*
 * The finder patterns of QR codes (ISO/IEC 18004, 6.3.3): squares of which
 * every line through the middle is dark, light, dark, light, dark as
 * 1:1:3:1:1.  Three of them make a corner, the corner makes a map from the
 * code's square to the picture.
 */

#define FINDER_MAX        256 /* patterns kept of one picture */
#define FINDER_CORNER_MAX 48  /* corners proposed, the likeliest first */

/* Opaque types. */
struct picture;

struct finder {
	float x, y;    /* its middle, in pixels */
	float across;  /* its width along the row, pixels: 7 modules or more */
	float down;    /* its height along the column */
	int hits;      /* rows on which it was seen */
	bool inverted; /* light on dark */
	bool fresh;    /* found by the latest search */
};

struct finder_list {
	int count;
	struct finder finders[FINDER_MAX];
};

/* Three patterns of one code: the one at the right angle, and two others. */
struct finder_corner {
	struct finder at, right, below;
	float module; /* pixels, about */
	float doubt;  /* 0 is a perfect square corner */
};

struct finder_corner_list {
	int count;
	struct finder_corner corners[FINDER_CORNER_MAX];
};

/**
 * finder_search(p, step, list):
 * Find the patterns in the two-level picture ${p}, dark on light and light
 * on dark, looking at every ${step}th row.
 */
void finder_search(const struct picture *, int, struct finder_list *);

/**
 * finder_is_crowd(list):
 * Are there so many that a picture is meant to be hard, or is all noise?
 * ZBar weighs every three of the patterns it finds.
 */
bool finder_is_crowd(const struct finder_list *);

/**
 * finder_corners(list, corners):
 * Which three of them, one at least fresh, could belong to one code?
 */
void finder_corners(const struct finder_list *, struct finder_corner_list *);

#endif /* !GENKAN_FINDER_H */
