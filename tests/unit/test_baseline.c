#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "baseline.h"
#include "made_frame.h"

static uint8_t jpeg[1 << 20];

/* A JPEG of the given kind and size in ${jpeg}; returns its length. */
static size_t
make(enum made_jpeg_kind kind, int width, int height)
{
	struct picture p;
	uint8_t *made;
	size_t len;

	made_frame(&p, width, height, 77);
	made = made_jpeg(&p, kind, &len);
	picture_free(&p);
	assert_true(len <= sizeof(jpeg));
	memcpy(jpeg, made, len);
	free(made);

	return (len);
}

static bool
passes(size_t len)
{
	int width, height;

	return (baseline_check(jpeg, len, &width, &height));
}

/* Where the marker ${code} stands. */
static size_t
find(uint8_t code, size_t len)
{
	size_t at = 2;

	while (at + 4 < len) {
		if (jpeg[at + 1] == code)
			return (at);
		at += 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);
	}
	fail();

	return (0);
}

static void
grey_and_colour_pass_with_their_sides(void **state)
{
	int width = 0, height = 0;
	size_t len;

	(void)state;
	len = make(MADE_GREY, 64, 1920);
	assert_true(baseline_check(jpeg, len, &width, &height));
	assert_int_equal(width, 64);
	assert_int_equal(height, 1920);
	len = make(MADE_COLOUR, 1920, 64);
	assert_true(baseline_check(jpeg, len, &width, &height));
	assert_int_equal(width, 1920);
	assert_int_equal(height, 64);
}

static void
sides_outside_the_limits_do_not_pass(void **state)
{
	(void)state;
	assert_false(passes(make(MADE_GREY, 63, 100)));
	assert_false(passes(make(MADE_GREY, 100, 63)));
	assert_false(passes(make(MADE_GREY, 1921, 100)));
	assert_false(passes(make(MADE_GREY, 100, 1921)));
}

static void
other_kinds_of_jpeg_do_not_pass(void **state)
{
	(void)state;
	assert_false(passes(make(MADE_PROGRESSIVE, 100, 100)));
	assert_false(passes(make(MADE_ARITHMETIC, 100, 100)));
	assert_false(passes(make(MADE_CMYK, 100, 100)));
}

static void
twelve_bits_do_not_pass(void **state)
{
	const size_t len = make(MADE_GREY, 100, 100);

	(void)state;
	jpeg[find(0xc0, len) + 4] = 12;
	assert_false(passes(len));
}

static void
two_frame_headers_do_not_pass(void **state)
{
	const size_t len = make(MADE_GREY, 100, 100), at = find(0xc0, len);

	(void)state;
	memmove(jpeg + at + 13, jpeg + at, len - at);
	memcpy(jpeg + at, jpeg + at + 13, 13);
	assert_false(passes(len + 13));
}

static void
a_scan_of_some_components_does_not_pass(void **state)
{
	const size_t len = make(MADE_COLOUR, 100, 100);

	(void)state;
	assert_true(passes(len));
	jpeg[find(0xda, len) + 4] = 1;
	assert_false(passes(len));
}

static void
a_scan_before_its_frame_does_not_pass(void **state)
{
	const size_t len = make(MADE_GREY, 100, 100);

	(void)state;
	jpeg[find(0xc0, len) + 1] = 0xe5;
	assert_false(passes(len));
}

static void
a_later_number_of_lines_does_not_pass(void **state)
{
	static const uint8_t dnl[] = { 0xff, 0xdc, 0, 4, 0, 100 };
	const size_t len = make(MADE_GREY, 100, 100), at = find(0xda, len);

	(void)state;
	memmove(jpeg + at + sizeof(dnl), jpeg + at, len - at);
	memcpy(jpeg + at, dnl, sizeof(dnl));
	assert_false(passes(len + sizeof(dnl)));
}

static void
a_segment_longer_than_the_file_does_not_pass(void **state)
{
	const size_t len = make(MADE_GREY, 100, 100);

	(void)state;
	jpeg[find(0xe0, len) + 2] = 0xff;
	assert_false(passes(len));
	jpeg[4] = jpeg[5] = 0;
	assert_false(passes(len));
}

static void
every_cut_of_the_head_does_not_pass(void **state)
{
	const size_t len = make(MADE_COLOUR, 100, 100);
	const size_t scan = find(0xda, len);
	size_t keep;
	uint8_t *cut;
	int width, height;

	(void)state;
	for (keep = 0; keep < scan + 5; keep++) {
		/* Its own memory, so that a sanitizer sees a read beyond. */
		cut = malloc(keep + 1);
		assert_non_null(cut);
		memcpy(cut, jpeg, keep);
		assert_false(baseline_check(cut, keep, &width, &height));
		free(cut);
	}
}

static void
a_picture_comes_out_grey(void **state)
{
	const size_t len = make(MADE_COLOUR, 100, 80);
	struct fault f = FAULT_INIT;
	struct picture p;

	(void)state;
	assert_true(baseline_read(jpeg, len, &p, &f));
	assert_int_equal(p.width, 100);
	assert_int_equal(p.height, 80);
	assert_in_range(p.y[4321], 75, 79);
	picture_free(&p);
}

static void
any_kind_comes_out_for_the_converter(void **state)
{
	static const enum made_jpeg_kind kinds[] = { MADE_GREY, MADE_COLOUR,
		MADE_PROGRESSIVE, MADE_CMYK };
	struct fault f = FAULT_INIT;
	struct picture p;
	size_t len, i;

	(void)state;
	for (i = 0; i < NELEMS(kinds); i++) {
		len = make(kinds[i], 400, 240);
		assert_true(baseline_read_any(jpeg, len, 100, &p, &f));
		assert_int_equal(p.width, 100);
		assert_int_equal(p.height, 60);
		picture_free(&p);
	}
}

static void
what_libjpeg_refuses_is_a_fault_of_the_peer(void **state)
{
	const size_t len = make(MADE_GREY, 100, 100);
	struct fault f = FAULT_INIT;
	struct picture p;

	(void)state;
	jpeg[find(0xc4, len) + 6] = 0xff; /* more codes than there can be */
	assert_false(baseline_read(jpeg, len, &p, &f));
	assert_int_equal(f.kind, FAULT_PEER);
	assert_null(p.y);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grey_and_colour_pass_with_their_sides),
		cmocka_unit_test(sides_outside_the_limits_do_not_pass),
		cmocka_unit_test(other_kinds_of_jpeg_do_not_pass),
		cmocka_unit_test(twelve_bits_do_not_pass),
		cmocka_unit_test(two_frame_headers_do_not_pass),
		cmocka_unit_test(a_scan_of_some_components_does_not_pass),
		cmocka_unit_test(a_scan_before_its_frame_does_not_pass),
		cmocka_unit_test(a_later_number_of_lines_does_not_pass),
		cmocka_unit_test(a_segment_longer_than_the_file_does_not_pass),
		cmocka_unit_test(every_cut_of_the_head_does_not_pass),
		cmocka_unit_test(a_picture_comes_out_grey),
		cmocka_unit_test(any_kind_comes_out_for_the_converter),
		cmocka_unit_test(what_libjpeg_refuses_is_a_fault_of_the_peer),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
