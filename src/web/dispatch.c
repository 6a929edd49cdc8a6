#include <arpa/inet.h>

#include <kore/kore.h>
#include <kore/http.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "browser.h"
#include "device.h"
#include "network.h"
#include "operator_session.h"
#include "session.h"
#include "tenant.h"

#include "asset.h"
#include "counter.h"
#include "dispatch.h"
#include "handler.h"
#include "web_job.h"
#include "live.h"
#include "loop.h"
#include "queue.h"
#include "serve.h"
#include "stream.h"

#define STREAM_FROM (64 * 1024) /* larger bodies are sent without a copy */
#define HSTS        "max-age=31536000"
#define NO_CAMERA   "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
#define CAMERA                                                               \
	"camera=(self), microphone=(), geolocation=(), payment=(), usb=(), " \
	"screen-wake-lock=(self)"
#define API_CSP        "default-src 'none'; frame-ancestors 'none'"
#define USER_AGENT_MAX 256

/* GENKAN_BASE_URL as an Origin, its host and the policy for its pages. */
static char origin[300], page_csp[900];
static bool strict_transport;

/* Whose session counts, and whose pages "/" means. */
static const char *session_cookie = SESSION_COOKIE, *pages = "/admin";

/* Whose word about a client's address counts, and where they say it. */
static const char *proxies;
static enum network_header proxy_header;

static int serve_page(struct http_request *, const struct asset *);
static bool redirect_to_language(struct http_request *);
static int begin(struct http_request *);
static int refuse(struct job *, struct http_request *, enum problem);
static bool read_head(struct job *, struct http_request *);
static void read_cookies(struct job *, const char *);
static void read_subject(struct job *);
static bool read_proxies(struct fault *);
static const char *address_of(struct job *, const struct connection *);
static const char *forwarded(struct job *);
static const char *language_of(const char *);
static double quality_of(const char *, const char *);
static enum problem check_head(const struct job *, struct http_request *);
static bool type_fits(enum route_body, const char *);
static int resume(struct http_request *, struct job *);
static void send_answer(struct http_request *, struct job *);
static void send_headers(
    struct http_request *, const struct job *, const struct job_answer *);
static void usual(struct http_request *, const struct job_answer *,
    const char *, const char *);
static int body_sent(struct netbuf *);
static void finished(struct loop_item *);
static void abandoned(struct http_request *);
static void note(const struct job *, const struct http_request *, int);
static const char *method_of(const struct http_request *);

bool
dispatch_start(struct fault *f)
{
	const bool operators = route_of_operator();
	const char *name =
	    operators ? "GENKAN_OPERATOR_URL" : "GENKAN_BASE_URL";
	const char *base =
	    config_text(operators ? CONFIG_OPERATOR_URL : CONFIG_BASE_URL);
	const char *host;
	size_t len;

	if (operators) {
		session_cookie = OPERATOR_COOKIE;
		pages = "/operator";
	}
	if (strncmp(base, "https://", 8) != 0)
		return (fault_set(f, FAULT_CONFIG,
		    "%s must begin with https://, for example "
		    "https://reception.example.jp",
		    name));
	host = base + 8;
	len = strcspn(host, "/");
	if (len == 0 || len > 255 || (host[len] == '/' && host[len + 1] != 0))
		return (fault_set(f, FAULT_CONFIG,
		    "%s must be a host without a path, for "
		    "example https://reception.example.jp",
		    name));
	(void)snprintf(origin, sizeof(origin), "https://%.*s", (int)len, host);
	(void)snprintf(page_csp, sizeof(page_csp),
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "img-src 'self' data: blob:; media-src 'self' blob:; "
	    "font-src 'self'; connect-src 'self' wss://%.*s; "
	    "manifest-src 'self'; form-action 'self'; base-uri 'none'; "
	    "frame-ancestors 'none'",
	    (int)len, host);
	/* It would bind every other program on this developer's machine. */
	strict_transport = strcspn(host, ":") != strlen("localhost") ||
	    strncmp(host, "localhost", strlen("localhost")) != 0;
	return (read_proxies(f));
}

int
dispatch_request(struct http_request *req)
{
	const struct asset *asset;

	if (req->hdlr_extra != NULL)
		return (resume(req, req->hdlr_extra));
	if ((asset = asset_find(req->path)) != NULL)
		return (serve_page(req, asset));
	if (redirect_to_language(req))
		return (KORE_RESULT_OK);
	return (begin(req));
}

int
dispatch_redirect(struct http_request *req)
{
	char to[HTTP_URI_LEN + sizeof(origin) + 2];

	(void)snprintf(to, sizeof(to), "%s%s%s%s", origin, req->path,
	    req->query_string == NULL ? "" : "?",
	    req->query_string == NULL ? "" : req->query_string);
	http_response_header(req, "location", to);
	http_response_header(req, "content-security-policy", API_CSP);
	http_response_header(req, "x-content-type-options", "nosniff");
	http_response(req, 308, NULL, 0);
	return (KORE_RESULT_OK);
}

/* Pages --------------------------------------------------------------------*/

static int
serve_page(struct http_request *req, const struct asset *asset)
{
	const bool is_page = strncmp(asset->type, "text/html", 9) == 0;
	const char *accept = NULL, *match = NULL;
	enum asset_encoding form;
	int status = 200;

	if (req->method != HTTP_METHOD_GET && req->method != HTTP_METHOD_HEAD) {
		http_response_header(req, "allow", "GET, HEAD");
		usual(req, NULL, "cache-control", "no-store");
		http_response(req, 405, NULL, 0);
		return (KORE_RESULT_OK);
	}

	(void)http_request_header(req, "accept-encoding", &accept);
	form = asset_encoding(asset, accept);
	if (http_request_header(req, "if-none-match", &match) &&
	    strstr(match, asset->forms[form].etag) != NULL)
		status = 304;

	http_response_header(req, "etag", asset->forms[form].etag);
	http_response_header(req, "vary", "accept-encoding");
	http_response_header(req, "cache-control",
	    asset->immutable ? "public, max-age=31536000, immutable"
			     : "no-cache");
	http_response_header(req, "content-type", asset->type);
	if (form != ASSET_PLAIN)
		http_response_header(req, "content-encoding",
		    form == ASSET_BROTLI ? "br" : "gzip");
	http_response_header(
	    req, "content-security-policy", is_page ? page_csp : API_CSP);
	http_response_header(req, "permissions-policy",
	    strcmp(asset->path, "/tablet") == 0 ? CAMERA : NO_CAMERA);
	http_response_header(req, "x-content-type-options", "nosniff");
	http_response_header(req, "referrer-policy", "no-referrer");
	http_response_header(req, "cross-origin-opener-policy", "same-origin");
	http_response_header(
	    req, "cross-origin-resource-policy", "same-origin");
	if (strict_transport)
		http_response_header(req, "strict-transport-security", HSTS);

	if (status == 304) {
		req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
		http_response(req, 304, NULL, 0);
	} else
		http_response_stream(req, 200, asset->forms[form].data,
		    asset->forms[form].len, NULL, NULL);
	counter_request(NULL, status, 0);
	return (KORE_RESULT_OK);
}

/* "/" and "/admin" (or "/operator", where that is what is served) go to the
 * page in the browser's language. */
static bool
redirect_to_language(struct http_request *req)
{
	const size_t len = strlen(pages);
	const char *accept = NULL;
	char to[64];

	if (req->method != HTTP_METHOD_GET ||
	    (strcmp(req->path, "/") != 0 &&
		(strncmp(req->path, pages, len) != 0 ||
		    (req->path[len] != '\0' &&
			strcmp(req->path + len, "/") != 0))))
		return (false);
	(void)http_request_header(req, "accept-language", &accept);
	(void)snprintf(to, sizeof(to), "%s/%s/", pages, language_of(accept));
	http_response_header(req, "location", to);
	http_response_header(req, "vary", "accept-language");
	usual(req, NULL, "cache-control", "no-store");
	usual(req, NULL, "content-security-policy", API_CSP);
	http_response(req, 302, NULL, 0);
	return (true);
}

/* A request on its way in --------------------------------------------------*/

static int
begin(struct http_request *req)
{
	struct job *job = job_new();
	struct fault f = FAULT_INIT;
	char allow[64];
	enum problem problem;

	if (job == NULL || !read_head(job, req)) {
		job_free(job);
		http_response(req, 503, NULL, 0);
		return (KORE_RESULT_OK);
	}
	job->r.route = route_find(
	    method_of(req), req->path, job->r.id, allow, sizeof(allow));
	if (job->r.route == NULL) {
		if (allow[0] == '\0')
			return (refuse(job, req, PROBLEM_not_found));
		reply_header(&job->r, "allow", allow);
		return (refuse(job, req, PROBLEM_method_not_allowed));
	}
	if ((problem = check_head(job, req)) != PROBLEM__MAX)
		return (refuse(job, req, problem));

	if (job->r.route->queue == QUEUE_INLINE) {
		if (!job->r.route->handler(&job->r, &f))
			job_fault(job, &f);
		send_answer(req, job);
		job_free(job);
		return (KORE_RESULT_OK);
	}
	read_subject(job);
	if (!queue_submit(job)) {
		counter_note(COUNTER_BUSY);
		reply_header(&job->r, "retry-after", "1");
		return (refuse(job, req, PROBLEM_busy));
	}

	job->on_connection = true;
	job->request = req;
	req->hdlr_extra = job;
	req->flags |= HTTP_REQUEST_RETAIN_EXTRA;
	req->onfree = abandoned;
	http_request_sleep(req);
	return (KORE_RESULT_RETRY);
}

static int
refuse(struct job *job, struct http_request *req, enum problem problem)
{
	(void)reply_problem(&job->r, problem);
	send_answer(req, job);
	job_free(job);
	return (KORE_RESULT_OK);
}

/* Copy what the handler may want to know. */
static bool
read_head(struct job *job, struct http_request *req)
{
	struct web_request *r = &job->r;
	struct http_header *header;
	struct job_pair *pair;
	const char *text;
	uint8_t *body;

	TAILQ_FOREACH(header, &req->req_headers, list)
	{
		if (job->nheaders == JOB_HEADERS_MAX)
			return (false);
		pair = &job->headers[job->nheaders++];
		pair->name =
		    job_text(job, header->header, strlen(header->header));
		pair->value =
		    job_text(job, header->value, strlen(header->value));
		if (pair->name == NULL || pair->value == NULL)
			return (false);
	}
	job->path = job_text(job, req->path, strlen(req->path));
	if (req->query_string != NULL)
		job->query_raw =
		    job_text(job, req->query_string, strlen(req->query_string));
	if (job->path == NULL ||
	    (r->address = address_of(job, req->owner)) == NULL)
		return (false);
	r->language = language_of(request_header(r, "accept-language"));
	r->idempotency_key = request_header(r, "idempotency-key");
	if ((text = request_header(r, "user-agent")) != NULL &&
	    strlen(text) <= USER_AGENT_MAX && text_is_clean(text))
		r->user_agent = text;
	if ((text = request_header(r, "cookie")) != NULL)
		read_cookies(job, text);
	if ((text = request_header(r, "authorization")) != NULL &&
	    strncasecmp(text, "bearer ", 7) == 0)
		r->bearer = text + 7;

	if (req->http_body != NULL && req->http_body_length > 0) {
		if ((body = request_alloc(r, req->http_body_length)) == NULL)
			return (false);
		memcpy(body, req->http_body->data, req->http_body_length);
		r->body = body;
		r->body_len = req->http_body_length;
	}
	return (true);
}

/* Only ours, by their exact names; of one given twice, neither. */
static void
read_cookies(struct job *job, const char *s)
{
	const struct {
		const char *name;
		const char **to;
	} ours[] = {
		{ session_cookie, &job->r.cookie_session },
		{ DEVICE_COOKIE, &job->r.cookie_device },
		{ BROWSER_COOKIE, &job->r.cookie_browser },
	};
	unsigned seen[NELEMS(ours)] = { 0 };
	size_t len, name, i;

	for (; *s != '\0'; s += len) {
		s += strspn(s, "; \t");
		len = strcspn(s, ";");
		name = strcspn(s, "=;");
		for (i = 0; i < NELEMS(ours); i++) {
			if (name >= len || strlen(ours[i].name) != name ||
			    strncmp(s, ours[i].name, name) != 0)
				continue;
			*ours[i].to = seen[i]++ > 0
			    ? NULL
			    : job_text(job, s + name + 1, len - name - 1);
		}
	}
}

/*
 * The tenant whose token this says it is, where the route wants one; else the
 * client.  Nobody has verified the token yet, so the client counts as well.
 */
static void
read_subject(struct job *job)
{
	const char *token = NULL;

	switch (serve_credential(job)) {
	case CREDENTIAL_KEY:
		token = job->r.bearer;
		break;
	case CREDENTIAL_SESSION:
		token = job->r.cookie_session;
		break;
	case CREDENTIAL_DEVICE:
		token = job->r.cookie_device;
		break;
	default:
		break;
	}
	network_subscriber(job->r.address, job->client);
	if (token == NULL)
		text_copy(job->subject, sizeof(job->subject), job->client);
	else
		text_copy(job->subject, TENANT_TAG_CHARS + 1, token);
}

static bool
read_proxies(struct fault *f)
{
	char bad[NETWORK_SIZE];

	proxies = config_text(CONFIG_PROXIES);
	proxy_header =
	    strcmp(config_text(CONFIG_PROXY_HEADER), "forwarded") == 0
	    ? NETWORK_FORWARDED
	    : NETWORK_X_FORWARDED_FOR;
	return (network_list_parse(proxies, bad) ||
	    fault_set(f, FAULT_CONFIG,
		"GENKAN_PROXIES: %s is no network; for example "
		"10.0.0.5,fd00::/64",
		bad));
}

static const char *
address_of(struct job *job, const struct connection *c)
{
	char peer[NETWORK_ADDRESS_SIZE] = "", client[NETWORK_ADDRESS_SIZE];

	if (c->family == AF_INET)
		(void)inet_ntop(
		    AF_INET, &c->addr.ipv4.sin_addr, peer, sizeof(peer));
	else if (c->family == AF_INET6)
		(void)inet_ntop(
		    AF_INET6, &c->addr.ipv6.sin6_addr, peer, sizeof(peer));
	network_client(peer, proxy_header,
	    proxies[0] == '\0' ? NULL : forwarded(job), proxies, client);
	return (job_text(job, client, strlen(client)));
}

/* All lines of the proxies' header in their order, as one; NULL if none. */
static const char *
forwarded(struct job *job)
{
	const char *name = config_text(CONFIG_PROXY_HEADER), *value = NULL;
	char *joined;
	size_t i, size;

	for (i = 0; i < job->nheaders; i++) {
		if (strcasecmp(job->headers[i].name, name) != 0)
			continue;
		if (value == NULL) {
			value = job->headers[i].value;
			continue;
		}
		size = strlen(value) + strlen(job->headers[i].value) + 2;
		if ((joined = request_alloc(&job->r, size)) == NULL)
			return ("");
		(void)snprintf(
		    joined, size, "%s,%s", value, job->headers[i].value);
		value = joined;
	}
	return (value);
}

/* "ja" or "en", whichever an Accept-Language prefers; "ja" if neither. */
static const char *
language_of(const char *accept)
{
	if (accept == NULL)
		return ("ja");
	return (
	    quality_of(accept, "en") > quality_of(accept, "ja") ? "en" : "ja");
}

static double
quality_of(const char *accept, const char *language)
{
	double best = 0, q;
	const char *weight;
	size_t len;

	for (; *accept != '\0'; accept += len) {
		accept += strspn(accept, ", \t");
		len = strcspn(accept, ",");
		if (strncasecmp(accept, language, 2) != 0 ||
		    strchr("-,; \t", accept[2]) == NULL)
			continue;
		weight = strstr(accept, ";q=");
		q = weight != NULL && weight < accept + len
		    ? strtod(weight + 3, NULL)
		    : 1;
		if (q > best)
			best = q;
	}
	return (best);
}

/* What can be refused before anybody is asked who they are. */
static enum problem
check_head(const struct job *job, struct http_request *req)
{
	const struct web_request *r = &job->r;
	const struct route *route = r->route;
	const bool unsafe = strcmp(route->method, "GET") != 0;
	const char *value;

	if (route->queue == QUEUE_STREAM && req->method == HTTP_METHOD_HEAD)
		return (PROBLEM_method_not_allowed);
	/* Of HTTP/1.0 chunks are not understood. */
	if (route->queue == QUEUE_STREAM && (req->flags & HTTP_VERSION_1_0))
		return (PROBLEM_malformed);
	if (r->body_len > route->body_max)
		return (PROBLEM_too_large);
	if (r->body_len > 0 &&
	    !type_fits(route->body, request_header(r, "content-type")))
		return (PROBLEM_wrong_type);
	/* A browser sends cookies by itself, but never a key. */
	if (r->bearer != NULL && (route->credential & CREDENTIAL_KEY) != 0)
		return (PROBLEM__MAX);
	if (unsafe || route->queue == QUEUE_SOCKET) {
		value = request_header(r, "origin");
		if (value == NULL || strcmp(value, origin) != 0)
			return (PROBLEM_origin_refused);
	}
	if (route->queue == QUEUE_SOCKET &&
	    ((value = request_header(r, "upgrade")) == NULL ||
		strcasecmp(value, "websocket") != 0 ||
		req->method != HTTP_METHOD_GET))
		return (PROBLEM_malformed);
	return (PROBLEM__MAX);
}

static bool
type_fits(enum route_body body, const char *type)
{
	static const char *const types[] = {
		[BODY_NONE] = "",
		[BODY_JSON] = "application/json",
		[BODY_JPEG] = "image/jpeg",
		[BODY_CSV] = "text/csv",
		[BODY_FORM] = "application/x-www-form-urlencoded",
	};
	_Static_assert(NELEMS(types) == ROUTE_BODY__MAX, "all have types");
	const size_t len = strlen(types[body]);

	return (type != NULL && len > 0 &&
	    strncasecmp(type, types[body], len) == 0 &&
	    strchr("; \t", type[len]) != NULL);
}

/* An answer on its way out -------------------------------------------------*/

void
dispatch_finished(struct job *job)
{
	job->finished.run = finished;
	loop_post(&job->finished);
}

void
dispatch_stream_begun(struct job *job)
{
	job->is_streaming = true;
	if (job->on_connection)
		http_request_wakeup(job->request);
	else
		stream_drop(job->stream);
}

/* Kore runs the request again because we woke it. */
static int
resume(struct http_request *req, struct job *job)
{
	struct connection *c = req->owner;

	if (!job->is_streaming && !job->is_finished) {
		http_request_sleep(req);
		return (KORE_RESULT_RETRY);
	}

	/* On its way out, Kore no longer tells us of a connection's end. */
	if (c->state == CONN_STATE_DISCONNECTING) {
		abandoned(req);
		return (KORE_RESULT_OK);
	}
	req->hdlr_extra = NULL;
	req->onfree = NULL;
	job->on_connection = false;
	job->request = NULL;
	if (!job->is_streaming) {
		send_answer(req, job);
		job_free(job);
		return (KORE_RESULT_OK);
	}

	send_headers(req, job, &job->head);
	req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
	http_response_header(req, "transfer-encoding", "chunked");
	c->flags |= CONN_IS_BUSY;
	http_response(req, 200, NULL, 0);
	stream_attach(job->stream, c);
	if (job->is_finished) {
		stream_end(job->stream, job->answer.status < 400);
		note(job, req, job->answer.status);
		job_free(job);
	}
	return (KORE_RESULT_OK);
}

static void
send_answer(struct http_request *req, struct job *job)
{
	struct job_answer *a = &job->answer;

	if (job->r.route != NULL && job->r.route->queue == QUEUE_SOCKET &&
	    a->status == 204) {
		live_upgrade(req, job);
		note(job, req, 101);
		return;
	}
	send_headers(req, job, a);
	if (a->len > STREAM_FROM) {
		http_response_stream(
		    req, a->status, a->body, a->len, body_sent, a->body);
		if (req->method != HTTP_METHOD_HEAD)
			a->body = NULL;
	} else
		http_response(req, a->status, a->body, a->len);
	note(job, req, a->status);
}

static void
send_headers(
    struct http_request *req, const struct job *job, const struct job_answer *a)
{
	size_t i;

	for (i = 0; i < a->nheaders; i++)
		http_response_header(
		    req, a->headers[i].name, a->headers[i].value);
	if (a->type != NULL)
		usual(req, a, "content-type", a->type);
	usual(req, a, "cache-control", "no-store");
	usual(req, a, "content-security-policy", API_CSP);
	usual(req, a, "permissions-policy", NO_CAMERA);
	usual(req, a, "x-content-type-options", "nosniff");
	usual(req, a, "referrer-policy", "no-referrer");
	usual(req, a, "cross-origin-opener-policy", "same-origin");
	usual(req, a, "cross-origin-resource-policy", "same-origin");
	usual(req, a, "x-request-id", job->r.request_id);
	if (strict_transport)
		usual(req, a, "strict-transport-security", HSTS);
}

/* A header that every answer has, unless the handler gave its own. */
static void
usual(struct http_request *req, const struct job_answer *a, const char *name,
    const char *value)
{
	size_t i;

	for (i = 0; a != NULL && i < a->nheaders; i++) {
		if (strcmp(a->headers[i].name, name) == 0)
			return;
	}
	http_response_header(req, name, value);
}

static int
body_sent(struct netbuf *nb)
{
	free(nb->extra);
	return (KORE_RESULT_OK);
}

static void
finished(struct loop_item *item)
{
	struct job *job = (struct job *)(void *)((char *)item -
	    offsetof(struct job, finished));

	job->is_finished = true;
	if (job->on_connection) {
		http_request_wakeup(job->request);
		return;
	}
	if (job->stream != NULL)
		stream_end(job->stream, job->answer.status < 400);
	note(job, NULL, job->answer.status);
	job_free(job);
}

/* The client left while its job was at work; that goes on to its end. */
static void
abandoned(struct http_request *req)
{
	struct job *job = req->hdlr_extra;

	if (job == NULL)
		return;
	req->hdlr_extra = NULL;
	job->on_connection = false;
	job->request = NULL;
	atomic_store(&job->client_gone, true);
	if (job->is_streaming)
		stream_drop(job->stream);
	if (job->is_finished) {
		if (job->is_streaming)
			stream_end(job->stream, false);
		note(job, NULL, job->answer.status);
		job_free(job);
	}
}

/* One line for each request: no path, no query, nothing personal. */
static void
note(const struct job *job, const struct http_request *req, int status)
{
	const struct route *route = job->r.route;
	const int64_t ms = clock_monotonic() - job->started;
	char code[8], took[24];

	counter_request(route, status, ms);
	if (status >= 500)
		counter_note(COUNTER_FAULTS);
	if (route != NULL && route->credential == CREDENTIAL_NONE &&
	    status < 400 && strncmp(route->path, "/api/", 5) != 0 &&
	    strncmp(route->path, "/v/", 3) != 0)
		return; /* health checks would fill the log */
	(void)snprintf(code, sizeof(code), "%d", status);
	(void)snprintf(took, sizeof(took), "%lld", (long long)ms);
	log_line(LOG_LEVEL_INFO, "web.request", "method",
	    route != NULL     ? route->method
		: req != NULL ? method_of(req)
			      : "",
	    "route", route == NULL ? "none" : route->path, "status", code, "ms",
	    took, "request", job->r.request_id, "tenant",
	    job->r.who.tenant_id[0] == '\0' ? NULL : job->r.who.tenant_id,
	    "problem", problem_name(job->answer.problem), "client",
	    atomic_load(&job->client_gone) ? "gone" : "there", NULL);
}

static const char *
method_of(const struct http_request *req)
{
	switch (req->method) {
	case HTTP_METHOD_GET:
		return ("GET");
	case HTTP_METHOD_HEAD:
		return ("HEAD");
	case HTTP_METHOD_POST:
		return ("POST");
	case HTTP_METHOD_PUT:
		return ("PUT");
	case HTTP_METHOD_PATCH:
		return ("PATCH");
	case HTTP_METHOD_DELETE:
		return ("DELETE");
	default:
		return ("OPTIONS");
	}
}
