/* Base64 as callers and clients write it: only the canonical form is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "text.h"

static void
refused(const char *in)
{
	uint8_t *out;
	size_t len;

	if (text_unbase64(in, &out, &len))
		fail_msg("\"%s\" is taken", in);
}

static void
bytes_come_back(void **state)
{
	uint8_t bytes[200], *out;
	size_t n, len;
	char *b64;

	(void)state;
	for (n = 0; n < sizeof(bytes); n++) {
		bytes[n] = (uint8_t)(n * 37);
		b64 = text_base64(bytes, n);
		assert_non_null(b64);
		assert_true(text_unbase64(b64, &out, &len));
		assert_int_equal(len, n);
		assert_memory_equal(out, bytes, n);
		free(out);
		free(b64);
	}
}

static void
another_spelling_is_refused(void **state)
{
	(void)state;
	refused("QQ");
	refused("QQ=");
	refused("QR==");
	refused("QUJD\n");
	refused(" QUJD   ");
	refused("QQ==QQ==");
	refused("====");
	refused("QU-D");
}

/*
 * OpenSSL cuts white space off; what is wiped then is shorter than what came.
 * The neighbours in memory must stay as they are.
 */
static void
white_space_around_it_harms_no_other_memory(void **state)
{
	char in[1001], *neighbours[64];
	size_t i, j, spaces;

	(void)state;
	for (spaces = 4; spaces < 900; spaces += 4) {
		memset(in, ' ', sizeof(in));
		memcpy(in, "QUJD", 4);
		in[4 + spaces] = '\0';
		for (i = 0; i < 64; i++) {
			neighbours[i] = malloc(16);
			assert_non_null(neighbours[i]);
			memset(neighbours[i], 'x', 16);
		}
		for (i = 0; i < 64; i += 2) {
			free(neighbours[i]);
			neighbours[i] = NULL;
		}
		refused(in);
		for (i = 1; i < 64; i += 2) {
			for (j = 0; j < 16; j++)
				assert_int_equal(neighbours[i][j], 'x');
			free(neighbours[i]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(another_spelling_is_refused),
		cmocka_unit_test(white_space_around_it_harms_no_other_memory),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
