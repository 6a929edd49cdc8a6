#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "schedule.h"
#include "sign.h"

static long
delay(enum job_kind kind, const char *topic, int attempt, long wait)
{
	struct job job = { .kind = kind, .attempt = attempt, .wait = wait };

	(void)strncpy(job.topic, topic, sizeof(job.topic) - 1);
	return (schedule_delay(&job));
}

static void
webhooks_are_tried_for_days_and_then_no_more(void **state)
{
	static const long steps[] = { 5, 300, 1800, 7200, 18000, 36000, 50400,
		72000, 86400 };
	int i, j;

	(void)state;
	for (i = 0; i < (int)NELEMS(steps); i++) {
		for (j = 0; j < 200; j++) {
			long d = delay(JOB_WEBHOOK, "visit.left", i + 1, 0);

			assert_in_range(
			    d, steps[i] * 8 / 10, steps[i] * 12 / 10);
		}
	}
	assert_int_equal(delay(JOB_WEBHOOK, "visit.left", 10, 0), -1);
}

static void
a_notice_that_is_soon_worthless_is_tried_soon(void **state)
{
	(void)state;
	assert_in_range(delay(JOB_SLACK, "visit.arrived", 1, 0), 1, 3);
	assert_in_range(delay(JOB_MAIL, "visit.arrived", 100, 0), 48, 72);
}

static void
an_invitation_is_patient_but_never_gives_up(void **state)
{
	(void)state;
	assert_in_range(delay(JOB_MAIL, "invitation.new", 1, 0), 8, 12);
	assert_in_range(delay(JOB_MAIL, "invitation.new", 500, 0), 720, 1080);
}

static void
what_the_receiver_asks_is_honoured_within_a_day(void **state)
{
	(void)state;
	assert_int_equal(delay(JOB_SLACK, "visit.arrived", 1, 120), 120);
	assert_int_equal(delay(JOB_WEBHOOK, "visit.left", 1, 999999), 86400);
	assert_in_range(delay(JOB_WEBHOOK, "visit.left", 3, 1), 1440, 2160);
}

static void
a_signature_is_the_one_of_the_specification(void **state)
{
	char out[SIGN_SIZE];

	(void)state;
	assert_true(sign_webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	    "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	    "{\"test\": 2432232314}", out));
	assert_string_equal(
	    out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void
nothing_is_signed_without_a_secret(void **state)
{
	char out[SIGN_SIZE];

	(void)state;
	assert_false(sign_webhook(NULL, "a", 1, "b", out));
	assert_false(sign_webhook("", "a", 1, "b", out));
	assert_false(sign_webhook("whsec_", "a", 1, "b", out));
	assert_false(sign_webhook("whsec_!!!!", "a", 1, "b", out));
	assert_false(
	    sign_webhook("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 1, "b", out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(webhooks_are_tried_for_days_and_then_no_more),
		cmocka_unit_test(a_notice_that_is_soon_worthless_is_tried_soon),
		cmocka_unit_test(an_invitation_is_patient_but_never_gives_up),
		cmocka_unit_test(
		    what_the_receiver_asks_is_honoured_within_a_day),
		cmocka_unit_test(a_signature_is_the_one_of_the_specification),
		cmocka_unit_test(nothing_is_signed_without_a_secret),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
