#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fault.h"
#include "session_password.h"

static void
the_right_password_fits_and_others_do_not(void **state)
{
	struct fault f = FAULT_INIT;
	char stored[SESSION_PASSWORD_SIZE];

	(void)state;
	assert_true(session_password_hash("correct horse battery", stored, &f));
	assert_int_equal(strncmp(stored, "$argon2id$v=19$", 15), 0);
	assert_true(session_password_fits("correct horse battery", stored));
	assert_false(session_password_fits("correct horse batter", stored));
	assert_false(session_password_fits("Correct horse battery", stored));
	assert_false(session_password_fits("", stored));
	assert_false(session_password_fits("\xff", stored));
	assert_false(session_password_is_old(stored));
}

static void
the_same_password_is_stored_differently_each_time(void **state)
{
	struct fault f = FAULT_INIT;
	char a[SESSION_PASSWORD_SIZE], b[SESSION_PASSWORD_SIZE];

	(void)state;
	assert_true(session_password_hash("correct horse battery", a, &f));
	assert_true(session_password_hash("correct horse battery", b, &f));
	assert_string_not_equal(a, b);
}

static void
either_width_of_a_keyboard_is_the_same_password(void **state)
{
	struct fault f = FAULT_INIT;
	char stored[SESSION_PASSWORD_SIZE];

	(void)state;
	assert_true(
	    session_password_hash("ｐａｓｓ　ｗｏｒｄ　１２", stored, &f));
	assert_true(session_password_fits("pass word 12", stored));
}

static void
the_longest_fits(void **state)
{
	struct fault f = FAULT_INIT;
	char stored[SESSION_PASSWORD_SIZE], longest[128 * 3 + 1] = "";
	int i;

	(void)state;
	/* Of which NFKC makes eighteen characters each. */
	for (i = 0; i < 128; i++)
		memcpy(&longest[3 * i], "\xef\xb7\xba", 4);
	assert_true(session_password_hash(longest, stored, &f));
	assert_true(session_password_fits(longest, stored));
	longest[3 * 127] = '\0';
	assert_false(session_password_fits(longest, stored));
}

static void
nobody_has_a_password(void **state)
{
	(void)state;
	assert_false(session_password_fits("", NULL));
	assert_false(session_password_fits("anything at all", NULL));
}

static void
other_parameters_are_known_as_old(void **state)
{
	/* argon2id, 19 MiB, t=2: what OWASP calls the least. */
	static const char weak[] =
	    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
	    "3rVvPkTAQSyZSAZR3CkB8eXWBQeV9V3cVdWlg0xnGq8";

	(void)state;
	assert_true(session_password_is_old(weak));
	assert_true(session_password_is_old("no hash"));
	assert_false(session_password_fits("password", weak));
	assert_false(session_password_fits("password", "no hash"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_password_fits_and_others_do_not),
		cmocka_unit_test(
		    the_same_password_is_stored_differently_each_time),
		cmocka_unit_test(
		    either_width_of_a_keyboard_is_the_same_password),
		cmocka_unit_test(the_longest_fits),
		cmocka_unit_test(nobody_has_a_password),
		cmocka_unit_test(other_parameters_are_known_as_old),
	};

	return (
	    cmocka_run_group_tests_name("session_password", tests, NULL, NULL));
}
