#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "secret.h"
#include "text.h"

#include "kms_audit.h"
#include "kms_call.h"
#include "kms_conn.h"
#include "kms_http.h"
#include "principal.h"
#include "sigv4.h"

#define THREADS      4
#define FORWARDERS   16   /* threads, where each waits for somebody else */
#define CONNECTIONS  4096 /* a net below the places of kms_conn */
#define MEMORY_BYTES 24576
#define CONTENT_TYPE "application/x-amz-json-1.1"

struct kms_http {
	const struct kms_http_settings *settings;
	struct MHD_Daemon *local;
	struct MHD_Daemon *tcp;
};

/* One request while it arrives. */
struct exchange {
	bool whole_target; /* the request line's target was "/" */
	bool begun;
	bool refused; /* answered before its body arrived */
	uint8_t *body;
	size_t len, size;
};

static struct MHD_Daemon *serve(struct kms_http *, int);
static void *on_target(void *, const char *, struct MHD_Connection *);
static enum MHD_Result on_request(void *, struct MHD_Connection *, const char *,
    const char *, const char *, const char *, size_t *, void **);
static void on_completed(
    void *, struct MHD_Connection *, void **, enum MHD_RequestTerminationCode);
static void on_connection(void *, struct MHD_Connection *, void **,
    enum MHD_ConnectionNotificationCode);
static enum kms_error begin(struct MHD_Connection *, struct exchange *);
static enum MHD_Result work(struct kms_http *, struct MHD_Connection *,
    const char *, struct exchange *);
static enum kms_error authenticate(const struct kms_http_settings *,
    const struct sigv4_request *, const uid_t *, struct kms_call *);
static enum MHD_Result on_header(
    void *, enum MHD_ValueKind, const char *, const char *);
static enum MHD_Result answer(struct MHD_Connection *, enum kms_error,
    const struct kms_call *, const char *);
static char *answer_text(enum kms_error, const struct kms_call *);
static void wipe_answer(void *);
static struct kms_conn *conn_of(struct MHD_Connection *);
static bool peer(struct MHD_Connection *, uid_t *);

struct kms_http *
kms_http_start(const struct kms_http_settings *settings, struct fault *f)
{
	struct kms_http *http;

	if ((http = calloc(1, sizeof(*http))) == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "no room for the server");
		return (NULL);
	}
	http->settings = settings;
	http->local = serve(http, settings->unix_fd);
	if (settings->tcp_fd != -1)
		http->tcp = serve(http, settings->tcp_fd);
	if (http->local == NULL ||
	    (settings->tcp_fd != -1 && http->tcp == NULL)) {
		(void)fault_set(f, FAULT_SYSTEM, "the server does not start");
		kms_http_stop(http);
		return (NULL);
	}
	return (http);
}

void
kms_http_stop(struct kms_http *http)
{
	/* Behave consistently with free(NULL). */
	if (http == NULL)
		return;

	if (http->tcp != NULL)
		MHD_stop_daemon(http->tcp);
	if (http->local != NULL)
		MHD_stop_daemon(http->local);
	free(http);
}

static struct MHD_Daemon *
serve(struct kms_http *http, int fd)
{
	return (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0,
	    NULL, NULL, on_request, http, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE,
	    http->settings->upstream != NULL ? (unsigned)FORWARDERS
					     : (unsigned)THREADS,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_END));
}

/* The one place that sees the target as it was sent. */
static void *
on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct exchange *x;

	(void)arg;
	kms_conn_begin(conn_of(connection), clock_monotonic());
	if ((x = calloc(1, sizeof(*x))) != NULL)
		x->whole_target = strcmp(target, "/") == 0;
	return (x);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct kms_http *http = arg;
	struct exchange *x = *state;
	enum kms_error error;

	(void)url;
	(void)version;
	if (x == NULL)
		return (MHD_NO);
	if (!x->begun) {
		x->begun = true;
		if ((error = begin(connection, x)) == KMS_OK)
			return (MHD_YES);
		x->refused = true;
		return (answer(connection, error, NULL, NULL));
	}
	if (*size > 0) {
		/* What comes after a refusal is not kept. */
		if (!x->refused) {
			if (*size > x->size - x->len)
				return (MHD_NO);
			memcpy(x->body + x->len, data, *size);
			x->len += *size;
		}
		*size = 0;
		return (MHD_YES);
	}
	if (x->refused)
		return (MHD_YES);
	return (work(http, connection, method, x));
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *state;

	(void)arg;
	(void)code;
	kms_conn_end(conn_of(connection), clock_monotonic());
	if (x == NULL)
		return;
	if (x->body != NULL)
		secret_wipe(x->body, x->size);
	free(x->body);
	free(x);
	*state = NULL;
}

static void
on_connection(void *arg, struct MHD_Connection *connection, void **socket,
    enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;

	(void)arg;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		kms_conn_close(*socket);
		*socket = NULL;
		return;
	}
	info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		*socket = kms_conn_open(info->connect_fd, clock_monotonic());
}

/* The body's length must be said beforehand, and be one that fits. */
static enum kms_error
begin(struct MHD_Connection *connection, struct exchange *x)
{
	const char *length = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	unsigned long n;
	char *end;

	if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
		MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL)
		return (KMS_SERIALIZATION);
	if (length == NULL)
		return (KMS_OK);
	if (length[0] < '0' || length[0] > '9')
		return (KMS_SERIALIZATION);
	n = strtoul(length, &end, 10);
	if (*end != '\0' || strlen(length) > 10)
		return (KMS_SERIALIZATION);
	if (n > KMS_BODY_MAX)
		return (KMS_TOO_LARGE);
	if (n > 0 && (x->body = malloc(n)) == NULL)
		return (KMS_INTERNAL);
	x->size = n;
	return (KMS_OK);
}

static enum MHD_Result
work(struct kms_http *http, struct MHD_Connection *connection,
    const char *method, struct exchange *x)
{
	const struct kms_http_settings *s = http->settings;
	struct kms_call call = {
		.ring = s->ring, .upstream = s->upstream, .region = s->region
	};
	struct sigv4_request request = { .method = method };
	struct kms_audit_entry entry;
	enum kms_error error;
	enum MHD_Result result;
	uuid_text id;
	uid_t uid = 0;
	const bool local = peer(connection, &uid);

	kms_conn_work(conn_of(connection));
	text_uuid_new(id);
	call.now = clock_now() / 1000;
	request.target = x->whole_target ? "/" : "";
	request.body = x->body != NULL ? x->body : (const uint8_t *)"";
	request.len = x->len;

	/* One header more than fits is one too many to check. */
	if (MHD_get_connection_values(
		connection, MHD_HEADER_KIND, on_header, &request) < 0 ||
	    request.nheaders >= SIGV4_HEADERS_MAX)
		error = KMS_INCOMPLETE_SIGNATURE;
	else if ((error = authenticate(
		      s, &request, local ? &uid : NULL, &call)) == KMS_OK)
		error =
		    kms_call_run(&call, sigv4_header(&request, "x-amz-target"),
			(const char *)request.body, request.len);

	/* On record before the client has its answer. */
	entry = (struct kms_audit_entry){
		.principal = call.who != NULL ? call.who->name : NULL,
		.operation = call.name,
		.key_id = call.key_id,
		.context = call.context,
		.result = error,
		.request_id = id,
		.uid = local ? (long)uid : -1,
	};
	kms_audit(&entry);
	result = answer(connection, error, &call, id);
	kms_call_free(&call);
	return (result);
}

/* An unknown credential costs as much time as a wrong signature. */
static enum kms_error
authenticate(const struct kms_http_settings *s,
    const struct sigv4_request *request, const uid_t *uid,
    struct kms_call *call)
{
	static const char nobody[] = "no credential has this secret";
	const struct principal *who;
	struct sigv4 read;
	enum kms_error error;
	const char *type;
	bool ok;

	error = sigv4_read(request, s->region, call->now, &read);
	if (error != KMS_OK)
		return (error);
	who = principals_find(s->principals, read.access_key);
	ok = sigv4_verify(
	    request, s->region, &read, who != NULL ? who->secret_key : nobody);
	if (who == NULL)
		return (KMS_UNRECOGNIZED_CLIENT);
	if (!ok)
		return (KMS_INVALID_SIGNATURE);
	call->who = who;
	if (!principal_from(who, uid))
		return (kms_call_refuse(call, KMS_ACCESS_DENIED,
		    "%s may not ask from here", who->name));
	type = sigv4_header(request, "content-type");
	if (type == NULL || strcmp(type, CONTENT_TYPE) != 0)
		return (kms_call_refuse(call, KMS_SERIALIZATION,
		    "Content-Type must be " CONTENT_TYPE));
	return (KMS_OK);
}

static enum MHD_Result
on_header(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct sigv4_request *request = arg;

	(void)kind;
	if (request->nheaders == SIGV4_HEADERS_MAX)
		return (MHD_NO);
	request->headers[request->nheaders++] =
	    (struct sigv4_header){ name, value != NULL ? value : "" };
	return (MHD_YES);
}

static enum MHD_Result
answer(struct MHD_Connection *connection, enum kms_error error,
    const struct kms_call *call, const char *request_id)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	char *text;

	if ((text = answer_text(error, call)) == NULL)
		return (MHD_NO);
	response = MHD_create_response_from_buffer_with_free_callback(
	    strlen(text), text, wipe_answer);
	if (response == NULL) {
		wipe_answer(text);
		return (MHD_NO);
	}
	(void)MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
	(void)MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (request_id != NULL)
		(void)MHD_add_response_header(
		    response, "x-amzn-RequestId", request_id);
	if (call == NULL)
		(void)MHD_add_response_header(
		    response, MHD_HTTP_HEADER_CONNECTION, "close");
	result =
	    MHD_queue_response(connection, kms_error_status(error), response);
	MHD_destroy_response(response);
	return (result);
}

static char *
answer_text(enum kms_error error, const struct kms_call *call)
{
	json_t *json;
	char *text;

	if (error == KMS_OK && call != NULL)
		return (call->out != NULL ? json_dumps(call->out, JSON_COMPACT)
					  : strdup(""));
	json = json_pack("{s:s, s:s}", "__type", kms_error_name(error),
	    "message", call != NULL ? call->message : "");
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return (text);
}

static void
wipe_answer(void *text)
{
	secret_wipe(text, strlen(text));
	free(text);
}

static struct kms_conn *
conn_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return (info != NULL ? info->socket_context : NULL);
}

/* The user at the other end, if it is a Unix socket. */
static bool
peer(struct MHD_Connection *connection, uid_t *uid)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	return (info != NULL &&
	    getsockname(info->connect_fd, (struct sockaddr *)&at, &len) == 0 &&
	    at.ss_family == AF_UNIX && process_peer(info->connect_fd, uid));
}
