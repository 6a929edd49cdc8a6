#include <string.h>

#include "fault.h"

#include "context.h"
#include "network_rule.h"

#include "handler.h"
#include "request.h"

/* /api/v1/settings/networks */

static void read_list(
    struct fields *, struct network_rule *, enum network_rule_list);
static bool show(struct web_request *, const struct network_rule *);
static json_t *lines(const char *);

bool
web_network_rule_show(struct web_request *r, struct fault *f)
{
	struct network_rule rule;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!network_rule_show(r->context, &rule, f))
		return (false);
	return (show(r, &rule));
}

bool
web_network_rule_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	struct network_rule rule = {
		.version = (int)field_int(
		    b, "version", FIELD_REQUIRED, 0, INT32_MAX, 0),
	};
	enum network_rule_outcome outcome;
	int i;

	for (i = 0; i < NETWORK_RULE_LIST__MAX; i++)
		read_list(b, &rule, (enum network_rule_list)i);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!network_rule_update(r->context, &rule, &outcome, f))
		return (false);
	switch (outcome) {
	case NETWORK_RULE_CONFLICT:
		return (reply_problem(r, PROBLEM_conflict));
	case NETWORK_RULE_LOCKED_OUT:
		return (reply_problem_with(r, PROBLEM_locked_out,
		    json_pack("{ss}", "address", r->address)));
	default:
		return (show(r, &rule));
	}
}

static void
read_list(
    struct fields *b, struct network_rule *rule, enum network_rule_list list)
{
	struct network network;
	struct fields *array;
	const char *text;
	size_t n, i;

	array = field_array(b, network_rule_name(list), FIELD_REQUIRED, 0,
	    NETWORK_RULE_MAX, &n);
	for (i = 0; i < n; i++) {
		if ((text = item_text(array, i, 0, 1, 60)) == NULL)
			continue;
		if (network_parse(text, &network))
			network_rule_add(rule, list, &network);
		else
			item_refuse(array, i, FIELD_BAD_FORMAT);
	}
}

static bool
show(struct web_request *r, const struct network_rule *rule)
{
	json_t *json = json_pack(
	    "{siss}", "version", rule->version, "address", r->address);
	int i;

	for (i = 0; i < NETWORK_RULE_LIST__MAX; i++)
		(void)json_object_set_new(json,
		    network_rule_name((enum network_rule_list)i),
		    lines(rule->lists[i]));
	return (reply_json(r, 200, json));
}

static json_t *
lines(const char *s)
{
	json_t *array = json_array();
	size_t len;

	for (; *s != '\0'; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		(void)json_array_append_new(array, json_stringn(s, len));
	}
	return (array);
}
