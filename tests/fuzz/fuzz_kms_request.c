/*
 * What a client can make the key service read: header lines, up to an empty
 * line, then a body.  The first byte says who asks; headers that are not a
 * valid signature end the request there, as in the real service, so the body
 * is also run as if they had been.  Whatever comes out must be an answer that
 * JSON can carry, and no call may reach a key that is not its principal's.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "kms_call.h"
#include "principal.h"
#include "ring.h"
#include "ring_file.h"
#include "sigv4.h"

#define REGION "ap-northeast-1"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define NOW    INT64_C(1795220430)
#define TENANT "01900000-0000-7000-8000-00000000000a"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct ring *ring;
static char dir[] = "/dev/shm/genkan-fuzz-XXXXXX";
static uuid_text test_key, tenant_key;

static void
clean(void)
{
	char command[64];

	ring_close(ring);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		(void)fprintf(stderr, "%s is left\n", dir);
}

static void
start(void)
{
	struct ring_paths paths;
	struct fault f = FAULT_INIT;
	struct ring_view *edit;
	struct ring_key *key;
	uint8_t byte;

	/*
	 * The generator is made before the secure heap: within it, the leak
	 * detector would not see who holds the generator's memory.
	 */
	secret_random(&byte, 1);
	if (!secret_boot(&f) || mkdtemp(dir) == NULL)
		abort();
	(void)snprintf(paths.first, sizeof(paths.first), "%s/ring", dir);
	(void)snprintf(paths.second, sizeof(paths.second), "%s/copy", dir);
	if (!ring_make(&paths, "a passphrase", &f) ||
	    (ring = ring_open(&paths, "a passphrase", &f)) == NULL ||
	    (edit = ring_edit(ring, &f)) == NULL)
		abort();
	if ((key = ring_add_key(ring, edit, "", "test", NOW)) == NULL)
		abort();
	memcpy(test_key, key->id, sizeof(test_key));
	key = ring_add_key(ring, edit, "", "tenant-" TENANT, NOW);
	if (key == NULL)
		abort();
	memcpy(tenant_key, key->id, sizeof(tenant_key));
	if (!ring_add_alias(edit, "alias/test-1", test_key, NOW) ||
	    !ring_add_alias(edit, "alias/tenant-" TENANT, tenant_key, NOW) ||
	    !ring_commit(ring, edit, &f))
		abort();
	(void)atexit(clean);
}

static void
run(enum principal_rights rights, const char *target, const char *body,
    size_t len)
{
	const struct principal who = { .name = "p", .rights = rights };
	struct kms_call call = {
		.ring = ring, .region = REGION, .who = &who, .now = NOW
	};
	const struct ring_view *view;
	enum kms_error error;
	char *text;

	/* A ring that only grows would slow every later round down. */
	view = ring_hold(ring);
	if (view->nkeys > 50 && target != NULL &&
	    strstr(target, "CreateKey") != NULL)
		target = "TrentService.ListKeys";
	ring_release(ring, view);

	error = kms_call_run(&call, target, body, len);
	if (!text_is_utf8(call.message, strlen(call.message)) ||
	    kms_error_name(error) == NULL || kms_error_status(error) < 200)
		abort();
	if (call.out != NULL) {
		if ((text = json_dumps(call.out, JSON_COMPACT)) == NULL)
			abort();
		free(text);
	}
	/* What the rights promise, whatever the words. */
	if (error == KMS_OK && rights == PRINCIPAL_TEST &&
	    strcmp(call.key_id, tenant_key) == 0)
		abort();
	if (error == KMS_OK && rights == PRINCIPAL_WEB &&
	    strcmp(call.key_id, test_key) == 0)
		abort();
	kms_call_free(&call);
}

/* Header lines into the request; the rest is the body. */
static void
take_headers(char *text, char *end, struct sigv4_request *r, char **rest)
{
	char *line, *value;

	*rest = text;
	while ((line = strsep(rest, "\n")) != NULL && *line != '\0') {
		if ((value = strchr(line, ':')) == NULL ||
		    r->nheaders == SIGV4_HEADERS_MAX)
			continue;
		*value++ = '\0';
		value += strspn(value, " ");
		r->headers[r->nheaders++] =
		    (struct sigv4_header){ line, value };
	}
	if (*rest == NULL)
		*rest = end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sigv4_request r = { .method = "POST", .target = "/" };
	struct sigv4 read;
	char *text, *body;
	size_t len;

	if (ring == NULL)
		start();
	if (size < 1 || size > KMS_BODY_MAX)
		return (0);
	if ((text = malloc(size)) == NULL)
		abort();
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	take_headers(text, text + size - 1, &r, &body);
	len = size - 1 - (size_t)(body - text);
	r.body = (const uint8_t *)body;
	r.len = len;

	/* Nobody finds a valid signature by chance. */
	if (sigv4_read(&r, REGION, NOW, &read) == KMS_OK &&
	    sigv4_verify(&r, REGION, &read, SECRET))
		abort();
	run((enum principal_rights)(data[0] % PRINCIPAL_RIGHTS__MAX),
	    sigv4_header(&r, "x-amz-target"), body, len);
	free(text);
	return (0);
}
