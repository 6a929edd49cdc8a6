/* Cursors and id lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cursor.h"
#include "fault.h"
#include "idlist.h"

#define ID_A "0190a3c2-0000-7000-8000-00000000000a"
#define ID_B "0190a3c2-0000-7000-8000-00000000000b"

static void
a_cursor_is_read_as_it_was_written(void **state)
{
	struct cursor c, d;
	char text[CURSOR_SIZE];

	(void)state;
	cursor_set(&c, INT64_C(1795221445696123), ID_A);
	cursor_write(&c, text);
	assert_string_equal(text, "1795221445696123." ID_A);
	assert_true(cursor_read(text, &d));
	assert_string_equal(d.at, c.at);
	assert_string_equal(d.id, c.id);
}

static void
nothing_else_is_a_cursor(void **state)
{
	static const char *const bad[] = { "", "1", ".", "1.", "." ID_A,
		"x." ID_A, "-1." ID_A, "1 ." ID_A, "1." ID_A "x",
		"123456789012345678." ID_A,
		"1.0190A3C2-0000-7000-8000-00000000000A",
		"1." ID_A "' OR true" };
	struct cursor c;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++)
		assert_false(cursor_read(bad[i], &c));
}

static void
ids_become_an_array(void **state)
{
	struct idlist list = IDLIST_INIT;
	struct fault f = FAULT_INIT;
	int i;

	(void)state;
	assert_string_equal(idlist_text(&list), "{}");
	assert_true(idlist_add(&list, ID_A, &f));
	assert_string_equal(idlist_text(&list), "{" ID_A "}");
	assert_true(idlist_add(&list, ID_B, &f));
	assert_string_equal(idlist_text(&list), "{" ID_A "," ID_B "}");
	for (i = 2; i < 500; i++)
		assert_true(idlist_add(&list, ID_B, &f));
	assert_int_equal(strlen(idlist_text(&list)), 500 * 37 + 1);
	idlist_free(&list);
	assert_string_equal(idlist_text(&list), "{}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_is_read_as_it_was_written),
		cmocka_unit_test(nothing_else_is_a_cursor),
		cmocka_unit_test(ids_become_an_array),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
