/* Who may do what to which member, and what counts as a change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "member.h"
#include "role.h"

#define ME    "0190a3c2-0000-7000-8000-00000000000a"
#define OTHER "0190a3c2-0000-7000-8000-00000000000b"

static struct member
member_with(const char *id, unsigned roles, enum member_state state)
{
	static char name[] = "name", email[] = "a@example.jp",
		    offices[] = "1 2", departments[] = "b\nc";
	struct member m = { .name = name,
		.email = email,
		.language = "ja",
		.roles = roles,
		.state = state,
		.offices = offices,
		.departments = departments };

	(void)memcpy(m.id, id, sizeof(m.id));
	return (m);
}

static void
each_rule_is_kept(void **state)
{
	enum { A = ROLE_ACCOUNT_ADMIN, S = ROLE_SYSTEM_ADMIN, M = ROLE_MEMBER };
	static const struct {
		unsigned mine, had, gets;
		bool self;
		enum member_state state;
		enum member_standing standing;
		size_t others;
		enum member_verdict verdict;
	} rules[] = {
		/* account_admin over plain members */
		{ A, M, A, false, MEMBER_ACTIVE, MEMBER_STAY, 1, MEMBER_OK },
		{ A, M, 0, false, MEMBER_ACTIVE, MEMBER_DISABLE, 1, MEMBER_OK },
		{ A, M, 0, false, MEMBER_DISABLED, MEMBER_ENABLE, 1,
		    MEMBER_OK },
		/* but not over system administrators */
		{ A, M, S, false, MEMBER_ACTIVE, MEMBER_STAY, 1,
		    MEMBER_NOT_ALLOWED },
		{ A, S, M, false, MEMBER_ACTIVE, MEMBER_STAY, 1,
		    MEMBER_NOT_ALLOWED },
		{ A, S, 0, false, MEMBER_ACTIVE, MEMBER_DISABLE, 1,
		    MEMBER_NOT_ALLOWED },
		{ A, S, 0, false, MEMBER_DISABLED, MEMBER_ENABLE, 1,
		    MEMBER_NOT_ALLOWED },
		{ A, S | M, S, false, MEMBER_ACTIVE, MEMBER_STAY, 1,
		    MEMBER_OK },
		/* nor over oneself */
		{ A, A, A | ROLE_RECEPTION, true, MEMBER_ACTIVE, MEMBER_STAY, 1,
		    MEMBER_NOT_ALLOWED },
		{ A, A | M, A, true, MEMBER_ACTIVE, MEMBER_STAY, 1, MEMBER_OK },
		{ A, A, 0, true, MEMBER_ACTIVE, MEMBER_DISABLE, 1,
		    MEMBER_SELF },
		{ S, S, S | M, true, MEMBER_ACTIVE, MEMBER_STAY, 0, MEMBER_OK },
		/* one system administrator stays */
		{ S, S, M, true, MEMBER_ACTIVE, MEMBER_STAY, 0,
		    MEMBER_LAST_ADMIN },
		{ S, S, M, true, MEMBER_ACTIVE, MEMBER_STAY, 1, MEMBER_OK },
		{ S, S, 0, false, MEMBER_ACTIVE, MEMBER_DISABLE, 0,
		    MEMBER_LAST_ADMIN },
		{ S, S, 0, false, MEMBER_ACTIVE, MEMBER_DISABLE, 1, MEMBER_OK },
		/* one who never came in is none yet */
		{ S, S, 0, false, MEMBER_INVITED, MEMBER_DISABLE, 0,
		    MEMBER_OK },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(rules); i++) {
		const struct member m = member_with(
		    rules[i].self ? ME : OTHER, rules[i].had, rules[i].state);
		const struct member_change c = { .roles = rules[i].gets,
			.standing = rules[i].standing };

		assert_int_equal(
		    member_judge(ME, rules[i].mine, &m, &c, rules[i].others),
		    rules[i].verdict);
	}
}

static void
what_says_the_same_is_no_change(void **state)
{
	const struct member m = member_with(OTHER, ROLE_MEMBER, MEMBER_ACTIVE);
	static const struct {
		struct member_change change;
		bool differs;
	} cases[] = {
		{ { .name = NULL }, false },
		{ { .name = "name", .language = "ja", .roles = ROLE_MEMBER },
		    false },
		{ { .has_kana = true }, false },
		{ { .offices = "2 1", .departments = "c\nb" }, false },
		{ { .offices = "1 1 2" }, false },
		{ { .standing = MEMBER_ENABLE }, false },
		{ { .name = "other" }, true },
		{ { .has_kana = true, .kana = "kana" }, true },
		{ { .language = "en" }, true },
		{ { .roles = ROLE_MEMBER | ROLE_RECEPTION }, true },
		{ { .offices = "" }, true },
		{ { .offices = "1" }, true },
		{ { .offices = "1 2 3" }, true },
		{ { .offices = "12" }, true },
		{ { .departments = "b c" }, true },
		{ { .standing = MEMBER_DISABLE }, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(cases); i++)
		assert_int_equal(
		    member_differs(&m, &cases[i].change), cases[i].differs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_is_kept),
		cmocka_unit_test(what_says_the_same_is_no_change),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
