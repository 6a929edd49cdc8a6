/* Reading and writing moments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"

static void
a_moment_is_read_with_its_offset(void **state)
{
	static const struct {
		const char *text;
		int64_t moment;
		int offset;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "2026-11-21T10:00:00+09:00", 1795222800000, 540 },
		{ "2026-11-21T10:00+09:00", 1795222800000, 540 },
		{ "2026-11-21T01:00:00.5Z", 1795222800500, 0 },
		{ "2026-11-21T01:00:00.123456Z", 1795222800123, 0 },
		{ "2026-11-20T21:30:00-03:30", 1795222800000, -210 },
		{ "2028-02-29T00:00:00Z", 1835395200000, 0 },
		{ "9999-12-31T23:59:59Z", 253402300799000, 0 },
	};
	int64_t moment;
	int offset;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(good); i++) {
		assert_true(clock_parse(good[i].text, &moment, &offset));
		assert_int_equal(moment, good[i].moment);
		assert_int_equal(offset, good[i].offset);
	}
}

static void
other_forms_are_refused(void **state)
{
	static const char *const bad[] = { "", "2026-11-21",
		"2026-11-21T10:00:00", "2026-11-21 10:00:00Z",
		"2026-11-21t10:00:00Z", "2026-11-21T10:00:00z",
		"2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z", "2026-11-31T10:00:00Z",
		"2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z",
		"2026-11-21T10:00:60Z", "2026-11-21T10:00:00.Z",
		"2026-11-21T10:00:00+9:00", "2026-11-21T10:00:00+0900",
		"2026-11-21T10:00:00+14:01", "2026-11-21T10:00:00+09:60",
		"1969-12-31T23:59:59Z", "2026-11-21T10:00:00Z ",
		" 2026-11-21T10:00:00Z", "2026-11-21T10:00:00Zx",
		"+026-11-21T10:00:00Z", "12026-11-21T10:00:00Z" };
	int64_t moment;
	int offset;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		if (clock_parse(bad[i], &moment, &offset))
			fail_msg("%s was read", bad[i]);
	}
}

static void
what_is_written_reads_back(void **state)
{
	static const int offsets[] = { 0, 540, -210, 840, -840, 345 };
	time_text text;
	int64_t moment, again;
	size_t i;
	int offset;

	(void)state;
	for (moment = 0; moment < 4102444800000; moment += 86399000LL * 97) {
		for (i = 0; i < NELEMS(offsets); i++) {
			if (moment + offsets[i] * 60000LL < 0)
				continue;
			clock_format(moment, offsets[i], text);
			assert_true(clock_parse(text, &again, &offset));
			assert_int_equal(again, moment);
			assert_int_equal(offset, offsets[i]);
		}
	}
}

static void
a_date_knows_its_weekday(void **state)
{
	struct clock_local at;
	struct tm tm;
	time_t t;
	char text[16];

	(void)state;
	for (t = 0; t < 4102444800; t += 86400 * 3) {
		gmtime_r(&t, &tm);
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
		assert_true(clock_parse_date(text, &at));
		assert_int_equal(at.weekday, tm.tm_wday);
	}
	assert_false(clock_parse_date("2026-11-21T10:00", &at));
	assert_true(clock_parse_wall("2026-11-21 10:05:09", &at));
	assert_int_equal(at.hour * 10000 + at.minute * 100 + at.second, 100509);
	assert_int_equal(at.weekday, 6);
	assert_false(clock_parse_wall("2026-11-21T10:05Z", &at));
}

static void
local_time_is_right_before_the_epoch(void **state)
{
	struct clock_local at;

	(void)state;
	clock_local(-1, 0, &at);
	assert_int_equal(at.year, 1969);
	assert_int_equal(at.second, 59);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_read_with_its_offset),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(a_date_knows_its_weekday),
		cmocka_unit_test(local_time_is_right_before_the_epoch),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
