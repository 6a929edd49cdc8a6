#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "blob.h"
#include "fault.h"
#include "secret.h"

#define PLAIN "0123456789abcdef0123456789abcdef"
#define LEN   (sizeof(PLAIN) - 1)
#define SIZE  (LEN + BLOB_OVERHEAD)

static const uint8_t material[32] = { 1, 2, 3 };
static const struct blob_head head = { { 9, 8, 7 }, 5 };

static bool
make(const char *json, struct blob_context *out)
{
	json_t *map = json_loads(json, 0, NULL);
	bool ok;

	assert_non_null(map);
	ok = blob_context_make(map, out);
	json_decref(map);
	return (ok);
}

static void
seal(const char *context, uint8_t blob[SIZE])
{
	struct blob_context c;
	struct fault f = FAULT_INIT;

	assert_true(make(context, &c));
	assert_true(blob_seal(
	    &head, material, &c, (const uint8_t *)PLAIN, LEN, blob, &f));
}

static bool
opens(const char *context, const uint8_t *blob, size_t len)
{
	struct blob_context c;
	uint8_t plain[LEN];

	assert_true(make(context, &c));
	if (!blob_open(material, &c, blob, len, plain))
		return (false);
	return (memcmp(plain, PLAIN, LEN) == 0);
}

static void
a_blob_opens_with_its_context_in_any_order(void **state)
{
	uint8_t blob[SIZE];
	struct blob_head read;

	(void)state;
	seal("{\"tenant\":\"a\",\"use\":\"visitor\"}", blob);
	assert_true(
	    opens("{\"use\":\"visitor\",\"tenant\":\"a\"}", blob, SIZE));
	assert_null(memmem(blob, SIZE, PLAIN, 8));
	assert_true(blob_head(blob, SIZE, &read));
	assert_memory_equal(read.key_id, head.key_id, 16);
	assert_int_equal(read.material, 5);
}

static void
contexts_that_look_alike_differ(void **state)
{
	/* what a serialisation by mere concatenation would mix up */
	static const char *const alike[] = {
		"{\"ab\":\"c\"}",
		"{\"a\":\"bc\"}",
		"{\"abc\":\"\"}",
		"{\"\":\"abc\"}",
		"{}",
		"{\"\":\"\"}",
		"{\"a\":\"b\",\"c\":\"d\"}",
		"{\"a\":\"b\\u0001c\"}",
		"{\"a\":\"d\",\"c\":\"b\"}",
		"{\"AB\":\"c\"}",
		"{\"ab\":\"C\"}",
		"{\"ab\":\"c \"}",
	};
	struct blob_context x, y;
	uint8_t blob[SIZE];
	size_t i, j;

	(void)state;
	for (i = 0; i < NELEMS(alike); i++) {
		seal(alike[i], blob);
		assert_true(make(alike[i], &x));
		for (j = 0; j < NELEMS(alike); j++) {
			assert_true(make(alike[j], &y));
			assert_int_equal(i == j,
			    x.len == y.len &&
				memcmp(x.bytes, y.bytes, x.len) == 0);
			assert_int_equal(i == j, opens(alike[j], blob, SIZE));
		}
	}
}

static void
no_context_and_an_empty_one_are_the_same(void **state)
{
	struct blob_context none, empty;

	(void)state;
	assert_true(blob_context_make(NULL, &none));
	assert_true(make("{}", &empty));
	assert_int_equal(none.len, 0);
	assert_int_equal(empty.len, 0);
}

static void
every_flipped_bit_is_noticed(void **state)
{
	uint8_t blob[SIZE];
	size_t bit;

	(void)state;
	seal("{\"a\":\"b\"}", blob);
	for (bit = 0; bit < SIZE * 8; bit++) {
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(opens("{\"a\":\"b\"}", blob, SIZE));
		blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(opens("{\"a\":\"b\"}", blob, SIZE));
}

static void
a_shortened_blob_is_noticed(void **state)
{
	uint8_t blob[SIZE];
	struct blob_head read;
	size_t len;

	(void)state;
	seal("{}", blob);
	for (len = 0; len < SIZE; len++) {
		assert_int_equal(
		    blob_head(blob, len, &read), len >= BLOB_OVERHEAD);
		assert_false(opens("{}", blob, len));
	}
}

static void
other_material_does_not_open(void **state)
{
	static const uint8_t other[32] = { 1, 2, 4 };
	struct blob_context c;
	uint8_t blob[SIZE], plain[LEN];

	(void)state;
	seal("{}", blob);
	assert_true(make("{}", &c));
	memset(plain, 'x', sizeof(plain));
	assert_false(blob_open(other, &c, blob, SIZE, plain));
	assert_null(memmem(plain, LEN, PLAIN, 4));
}

static void
two_blobs_of_one_text_share_nothing(void **state)
{
	uint8_t a[SIZE], b[SIZE];

	(void)state;
	seal("{}", a);
	seal("{}", b);
	assert_memory_not_equal(a + 23, b + 23, 16); /* salt */
	assert_memory_not_equal(a + 39, b + 39, 12); /* nonce */
	assert_memory_not_equal(a + 51, b + 51, LEN);
}

static void
a_context_too_large_is_refused(void **state)
{
	struct blob_context c;
	json_t *map = json_object();
	char name[16], *text;
	int i;

	(void)state;
	text = malloc(BLOB_CONTEXT_BYTES + 1);
	assert_non_null(text);
	memset(text, 'x', BLOB_CONTEXT_BYTES);
	text[BLOB_CONTEXT_BYTES] = '\0';
	assert_int_equal(json_object_set_new(map, "a", json_string(text)), 0);
	assert_false(blob_context_make(map, &c));
	free(text);
	json_object_clear(map);
	for (i = 0; i < 257; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(
		    json_object_set_new(map, name, json_string("")), 0);
	}
	assert_false(blob_context_make(map, &c));
	json_object_clear(map);
	assert_int_equal(json_object_set_new(map, "a", json_integer(1)), 0);
	assert_false(blob_context_make(map, &c));
	json_decref(map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blob_opens_with_its_context_in_any_order),
		cmocka_unit_test(contexts_that_look_alike_differ),
		cmocka_unit_test(no_context_and_an_empty_one_are_the_same),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(a_shortened_blob_is_noticed),
		cmocka_unit_test(other_material_does_not_open),
		cmocka_unit_test(two_blobs_of_one_text_share_nothing),
		cmocka_unit_test(a_context_too_large_is_refused),
	};
	struct fault f = FAULT_INIT;

	if (!secret_boot(&f))
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
