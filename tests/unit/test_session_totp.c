#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fault.h"
#include "session_totp.h"
#include "tenant_key.h"

/* "12345678901234567890", the key of RFC 6238 appendix B for SHA-1. */
#define RFC_KEY "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static int64_t
step_of(const char *code, int64_t seconds)
{
	struct fault f = FAULT_INIT;
	int64_t step = -1;

	assert_true(session_totp_step(RFC_KEY, code, seconds, &step, &f));
	return (step);
}

static void
the_vectors_of_rfc_6238_are_accepted_at_their_time(void **state)
{
	/* Its codes have eight digits; ours are their last six. */
	static const struct {
		int64_t seconds;
		const char *code;
	} vectors[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(vectors); i++)
		assert_int_equal(step_of(vectors[i].code, vectors[i].seconds),
		    vectors[i].seconds / 30);
}

static void
a_clock_may_be_one_step_off_and_no_more(void **state)
{
	const int64_t at = 1234567890;

	(void)state;
	assert_int_equal(step_of("005924", at - 30), at / 30);
	assert_int_equal(step_of("005924", at + 30), at / 30);
	assert_int_equal(step_of("005924", at - 60), 0);
	assert_int_equal(step_of("005924", at + 60), 0);
}

static void
what_is_no_six_digits_is_no_code(void **state)
{
	static const char *const wrong[] = { "", "05924", "0059240", "00592a",
		"-05924", "+05924", " 05924", "005924 ", "89005924",
		"\xef\xbc\x90" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++)
		assert_int_equal(step_of(wrong[i], 1234567890), 0);
	assert_int_equal(step_of("005925", 1234567890), 0);
}

static void
a_secret_has_160_bits_of_its_own(void **state)
{
	char one[SESSION_TOTP_CHARS + 1], two[SESSION_TOTP_CHARS + 1];

	(void)state;
	session_totp_make(one);
	session_totp_make(two);
	assert_int_equal(strlen(one), 32);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	assert_string_not_equal(one, two);
}

static void
a_torn_secret_is_a_fault_and_never_a_match(void **state)
{
	struct fault f = FAULT_INIT;
	int64_t step = -1;

	(void)state;
	assert_false(session_totp_step("not base32!", "005924", 59, &step, &f));
	assert_int_equal(f.kind, FAULT_BUG);
	assert_int_equal(step, 0);
}

static void
the_address_escapes_what_is_not_unreserved(void **state)
{
	char *uri = session_totp_uri(
	    "\xe6\x9c\xaa\xe6\x9d\xa5 & Co:?", "a+b@example.jp", RFC_KEY);

	(void)state;
	assert_non_null(uri);
	assert_string_equal(uri,
	    "otpauth://totp/%E6%9C%AA%E6%9D%A5%20%26%20Co%3A%3F:"
	    "a%2Bb%40example.jp?secret=" RFC_KEY
	    "&issuer=%E6%9C%AA%E6%9D%A5%20%26%20Co%3A%3F"
	    "&algorithm=SHA1&digits=6&period=30");
	tenant_text_free(uri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_vectors_of_rfc_6238_are_accepted_at_their_time),
		cmocka_unit_test(a_clock_may_be_one_step_off_and_no_more),
		cmocka_unit_test(what_is_no_six_digits_is_no_code),
		cmocka_unit_test(a_secret_has_160_bits_of_its_own),
		cmocka_unit_test(a_torn_secret_is_a_fault_and_never_a_match),
		cmocka_unit_test(the_address_escapes_what_is_not_unreserved),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
