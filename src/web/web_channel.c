#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "delivery.h"
#include "fault.h"
#include "notice.h"
#include "office.h"
#include "tenant_key.h"
#include "text.h"

#include "handler.h"
#include "request.h"
#include "web_delivery.h"
#include "web_form.h"

static json_t *channel_json(const struct channel *, const char *);
static const char *url_field(struct fields *, unsigned);
static const char *token_field(struct fields *);
static void gateway_check(
    struct fields *, bool, const struct channel_gateway *);

bool
web_channel_list(struct web_request *r, struct fault *f)
{
	struct channel *list;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!channel_list(r->context, &list, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(
		    items, channel_json(&list[i], NULL));
	free(list);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_channel_create(struct web_request *r, struct fault *f)
{
	static const char *const formats[] = { "json", "form" };
	static const char *const kinds[] = { "slack", "webhook", "sms" };
	struct fields *b = body_fields(r);
	const int kind =
	    field_choice(b, "kind", FIELD_REQUIRED, kinds, NELEMS(kinds), 0);
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	const char *url = url_field(b, FIELD_REQUIRED);
	const char *office_id = field_uuid(b, "office_id", FIELD_OPTIONAL);
	const struct channel_gateway gateway = {
		.form = field_choice(b, "format", FIELD_OPTIONAL, formats,
			    NELEMS(formats), 0) == 1,
		.template = field_text(
		    b, "template", FIELD_OPTIONAL, 1, CHANNEL_TEMPLATE_MAX),
		.token = token_field(b),
	};
	const bool is_sms = kind == CHANNEL_SMS;
	char secret[CHANNEL_SECRET_SIZE];
	struct channel c = { .kind = (enum channel_kind)kind };
	struct office office;
	bool found = true;

	c.show_names = field_bool(b, "show_names", FIELD_OPTIONAL, true);
	gateway_check(b, is_sms, &gateway);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!channel_may(r->who.roles, c.kind))
		return (reply_problem(r, PROBLEM_not_allowed));
	if (office_id != NULL &&
	    !office_show(r->context, office_id, &office, &found, f))
		return (false);
	if (!found)
		return (reply_field(r, "/office_id", FIELD_NOT_FOUND));
	text_copy(c.name, sizeof(c.name), name);
	text_copy(c.office_id, sizeof(c.office_id),
	    office_id != NULL ? office_id : "");
	if (!channel_create(
		r->context, &c, url, is_sms ? &gateway : NULL, secret, f))
		return (false);
	if (secret[0] != '\0')
		reply_secret(r);
	return (reply_json(r, 201, channel_json(&c, secret)));
}

bool
web_channel_update(struct web_request *r, struct fault *f)
{
	static const char *const states[] = { "on", "off" };
	struct fields *b = body_fields(r);
	struct channel_edit edit = {
		.version = (int)field_int(
		    b, "version", FIELD_REQUIRED, 1, INT32_MAX, 0),
		.name = field_text(b, "name", FIELD_OPTIONAL, 1, 100),
		.url = url_field(b, FIELD_OPTIONAL),
		.token = token_field(b),
	};
	const bool names = field_bool(b, "show_names", FIELD_OPTIONAL, true);
	const int state =
	    field_choice(b, "state", FIELD_OPTIONAL, states, NELEMS(states), 0);
	enum channel_outcome outcome;
	struct channel c;

	if (field_given(b, "show_names"))
		edit.show_names = &names;
	if (field_given(b, "state"))
		edit.state = states[state];
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!channel_update(
		r->context, r->who.roles, r->id[0], &edit, &c, &outcome, f))
		return (false);
	switch (outcome) {
	case CHANNEL_DONE:
		return (reply_json(r, 200, channel_json(&c, NULL)));
	case CHANNEL_NOT_FOUND:
		return (reply_problem(r, PROBLEM_not_found));
	case CHANNEL_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	case CHANNEL_NOT_ALLOWED:
		return (reply_problem(r, PROBLEM_not_allowed));
	case CHANNEL_NO_TOKEN:
		return (reply_field(r, "/token", FIELD_MISSING));
	case CHANNEL_NO_GATEWAY:
		return (reply_field(r, "/token", FIELD_UNKNOWN));
	case CHANNEL_OUTCOME__MAX:
		break;
	}
	return (fault_set(f, FAULT_BUG, "channel outcome"));
}

bool
web_channel_test_create(struct web_request *r, struct fault *f)
{
	struct delivery d;
	struct channel c;
	uuid_text id;
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!channel_show(r->context, r->id[0], &c, &found, f))
		return (false);
	/* Setting up one's own number is the test of a gateway. */
	if (!found || c.kind == CHANNEL_SMS)
		return (reply_problem(r, PROBLEM_not_found));
	if (!notice_channel_test(r->context, c.id, id, f) ||
	    !delivery_show(r->context, id, &d, &found, f))
		return (false);
	return (reply_json(r, 201, web_delivery_json(&d)));
}

static json_t *
channel_json(const struct channel *c, const char *secret)
{
	return (json_pack("{s:s, s:i, s:s, s:s, s:o, s:b, s:s, s:s, s:s*}",
	    "id", c->id, "version", c->version, "kind",
	    channel_kind_name(c->kind), "name", c->name, "office_id",
	    web_form_text(c->office_id[0] != '\0' ? c->office_id : NULL),
	    "show_names", c->show_names, "state", c->state, "host", c->host,
	    "secret", secret != NULL && secret[0] != '\0' ? secret : NULL));
}

static const char *
url_field(struct fields *b, unsigned flags)
{
	const char *url = field_text(b, "url", flags, 1, CHANNEL_URL_MAX);
	char host[CHANNEL_HOST_SIZE];

	if (url != NULL && !channel_url_valid(url, host))
		field_refuse(b, "url", FIELD_BAD_FORMAT);
	return (url);
}

/* It goes into a header. */
static const char *
token_field(struct fields *b)
{
	const char *token =
	    field_text(b, "token", FIELD_OPTIONAL, 1, CHANNEL_TOKEN_MAX);
	const char *p;

	for (p = token; p != NULL && *p != '\0'; p++) {
		if (*p > 0x20 && *p <= 0x7e)
			continue;
		field_refuse(b, "token", FIELD_BAD_FORMAT);
		break;
	}
	return (token);
}

/* A gateway has both, another kind of channel none. */
static void
gateway_check(struct fields *b, bool is_sms, const struct channel_gateway *g)
{
	char *body;

	if ((g->token != NULL) != is_sms)
		field_refuse(
		    b, "token", is_sms ? FIELD_MISSING : FIELD_UNKNOWN);
	if ((g->template != NULL) != is_sms)
		field_refuse(
		    b, "template", is_sms ? FIELD_MISSING : FIELD_UNKNOWN);
	if (!is_sms || g->template == NULL)
		return;
	if ((body = channel_gateway_body(g, "+819012345678", "x")) == NULL)
		field_refuse(b, "template", FIELD_BAD_FORMAT);
	tenant_text_free(body);
}
