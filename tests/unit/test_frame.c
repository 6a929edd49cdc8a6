#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "decode_protocol.h"
#include "frame.h"
#include "made_frame.h"

#define WIDTH  960
#define HEIGHT 540

/* The answer to a frame that is posted as a tablet posts it. */
static struct decode_answer
answer_of(const struct picture *p, uint32_t number)
{
	struct decode_answer answer;
	struct fault f = FAULT_INIT;
	uint8_t *jpeg;
	size_t len;

	jpeg = made_jpeg(p, MADE_COLOUR, &len);
	assert_true(len <= DECODE_FRAME_MAX);
	assert_true(frame_read(jpeg, len, number, &answer, &f));
	free(jpeg);

	return (answer);
}

/* Five frames of a held code: every rotating pass has its turn. */
static struct decode_answer
answer_held(const struct picture *p)
{
	struct decode_answer answer;
	uint32_t number;

	for (number = 0; number < 5; number++) {
		answer = answer_of(p, number);
		if (answer.kind != DECODE_ANSWER_NOTHING)
			break;
	}

	return (answer);
}

static void
assert_read(const struct made_view *view, int noise, int blur)
{
	struct decode_answer answer;
	struct picture p;

	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, view);
	if (blur > 0)
		made_blur(&p, blur);
	if (noise > 0)
		made_noise(&p, noise);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_PASS);
	assert_string_equal(answer.pass, view->text);
}

static void
assert_nothing(const char *text)
{
	const struct made_view view = { text, 480, 270, 6, 0, 0, false, false };
	struct decode_answer answer;
	struct picture p;

	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &view);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_NOTHING);
	assert_string_equal(answer.pass, "");
}

static void
a_pass_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 480, 270, 8, 0, 0, false,
		false };

	(void)state;
	assert_read(&view, 0, 0);
}

static void
a_pass_is_read_turned_by_any_angle(void **state)
{
	struct made_view view = { MADE_PASS, 480, 270, 6, 0, 0, false, false };

	(void)state;
	for (view.turn = 0; view.turn < 360; view.turn += 15)
		assert_read(&view, 10, 0);
}

static void
a_pass_is_read_tilted(void **state)
{
	struct made_view view = { MADE_PASS, 480, 270, 8, 20, 0.35, false,
		false };

	(void)state;
	assert_read(&view, 10, 0);
	view.tilt = -0.35;
	assert_read(&view, 10, 0);
}

static void
a_mirrored_pass_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 480, 270, 6, 10, 0, true,
		false };

	(void)state;
	assert_read(&view, 10, 0);
}

static void
a_pass_light_on_dark_is_read(void **state)
{
	struct made_view view = { MADE_PASS, 480, 270, 6, 5, 0, false, true };

	(void)state;
	assert_read(&view, 10, 0);
	view.mirrored = true;
	assert_read(&view, 10, 0);
}

static void
a_noisy_pass_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 300, 300, 5, 3, 0, false,
		false };

	(void)state;
	assert_read(&view, 70, 0);
}

static void
a_pass_out_of_focus_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 480, 270, 7, 3, 0, false,
		false };

	(void)state;
	assert_read(&view, 10, 3);
}

static void
a_small_pass_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 200, 400, 2.6, 2, 0, false,
		false };

	(void)state;
	assert_read(&view, 6, 0);
}

static void
a_pass_that_fills_the_frame_is_read(void **state)
{
	const struct made_view view = { MADE_PASS, 480, 270, 17, 4, 0, false,
		false };

	(void)state;
	assert_read(&view, 10, 0);
}

static void
two_different_passes_are_several(void **state)
{
	const struct made_view left = { MADE_PASS, 250, 270, 6, 0, 0, false,
		false };
	const struct made_view right = { MADE_OTHER, 710, 270, 6, 8, 0, false,
		false };
	struct decode_answer answer;
	struct picture p;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &left);
	made_code(&p, &right);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_SEVERAL);
	assert_string_equal(answer.pass, "");
}

static void
one_pass_shown_twice_is_one(void **state)
{
	const struct made_view left = { MADE_PASS, 250, 270, 6, 0, 0, false,
		false };
	const struct made_view right = { MADE_PASS, 710, 270, 5, 8, 0, false,
		false };
	struct decode_answer answer;
	struct picture p;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &left);
	made_code(&p, &right);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_PASS);
	assert_string_equal(answer.pass, MADE_PASS);
}

static void
a_pass_beside_a_foreign_code_is_read(void **state)
{
	const struct made_view left = { "https://example.com/menu", 250, 270, 7,
		0, 0, false, false };
	const struct made_view right = { MADE_PASS, 710, 270, 6, 8, 0, false,
		false };
	struct decode_answer answer;
	struct picture p;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &left);
	made_code(&p, &right);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_PASS);
	assert_string_equal(answer.pass, MADE_PASS);
}

static void
foreign_texts_stay_inside(void **state)
{
	(void)state;
	assert_nothing("https://example.com/");
	assert_nothing("WIFI:T:WPA;S:office;P:password;;");
	assert_nothing("BEGIN:VCARD\nVERSION:3.0\nN:Yamada\nEND:VCARD");
	assert_nothing("abcdefghijklmnopqrstuvwxyz");
	assert_nothing("ABCDEFGHIJKLMNOPQRSTUVWXY");
	assert_nothing("ABCDEFGHIJKLMNOPQRSTUVWXYZA");
	assert_nothing("ABCDEFGHIJKLMNOPQRSTUVWX10");
	assert_nothing("ABCDEFGHIJKLMNOPQRSTUVWXY\n");
}

static void
noise_holds_nothing(void **state)
{
	struct decode_answer answer;
	struct picture p;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 128);
	made_noise(&p, 128);
	answer = answer_held(&p);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_NOTHING);
}

static void
frames_share_nothing(void **state)
{
	const struct made_view view = { MADE_PASS, 480, 270, 8, 0, 0, false,
		false };
	struct decode_answer answer;
	struct picture p;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &view);
	answer = answer_of(&p, 0);
	assert_int_equal(answer.kind, DECODE_ANSWER_PASS);
	memset(p.y, 120, WIDTH * HEIGHT);
	answer = answer_of(&p, 1);
	picture_free(&p);
	assert_int_equal(answer.kind, DECODE_ANSWER_NOTHING);
	assert_string_equal(answer.pass, "");
}

static void
what_is_no_baseline_jpeg_is_unreadable(void **state)
{
	static const enum made_jpeg_kind kinds[] = { MADE_PROGRESSIVE,
		MADE_ARITHMETIC, MADE_CMYK };
	struct decode_answer answer;
	struct fault f = FAULT_INIT;
	struct picture p;
	uint8_t *jpeg;
	size_t len, i;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	for (i = 0; i < NELEMS(kinds); i++) {
		jpeg = made_jpeg(&p, kinds[i], &len);
		assert_true(frame_read(jpeg, len, 0, &answer, &f));
		assert_int_equal(answer.kind, DECODE_ANSWER_UNREADABLE);
		free(jpeg);
	}
	picture_free(&p);
	assert_true(frame_read(
	    (const uint8_t *)"\x89PNG\r\n\x1a\n", 8, 0, &answer, &f));
	assert_int_equal(answer.kind, DECODE_ANSWER_UNREADABLE);
}

/* Where the frame header of a JPEG starts. */
static size_t
frame_header(const uint8_t *jpeg, size_t len)
{
	size_t i;

	for (i = 2; i + 1 < len; i++)
		if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0)
			return (i);
	fail();

	return (0);
}

static void
a_frame_that_lies_about_its_size_does_no_harm(void **state)
{
	static const int sides[] = { 0, 1, 63, 64, 1000, 1920, 1921, 65535 };
	const struct made_view view = { MADE_PASS, 480, 270, 8, 0, 0, false,
		false };
	struct decode_answer answer;
	struct fault f = FAULT_INIT;
	struct picture p;
	uint8_t *jpeg;
	size_t len, at, i, j;

	(void)state;
	made_frame(&p, WIDTH, HEIGHT, 120);
	made_code(&p, &view);
	jpeg = made_jpeg(&p, MADE_COLOUR, &len);
	picture_free(&p);
	at = frame_header(jpeg, len);
	for (i = 0; i < NELEMS(sides); i++)
		for (j = 0; j < NELEMS(sides); j++) {
			const bool fits = sides[i] >= 64 && sides[i] <= 1920 &&
			    sides[j] >= 64 && sides[j] <= 1920;

			jpeg[at + 5] = (uint8_t)(sides[i] >> 8);
			jpeg[at + 6] = (uint8_t)sides[i];
			jpeg[at + 7] = (uint8_t)(sides[j] >> 8);
			jpeg[at + 8] = (uint8_t)sides[j];
			assert_true(frame_read(jpeg, len, 0, &answer, &f));
			assert_int_equal(
			    answer.kind != DECODE_ANSWER_UNREADABLE, fits);
		}
	free(jpeg);
}

static void
a_cut_frame_does_no_harm(void **state)
{
	const struct made_view view = { MADE_PASS, 100, 100, 5, 0, 0, false,
		false };
	struct decode_answer answer;
	struct fault f = FAULT_INIT;
	struct picture p;
	uint8_t *jpeg, *cut;
	size_t len, keep;

	(void)state;
	made_frame(&p, 200, 200, 120);
	made_code(&p, &view);
	jpeg = made_jpeg(&p, MADE_GREY, &len);
	picture_free(&p);
	for (keep = 1; keep < len; keep += keep < 700 ? 1 : 97) {
		/* Its own memory, so that a sanitizer sees a read beyond. */
		cut = malloc(keep);
		assert_non_null(cut);
		memcpy(cut, jpeg, keep);
		assert_true(frame_read(cut, keep, 0, &answer, &f));
		free(cut);
	}
	free(jpeg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_is_read),
		cmocka_unit_test(a_pass_is_read_turned_by_any_angle),
		cmocka_unit_test(a_pass_is_read_tilted),
		cmocka_unit_test(a_mirrored_pass_is_read),
		cmocka_unit_test(a_pass_light_on_dark_is_read),
		cmocka_unit_test(a_noisy_pass_is_read),
		cmocka_unit_test(a_pass_out_of_focus_is_read),
		cmocka_unit_test(a_small_pass_is_read),
		cmocka_unit_test(a_pass_that_fills_the_frame_is_read),
		cmocka_unit_test(two_different_passes_are_several),
		cmocka_unit_test(one_pass_shown_twice_is_one),
		cmocka_unit_test(a_pass_beside_a_foreign_code_is_read),
		cmocka_unit_test(foreign_texts_stay_inside),
		cmocka_unit_test(noise_holds_nothing),
		cmocka_unit_test(frames_share_nothing),
		cmocka_unit_test(what_is_no_baseline_jpeg_is_unreadable),
		cmocka_unit_test(a_frame_that_lies_about_its_size_does_no_harm),
		cmocka_unit_test(a_cut_frame_does_no_harm),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
