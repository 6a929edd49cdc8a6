#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "threshold.h"
#include "made_frame.h"

/* What threshold_box promises, the slow way. */
static int
box_at(const struct picture *p, int x, int y, int r, int bias)
{
	int sum = 0, n = 0, i, j;

	for (j = y - r; j <= y + r; j++)
		for (i = x - r; i <= x + r; i++) {
			if (i < 0 || j < 0 || i >= p->width || j >= p->height)
				continue;
			sum += p->y[j * p->width + i];
			n++;
		}

	return ((p->y[y * p->width + x] + bias) * n < sum ? 0 : 255);
}

static void
a_box_is_the_mean_of_its_square(void **state)
{
	static const int sizes[][3] = { { 1, 1, 4 }, { 5, 3, 40 },
		{ 64, 48, 4 }, { 64, 48, 30 }, { 31, 77, 12 }, { 40, 8, 64 } };
	struct fault f = FAULT_INIT;
	struct picture p, out;
	size_t i;
	int x, y;

	(void)state;
	for (i = 0; i < NELEMS(sizes); i++) {
		made_frame(&p, sizes[i][0], sizes[i][1], 128);
		made_noise(&p, 128);
		assert_true(threshold_box(&p, sizes[i][2], 5, &out, &f));
		for (y = 0; y < p.height; y++)
			for (x = 0; x < p.width; x++)
				assert_int_equal(out.y[y * p.width + x],
				    box_at(&p, x, y, sizes[i][2] / 2, 5));
		picture_free(&out);
		picture_free(&p);
	}
}

static void
a_plain_picture_is_white(void **state)
{
	struct fault f = FAULT_INIT;
	struct picture p, out;
	int i;

	(void)state;
	made_frame(&p, 50, 40, 90);
	assert_true(threshold_box(&p, 10, 3, &out, &f));
	for (i = 0; i < 50 * 40; i++)
		assert_int_equal(out.y[i], 255);
	picture_free(&out);
	assert_true(threshold_block(&p, 8, &out, &f));
	for (i = 0; i < 50 * 40; i++)
		assert_int_equal(out.y[i], 255);
	picture_free(&out);
	picture_free(&p);
}

/* Dark stripes under a light that fades to a third. */
static void
stripes_are_seen_in_fading_light(void **state)
{
	struct fault f = FAULT_INIT;
	struct picture p, box, block;
	int x, y, wrong = 0;

	(void)state;
	made_frame(&p, 320, 64, 0);
	for (y = 0; y < 64; y++)
		for (x = 0; x < 320; x++)
			p.y[y * 320 + x] =
			    (uint8_t)((x / 5 % 2 ? 240 : 90) * (480 - x) / 480);
	assert_true(threshold_box(&p, 32, 3, &box, &f));
	assert_true(threshold_block(&p, 16, &block, &f));
	for (y = 0; y < 64; y++)
		for (x = 8; x < 312; x++) {
			const int light = x / 5 % 2 ? 255 : 0;

			wrong += box.y[y * 320 + x] != light;
			wrong += block.y[y * 320 + x] != light;
		}
	assert_int_equal(wrong, 0);
	picture_free(&block);
	picture_free(&box);
	picture_free(&p);
}

static void
blocks_need_not_divide_the_picture(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 7, 3 }, { 17, 16 },
		{ 33, 65 } };
	struct fault f = FAULT_INIT;
	struct picture p, out;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(sizes); i++) {
		made_frame(&p, sizes[i][0], sizes[i][1], 128);
		made_noise(&p, 100);
		assert_true(threshold_block(&p, 16, &out, &f));
		assert_int_equal(out.width, sizes[i][0]);
		assert_int_equal(out.height, sizes[i][1]);
		picture_free(&out);
		picture_free(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_is_the_mean_of_its_square),
		cmocka_unit_test(a_plain_picture_is_white),
		cmocka_unit_test(stripes_are_seen_in_fading_light),
		cmocka_unit_test(blocks_need_not_divide_the_picture),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
