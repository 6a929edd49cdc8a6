/* Passes and codes: their grammar, and the pictures of a pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "pass.h"
#include "text.h"

#define SIDE 33 /* 25 modules and a quiet zone of 4 on each side */

static const char pass[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* The picture as one byte a pixel; the caller frees it. */
static uint8_t *
read_png(const uint8_t *data, size_t len, unsigned *width)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t *pixels;

	assert_int_not_equal(
	    png_image_begin_read_from_memory(&image, data, len), 0);
	image.format = PNG_FORMAT_GRAY;
	assert_int_equal(image.width, image.height);
	*width = image.width;
	assert_non_null(pixels = malloc(PNG_IMAGE_SIZE(image)));
	assert_int_not_equal(
	    png_image_finish_read(&image, NULL, pixels, 0, NULL), 0);
	return (pixels);
}

static void
a_pass_is_26_characters_of_base32(void **state)
{
	pass_text one, two;

	(void)state;
	pass_make(one);
	pass_make(two);
	assert_true(text_is_pass(one));
	assert_true(text_is_pass(two));
	assert_string_not_equal(one, two);
}

static void
a_code_is_six_digits_and_none_that_people_try_first(void **state)
{
	code_text code;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		pass_code_make(code);
		assert_true(pass_code_is_clean(code));
		assert_false(pass_code_is_trivial(code));
	}
}

static void
every_digit_is_as_likely_in_every_place(void **state)
{
	int seen[CODE_CHARS][10] = { 0 };
	code_text code;
	int i, j;

	(void)state;
	for (i = 0; i < 20000; i++) {
		pass_code_make(code);
		for (j = 0; j < CODE_CHARS; j++)
			seen[j][code[j] - '0']++;
	}
	/* 2000 each; twelve standard deviations either side. */
	for (j = 0; j < CODE_CHARS; j++) {
		for (i = 0; i < 10; i++)
			assert_in_range(seen[j][i], 1490, 2510);
	}
}

static void
trivial_codes_are_known(void **state)
{
	static const char *const trivial[] = { "000000", "777777", "123456",
		"012345", "987654", "543210", "121212", "909090", "123123",
		"998998" };
	static const char *const fine[] = { "000001", "123457", "135790",
		"112233", "102938", "246813" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(trivial); i++)
		assert_true(pass_code_is_trivial(trivial[i]));
	for (i = 0; i < NELEMS(fine); i++)
		assert_false(pass_code_is_trivial(fine[i]));
}

static void
only_six_ascii_digits_are_a_code(void **state)
{
	static const char *const bad[] = { "", "12345", "1234567", "12345a",
		"-12345", " 12345", "12 345",
		"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94\xef\xbc\x95"
		"\xef\xbc\x96" };
	size_t i;

	(void)state;
	assert_true(pass_code_is_clean("048213"));
	for (i = 0; i < NELEMS(bad); i++)
		assert_false(pass_code_is_clean(bad[i]));
}

static void
the_picture_is_a_version_2_code_with_its_quiet_zone(void **state)
{
	struct fault f = FAULT_INIT;
	unsigned width, x, y, scale = 7;
	uint8_t *data, *pixels;
	size_t len;

	(void)state;
	/* Digits would fit a version 1. */
	assert_true(pass_png("62222222222222222222266264", 1, &data, &len, &f));
	pixels = read_png(data, len, &width);
	assert_int_equal(width, SIDE);
	free(pixels);
	free(data);

	assert_true(pass_png(pass, (int)scale, &data, &len, &f));
	pixels = read_png(data, len, &width);
	assert_int_equal(width, SIDE * scale);
	for (y = 0; y < width; y++) {
		for (x = 0; x < width; x++) {
			const bool quiet = x < 4 * scale || y < 4 * scale ||
			    x >= width - 4 * scale || y >= width - 4 * scale;

			if (quiet)
				assert_int_equal(pixels[y * width + x], 255);
			else
				assert_true(pixels[y * width + x] == 255 ||
				    pixels[y * width + x] == 0);
		}
	}
	/* The finder patterns' corners are black. */
	assert_int_equal(pixels[4 * scale * width + 4 * scale], 0);
	assert_int_equal(pixels[4 * scale * width + 29 * scale - 1], 0);
	assert_int_equal(pixels[(29 * scale - 1) * width + 4 * scale], 0);
	free(pixels);
	free(data);
}

static void
picture_and_drawing_show_the_same_modules(void **state)
{
	struct fault f = FAULT_INIT;
	unsigned width, x, y;
	uint8_t *data, *pixels;
	char *svg, square[32];
	size_t len;

	(void)state;
	assert_true(pass_png(pass, 1, &data, &len, &f));
	assert_true(pass_svg(pass, &svg, &f));
	pixels = read_png(data, len, &width);
	assert_int_equal(width, SIDE);
	assert_non_null(strstr(svg, "viewBox=\"0 0 33 33\""));
	for (y = 0; y < SIDE; y++) {
		for (x = 0; x < SIDE; x++) {
			(void)snprintf(
			    square, sizeof(square), "M%u %uh1v1h-1z", x, y);
			assert_true((strstr(svg, square) != NULL) ==
			    (pixels[y * SIDE + x] == 0));
		}
	}
	free(pixels);
	free(data);
	free(svg);
}

static void
an_absurd_scale_is_a_bug(void **state)
{
	struct fault f = FAULT_INIT;
	uint8_t *data;
	size_t len;

	(void)state;
	assert_false(pass_png(pass, 0, &data, &len, &f));
	assert_int_equal(f.kind, FAULT_BUG);
	fault_clear(&f);
	assert_false(pass_png(pass, 100000, &data, &len, &f));
	assert_int_equal(f.kind, FAULT_BUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_is_26_characters_of_base32),
		cmocka_unit_test(
		    a_code_is_six_digits_and_none_that_people_try_first),
		cmocka_unit_test(every_digit_is_as_likely_in_every_place),
		cmocka_unit_test(trivial_codes_are_known),
		cmocka_unit_test(only_six_ascii_digits_are_a_code),
		cmocka_unit_test(
		    the_picture_is_a_version_2_code_with_its_quiet_zone),
		cmocka_unit_test(picture_and_drawing_show_the_same_modules),
		cmocka_unit_test(an_absurd_scale_is_a_bug),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
