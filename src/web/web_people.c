#include <string.h>

#include "member.h"
#include "role.h"

#include "web_form.h"
#include "web_people.h"

static json_t *split(const char *, char);

json_t *
web_people_member(const struct member *m)
{
	json_t *roles = json_array();
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++) {
		if ((m->roles & (1U << i)) != 0)
			(void)json_array_append_new(
			    roles, json_string(role_name(i)));
	}
	return (json_pack("{sssisssossss so so so ss}", "id", m->id, "version",
	    m->version, "name", m->name, "kana", web_form_text(m->kana),
	    "email", m->email, "language", m->language, "roles", roles,
	    "offices", split(m->offices, ' '), "departments",
	    split(m->departments, '\n'), "state", member_state_name(m->state)));
}

static json_t *
split(const char *s, char by)
{
	json_t *words = json_array();
	const char *end;

	while (*s != '\0') {
		end = strchr(s, by);
		if (end == NULL)
			end = s + strlen(s);
		(void)json_array_append_new(
		    words, json_stringn(s, (size_t)(end - s)));
		s = *end == by ? end + 1 : end;
	}
	return (words);
}
