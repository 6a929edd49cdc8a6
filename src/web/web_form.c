#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "text.h"

#include "web_form.h"

json_t *
web_form_time(int64_t moment)
{
	time_text text;

	if (moment == 0)
		return (json_null());
	clock_format(moment, 0, text);
	return (json_string(text));
}

json_t *
web_form_text(const char *s)
{
	return (s != NULL ? json_string(s) : json_null());
}

json_t *
web_form_list(json_t *items)
{
	return (json_pack("{soso}", "items", items, "next", json_null()));
}

const char *
web_form_language(struct fields *fs)
{
	static const char *const languages[] = { "ja", "en" };

	return (languages[field_choice(
	    fs, "language", FIELD_OPTIONAL, languages, NELEMS(languages), 0)]);
}

const uint8_t *
web_form_bytes(
    struct web_request *r, struct fields *fs, const char *name, size_t n)
{
	const char *text = field_text(fs, name, FIELD_REQUIRED, 1, 4 * n);
	uint8_t *decoded, *kept = NULL;
	size_t len;

	if (text == NULL)
		return (NULL);
	if (!text_unbase64(text, &decoded, &len)) {
		field_refuse(fs, name, FIELD_BAD_FORMAT);
		return (NULL);
	}
	if (len != n)
		field_refuse(fs, name, FIELD_BAD_FORMAT);
	else if ((kept = request_alloc(r, n)) != NULL)
		memcpy(kept, decoded, n);
	free(decoded);
	return (kept);
}

bool
web_form_blocked(struct web_request *r, long wait)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", wait);
	reply_header(r, "retry-after", text);
	reply_keep(r);
	return (reply_problem_with(r, PROBLEM_wait,
	    json_pack("{sI}", "retry_after", (json_int_t)wait)));
}

bool
web_form_stranger(struct web_request *r, enum problem problem)
{
	if (r->who.tenant_id[0] != '\0')
		problem = r->who.tenant_state == TENANT_SUSPENDED
		    ? PROBLEM_tenant_suspended
		    : PROBLEM_contract_ended;
	return (reply_problem(r, problem));
}

bool
web_form_admits(struct web_request *r, enum network_rule_list list,
    const char *action, bool *admitted, struct fault *f)
{
	if (!network_rule_enter(r->context, list, action, admitted, f))
		return (false);
	if (!*admitted) {
		reply_keep(r);
		(void)reply_problem(r, PROBLEM_address_refused);
	}
	return (true);
}
