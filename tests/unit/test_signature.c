#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "signature.h"
#include "text.h"

/* RFC 6979 A.2.5: P-256, SHA-256, messages "sample" and "test". */
#define KEY                                                                \
	"04"                                                               \
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" \
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define SAMPLE                                                             \
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" \
	"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define TEST                                                               \
	"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" \
	"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"

static uint8_t key[SIGNATURE_KEY_BYTES], sample[SIGNATURE_BYTES],
    test[SIGNATURE_BYTES];

static int
read_vectors(void **state)
{
	(void)state;
	assert_true(text_unhex(KEY, key, sizeof(key)));
	assert_true(text_unhex(SAMPLE, sample, sizeof(sample)));
	assert_true(text_unhex(TEST, test, sizeof(test)));
	return (0);
}

static void
the_vectors_of_rfc_6979_verify(void **state)
{
	(void)state;
	assert_true(signature_verify(key, "sample", 6, sample));
	assert_true(signature_verify(key, "test", 4, test));
	assert_false(signature_verify(key, "test", 4, sample));
	assert_false(signature_verify(key, "sampl", 5, sample));
}

static void
no_bit_of_a_signature_may_change(void **state)
{
	uint8_t bad[SIGNATURE_BYTES];
	size_t bit;

	(void)state;
	for (bit = 0; bit < 8 * sizeof(bad); bit++) {
		memcpy(bad, sample, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_false(signature_verify(key, "sample", 6, bad));
	}
}

static void
zero_and_too_large_numbers_are_no_signature(void **state)
{
	uint8_t bad[SIGNATURE_BYTES];

	(void)state;
	memset(bad, 0, sizeof(bad));
	assert_false(signature_verify(key, "sample", 6, bad));
	memset(bad, 0xff, sizeof(bad));
	assert_false(signature_verify(key, "sample", 6, bad));
	memcpy(bad, sample, sizeof(bad));
	memset(bad, 0, sizeof(bad) / 2);
	assert_false(signature_verify(key, "sample", 6, bad));
	memcpy(bad, sample, sizeof(bad));
	memset(bad + sizeof(bad) / 2, 0, sizeof(bad) / 2);
	assert_false(signature_verify(key, "sample", 6, bad));
}

static void
only_points_of_the_curve_are_keys(void **state)
{
	uint8_t bad[SIGNATURE_KEY_BYTES];
	size_t bit;

	(void)state;
	assert_true(signature_key_is_good(key, sizeof(key)));
	assert_false(signature_key_is_good(key, sizeof(key) - 1));
	for (bit = 0; bit < 8 * sizeof(bad); bit++) {
		memcpy(bad, key, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_false(signature_key_is_good(bad, sizeof(bad)));
		assert_false(signature_verify(bad, "sample", 6, sample));
	}
	memset(bad, 0, sizeof(bad));
	assert_false(signature_key_is_good(bad, sizeof(bad)));
	bad[0] = 4;
	assert_false(signature_key_is_good(bad, sizeof(bad)));
}

/* The key of RFC 6979 A.2.5 again, in SEC 1 DER. */
static void
only_a_key_of_the_curve_signs(void **state)
{
	static const char private_key[] =
	    "MDECAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49"
	    "AwEH";
	uint8_t der[SIGNATURE_DER_MAX];
	char pem[SIGNATURE_PEM_SIZE];
	size_t len;

	(void)state;
	assert_false(signature_sign("", "x", 1, der, &len, pem));
	assert_false(signature_sign("AAAA", "x", 1, der, &len, pem));
	assert_true(signature_sign(private_key, "sample", 6, der, &len, pem));
	assert_in_range(len, 8, SIGNATURE_DER_MAX);
	assert_int_equal(der[0], 0x30);
	assert_int_equal(strncmp(pem, "-----BEGIN PUBLIC KEY-----", 26), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_6979_verify),
		cmocka_unit_test(only_a_key_of_the_curve_signs),
		cmocka_unit_test(no_bit_of_a_signature_may_change),
		cmocka_unit_test(zero_and_too_large_numbers_are_no_signature),
		cmocka_unit_test(only_points_of_the_curve_are_keys),
	};

	return (cmocka_run_group_tests_name(
	    "signature", tests, read_vectors, NULL));
}
