#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "gen_sql.h"
#include "gen_text.h"
#include "text.h"

#include "pass_page.h"
#include "phrase.h"
#include "tenant.h"
#include "tenant_key.h"

static const struct guest *guest_of(const struct appointment *, const char *);
static enum pass_page_state state_of(const struct pass_page *, bool);
static char *location(const struct place *);

bool
pass_page_valid(const char *token)
{
	return (strlen(token) == PASS_PAGE_TOKEN &&
	    strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") ==
		PASS_PAGE_TOKEN);
}

bool
pass_page_find(struct context *ctx, const char *token, struct pass_page *page,
    bool *found, struct fault *f)
{
	const struct reach all = { .kind = REACH_ALL };
	uuid_text guest_id, appointment_id;
	uint8_t hash[32];
	struct rows *rows;
	bool gone = false, over = false;

	memset(page, 0, sizeof(*page));
	*found = false;
	if (!pass_page_valid(token))
		return (true);
	if (!tenant_hash(
		ctx, "guest.page", token + TENANT_TAG_CHARS, hash, f) ||
	    !db_run(ctx->db, &ctx->scope, &sql_guest_by_page,
		(struct db_arg[]){ DB_BYTES(hash, sizeof(hash)) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1)) {
		text_copy(guest_id, sizeof(guest_id), rows_text(rows, 0, "id"));
		text_copy(appointment_id, sizeof(appointment_id),
		    rows_text(rows, 0, "appointment_id"));
		gone = rows_bool(rows, 0, "gone");
		over = rows_bool(rows, 0, "over");
	}
	rows_free(rows);
	if (!*found || gone) {
		page->state = PASS_PAGE_GONE;
		return (true);
	}
	if (!appointment_show(
		ctx, &all, appointment_id, true, &page->appointment, found, f))
		return (false);
	if (!*found)
		return (true);
	if ((page->guest = guest_of(&page->appointment, guest_id)) == NULL)
		return (fault_set(f, FAULT_BUG, "page of no guest"));
	page->state = state_of(page, over);
	page->inside = strcmp(page->guest->visit_state, "arrived") == 0 ||
	    strcmp(page->guest->visit_state, "met") == 0;
	return (true);
}

void
pass_page_free(struct pass_page *page)
{
	appointment_free(&page->appointment);
	memset(page, 0, sizeof(*page));
}

bool
pass_page_calendar(struct context *ctx, const struct pass_page *page,
    char **text, struct fault *f)
{
	enum text_language language = text_language_of(page->guest->language);
	const struct appointment *a = &page->appointment;
	const char *from = config_text(CONFIG_MAIL_FROM);
	char uid[128], *summary, *place, *url, *description = NULL;
	struct tenant tenant;
	const char *host;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	host = a->nhosts > 0 ? a->hosts[0].name : tenant.display_name;
	(void)snprintf(
	    uid, sizeof(uid), "%s@%s", page->guest->id, strchr(from, '@') + 1);
	summary = phrase(language, TEXT_MAIL_NEW_HEADING, "tenant",
	    tenant.display_name, NULL);
	place = location(&a->place);
	url = appointment_page_url(a, page->guest);
	if (url != NULL)
		description = phrase(language, TEXT_MAIL_CALENDAR_DESCRIPTION,
		    "host", host, "url", url, "code",
		    page->guest->code != NULL ? page->guest->code : "-", NULL);
	ok = summary != NULL && place != NULL && description != NULL;
	if (!ok)
		fault_set(f, FAULT_MEMORY, "calendar");
	else
		*text = calendar_compose(
		    &(struct calendar){
			.publish = true,
			.cancelled = page->state == PASS_PAGE_CANCELLED,
			.uid = uid,
			.sequence = a->sequence,
			.stamp = clock_now(),
			.starts = a->starts_at,
			.starts_offset = a->starts_offset,
			.ends = a->ends_at,
			.ends_offset = a->ends_offset,
			.period = a->kind == APPOINTMENT_PERIOD,
			.summary = summary,
			.location = place,
			.description = description,
			.url = url,
			.organizer_name = host,
			.organizer = a->nhosts > 0 && a->hosts[0].email != NULL
			    ? a->hosts[0].email
			    : from,
		    },
		    f);
	tenant_text_free(summary);
	tenant_text_free(place);
	tenant_text_free(url);
	tenant_text_free(description);
	return (ok && *text != NULL);
}

static const struct guest *
guest_of(const struct appointment *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->nguests; i++) {
		if (strcmp(a->guests[i].id, id) == 0)
			return (&a->guests[i]);
	}
	return (NULL);
}

static enum pass_page_state
state_of(const struct pass_page *page, bool over)
{
	if (page->appointment.state == APPOINTMENT_CANCELLED ||
	    page->guest->state == GUEST_REMOVED)
		return (PASS_PAGE_CANCELLED);
	return (over ? PASS_PAGE_OVER : PASS_PAGE_OPEN);
}

static char *
location(const struct place *p)
{
	char *text;

	if (asprintf(&text, "%s%s%s", p->office,
		p->address[0] != '\0' ? "\n" : "", p->address) < 0)
		return (NULL);
	return (text);
}
