#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "web_job.h"
#include "secret.h"

static bool answer(struct web_request *, int, const char *, void *, size_t);
static bool answer_problem(struct web_request *, enum problem, json_t *);
static void fill(json_t *, const char *);
static void put_value(FILE *, const json_t *, const char *, size_t);

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
	return (answer_problem(
	    r, PROBLEM_invalid, json_pack("{s:O*}", "errors", r->job->errors)));
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

	if (a->nheaders == JOB_ANSWERS_MAX || strpbrk(value, "\r\n") != NULL)
		return;
	pair = &a->headers[a->nheaders];
	pair->name = name;
	if ((pair->value = job_text(r->job, value, strlen(value))) != NULL)
		a->nheaders++;
}

void
reply_cookie(
    struct web_request *r, const char *name, const char *value, long max_age)
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

void
reply_secret(struct web_request *r)
{
	r->job->answer.secret = true;
}

static bool
answer(
    struct web_request *r, int status, const char *type, void *body, size_t len)
{
	struct job_answer *a = &r->job->answer;

	job_forget(r->job);
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

	(void)snprintf(
	    type, sizeof(type), "/problems/%s", problem_name(problem));
	(void)snprintf(id, sizeof(id), "/requests/%s", r->request_id);
	body = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", type, "title",
	    problem_title(problem, r->language), "status",
	    problem_status(problem), "detail",
	    problem_next(problem, r->language), "instance", id);
	if (body != NULL && more != NULL)
		(void)json_object_update(body, more);
	if (body != NULL) {
		fill(body, "title");
		fill(body, "detail");
	}
	text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
	json_decref(body);
	json_decref(more);

	(void)answer(r, problem_status(problem), "application/problem+json",
	    text, text == NULL ? 0 : strlen(text));
	r->job->answer.problem = problem;
	reply_header(r, "content-language", r->language);
	return (true);
}

/* Put the problem's own members where its text names them: "{office}". */
static void
fill(json_t *body, const char *name)
{
	const char *from = json_string_value(json_object_get(body, name));
	const char *open;
	char *text = NULL;
	size_t len, size;
	FILE *out;

	if (from == NULL || strchr(from, '{') == NULL ||
	    (out = open_memstream(&text, &size)) == NULL)
		return;
	for (; (open = strchr(from, '{')) != NULL; from = open + len + 2) {
		(void)fwrite(from, 1, (size_t)(open - from), out);
		if (open[len = strcspn(open + 1, "}") + 1] == '\0')
			break;
		put_value(out, body, open + 1, --len);
	}
	(void)fputs(open == NULL ? from : open, out);
	if (fclose(out) == 0)
		(void)json_object_set_new(body, name, json_string(text));
	free(text);
}

/* A moment is shown as the clock on the wall shows it. */
static void
put_value(FILE *out, const json_t *body, const char *name, size_t len)
{
	char key[32];
	const char *value;

	(void)snprintf(key, sizeof(key), "%.*s", (int)len, name);
	value = json_string_value(json_object_get(body, key));
	if (value == NULL)
		(void)fprintf(out, "{%s}", key);
	else if (strlen(value) >= 20 && value[4] == '-' && value[10] == 'T')
		(void)fwrite(value + 11, 1, 5, out);
	else
		(void)fputs(value, out);
}
