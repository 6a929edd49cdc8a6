#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"

static void
plain(const char *typed, const char *expected)
{
	char *text = chat_plain(typed);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void
nothing_typed_mentions_links_or_formats(void **state)
{
	(void)state;
	plain("<!channel>", "&lt;!channel&gt;");
	plain("<@U123> <#C1|x>", "&lt;＠U123&gt; &lt;＃C1｜x&gt;");
	plain("@here @channel", "＠here ＠channel");
	plain("*a* _b_ ~c~ `d`", "＊a＊ ＿b＿ ～c～ ｀d｀");
	plain("http://evil.example/", "http：//evil．example/");
	plain("evil.example", "evil．example");
	plain(":warning:", "：warning：");
	plain("[x](y)", "［x］(y)");
	plain("a & b", "a &amp; b");
	plain("a\tb\x01"
	      "c",
	    "abc");
}

static void
ordinary_names_stay_as_they_are(void **state)
{
	(void)state;
	plain("佐藤 太郎（株式会社青葉）", "佐藤 太郎（株式会社青葉）");
	plain(
	    "J. R. Smith, Example Co., Ltd.", "J. R. Smith, Example Co., Ltd.");
	plain("Anne-Marie O'Neil", "Anne-Marie O'Neil");
}

static void
a_message_is_a_block_of_plain_text(void **state)
{
	char *body = chat_slack("a \"b\"\nc");
	json_t *json = json_loads(body, 0, NULL), *text;

	(void)state;
	assert_non_null(json);
	text = json_object_get(
	    json_array_get(json_object_get(json, "blocks"), 0), "text");
	assert_string_equal(
	    json_string_value(json_object_get(text, "type")), "plain_text");
	assert_string_equal(
	    json_string_value(json_object_get(text, "text")), "a \"b\"\nc");
	assert_true(json_is_false(json_object_get(text, "emoji")));
	assert_string_equal(
	    json_string_value(json_object_get(json, "text")), "a \"b\"\nc");
	json_decref(json);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_typed_mentions_links_or_formats),
		cmocka_unit_test(ordinary_names_stay_as_they_are),
		cmocka_unit_test(a_message_is_a_block_of_plain_text),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
