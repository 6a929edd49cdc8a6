#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "normalise.h"

static void
same(const char *a, const char *b)
{
	char *x = normalise_name(a), *y = normalise_name(b);

	assert_non_null(x);
	assert_non_null(y);
	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void
different(const char *a, const char *b)
{
	char *x = normalise_name(a), *y = normalise_name(b);

	assert_non_null(x);
	assert_non_null(y);
	assert_string_not_equal(x, y);
	free(x);
	free(y);
}

static void
names_that_people_take_for_one_are_one(void **state)
{
	(void)state;
	same("髙橋　太郎", "高橋 太郎");
	same("ﾔﾏﾀﾞ ﾀﾛｳ", "やまだ たろう");
	same("やまだ たろう", "ヤマダ・タロウ");
	same("山﨑", "山崎");
	same("渡邊", "渡辺");
	same("渡邉", "渡辺");
	same("齋藤", "斎藤");
	same("齊藤", "斎藤");
	same("濵田", "浜田");
	same("濱田", "浜田");
	same("𠮷田", "吉田");
	same("㈱アクメ", "(株)アクメ");
	same("ＡＢＣ商事", "abc商事");
	same("Straße", "STRASSE");
	same("ジョン・スミス", "ジョン スミス");
	same("ｶﾞｷﾞｸﾞ", "ガギグ");
	same("e\xcc\x81", "é");
}

static void
names_that_differ_stay_different(void **state)
{
	(void)state;
	different("山田", "山本");
	different("はし", "ばし");
	different("佐藤", "斎藤");
	different("伊藤", "伊東");
}

static void
folding_twice_is_folding_once(void **state)
{
	static const char *const names[] = { "髙橋　太郎", "㈱ﾔﾏﾀﾞ",
		"🙂 Smith", "ヷ", "ゞ", "İstanbul", "ﬁsh", "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *once = normalise_name(names[i]);

		assert_non_null(once);
		same(names[i], once);
		free(once);
	}
}

static void
text_that_is_not_utf_8_has_no_name(void **state)
{
	(void)state;
	assert_null(normalise_name("\xff"));
	assert_null(normalise_name("\xed\xa0\x80"));
	assert_null(normalise_password("\xc3("));
}

static void
addresses_have_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} good[] = {
		{ "Taro@Example.JP", "taro@example.jp" },
		{ "taro.yamada+x@example.co.jp",
		    "taro.yamada+x@example.co.jp" },
		{ "Taro@例え.jp", "taro@xn--r8jz45g.jp" },
		{ "taro@EXAMPLE。jp", "taro@example.jp" },
		{ "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp" },
		{ "o'brien@example.ie", "o'brien@example.ie" },
		{ "a@b.c1", "a@b.c1" },
		{ "x@xn--r8jz45g.jp", "x@xn--r8jz45g.jp" },
	};
	char out[NORMALISE_EMAIL_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(normalise_email(good[i].in, out));
		assert_string_equal(out, good[i].out);
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = { "", "taro", "@example.jp", "taro@",
		"taro@localhost", "taro@@example.jp", "ta ro@example.jp",
		"taro@exa mple.jp", ".taro@example.jp", "taro.@example.jp",
		"ta..ro@example.jp", "\"taro\"@example.jp", "taro@[127.0.0.1]",
		"taro@127.0.0.1", "taro@-example.jp", "taro@example-.jp",
		"taro@example..jp", "taro@example.jp.",
		"taro@example.jp\r\nBcc: x@example.com", "taro\n@example.jp",
		"taro@example.jp\n", "太郎@example.jp",
		"Taro <taro@example.jp>", "taro@example.jp,x@example.jp",
		"taro(c)@example.jp", "taro@example.jp ",
		"taro@exam\xe2\x80\xaeple.jp", "taro@exam_ple.jp", "\xff@a.jp",
		"taro@example.jp\x7f" };
	char out[NORMALISE_EMAIL_SIZE], longest[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (normalise_email(bad[i], out))
			fail_msg("\"%s\" was taken for \"%s\"", bad[i], out);
	}

	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 65, "@example.jp", 12);
	assert_false(normalise_email(longest, out));
	assert_true(normalise_email(longest + 1, out));
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	for (i = 20; i < 390; i += 20)
		longest[i] = '.';
	longest[399] = '\0';
	assert_false(normalise_email(longest, out));
}

static void
telephone_numbers_have_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} good[] = {
		{ "03-1234-5678", "+81312345678" },
		{ "(03) 1234 5678", "+81312345678" },
		{ "０３−１２３４−５６７８", "+81312345678" },
		{ "０３ー１２３４ー５６７８", "+81312345678" },
		{ "090-1234-5678", "+819012345678" },
		{ "+81 3 1234 5678", "+81312345678" },
		{ "+81 (0)3-1234-5678", "+81312345678" },
		{ "0120-123-456", "+81120123456" },
		{ "+1 (415) 555-2671", "+14155552671" },
		{ "010-1-415-555-2671", "+14155552671" },
		{ "+442071838750", "+442071838750" },
	};
	static const char *const bad[] = { "", "+", "1234", "12345678901",
		"03-1234-567", "090-1234-56789", "03-1234-5678 ext 9",
		"+0312345678", "0012345678", "+1234567890123456",
		"03\n12345678x", "tel:0312345678", "\xff", "+81+312345678" };
	char out[NORMALISE_PHONE_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(normalise_phone(good[i].in, out));
		assert_string_equal(out, good[i].out);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (normalise_phone(bad[i], out))
			fail_msg("\"%s\" was taken for \"%s\"", bad[i], out);
	}
}

static void
a_password_is_the_same_in_either_width(void **state)
{
	char *a = normalise_password("ｐａｓｓＷＯＲＤ　１２３");
	char *b = normalise_password("passWORD 123");

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_people_take_for_one_are_one),
		cmocka_unit_test(names_that_differ_stay_different),
		cmocka_unit_test(folding_twice_is_folding_once),
		cmocka_unit_test(text_that_is_not_utf_8_has_no_name),
		cmocka_unit_test(addresses_have_one_form),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(telephone_numbers_have_one_form),
		cmocka_unit_test(a_password_is_the_same_in_either_width),
	};

	return (cmocka_run_group_tests_name("normalise", tests, NULL, NULL));
}
