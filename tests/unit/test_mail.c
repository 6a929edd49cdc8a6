#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "mail.h"
#include "mail_word.h"
#include "text.h"

#define ID "01a1fb84-fb1b-73da-87fe-fa75f9538ab4"

static struct mail
simple(void)
{
	return ((struct mail){
	    .id = ID,
	    .date = 1795221158000,
	    .from_name = "デモ株式会社",
	    .from = "reception@example.jp",
	    .to_name = "山田 太郎",
	    .to = "taro@guest.example",
	    .subject = "ご来訪のご案内",
	    .language = "ja",
	    .text = "一行目\n.\n二行目\n",
	});
}

static char *
word(const char *text)
{
	char *out;
	size_t len;
	FILE *s = open_memstream(&out, &len);

	assert_non_null(s);
	(void)mail_word_write(s, 9, text);
	assert_int_equal(fclose(s), 0);
	return (out);
}

static char *
unword(const char *value)
{
	char *out, *flat = strdup(value), *p, *q;
	size_t len;
	FILE *s = open_memstream(&out, &len);

	/* Unfold. */
	for (p = q = flat; *p != '\0'; p++) {
		if (*p != '\r' && *p != '\n')
			*q++ = *p;
	}
	*q = '\0';
	mail_word_read(flat, s);
	assert_int_equal(fclose(s), 0);
	free(flat);
	return (out);
}

/* Every line within limits, and padding in no word but the last. */
static void
check_words(const char *value)
{
	const char *p, *close;
	size_t column = 9;

	for (p = value; *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + 1;
		assert_true(column <= 78);
		if (strncmp(p, "=?UTF-8?B?", 10) == 0) {
			close = strstr(p + 10, "?=");
			assert_non_null(close);
			if (strstr(close + 2, "=?") != NULL)
				assert_true(close[-1] != '=');
		}
	}
}

static void
header_texts_of_any_script_come_back_whole(void **state)
{
	static const char *const characters[] = { "a", "é", "日", "髙", "🏢",
		" ", "=", "?", "_", "\"", "が", "ｱ" };
	char text[600], *encoded, *decoded;
	unsigned seed = 7;
	int i, j, n;

	(void)state;
	for (i = 0; i < 3000; i++) {
		text[0] = '\0';
		n = 1 + i % 90;
		for (j = 0; j < n; j++) {
			seed = seed * 1103515245u + 12345u;
			(void)strncat(text,
			    characters[(seed >> 16) % NELEMS(characters)],
			    sizeof(text) - strlen(text) - 1);
		}
		encoded = word(text);
		check_words(encoded);
		decoded = unword(encoded);
		assert_string_equal(decoded, text);
		free(encoded);
		free(decoded);
	}
}

static void
plain_header_texts_stay_readable(void **state)
{
	char *w = word("Your visit on Friday");

	(void)state;
	assert_string_equal(w, "Your visit on Friday");
	free(w);
}

static void
a_mail_has_no_line_end_but_cr_lf_and_no_long_line(void **state)
{
	struct mail m = simple();
	struct fault f = FAULT_INIT;
	char *message;
	size_t len, i, column = 0;

	(void)state;
	m.html = "<p>日本語</p>\n.\n<p>x</p>";
	m.calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
	m.calendar_method = "REQUEST";
	m.png = (const uint8_t *)"\x89PNG\r\n\n.\n";
	m.png_len = 10;
	m.png_cid = "pass@x";
	m.png_name = "入館QR";
	message = mail_compose(&m, &len, &f);
	assert_non_null(message);
	assert_int_equal(strlen(message), len);
	for (i = 0; i < len; i++) {
		assert_true((unsigned char)message[i] < 0x80);
		if (message[i] == '\n')
			assert_int_equal(message[i - 1], '\r');
		if (message[i] == '\r')
			assert_int_equal(message[i + 1], '\n');
		column = message[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 79);
	}
	assert_null(strstr(message, "\r\n.\r\n"));
	assert_int_equal(message[len - 1], '\n');
	mail_free(message);
}

static void
its_own_headers_are_read_back(void **state)
{
	struct mail m = simple();
	struct fault f = FAULT_INIT;
	char out[300], *message;
	size_t len;

	(void)state;
	m.subject = "a【デモ株式会社】ご来訪のご案内 "
		    "11月21日（土）とても長い件名の続き";
	message = mail_compose(&m, &len, &f);
	assert_non_null(message);
	assert_true(mail_header(message, "Subject", out, sizeof(out)));
	assert_string_equal(out, m.subject);
	assert_true(mail_header(message, "message-id", out, sizeof(out)));
	assert_string_equal(out, "<" ID "@example.jp>");
	assert_true(mail_header(message, "Auto-Submitted", out, sizeof(out)));
	assert_string_equal(out, "auto-generated");
	assert_false(mail_header(message, "Bcc", out, sizeof(out)));
	mail_free(message);
}

static void
a_header_never_takes_a_second_line(void **state)
{
	static const char *const evil[] = { "a\r\nBcc: x@y.example", "a\nb",
		"a\rb", "a\x01", "a\xe2\x80\xaex", "a\xff" };
	struct fault f;
	struct mail m;
	size_t i, len;

	(void)state;
	for (i = 0; i < NELEMS(evil); i++) {
		m = simple();
		m.subject = evil[i];
		fault_clear(&f);
		assert_null(mail_compose(&m, &len, &f));
		assert_int_equal(f.kind, FAULT_BUG);
		m = simple();
		m.to_name = evil[i];
		fault_clear(&f);
		assert_null(mail_compose(&m, &len, &f));
		m = simple();
		m.reply = "host@example.jp";
		m.reply_name = evil[i];
		fault_clear(&f);
		assert_null(mail_compose(&m, &len, &f));
	}
}

static void
only_plain_addresses_may_be_written_to(void **state)
{
	static const char *const good[] = { "a@b.jp",
		"taro.yamada@example.co.jp", "a+b=c{d}@x-y.example",
		"o'neil@xn--r8jz45g.jp" };
	static const char *const bad[] = { "", "a", "@b.jp", "a@", "a@b",
		"a@b..jp", "a@.b.jp", "a@b.jp.", "a@-b.jp", "a@b-.jp",
		".a@b.jp", "a.@b.jp", "a..b@c.jp", "a b@c.jp",
		"a@b.jp\r\nRCPT TO:<x@y.z>", "a@b.jp>", "<a@b.jp", "\"a\"@b.jp",
		"a@[127.0.0.1]", "a@b_c.jp", "あ@b.jp", "a@例え.jp",
		"a@b.jp,c@d.jp", "a@b@c.jp", "a\x01@b.jp" };
	char longest[400];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(good); i++)
		assert_true(mail_address_valid(good[i]));
	for (i = 0; i < NELEMS(bad); i++)
		assert_false(mail_address_valid(bad[i]));
	memset(longest, 'a', sizeof(longest));
	(void)snprintf(longest + 65, 20, "@b.jp");
	assert_false(mail_address_valid(longest));
	(void)snprintf(longest + 64, 20, "@b.jp");
	assert_true(mail_address_valid(longest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_texts_of_any_script_come_back_whole),
		cmocka_unit_test(plain_header_texts_stay_readable),
		cmocka_unit_test(
		    a_mail_has_no_line_end_but_cr_lf_and_no_long_line),
		cmocka_unit_test(its_own_headers_are_read_back),
		cmocka_unit_test(a_header_never_takes_a_second_line),
		cmocka_unit_test(only_plain_addresses_may_be_written_to),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
