#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "web_job.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "clock.h"
#include "gen_text.h"

#define JSON_DEPTH_MAX 16
#define REQUEST_ID_LEN 26 /* base32 characters */

static int nibble(int);
static bool decode(struct job *, const char *, size_t, const char **);
static bool depth_ok(const uint8_t *, size_t);
static void reply_limit(struct job *, const struct fault *);

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
	job_forget(job);
	while ((block = job->memory) != NULL) {
		job->memory = block->next;
		secret_wipe(block->data, block->size);
		free(block);
	}
	secret_wipe(job, sizeof(*job));
	free(job);
}

char *
job_text(struct job *job, const char *s, size_t len)
{
	char *copy = request_alloc(&job->r, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, s, len);
	return (copy);
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
	r->json = json_loadb(
	    (const char *)r->body, r->body_len, JSON_REJECT_DUPLICATES, &error);
	return (json_is_object(r->json));
}

bool
job_form(struct job *job)
{
	const struct web_request *r = &job->r;
	const char *text = job_text(job, (const char *)r->body, r->body_len);

	return (text != NULL && strlen(text) == r->body_len &&
	    job_query(job, text));
}

void
job_digest(const struct job *job, uint8_t out[32])
{
	const struct web_request *r = &job->r;
	uint8_t parts[3][32];

	memset(parts, 0, sizeof(parts));
	secret_digest(job->path, strlen(job->path), parts[0]);
	if (r->route->body != BODY_JPEG) {
		if (job->query_raw != NULL)
			secret_digest(
			    job->query_raw, strlen(job->query_raw), parts[1]);
		secret_digest(r->body, r->body_len, parts[2]);
	}
	secret_digest(parts, sizeof(parts), out);
}

void
job_fault(struct job *job, const struct fault *f)
{
	struct web_request *r = &job->r;
	enum problem problem = PROBLEM_fault;
	char incident[11];
	json_t *more;

	/* No fault of ours, though the database finds it. */
	if (f->kind == FAULT_DB_LIMIT) {
		reply_limit(job, f);
		return;
	}
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

	job_forget(job);
	job->answer.keep = false;
	job->answer.nheaders = 0;
	if (problem == PROBLEM_away || problem == PROBLEM_decoder_away)
		reply_header(r, "retry-after", "2");
	more = json_pack("{s:s}", "incident", incident);
	(void)reply_problem_with(r, problem, more);
}

/* ${f} says "SQLSTATE GK001 member 50 (STATEMENT)", as contract_limit raised
 * it. */
static void
reply_limit(struct job *job, const struct fault *f)
{
	static const struct {
		const char *table, *of;
		enum text_key text;
	} kinds[] = {
		{ "member", "members", TEXT_CONTRACT_MEMBERS },
		{ "office", "offices", TEXT_CONTRACT_OFFICES },
		{ "device", "devices", TEXT_CONTRACT_DEVICES },
		{ "appointment", "appointments", TEXT_CONTRACT_APPOINTMENTS },
	};
	const enum text_language language = text_language_of(job->r.language);
	char table[32] = "", limit[16] = "";
	json_t *more = NULL;
	size_t i;

	(void)sscanf(f->what, "SQLSTATE GK001 %31s %15s", table, limit);
	for (i = 0; i < NELEMS(kinds); i++) {
		if (strcmp(kinds[i].table, table) == 0)
			more = json_pack("{ssssss}", "of", kinds[i].of, "what",
			    text_get(language, kinds[i].text), "limit", limit);
	}
	job_forget(job);
	job->answer.keep = false;
	job->answer.nheaders = 0;
	(void)reply_problem_with(&job->r, PROBLEM_plan_limit, more);
}

void
job_forget(struct job *job)
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
