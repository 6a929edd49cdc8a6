#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fault.h"
#include "kms_client.h"
#include "secret.h"
#include "text.h"

/*
 * The client against services that answer nonsense.  The good cases are in
 * test_tenant_key.c, against the real service.
 */

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define TENANT  "0190a3c2-0000-7000-8000-00000000000a"

static char path[] = "/tmp/genkan-kms-client-XXXXXX";
static int listener;
static const char *reply; /* to the next request; NULL: hang up */
static char request[4096];
static const struct kms_context context = { TENANT, "visitor" };

static void *
serve_one(void *arg)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	(void)arg;
	if ((fd = accept(listener, NULL, NULL)) == -1)
		return (NULL);
	/* all our requests end with the brace of their body */
	while (len < sizeof(request) - 1 &&
	    (n = read(fd, request + len, sizeof(request) - 1 - len)) > 0) {
		len += (size_t)n;
		if (request[len - 1] == '}')
			break;
	}
	request[len] = '\0';
	if (reply != NULL && write(fd, reply, strlen(reply)) == -1)
		len = 0;
	(void)close(fd);
	return (NULL);
}

static bool
decrypt(const char *answer, uint8_t plain[32], struct fault *f)
{
	struct kms_client *c;
	pthread_t thread;
	bool ok;

	memset(f, 0, sizeof(*f));
	reply = answer;
	assert_int_equal(pthread_create(&thread, NULL, serve_one, NULL), 0);
	c = kms_client_open(path, "genkan-web", "a secret", f);
	assert_non_null(c);
	ok = kms_decrypt(
	    c, "key", &context, (const uint8_t *)"blob", 4, plain, f);
	kms_client_close(c);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return (ok);
}

static void
assert_fault(const char *answer, enum fault_kind kind)
{
	struct fault f;
	uint8_t plain[32];

	assert_false(decrypt(answer, plain, &f));
	if (f.kind != kind)
		fail_msg("%s for %.60s: %s", fault_name(f.kind),
		    answer != NULL ? answer : "nothing", f.what);
}

static char *
answer_of(int status, const char *body)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text),
	    "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status,
	    strlen(body), body);
	return (text);
}

static void
a_good_answer_gives_the_key(void **state)
{
	struct fault f;
	uint8_t plain[32];

	(void)state;
	assert_true(decrypt(answer_of(200,
				"{\"Plaintext\":\"QUJDREVGR0hJSktMTU5PUFFSU1"
				"RVVldYWVphYmNkZWY=\"}"),
	    plain, &f));
	assert_memory_equal(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef", 32);
	assert_non_null(strstr(request, "POST / HTTP/1.1\r\n"));
	assert_non_null(
	    strcasestr(request, "X-Amz-Target: TrentService.Decrypt\r\n"));
	assert_non_null(strstr(request,
	    "SignedHeaders=content-type;host;x-amz-date;x-amz-target"));
	assert_non_null(strstr(request,
	    "{\"KeyId\":\"key\",\"CiphertextBlob\":\"YmxvYg==\","
	    "\"EncryptionContext\":{\"tenant\":\"" TENANT
	    "\",\"use\":\"visitor\"}}"));
	assert_null(strstr(request, "a secret"));
}

static void
nonsense_is_a_fault_of_the_peer(void **state)
{
	static const char *const bodies[] = { "x", "[]", "{}",
		"{\"Plaintext\":1}", "{\"Plaintext\":\"\"}",
		"{\"Plaintext\":\"QUJD\"}", "{\"Plaintext\":\"!!!!\"}",
		"{\"Plaintext\":\"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
		"\",\"Plaintext\":\"QUJD\"}" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bodies); i++)
		assert_fault(answer_of(200, bodies[i]), FAULT_PEER);
	assert_fault(answer_of(200, ""), FAULT_PEER);
}

static void
an_answer_too_long_is_cut_off(void **state)
{
	char *body;

	(void)state;
	body = malloc(20001);
	assert_non_null(body);
	memset(body, 'x', 20000);
	body[20000] = '\0';
	assert_fault(answer_of(200, body), FAULT_KMS_AWAY);
	free(body);
}

static void
who_hangs_up_or_speaks_no_http_is_away(void **state)
{
	(void)state;
	assert_fault(NULL, FAULT_KMS_AWAY);
	assert_fault("", FAULT_KMS_AWAY);
	assert_fault("\1\2\3\r\n\r\n", FAULT_KMS_AWAY);
	assert_fault(OK_HEAD "Content-Length: 100\r\n\r\n{", FAULT_KMS_AWAY);
}

static void
a_redirect_is_not_followed(void **state)
{
	(void)state;
	assert_fault("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n"
		     "Content-Length: 0\r\n\r\n",
	    FAULT_KMS_REFUSED);
}

static void
only_what_may_pass_is_worth_another_try(void **state)
{
	static const char *const again[] = { "ThrottlingException",
		"KMSInternalException", "KeyUnavailableException",
		"DependencyTimeoutException" };
	static const char *const never[] = { "AccessDeniedException",
		"DisabledException", "KMSInvalidStateException",
		"InvalidCiphertextException", "InvalidSignatureException",
		"NotFoundException" };
	char body[128];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(again); i++) {
		(void)snprintf(
		    body, sizeof(body), "{\"__type\":\"%s\"}", again[i]);
		assert_fault(answer_of(400, body), FAULT_KMS_AWAY);
	}
	for (i = 0; i < NELEMS(never); i++) {
		(void)snprintf(
		    body, sizeof(body), "{\"__type\":\"%s\"}", never[i]);
		assert_fault(answer_of(400, body), FAULT_KMS_REFUSED);
	}
	assert_fault(answer_of(500, "oops"), FAULT_KMS_AWAY);
	assert_fault(answer_of(503, ""), FAULT_KMS_AWAY);
	assert_fault(answer_of(400, "oops"), FAULT_KMS_REFUSED);
}

static void
nobody_there_is_away(void **state)
{
	struct fault f = FAULT_INIT;
	struct kms_client *c;

	(void)state;
	c = kms_client_open(
	    "/tmp/genkan-no-such-socket", "genkan-web", "a secret", &f);
	assert_non_null(c);
	assert_false(kms_ready(c, &f));
	assert_int_equal(f.kind, FAULT_KMS_AWAY);
	kms_client_close(c);
}

/* Defaults for all settings; their reader knows no GENKAN_TEST_* either. */
static void
forget_settings(void)
{
	char name[64];
	size_t i = 0, len;

	while (environ[i] != NULL) {
		len = strcspn(environ[i], "=");
		if (strncmp(environ[i], "GENKAN_", 7) != 0 ||
		    len >= sizeof(name)) {
			i++;
			continue;
		}
		memcpy(name, environ[i], len);
		name[len] = '\0';
		(void)unsetenv(name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_answer_gives_the_key),
		cmocka_unit_test(nonsense_is_a_fault_of_the_peer),
		cmocka_unit_test(an_answer_too_long_is_cut_off),
		cmocka_unit_test(who_hangs_up_or_speaks_no_http_is_away),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(only_what_may_pass_is_worth_another_try),
		cmocka_unit_test(nobody_there_is_away),
	};
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct fault f = FAULT_INIT;
	int fd, rc;

	forget_settings();
	if (!secret_boot(&f) || !config_load(0, &f) ||
	    (fd = mkstemp(path)) == -1)
		return (1);
	(void)close(fd);
	(void)unlink(path);
	text_copy(at.sun_path, sizeof(at.sun_path), path);
	if ((listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(listener, 8) != 0)
		return (1);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return (rc);
}
