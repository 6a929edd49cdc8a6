#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "mail_draft.h"
#include "pass.h"

#define PASS_SCALE 16 /* pixels a module: 528 pixels, shown at 280 */

static json_t *write_letter(const struct letter *);
static void read_letter(const json_t *, struct letter *);
static char *compose(
    const json_t *, struct letter *, uint8_t *, size_t, struct fault *);
static const char *member(const json_t *, const char *);

json_t *
mail_draft(const struct mail *m, const struct letter *l, const char *pass,
    struct fault *f)
{
	json_t *draft;

	if (!mail_sendable(m, f))
		return (NULL);
	draft = json_pack("{s:s, s:I, s:s*, s:s, s:s*, s:s, s:s*, s:s*, s:s, "
			  "s:s*, s:s*, s:s*, s:o}",
	    "id", m->id, "date", (json_int_t)m->date, "from_name", m->from_name,
	    "from", m->from, "to_name", m->to_name, "to", m->to, "reply_name",
	    m->reply_name, "reply", m->reply, "subject", m->subject, "calendar",
	    m->calendar, "calendar_method", m->calendar_method, "pass", pass,
	    "letter", write_letter(l));
	if (draft == NULL)
		fault_set(f, FAULT_MEMORY, "no memory for a mail");
	return (draft);
}

char *
mail_draft_compose(const json_t *draft, struct fault *f)
{
	const json_t *said = json_object_get(draft, "letter");
	const char *composed = member(draft, "message");
	const char *id = member(draft, "id"), *pass = member(draft, "pass");
	struct letter letter;
	char *message, cid[80];
	uint8_t *png = NULL;
	size_t len = 0;

	/* An earlier version put them in composed. */
	if (composed != NULL) {
		if ((message = strdup(composed)) == NULL)
			fault_set(f, FAULT_MEMORY, "no memory for a mail");
		return (message);
	}
	if (id == NULL || member(draft, "from") == NULL ||
	    member(draft, "to") == NULL || member(draft, "subject") == NULL ||
	    !json_is_object(said)) {
		fault_set(f, FAULT_BUG, "no draft of a mail");
		return (NULL);
	}
	read_letter(said, &letter);
	if (pass != NULL) {
		(void)snprintf(cid, sizeof(cid), "pass.%s@genkan", id);
		letter.picture = cid;
		if (!pass_png(pass, PASS_SCALE, &png, &len, f))
			return (NULL);
	}
	message = compose(draft, &letter, png, len, f);
	if (png != NULL)
		secret_wipe(png, len);
	free(png);
	return (message);
}

static json_t *
write_letter(const struct letter *l)
{
	json_t *rows = json_array();
	size_t i;

	/* If one is missing, json_pack finds the array gone. */
	for (i = 0; rows != NULL && i < l->n; i++) {
		if (json_array_append_new(rows,
			json_pack("[s, s, s*]", l->rows[i].label,
			    l->rows[i].value, l->rows[i].link)) != 0) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return (json_pack("{s:s, s:s*, s:s*, s:b, s:s*, s:s*, s:s*, s:s*, "
			  "s:s*, s:s*, s:s*, s:s*, s:s*, s:o}",
	    "language", text_language_code(l->language), "sender", l->sender,
	    "heading", l->heading, "alarm", l->alarm, "greeting", l->greeting,
	    "intro", l->intro, "picture_name", l->picture_name, "code_label",
	    l->code_label, "code", l->code, "link_label", l->link_label, "link",
	    l->link, "closing", l->closing, "small", l->small, "rows", rows));
}

/* What ${l} says stays ${said}'s. */
static void
read_letter(const json_t *said, struct letter *l)
{
	const char *language = member(said, "language");
	const json_t *row;
	size_t i;

	*l = (struct letter){
		.language = text_language_of(language != NULL ? language : ""),
		.sender = member(said, "sender"),
		.heading = member(said, "heading"),
		.alarm = json_is_true(json_object_get(said, "alarm")),
		.greeting = member(said, "greeting"),
		.intro = member(said, "intro"),
		.picture_name = member(said, "picture_name"),
		.code_label = member(said, "code_label"),
		.code = member(said, "code"),
		.link_label = member(said, "link_label"),
		.link = member(said, "link"),
		.closing = member(said, "closing"),
		.small = member(said, "small"),
	};
	json_array_foreach(json_object_get(said, "rows"), i, row)
	    letter_row(l, json_string_value(json_array_get(row, 0)),
		json_string_value(json_array_get(row, 1)),
		json_string_value(json_array_get(row, 2)));
}

static char *
compose(const json_t *draft, struct letter *letter, uint8_t *png,
    size_t png_len, struct fault *f)
{
	char *text = letter_text(letter), *html = letter_html(letter);
	char *message = NULL;
	size_t len;

	if (text == NULL || html == NULL)
		fault_set(f, FAULT_MEMORY, "no memory for a mail");
	else
		message = mail_compose(
		    &(struct mail){
			.id = member(draft, "id"),
			.date =
			    json_integer_value(json_object_get(draft, "date")),
			.from_name = member(draft, "from_name"),
			.from = member(draft, "from"),
			.to_name = member(draft, "to_name"),
			.to = member(draft, "to"),
			.reply_name = member(draft, "reply_name"),
			.reply = member(draft, "reply"),
			.subject = member(draft, "subject"),
			.language = text_language_code(letter->language),
			.text = text,
			.html = html,
			.png = png,
			.png_len = png_len,
			.png_cid = letter->picture,
			.png_name = letter->picture_name,
			.calendar = member(draft, "calendar"),
			.calendar_method = member(draft, "calendar_method"),
		    },
		    &len, f);
	mail_free(text);
	mail_free(html);
	return (message);
}

static const char *
member(const json_t *o, const char *name)
{
	return (json_string_value(json_object_get(o, name)));
}
