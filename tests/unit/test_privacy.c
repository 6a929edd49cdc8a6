/* What a visitor's wish to be deleted means, by where their visit stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "clock.h"
#include "privacy.h"
#include "text.h"

#define VISIT "0190a3c2-0000-7000-8000-00000000000a"

static char email[] = "guest@example.jp";

/* What deleting does for a guest whose appointment ends in ${minutes}. */
static enum privacy_deletion
deletion(struct guest guest, struct appointment appointment, int minutes,
    bool inside)
{
	struct pass_page page = { .inside = inside, .guest = &guest };

	appointment.ends_at = clock_now() + INT64_C(60000) * minutes;
	page.appointment = appointment;
	return (privacy_deletion(&page));
}

static void
who_is_yet_to_come_says_that_they_do_not(void **state)
{
	const struct guest with = { .state = GUEST_EXPECTED, .email = email };
	const struct guest without = { .state = GUEST_EXPECTED };
	const struct appointment booked = { .state = APPOINTMENT_BOOKED };

	(void)state;
	assert_int_equal(deletion(with, booked, 60, false), PRIVACY_CANCEL);
	assert_int_equal(deletion(without, booked, 60, false), PRIVACY_CANCEL);
}

static void
who_is_inside_leaves_first_whatever_else_holds(void **state)
{
	const struct guest guest = { .state = GUEST_EXPECTED, .email = email };
	const struct appointment booked = { .state = APPOINTMENT_BOOKED };
	const struct appointment off = { .state = APPOINTMENT_CANCELLED };

	(void)state;
	assert_int_equal(deletion(guest, booked, 60, true), PRIVACY_LATER);
	assert_int_equal(deletion(guest, booked, -60, true), PRIVACY_LATER);
	assert_int_equal(deletion(guest, off, 60, true), PRIVACY_LATER);
}

static void
the_address_of_the_page_alone_erases_nobody(void **state)
{
	struct guest guest = { .state = GUEST_EXPECTED };
	const struct appointment booked = { .state = APPOINTMENT_BOOKED };
	const struct appointment off = { .state = APPOINTMENT_CANCELLED };

	(void)state;
	/* Over, called off, or the guest taken from the list. */
	assert_int_equal(deletion(guest, booked, -1, false), PRIVACY_ASK);
	assert_int_equal(deletion(guest, off, 60, false), PRIVACY_ASK);
	guest.email = email;
	assert_int_equal(deletion(guest, booked, -1, false), PRIVACY_GRANT);
	assert_int_equal(deletion(guest, off, 60, false), PRIVACY_GRANT);
	guest.state = GUEST_REMOVED;
	assert_int_equal(deletion(guest, booked, 60, false), PRIVACY_GRANT);
}

static void
after_a_visit_only_a_period_has_more_of_them(void **state)
{
	struct guest guest = { .state = GUEST_EXPECTED, .email = email };
	const struct appointment single = { .state = APPOINTMENT_BOOKED };
	const struct appointment period = { .state = APPOINTMENT_BOOKED,
		.kind = APPOINTMENT_PERIOD };

	(void)state;
	text_copy(guest.visit_id, sizeof(guest.visit_id), VISIT);
	assert_int_equal(deletion(guest, single, 60, false), PRIVACY_GRANT);
	assert_int_equal(deletion(guest, period, 60, false), PRIVACY_CANCEL);
	assert_int_equal(deletion(guest, period, -60, false), PRIVACY_GRANT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_yet_to_come_says_that_they_do_not),
		cmocka_unit_test(
		    who_is_inside_leaves_first_whatever_else_holds),
		cmocka_unit_test(the_address_of_the_page_alone_erases_nobody),
		cmocka_unit_test(after_a_visit_only_a_period_has_more_of_them),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
