#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "kms_client.h"
#include "secret.h"
#include "text.h"

#define ANSWER_MAX   8191 /* bytes; ours are a few hundred */
#define SECRET_MAX   256
#define CONNECT_MS   1000L
#define EXCHANGE_MS  5000L
#define TARGET       "X-Amz-Target: TrentService."
#define CONTENT_TYPE "Content-Type: application/x-amz-json-1.1"
#define SIGV4_SCOPE  "aws:amz:%s:kms"

struct kms_client {
	CURL *curl;
	char *access_key;
	char *secret_key; /* secure heap, SECRET_MAX bytes */
	char *answer;     /* secure heap, ANSWER_MAX + 1: it may be a key */
	size_t len;
	char refusal[64]; /* the __type of the last no */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_ready;

/* What the service says no with, where asking again may help. */
static const char *const retryable[] = {
	"ThrottlingException",
	"KMSInternalException",
	"KeyUnavailableException",
	"DependencyTimeoutException",
};

static bool describe(
    struct kms_client *, const char *, json_t **, struct fault *);
static int64_t date_of(const json_t *);
static void curl_start(void);
static bool setup(CURL *, struct kms_client *, const char *);
static size_t on_answer(char *, size_t, size_t, void *);
static bool call(
    struct kms_client *, const char *, json_t *, json_t **, struct fault *);
static bool exchange(
    struct kms_client *, const char *, const char *, long *, struct fault *);
static bool refused(struct kms_client *, const char *, long, struct fault *);
static json_t *context_json(const struct kms_context *);
static bool take_key(const json_t *, uint8_t[32], struct fault *);
static bool take_wrapped(const json_t *, uint8_t *, size_t *, struct fault *);

struct kms_client *
kms_client_open(const char *socket, const char *access_key,
    const char *secret_key, struct fault *f)
{
	struct kms_client *c;

	(void)pthread_once(&curl_once, curl_start);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto fail;
	if (strlen(secret_key) >= SECRET_MAX) {
		(void)fault_set(f, FAULT_CONFIG, "KMS_SECRET_KEY is too long");
		goto fail;
	}
	if (!curl_ready || (c->access_key = strdup(access_key)) == NULL ||
	    (c->secret_key = secret_alloc(SECRET_MAX)) == NULL ||
	    (c->answer = secret_alloc(ANSWER_MAX + 1)) == NULL ||
	    (c->curl = curl_easy_init()) == NULL)
		goto fail;
	memcpy(c->secret_key, secret_key, strlen(secret_key));
	if (!setup(c->curl, c, socket))
		goto fail;
	return (c);

fail:
	(void)fault_set(f, FAULT_MEMORY, "no key service client");
	kms_client_close(c);
	return (NULL);
}

void
kms_client_close(struct kms_client *c)
{
	/* Behave consistently with free(NULL). */
	if (c == NULL)
		return;

	curl_easy_cleanup(c->curl);
	secret_free(c->answer, ANSWER_MAX + 1);
	secret_free(c->secret_key, SECRET_MAX);
	free(c->access_key);
	free(c);
}

bool
kms_generate_data_key(struct kms_client *c, const char *key_id,
    const struct kms_context *context, uint8_t plain[32], uint8_t *wrapped,
    size_t *lenp, struct fault *f)
{
	json_t *answer;
	bool ok;

	if (!call(c,
		plain != NULL ? "GenerateDataKey"
			      : "GenerateDataKeyWithoutPlaintext",
		json_pack("{s:s, s:s, s:o}", "KeyId", key_id, "KeySpec",
		    "AES_256", "EncryptionContext", context_json(context)),
		&answer, f))
		return (false);

	ok = take_wrapped(answer, wrapped, lenp, f) &&
	    (plain == NULL || take_key(answer, plain, f));
	json_decref(answer);
	return (ok);
}

bool
kms_decrypt(struct kms_client *c, const char *key_id,
    const struct kms_context *context, const uint8_t *wrapped, size_t len,
    uint8_t plain[32], struct fault *f)
{
	json_t *answer;
	char *blob;
	bool ok;

	if (len > KMS_WRAPPED_MAX || (blob = text_base64(wrapped, len)) == NULL)
		return (
		    fault_set(f, FAULT_BUG, "a wrapped key of %zu bytes", len));
	ok = call(c, "Decrypt",
	    json_pack("{s:s, s:s, s:o}", "KeyId", key_id, "CiphertextBlob",
		blob, "EncryptionContext", context_json(context)),
	    &answer, f);
	free(blob);
	if (!ok)
		return (false);

	ok = take_key(answer, plain, f);
	json_decref(answer);
	return (ok);
}

bool
kms_encrypt(struct kms_client *c, const char *key_id,
    const struct kms_context *context, const uint8_t plain[32],
    uint8_t *wrapped, size_t *lenp, struct fault *f)
{
	json_t *answer;
	char *text;
	bool ok;

	if ((text = text_base64(plain, 32)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "Encrypt"));
	ok = call(c, "Encrypt",
	    json_pack("{s:s, s:s, s:o}", "KeyId", key_id, "Plaintext", text,
		"EncryptionContext", context_json(context)),
	    &answer, f);
	free(text);
	if (!ok)
		return (false);
	ok = take_wrapped(answer, wrapped, lenp, f);
	json_decref(answer);
	return (ok);
}

bool
kms_create_key(struct kms_client *c, const char *description, const char *alias,
    char *key_id, struct fault *f)
{
	json_t *answer;
	const char *id;
	bool ok;

	if (!call(c, "CreateKey",
		json_pack("{s:s}", "Description", description), &answer, f))
		return (false);
	id = json_string_value(
	    json_object_get(json_object_get(answer, "KeyMetadata"), "KeyId"));
	ok = id != NULL && strlen(id) < 64;
	if (ok)
		text_copy(key_id, 64, id);
	json_decref(answer);
	if (!ok)
		return (fault_set(f, FAULT_PEER, "CreateKey gave no key id"));

	if (!call(c, "CreateAlias",
		json_pack(
		    "{s:s, s:s}", "AliasName", alias, "TargetKeyId", key_id),
		&answer, f))
		return (false);
	json_decref(answer);
	return (true);
}

bool
kms_find_key(struct kms_client *c, const char *alias, char key_id[64],
    bool *found, struct fault *f)
{
	struct fault mine = FAULT_INIT;
	json_t *answer;
	const char *id;

	*found = false;
	if (!call(c, "DescribeKey", json_pack("{s:s}", "KeyId", alias), &answer,
		&mine)) {
		if (mine.kind == FAULT_KMS_REFUSED &&
		    strcmp(c->refusal, "NotFoundException") == 0)
			return (true);
		return (fault_set(f, mine.kind, "%s", mine.what));
	}
	id = json_string_value(
	    json_object_get(json_object_get(answer, "KeyMetadata"), "KeyId"));
	*found = id != NULL && strlen(id) < 64;
	if (*found)
		text_copy(key_id, 64, id);
	json_decref(answer);
	if (!*found)
		return (fault_set(f, FAULT_PEER, "DescribeKey gave no key id"));
	return (true);
}

bool
kms_rotate_key(struct kms_client *c, const char *key_id, struct fault *f)
{
	json_t *answer;

	if (!call(c, "RotateKeyOnDemand", json_pack("{s:s}", "KeyId", key_id),
		&answer, f))
		return (false);
	json_decref(answer);
	return (true);
}

bool
kms_give_up_key(struct kms_client *c, const char *key_id, int days,
    int64_t *until, struct fault *f)
{
	json_t *metadata, *answer;

	*until = 0;
	if (!describe(c, key_id, &metadata, f))
		return (false);
	if (metadata == NULL)
		return (true);
	*until = date_of(metadata);
	json_decref(metadata);
	if (*until != 0)
		return (true);

	if (!call(c, "ScheduleKeyDeletion",
		json_pack(
		    "{s:s, s:i}", "KeyId", key_id, "PendingWindowInDays", days),
		&answer, f))
		return (false);
	*until = date_of(answer);
	json_decref(answer);
	return (*until != 0 ||
	    fault_set(f, FAULT_PEER, "ScheduleKeyDeletion gave no date"));
}

bool
kms_key_is_gone(
    struct kms_client *c, const char *key_id, bool *gone, struct fault *f)
{
	json_t *metadata;

	if (!describe(c, key_id, &metadata, f))
		return (false);
	*gone = metadata == NULL;
	json_decref(metadata);
	return (true);
}

bool
kms_re_encrypt(struct kms_client *c, const char *from, const char *to,
    const struct kms_context *context, const uint8_t *wrapped, size_t len,
    uint8_t *out, size_t *lenp, struct fault *f)
{
	json_t *answer;
	char *blob;
	bool ok;

	if ((blob = text_base64(wrapped, len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "a wrapped key"));
	ok = call(c, "ReEncrypt",
	    json_pack("{s:s, s:s, s:s, s:o, s:o}", "CiphertextBlob", blob,
		"SourceKeyId", from, "DestinationKeyId", to,
		"SourceEncryptionContext", context_json(context),
		"DestinationEncryptionContext", context_json(context)),
	    &answer, f);
	free(blob);
	if (!ok)
		return (false);
	ok = take_wrapped(answer, out, lenp, f);
	json_decref(answer);
	return (ok);
}

bool
kms_ready(struct kms_client *c, struct fault *f)
{
	json_t *answer;

	/* Every principal may do this, and it touches no key. */
	if (!call(c, "GenerateRandom", json_pack("{s:i}", "NumberOfBytes", 1),
		&answer, f))
		return (false);
	json_decref(answer);
	return (true);
}

/* What is known of a key; NULL if there is none of that id. */
static bool
describe(struct kms_client *c, const char *key_id, json_t **metadatap,
    struct fault *f)
{
	struct fault refusal = FAULT_INIT;
	json_t *answer;

	*metadatap = NULL;
	if (!call(c, "DescribeKey", json_pack("{s:s}", "KeyId", key_id),
		&answer, &refusal)) {
		if (refusal.kind == FAULT_KMS_REFUSED &&
		    strcmp(c->refusal, "NotFoundException") == 0)
			return (true);
		return (fault_set(f, refusal.kind, "%s", refusal.what));
	}
	*metadatap = json_incref(json_object_get(answer, "KeyMetadata"));
	json_decref(answer);
	return (*metadatap != NULL ||
	    fault_set(f, FAULT_PEER, "DescribeKey gave no metadata"));
}

/* DeletionDate, a number of seconds with or without a fraction. */
static int64_t
date_of(const json_t *object)
{
	return ((int64_t)(json_number_value(
			      json_object_get(object, "DeletionDate")) *
	    1000));
}

static void
curl_start(void)
{
	curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool
setup(CURL *h, struct kms_client *c, const char *socket)
{
	char scope[64];

	(void)snprintf(
	    scope, sizeof(scope), SIGV4_SCOPE, config_text(CONFIG_KMS_REGION));
	return (curl_easy_setopt(h, CURLOPT_URL, "http://kms.local/") == 0 &&
	    curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, socket) == 0 &&
	    curl_easy_setopt(h, CURLOPT_AWS_SIGV4, scope) == 0 &&
	    curl_easy_setopt(h, CURLOPT_USERNAME, c->access_key) == 0 &&
	    curl_easy_setopt(h, CURLOPT_PASSWORD, c->secret_key) == 0 &&
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http") == 0 &&
	    curl_easy_setopt(h, CURLOPT_PROXY, "") == 0 &&
	    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	    curl_easy_setopt(
		h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == 0 &&
	    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == 0 &&
	    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, EXCHANGE_MS) == 0 &&
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == 0 &&
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_answer) == 0 &&
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, c) == 0);
}

static size_t
on_answer(char *bytes, size_t size, size_t n, void *arg)
{
	struct kms_client *c = arg;

	n *= size;
	if (n > ANSWER_MAX - c->len)
		return (0); /* curl stops with an error */
	memcpy(c->answer + c->len, bytes, n);
	c->len += n;
	return (n);
}

/*
 * Take over ${body}.  On success the caller owns ${answerp}: an object, empty
 * where the operation answers nothing.
 */
static bool
call(struct kms_client *c, const char *operation, json_t *body,
    json_t **answerp, struct fault *f)
{
	json_t *answer = NULL;
	char *text = NULL;
	long status;
	bool ok = false;

	if (body == NULL || (text = json_dumps(body, JSON_COMPACT)) == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "%s: no request", operation);
		goto out;
	}
	if (!exchange(c, operation, text, &status, f))
		goto out;
	if (status != 200) {
		ok = refused(c, operation, status, f);
		goto out;
	}
	answer = c->len == 0
	    ? json_object()
	    : json_loadb(c->answer, c->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(answer)) {
		(void)fault_set(
		    f, FAULT_PEER, "%s: the answer is no JSON", operation);
		goto out;
	}
	*answerp = json_incref(answer);
	ok = true;

out:
	secret_wipe(c->answer, c->len);
	c->len = 0;
	json_decref(answer);
	json_decref(body);
	free(text);
	return (ok);
}

/* libcurl 7.88 signs wrongly where a header is removed: only ever add. */
static bool
exchange(struct kms_client *c, const char *operation, const char *text,
    long *status, struct fault *f)
{
	struct curl_slist *headers = NULL, *more;
	char target[96];
	CURLcode code = CURLE_OUT_OF_MEMORY;

	(void)snprintf(target, sizeof(target), TARGET "%s", operation);
	if ((more = curl_slist_append(headers, CONTENT_TYPE)) == NULL)
		goto out;
	headers = more;
	if ((more = curl_slist_append(headers, target)) == NULL)
		goto out;
	headers = more;

	c->len = 0;
	if ((code = curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers)) ==
		CURLE_OK &&
	    (code = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text)) ==
		CURLE_OK &&
	    (code = curl_easy_perform(c->curl)) == CURLE_OK)
		code =
		    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, status);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);

out:
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return (fault_set(f, FAULT_KMS_AWAY, "%s: %s", operation,
		    curl_easy_strerror(code)));
	return (true);
}

static bool
refused(
    struct kms_client *c, const char *operation, long status, struct fault *f)
{
	json_t *answer;
	const char *type;
	size_t i;
	bool again = status >= 500;

	answer = json_loadb(c->answer, c->len, 0, NULL);
	type = json_string_value(json_object_get(answer, "__type"));
	text_copy(c->refusal, sizeof(c->refusal), type != NULL ? type : "");
	for (i = 0; type != NULL && i < NELEMS(retryable); i++)
		again = again || strcmp(type, retryable[i]) == 0;
	(void)fault_set(f, again ? FAULT_KMS_AWAY : FAULT_KMS_REFUSED,
	    "%s: %ld %s", operation, status, type != NULL ? type : "");
	json_decref(answer);
	return (false);
}

static json_t *
context_json(const struct kms_context *context)
{
	return (json_pack(
	    "{s:s, s:s}", "tenant", context->tenant, "use", context->use));
}

static bool
take_key(const json_t *answer, uint8_t plain[32], struct fault *f)
{
	const char *text;
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool ok;

	text = json_string_value(json_object_get(answer, "Plaintext"));
	ok = text != NULL && text_unbase64(text, &bytes, &len) && len == 32;
	if (ok)
		memcpy(plain, bytes, 32);
	secret_wipe(bytes, len);
	free(bytes);
	if (!ok)
		return (fault_set(f, FAULT_PEER, "no data key of 32 bytes"));
	return (true);
}

static bool
take_wrapped(
    const json_t *answer, uint8_t *wrapped, size_t *lenp, struct fault *f)
{
	const char *text;
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool ok;

	text = json_string_value(json_object_get(answer, "CiphertextBlob"));
	ok = text != NULL && text_unbase64(text, &bytes, &len) && len > 0 &&
	    len <= KMS_WRAPPED_MAX;
	if (ok) {
		memcpy(wrapped, bytes, len);
		*lenp = len;
	}
	free(bytes);
	if (!ok)
		return (fault_set(f, FAULT_PEER, "no wrapped data key"));
	return (true);
}
