#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "calendar.h"
#include "clock.h"
#include "config.h"
#include "fault.h"
#include "mail_draft.h"
#include "normalise.h"
#include "notice_post.h"
#include "outbox.h"
#include "phrase.h"
#include "secret.h"
#include "text.h"

static json_t *payload_of(
    const struct notice_mail *, const char *, struct fault *);

bool
notice_mail_add(
    struct context *ctx, const struct notice_mail *m, struct fault *f)
{
	struct outbox_row row = {
		.kind = OUTBOX_MAIL,
		.topic = m->topic,
		.appointment_id = m->appointment_id,
		.guest_id = m->guest_id,
		.visit_id = m->visit_id,
		.decoy = m->decoy,
		.delay = m->delay,
		.life = m->life,
	};
	char to[NORMALISE_EMAIL_SIZE];
	json_t *payload, *bounce;
	char *text = NULL;
	uuid_text id, bounce_id;
	bool ok = false;

	if (!normalise_email(m->to, to))
		return (true);
	text_uuid_new(id);
	if ((payload = payload_of(m, id, f)) == NULL)
		return (false);
	if (m->bounce != NULL && normalise_email(m->bounce->to, to)) {
		text_uuid_new(bounce_id);
		if ((bounce = payload_of(m->bounce, bounce_id, f)) == NULL ||
		    json_object_set_new(payload, "bounce", bounce) != 0)
			goto out;
	}
	row.id = id;
	if ((text = json_dumps(payload, JSON_COMPACT)) == NULL) {
		notice_memory(f);
		goto out;
	}
	row.payload = text;
	ok = outbox_add(ctx, &row, f);
out:
	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
	json_decref(payload);
	return (ok);
}

bool
notice_mail_text(
    const struct notice_mail *m, const char *id, char **textp, struct fault *f)
{
	char to[NORMALISE_EMAIL_SIZE];
	json_t *payload;

	*textp = NULL;
	if (!normalise_email(m->to, to))
		return (true);
	if ((payload = payload_of(m, id, f)) == NULL)
		return (false);
	*textp = json_dumps(payload, JSON_COMPACT);
	json_decref(payload);
	return (*textp != NULL || notice_memory(f));
}

bool
notice_memory(struct fault *f)
{
	return (fault_set(f, FAULT_MEMORY, "no memory for a notice"));
}

void
notice_admin_url(enum text_language language, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/admin/%s/", config_text(CONFIG_BASE_URL),
	    text_language_code(language));
}

static json_t *
payload_of(const struct notice_mail *m, const char *id, struct fault *f)
{
	char to[NORMALISE_EMAIL_SIZE], reply[NORMALISE_EMAIL_SIZE], *ics = NULL;
	const bool replies =
	    m->reply != NULL && normalise_email(m->reply, reply);
	json_t *payload;

	if (!normalise_email(m->to, to)) {
		fault_set(f, FAULT_BUG, "mail to no address");
		return (NULL);
	}
	if (m->calendar != NULL &&
	    (ics = calendar_compose(m->calendar, f)) == NULL)
		return (NULL);
	payload = mail_draft(
	    &(struct mail){
		.id = id,
		.date = clock_now(),
		.from_name = m->tenant->display_name,
		.from = config_text(CONFIG_MAIL_FROM),
		.to_name = m->to_name,
		.to = to,
		.reply_name = replies ? m->reply_name : NULL,
		.reply = replies ? reply : NULL,
		.subject = m->subject,
		.calendar = ics,
		.calendar_method = m->calendar == NULL ? NULL
		    : m->calendar->cancelled           ? "CANCEL"
						       : "REQUEST",
	    },
	    m->letter, m->pass, f);
	mail_free(ics);
	return (payload);
}
