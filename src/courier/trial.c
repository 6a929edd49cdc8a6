#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "sandbox_courier.h"
#include "text.h"

#include "gen_text.h"
#include "mail.h"
#include "pool.h"
#include "sender.h"
#include "trial.h"

#define TEXT_MAX 1024

static char *compose(const char *, struct fault *);

int
trial_send(const char *to)
{
	struct sender_result result = { .outcome = JOB_AWAY };
	struct fault f = FAULT_INIT;
	char *message;

	if ((message = compose(to, &f)) == NULL ||
	    !sandbox_courier(SANDBOX_COURIER_SENDER, &f)) {
		(void)fprintf(stderr, "genkan: %s\n", f.what);
		mail_free(message);
		return (EXIT_FAILURE);
	}
	const struct sender_mail mail = {
		.from = config_text(CONFIG_MAIL_FROM),
		.to = to,
		.message = message,
	};
	/* Should the server hang, this ends us. */
	(void)alarm(POOL_SECONDS);
	sender_send(&mail, &result);
	mail_free(message);
	if (result.outcome == JOB_DELIVERED) {
		(void)printf(
		    "%s took the mail\n", config_text(CONFIG_MAIL_HOST));
		return (EXIT_SUCCESS);
	}
	(void)fprintf(stderr, "genkan: %s did not take the mail: %s\n",
	    config_text(CONFIG_MAIL_HOST), result.error);
	return (EXIT_FAILURE);
}

/* In both languages: nobody knows yet who reads it. */
static char *
compose(const char *to, struct fault *f)
{
	char text[TEXT_MAX], subject[TEXT_MAX];
	uuid_text id;
	size_t len;

	text_uuid_new(id);
	(void)snprintf(subject, sizeof(subject), "%s / %s",
	    text_get(TEXT_LANGUAGE_JA, TEXT_MAIL_TRIAL_SUBJECT),
	    text_get(TEXT_LANGUAGE_EN, TEXT_MAIL_TRIAL_SUBJECT));
	(void)snprintf(text, sizeof(text), "%s\n\n%s\n",
	    text_get(TEXT_LANGUAGE_JA, TEXT_MAIL_TRIAL_TEXT),
	    text_get(TEXT_LANGUAGE_EN, TEXT_MAIL_TRIAL_TEXT));
	return (mail_compose(
	    &(struct mail){
		.id = id,
		.date = clock_now(),
		.from = config_text(CONFIG_MAIL_FROM),
		.to = to,
		.subject = subject,
		.language = text_language_code(TEXT_LANGUAGE_JA),
		.text = text,
	    },
	    &len, f));
}
