#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "clock.h"
#include "fault.h"
#include "post.h"
#include "secret.h"
#include "sign.h"

#define CONNECT_MS 5000L
#define TOTAL_MS   15000L
#define ANSWER_MAX 65536 /* bytes that we let a receiver send back */

struct transfer {
	struct job *job;
	CURL *easy;
	struct curl_slist *headers;
	size_t received;
	bool refused_address;
};

struct post {
	CURLM *multi;
	const char *ca;
	int running;
	struct job *failed; /* could not even be started */
};

static bool prepare(struct post *, struct transfer *);
static bool authorise(struct transfer *);
static bool sign(struct transfer *, const char *);
static bool header(struct transfer *, const char *);
static void transfer_free(struct transfer *);
static curl_socket_t open_socket(void *, curlsocktype, struct curl_sockaddr *);
static size_t receive(char *, size_t, size_t, void *);
static void judge(struct transfer *, CURLcode);
static void judge_status(struct transfer *, long);
static bool is_success(long);

struct post *
post_open(const char *ca, struct fault *f)
{
	struct post *p;

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->multi = curl_multi_init()) == NULL) {
		free(p);
		fault_set(f, FAULT_MEMORY, "curl");
		return (NULL);
	}
	p->ca = ca;
	(void)curl_multi_setopt(
	    p->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)POST_MAX);
	return (p);
}

void
post_close(struct post *p)
{
	/* Behave consistently with free(NULL). */
	if (p == NULL)
		return;

	(void)curl_multi_cleanup(p->multi);
	free(p);
}

void
post_start(struct post *p, struct job *job)
{
	struct transfer *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		goto fail;
	t->job = job;
	if (!prepare(p, t) ||
	    curl_multi_add_handle(p->multi, t->easy) != CURLM_OK)
		goto fail;
	p->running++;
	return;

fail:
	transfer_free(t);
	if (job->outcome == JOB_OUTCOME__MAX) {
		job->outcome = JOB_AWAY;
		job->error = "memory";
	}
	job->next = p->failed;
	p->failed = job;
}

int
post_room(const struct post *p)
{
	return (POST_MAX - p->running);
}

void
post_wait(struct post *p, struct curl_waitfd *fds, unsigned n, int timeout_ms)
{
	int running;

	(void)curl_multi_perform(p->multi, &running);
	if (p->failed != NULL || running < p->running)
		timeout_ms = 0;
	(void)curl_multi_poll(p->multi, fds, n, timeout_ms, NULL);
	(void)curl_multi_perform(p->multi, &running);
}

struct job *
post_finished(struct post *p)
{
	struct transfer *t;
	struct job *job;
	char *private;
	CURLMsg *m;
	int left;

	if ((job = p->failed) != NULL) {
		p->failed = job->next;
		job->next = NULL;
		return (job);
	}
	while ((m = curl_multi_info_read(p->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, &private);
		t = (struct transfer *)(void *)private;
		judge(t, m->data.result);
		job = t->job;
		(void)curl_multi_remove_handle(p->multi, t->easy);
		transfer_free(t);
		p->running--;
		return (job);
	}
	return (NULL);
}

static bool
prepare(struct post *p, struct transfer *t)
{
	const char *body =
	    json_string_value(json_object_get(t->job->payload, "body"));
	CURL *e;

	if (body == NULL) {
		t->job->outcome = JOB_REFUSED;
		t->job->error = "unreadable";
		return (false);
	}
	if ((e = t->easy = curl_easy_init()) == NULL ||
	    !header(t,
		json_is_true(json_object_get(t->job->payload, "form"))
		    ? "Content-Type: application/x-www-form-urlencoded"
		    : "Content-Type: application/json") ||
	    !header(t, "User-Agent: Genkan") || !authorise(t) || !sign(t, body))
		return (false);
	return (curl_easy_setopt(e, CURLOPT_URL, t->job->url) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PRIVATE, t) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)strlen(body)) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
		(long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TOTAL_MS) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    (p->ca[0] == '\0' ||
		curl_easy_setopt(e, CURLOPT_CAINFO, p->ca) == CURLE_OK) &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK);
}

/* A gateway knows us by its token. */
static bool
authorise(struct transfer *t)
{
	char line[600];
	bool ok;

	if (t->job->kind != JOB_SMS)
		return (true);
	if (t->job->secret == NULL || strlen(t->job->secret) > 500) {
		t->job->outcome = JOB_REFUSED;
		t->job->error = "unreadable";
		return (false);
	}
	(void)snprintf(
	    line, sizeof(line), "Authorization: Bearer %s", t->job->secret);
	ok = header(t, line);
	secret_wipe(line, sizeof(line));
	return (ok);
}

static bool
sign(struct transfer *t, const char *body)
{
	char signature[SIGN_SIZE], line[128];
	int64_t now = clock_now() / 1000;

	if (t->job->kind != JOB_WEBHOOK)
		return (true);
	if (!sign_webhook(t->job->secret, t->job->id, now, body, signature)) {
		t->job->outcome = JOB_REFUSED;
		t->job->error = "unreadable";
		return (false);
	}
	(void)snprintf(line, sizeof(line), "webhook-id: %s", t->job->id);
	if (!header(t, line))
		return (false);
	(void)snprintf(line, sizeof(line), "webhook-timestamp: %" PRId64, now);
	if (!header(t, line))
		return (false);
	(void)snprintf(line, sizeof(line), "webhook-signature: %s", signature);
	return (header(t, line));
}

static bool
header(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (longer != NULL)
		t->headers = longer;
	return (longer != NULL);
}

static void
transfer_free(struct transfer *t)
{
	if (t == NULL)
		return;
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t);
}

/* curl has resolved a name: this is the very address it would connect to. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !address_is_allowed(&a->addr)) {
		t->refused_address = true;
		return (CURL_SOCKET_BAD);
	}
	return (socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol));
}

/* The answer is nobody's business; too much of it ends the transfer. */
static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	(void)data;
	t->received += size * n;
	return (t->received > ANSWER_MAX ? 0 : size * n);
}

static void
judge(struct transfer *t, CURLcode result)
{
	struct job *job = t->job;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK ||
	    (result == CURLE_WRITE_ERROR && is_success(status))) {
		judge_status(t, status);
		return;
	}
	job->outcome = JOB_RETRY;
	switch (result) {
	case CURLE_OPERATION_TIMEDOUT:
		job->error = "timeout";
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
		job->error = "certificate";
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		job->error = "unknown_host";
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_LOGIN_DENIED:
		job->outcome = JOB_REFUSED;
		job->error = "address_refused";
		break;
	default:
		job->error = "no_answer";
		break;
	}
	if (t->refused_address) {
		job->outcome = JOB_REFUSED;
		job->error = "address_refused";
	}
}

static void
judge_status(struct transfer *t, long status)
{
	struct job *job = t->job;
	curl_off_t after = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
	if (after > 0)
		job->wait = after < 86400 ? (long)after : 86400;
	if (is_success(status)) {
		job->outcome = JOB_DELIVERED;
		job->error = NULL;
	} else if (status == 410) {
		job->outcome = JOB_GONE;
		job->error = "http_410";
	} else if (status == 408 || status == 425 || status == 429) {
		job->outcome = JOB_RETRY;
		job->error = status == 429 ? "http_429" : "http_4xx";
	} else if (status >= 400 && status < 500) {
		job->outcome = JOB_REFUSED;
		job->error = "http_4xx";
	} else {
		job->outcome = JOB_RETRY;
		job->error = status >= 500 ? "http_5xx" : "http_3xx";
	}
}

static bool
is_success(long status)
{
	return (status >= 200 && status < 300);
}
