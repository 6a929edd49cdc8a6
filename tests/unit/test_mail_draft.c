#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "mail_draft.h"
#include "pass.h"

#define PASS "ABCDEFGHIJKLMNOPQRSTUVWXY2"
#define ID   "0190a0b0-0000-7000-8000-000000000001"

/* Every member that a draft carries. */
static struct letter
letter(void)
{
	struct letter l = { .language = TEXT_LANGUAGE_EN,
		.sender = "見本 & Co.",
		.heading = "<heading>",
		.alarm = true,
		.greeting = "a\nb",
		.intro = "intro",
		.picture_name = "QR 受付",
		.code_label = "code",
		.code = "123456",
		.link_label = "open",
		.link = "https://genkan.example/admin/en/",
		.closing = "closing",
		.small = "small" };

	letter_row(&l, "where", "本社", "https://map.example/");
	letter_row(&l, "when", "10:30", NULL);
	return (l);
}

static struct mail
mail(void)
{
	return ((struct mail){ .id = ID,
	    .date = INT64_C(1795224600000),
	    .from_name = "見本",
	    .from = "genkan@example.jp",
	    .to_name = "佐藤 \"x\"",
	    .to = "a@example.jp",
	    .reply_name = "鈴木",
	    .reply = "b@example.jp",
	    .subject = "件名",
	    .calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
	    .calendar_method = "CANCEL" });
}

/* Through the text that is sealed, and composed. */
static char *
by_draft(const struct mail *m, const struct letter *l, const char *pass)
{
	struct fault f = FAULT_INIT;
	json_t *draft = mail_draft(m, l, pass, &f);
	char *text, *message;

	assert_non_null(draft);
	assert_non_null(text = json_dumps(draft, JSON_COMPACT));
	json_decref(draft);
	assert_non_null(draft = json_loads(text, 0, NULL));
	free(text);
	message = mail_draft_compose(draft, &f);
	json_decref(draft);
	assert_non_null(message);
	return (message);
}

static char *
at_once(struct mail m, struct letter l, const char *pass)
{
	struct fault f = FAULT_INIT;
	char *message, *text, *html;
	uint8_t *png = NULL;
	size_t len;

	m.language = text_language_code(l.language);
	if (pass != NULL) {
		assert_true(pass_png(pass, 16, &png, &m.png_len, &f));
		m.png = png;
		m.png_cid = l.picture = "pass." ID "@genkan";
	}
	m.png_name = l.picture_name;
	assert_non_null(text = letter_text(&l));
	assert_non_null(html = letter_html(&l));
	m.text = text;
	m.html = html;
	assert_non_null(message = mail_compose(&m, &len, &f));
	free(text);
	free(html);
	free(png);
	return (message);
}

static void
same(struct mail m, struct letter l, const char *pass)
{
	char *a = by_draft(&m, &l, pass), *b = at_once(m, l, pass);

	assert_string_equal(a, b);
	mail_free(a);
	mail_free(b);
}

static void
a_draft_becomes_the_mail_that_it_says(void **state)
{
	struct letter bare = { .language = TEXT_LANGUAGE_JA,
		.heading = "見出し" };
	struct mail plain = mail();

	(void)state;
	plain.from_name = plain.to_name = plain.reply_name = plain.reply =
	    plain.calendar = plain.calendar_method = NULL;
	same(mail(), letter(), PASS);
	same(mail(), letter(), NULL);
	same(plain, bare, NULL);
}

static void
what_cannot_be_sent_is_no_draft(void **state)
{
	const struct letter l = letter();
	struct fault f = FAULT_INIT;
	struct mail m = mail();

	(void)state;
	m.subject = "a\r\nBcc: c@example.jp";
	assert_null(mail_draft(&m, &l, NULL, &f));
	assert_int_equal(f.kind, FAULT_BUG);

	fault_clear(&f);
	m = mail();
	m.to = "a@example.jp>\r\n";
	assert_null(mail_draft(&m, &l, NULL, &f));
	assert_int_equal(f.kind, FAULT_BUG);
}

static void
composed_mails_of_an_earlier_version_go_as_they_are(void **state)
{
	struct fault f = FAULT_INIT;
	json_t *payload =
	    json_pack("{s:s, s:s}", "to", "a@example.jp", "message", "x\r\n");
	char *message = mail_draft_compose(payload, &f);

	(void)state;
	assert_non_null(message);
	assert_string_equal(message, "x\r\n");
	mail_free(message);
	json_decref(payload);
}

static void
nothing_else_is_composed(void **state)
{
	static const char *const others[] = { "[]", "{}", "{\"message\":1}",
		"{\"id\":\"" ID "\",\"from\":\"a@example.jp\","
		"\"to\":\"b@example.jp\",\"subject\":\"x\"}",
		"{\"id\":\"" ID "\",\"from\":\"a@example.jp\","
		"\"to\":\"b@example.jp\",\"subject\":\"x\",\"letter\":[]}",
		"{\"id\":\"" ID "\",\"from\":\"a@example.jp\","
		"\"to\":\"b\",\"subject\":\"x\",\"letter\":{}}" };
	struct fault f;
	json_t *other;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(others); i++) {
		f = (struct fault)FAULT_INIT;
		assert_non_null(other = json_loads(others[i], 0, NULL));
		assert_null(mail_draft_compose(other, &f));
		assert_int_equal(f.kind, FAULT_BUG);
		json_decref(other);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_becomes_the_mail_that_it_says),
		cmocka_unit_test(what_cannot_be_sent_is_no_draft),
		cmocka_unit_test(
		    composed_mails_of_an_earlier_version_go_as_they_are),
		cmocka_unit_test(nothing_else_is_composed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
