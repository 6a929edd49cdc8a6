#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "letter.h"
#include "phrase.h"

/* 2026-11-21T01:30:00Z and an hour later. */
#define STARTS INT64_C(1795224600000)
#define ENDS   INT64_C(1795228200000)

static void
says(char *text, const char *expected)
{
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
times_carry_the_weekday_of_the_office(void **state)
{
	(void)state;
	says(phrase_times(TEXT_LANGUAGE_JA, false, STARTS, 540, ENDS, 540),
	    "2026年11月21日（土）10:30〜11:30");
	says(phrase_times(TEXT_LANGUAGE_EN, false, STARTS, 540, ENDS, 540),
	    "Saturday, 21 November 2026, 10:30–11:30");
	says(phrase_times(TEXT_LANGUAGE_EN, false, STARTS, -480, ENDS, -480),
	    "Friday, 20 November 2026, 17:30–18:30");
	says(phrase_day(TEXT_LANGUAGE_JA, STARTS, 540), "11月21日（土）");
}

static void
a_period_is_said_by_its_days(void **state)
{
	(void)state;
	/* Midnight to midnight, ten days. */
	says(phrase_times(TEXT_LANGUAGE_JA, true, INT64_C(1795186800000), 540,
		 INT64_C(1795186800000) + 10 * INT64_C(86400000), 540),
	    "2026年11月21日（土） 〜 2026年11月30日（月）");
}

static void
placeholders_are_filled_and_nothing_within_them(void **state)
{
	(void)state;
	says(phrase(
		 TEXT_LANGUAGE_JA, TEXT_MAIL_GREETING, "name", "{name}", NULL),
	    "{name} 様");
}

static void
a_letter_shows_what_was_typed_and_runs_none_of_it(void **state)
{
	struct letter l = { .language = TEXT_LANGUAGE_JA,
		.sender = "<b>&",
		.heading = "\"><script>alert(1)</script>",
		.greeting = "a\nb",
		.code_label = "<i>",
		.code = "123456",
		.link_label = "<u>",
		.link = "javascript:alert(1)" };
	char *html, *text;

	(void)state;
	letter_row(&l, "<label>", "<img src=x onerror=alert(1)>",
	    "javascript:alert(1)");
	letter_row(&l, "map", "ok", "https://maps.example/?a=1&b=\"2\"");
	html = letter_html(&l);
	assert_non_null(html);
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "<img src=x"));
	assert_null(strstr(html, "<label>"));
	assert_null(strstr(html, "href=\"javascript"));
	assert_non_null(strstr(html, "a<br>b"));
	assert_non_null(strstr(
	    html, "href=\"https://maps.example/?a=1&amp;b=&quot;2&quot;\""));
	assert_non_null(strstr(html, "&lt;img src=x onerror=alert(1)&gt;"));
	free(html);
	text = letter_text(&l);
	assert_non_null(strstr(text, "123456"));
	free(text);
}

static void
a_fact_that_is_not_there_is_left_out(void **state)
{
	struct letter l = { .language = TEXT_LANGUAGE_EN };

	(void)state;
	letter_row(&l, "a", NULL, NULL);
	letter_row(&l, "b", "", NULL);
	assert_int_equal(l.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_carry_the_weekday_of_the_office),
		cmocka_unit_test(a_period_is_said_by_its_days),
		cmocka_unit_test(
		    placeholders_are_filled_and_nothing_within_them),
		cmocka_unit_test(
		    a_letter_shows_what_was_typed_and_runs_none_of_it),
		cmocka_unit_test(a_fact_that_is_not_there_is_left_out),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
