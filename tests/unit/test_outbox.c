#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "outbox.h"

/* By Python's zlib and base64. */
#define PACKED "eJyrVirJV7JSSnRIrUjMLchJ1csqUNJRyk0tLk5MTwVKVNABKNUCAHJtOeY="

static void
opens_what_is_packed_and_what_is_not(void **state)
{
	json_t *payload;

	(void)state;
	assert_non_null(payload = outbox_payload("{\"body\":\"x\"}"));
	assert_string_equal(
	    json_string_value(json_object_get(payload, "body")), "x");
	json_decref(payload);

	assert_non_null(payload = outbox_payload("134 " PACKED));
	assert_string_equal(
	    json_string_value(json_object_get(payload, "to")), "a@example.jp");
	assert_int_equal(
	    json_string_length(json_object_get(payload, "message")), 100);
	json_decref(payload);
}

static void
nothing_else_is_a_payload(void **state)
{
	static const char *const others[] = { "", " ", "[]", "{", "0 " PACKED,
		"133 " PACKED, "135 " PACKED, "134" PACKED, "-1 " PACKED,
		"1048577 " PACKED, "99999999999999999999 " PACKED,
		"134 " PACKED "AAAA", "134 x", "134 ", "134" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(others); i++)
		assert_null(outbox_payload(others[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_is_packed_and_what_is_not),
		cmocka_unit_test(nothing_else_is_a_payload),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
