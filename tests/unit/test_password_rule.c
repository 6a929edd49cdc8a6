#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"

#include "password_rule.h"

static const char *const names[] = { "genkan", "玄関", "aoba-works",
	"株式会社青葉製作所", "hanako.sato" };

static enum password_verdict
judge(const char *password)
{
	return (password_rule_judge(password, 8, names, NELEMS(names)));
}

static void
sentences_and_random_words_are_good(void **state)
{
	static const char *const good[] = { "correct horse battery staple",
		"kx7#Tq!9mWz2", "朝ごはんは納豆と味噌汁", "雨の日も傘を忘れる",
		"tomorrow rains again in kyoto", "青葉製作所の二階で待つ人",
		"genkan no mae ni neko" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(good); i++)
		assert_int_equal(judge(good[i]), PASSWORD_GOOD);
}

static void
length_counts_characters_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(judge("kx7#Tq!"), PASSWORD_TOO_SHORT);
	assert_int_equal(judge("kx7#Tq!9"), PASSWORD_GOOD);
	assert_int_equal(judge("傘を忘れる雨"), PASSWORD_TOO_SHORT);
	assert_int_equal(password_rule_judge("kx7#Tq!9mWz", 12, NULL, 0),
	    PASSWORD_TOO_SHORT);
	assert_int_equal(
	    password_rule_judge("kx7#Tq!9mWz ", 12, NULL, 0), PASSWORD_GOOD);
}

static void
what_everybody_uses_is_refused_in_any_dress(void **state)
{
	static const char *const common[] = { "password", "Password",
		"PASSWORD1234", "password2026!", "1qaz2wsx3edc", "qwertyuiop",
		"iloveyou", "ｐａｓｓｗｏｒｄ", "p a s s w o r d",
		"administrator", "!!dragon2!!", "unbelievable" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(common); i++)
		assert_int_equal(judge(common[i]), PASSWORD_TOO_COMMON);
}

static void
rows_and_repetitions_are_refused(void **state)
{
	static const char *const common[] = { "aaaaaaaaaaaa", "abcabcabcabc",
		"ああああああああああああ", "dragondragon", "12345678901234",
		"9876543210987654", "abcdefghijklmno", "            ",
		"monkeymonkeymonkey" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(common); i++)
		assert_int_equal(judge(common[i]), PASSWORD_TOO_COMMON);
}

static void
names_that_all_know_make_no_password(void **state)
{
	static const char *const personal[] = { "genkan2026", "Genkan-Genkan-1",
		"aoba-works2026", "玄関玄関玄関玄関", "株式会社青葉製作所1234",
		"hanako.sato99", "ＡＯＢＡ-works genkan" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(personal); i++)
		assert_true(judge(personal[i]) == PASSWORD_TOO_PERSONAL ||
		    judge(personal[i]) == PASSWORD_TOO_COMMON);
	assert_int_equal(judge("genkan2026"), PASSWORD_TOO_PERSONAL);
}

static void
what_is_no_text_is_none(void **state)
{
	(void)state;
	assert_int_equal(
	    judge("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"), PASSWORD_UNREADABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_and_random_words_are_good),
		cmocka_unit_test(length_counts_characters_not_bytes),
		cmocka_unit_test(what_everybody_uses_is_refused_in_any_dress),
		cmocka_unit_test(rows_and_repetitions_are_refused),
		cmocka_unit_test(names_that_all_know_make_no_password),
		cmocka_unit_test(what_is_no_text_is_none),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
