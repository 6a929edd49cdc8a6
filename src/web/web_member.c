#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "text.h"

#include "context.h"
#include "member.h"
#include "normalise.h"
#include "notice.h"
#include "office.h"
#include "role.h"
#include "session_password.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_people.h"

#define JAPAN_OFFSET 540 /* minutes, where there is no office yet */
#define HOSTS_MAX    8

static char *email_field(struct web_request *, struct fields *);
static bool roles_field(struct fields *, unsigned *);
static bool tell(struct web_request *, const struct member_new *, const char *,
    const char *, int64_t, struct fault *);
static bool show(struct web_request *, int, const char *, struct fault *);

bool
web_activation_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *token = field_text(
	    b, "token", FIELD_REQUIRED, MEMBER_TOKEN_CHARS, MEMBER_TOKEN_CHARS);
	struct member_new new = {
		.name = field_text(b, "name", FIELD_REQUIRED, 1, 100),
		.kana = field_text(b, "kana", FIELD_OPTIONAL, 1, 100),
		.email = email_field(r, b),
		.language = web_form_language(b),
	};
	const char *password =
	    field_text(b, "password", FIELD_REQUIRED | FIELD_RAW,
		SESSION_PASSWORD_MIN, SESSION_PASSWORD_MAX);
	enum member_activation outcome;
	uuid_text id;
	bool found;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_tag(r, token, &found, f))
		return (false);
	if (!found)
		return (web_form_stranger(r, PROBLEM_token_invalid));
	if (!member_activate(
		r->context, token, &new, password, id, &outcome, &wait, f))
		return (false);

	switch (outcome) {
	case MEMBER_ACTIVATED:
		return (show(r, 201, id, f));
	case MEMBER_TOKEN_BLOCKED:
		return (web_form_blocked(r, wait));
	case MEMBER_EMAIL_TAKEN:
		reply_keep(r);
		return (reply_field(r, "/email", FIELD_TAKEN));
	case MEMBER_EMAIL_OTHER:
		reply_keep(r);
		return (reply_field(r, "/email", FIELD_NO_CHOICE));
	default:
		reply_keep(r);
		return (reply_problem(r, PROBLEM_token_invalid));
	}
}

bool
web_member_list(struct web_request *r, struct fault *f)
{
	const char *q = query_text(r, "q", FIELD_OPTIONAL, 1, 100);
	const char *after = query_uuid(r, "after", FIELD_OPTIONAL);
	int64_t limit = query_int(r, "limit", 1, 200, 50);
	struct member_list list;
	json_t *items, *next;
	bool more, ok;
	size_t i;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!member_list(
		r->context, q, after, (size_t)limit, false, &list, &more, f)) {
		member_list_free(&list);
		return (false);
	}
	items = json_array();
	for (i = 0; i < list.n; i++)
		(void)json_array_append_new(
		    items, web_people_member(&list.items[i]));
	next = more ? json_string(list.items[list.n - 1].id) : json_null();
	ok = reply_json(
	    r, 200, json_pack("{soso}", "items", items, "next", next));
	member_list_free(&list);
	return (ok);
}

bool
web_member_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	struct member_new new = {
		.name = field_text(b, "name", FIELD_REQUIRED, 1, 100),
		.kana = field_text(b, "kana", FIELD_OPTIONAL, 1, 100),
		.email = email_field(r, b),
		.language = web_form_language(b),
	};
	const bool known = roles_field(b, &new.roles);
	char token[MEMBER_TOKEN_CHARS + 1];
	int64_t expires_at;
	uuid_text id;
	bool taken;

	if (!request_valid(r) || !known)
		return (reply_invalid(r));
	/* Nobody gives away more than they have. */
	if ((r->who.roles & ROLE_SYSTEM_ADMIN) == 0 &&
	    (ROLE_SYSTEM_ADMIN & new.roles) != 0)
		return (reply_problem(r, PROBLEM_not_allowed));
	if (!member_invite(r->context, &new, id, token, &expires_at, &taken, f))
		return (false);
	if (taken)
		return (reply_field(r, "/email", FIELD_TAKEN));
	return (tell(r, &new, id, token, expires_at, f) && show(r, 201, id, f));
}

bool
web_host_list(struct web_request *r, struct fault *f)
{
	const char *q = query_text(r, "q", FIELD_REQUIRED, 2, 50);
	struct member_host hosts[HOSTS_MAX];
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!member_find_hosts(r->context, q, HOSTS_MAX, hosts, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++) {
		const struct member_host *h = &hosts[i];

		(void)json_array_append_new(items,
		    json_pack("{ssssssso}", "kind",
			h->department ? "department" : "member", "id", h->id,
			"name", h->name, "department",
			web_form_text(h->department_name[0] != '\0'
				? h->department_name
				: NULL)));
	}
	return (reply_json(r, 200, json_pack("{so}", "items", items)));
}

/* The address in its one form; NULL, and a complaint, where it is none. */
static char *
email_field(struct web_request *r, struct fields *b)
{
	const char *typed = field_text(b, "email", FIELD_REQUIRED, 3, 254);
	char *email;

	if (typed == NULL ||
	    (email = request_alloc(r, NORMALISE_EMAIL_SIZE)) == NULL)
		return (NULL);
	if (normalise_email(typed, email))
		return (email);
	field_refuse(b, "email", FIELD_BAD_FORMAT);
	return (NULL);
}

/* Without any, a plain member. */
static bool
roles_field(struct fields *b, unsigned *roles)
{
	struct fields *array;
	const char *word;
	size_t n, i, k;
	bool known = true;

	*roles = 0;
	array = field_array(b, "roles", FIELD_OPTIONAL, 0, ROLE_COUNT, &n);
	for (i = 0; i < n; i++) {
		if ((word = item_text(array, i, FIELD_REQUIRED, 1, 32)) == NULL)
			continue;
		for (k = 0; k < ROLE_COUNT; k++) {
			if (strcmp(word, role_name(k)) == 0)
				break;
		}
		if (k < ROLE_COUNT)
			*roles |= 1U << k;
		else {
			item_refuse(array, i, FIELD_NO_CHOICE);
			known = false;
		}
	}
	if (*roles == 0)
		*roles = ROLE_MEMBER;
	return (known);
}

/* The link's token stands after #, so no server and no log sees it. */
static bool
tell(struct web_request *r, const struct member_new *new, const char *id,
    const char *token, int64_t expires_at, struct fault *f)
{
	const struct notice_member member = { id, new->name, new->email,
		new->language };
	struct office *offices;
	char url[512];
	size_t n;
	int offset;

	if (!office_list(r->context, &offices, &n, f))
		return (false);
	offset = n > 0 ? offices[0].offset_minutes : JAPAN_OFFSET;
	free(offices);
	(void)snprintf(url, sizeof(url), "%s/admin/%s/#activate=%s",
	    config_text(CONFIG_BASE_URL), new->language, token);
	return (notice_member_invited(r->context, &member, url,
	    (struct notice_time){ expires_at, offset }, f));
}

static bool
show(struct web_request *r, int status, const char *id, struct fault *f)
{
	uuid_text ids[1];
	struct member_list list;
	bool ok;

	text_copy(ids[0], sizeof(ids[0]), id);
	ok = member_find_many(r->context, ids, 1, &list, f);
	if (ok && list.n != 1)
		ok = fault_set(f, FAULT_BUG, "a new member vanished");
	if (ok)
		ok = reply_json(r, status, web_people_member(&list.items[0]));
	member_list_free(&list);
	return (ok);
}
