#include <curl/curl.h>
#include <jansson.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "credential.h"
#include "kms_call.h"
#include "upstream.h"

#define HANDLES      16
#define ANSWER_MAX   262144 /* bytes; a list of a hundred aliases fits */
#define CONNECT_MS   2000L
#define DEADLINE_MS  4000 /* our clients wait for 5 seconds */
#define TRIES        3
#define PAUSE_MS     100 /* before the second try; doubled, with jitter */
#define CONTENT_TYPE "Content-Type: application/x-amz-json-1.1"

/* A connection, used by one thread at a time. */
struct handle {
	CURL *curl;
	bool busy;
	char *answer;
	size_t len;
};

struct upstream {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct handle handles[HANDLES];
};

/* What is done twice if it is asked twice. */
static const char *const deeds[] = { "CreateKey", "RotateKeyOnDemand" };

static bool is_endpoint(const char *);
static void warm_up(const char *);
static bool setup(struct handle *, const char *, const char *, const char *);
static size_t on_answer(char *, size_t, size_t, void *);
static struct handle *take(struct upstream *);
static void give_back(struct upstream *, struct handle *);
static enum kms_error try_once(struct handle *, const char *, const char *,
    long, bool *, json_t **, char *, size_t);
static CURLcode exchange(struct handle *, const char *, const char *,
    const struct credential *, long, long *);
static struct curl_slist *headers_of(const char *, const char *);
static enum kms_error refused(
    const struct handle *, const char *, long, char *, size_t);
static bool is_deed(const char *);
static void rest(int);

struct upstream *
upstream_open(
    const char *endpoint, const char *region, const char *ca, struct fault *f)
{
	struct upstream *u;
	size_t i;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (u = calloc(1, sizeof(*u))) == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "no room to forward");
		return (NULL);
	}
	(void)pthread_mutex_init(&u->lock, NULL);
	(void)pthread_cond_init(&u->idle, NULL);
	if (!is_endpoint(endpoint)) {
		(void)fault_set(f, FAULT_CONFIG,
		    "GENKAN_KMS_FORWARD=%.80s: https, or http to 127.0.0.1, "
		    "for example https://kms.ap-northeast-1.amazonaws.com",
		    endpoint);
		goto fail;
	}
	for (i = 0; i < HANDLES; i++) {
		if (!setup(&u->handles[i], endpoint, region, ca)) {
			(void)fault_set(f, FAULT_CONFIG,
			    "GENKAN_KMS_FORWARD does not fit this libcurl");
			goto fail;
		}
	}
	return (u);

fail:
	upstream_close(u);
	return (NULL);
}

void
upstream_close(struct upstream *u)
{
	size_t i;

	/* Behave consistently with free(NULL). */
	if (u == NULL)
		return;

	for (i = 0; i < HANDLES; i++) {
		curl_easy_cleanup(u->handles[i].curl);
		free(u->handles[i].answer);
	}
	(void)pthread_cond_destroy(&u->idle);
	(void)pthread_mutex_destroy(&u->lock);
	free(u);
}

enum kms_error
upstream_call(struct upstream *u, const char *operation, const json_t *in,
    json_t **out, char *message, size_t size)
{
	const int64_t until = clock_monotonic() + DEADLINE_MS;
	enum kms_error error = KMS_INTERNAL;
	struct handle *h;
	bool sent = false;
	char *body;
	int64_t left;
	int i;

	*out = NULL;
	if ((body = json_dumps(in, JSON_COMPACT)) == NULL)
		return (KMS_INTERNAL);
	h = take(u);
	for (i = 0; i < TRIES; i++) {
		if ((left = until - clock_monotonic()) <= 0)
			break;
		error = try_once(
		    h, operation, body, (long)left, &sent, out, message, size);
		if (!kms_error_again(error) ||
		    (sent && error != KMS_THROTTLING && is_deed(operation)))
			break;
		if (i + 1 < TRIES)
			rest(i);
	}
	give_back(u, h);
	secret_wipe(body, strlen(body));
	free(body);
	return (error);
}

static bool
is_endpoint(const char *text)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL, *path = NULL, *user = NULL;
	char *query = NULL;
	bool ok;

	ok = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == 0 &&
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == 0 &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == 0 &&
	    curl_url_get(url, CURLUPART_PATH, &path, 0) == 0 &&
	    curl_url_get(url, CURLUPART_USER, &user, 0) != 0 &&
	    curl_url_get(url, CURLUPART_QUERY, &query, 0) != 0 &&
	    strcmp(path, "/") == 0 &&
	    (strcmp(scheme, "https") == 0 ||
		(strcmp(scheme, "http") == 0 &&
		    (strcmp(host, "127.0.0.1") == 0 ||
			strcmp(host, "[::1]") == 0)));
	if (ok)
		warm_up(host);
	curl_free(scheme);
	curl_free(host);
	curl_free(path);
	curl_free(user);
	curl_free(query);
	curl_url_cleanup(url);
	return (ok);
}

/* The resolver loads what it is made of while it still may. */
static void
warm_up(const char *host)
{
	struct addrinfo *list = NULL;

	if (getaddrinfo(host, NULL, NULL, &list) == 0)
		freeaddrinfo(list);
}

static bool
setup(
    struct handle *u, const char *endpoint, const char *region, const char *ca)
{
	CURL *h = curl_easy_init();
	char scope[64];

	u->curl = h;
	(void)snprintf(scope, sizeof(scope), "aws:amz:%s:kms", region);
	return (h != NULL && (u->answer = malloc(ANSWER_MAX)) != NULL &&
	    curl_easy_setopt(h, CURLOPT_URL, endpoint) == 0 &&
	    curl_easy_setopt(h, CURLOPT_AWS_SIGV4, scope) == 0 &&
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https,http") == 0 &&
	    (ca[0] == '\0' || curl_easy_setopt(h, CURLOPT_CAINFO, ca) == 0) &&
	    curl_easy_setopt(
		h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == 0 &&
	    curl_easy_setopt(h, CURLOPT_PROXY, "") == 0 &&
	    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	    curl_easy_setopt(
		h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == 0 &&
	    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == 0 &&
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == 0 &&
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_answer) == 0 &&
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, u) == 0);
}

static size_t
on_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct handle *h = arg;

	n *= size;
	if (n > ANSWER_MAX - h->len)
		return (0); /* curl stops with an error */
	memcpy(h->answer + h->len, bytes, n);
	h->len += n;
	return (n);
}

static struct handle *
take(struct upstream *u)
{
	struct handle *h = NULL;
	size_t i;

	(void)pthread_mutex_lock(&u->lock);
	while (h == NULL) {
		for (i = 0; i < HANDLES && h == NULL; i++) {
			if (!u->handles[i].busy)
				h = &u->handles[i];
		}
		if (h == NULL)
			(void)pthread_cond_wait(&u->idle, &u->lock);
	}
	h->busy = true;
	(void)pthread_mutex_unlock(&u->lock);
	return (h);
}

static void
give_back(struct upstream *u, struct handle *h)
{
	(void)pthread_mutex_lock(&u->lock);
	h->busy = false;
	(void)pthread_cond_signal(&u->idle);
	(void)pthread_mutex_unlock(&u->lock);
}

static enum kms_error
try_once(struct handle *h, const char *operation, const char *body, long ms,
    bool *sent, json_t **out, char *message, size_t size)
{
	struct fault f = FAULT_INIT;
	struct credential *credential;
	enum kms_error error = KMS_DEPENDENCY;
	long status = 0;
	CURLcode code;

	if ((credential = secret_alloc(sizeof(*credential))) == NULL ||
	    !credential_get(credential, &f)) {
		log_fault("kms.no_credential", &f);
		text_copy(message, size, "no credential to forward with");
		secret_free(credential, sizeof(*credential));
		return (KMS_DEPENDENCY);
	}
	code = exchange(h, operation, body, credential, ms, &status);
	secret_free(credential, sizeof(*credential));
	*sent = code != CURLE_COULDNT_CONNECT &&
	    code != CURLE_COULDNT_RESOLVE_HOST &&
	    code != CURLE_SSL_CONNECT_ERROR &&
	    code != CURLE_PEER_FAILED_VERIFICATION;
	if (code != CURLE_OK) {
		log_line(LOG_LEVEL_WARNING, "kms.upstream_away", "operation",
		    operation, "error", curl_easy_strerror(code), NULL);
		text_copy(message, size, "the service behind is away");
	} else if (status != 200)
		error = refused(h, operation, status, message, size);
	else {
		/* "Nothing" is said in more than one way. */
		*out = h->len == 0 ||
			(h->len == 4 && memcmp(h->answer, "null", 4) == 0)
		    ? json_object()
		    : json_loadb(
			  h->answer, h->len, JSON_REJECT_DUPLICATES, NULL);
		error = json_is_object(*out) ? KMS_OK : KMS_INTERNAL;
	}
	if (error != KMS_OK) {
		json_decref(*out);
		*out = NULL;
	}
	secret_wipe(h->answer, h->len);
	return (error);
}

/* libcurl 7.88 signs wrongly where a header is removed: only ever add. */
static CURLcode
exchange(struct handle *h, const char *operation, const char *body,
    const struct credential *credential, long ms, long *status)
{
	struct curl_slist *headers = headers_of(operation, credential->token);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	h->len = 0;
	if (headers != NULL &&
	    (code = curl_easy_setopt(
		 h->curl, CURLOPT_USERNAME, credential->access_key)) == 0 &&
	    (code = curl_easy_setopt(
		 h->curl, CURLOPT_PASSWORD, credential->secret_key)) == 0 &&
	    (code = curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, ms)) == 0 &&
	    (code = curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers)) ==
		0 &&
	    (code = curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body)) == 0 &&
	    (code = curl_easy_perform(h->curl)) == 0)
		code =
		    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, status);
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, NULL);
	(void)curl_easy_setopt(h->curl, CURLOPT_PASSWORD, NULL);
	curl_slist_free_all(headers);
	return (code);
}

static struct curl_slist *
headers_of(const char *operation, const char *token)
{
	char target[96], with[CREDENTIAL_TOKEN_MAX + 32];
	const char *const lines[] = { CONTENT_TYPE, target, with };
	struct curl_slist *list = NULL, *more;
	size_t i;

	(void)snprintf(target, sizeof(target), "X-Amz-Target: %s%s",
	    KMS_TARGET_PREFIX, operation);
	(void)snprintf(with, sizeof(with), "X-Amz-Security-Token: %s", token);
	for (i = 0; i < (token[0] != '\0' ? 3U : 2U); i++) {
		if ((more = curl_slist_append(list, lines[i])) == NULL) {
			curl_slist_free_all(list);
			return (NULL);
		}
		list = more;
	}
	return (list);
}

/*
 * Where the service behind does not know us, that is our trouble and no
 * refusal of the client: what it has at hand serves on meanwhile.
 */
static enum kms_error
refused(const struct handle *h, const char *operation, long status,
    char *message, size_t size)
{
	json_t *answer = json_loadb(h->answer, h->len, 0, NULL);
	const char *type, *hash, *text;
	enum kms_error error = KMS_ERROR__MAX;

	type = json_string_value(json_object_get(answer, "__type"));
	text = json_string_value(json_object_get(answer, "message"));
	if (text == NULL)
		text = json_string_value(json_object_get(answer, "Message"));
	if (type != NULL) {
		/* Some put a name space before it. */
		if ((hash = strrchr(type, '#')) != NULL)
			type = hash + 1;
		error = kms_error_find(type);
	}
	if (error == KMS_ERROR__MAX || error == KMS_MISSING_TOKEN ||
	    error == KMS_INCOMPLETE_SIGNATURE ||
	    error == KMS_UNRECOGNIZED_CLIENT ||
	    error == KMS_INVALID_SIGNATURE ||
	    (status >= 500 && !kms_error_again(error))) {
		log_line(LOG_LEVEL_ERROR, "kms.upstream_refuses", "operation",
		    operation, "type", type != NULL ? type : "", NULL);
		error = KMS_DEPENDENCY;
	}
	text_copy(message, size, text != NULL ? text : "");
	json_decref(answer);
	return (error);
}

static bool
is_deed(const char *operation)
{
	size_t i;

	for (i = 0; i < NELEMS(deeds); i++) {
		if (strcmp(deeds[i], operation) == 0)
			return (true);
	}
	return (false);
}

static void
rest(int try)
{
	struct timespec pause = { .tv_sec = 0 };
	uint8_t jitter;

	secret_random(&jitter, 1);
	pause.tv_nsec = ((PAUSE_MS << try) + jitter / 4) * 1000000L;
	(void)nanosleep(&pause, NULL);
}
