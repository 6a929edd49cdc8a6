#include <math.h>
#include <string.h>

#include "map.h"

static bool square_to(const struct map_point[4], double[9]);
static bool invert(const double[9], double[9]);

bool
map_quad(
    const struct map_point from[4], const struct map_point to[4], struct map *m)
{
	double there[9], back[9], inverse[9];
	int i, j, k;

	if (!square_to(to, there) || !square_to(from, back) ||
	    !invert(back, inverse))
		return (false);
	memset(m, 0, sizeof(*m));
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			for (k = 0; k < 3; k++)
				m->m[3 * i + j] +=
				    there[3 * i + k] * inverse[3 * k + j];

	return (true);
}

/*
 * From the unit square, corners (0,0) (1,0) (1,1) (0,1): P. Heckbert,
 * Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3.
 */
static bool
square_to(const struct map_point q[4], double m[9])
{
	const double sx = q[0].x - q[1].x + q[2].x - q[3].x;
	const double sy = q[0].y - q[1].y + q[2].y - q[3].y;
	const double ax = q[1].x - q[2].x, ay = q[1].y - q[2].y;
	const double bx = q[3].x - q[2].x, by = q[3].y - q[2].y;
	const double det = ax * by - bx * ay;

	if (!(fabs(det) > 1e-9))
		return (false);
	m[6] = (sx * by - bx * sy) / det;
	m[7] = (ax * sy - sx * ay) / det;
	m[8] = 1;
	m[0] = q[1].x - q[0].x + m[6] * q[1].x;
	m[1] = q[3].x - q[0].x + m[7] * q[3].x;
	m[2] = q[0].x;
	m[3] = q[1].y - q[0].y + m[6] * q[1].y;
	m[4] = q[3].y - q[0].y + m[7] * q[3].y;
	m[5] = q[0].y;

	return (true);
}

static bool
invert(const double m[9], double out[9])
{
	double det;
	int i;

	out[0] = m[4] * m[8] - m[5] * m[7];
	out[1] = m[2] * m[7] - m[1] * m[8];
	out[2] = m[1] * m[5] - m[2] * m[4];
	out[3] = m[5] * m[6] - m[3] * m[8];
	out[4] = m[0] * m[8] - m[2] * m[6];
	out[5] = m[2] * m[3] - m[0] * m[5];
	out[6] = m[3] * m[7] - m[4] * m[6];
	out[7] = m[1] * m[6] - m[0] * m[7];
	out[8] = m[0] * m[4] - m[1] * m[3];
	det = m[0] * out[0] + m[1] * out[3] + m[2] * out[6];
	if (!(fabs(det) > 1e-12))
		return (false);
	for (i = 0; i < 9; i++)
		out[i] /= det;

	return (true);
}
