#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "fault.h"
#include "text.h"

static struct calendar
simple(void)
{
	return ((struct calendar){
	    .uid = "1@example.jp",
	    .sequence = 3,
	    .stamp = 1795221158000,
	    .starts = 1795224600000, /* 2026-11-21T01:30:00Z */
	    .ends = 1795228200000,
	    .starts_offset = 540,
	    .ends_offset = 540,
	    .summary = "打合せ",
	    .location = "本社; 3階, 受付",
	    .description = "一行目\n二行目 \\ と続く",
	    .url = "https://example.jp/v/A",
	    .organizer_name = "佐藤 花子",
	    .organizer = "host@example.jp",
	    .attendee_name = "山田 太郎",
	    .attendee = "guest@example.jp",
	});
}

static char *
compose(const struct calendar *c)
{
	struct fault f = FAULT_INIT;
	char *text = calendar_compose(c, &f);

	assert_non_null(text);
	return (text);
}

static void
a_request_has_what_a_calendar_needs(void **state)
{
	struct calendar c = simple();
	char *text = compose(&c);

	(void)state;
	assert_non_null(strstr(text, "\r\nMETHOD:REQUEST\r\n"));
	assert_non_null(strstr(text, "\r\nUID:1@example.jp\r\n"));
	assert_non_null(strstr(text, "\r\nSEQUENCE:3\r\n"));
	assert_non_null(strstr(text, "\r\nDTSTART:20261121T013000Z\r\n"));
	assert_non_null(strstr(text, "\r\nDTEND:20261121T023000Z\r\n"));
	assert_non_null(strstr(text, "LOCATION:本社\\; 3階\\, 受付\r\n"));
	assert_non_null(strstr(text, "一行目\\n二行目 \\\\ と続く"));
	assert_non_null(strstr(text, "STATUS:CONFIRMED"));
	free(text);
}

static void
a_cancellation_keeps_the_uid(void **state)
{
	struct calendar c = simple();
	char *text;

	(void)state;
	c.cancelled = true;
	c.sequence = 4;
	text = compose(&c);
	assert_non_null(strstr(text, "\r\nMETHOD:CANCEL\r\n"));
	assert_non_null(strstr(text, "\r\nUID:1@example.jp\r\n"));
	assert_non_null(strstr(text, "\r\nSEQUENCE:4\r\n"));
	assert_non_null(strstr(text, "\r\nSTATUS:CANCELLED\r\n"));
	free(text);
}

static void
a_period_is_whole_days_of_the_office(void **state)
{
	struct calendar c = simple();
	char *text;

	(void)state;
	/* 2026-11-20T15:00Z is midnight of the 21st in Tokyo; 10 days. */
	c.period = true;
	c.starts = 1795186800000;
	c.ends = c.starts + 10 * 86400000ll;
	text = compose(&c);
	assert_non_null(strstr(text, "\r\nDTSTART;VALUE=DATE:20261121\r\n"));
	assert_non_null(strstr(text, "\r\nDTEND;VALUE=DATE:20261201\r\n"));
	free(text);
	/* The same with an end within the last day. */
	c.ends -= 6 * 3600000ll;
	text = compose(&c);
	assert_non_null(strstr(text, "\r\nDTEND;VALUE=DATE:20261201\r\n"));
	free(text);
}

static void
no_line_is_longer_than_75_bytes_or_breaks_a_character(void **state)
{
	struct calendar c = simple();
	char *text, *line, *rest;

	(void)state;
	c.summary = "とても長い件名が続いて続いて続いて続いて続いて続いて続いて"
		    "続いて🏢続いてab続いて続いて";
	c.attendee_name = c.summary;
	text = rest = compose(&c);
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		assert_int_equal(line[strlen(line) - 1], '\r');
		assert_true(strlen(line) - 1 <= 75);
		assert_true(text_is_utf8(line, strlen(line)));
	}
	free(text);
}

static void
nothing_typed_adds_a_line(void **state)
{
	struct calendar c = simple();
	char *text;

	(void)state;
	c.summary = "x\r\nATTENDEE:mailto:evil@example.jp";
	c.attendee_name = "\"\r\nX-EVIL:1";
	text = compose(&c);
	assert_null(strstr(text, "\r\nATTENDEE:mailto:evil"));
	assert_null(strstr(text, "\r\nX-EVIL"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_what_a_calendar_needs),
		cmocka_unit_test(a_cancellation_keeps_the_uid),
		cmocka_unit_test(a_period_is_whole_days_of_the_office),
		cmocka_unit_test(
		    no_line_is_longer_than_75_bytes_or_breaks_a_character),
		cmocka_unit_test(nothing_typed_adds_a_line),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
