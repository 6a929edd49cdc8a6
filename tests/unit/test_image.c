#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <png.h>
#include <webp/encode.h>

#include "image.h"
#include "made_frame.h"

/* Four columns: black, dark, light, white, as every format writes them. */
#define WIDTH  80
#define HEIGHT 70

static const uint8_t greys[4] = { 0, 80, 200, 255 };
static uint8_t file[1 << 20];
static size_t len;

static uint8_t
grey_at(int x)
{
	return (greys[x * 4 / WIDTH]);
}

static void
add(const void *data, size_t n)
{
	assert_true(len + n <= sizeof(file));
	memcpy(file + len, data, n);
	len += n;
}

static void
add_text(const char *text)
{
	add(text, strlen(text));
}

static void
add_byte(int v)
{
	const uint8_t b = (uint8_t)v;

	add(&b, 1);
}

static void
add_le32(uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		add_byte((int)(v >> (8 * i) & 0xff));
}

static void
assert_columns(int off)
{
	struct fault f = FAULT_INIT;
	struct picture p;
	int x, y;

	if (!image_read_any(file, len, &p, &f))
		fail_msg("%s", f.what);
	assert_int_equal(p.width, WIDTH);
	assert_int_equal(p.height, HEIGHT);
	for (y = 0; y < HEIGHT; y++)
		for (x = 0; x < WIDTH; x++)
			assert_true(
			    abs(p.y[y * WIDTH + x] - grey_at(x)) <= off);
	picture_free(&p);
}

/* Cut anywhere, the file is refused or read in part, and nothing worse. */
static void
assert_cuts_do_no_harm(void)
{
	struct picture p;
	uint8_t *cut;
	size_t keep;

	for (keep = 0; keep < len; keep += keep < 200 ? 1 : 41) {
		struct fault f = FAULT_INIT;

		cut = malloc(keep + 1);
		assert_non_null(cut);
		memcpy(cut, file, keep);
		if (image_read_any(cut, keep, &p, &f))
			picture_free(&p);
		else
			assert_int_equal(f.kind, FAULT_PEER);
		free(cut);
	}
}

static void
png_is_read(void **state)
{
	static uint8_t rgba[WIDTH * HEIGHT * 4];
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = WIDTH,
		.height = HEIGHT,
		.format = PNG_FORMAT_RGBA };
	png_alloc_size_t size = sizeof(file);
	int i;

	(void)state;
	for (i = 0; i < WIDTH * HEIGHT; i++) {
		/* White is written as black that cannot be seen. */
		const uint8_t g = grey_at(i % WIDTH);

		memset(rgba + 4 * i, g == 255 ? 0 : g, 3);
		rgba[4 * i + 3] = g == 255 ? 0 : 255;
	}
	assert_true(
	    png_image_write_to_memory(&image, file, &size, 0, rgba, 0, NULL));
	len = size;
	assert_true(image_is_simple(file, len));
	assert_columns(1);
	assert_cuts_do_no_harm();
}

static void
webp_is_read(void **state)
{
	static uint8_t rgb[WIDTH * HEIGHT * 3];
	uint8_t *out;
	int i;

	(void)state;
	for (i = 0; i < WIDTH * HEIGHT; i++)
		memset(rgb + 3 * i, grey_at(i % WIDTH), 3);
	len = WebPEncodeLosslessRGB(rgb, WIDTH, HEIGHT, 3 * WIDTH, &out);
	assert_true(len > 0 && len <= sizeof(file));
	memcpy(file, out, len);
	WebPFree(out);
	assert_false(image_is_simple(file, len));
	assert_columns(1);
	assert_cuts_do_no_harm();
}

static void
binary_pnm_is_read(void **state)
{
	int i, c;

	(void)state;
	len = 0;
	add_text("P5\n# a comment\n80 70\n255\n");
	for (i = 0; i < WIDTH * HEIGHT; i++)
		add_byte(grey_at(i % WIDTH));
	assert_true(image_is_simple(file, len));
	assert_columns(0);
	assert_cuts_do_no_harm();

	len = 0;
	add_text("P6 80 70 65535 ");
	for (i = 0; i < WIDTH * HEIGHT; i++)
		for (c = 0; c < 3; c++) {
			add_byte(grey_at(i % WIDTH));
			add_byte(grey_at(i % WIDTH));
		}
	assert_columns(0);
	assert_cuts_do_no_harm();
}

static void
plain_pnm_is_read(void **state)
{
	char number[16];
	int i;

	(void)state;
	len = 0;
	add_text("P2 80 70 255\n");
	for (i = 0; i < WIDTH * HEIGHT; i++) {
		(void)snprintf(
		    number, sizeof(number), "%d\n", grey_at(i % WIDTH));
		add_text(number);
	}
	assert_columns(0);
	assert_cuts_do_no_harm();
}

static void
bitmaps_of_pnm_are_read(void **state)
{
	struct fault f = FAULT_INIT;
	struct picture p;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		len = 0;
		if (i == 0)
			add_text("P1 4 2 0110 1001");
		else
			add("P4 4 2\n\x60\x90", 9);
		assert_true(image_read_any(file, len, &p, &f));
		assert_memory_equal(p.y, "\xff\0\0\xff\0\xff\xff\0", 8);
		picture_free(&p);
	}
}

static void
bmp_is_read(void **state)
{
	static const int depths[] = { 8, 24, 32 };
	size_t i;
	int x, y, c;

	(void)state;
	for (i = 0; i < NELEMS(depths); i++) {
		const uint32_t colours = depths[i] == 8 ? 4 : 0;

		len = 0;
		add_text("BM");
		add_le32(0);
		add_le32(0);
		add_le32(54 + 4 * colours);
		add_le32(40);
		add_le32(WIDTH);
		add_le32((uint32_t)(depths[i] == 32 ? -HEIGHT : HEIGHT));
		add_byte(1);
		add_byte(0);
		add_byte(depths[i]);
		add_byte(0);
		for (c = 0; c < 4; c++)
			add_le32(0);
		add_le32(colours);
		add_le32(0);
		for (c = 0; c < (int)colours; c++)
			add_le32(greys[c] * 0x010101u);
		for (y = 0; y < HEIGHT; y++)
			for (x = 0; x < WIDTH; x++)
				if (depths[i] == 8)
					add_byte(x * 4 / WIDTH);
				else
					for (c = 0; c < depths[i] / 8; c++)
						add_byte(grey_at(x));
		assert_columns(0);
		assert_cuts_do_no_harm();
	}
}

/* Codes of eleven bits would need a table; literals and clears do not. */
static void
gif_is_read(void **state)
{
	uint32_t bits = 0;
	size_t block = 0;
	int i, n = 0, since = 0;

	(void)state;
	len = 0;
	add_text("GIF89a");
	add("\x50\0\x46\0\x81\0\0", 7);
	for (i = 0; i < 4; i++) {
		add_byte(greys[i]);
		add_byte(greys[i]);
		add_byte(greys[i]);
	}
	add("!\xf9\4\0\0\0\0\0", 8);
	add(",\0\0\0\0\x50\0\x46\0\0\2", 11);
	for (i = 0; i <= WIDTH * HEIGHT; i++) {
		/* Three bits a code; a clear before codes grow to four. */
		const uint32_t codes[2] = { 4,
			(uint32_t)(i % WIDTH * 4 / WIDTH) };
		int c;

		for (c = since == 0 ? 0 : 1; c < 2; c++) {
			if (i == WIDTH * HEIGHT)
				bits |= 5u << n;
			else
				bits |= codes[c] << n;
			n += 3;
			while (n >= 8 || (i == WIDTH * HEIGHT && n > 0)) {
				if (block == 0 || file[block] == 255) {
					block = len;
					add_byte(0);
				}
				add_byte((int)(bits & 0xff));
				file[block]++;
				bits >>= 8;
				n = n > 8 ? n - 8 : 0;
			}
		}
		since = (since + 1) % 2;
	}
	add_byte(0);
	add_text(";");
	assert_columns(0);
	assert_cuts_do_no_harm();
}

static void
a_picture_that_lies_about_its_size_is_refused(void **state)
{
	static const char *const heads[] = {
		"P5 100000 100000 255\n",
		"P5 16384 16384 255\nxxxx",
		"P6 9999999999 1 255\n",
		"P5 0 5 255\n",
		"P5 5 5 70000\n",
	};
	struct picture p;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(heads); i++) {
		struct fault f = FAULT_INIT;

		assert_false(image_read_any(
		    (const uint8_t *)heads[i], strlen(heads[i]), &p, &f));
		assert_int_equal(f.kind, FAULT_PEER);
	}
}

static void
what_is_no_picture_is_refused(void **state)
{
	static const char *const texts[] = { "", "G", "P7 4 4", "%PDF-1.4\n",
		"<svg xmlns='http://www.w3.org/2000/svg'/>", "RIFFxxxxWAVE" };
	struct picture p;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(texts); i++) {
		struct fault f = FAULT_INIT;

		assert_false(image_read_any(
		    (const uint8_t *)texts[i], strlen(texts[i]), &p, &f));
		assert_int_equal(f.kind, FAULT_PEER);
		fault_clear(&f);
		assert_false(image_read(
		    (const uint8_t *)texts[i], strlen(texts[i]), &p, &f));
		assert_int_equal(f.kind, FAULT_PEER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(png_is_read),
		cmocka_unit_test(webp_is_read),
		cmocka_unit_test(binary_pnm_is_read),
		cmocka_unit_test(plain_pnm_is_read),
		cmocka_unit_test(bitmaps_of_pnm_are_read),
		cmocka_unit_test(bmp_is_read),
		cmocka_unit_test(gif_is_read),
		cmocka_unit_test(a_picture_that_lies_about_its_size_is_refused),
		cmocka_unit_test(what_is_no_picture_is_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
