#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "chat.h"
#include "clock.h"
#include "fault.h"
#include "gen_sql.h"
#include "gen_text.h"
#include "secret.h"
#include "text.h"

#include "notice.h"
#include "notice_post.h"
#include "operation_log.h"
#include "outbox.h"
#include "phrase.h"
#include "tenant_key.h"

#define HOSTS_NAMED 5 /* in a chat; the rest is a number */
#define UNCONFIRMED (3 * NOTICE_MINUTE)
#define LATE        (15 * NOTICE_MINUTE)
#define WEBHOOK_LIFE \
	(96 * NOTICE_HOUR) /* the whole schedule: 75 h and jitter */

/* One event, told to some people and to the office's channels. */
struct event {
	const char *topic;
	const char
	    *state; /* of the visit, for webhooks; NULL without a visit */
	const struct notice_office *office;
	const struct notice_visit *visit; /* or NULL */
	const char *call_id;              /* of a staff call, else NULL */
	const char *device;
	struct notice_time at;
	const struct notice_member *hosts;
	size_t nhosts;
	enum text_key subject, anonymous; /* with and without a name */
	enum text_key intro;              /* of the mail */
	long delay;
	struct tenant tenant;
};

static bool fill(struct event *, struct context *, struct fault *);
static bool tell_members(struct context *, const struct event *,
    const struct notice_member *, size_t, struct fault *);
static bool tell_member(struct context *, const struct event *,
    const struct notice_member *, struct fault *);
static bool tell_reception(
    struct context *, const struct event *, struct fault *);
static bool tell_receptionists(
    struct context *, const struct event *, struct rows *, struct fault *);
static bool tell_channels(
    struct context *, const struct event *, bool, struct fault *);
static bool tell_each(struct context *, const struct event *, struct rows *,
    bool, struct fault *);
static bool tell_channel(
    struct context *, const struct event *, struct rows *, int, struct fault *);
static char *headline(const struct event *, enum text_language, bool);
static char *who(const struct event *, enum text_language);
static char *host_names(const struct event *, enum text_language);
static char *chat_text(const struct event *, bool);
static char *webhook_body(const struct event *, bool);
static json_t *webhook_data(const struct event *, bool);
static json_t *text_or_null(const char *);

bool
notice_arrived(struct context *ctx, const struct notice_office *office,
    const struct notice_visit *visit, const struct notice_member *hosts,
    size_t n, struct fault *f)
{
	struct event arrived = {
		.topic = "visit.arrived",
		.state = "arrived",
		.office = office,
		.visit = visit,
		.at = visit->at,
		.hosts = hosts,
		.nhosts = n,
		.subject = TEXT_NOTICE_ARRIVED,
		.anonymous = TEXT_NOTICE_ARRIVED_ANONYMOUS,
		.intro = TEXT_NOTICE_ARRIVED_INTRO,
	};
	const struct db_arg of_office[] = { DB_TEXT(office->id) };
	struct rows *channels = NULL, *reception = NULL;
	struct event unconfirmed;
	bool ok = false;

	/* All in one round trip, and once: a guest is waiting for this. */
	if (!db_ask(ctx->db, &sql_notice_channels, of_office, &channels, f) ||
	    !db_ask(ctx->db, &sql_notice_reception, of_office, &reception, f) ||
	    !fill(&arrived, ctx, f))
		goto out;
	unconfirmed = arrived;
	unconfirmed.topic = "visit.unconfirmed";
	unconfirmed.subject = TEXT_NOTICE_UNCONFIRMED;
	unconfirmed.anonymous = TEXT_NOTICE_UNCONFIRMED_ANONYMOUS;
	unconfirmed.intro = TEXT_NOTICE_UNCONFIRMED_INTRO;
	unconfirmed.delay = UNCONFIRMED;
	ok = tell_members(ctx, &arrived, hosts, n, f) &&
	    tell_each(ctx, &arrived, channels, false, f) &&
	    tell_receptionists(ctx, &unconfirmed, reception, f) &&
	    tell_each(ctx, &unconfirmed, channels, false, f);
out:
	rows_free(channels);
	rows_free(reception);
	return (ok);
}

bool
notice_met(struct context *ctx, const char *visit_id, struct fault *f)
{
	return (outbox_withdraw_visit(ctx, visit_id, "visit.unconfirmed", f));
}

bool
notice_undone(struct context *ctx, const struct notice_office *office,
    const struct notice_visit *visit, const struct notice_member *hosts,
    size_t n, struct fault *f)
{
	struct event undone = {
		.topic = "visit.undone",
		.state = "undone",
		.office = office,
		.visit = visit,
		.at = visit->at,
		.hosts = hosts,
		.nhosts = n,
		.subject = TEXT_NOTICE_UNDONE,
		.anonymous = TEXT_NOTICE_UNDONE_ANONYMOUS,
		.intro = TEXT_NOTICE_UNDONE_INTRO,
	};

	return (notice_met(ctx, visit->id, f) && fill(&undone, ctx, f) &&
	    tell_members(ctx, &undone, hosts, n, f) &&
	    tell_channels(ctx, &undone, false, f));
}

bool
notice_left(struct context *ctx, const struct notice_office *office,
    const struct notice_visit *visit, const struct notice_member *hosts,
    size_t n, struct fault *f)
{
	struct event left = {
		.topic = "visit.left",
		.state = "left",
		.office = office,
		.visit = visit,
		.at = visit->at,
		.hosts = hosts,
		.nhosts = n,
	};

	return (notice_met(ctx, visit->id, f) && fill(&left, ctx, f) &&
	    tell_channels(ctx, &left, true, f));
}

bool
notice_called(struct context *ctx, const struct notice_office *office,
    const struct notice_visit *visit, const struct notice_member *hosts,
    size_t n, struct fault *f)
{
	struct event called = {
		.topic = "visit.called",
		.state = "arrived",
		.office = office,
		.visit = visit,
		.at = visit->at,
		.hosts = hosts,
		.nhosts = n,
		.subject = TEXT_NOTICE_CALLED,
		.anonymous = TEXT_NOTICE_CALLED_ANONYMOUS,
		.intro = TEXT_NOTICE_CALLED_INTRO,
	};

	return (fill(&called, ctx, f) &&
	    tell_members(ctx, &called, hosts, n, f) &&
	    tell_channels(ctx, &called, false, f));
}

bool
notice_call_staff(struct context *ctx, const struct notice_office *office,
    const char *call_id, const char *device, const struct notice_visit *visit,
    struct notice_time at, struct fault *f)
{
	struct event call = {
		.topic = "call.staff",
		.office = office,
		.visit = visit,
		.call_id = call_id,
		.device = device,
		.at = at,
		.subject = TEXT_NOTICE_CALL_STAFF,
		.anonymous = TEXT_NOTICE_CALL_STAFF,
		.intro = TEXT_NOTICE_CALL_STAFF_INTRO,
	};

	return (fill(&call, ctx, f) && tell_reception(ctx, &call, f) &&
	    tell_channels(ctx, &call, false, f));
}

bool
notice_channel_test(
    struct context *ctx, const char *channel_id, uuid_text id, struct fault *f)
{
	struct outbox_row row = {
		.topic = "channel.test",
		.id = id,
		.channel_id = channel_id,
		.life = NOTICE_HOUR,
	};
	struct rows *rows = NULL;
	char *body = NULL, *text = NULL;
	struct tenant tenant;
	json_t *payload = NULL;
	time_text now;
	bool ok = false;

	if (!tenant_show(ctx, &tenant, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_channel_show,
		(struct db_arg[]){ DB_TEXT(channel_id) }, &rows, f))
		return (false);
	clock_format(clock_now(), 0, now);
	text_uuid_new(id);
	if (rows_count(rows) == 0) {
		fault_set(f, FAULT_BUG, "test of no channel");
		goto out;
	}
	if (strcmp(rows_text(rows, 0, "kind"), "slack") == 0) {
		row.kind = OUTBOX_SLACK;
		body = chat_slack(text_get(
		    text_language_of(tenant.language), TEXT_NOTICE_TEST));
	} else {
		row.kind = OUTBOX_WEBHOOK;
		payload = json_pack("{s:s, s:s, s:{}}", "type", "channel.test",
		    "timestamp", now, "data");
		body = json_dumps(payload, JSON_COMPACT);
		json_decref(payload);
	}
	payload = json_pack("{s:s}", "body", body != NULL ? body : "");
	if (body == NULL ||
	    (text = json_dumps(payload, JSON_COMPACT)) == NULL) {
		notice_memory(f);
		goto out;
	}
	row.payload = text;
	ok = outbox_add(ctx, &row, f) &&
	    operation_log_add(
		ctx, "channel.tested", channel_id, "done", NULL, f);
out:
	free(text);
	free(body);
	json_decref(payload);
	rows_free(rows);
	return (ok);
}

static bool
fill(struct event *e, struct context *ctx, struct fault *f)
{
	return (tenant_show(ctx, &e->tenant, f));
}

static bool
tell_members(struct context *ctx, const struct event *e,
    const struct notice_member *members, size_t n, struct fault *f)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!tell_member(ctx, e, &members[i], f))
			return (false);
	}
	return (true);
}

static bool
tell_member(struct context *ctx, const struct event *e,
    const struct notice_member *to, struct fault *f)
{
	enum text_language language = text_language_of(to->language);
	const struct notice_visit *v = e->visit;
	char *subject = headline(e, language, true);
	char *greeting =
	    phrase(language, TEXT_MAIL_GREETING, "name", to->name, NULL);
	char *intro = phrase(language, e->intro, "phone", e->office->phone,
	    "device", e->device != NULL ? e->device : "", NULL);
	char *hosts = host_names(e, language);
	char *hour = phrase_hour(e->at.moment, e->at.offset);
	char people[16], admin[600];
	struct letter l = { .language = language };
	bool ok;

	ok = subject != NULL && greeting != NULL && intro != NULL &&
	    hosts != NULL && hour != NULL;
	if (!ok) {
		notice_memory(f);
		goto out;
	}
	notice_admin_url(language, admin, sizeof(admin));
	l.sender = e->tenant.display_name;
	l.heading = subject;
	l.greeting = greeting;
	l.intro = intro;
	if (v != NULL) {
		(void)snprintf(people, sizeof(people), "%ld", v->people);
		letter_row(
		    &l, text_get(language, TEXT_MAIL_GUEST), v->guest, NULL);
		letter_row(&l, text_get(language, TEXT_MAIL_COMPANY),
		    v->company, NULL);
		letter_row(&l, text_get(language, TEXT_MAIL_PEOPLE),
		    v->people > 1 ? people : NULL, NULL);
		letter_row(&l, text_get(language, TEXT_MAIL_HOST), hosts, NULL);
		letter_row(
		    &l, text_get(language, TEXT_MAIL_TITLE), v->title, NULL);
		letter_row(
		    &l, text_get(language, TEXT_MAIL_ROOM), v->room, NULL);
	}
	letter_row(
	    &l, text_get(language, TEXT_MAIL_OFFICE), e->office->name, NULL);
	letter_row(&l, text_get(language, TEXT_MAIL_DEVICE), e->device, NULL);
	letter_row(&l, text_get(language, TEXT_MAIL_TIME), hour, NULL);
	l.link = admin;
	l.link_label = text_get(language, TEXT_MAIL_OPEN_ADMIN);
	ok = notice_mail_add(ctx,
	    &(struct notice_mail){
		.topic = e->topic,
		.tenant = &e->tenant,
		.to_name = to->name,
		.to = to->email,
		.subject = subject,
		.letter = &l,
		.appointment_id = v != NULL ? v->appointment_id : NULL,
		.visit_id = v != NULL ? v->id : NULL,
		.delay = e->delay,
		.life = LATE,
	    },
	    f);
out:
	free(subject);
	free(greeting);
	free(intro);
	free(hosts);
	free(hour);
	return (ok);
}

static bool
tell_reception(struct context *ctx, const struct event *e, struct fault *f)
{
	struct rows *rows;
	bool ok;

	if (!db_run(ctx->db, &ctx->scope, &sql_notice_reception,
		(struct db_arg[]){ DB_TEXT(e->office->id) }, &rows, f))
		return (false);
	ok = tell_receptionists(ctx, e, rows, f);
	rows_free(rows);
	return (ok);
}

static bool
tell_receptionists(struct context *ctx, const struct event *e,
    struct rows *rows, struct fault *f)
{
	struct notice_member to;
	char *name = NULL, *email = NULL;
	bool ok = true;
	int i;

	for (i = 0; ok && i < rows_count(rows); i++) {
		to.id = rows_text(rows, i, "id");
		to.language = rows_text(rows, i, "language");
		ok = tenant_open(ctx, TENANT_KEY_VISITOR, "member", "name_cell",
			 to.id, rows, i, &name, f) &&
		    tenant_open(ctx, TENANT_KEY_VISITOR, "member", "email_cell",
			to.id, rows, i, &email, f);
		to.name = name;
		to.email = email;
		ok = ok && tell_member(ctx, e, &to, f);
		tenant_text_free(name);
		tenant_text_free(email);
		name = email = NULL;
	}
	return (ok);
}

static bool
tell_channels(struct context *ctx, const struct event *e, bool webhooks_only,
    struct fault *f)
{
	struct rows *rows;
	bool ok;

	if (!db_run(ctx->db, &ctx->scope, &sql_notice_channels,
		(struct db_arg[]){ DB_TEXT(e->office->id) }, &rows, f))
		return (false);
	ok = tell_each(ctx, e, rows, webhooks_only, f);
	rows_free(rows);
	return (ok);
}

static bool
tell_each(struct context *ctx, const struct event *e, struct rows *rows,
    bool webhooks_only, struct fault *f)
{
	bool ok = true;
	int i;

	for (i = 0; ok && i < rows_count(rows); i++) {
		if (webhooks_only &&
		    strcmp(rows_text(rows, i, "kind"), "webhook") != 0)
			continue;
		ok = tell_channel(ctx, e, rows, i, f);
	}
	return (ok);
}

static bool
tell_channel(struct context *ctx, const struct event *e, struct rows *rows,
    int i, struct fault *f)
{
	const bool names = rows_bool(rows, i, "show_names");
	const bool slack = strcmp(rows_text(rows, i, "kind"), "slack") == 0;
	char *plain = slack ? chat_text(e, names) : NULL;
	char *body = slack ? (plain == NULL ? NULL : chat_slack(plain))
			   : webhook_body(e, names);
	json_t *payload =
	    body == NULL ? NULL : json_pack("{s:s}", "body", body);
	char *text = payload == NULL ? NULL : json_dumps(payload, JSON_COMPACT);
	uuid_text id;
	bool ok;

	text_uuid_new(id);
	ok = text == NULL
	    ? notice_memory(f)
	    : outbox_add(ctx,
		  &(struct outbox_row){
		      .kind = slack ? OUTBOX_SLACK : OUTBOX_WEBHOOK,
		      .topic = e->topic,
		      .id = id,
		      .channel_id = rows_text(rows, i, "id"),
		      .appointment_id =
			  e->visit != NULL ? e->visit->appointment_id : NULL,
		      .visit_id = e->visit != NULL ? e->visit->id : NULL,
		      .payload = text,
		      .delay = e->delay,
		      .life = slack ? LATE : WEBHOOK_LIFE,
		  },
		  f);
	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
	free(body);
	free(plain);
	json_decref(payload);
	return (ok);
}

/* What happened, in one line: the subject of the mail, the first of the chat.
 */
static char *
headline(const struct event *e, enum text_language language, bool names)
{
	char *guest = names ? who(e, language) : strdup("");
	char *text = NULL;

	if (guest != NULL)
		text = phrase(language, names ? e->subject : e->anonymous,
		    "guest", guest, "office", e->office->name, NULL);
	free(guest);
	return (text);
}

static char *
who(const struct event *e, enum text_language language)
{
	const struct notice_visit *v = e->visit;

	if (v == NULL)
		return (strdup(""));
	if (v->company == NULL || v->company[0] == '\0')
		return (phrase(
		    language, TEXT_NOTICE_GUEST, "name", v->guest, NULL));
	return (phrase(language, TEXT_NOTICE_GUEST_COMPANY, "name", v->guest,
	    "company", v->company, NULL));
}

static char *
host_names(const struct event *e, enum text_language language)
{
	const char *comma = text_get(language, TEXT_NOTICE_COMMA);
	char *text = NULL, *others, number[24];
	size_t len, i;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return (NULL);
	for (i = 0; i < e->nhosts && i < HOSTS_NAMED; i++)
		(void)fprintf(
		    out, "%s%s", i > 0 ? comma : "", e->hosts[i].name);
	if (e->nhosts > HOSTS_NAMED) {
		(void)snprintf(
		    number, sizeof(number), "%zu", e->nhosts - HOSTS_NAMED);
		others =
		    phrase(language, TEXT_NOTICE_OTHERS, "n", number, NULL);
		(void)fputs(others != NULL ? others : "", out);
		free(others);
	}
	if (fclose(out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}

/* What a chat shows; every piece of it without power. */
static char *
chat_text(const struct event *e, bool names)
{
	enum text_language language = text_language_of(e->tenant.language);
	char *line = headline(e, language, names);
	char *hosts = host_names(e, language);
	char *hour = phrase_hour(e->at.moment, e->at.offset);
	char *text = NULL, *plain = NULL;
	size_t len;
	FILE *out;

	if (line == NULL || hosts == NULL || hour == NULL ||
	    (out = open_memstream(&text, &len)) == NULL)
		goto out;
	(void)fprintf(out, "%s\n", line);
	if (hosts[0] != '\0')
		(void)fprintf(
		    out, "%s %s\n", text_get(language, TEXT_MAIL_HOST), hosts);
	if (names && e->visit != NULL && e->visit->room != NULL &&
	    e->visit->room[0] != '\0')
		(void)fprintf(out, "%s %s\n",
		    text_get(language, TEXT_MAIL_ROOM), e->visit->room);
	if (e->visit != NULL && e->visit->people > 1)
		(void)fprintf(out, "%s %ld\n",
		    text_get(language, TEXT_MAIL_PEOPLE), e->visit->people);
	if (e->device != NULL)
		(void)fprintf(out, "%s %s\n",
		    text_get(language, TEXT_MAIL_DEVICE), e->device);
	(void)fprintf(out, "%s %s", e->office->name, hour);
	if (fclose(out) == 0)
		plain = chat_plain(text);
out:
	free(line);
	free(hosts);
	free(hour);
	free(text);
	return (plain);
}

static char *
webhook_body(const struct event *e, bool names)
{
	json_t *data = webhook_data(e, names), *body;
	time_text now;
	char *text;

	clock_format(e->at.moment, e->at.offset, now);
	body = json_pack("{s:s, s:s, s:o}", "type", e->topic, "timestamp", now,
	    "data", data);
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return (text);
}

/* The members under webhooks: in assets/api/openapi.yaml. */
static json_t *
webhook_data(const struct event *e, bool names)
{
	const struct notice_visit *v = e->visit;
	json_t *data, *hosts = json_array();
	time_text at;
	size_t i;

	clock_format(e->at.moment, e->at.offset, at);
	if (e->call_id != NULL) {
		json_decref(hosts);
		return (json_pack("{s:s, s:o, s:s, s:s, s:s, s:s}", "call_id",
		    e->call_id, "visit_id",
		    text_or_null(v != NULL ? v->id : NULL), "office_id",
		    e->office->id, "office", e->office->name, "device",
		    e->device, "at", at));
	}
	for (i = 0; i < e->nhosts; i++)
		(void)json_array_append_new(
		    hosts, json_string(e->hosts[i].name));
	data = json_pack("{s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:i, s:b, s:o,"
			 " s:s}",
	    "visit_id", v->id, "appointment_id",
	    text_or_null(v->appointment_id), "office_id", e->office->id,
	    "office", e->office->name, "state", e->state, "guest",
	    text_or_null(names ? v->guest : NULL), "company",
	    text_or_null(names ? v->company : NULL), "people", (int)v->people,
	    "late", v->late, "hosts", hosts, "at", at);
	return (data);
}

static json_t *
text_or_null(const char *s)
{
	return (s == NULL ? json_null() : json_string(s));
}
