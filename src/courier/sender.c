#include <stdio.h>
#include <string.h>

#include "config.h"

#include "mail.h"

#include "sender.h"

void
sender_send(const struct sender_mail *mail, struct sender_result *r)
{
	if (strcmp(config_text(CONFIG_MAIL_TRANSPORT), "smtps") == 0)
		sender_smtps(mail, r);
	else
		sender_smtp(mail, r);
}

void
sender_says(
    struct sender_result *r, enum job_outcome outcome, const char *error)
{
	r->outcome = (int32_t)outcome;
	(void)snprintf(r->error, sizeof(r->error), "%s", error);
}

void
sender_judge(int mail, int rcpt, int data, struct sender_result *r)
{
	/* 552, or a 5.3.4 behind it: too large, which is this mail's fault. */
	if (mail == 552)
		sender_says(r, JOB_REFUSED, "message_refused");
	else if (mail != 0 && mail / 100 != 2)
		sender_says(r, JOB_AWAY, "sender_refused");
	else if (rcpt == 530 || rcpt == 535 || rcpt == 538)
		sender_says(r, JOB_AWAY, "sign_in_refused");
	else if (rcpt / 100 == 5)
		sender_says(r, JOB_REFUSED, "recipient_refused");
	else if (rcpt / 100 == 4)
		sender_says(r, JOB_RETRY, "recipient_later");
	else if (data == 250 && rcpt / 100 == 2)
		sender_says(r, JOB_DELIVERED, "");
	else if (data / 100 == 5)
		sender_says(r, JOB_REFUSED, "message_refused");
	else if (data / 100 == 4)
		sender_says(r, JOB_RETRY, "message_later");
	else if (rcpt / 100 == 2)
		sender_says(r, JOB_RETRY, "cut_off");
	else
		sender_says(r, JOB_AWAY, "no_answer");
}

bool
sender_is_clean(const struct sender_mail *m)
{
	const char *p;

	if (!mail_address_valid(m->from) || !mail_address_valid(m->to))
		return (false);
	for (p = m->message; *p != '\0'; p++) {
		if (*p == '\n' && (p == m->message || p[-1] != '\r'))
			return (false);
		if (*p == '\r' && p[1] != '\n')
			return (false);
	}
	return (p != m->message && p[-1] == '\n');
}
