#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "decode_protocol.h"

#define PASS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void
a_request_comes_back_as_it_was(void **state)
{
	const struct decode_request made = { DECODE_REQUEST_FRAME, 0xfedcba98,
		DECODE_FRAME_MAX };
	uint8_t wire[DECODE_REQUEST_BYTES];
	struct decode_request read;

	(void)state;
	decode_request_write(&made, wire);
	assert_memory_equal(wire, "GKD1\0\0\0\1", 8);
	assert_true(decode_request_read(wire, &read));
	assert_int_equal(read.kind, made.kind);
	assert_int_equal(read.number, made.number);
	assert_int_equal(read.len, made.len);
}

static void
requests_of_other_forms_are_refused(void **state)
{
	static const struct decode_request wrong[] = {
		{ DECODE_REQUEST_FRAME, 0, 0 },
		{ DECODE_REQUEST_FRAME, 0, DECODE_FRAME_MAX + 1 },
		{ DECODE_REQUEST_FRAME, 0, UINT32_MAX },
		{ DECODE_REQUEST_READY, 0, 1 },
		{ (enum decode_request_kind)0, 0, 1 },
		{ (enum decode_request_kind)3, 0, 1 },
	};
	uint8_t wire[DECODE_REQUEST_BYTES];
	struct decode_request read;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++) {
		decode_request_write(&wrong[i], wire);
		assert_false(decode_request_read(wire, &read));
	}
	decode_request_write(
	    &(struct decode_request){ DECODE_REQUEST_FRAME, 0, 1 }, wire);
	assert_true(decode_request_read(wire, &read));
	wire[3] = '2';
	assert_false(decode_request_read(wire, &read));
}

static void
an_answer_comes_back_as_it_was(void **state)
{
	struct decode_answer made = { .kind = DECODE_ANSWER_PASS }, read;
	uint8_t wire[DECODE_ANSWER_BYTES];
	int kind;

	(void)state;
	memcpy(made.pass, PASS, sizeof(PASS));
	decode_answer_write(&made, wire);
	assert_true(decode_answer_read(wire, &read));
	assert_int_equal(read.kind, DECODE_ANSWER_PASS);
	assert_string_equal(read.pass, PASS);
	for (kind = 0; kind < DECODE_ANSWER__MAX; kind++) {
		made.kind = (enum decode_answer_kind)kind;
		decode_answer_write(&made, wire);
		assert_true(decode_answer_read(wire, &read));
		assert_int_equal(read.kind, kind);
		assert_string_equal(
		    read.pass, kind == DECODE_ANSWER_PASS ? PASS : "");
	}
}

static void
answers_of_other_forms_are_refused(void **state)
{
	struct decode_answer made = { .kind = DECODE_ANSWER_PASS }, read;
	uint8_t wire[DECODE_ANSWER_BYTES], spoilt[DECODE_ANSWER_BYTES];
	size_t i;

	(void)state;
	memcpy(made.pass, PASS, sizeof(PASS));
	decode_answer_write(&made, wire);
	/* A pass of other letters, magic, or length is no pass. */
	for (i = 0; i < sizeof(wire); i++) {
		if (i >= 4 && i < 8)
			continue;
		memcpy(spoilt, wire, sizeof(wire));
		spoilt[i] = i < 4 ? 'x' : '1';
		assert_false(decode_answer_read(spoilt, &read));
		spoilt[i] = '\0';
		assert_false(decode_answer_read(spoilt, &read));
	}
	memcpy(spoilt, wire, sizeof(wire));
	spoilt[7] = DECODE_ANSWER__MAX;
	assert_false(decode_answer_read(spoilt, &read));
	/* A pass that is not announced does not come through. */
	spoilt[7] = DECODE_ANSWER_NOTHING;
	assert_false(decode_answer_read(spoilt, &read));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_back_as_it_was),
		cmocka_unit_test(requests_of_other_forms_are_refused),
		cmocka_unit_test(an_answer_comes_back_as_it_was),
		cmocka_unit_test(answers_of_other_forms_are_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
