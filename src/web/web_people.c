#include <string.h>

#include "member.h"
#include "role.h"

#include "request.h"
#include "web_form.h"
#include "web_people.h"

static json_t *split(const char *, char);

json_t *
web_people_member(const struct member *m)
{
	return (json_pack("{sssisssossss so so so ss}", "id", m->id, "version",
	    m->version, "name", m->name, "kana", web_form_text(m->kana),
	    "email", m->email, "language", m->language, "roles",
	    web_people_roles(m->roles), "offices", split(m->offices, ' '),
	    "departments", split(m->departments, '\n'), "state",
	    member_state_name(m->state)));
}

json_t *
web_people_roles(unsigned roles)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ROLE_COUNT; i++) {
		if ((roles & (1U << i)) != 0)
			(void)json_array_append_new(
			    list, json_string(role_name(i)));
	}
	return (list);
}

bool
web_people_roles_field(struct fields *fs, unsigned *roles)
{
	struct fields *array;
	const char *word;
	size_t n, i, k;
	bool known = true;

	*roles = 0;
	array = field_array(fs, "roles", FIELD_OPTIONAL, 0, ROLE_COUNT, &n);
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
	return (known);
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
