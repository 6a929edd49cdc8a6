#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "channel.h"

static void
an_address_to_post_to_is_https_and_plain(void **state)
{
	char host[CHANNEL_HOST_SIZE];

	(void)state;
	assert_true(
	    channel_url_valid("https://hooks.slack.com/services/T/B/x", host));
	assert_string_equal(host, "hooks.slack.com");
	assert_true(channel_url_valid("https://example.jp:8443?a=b", host));
	assert_string_equal(host, "example.jp:8443");
	assert_true(channel_url_valid("https://[2001:db8::1]:443/x", host));
	assert_true(channel_url_valid("https://127.0.0.1/", host));
}

static void
anything_else_is_refused(void **state)
{
	static const char *const bad[] = { "", "http://example.jp/",
		"HTTPS://example.jp/", "https:///x", "https://", "ftp://a.b/",
		"file:///etc/passwd", "https://user@example.jp/",
		"https://user:pw@example.jp/",
		"https://example.jp\\@evil.example/", "https://exa mple.jp/",
		"https://example.jp/\r\nX: y", "https://example.jp:0/",
		"https://example.jp:65536/", "https://example.jp:12a/",
		"https://example.jp:/", "https://.example.jp/", "https://a..b/",
		"https://[::1/", "https://[::1]x/", "https://例え.jp/",
		"https://a.b/#x", "https://a.b/<x>", "https://a_b.jp/" };
	char host[CHANNEL_HOST_SIZE], longest[700];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		if (channel_url_valid(bad[i], host))
			fail_msg("%s is accepted", bad[i]);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest, "https://a.b/", 12);
	assert_false(channel_url_valid(longest, host));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_to_post_to_is_https_and_plain),
		cmocka_unit_test(anything_else_is_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
