#ifndef GENKAN_MAP_H
#define GENKAN_MAP_H

#include "base.h"

/*
 * A projective map of the plane: x = (a u + b v + c) / w,
 * y = (d u + e v + f) / w, w = g u + h v + i.
 */
struct map {
	double m[9];
};

struct map_point {
	double x, y;
};

/**
 * map_quad(from, to, m):
 * The map that takes the four corners ${from} to the four corners ${to},
 * both in the same order around; false where three of them are in a line.
 */
bool map_quad(const struct map_point[4], const struct map_point[4],
    struct map *) MUST_CHECK;

/**
 * map_at(m, u, v):
 * Where ${u}, ${v} goes.
 */
static inline struct map_point
map_at(const struct map *m, double u, double v)
{
	const double *a = m->m;
	const double w = a[6] * u + a[7] * v + a[8];

	return ((struct map_point){ (a[0] * u + a[1] * v + a[2]) / w,
	    (a[3] * u + a[4] * v + a[5]) / w });
}

#endif /* !GENKAN_MAP_H */
