#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "job.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "clock.h"

#define JSON_DEPTH_MAX 16
#define REQUEST_ID_LEN 26 /* base32 characters */

static int nibble(int);
static bool decode(struct job *, const char *, size_t, const char **);
static bool depth_ok(const uint8_t *, size_t);
static bool answer(struct web_request *, int, const char *, void *, size_t);
static bool answer_problem(struct web_request *, enum problem, json_t *);
static void forget_answer(struct job *);

struct job *
job_new(void)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return (NULL);
	job->r.job = job;
	job->r.address = job->r.user_agent = "";
	job->r.language = "ja";
	job->answer.problem = PROBLEM__MAX;
	job->started = clock_monotonic();
	secret_token(job->r.request_id, REQUEST_ID_LEN);
	return (job);
}

void
job_free(struct job *job)
{
	struct job_block *block;

	if (job == NULL)
		return;
	json_decref(job->r.json);
	json_decref(job->errors);
	forget_answer(job);
	while ((block = job->memory) != NULL) {
		job->memory = block->next;
		secret_wipe(block->data, block->size);
		free(block);
	}
	secret_wipe(job, sizeof(*job));
	free(job);
}

void *
request_alloc(struct web_request *r, size_t size)
{
	struct job_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		return (NULL);
	block->size = size;
	block->next = r->job->memory;
	r->job->memory = block;
	return (block->data);
}

char *
job_text(struct job *job, const char *s, size_t len)
{
	char *copy = request_alloc(&job->r, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, s, len);
	return (copy);
}

const char *
request_header(const struct web_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->job->nheaders; i++) {
		if (strcasecmp(r->job->headers[i].name, name) == 0)
			return (r->job->headers[i].value);
	}
	return (NULL);
}

bool
job_query(struct job *job, const char *query)
{
	struct job_param *p;
	size_t len, name_len, i;

	while (query != NULL && *query != '\0') {
		len = strcspn(query, "&");
		name_len = strcspn(query, "=&");
		if (job->nparams == JOB_PARAMS_MAX)
			return (false);
		p = &job->params[job->nparams];
		if (!decode(job, query, name_len, &p->name) ||
		    !decode(job, query + name_len + (name_len < len),
			len - name_len - (name_len < len), &p->value))
			return (false);
		for (i = 0; i < job->nparams; i++) {
			if (strcmp(job->params[i].name, p->name) == 0)
				return (false);
		}
		job->nparams++;
		query += len;
		if (*query == '&')
			query++;
	}
	return (true);
}

bool
job_body(struct job *job)
{
	struct web_request *r = &job->r;
	json_error_t error;

	/* Nothing at all is taken for an object without members. */
	if (r->body_len == 0)
		return ((r->json = json_object()) != NULL);
	if (!depth_ok(r->body, r->body_len))
		return (false);
	r->json = json_loadb((const char *)r->body, r->body_len,
	    JSON_REJECT_DUPLICATES, &error);
	return (json_is_object(r->json));
}

void
job_fault(struct job *job, const struct fault *f)
{
	struct web_request *r = &job->r;
	enum problem problem = PROBLEM_fault;
	char incident[11];
	json_t *more;

	switch (f->kind) {
	case FAULT_DB_AWAY:
	case FAULT_KMS_AWAY:
		problem = PROBLEM_away;
		break;
	case FAULT_DECODE_AWAY:
		problem = PROBLEM_decoder_away;
		break;
	case FAULT_DB_CONFLICT:
		problem = PROBLEM_conflict;
		break;
	default:
		break;
	}

	secret_token(incident, sizeof(incident) - 1);
	log_line(LOG_LEVEL_ERROR, "web.fault", "incident", incident, "request",
	    r->request_id, "route", r->route == NULL ? "" : r->route->path,
	    "kind", fault_name(f->kind), "what", f->what, NULL);

	forget_answer(job);
	job->answer.keep = false;
	job->answer.nheaders = 0;
	if (problem == PROBLEM_away || problem == PROBLEM_decoder_away)
		reply_header(r, "retry-after", "2");
	more = json_pack("{s:s}", "incident", incident);
	(void)answer_problem(r, problem, more);
}

/* Answers ------------------------------------------------------------------*/

bool
reply_json(struct web_request *r, int status, json_t *json)
{
	struct fault f = FAULT_INIT;
	char *text;

	text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (text == NULL) {
		fault_set(&f, FAULT_MEMORY, "no memory for an answer");
		job_fault(r->job, &f);
		return (true);
	}
	return (answer(r, status, "application/json", text, strlen(text)));
}

bool
reply_empty(struct web_request *r)
{
	return (answer(r, 204, NULL, NULL, 0));
}

bool
reply_bytes(struct web_request *r, int status, const char *type,
    const char *file, void *data, size_t len)
{
	char *disposition;
	size_t size;

	if (file != NULL) {
		size = strlen(file) + sizeof("attachment; filename=\"\"");
		if ((disposition = request_alloc(r, size)) != NULL) {
			(void)snprintf(disposition, size,
			    "attachment; filename=\"%s\"", file);
			reply_header(r, "content-disposition", disposition);
		}
	}
	return (answer(r, status, type, data, len));
}

bool
reply_problem(struct web_request *r, enum problem problem)
{
	return (answer_problem(r, problem, NULL));
}

bool
reply_problem_with(struct web_request *r, enum problem problem, json_t *more)
{
	return (answer_problem(r, problem, more));
}

bool
reply_invalid(struct web_request *r)
{
	return (answer_problem(r, PROBLEM_invalid,
	    json_pack("{s:O*}", "errors", r->job->errors)));
}

bool
reply_field(struct web_request *r, const char *pointer, enum field_error error)
{
	return (answer_problem(r, PROBLEM_invalid,
	    json_pack("{s:[{s:s,s:s}]}", "errors", "pointer", pointer, "name",
		field_error_name(error))));
}

void
reply_header(struct web_request *r, const char *name, const char *value)
{
	struct job_answer *a = &r->job->answer;
	struct job_pair *pair;

	if (a->nheaders == JOB_ANSWERS_MAX ||
	    strpbrk(value, "\r\n") != NULL)
		return;
	pair = &a->headers[a->nheaders];
	pair->name = name;
	if ((pair->value = job_text(r->job, value, strlen(value))) != NULL)
		a->nheaders++;
}

void
reply_cookie(struct web_request *r, const char *name, const char *value,
    long max_age)
{
	char text[512], age[32] = "";

	if (max_age > 0)
		(void)snprintf(age, sizeof(age), "; Max-Age=%ld", max_age);
	(void)snprintf(text, sizeof(text),
	    "%s=%s; Path=/; Secure; HttpOnly; SameSite=Lax%s", name, value,
	    age);
	reply_header(r, "set-cookie", text);
	secret_wipe(text, sizeof(text));
}

void
reply_cookie_clear(struct web_request *r, const char *name)
{
	char text[128];

	(void)snprintf(text, sizeof(text),
	    "%s=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0", name);
	reply_header(r, "set-cookie", text);
}

void
reply_keep(struct web_request *r)
{
	r->job->answer.keep = true;
}

static bool
answer(struct web_request *r, int status, const char *type, void *body,
    size_t len)
{
	struct job_answer *a = &r->job->answer;

	forget_answer(r->job);
	a->given = true;
	a->status = status;
	a->type = type;
	a->body = body;
	a->len = len;
	return (true);
}

/* RFC 9457.  ${more} is taken. */
static bool
answer_problem(struct web_request *r, enum problem problem, json_t *more)
{
	char type[96], id[64];
	json_t *body;
	char *text;

	(void)snprintf(type, sizeof(type), "/problems/%s",
	    problem_name(problem));
	(void)snprintf(id, sizeof(id), "/requests/%s", r->request_id);
	body = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", type, "title",
	    problem_title(problem, r->language), "status",
	    problem_status(problem), "detail",
	    problem_next(problem, r->language), "instance", id);
	if (body != NULL && more != NULL)
		(void)json_object_update(body, more);
	text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
	json_decref(body);
	json_decref(more);

	(void)answer(r, problem_status(problem), "application/problem+json",
	    text, text == NULL ? 0 : strlen(text));
	r->job->answer.problem = problem;
	reply_header(r, "content-language", r->language);
	return (true);
}

static void
forget_answer(struct job *job)
{
	struct job_answer *a = &job->answer;

	if (a->body != NULL)
		secret_wipe(a->body, a->len);
	free(a->body);
	a->body = NULL;
	a->len = 0;
	a->given = false;
	a->problem = PROBLEM__MAX;
}

/* Reading ------------------------------------------------------------------*/

/* Undo percent encoding and "+"; refuse what is no clean text. */
static bool
decode(struct job *job, const char *s, size_t len, const char **out)
{
	char *text, *to;
	size_t i;
	int high, low;

	if ((text = to = request_alloc(&job->r, len + 1)) == NULL)
		return (false);
	for (i = 0; i < len; i++) {
		if (s[i] == '+')
			*to++ = ' ';
		else if (s[i] != '%')
			*to++ = s[i];
		else {
			if (len - i < 3 || (high = nibble(s[i + 1])) < 0 ||
			    (low = nibble(s[i + 2])) < 0 || high + low == 0)
				return (false);
			*to++ = (char)(high * 16 + low);
			i += 2;
		}
	}
	*to = '\0';
	*out = text;
	return (text_is_utf8(text, (size_t)(to - text)));
}

static int
nibble(int c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c = tolower(c);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* Is nothing nested deeper than we read?  jansson's own limit is 2048. */
static bool
depth_ok(const uint8_t *s, size_t len)
{
	bool in_text = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (in_text) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				in_text = false;
		} else if (s[i] == '"')
			in_text = true;
		else if (s[i] == '{' || s[i] == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return (false);
		} else if (s[i] == '}' || s[i] == ']')
			depth--;
	}
	return (true);
}
