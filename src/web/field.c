#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "web_job.h"
#include "text.h"

static const char *const error_names[] = {
	[FIELD_MISSING] = "missing",
	[FIELD_WRONG_TYPE] = "wrong_type",
	[FIELD_TOO_SHORT] = "too_short",
	[FIELD_TOO_LONG] = "too_long",
	[FIELD_UNCLEAN] = "unclean",
	[FIELD_BAD_FORMAT] = "bad_format",
	[FIELD_OUT_OF_RANGE] = "out_of_range",
	[FIELD_NO_CHOICE] = "no_choice",
	[FIELD_UNKNOWN] = "unknown",
	[FIELD_TAKEN] = "taken",
	[FIELD_NOT_FOUND] = "not_found",
	[FIELD_IN_PAST] = "in_past",
	[FIELD_END_BEFORE_START] = "end_before_start",
	[FIELD_TOO_MANY] = "too_many",
	[FIELD_TOO_FEW] = "too_few",
	[FIELD_NO_MATCH] = "no_match",
	[FIELD_TOO_COMMON] = "too_common",
	[FIELD_TOO_PERSONAL] = "too_personal",
};
_Static_assert(NELEMS(error_names) == FIELD_ERROR__MAX, "all have names");

#define COMPLAINTS_MAX 50 /* enough to mend a form; a flood is cut */

static struct fields *reader(
    struct web_request *, const json_t *, const char *);
static const char *pointer_to(struct web_request *, const char *, const char *);
static const char *element_pointer(struct fields *, size_t);
static void complain(struct web_request *, const char *, enum field_error);
static const json_t *member(struct fields *, const char *, unsigned);
static const char *check_text(
    struct web_request *, const char *, const char *, unsigned, size_t, size_t);
static bool lines_clean(const char *);
static bool is_time(const char *);
static bool is_date(const char *);
static const char *text_member(
    struct fields *, const char *, unsigned, bool (*)(const char *));
static struct job_param *param(struct web_request *, const char *);
static const char *text_param(
    struct web_request *, const char *, unsigned, bool (*)(const char *));
static const char *param_pointer(struct web_request *, const char *);
static void note_unread(struct web_request *);

const char *
field_error_name(enum field_error error)
{
	return (error_names[error]);
}

struct fields *
body_fields(struct web_request *r)
{
	return (reader(r, r->json, ""));
}

bool
field_given(struct fields *fs, const char *name)
{
	return (fs != NULL && json_object_get(fs->value, name) != NULL);
}

const char *
field_text(
    struct fields *fs, const char *name, unsigned flags, size_t min, size_t max)
{
	const json_t *v = member(fs, name, flags);
	const char *at;

	if (v == NULL)
		return (NULL);
	at = pointer_to(fs->r, fs->pointer, name);
	if (!json_is_string(v)) {
		complain(fs->r, at, FIELD_WRONG_TYPE);
		return (NULL);
	}
	return (check_text(fs->r, at, json_string_value(v), flags, min, max));
}

const char *
field_uuid(struct fields *fs, const char *name, unsigned flags)
{
	return (text_member(fs, name, flags, text_is_uuid));
}

const char *
field_time(struct fields *fs, const char *name, unsigned flags)
{
	return (text_member(fs, name, flags, is_time));
}

const char *
field_date(struct fields *fs, const char *name, unsigned flags)
{
	return (text_member(fs, name, flags, is_date));
}

bool
field_bool(struct fields *fs, const char *name, unsigned flags, bool initial)
{
	const json_t *v = member(fs, name, flags);

	if (v == NULL)
		return (initial);
	if (!json_is_boolean(v)) {
		field_refuse(fs, name, FIELD_WRONG_TYPE);
		return (initial);
	}
	return (json_is_true(v));
}

int64_t
field_int(struct fields *fs, const char *name, unsigned flags, int64_t min,
    int64_t max, int64_t initial)
{
	const json_t *v = member(fs, name, flags);

	if (v == NULL)
		return (initial);
	if (!json_is_integer(v)) {
		field_refuse(fs, name, FIELD_WRONG_TYPE);
		return (initial);
	}
	if (json_integer_value(v) < min || json_integer_value(v) > max) {
		field_refuse(fs, name, FIELD_OUT_OF_RANGE);
		return (initial);
	}
	return (json_integer_value(v));
}

int
field_choice(struct fields *fs, const char *name, unsigned flags,
    const char *const *words, size_t n, int initial)
{
	const json_t *v = member(fs, name, flags);
	size_t i;

	if (v == NULL)
		return (initial);
	if (!json_is_string(v)) {
		field_refuse(fs, name, FIELD_WRONG_TYPE);
		return (initial);
	}
	for (i = 0; i < n; i++) {
		if (strcmp(words[i], json_string_value(v)) == 0)
			return ((int)i);
	}
	field_refuse(fs, name, FIELD_NO_CHOICE);
	return (initial);
}

struct fields *
field_object(struct fields *fs, const char *name, unsigned flags)
{
	const json_t *v = member(fs, name, flags);

	if (v == NULL)
		return (NULL);
	if (!json_is_object(v)) {
		field_refuse(fs, name, FIELD_WRONG_TYPE);
		return (NULL);
	}
	return (reader(fs->r, v, pointer_to(fs->r, fs->pointer, name)));
}

struct fields *
field_array(struct fields *fs, const char *name, unsigned flags, size_t min,
    size_t max, size_t *count)
{
	const json_t *v = member(fs, name, flags);

	*count = 0;
	if (v == NULL)
		return (NULL);
	if (!json_is_array(v))
		field_refuse(fs, name, FIELD_WRONG_TYPE);
	else if (json_array_size(v) < min)
		field_refuse(fs, name, FIELD_TOO_FEW);
	else if (json_array_size(v) > max)
		field_refuse(fs, name, FIELD_TOO_MANY);
	else {
		*count = json_array_size(v);
		return (reader(fs->r, v, pointer_to(fs->r, fs->pointer, name)));
	}
	return (NULL);
}

struct fields *
item_object(struct fields *fs, size_t i)
{
	const json_t *v = fs == NULL ? NULL : json_array_get(fs->value, i);

	if (v == NULL)
		return (NULL);
	if (!json_is_object(v)) {
		item_refuse(fs, i, FIELD_WRONG_TYPE);
		return (NULL);
	}
	return (reader(fs->r, v, element_pointer(fs, i)));
}

const char *
item_text(struct fields *fs, size_t i, unsigned flags, size_t min, size_t max)
{
	const json_t *v = fs == NULL ? NULL : json_array_get(fs->value, i);

	if (v == NULL)
		return (NULL);
	if (!json_is_string(v)) {
		item_refuse(fs, i, FIELD_WRONG_TYPE);
		return (NULL);
	}
	return (check_text(fs->r, element_pointer(fs, i), json_string_value(v),
	    flags | FIELD_REQUIRED, min, max));
}

const char *
item_uuid(struct fields *fs, size_t i)
{
	const json_t *v = fs == NULL ? NULL : json_array_get(fs->value, i);

	if (v == NULL)
		return (NULL);
	if (!json_is_string(v)) {
		item_refuse(fs, i, FIELD_WRONG_TYPE);
		return (NULL);
	}
	if (!text_is_uuid(json_string_value(v))) {
		item_refuse(fs, i, FIELD_BAD_FORMAT);
		return (NULL);
	}
	return (json_string_value(v));
}

const json_t *
field_json(struct fields *fs, const char *name, unsigned flags)
{
	return (member(fs, name, flags));
}

void
field_refuse(struct fields *fs, const char *name, enum field_error error)
{
	if (fs != NULL)
		complain(fs->r, pointer_to(fs->r, fs->pointer, name), error);
}

void
item_refuse(struct fields *fs, size_t i, enum field_error error)
{
	if (fs != NULL)
		complain(fs->r, element_pointer(fs, i), error);
}

/* The query ----------------------------------------------------------------*/

const char *
query_text(struct web_request *r, const char *name, unsigned flags, size_t min,
    size_t max)
{
	struct job_param *p = param(r, name);

	if (p == NULL) {
		if (flags & FIELD_REQUIRED)
			complain(r, param_pointer(r, name), FIELD_MISSING);
		return (NULL);
	}
	return (
	    check_text(r, param_pointer(r, name), p->value, flags, min, max));
}

const char *
query_uuid(struct web_request *r, const char *name, unsigned flags)
{
	return (text_param(r, name, flags, text_is_uuid));
}

const char *
query_time(struct web_request *r, const char *name, unsigned flags)
{
	return (text_param(r, name, flags, is_time));
}

const char *
query_date(struct web_request *r, const char *name, unsigned flags)
{
	return (text_param(r, name, flags, is_date));
}

bool
query_bool(struct web_request *r, const char *name, bool initial)
{
	static const char *const words[] = { "false", "true" };

	return (query_choice(r, name, words, NELEMS(words), initial) == 1);
}

int64_t
query_int(struct web_request *r, const char *name, int64_t min, int64_t max,
    int64_t initial)
{
	struct job_param *p = param(r, name);
	long long value;
	char *end;

	if (p == NULL)
		return (initial);
	errno = 0;
	value = strtoll(p->value, &end, 10);
	if (p->value[0] == '\0' || *end != '\0' || errno != 0 ||
	    strspn(p->value, "-0123456789") != strlen(p->value))
		complain(r, param_pointer(r, name), FIELD_BAD_FORMAT);
	else if (value < min || value > max)
		complain(r, param_pointer(r, name), FIELD_OUT_OF_RANGE);
	else
		return (value);
	return (initial);
}

int
query_choice(struct web_request *r, const char *name, const char *const *words,
    size_t n, int initial)
{
	struct job_param *p = param(r, name);
	size_t i;

	if (p == NULL)
		return (initial);
	for (i = 0; i < n; i++) {
		if (strcmp(words[i], p->value) == 0)
			return ((int)i);
	}
	complain(r, param_pointer(r, name), FIELD_NO_CHOICE);
	return (initial);
}

void
query_refuse(struct web_request *r, const char *name, enum field_error error)
{
	complain(r, param_pointer(r, name), error);
}

bool
request_valid(struct web_request *r)
{
	note_unread(r);
	return (r->job->errors == NULL);
}

/* Within -------------------------------------------------------------------*/

static struct fields *
reader(struct web_request *r, const json_t *value, const char *pointer)
{
	struct fields *fs = request_alloc(r, sizeof(*fs));

	if (fs == NULL || pointer == NULL) {
		complain(r, "", FIELD_MISSING);
		return (NULL);
	}
	fs->r = r;
	fs->value = value;
	fs->pointer = pointer;
	fs->next = r->job->readers;
	r->job->readers = fs;
	return (fs);
}

/* RFC 6901: "~" is "~0", "/" is "~1". */
static const char *
pointer_to(struct web_request *r, const char *base, const char *name)
{
	const size_t len = strlen(base);
	char *out = request_alloc(r, len + 2 * strlen(name) + 2), *to;

	if (out == NULL)
		return ("");
	memcpy(out, base, len);
	to = out + len;
	*to++ = '/';
	for (; *name != '\0'; name++) {
		if (*name == '~' || *name == '/') {
			*to++ = '~';
			*to++ = *name == '~' ? '0' : '1';
		} else
			*to++ = *name;
	}
	*to = '\0';
	return (out);
}

static const char *
element_pointer(struct fields *fs, size_t i)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%zu", i);
	return (pointer_to(fs->r, fs->pointer, number));
}

/* A parameter is no part of the body; "?name" cannot be a JSON pointer. */
static const char *
param_pointer(struct web_request *r, const char *name)
{
	char *out = request_alloc(r, strlen(name) + 2);

	if (out == NULL)
		return ("?");
	out[0] = '?';
	memcpy(out + 1, name, strlen(name) + 1);
	return (out);
}

static void
complain(struct web_request *r, const char *pointer, enum field_error error)
{
	json_t **errors = &r->job->errors;

	if (*errors == NULL)
		*errors = json_array();
	if (*errors == NULL || json_array_size(*errors) == COMPLAINTS_MAX)
		return;
	(void)json_array_append_new(*errors,
	    json_pack(
		"{s:s,s:s}", "pointer", pointer, "name", error_names[error]));
}

/* The member's value, or NULL when it is absent or null. */
static const json_t *
member(struct fields *fs, const char *name, unsigned flags)
{
	const json_t *v;

	if (fs == NULL)
		return (NULL);
	if (fs->nseen < JOB_FIELDS_MAX)
		fs->seen[fs->nseen++] = name;
	v = json_object_get(fs->value, name);
	if (v != NULL && !json_is_null(v))
		return (v);
	if (flags & FIELD_REQUIRED)
		field_refuse(fs, name, FIELD_MISSING);
	return (NULL);
}

static const char *
check_text(struct web_request *r, const char *at, const char *value,
    unsigned flags, size_t min, size_t max)
{
	char *copy;
	size_t len;

	if ((copy = job_text(r->job, value, strlen(value))) == NULL) {
		complain(r, at, FIELD_TOO_LONG);
		return (NULL);
	}
	if (!(flags & FIELD_RAW))
		copy = text_trim(copy);
	if (copy[0] == '\0' && !(flags & FIELD_REQUIRED))
		return (NULL);
	len = text_length(copy);
	if (copy[0] == '\0' && min > 0)
		complain(r, at, FIELD_MISSING);
	else if (len < min)
		complain(r, at, FIELD_TOO_SHORT);
	else if (len > max)
		complain(r, at, FIELD_TOO_LONG);
	else if (!((flags & FIELD_LINES) ? lines_clean(copy)
					 : text_is_clean(copy)))
		complain(r, at, FIELD_UNCLEAN);
	else
		return (copy);
	return (NULL);
}

/* Clean but for line feeds and tabs. */
static bool
lines_clean(const char *s)
{
	char line[4096];
	size_t len;

	while (*s != '\0') {
		len = strcspn(s, "\n\t");
		if (len >= sizeof(line)) {
			/* Cut between characters, and look at each part. */
			len = sizeof(line) - 1;
			while (len > 0 && ((uint8_t)s[len] & 0xc0) == 0x80)
				len--;
			if (len == 0)
				return (false);
		}
		memcpy(line, s, len);
		line[len] = '\0';
		if (!text_is_clean(line))
			return (false);
		s += len;
		if (*s == '\n' || *s == '\t')
			s++;
	}
	return (true);
}

static bool
is_time(const char *s)
{
	int64_t moment;
	int offset;

	return (clock_parse(s, &moment, &offset));
}

static bool
is_date(const char *s)
{
	struct clock_local day;

	return (clock_parse_date(s, &day));
}

static const char *
text_member(struct fields *fs, const char *name, unsigned flags,
    bool (*good)(const char *))
{
	const json_t *v = member(fs, name, flags);

	if (v == NULL)
		return (NULL);
	if (!json_is_string(v))
		field_refuse(fs, name, FIELD_WRONG_TYPE);
	else if (!good(json_string_value(v)))
		field_refuse(fs, name, FIELD_BAD_FORMAT);
	else
		return (json_string_value(v));
	return (NULL);
}

static struct job_param *
param(struct web_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->job->nparams; i++) {
		if (strcmp(r->job->params[i].name, name) == 0) {
			r->job->params[i].read = true;
			return (&r->job->params[i]);
		}
	}
	return (NULL);
}

static const char *
text_param(struct web_request *r, const char *name, unsigned flags,
    bool (*good)(const char *))
{
	struct job_param *p = param(r, name);

	if (p == NULL || p->value[0] == '\0') {
		if (flags & FIELD_REQUIRED)
			complain(r, param_pointer(r, name), FIELD_MISSING);
		return (NULL);
	}
	if (!good(p->value)) {
		complain(r, param_pointer(r, name), FIELD_BAD_FORMAT);
		return (NULL);
	}
	return (p->value);
}

/* Refuse by name the members and parameters that nobody read. */
static void
note_unread(struct web_request *r)
{
	struct fields *fs;
	const char *key;
	json_t *value;
	size_t i;

	for (i = 0; i < r->job->nparams; i++) {
		if (!r->job->params[i].read)
			complain(r, param_pointer(r, r->job->params[i].name),
			    FIELD_UNKNOWN);
		r->job->params[i].read = true;
	}

	/* A handler that reads no body gets none. */
	if (r->job->readers == NULL && json_object_size(r->json) > 0)
		(void)body_fields(r);

	for (fs = r->job->readers; fs != NULL; fs = fs->next) {
		if (fs->checked || !json_is_object(fs->value))
			continue;
		fs->checked = true;
		json_object_foreach((json_t *)(uintptr_t)fs->value, key, value)
		{
			for (i = 0; i < fs->nseen; i++) {
				if (strcmp(fs->seen[i], key) == 0)
					break;
			}
			if (i == fs->nseen)
				field_refuse(fs, key, FIELD_UNKNOWN);
		}
	}
}
