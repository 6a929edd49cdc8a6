#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fault.h"
#include "secret.h"
#include "sigv4.h"

/*
 * The signatures were made with botocore 1.43, which shares nothing with
 * sigv4.c.  Each test spoils one thing.
 */
#define REGION "ap-northeast-1"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define NOW    INT64_C(1795220430) /* 2026-11-21T00:20:30Z */
#define BODY   "{\"KeyId\":\"alias/test-1\"}"
#define AUTH(scope, headers, signature)                  \
	"AWS4-HMAC-SHA256 Credential=genkan-test/" scope \
	", SignedHeaders=" headers ", Signature=" signature
#define SCOPE "20261121/ap-northeast-1/kms/aws4_request"
#define USUAL "content-type;host;x-amz-date;x-amz-target"
#define GOOD  "ec0bd4b74de45d2d5a2efc32c158e4a3132026d7f04c46f72d0281124e8cd4d2"
#define EMPTY "948fbf611eb7b20cc6968111e2f6168ac397141c9c4d1a171163047873fc17e3"
#define META  "ba6578fb5511eeca8787b672a1858e37391f02e97e8847f7cc2e7b0bc462b7f4"

enum { HOST, TYPE, TARGET, DATE, AUTHORIZATION, EXTRA };

static struct sigv4_request
good(void)
{
	return ((struct sigv4_request) {
	    .method = "POST",
	    .target = "/",
	    .headers = {
		[HOST] = { "Host", "kms.local" },
		[TYPE] = { "Content-Type", "application/x-amz-json-1.1" },
		[TARGET] = { "X-Amz-Target", "TrentService.DescribeKey" },
		[DATE] = { "X-Amz-Date", "20261121T002030Z" },
		[AUTHORIZATION] = { "Authorization", AUTH(SCOPE, USUAL, GOOD) },
	    },
	    .nheaders = 5,
	    .body = (const uint8_t *)BODY,
	    .len = sizeof(BODY) - 1,
	});
}

static enum kms_error
verdict(const struct sigv4_request *r, int64_t now, const char *secret)
{
	struct sigv4 read;
	enum kms_error error = sigv4_read(r, REGION, now, &read);

	if (error != KMS_OK)
		return (error);
	assert_string_equal(read.access_key, "genkan-test");
	return (sigv4_verify(r, REGION, &read, secret) ? KMS_OK
						       : KMS_INVALID_SIGNATURE);
}

static void
assert_verdict(const struct sigv4_request *r, enum kms_error expected)
{
	assert_int_equal(verdict(r, NOW, SECRET), expected);
}

static void
what_botocore_signed_verifies(void **state)
{
	struct sigv4_request r = good();

	(void)state;
	assert_verdict(&r, KMS_OK);

	r.headers[AUTHORIZATION].value = AUTH(SCOPE, USUAL, EMPTY);
	r.len = 0;
	assert_verdict(&r, KMS_OK);

	r = good();
	r.headers[AUTHORIZATION].value = AUTH(SCOPE,
	    "content-type;host;x-amz-date;x-amz-meta;x-amz-target", META);
	r.headers[EXTRA] =
	    (struct sigv4_header){ "X-Amz-Meta", " two  \t spaces " };
	r.nheaders = 6;
	assert_verdict(&r, KMS_OK);
}

static void
a_header_that_is_not_signed_does_not_matter(void **state)
{
	struct sigv4_request r = good();

	(void)state;
	r.headers[EXTRA] = (struct sigv4_header){ "User-Agent", "curl" };
	r.nheaders = 6;
	assert_verdict(&r, KMS_OK);
}

static void
another_secret_does_not_verify(void **state)
{
	struct sigv4_request r = good();

	(void)state;
	assert_int_equal(
	    verdict(&r, NOW, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ"),
	    KMS_INVALID_SIGNATURE);
	assert_int_equal(verdict(&r, NOW, ""), KMS_INVALID_SIGNATURE);
}

static void
every_signed_header_is_bound(void **state)
{
	static const char *const other[] = {
		[HOST] = "kms.other",
		[TYPE] = "application/x-amz-json-1.0",
		[TARGET] = "TrentService.ScheduleKeyDeletion",
		[DATE] = "20261121T002031Z",
	};
	struct sigv4_request r;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(other); i++) {
		r = good();
		r.headers[i].value = other[i];
		assert_verdict(&r, KMS_INVALID_SIGNATURE);
	}
}

static void
every_byte_of_the_body_is_bound(void **state)
{
	struct sigv4_request r = good();
	uint8_t body[sizeof(BODY)];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(BODY) - 1; i++) {
		memcpy(body, BODY, sizeof(body));
		body[i] ^= 1;
		r.body = body;
		assert_verdict(&r, KMS_INVALID_SIGNATURE);
	}
	r.body = (const uint8_t *)BODY "x";
	r.len = sizeof(BODY);
	assert_verdict(&r, KMS_INVALID_SIGNATURE);
	r.len = sizeof(BODY) - 2;
	assert_verdict(&r, KMS_INVALID_SIGNATURE);
}

static void
every_digit_of_the_signature_counts(void **state)
{
	char text[] = AUTH(SCOPE, USUAL, GOOD);
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	r.headers[AUTHORIZATION].value = text;
	for (i = sizeof(text) - 65; i < sizeof(text) - 1; i++) {
		const char was = text[i];

		text[i] = was == '0' ? '1' : '0';
		assert_verdict(&r, KMS_INVALID_SIGNATURE);
		text[i] = 'g';
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
		text[i] = was;
	}
	assert_verdict(&r, KMS_OK);
}

static void
only_a_post_to_the_root_is_taken(void **state)
{
	static const char *const targets[] = { "", "/x", "//", "/?", "/?a=b",
		"*", "http://kms.local/" };
	struct sigv4_request r;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(targets); i++) {
		r = good();
		r.target = targets[i];
		assert_verdict(&r, KMS_UNKNOWN_OPERATION);
	}
	r = good();
	r.method = "GET";
	assert_verdict(&r, KMS_UNKNOWN_OPERATION);
	r.method = "post";
	assert_verdict(&r, KMS_UNKNOWN_OPERATION);
}

static void
a_header_twice_is_refused(void **state)
{
	static const struct sigv4_header twice[] = {
		{ "x-amz-target", "TrentService.ScheduleKeyDeletion" },
		{ "HOST", "kms.local" },
		{ "X-Amz-Date", "20261121T002030Z" },
		{ "authorization", "x" },
		{ "Content-type", "application/x-amz-json-1.1" },
	};
	struct sigv4_request r;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(twice); i++) {
		r = good();
		r.headers[EXTRA] = twice[i];
		r.nheaders = 6;
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
}

static void
a_body_in_chunks_is_refused(void **state)
{
	struct sigv4_request r = good();

	(void)state;
	r.headers[EXTRA] =
	    (struct sigv4_header){ "Transfer-Encoding", "chunked" };
	r.nheaders = 6;
	assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
}

static void
host_date_and_target_must_be_signed(void **state)
{
	static const char *const without[] = {
		AUTH(SCOPE, "content-type;x-amz-date;x-amz-target", GOOD),
		AUTH(SCOPE, "content-type;host;x-amz-target", GOOD),
		AUTH(SCOPE, "content-type;host;x-amz-date", GOOD),
		AUTH(
		    SCOPE, "content-type;host;x-amz-date;x-amz-target-x", GOOD),
	};
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(without); i++) {
		r.headers[AUTHORIZATION].value = without[i];
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
}

static void
signed_headers_must_ascend_and_exist(void **state)
{
	static const char *const wrong[] = {
		AUTH(SCOPE, "host;content-type;x-amz-date;x-amz-target", GOOD),
		AUTH(SCOPE, "content-type;host;host;x-amz-date;x-amz-target",
		    GOOD),
		AUTH(SCOPE, "content-type;Host;host;x-amz-date;x-amz-target",
		    GOOD),
		AUTH(SCOPE, ";content-type;host;x-amz-date;x-amz-target", GOOD),
		AUTH(SCOPE, "content-type;host;x-amz-date;x-amz-target;", GOOD),
	};
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++) {
		r.headers[AUTHORIZATION].value = wrong[i];
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
	r.headers[AUTHORIZATION].value = AUTH(
	    SCOPE, "content-type;expect;host;x-amz-date;x-amz-target", GOOD);
	assert_verdict(&r, KMS_INVALID_SIGNATURE);
}

static void
another_scope_is_refused(void **state)
{
	static const char *const wrong[] = {
		AUTH("20261121/us-east-1/kms/aws4_request", USUAL, GOOD),
		AUTH("20261121/ap-northeast-1/s3/aws4_request", USUAL, GOOD),
		AUTH("20261121/ap-northeast-1/kms/aws5_request", USUAL, GOOD),
		AUTH("20261120/ap-northeast-1/kms/aws4_request", USUAL, GOOD),
		AUTH("20261121/ap-northeast-1/kms", USUAL, GOOD),
		AUTH("20261121/ap-northeast-1/kms/aws4_request/x", USUAL, GOOD),
		AUTH("2026112x/ap-northeast-1/kms/aws4_request", USUAL, GOOD),
	};
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++) {
		r.headers[AUTHORIZATION].value = wrong[i];
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
}

static void
a_clock_off_by_more_than_five_minutes_is_refused(void **state)
{
	struct sigv4_request r = good();

	(void)state;
	assert_int_equal(verdict(&r, NOW + 300, SECRET), KMS_OK);
	assert_int_equal(verdict(&r, NOW - 300, SECRET), KMS_OK);
	assert_int_equal(verdict(&r, NOW + 301, SECRET), KMS_INVALID_SIGNATURE);
	assert_int_equal(verdict(&r, NOW - 301, SECRET), KMS_INVALID_SIGNATURE);
}

static void
a_date_must_be_one(void **state)
{
	static const char *const wrong[] = { "", "20261121T002030",
		"20261121T002030z", "20261121 002030Z", "20261121T002060Z",
		"20261121T242030Z", "20261131T002030Z", "20261121T0020300Z" };
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++) {
		r.headers[DATE].value = wrong[i];
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
}

static void
a_broken_authorization_is_refused(void **state)
{
	static const char *const wrong[] = { "", "Basic Zm9v",
		"AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ",
		"AWS4-HMAC-SHA512 Credential=genkan-test/" SCOPE
		", SignedHeaders=" USUAL ", Signature=" GOOD,
		"AWS4-HMAC-SHA256 Credential=genkan-test/" SCOPE
		", SignedHeaders=" USUAL,
		"AWS4-HMAC-SHA256 SignedHeaders=" USUAL ", Signature=" GOOD,
		"AWS4-HMAC-SHA256 Credential=genkan-test/" SCOPE
		", Signature=" GOOD,
		AUTH(SCOPE, USUAL, GOOD) ", Signature=" GOOD,
		AUTH(SCOPE, USUAL, GOOD) ", More=1",
		AUTH(SCOPE, USUAL, GOOD) "0" };
	struct sigv4_request r = good();
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++) {
		r.headers[AUTHORIZATION].value = wrong[i];
		assert_verdict(&r, KMS_INCOMPLETE_SIGNATURE);
	}
	r = good();
	r.headers[AUTHORIZATION] = (struct sigv4_header){ "X-Nothing", "" };
	assert_verdict(&r, KMS_MISSING_TOKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_botocore_signed_verifies),
		cmocka_unit_test(a_header_that_is_not_signed_does_not_matter),
		cmocka_unit_test(another_secret_does_not_verify),
		cmocka_unit_test(every_signed_header_is_bound),
		cmocka_unit_test(every_byte_of_the_body_is_bound),
		cmocka_unit_test(every_digit_of_the_signature_counts),
		cmocka_unit_test(only_a_post_to_the_root_is_taken),
		cmocka_unit_test(a_header_twice_is_refused),
		cmocka_unit_test(a_body_in_chunks_is_refused),
		cmocka_unit_test(host_date_and_target_must_be_signed),
		cmocka_unit_test(signed_headers_must_ascend_and_exist),
		cmocka_unit_test(another_scope_is_refused),
		cmocka_unit_test(
		    a_clock_off_by_more_than_five_minutes_is_refused),
		cmocka_unit_test(a_date_must_be_one),
		cmocka_unit_test(a_broken_authorization_is_refused),
	};
	struct fault f = FAULT_INIT;

	if (!secret_boot(&f))
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
