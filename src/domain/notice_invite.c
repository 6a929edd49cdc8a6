#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "clock.h"
#include "config.h"
#include "fault.h"
#include "gen_sql.h"
#include "gen_text.h"

#include "notice.h"
#include "notice_post.h"
#include "outbox.h"
#include "phrase.h"
#include "tenant_key.h"
#include "text.h"

#define UNDO_DELAY 10 /* seconds in which an invitation can be taken back */

/* Everything one invitation is made of. */
struct invitation {
	enum notice_invitation what;
	const struct notice_office *office;
	const struct notice_appointment *appointment;
	const struct notice_guest *guest;
	const struct notice_member *host; /* or NULL */
	struct tenant tenant;
	enum text_language language; /* the guest's */
	char uid[128];
	char *times;
	char *place;
	char *subject;
	char *heading;
	char *greeting;
	char *intro;
	char *description;
};

static const struct wording {
	const char *topic;
	enum text_key subject, heading, intro;
} wordings[] = {
	[NOTICE_NEW] = { "invitation.new", TEXT_MAIL_NEW_SUBJECT,
	    TEXT_MAIL_NEW_HEADING, TEXT_MAIL_NEW_INTRO },
	[NOTICE_CHANGED] = { "invitation.changed", TEXT_MAIL_CHANGED_SUBJECT,
	    TEXT_MAIL_CHANGED_HEADING, TEXT_MAIL_CHANGED_INTRO },
	[NOTICE_CANCELLED] = { "invitation.cancelled",
	    TEXT_MAIL_CANCELLED_SUBJECT, TEXT_MAIL_CANCELLED_HEADING,
	    TEXT_MAIL_CANCELLED_INTRO },
};
_Static_assert(NELEMS(wordings) == NOTICE_INVITATION__MAX,
    "every invitation has its words");

static bool guest_told(struct context *, const char *, bool *, struct fault *);
static bool guest_mail_state(
    struct context *, const char *, const char *, struct fault *);
static bool words(struct invitation *);
static void words_free(struct invitation *);
static bool send(struct context *, const struct invitation *, struct fault *);
static void describe(const struct invitation *, struct letter *);
static char *with_zone(char *, enum text_language, const char *);
static char *place(const struct notice_office *);
static bool is_https(const char *);
static long life(const struct notice_appointment *);

bool
notice_invite(struct context *ctx, enum notice_invitation what,
    const struct notice_office *office,
    const struct notice_appointment *appointment,
    const struct notice_guest *guest, const struct notice_member *hosts,
    size_t n, struct fault *f)
{
	struct invitation i = {
		.what = what,
		.office = office,
		.appointment = appointment,
		.guest = guest,
		.host = n > 0 ? &hosts[0] : NULL,
		.language = text_language_of(guest->language),
	};
	bool told, ok;

	if (!outbox_withdraw_guest(ctx, guest->id, f) ||
	    !guest_told(ctx, guest->id, &told, f))
		return (false);
	if (guest->email == NULL || (what == NOTICE_CANCELLED && !told))
		return (guest_mail_state(ctx, guest->id, "none", f));
	if (what == NOTICE_CHANGED && !told)
		i.what = NOTICE_NEW;
	if (!tenant_show(ctx, &i.tenant, f))
		return (false);
	if (!words(&i)) {
		words_free(&i);
		return (notice_memory(f));
	}
	ok = send(ctx, &i, f) && guest_mail_state(ctx, guest->id, "waiting", f);
	words_free(&i);
	return (ok);
}

bool
notice_members_invited(struct context *ctx, const struct notice_member *members,
    char *const *urls, size_t n, struct notice_time expires, struct fault *f)
{
	struct outbox_row *rows = calloc(n, sizeof(*rows));
	uuid_text *ids = calloc(n, sizeof(*ids));
	struct tenant tenant;
	char *text;
	size_t i, mails = 0;
	bool ok;

	ok = (rows != NULL && ids != NULL) || notice_memory(f);
	ok = ok && tenant_show(ctx, &tenant, f);
	for (i = 0; ok && i < n; i++) {
		text_uuid_new(ids[i]);
		ok = notice_welcome(
		    &tenant, &members[i], urls[i], expires, ids[i], &text, f);
		if (ok && text != NULL)
			rows[mails++] = (struct outbox_row){
				.kind = OUTBOX_MAIL,
				.topic = "member.invited",
				.id = ids[i],
				.payload = text,
				.life = 3 * NOTICE_DAY,
			};
	}
	ok = ok && outbox_add_many(ctx, rows, mails, f);
	for (i = 0; i < mails; i++)
		tenant_text_free((char *)(uintptr_t)rows[i].payload);
	free(rows);
	free(ids);
	return (ok);
}

bool
notice_second_factor(struct context *ctx, const struct notice_member *member,
    bool set_up, struct fault *f)
{
	enum text_language language = text_language_of(member->language);
	struct letter letter = { .language = language, .alarm = !set_up };
	struct tenant tenant;
	char *greeting, url[600];
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", member->name, NULL);
	if (greeting == NULL)
		return (notice_memory(f));
	notice_admin_url(language, url, sizeof(url));
	letter.sender = tenant.display_name;
	letter.heading = text_get(language,
	    set_up ? TEXT_MAIL_FACTOR_SET_HEADING
		   : TEXT_MAIL_FACTOR_RESET_HEADING);
	letter.greeting = greeting;
	letter.intro = text_get(language,
	    set_up ? TEXT_MAIL_FACTOR_SET_INTRO : TEXT_MAIL_FACTOR_RESET_INTRO);
	letter.link_label = text_get(language, TEXT_MAIL_OPEN_ADMIN);
	letter.link = url;
	letter.closing = text_get(language, TEXT_MAIL_FACTOR_CLOSING);
	ok = notice_mail_add(ctx,
	    &(struct notice_mail){
		.topic = "member.second_factor",
		.tenant = &tenant,
		.to_name = member->name,
		.to = member->email,
		.subject = letter.heading,
		.letter = &letter,
		.life = 3 * NOTICE_DAY,
	    },
	    f);
	free(greeting);
	return (ok);
}

bool
notice_welcome(const struct tenant *tenant, const struct notice_member *member,
    const char *url, struct notice_time expires, const char *id, char **textp,
    struct fault *f)
{
	enum text_language language = text_language_of(member->language);
	struct letter letter = { .language = language };
	char *subject, *greeting, *intro, *until, *closing;
	bool ok;

	subject = phrase(language, TEXT_MAIL_MEMBER_SUBJECT, "tenant",
	    tenant->display_name, NULL);
	greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", member->name, NULL);
	intro = phrase(language, TEXT_MAIL_MEMBER_INTRO, "tenant",
	    tenant->display_name, NULL);
	until = phrase_day(language, expires.moment, expires.offset);
	closing = until == NULL
	    ? NULL
	    : phrase(language, TEXT_MAIL_MEMBER_CLOSING, "until", until, NULL);
	ok = subject != NULL && greeting != NULL && intro != NULL &&
	    closing != NULL;
	if (!ok) {
		notice_memory(f);
	} else {
		letter.sender = tenant->display_name;
		letter.heading = text_get(language, TEXT_MAIL_MEMBER_HEADING);
		letter.greeting = greeting;
		letter.intro = intro;
		letter.link_label = text_get(language, TEXT_MAIL_MEMBER_LINK);
		letter.link = url;
		letter.closing = closing;
		ok = notice_mail_text(
		    &(struct notice_mail){
			.tenant = tenant,
			.to_name = member->name,
			.to = member->email,
			.subject = subject,
			.letter = &letter,
		    },
		    id, textp, f);
	}
	free(subject);
	free(greeting);
	free(intro);
	free(until);
	free(closing);
	return (ok);
}

static bool
guest_told(
    struct context *ctx, const char *guest_id, bool *told, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_outbox_guest_told,
		(struct db_arg[]){ DB_TEXT(guest_id) }, &rows, f))
		return (false);
	*told = rows_bool(rows, 0, "told");
	rows_free(rows);
	return (true);
}

static bool
guest_mail_state(struct context *ctx, const char *guest_id, const char *state,
    struct fault *f)
{
	return (db_run(ctx->db, &ctx->scope, &sql_outbox_guest_waiting,
	    (struct db_arg[]){ DB_TEXT(guest_id), DB_TEXT(state) }, NULL, f));
}

/* Put every sentence together; false if memory is full. */
static bool
words(struct invitation *i)
{
	const struct notice_appointment *a = i->appointment;
	const struct notice_guest *g = i->guest;
	const struct wording *w = &wordings[i->what];
	const char *host =
	    i->host != NULL ? i->host->name : i->tenant.display_name;
	char *day = phrase_day(i->language, a->starts.moment, a->starts.offset);

	(void)snprintf(i->uid, sizeof(i->uid), "%s@%s", g->id,
	    strchr(config_text(CONFIG_MAIL_FROM), '@') + 1);
	i->times = phrase_times(i->language, a->period, a->starts.moment,
	    a->starts.offset, a->ends.moment, a->ends.offset);
	i->times = with_zone(i->times, i->language, i->office->time_zone);
	i->place = place(i->office);
	i->subject = day == NULL
	    ? NULL
	    : phrase(i->language, w->subject, "tenant", i->tenant.display_name,
		  "day", day, NULL);
	i->heading = phrase(
	    i->language, w->heading, "tenant", i->tenant.display_name, NULL);
	i->greeting = g->company != NULL && g->company[0] != '\0'
	    ? phrase(i->language, TEXT_MAIL_GREETING_COMPANY, "name", g->name,
		  "company", g->company, NULL)
	    : phrase(i->language, TEXT_MAIL_GREETING, "name", g->name, NULL);
	i->intro = phrase(i->language, w->intro, "host", host, "tenant",
	    i->tenant.display_name, NULL);
	i->description = phrase(i->language, TEXT_MAIL_CALENDAR_DESCRIPTION,
	    "host", host, "url", g->page_url, "code",
	    g->code != NULL ? g->code : "-", NULL);
	free(day);
	return (i->times != NULL && i->place != NULL && i->subject != NULL &&
	    i->heading != NULL && i->greeting != NULL && i->intro != NULL &&
	    i->description != NULL);
}

static void
words_free(struct invitation *i)
{
	free(i->times);
	free(i->place);
	free(i->subject);
	free(i->heading);
	free(i->greeting);
	free(i->intro);
	free(i->description);
}

static bool
send(struct context *ctx, const struct invitation *i, struct fault *f)
{
	const struct notice_appointment *a = i->appointment;
	const bool cancelled = i->what == NOTICE_CANCELLED;
	enum text_language host_language =
	    i->host == NULL ? i->language : text_language_of(i->host->language);
	struct letter letter = { .language = i->language };
	struct letter refused = { .language = host_language, .alarm = true };
	struct notice_mail bounce;
	struct calendar calendar;
	char *subject = NULL, *intro = NULL, *greeting = NULL;
	char admin[600];
	bool ok = false;

	describe(i, &letter);
	calendar = (struct calendar){
		.cancelled = cancelled,
		.uid = i->uid,
		.sequence = a->sequence,
		.stamp = clock_now(),
		.starts = a->starts.moment,
		.starts_offset = a->starts.offset,
		.ends = a->ends.moment,
		.ends_offset = a->ends.offset,
		.period = a->period,
		.summary = i->heading,
		.location = i->place,
		.description = cancelled ? "" : i->description,
		.url = cancelled ? "" : i->guest->page_url,
		.organizer_name =
		    i->host != NULL ? i->host->name : i->tenant.display_name,
		.organizer = i->host != NULL ? i->host->email
					     : config_text(CONFIG_MAIL_FROM),
		.attendee_name = i->guest->name,
		.attendee = i->guest->email,
	};
	if (i->host != NULL) {
		subject = phrase(host_language, TEXT_MAIL_BOUNCED_SUBJECT,
		    "name", i->guest->name, NULL);
		greeting = phrase(host_language, TEXT_MAIL_GREETING, "name",
		    i->host->name, NULL);
		intro = phrase(host_language, TEXT_MAIL_BOUNCED_INTRO, "name",
		    i->guest->name, "email", i->guest->email, NULL);
		if (subject == NULL || intro == NULL || greeting == NULL) {
			notice_memory(f);
			goto out;
		}
		notice_admin_url(host_language, admin, sizeof(admin));
		refused.sender = i->tenant.display_name;
		refused.heading = subject;
		refused.greeting = greeting;
		refused.intro = intro;
		refused.link = admin;
		refused.link_label =
		    text_get(host_language, TEXT_MAIL_OPEN_ADMIN);
		letter_row(&refused, text_get(host_language, TEXT_MAIL_WHEN),
		    i->times, NULL);
		letter_row(&refused, text_get(host_language, TEXT_MAIL_TITLE),
		    a->title, NULL);
		bounce = (struct notice_mail){
			.topic = "invitation.bounced",
			.tenant = &i->tenant,
			.to_name = i->host->name,
			.to = i->host->email,
			.subject = subject,
			.letter = &refused,
		};
	}
	ok = notice_mail_add(ctx,
	    &(struct notice_mail){
		.topic = wordings[i->what].topic,
		.tenant = &i->tenant,
		.to_name = i->guest->name,
		.to = i->guest->email,
		.reply_name = i->host != NULL ? i->host->name : NULL,
		.reply = i->host != NULL ? i->host->email : NULL,
		.subject = i->subject,
		.letter = &letter,
		.pass = cancelled ? NULL : i->guest->pass,
		.calendar = &calendar,
		.bounce = i->host != NULL ? &bounce : NULL,
		.appointment_id = a->id,
		.guest_id = i->guest->id,
		.delay = UNDO_DELAY,
		.life = life(a),
	    },
	    f);
out:
	free(subject);
	free(intro);
	free(greeting);
	return (ok);
}

static void
describe(const struct invitation *i, struct letter *l)
{
	const struct notice_appointment *a = i->appointment;
	const struct notice_guest *g = i->guest;
	enum text_language lang = i->language;

	l->sender = i->tenant.display_name;
	l->heading = i->heading;
	l->alarm = i->what == NOTICE_CANCELLED;
	l->greeting = i->greeting;
	l->intro = i->intro;
	letter_row(l, text_get(lang, TEXT_MAIL_WHEN), i->times, NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_WHERE), i->place,
	    is_https(i->office->map_url) ? i->office->map_url : NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_ROOM), a->room, NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_HOST),
	    i->host != NULL ? i->host->name : NULL, NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_TITLE), a->title, NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_NOTE), a->note, NULL);
	letter_row(l, text_get(lang, TEXT_MAIL_PHONE), i->office->phone, NULL);
	if (i->what != NOTICE_CANCELLED) {
		l->picture_name = text_get(lang, TEXT_MAIL_PASS);
		l->code_label = text_get(lang, TEXT_MAIL_CODE);
		l->code = g->code;
		l->link_label = text_get(lang, TEXT_MAIL_PAGE);
		l->link = g->page_url;
	}
	l->closing = i->host != NULL ? text_get(lang, TEXT_MAIL_REPLY) : NULL;
	l->small = text_get(lang, TEXT_MAIL_PURPOSE);
}

/* Who reads Japanese reckons in Tokyo's time unless told otherwise. */
static char *
with_zone(char *times, enum text_language language, const char *zone)
{
	char *note, *both = NULL;

	if (times == NULL ||
	    (language == TEXT_LANGUAGE_JA && strcmp(zone, "Asia/Tokyo") == 0))
		return (times);
	note = phrase(language, TEXT_PASS_TIME_ZONE, "zone", zone, NULL);
	if (note == NULL || asprintf(&both, "%s\n%s", times, note) < 0)
		both = NULL;
	free(note);
	free(times);
	return (both);
}

static char *
place(const struct notice_office *o)
{
	char *text;
	int n;

	n = asprintf(&text, "%s%s%s%s%s", o->name,
	    o->address[0] != '\0' ? "\n" : "", o->address,
	    o->guidance[0] != '\0' ? "\n" : "", o->guidance);
	return (n < 0 ? NULL : text);
}

static bool
is_https(const char *s)
{
	return (s != NULL && strncmp(s, "https://", 8) == 0);
}

/* An invitation is of use until the appointment is over. */
static long
life(const struct notice_appointment *a)
{
	int64_t left = (a->ends.moment - clock_now()) / 1000;

	return (left > NOTICE_DAY ? (long)left : NOTICE_DAY);
}
