/*
 * Bodies and queries as clients send them.  Whatever is read must be what the
 * reader promises, whatever is refused must be named, and the answer that
 * names it must be JSON.  The input is a query, a NUL, and a body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* courier has a struct job of its own, which is linked too. */
#define job_free web_job_free

#include "clock.h"
#include "fault.h"
#include "text.h"

#include "field.c"
#include "problem.c"
#include "reply.c"
#include "request.c"
#include "web_job.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void read_body(struct web_request *);
static void read_query(struct web_request *);
static void expect_text(const char *, size_t, size_t);
static void expect(bool);

static const struct route route = {
	.method = "POST", .path = "/fuzz", .body = BODY_JSON
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len == 0 ? NULL : memchr(data, '\0', len);
	const size_t query = nul == NULL ? 0 : (size_t)(nul - data);
	struct job *job = job_new();
	uint8_t hash[32];
	json_t *answer;
	bool valid;

	expect(job != NULL);
	job->r.route = &route;
	job->path = "/fuzz";
	if (nul != NULL) {
		job->query_raw = job_text(job, (const char *)data, query);
		data = nul + 1;
		len -= query + 1;
	}
	job->r.body = data;
	job->r.body_len = len;
	job_digest(job, hash);

	if (job_query(job, job->query_raw) && job_body(job)) {
		read_query(&job->r);
		read_body(&job->r);
		valid = request_valid(&job->r);
		expect(valid == (json_array_size(job->errors) == 0));
		(void)(valid ? reply_empty(&job->r) : reply_invalid(&job->r));
		expect(job->answer.given);
		if (!valid) {
			answer = json_loadb((const char *)job->answer.body,
			    job->answer.len, 0, NULL);
			expect(json_array_size(
				   json_object_get(answer, "errors")) > 0);
			json_decref(answer);
		}
	}
	job_free(job);
	return (0);
}

static void
read_body(struct web_request *r)
{
	static const char *const words[] = { "ja", "en" };
	struct fields *b = body_fields(r), *list, *one;
	size_t n, i;
	const char *s;
	int64_t moment;
	int offset;

	expect_text(field_text(b, "name", FIELD_REQUIRED, 1, 20), 1, 20);
	expect_text(field_text(b, "note", FIELD_LINES, 0, 40), 0, 40);
	if ((s = field_text(b, "password", FIELD_RAW, 2, 16)) != NULL)
		expect(text_length(s) >= 2 && text_length(s) <= 16);
	s = field_uuid(b, "id", FIELD_OPTIONAL);
	expect(s == NULL || text_is_uuid(s));
	s = field_time(b, "at", FIELD_OPTIONAL);
	expect(s == NULL || clock_parse(s, &moment, &offset));
	(void)field_date(b, "day", FIELD_OPTIONAL);
	(void)field_bool(b, "yes", FIELD_OPTIONAL, true);
	moment = field_int(b, "people", FIELD_OPTIONAL, 1, 100, 7);
	expect(moment >= 1 && moment <= 100);
	offset = field_choice(b, "lang", FIELD_OPTIONAL, words, 2, 0);
	expect(offset == 0 || offset == 1);
	list = field_array(b, "guests", FIELD_OPTIONAL, 1, 5, &n);
	expect(n <= 5 && (list != NULL || n == 0));
	for (i = 0; i < n; i++) {
		one = item_object(list, i);
		expect_text(
		    field_text(one, "name", FIELD_REQUIRED, 1, 20), 1, 20);
		if (field_int(one, "companions", 0, 0, 99, 0) > 98)
			field_refuse(one, "companions", FIELD_OUT_OF_RANGE);
	}
	list = field_array(b, "hosts", FIELD_OPTIONAL, 0, 5, &n);
	for (i = 0; i < n; i++) {
		s = item_uuid(list, i);
		expect(s == NULL || text_is_uuid(s));
	}
	one = field_object(b, "room", FIELD_OPTIONAL);
	expect_text(field_text(one, "a/b~", FIELD_OPTIONAL, 1, 9), 1, 9);
}

static void
read_query(struct web_request *r)
{
	const int64_t limit = query_int(r, "limit", 1, 200, 50);
	const char *s;

	expect(limit >= 1 && limit <= 200);
	expect_text(query_text(r, "q", FIELD_OPTIONAL, 1, 30), 1, 30);
	s = query_uuid(r, "office_id", FIELD_OPTIONAL);
	expect(s == NULL || text_is_uuid(s));
	(void)query_date(r, "from", FIELD_OPTIONAL);
	(void)query_bool(r, "mine", false);
}

/* Clean, trimmed, as long as asked for; line feeds and tabs aside. */
static void
expect_text(const char *s, size_t min, size_t max)
{
	char flat[256];
	size_t i;

	if (s == NULL)
		return;
	expect(text_length(s) >= min && text_length(s) <= max);
	expect(strlen(s) < sizeof(flat));
	for (i = 0; s[i] != '\0'; i++)
		flat[i] = s[i] == '\n' || s[i] == '\t' ? '.' : s[i];
	flat[i] = '\0';
	expect(text_is_clean(flat));
}

static void
expect(bool truth)
{
	if (!truth)
		abort();
}
