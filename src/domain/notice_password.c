#include <stdio.h>
#include <stdlib.h>

#include "fault.h"
#include "gen_text.h"

#include "notice.h"
#include "notice_post.h"
#include "phrase.h"

/* The words of one mail about a password. */
struct wording {
	const char *topic;
	enum text_key subject, heading, intro, link, closing;
	long life;
};

static bool send(struct context *, const struct wording *,
    const struct notice_member *, const char *, bool, struct fault *);

bool
notice_password_reset(struct context *ctx, const struct notice_member *member,
    const char *url, bool decoy, struct fault *f)
{
	static const struct wording wording = { "password.reset",
		TEXT_MAIL_RESET_SUBJECT, TEXT_MAIL_RESET_HEADING,
		TEXT_MAIL_RESET_INTRO, TEXT_MAIL_RESET_LINK,
		TEXT_MAIL_RESET_CLOSING, NOTICE_HOUR };

	return (send(ctx, &wording, member, url, decoy, f));
}

bool
notice_password_changed(
    struct context *ctx, const struct notice_member *member, struct fault *f)
{
	static const struct wording wording = { "password.changed",
		TEXT_MAIL_PASSWORD_SUBJECT, TEXT_MAIL_PASSWORD_HEADING,
		TEXT_MAIL_PASSWORD_INTRO, TEXT_MAIL_PASSWORD_LINK,
		TEXT_MAIL_PASSWORD_CLOSING, 3 * NOTICE_DAY };
	char url[512];

	notice_admin_url(text_language_of(member->language), url, sizeof(url));
	return (send(ctx, &wording, member, url, false, f));
}

static bool
send(struct context *ctx, const struct wording *w,
    const struct notice_member *member, const char *url, bool decoy,
    struct fault *f)
{
	const enum text_language language = text_language_of(member->language);
	struct letter letter = { .language = language };
	struct tenant tenant;
	char *subject, *greeting, *intro;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	subject =
	    phrase(language, w->subject, "tenant", tenant.display_name, NULL);
	greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", member->name, NULL);
	intro = phrase(language, w->intro, "tenant", tenant.display_name, NULL);
	ok = subject != NULL && greeting != NULL && intro != NULL;
	if (!ok)
		notice_memory(f);
	else {
		letter.sender = tenant.display_name;
		letter.heading = text_get(language, w->heading);
		letter.greeting = greeting;
		letter.intro = intro;
		letter.link_label = text_get(language, w->link);
		letter.link = url;
		letter.closing = text_get(language, w->closing);
		ok = notice_mail_add(ctx,
		    &(struct notice_mail){
			.topic = w->topic,
			.tenant = &tenant,
			.to_name = member->name,
			.to = member->email,
			.subject = subject,
			.letter = &letter,
			.decoy = decoy,
			.life = w->life,
		    },
		    f);
	}
	free(subject);
	free(greeting);
	free(intro);
	return (ok);
}
