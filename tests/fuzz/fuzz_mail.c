/*
 * What our mails are made of, and what is read of them again.  The input is
 * split at its NULs: subject, name, address, text, and a whole message.  What
 * mail_compose takes it must give back; its bytes must be safe on the way; and
 * nothing that a chat or a page shows may keep a power.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "fault.h"
#include "mail.h"
#include "phrase.h"
#include "sender.h"
#include "text.h"

#define FIELDS 5

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

static void
composed(char *const field[FIELDS])
{
	struct mail m = {
		.id = "01a1fb84-fb1b-73da-87fe-fa75f9538ab4",
		.date = 1795221158000,
		.from_name = "Genkan",
		.from = "reception@example.jp",
		.subject = field[0],
		.to_name = field[1],
		.to = field[2],
		.language = "ja",
		.text = field[3],
		.html = field[3],
		.png = (const uint8_t *)field[0],
		.png_len = strlen(field[0]),
		.png_cid = "pass@x",
		.png_name = "pass",
	};
	struct fault f = FAULT_INIT;
	char *message, *read;
	const char *p;
	size_t len;

	if ((message = mail_compose(&m, &len, &f)) == NULL) {
		check(!mail_address_valid(field[2]) ||
		    !text_is_clean(field[0]) || !text_is_clean(field[1]));
		return;
	}
	check(strlen(message) == len);
	check(sender_is_clean(&(struct sender_mail){
	    .from = m.from, .to = m.to, .message = message }));
	for (p = message; *p != '\0'; p++)
		check((unsigned char)*p < 0x80);
	read = malloc(strlen(field[0]) + 1);
	check(read != NULL &&
	    mail_header(message, "Subject", read, strlen(field[0]) + 1));
	check(strcmp(read, field[0]) == 0);
	free(read);
	mail_free(message);
}

static void
shown(const char *text)
{
	char *plain = chat_plain(text), *html = NULL, *body;
	size_t len;
	FILE *out;

	check(plain != NULL && strpbrk(plain, "<>@*_~`#[]|:") == NULL);
	if (text_is_utf8(plain, strlen(plain))) {
		check((body = chat_slack(plain)) != NULL);
		free(body);
	}
	free(plain);
	check((out = open_memstream(&html, &len)) != NULL);
	phrase_html(out, text);
	check(fclose(out) == 0);
	check(strpbrk(html, "\"'") == NULL);
	check(strstr(html, "<s") == NULL && strstr(html, "<i") == NULL);
	free(html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + FIELDS + 1), *field[FIELDS], *p = copy;
	char out[256];
	size_t i;

	if (copy == NULL)
		return (0);
	memcpy(copy, data, size);
	memset(copy + size, 0, FIELDS + 1);
	for (i = 0; i < FIELDS; i++) {
		field[i] = p;
		p += strlen(p);
		if (p < copy + size)
			p++;
	}
	composed(field);
	shown(field[3]);
	/* Another's message: anything but a crash. */
	if (mail_header(field[4], "Subject", out, sizeof(out)))
		check(text_is_utf8(out, strlen(out)));
	free(copy);
	return (0);
}
