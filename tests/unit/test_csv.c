/* CSV: cells as they are written, files as people save them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "fault.h"
#include "tenant_key.h"

#define CELLS 8

/* Rows as "a|b" with the line before it: "1:a|b 2:c"; and how it stopped. */
static enum csv_stop
rows_of(const char *text, char *out, size_t size, size_t *at)
{
	struct csv_reader r;
	char *copy = strdup(text), *cells[CELLS];
	enum csv_stop stop;
	size_t n, i, len = 0;

	assert_non_null(copy);
	csv_read_text(&r, copy, strlen(copy));
	out[0] = '\0';
	while (csv_read(&r, cells, CELLS, &n, &stop)) {
		len += (size_t)snprintf(
		    out + len, size - len, "%s%ld:", len > 0 ? " " : "", r.row);
		for (i = 0; i < n; i++)
			len += (size_t)snprintf(out + len, size - len, "%s%s",
			    i > 0 ? "|" : "", cells[i]);
	}
	*at = n;
	free(copy);
	return (stop);
}

static void
expect(const char *text, const char *rows)
{
	char out[1000];
	size_t at;

	assert_int_equal(rows_of(text, out, sizeof(out), &at), CSV_END);
	assert_string_equal(out, rows);
}

static void
cells_are_quoted_and_separated(void **state)
{
	char row[200] = "";

	(void)state;
	assert_true(csv_quote("山田", row, sizeof(row)));
	assert_true(csv_quote("", row, sizeof(row)));
	assert_true(csv_quote("a\"b,c\r\nd", row, sizeof(row)));
	assert_string_equal(row, "\"山田\",\"\",\"a\"\"b,c\r\nd\"");
}

static void
what_a_spreadsheet_would_run_is_defused(void **state)
{
	static const char *const live[] = { "=1+1", "+81", "-1", "@SUM(A1)",
		"|cmd", "\t=1", "\r=1", "\n=1", "  =1", "\xe3\x80\x80=1",
		" \xe3\x80\x80 -1", "＝1", "＋1", "－1", "＠x" };
	static const char *const dead[] = { "a=1", "1-1", "", "山田",
		"株式会社＠ホーム", "#1" };
	char row[100];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(live); i++) {
		row[0] = '\0';
		assert_true(csv_quote(live[i], row, sizeof(row)));
		assert_int_equal(strncmp(row, "\"'", 2), 0);
		assert_string_equal(csv_plain(row + 1), row + 2);
	}
	for (i = 0; i < NELEMS(dead); i++) {
		row[0] = '\0';
		assert_true(csv_quote(dead[i], row, sizeof(row)));
		assert_true(row[1] != '\'' || dead[i][0] == '\'');
	}
}

static void
a_cell_that_does_not_fit_leaves_the_row_alone(void **state)
{
	char row[12] = "";

	(void)state;
	assert_true(csv_quote("abc", row, sizeof(row)));
	assert_false(csv_quote("\"\"\"\"", row, sizeof(row)));
	assert_string_equal(row, "\"abc\"");
}

static void
rows_are_read_whatever_ends_their_lines(void **state)
{
	(void)state;
	expect("", "");
	expect("a", "1:a");
	expect("a,b\r\nc,d\r\n", "1:a|b 2:c|d");
	expect("a,b\nc,d", "1:a|b 2:c|d");
	expect("a,b\rc,d\r", "1:a|b 2:c|d");
	expect("a,\n,b\n", "1:a| 2:|b");
	expect("a\n\nb", "1:a 2: 3:b");
	expect(",", "1:|");
}

static void
quotes_hold_separators_lines_and_quotes(void **state)
{
	(void)state;
	expect("\"a,b\",\"c\"\"d\"", "1:a,b|c\"d");
	expect("\"\",\"\"", "1:|");
	expect("\"a\r\nb\"\r\nc", "1:a\r\nb 3:c");
	expect("\"a\rb\",x\nc", "1:a\rb|x 3:c");
	expect("\"\n\n\"\nc", "1:\n\n 4:c");
	expect("a\"b,c\"", "1:a\"b|c\"");
}

static void
what_is_no_row_is_found_with_its_line_and_cell(void **state)
{
	static const struct {
		const char *text;
		enum csv_stop stop;
		size_t at;
	} bad[] = {
		{ "a,\"b", CSV_OPEN_QUOTE, 2 },
		{ "a,\"b\"\"", CSV_OPEN_QUOTE, 2 },
		{ "\"a\"b,c", CSV_AFTER_QUOTE, 1 },
		{ "x\n1,2,\"a\" ", CSV_AFTER_QUOTE, 3 },
		{ "1,2,3,4,5,6,7,8,9", CSV_MANY_CELLS, 8 },
	};
	char out[1000];
	size_t i, at;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		assert_int_equal(
		    rows_of(bad[i].text, out, sizeof(out), &at), bad[i].stop);
		assert_int_equal(at, bad[i].at);
	}
}

static void
files_are_read_in_the_encoding_that_they_have(void **state)
{
	static const struct {
		const char *bytes, *text; /* NULL: neither encoding */
		enum csv_encoding encoding;
	} files[] = {
		{ "山田", "山田", CSV_UTF8 },
		{ "\xef\xbb\xbf山田", "山田", CSV_UTF8 },
		{ "\xef\xbb\xbf", "", CSV_UTF8 },
		{ "", "", CSV_UTF8 },
		{ "abc", "abc", CSV_UTF8 },
		{ "\x8eR\x93"
		  "c",
		    "山田", CSV_CP932 },
		{ "\xfb\xfc\x8b\xb4", "髙橋", CSV_CP932 },
		{ "\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ", CSV_CP932 },
		{ "\xef\xbb\xbf\x8eR", NULL, CSV_UTF8 },
		{ "\x8e", NULL, CSV_UTF8 },
		{ "\xff\xfe", NULL, CSV_UTF8 },
	};
	enum csv_encoding encoding;
	struct fault f = FAULT_INIT;
	char *text;
	size_t i, len;

	(void)state;
	for (i = 0; i < NELEMS(files); i++) {
		assert_true(csv_decode((const uint8_t *)files[i].bytes,
		    strlen(files[i].bytes), &text, &len, &encoding, &f));
		if (files[i].text == NULL) {
			assert_null(text);
			continue;
		}
		assert_non_null(text);
		assert_string_equal(text, files[i].text);
		assert_int_equal(len, strlen(text));
		assert_int_equal(encoding, files[i].encoding);
		tenant_text_free(text);
	}
	assert_true(
	    csv_decode((const uint8_t *)"a\0b", 3, &text, &len, &encoding, &f));
	assert_null(text);
}

static bool
keep(void *to, const void *data, size_t len)
{
	char *text = to;

	assert_true(strlen(text) + len < 1000);
	(void)strncat(text, data, len);
	return (true);
}

static void
what_was_written_is_read_again(void **state)
{
	static const char *const cells[] = { "山田", "=1+1", "'=1", "''-1",
		"'a", "a\"b,c", "", "a\r\nb" };
	struct fault f = FAULT_INIT;
	struct csv_writer *w;
	struct csv_reader r;
	char text[1000] = "", *read[CELLS];
	enum csv_stop stop;
	size_t i, n;

	(void)state;
	assert_non_null(w = csv_writer_new(CSV_UTF8, keep, text, &f));
	for (i = 0; i < NELEMS(cells); i++)
		assert_true(csv_cell(w, cells[i], &f));
	assert_true(csv_row(w, &f));
	csv_finish(w);
	csv_writer_free(w);
	csv_read_text(&r, text + 3, strlen(text) - 3);
	assert_true(csv_read(&r, read, CELLS, &n, &stop));
	assert_int_equal(n, NELEMS(cells));
	for (i = 0; i < n; i++)
		assert_string_equal(csv_plain(read[i]), cells[i]);
	assert_false(csv_read(&r, read, CELLS, &n, &stop));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_and_separated),
		cmocka_unit_test(what_a_spreadsheet_would_run_is_defused),
		cmocka_unit_test(a_cell_that_does_not_fit_leaves_the_row_alone),
		cmocka_unit_test(rows_are_read_whatever_ends_their_lines),
		cmocka_unit_test(quotes_hold_separators_lines_and_quotes),
		cmocka_unit_test(
		    what_is_no_row_is_found_with_its_line_and_cell),
		cmocka_unit_test(files_are_read_in_the_encoding_that_they_have),
		cmocka_unit_test(what_was_written_is_read_again),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
