#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "appointment.h"
#include "context.h"
#include "department.h"
#include "member.h"
#include "member_password.h"
#include "normalise.h"
#include "office.h"
#include "role.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"
#include "web_password.h"
#include "web_people.h"

#define HOSTS_MAX       8
#define OFFICES_MAX     200
#define DEPARTMENTS_MAX 200

static char *email_field(struct web_request *, struct fields *);
static bool roles_field(struct fields *, unsigned *);
static char *ids_field(struct web_request *, struct fields *);
static char *names_field(struct web_request *, struct fields *);
static bool answer(struct web_request *, int, const char *, enum member_verdict,
    struct fault *);
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
	struct member_password chosen = {
		.password = web_password_field(b, "password"),
	};
	enum member_activation outcome;
	uuid_text id;
	bool found, admitted;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_tag(r, token, &found, f))
		return (false);
	if (!found)
		return (web_form_stranger(r, PROBLEM_token_invalid));
	if (!web_form_admits(
		r, NETWORK_RULE_ADMIN, "member.activated", &admitted, f))
		return (false);
	if (!admitted)
		return (true);
	if (!member_password_judge(r->context, new.email, &chosen, f))
		return (false);
	if (chosen.verdict != PASSWORD_GOOD)
		return (web_password_refused(r, &chosen));
	if (!member_activate(r->context, token, &new, chosen.password, id,
		&outcome, &wait, f))
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
	static const char *const filters[MEMBER_FILTER__MAX] = { "used",
		"invited", "active", "disabled", "all" };
	const enum member_filter filter = (enum member_filter)query_choice(
	    r, "state", filters, NELEMS(filters), MEMBER_FILTER_USED);
	bool more, ok;
	size_t i;

	if (!request_valid(r))
		return (reply_invalid(r));
	/* Who has left is shown to those who look after members only. */
	if (filter >= MEMBER_FILTER_DISABLED &&
	    (r->who.roles & RIGHT_ACCOUNTS) == 0)
		return (reply_problem(r, PROBLEM_not_allowed));
	if (!member_list(
		r->context, q, after, (size_t)limit, filter, &list, &more, f)) {
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
	unsigned roles;
	uuid_text id;
	bool taken;

	if (!request_valid(r) || !known)
		return (reply_invalid(r));
	if (!member_lock(r->context, &roles, f))
		return (false);
	if (roles == 0 ||
	    ((roles & ROLE_SYSTEM_ADMIN) == 0 &&
		(new.roles &ROLE_SYSTEM_ADMIN) != 0))
		return (reply_problem(r, PROBLEM_not_allowed));
	if (!member_invite(r->context, &new, id, &taken, f))
		return (false);
	if (taken)
		return (reply_field(r, "/email", FIELD_TAKEN));
	return (show(r, 201, id, f));
}

bool
web_member_show(struct web_request *r, struct fault *f)
{
	struct member_list list;
	size_t upcoming;
	json_t *json;
	bool ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	ok = member_show(r->context, r->id[0], &list, f) &&
	    appointment_upcoming(r->context, r->id[0], &upcoming, f);
	if (ok && list.n == 0)
		ok = reply_problem(r, PROBLEM_not_found);
	else if (ok) {
		json = web_people_member(&list.items[0]);
		(void)json_object_set_new(
		    json, "upcoming", json_integer((json_int_t)upcoming));
		ok = reply_json(r, 200, json);
	}
	member_list_free(&list);
	return (ok);
}

bool
web_member_update(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "active", "disabled" };
	struct fields *b = body_fields(r);
	const int version =
	    (int)field_int(b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0);
	struct member_change change = {
		.name = field_text(b, "name",
		    field_given(b, "name") ? FIELD_REQUIRED : 0, 1, 100),
		.has_kana = field_given(b, "kana"),
		.kana = field_text(b, "kana", FIELD_OPTIONAL, 1, 100),
		.language =
		    field_given(b, "language") ? web_form_language(b) : NULL,
		.offices = ids_field(r, b),
		.departments = names_field(r, b),
		.standing = (enum member_standing)(
		    field_choice(b, "state", FIELD_OPTIONAL, states,
			NELEMS(states), -1) +
		    1),
	};
	const bool known =
	    !field_given(b, "roles") || roles_field(b, &change.roles);
	enum member_verdict verdict;

	if (!request_valid(r) || !known)
		return (reply_invalid(r));
	if (!member_update(r->context, r->id[0], version, &change, &verdict, f))
		return (false);
	return (answer(r, 200, r->id[0], verdict, f));
}

bool
web_member_invite(struct web_request *r, struct fault *f)
{
	enum member_verdict verdict;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!member_invite_again(r->context, r->id[0], &verdict, f))
		return (false);
	return (answer(r, 201, r->id[0], verdict, f));
}

bool
web_member_hand_over(struct web_request *r, struct fault *f)
{
	const char *to = field_uuid(body_fields(r), "to", FIELD_REQUIRED);
	struct member_list from = { NULL, 0 }, successor = { NULL, 0 };
	bool ok, known, can, may;
	unsigned roles;
	size_t n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!member_lock(r->context, &roles, f))
		return (false);
	if (roles == 0)
		return (reply_problem(r, PROBLEM_not_allowed));
	ok = member_show(r->context, r->id[0], &from, f) &&
	    member_show(r->context, to, &successor, f);
	known = ok && from.n == 1;
	may = known &&
	    member_may_hand_over(
		r->context->actor.id, roles, &from.items[0], to);
	can = ok && successor.n == 1 &&
	    successor.items[0].state == MEMBER_ACTIVE &&
	    strcmp(to, r->id[0]) != 0;
	member_list_free(&from);
	member_list_free(&successor);
	if (!ok)
		return (false);
	if (!known)
		return (reply_problem(r, PROBLEM_not_found));
	if (!may)
		return (reply_problem(r, PROBLEM_not_allowed));
	if (!can)
		return (reply_field(r, "/to", FIELD_NOT_FOUND));
	if (!appointment_hand_over(r->context, r->id[0], to, &n, f))
		return (false);
	return (reply_json(
	    r, 201, json_pack("{sI}", "appointments", (json_int_t)n)));
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
	const bool known = web_people_roles_field(b, roles);

	if (*roles == 0)
		*roles = ROLE_MEMBER;
	return (known);
}

/* Ids of offices, separated by spaces; NULL if they are not given. */
static char *
ids_field(struct web_request *r, struct fields *b)
{
	struct fields *array;
	const char *id;
	char *list, *at;
	size_t n, i;

	array = field_array(b, "offices", FIELD_OPTIONAL, 0, OFFICES_MAX, &n);
	if (array == NULL ||
	    (list = at = request_alloc(r, n * sizeof(uuid_text) + 1)) == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		if ((id = item_uuid(array, i)) == NULL)
			continue;
		if (at != list)
			*at++ = ' ';
		at = stpcpy(at, id);
	}
	return (list);
}

/* Names of departments, separated by line feeds; NULL likewise. */
static char *
names_field(struct web_request *r, struct fields *b)
{
	struct fields *array;
	const char *name;
	char *list, *at;
	size_t n, i;

	array = field_array(
	    b, "departments", FIELD_OPTIONAL, 0, DEPARTMENTS_MAX, &n);
	if (array == NULL ||
	    (list = at = request_alloc(
		 r, n * sizeof(((struct department *)NULL)->name) + 1)) == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		if ((name = item_text(array, i, FIELD_REQUIRED, 1, 100)) ==
		    NULL)
			continue;
		if (at != list)
			*at++ = '\n';
		at = stpcpy(at, name);
	}
	return (list);
}

static bool
answer(struct web_request *r, int status, const char *id,
    enum member_verdict verdict, struct fault *f)
{
	switch (verdict) {
	case MEMBER_OK:
		return (show(r, status, id, f));
	case MEMBER_NOT_FOUND:
		return (reply_problem(r, PROBLEM_not_found));
	case MEMBER_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	case MEMBER_NOT_ALLOWED:
		return (reply_problem(r, PROBLEM_not_allowed));
	case MEMBER_LAST_ADMIN:
		return (reply_problem(r, PROBLEM_last_system_admin));
	case MEMBER_SELF:
		return (reply_problem(r, PROBLEM_not_yourself));
	case MEMBER_NO_OFFICE:
		return (reply_field(r, "/offices", FIELD_NOT_FOUND));
	case MEMBER_NO_DEPARTMENT:
		return (reply_field(r, "/departments", FIELD_NOT_FOUND));
	case MEMBER_NOT_INVITED:
		return (reply_problem(r, PROBLEM_not_invited));
	case MEMBER_VERDICT__MAX:
		break;
	}
	return (fault_set(f, FAULT_BUG, "member verdict"));
}

static bool
show(struct web_request *r, int status, const char *id, struct fault *f)
{
	struct member_list list;
	bool ok;

	ok = member_show(r->context, id, &list, f);
	if (ok && list.n != 1)
		ok = fault_set(f, FAULT_BUG, "a member vanished");
	if (ok)
		ok = reply_json(r, status, web_people_member(&list.items[0]));
	member_list_free(&list);
	return (ok);
}
