#include <stdlib.h>

#include "fault.h"
#include "gen_text.h"

#include "notice_guest.h"
#include "notice_post.h"
#include "phrase.h"

#define CODE_LIFE (10 * NOTICE_MINUTE)

static const struct wording {
	const char *topic;
	enum text_key subject, intro;
} wordings[] = {
	[NOTICE_GUEST_RENAMED] = { "guest.renamed", TEXT_MAIL_RENAMED_SUBJECT,
	    TEXT_MAIL_RENAMED_INTRO },
	[NOTICE_GUEST_CANCELLED] = { "guest.cancelled",
	    TEXT_MAIL_ABSENT_SUBJECT, TEXT_MAIL_ABSENT_INTRO },
	[NOTICE_GUEST_ERASED] = { "guest.erased", TEXT_MAIL_ERASED_SUBJECT,
	    TEXT_MAIL_ERASED_INTRO },
};
_Static_assert(
    NELEMS(wordings) == NOTICE_GUEST_DEED__MAX, "every notice has its words");

static bool tell(struct context *, const struct wording *,
    const struct tenant *, const struct appointment *, const struct guest *,
    const char *, const struct host *, struct fault *);

bool
notice_guest(struct context *ctx, enum notice_guest_deed what,
    const struct appointment *a, const struct guest *g, const char *was,
    struct fault *f)
{
	struct tenant tenant;
	size_t i;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	for (i = 0; i < a->nhosts; i++) {
		if (!a->hosts[i].department &&
		    !tell(ctx, &wordings[what], &tenant, a, g, was,
			&a->hosts[i], f))
			return (false);
	}
	return (true);
}

bool
notice_guest_code(struct context *ctx, const struct guest *g,
    const char *appointment_id, const char *code, struct fault *f)
{
	enum text_language language = text_language_of(g->language);
	struct letter letter = {
		.language = language,
		.heading = text_get(language, TEXT_MAIL_PRIVACY_SUBJECT),
		.intro = text_get(language, TEXT_MAIL_PRIVACY_INTRO),
		.code_label = text_get(language, TEXT_MAIL_PRIVACY_CODE),
		.code = code,
		.closing = text_get(language, TEXT_MAIL_PRIVACY_CLOSING),
	};
	struct tenant tenant;
	char *greeting;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	greeting = phrase(language, TEXT_MAIL_GREETING, "name", g->name, NULL);
	if (greeting == NULL)
		return (notice_memory(f));
	letter.sender = tenant.display_name;
	letter.greeting = greeting;
	ok = notice_mail_add(ctx,
	    &(struct notice_mail){
		.topic = "privacy.code",
		.tenant = &tenant,
		.to_name = g->name,
		.to = g->email,
		.subject = letter.heading,
		.letter = &letter,
		.appointment_id = appointment_id,
		.guest_id = g->id,
		.life = CODE_LIFE,
	    },
	    f);
	free(greeting);
	return (ok);
}

/* A notice that must outlive the guest's erasure names nobody, and so hangs on
 * no guest. */
static bool
tell(struct context *ctx, const struct wording *w, const struct tenant *tenant,
    const struct appointment *a, const struct guest *g, const char *was,
    const struct host *host, struct fault *f)
{
	enum text_language language = text_language_of(host->language);
	const bool named = w != &wordings[NOTICE_GUEST_ERASED];
	char *greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", host->name, NULL);
	char *times = phrase_times(language, a->kind == APPOINTMENT_PERIOD,
	    a->starts_at, a->starts_offset, a->ends_at, a->ends_offset);
	char *subject =
	    phrase(language, w->subject, "name", named ? g->name : "", NULL);
	char *intro = phrase(language, w->intro, "name", named ? g->name : "",
	    "was", was != NULL ? was : "", NULL);
	struct letter letter = { .language = language };
	char admin[600];
	bool ok = false;

	if (greeting == NULL || times == NULL || subject == NULL ||
	    intro == NULL) {
		notice_memory(f);
		goto out;
	}
	notice_admin_url(language, admin, sizeof(admin));
	letter.sender = tenant->display_name;
	letter.heading = subject;
	letter.greeting = greeting;
	letter.intro = intro;
	letter_row(&letter, text_get(language, TEXT_MAIL_WHEN), times, NULL);
	if (named)
		letter_row(&letter, text_get(language, TEXT_MAIL_TITLE),
		    a->title, NULL);
	letter_row(&letter, text_get(language, TEXT_MAIL_OFFICE),
	    a->place.office, NULL);
	letter.link = admin;
	letter.link_label = text_get(language, TEXT_MAIL_OPEN_ADMIN);
	ok = notice_mail_add(ctx,
	    &(struct notice_mail){
		.topic = w->topic,
		.tenant = tenant,
		.to_name = host->name,
		.to = host->email,
		.subject = subject,
		.letter = &letter,
		.appointment_id = a->id,
		.guest_id = named ? g->id : NULL,
		.life = 3 * NOTICE_DAY,
	    },
	    f);
out:
	free(greeting);
	free(times);
	free(subject);
	free(intro);
	return (ok);
}
