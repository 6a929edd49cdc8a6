#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "role.h"

static void
names_and_bits_agree(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROLE_COUNT; i++)
		assert_int_equal(role_parse(role_name(i)), 1U << i);
	assert_int_equal(role_parse("member"), ROLE_MEMBER);
	assert_int_equal(role_parse("reception"), ROLE_RECEPTION);
	assert_int_equal(role_parse("operations_admin"), ROLE_OPERATIONS_ADMIN);
	assert_int_equal(role_parse("account_admin"), ROLE_ACCOUNT_ADMIN);
	assert_int_equal(role_parse("system_admin"), ROLE_SYSTEM_ADMIN);
}

static void
only_whole_names_count(void **state)
{
	(void)state;
	assert_int_equal(role_parse(""), 0);
	assert_int_equal(
	    role_parse("member reception"), ROLE_MEMBER | ROLE_RECEPTION);
	assert_int_equal(role_parse(" member  "), ROLE_MEMBER);
	assert_int_equal(role_parse("members"), 0);
	assert_int_equal(role_parse("system_admi root SYSTEM_ADMIN"), 0);
}

static void
the_system_administrator_may_all_and_a_member_nothing_special(void **state)
{
	const unsigned rights[] = { RIGHT_RECEPTION, RIGHT_OPERATIONS,
		RIGHT_ALL_VISITS, RIGHT_EXPORT, RIGHT_ACCOUNTS, RIGHT_SYSTEM };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(rights); i++) {
		assert_true((rights[i] & ROLE_SYSTEM_ADMIN) != 0);
		assert_true((rights[i] & ROLE_MEMBER) == 0);
	}
	assert_true((RIGHT_ACCOUNTS & ROLE_OPERATIONS_ADMIN) == 0);
	assert_true((RIGHT_OPERATIONS & ROLE_ACCOUNT_ADMIN) == 0);
	assert_true((RIGHT_EXPORT & ROLE_RECEPTION) == 0);
	assert_int_equal(RIGHT_SYSTEM, ROLE_SYSTEM_ADMIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_bits_agree),
		cmocka_unit_test(only_whole_names_count),
		cmocka_unit_test(
		    the_system_administrator_may_all_and_a_member_nothing_special),
	};

	return (cmocka_run_group_tests_name("role", tests, NULL, NULL));
}
