#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "map.h"
#include "made_frame.h"

static void
impossible_sizes_are_refused(void **state)
{
	static const int sizes[][2] = { { 0, 5 }, { 5, 0 }, { -1, 5 },
		{ PICTURE_SIDE_MAX + 1, 1 } };
	struct picture p;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(sizes); i++) {
		struct fault f = FAULT_INIT;

		assert_false(picture_init(&p, sizes[i][0], sizes[i][1], &f));
		assert_int_equal(f.kind, FAULT_BUG);
		picture_free(&p);
	}
}

static void
a_fitted_picture_keeps_its_shape(void **state)
{
	static const int sizes[][4] = { { 1280, 720, 480, 270 },
		{ 960, 540, 480, 270 }, { 720, 1280, 270, 480 },
		{ 479, 3, 479, 3 }, { 4000, 1, 480, 1 },
		{ 1000, 999, 480, 480 } };
	struct fault f = FAULT_INIT;
	struct picture p, out;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(sizes); i++) {
		made_frame(&p, sizes[i][0], sizes[i][1], 9);
		assert_true(picture_fit(&p, 480, &out, &f));
		assert_int_equal(out.width, sizes[i][2]);
		assert_int_equal(out.height, sizes[i][3]);
		picture_free(&out);
		picture_free(&p);
	}
}

static void
a_fitted_picture_keeps_its_light(void **state)
{
	static const int sides[] = { 300, 500, 600, 640, 900, 1201, 1900 };
	struct fault f = FAULT_INIT;
	struct picture p, out;
	size_t i;
	int x;

	(void)state;
	for (i = 0; i < NELEMS(sides); i++) {
		/* Light on the left, dark on the right. */
		made_frame(&p, sides[i], sides[i] / 2 + 1, 255);
		for (x = 0; x < p.width * p.height; x++)
			if (x % p.width >= p.width / 2)
				p.y[x] = 10;
		assert_true(picture_fit(&p, 240, &out, &f));
		for (x = 0; x < out.width * out.height; x++) {
			if (x % out.width < out.width / 2 - 1)
				assert_int_equal(out.y[x], 255);
			else if (x % out.width > out.width / 2 + 1)
				assert_int_equal(out.y[x], 10);
		}
		picture_free(&out);
		picture_free(&p);
	}
}

static void
a_doubled_picture_keeps_its_light(void **state)
{
	struct fault f = FAULT_INIT;
	struct picture p, out;
	int i;

	(void)state;
	made_frame(&p, 7, 5, 123);
	assert_true(picture_double(&p, &out, &f));
	assert_int_equal(out.width, 14);
	assert_int_equal(out.height, 10);
	for (i = 0; i < 140; i++)
		assert_int_equal(out.y[i], 123);
	picture_free(&out);
	picture_free(&p);
}

static void
a_crop_stays_inside(void **state)
{
	static const int wrong[][4] = { { -1, 0, 2, 2 }, { 0, -1, 2, 2 },
		{ 9, 0, 2, 2 }, { 0, 9, 2, 2 }, { 0, 0, 11, 1 },
		{ 0, 0, 1, 11 } };
	struct fault f = FAULT_INIT;
	struct picture p, out;
	size_t i;

	(void)state;
	made_frame(&p, 10, 10, 1);
	p.y[35] = 77;
	assert_true(picture_crop(&p, 5, 3, 2, 2, &out, &f));
	assert_int_equal(out.y[0], 77);
	assert_int_equal(out.y[1], 1);
	picture_free(&out);
	for (i = 0; i < NELEMS(wrong); i++) {
		fault_clear(&f);
		assert_false(picture_crop(&p, wrong[i][0], wrong[i][1],
		    wrong[i][2], wrong[i][3], &out, &f));
	}
	picture_free(&p);
}

static void
inverting_twice_changes_nothing(void **state)
{
	struct picture p;

	(void)state;
	made_frame(&p, 13, 3, 40);
	picture_invert(&p);
	assert_int_equal(p.y[38], 215);
	picture_invert(&p);
	assert_int_equal(p.y[38], 40);
	picture_free(&p);
}

static void
a_map_takes_corners_to_corners(void **state)
{
	const struct map_point from[4] = { { 3.5, 3.5 }, { 21.5, 3.5 },
		{ 18.5, 18.5 }, { 3.5, 21.5 } };
	const struct map_point to[4] = { { 100, 120 }, { 310, 90 },
		{ 280, 300 }, { 80, 330 } };
	const struct map_point line[4] = { { 0, 0 }, { 1, 1 }, { 2, 2 },
		{ 3, 3 } };
	struct map_point got;
	struct map m;
	int i;

	(void)state;
	assert_true(map_quad(from, to, &m));
	for (i = 0; i < 4; i++) {
		got = map_at(&m, from[i].x, from[i].y);
		assert_true(fabs(got.x - to[i].x) < 1e-6);
		assert_true(fabs(got.y - to[i].y) < 1e-6);
	}
	assert_false(map_quad(line, to, &m));
	assert_false(map_quad(from, line, &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_sizes_are_refused),
		cmocka_unit_test(a_fitted_picture_keeps_its_shape),
		cmocka_unit_test(a_fitted_picture_keeps_its_light),
		cmocka_unit_test(a_doubled_picture_keeps_its_light),
		cmocka_unit_test(a_crop_stays_inside),
		cmocka_unit_test(inverting_twice_changes_nothing),
		cmocka_unit_test(a_map_takes_corners_to_corners),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
