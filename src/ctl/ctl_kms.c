#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config.h"
#include "fault.h"
#include "process.h"

#include "kms_client.h"

#include "ctl_kms.h"
#include "ctl_say.h"

static int status(void);
static int env(void);
static struct kms_client *connect_kms(struct fault *);
static int fail(const struct fault *);
static const json_t *test_principal(const json_t *);
static const char *member(const json_t *, const char *);
static bool is_plain(const char *);

int
ctl_kms(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "status") == 0)
		return (status());
	if (argc == 2 && strcmp(argv[1], "env") == 0)
		return (env());
	(void)fprintf(stderr, "usage: genkan ctl kms env | status\n");
	return (EX_USAGE);
}

static int
status(void)
{
	struct fault f = FAULT_INIT;
	struct kms_client *c;
	bool ok;

	ok = (c = connect_kms(&f)) != NULL && kms_ready(c, &f);
	kms_client_close(c);
	if (!ok)
		return (fail(&f));
	(void)printf("the key service answers\n");
	return (0);
}

static struct kms_client *
connect_kms(struct fault *f)
{
	char path[128];

	if (!process_path(PROCESS_KMS_SOCKET, path, sizeof(path))) {
		(void)fault_set(f, FAULT_CONFIG, "GENKAN_RUN_DIR is too long");
		return (NULL);
	}
	return (kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
	    config_text(CONFIG_KMS_SECRET_KEY), f));
}

static int
fail(const struct fault *f)
{
	(void)fprintf(stderr, "genkan: %s\n", f->what);
	return (1);
}

static int
env(void)
{
	const char *file = config_text(CONFIG_KMS_PRINCIPALS);
	const char *tcp = config_text(CONFIG_KMS_TCP);
	const char *region = config_text(CONFIG_KMS_REGION);
	const char *access_key, *secret_key;
	const json_t *test;
	json_t *list;
	int rc = 1;

	if (tcp[0] == '\0') {
		(void)fprintf(stderr,
		    "genkan: the key service listens on its Unix socket only; "
		    "start it with GENKAN_KMS_TCP=127.0.0.1:8100\n");
		return (1);
	}
	list = file[0] != '\0' ? json_load_file(file, 0, NULL) : NULL;
	test = test_principal(list);
	access_key = member(test, "access_key");
	secret_key = member(test, "secret_key");
	if (!is_plain(access_key) || !is_plain(secret_key) || !is_plain(region))
		(void)fprintf(stderr,
		    "genkan: GENKAN_KMS_PRINCIPALS=%s: no readable principal "
		    "with the rights \"test\"\n",
		    file);
	else {
		(void)printf("export AWS_ACCESS_KEY_ID=%s\n"
			     "export AWS_SECRET_ACCESS_KEY=%s\n"
			     "export AWS_DEFAULT_REGION=%s\n"
			     "export GENKAN_KMS_ENDPOINT=http://%s\n",
		    access_key, secret_key, region, tcp);
		rc = 0;
	}
	json_decref(list);
	return (rc);
}

static const json_t *
test_principal(const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (strcmp(member(json_array_get(list, i), "rights"), "test") ==
		    0)
			return (json_array_get(list, i));
	}
	return (NULL);
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return (text != NULL ? text : "");
}

/* A shell will read it: letters, digits and what base64 has. */
static bool
is_plain(const char *s)
{
	return (*s != '\0' &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_+/=.") == strlen(s));
}
