/* Settings: what is accepted, and what each refusal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "fault.h"

extern char **environ;

/* Start from an environment without settings. */
static int
setup(void **state)
{
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; environ[i] != NULL;) {
		if (strncmp(environ[i], "GENKAN_", 7) != 0) {
			i++;
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(environ[i], "="), environ[i]);
		(void)unsetenv(name);
	}
	return (0);
}

static void
refused(enum config_program program, const char *why)
{
	struct fault f = FAULT_INIT;

	assert_false(config_load(program, &f));
	assert_int_equal(f.kind, FAULT_CONFIG);
	if (strstr(f.what, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", f.what, why);
	assert_non_null(strstr(f.what, "example"));
}

static void
loaded(enum config_program program)
{
	struct fault f = FAULT_INIT;

	if (!config_load(program, &f))
		fail_msg("refused: %s", f.what);
}

static void
defaults_are_in_force(void **state)
{
	(void)state;
	loaded(0);
	assert_int_equal(config_number(CONFIG_HTTPS_PORT), 8443);
	assert_string_equal(config_text(CONFIG_MAIL_TRANSPORT), "preview");
	assert_string_equal(config_text(CONFIG_KMS_TCP), "");
	assert_false(config_is_set(CONFIG_KMS_TCP));
}

static void
a_missing_setting_is_named(void **state)
{
	(void)state;
	refused(CONFIG_KMS, "GENKAN_RUN_DIR is missing");
}

static void
an_unknown_setting_is_refused_with_the_nearest(void **state)
{
	(void)state;
	setenv("GENKAN_HTTP_PORTS", "1", 1);
	refused(0, "did you mean GENKAN_HTTP_PORT?");
	unsetenv("GENKAN_HTTP_PORTS");
	setenv("GENKAN_SOMETHING_ELSE_ENTIRELY", "1", 1);
	refused(0, "GENKAN_SOMETHING_ELSE_ENTIRELY is unknown");
}

static void
what_ctl_kms_env_exports_is_no_mistake(void **state)
{
	(void)state;
	setenv("GENKAN_KMS_ENDPOINT", "http://127.0.0.1:8100", 1);
	loaded(0);
	setenv("GENKAN_KMS_ENDPOINTS", "http://127.0.0.1:8100", 1);
	refused(0, "GENKAN_KMS_ENDPOINTS is unknown");
}

static void
a_file_variable_is_for_secrets_only(void **state)
{
	(void)state;
	setenv("GENKAN_WORKERS_FILE", "/etc/hostname", 1);
	refused(0, "GENKAN_WORKERS_FILE is unknown");
}

static void
numbers_are_checked(void **state)
{
	static const char *const bad[] = { "0", "65", "x", "2x", " 2", "-1",
		"+2", "99999999999999999999", "2\n" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		setenv("GENKAN_WORKERS", bad[i], 1);
		refused(0, "GENKAN_WORKERS");
	}
	setenv("GENKAN_WORKERS", "64", 1);
	loaded(0);
	assert_int_equal(config_number(CONFIG_WORKERS), 64);
}

static void
choices_are_whole_words(void **state)
{
	(void)state;
	setenv("GENKAN_MAIL_TRANSPORT", "smt", 1);
	refused(0, "must be one of: preview smtp smtps");
	setenv("GENKAN_MAIL_TRANSPORT", "preview smtp", 1);
	refused(0, "must be one of");
	setenv("GENKAN_MAIL_TRANSPORT", "smtps", 1);
	loaded(0);
	assert_string_equal(config_text(CONFIG_MAIL_TRANSPORT), "smtps");
}

static void
paths_are_absolute_and_sockets_fit(void **state)
{
	char path[80];

	(void)state;
	setenv("GENKAN_RUN_DIR", "run", 1);
	refused(0, "must be an absolute path");
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[71] = '\0';
	setenv("GENKAN_RUN_DIR", path, 1);
	refused(0, "longer than 70 bytes");
	path[70] = '\0';
	setenv("GENKAN_RUN_DIR", path, 1);
	loaded(0);
}

static void
the_sender_is_an_address(void **state)
{
	static const char *const bad[] = { "x", "a@b", "@b.jp", "a@", "a@.jp",
		"a@b.", "<a@b.jp>", "a b@c.jp", "a@b@c.jp", "a@b_c.jp" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)setenv("GENKAN_MAIL_FROM", bad[i], 1);
		refused(0, "no mail address");
	}
	(void)setenv("GENKAN_MAIL_FROM", "reception+1@mail.example.jp", 1);
	loaded(0);
}

static void
a_value_has_no_control_characters(void **state)
{
	(void)state;
	setenv("GENKAN_BIND", "a\nb", 1);
	refused(0, "control characters");
	setenv("GENKAN_BIND", "\xff", 1);
	refused(0, "no UTF-8");
}

static void
a_secret_leaves_the_environment(void **state)
{
	char *entry;
	size_t i;

	(void)state;
	setenv("GENKAN_DB", "host=/a secret=kuroshio", 1);
	setenv("GENKAN_MAIL_PASSWORD", "natsumikan", 1);
	entry = getenv("GENKAN_MAIL_PASSWORD");
	loaded(0);
	assert_string_equal(config_text(CONFIG_MAIL_PASSWORD), "natsumikan");
	assert_string_equal(config_text(CONFIG_DB), "host=/a secret=kuroshio");
	assert_null(getenv("GENKAN_DB"));
	assert_null(getenv("GENKAN_MAIL_PASSWORD"));
	for (i = 0; i < strlen("natsumikan"); i++)
		assert_int_equal(entry[i], 0);
}

static void
a_secret_comes_from_its_file(void **state)
{
	char path[] = "/tmp/genkan-test-XXXXXX";
	int fd;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	assert_int_equal(write(fd, "natsumikan\n", 11), 11);
	setenv("GENKAN_MAIL_PASSWORD_FILE", path, 1);
	loaded(0);
	assert_string_equal(config_text(CONFIG_MAIL_PASSWORD), "natsumikan");

	setenv("GENKAN_MAIL_PASSWORD", "x", 1);
	setenv("GENKAN_MAIL_PASSWORD_FILE", path, 1);
	refused(0, "is given twice");
	(void)setup(state);

	assert_int_equal(ftruncate(fd, 0), 0);
	setenv("GENKAN_MAIL_PASSWORD_FILE", path, 1);
	refused(0, "must hold 1 to 4096 bytes");
	close(fd);
	unlink(path);
	setenv("GENKAN_MAIL_PASSWORD_FILE", path, 1);
	refused(0, "cannot be read");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults_are_in_force, setup),
		cmocka_unit_test_setup(a_missing_setting_is_named, setup),
		cmocka_unit_test_setup(
		    an_unknown_setting_is_refused_with_the_nearest, setup),
		cmocka_unit_test_setup(
		    what_ctl_kms_env_exports_is_no_mistake, setup),
		cmocka_unit_test_setup(
		    a_file_variable_is_for_secrets_only, setup),
		cmocka_unit_test_setup(numbers_are_checked, setup),
		cmocka_unit_test_setup(choices_are_whole_words, setup),
		cmocka_unit_test_setup(
		    paths_are_absolute_and_sockets_fit, setup),
		cmocka_unit_test_setup(the_sender_is_an_address, setup),
		cmocka_unit_test_setup(
		    a_value_has_no_control_characters, setup),
		cmocka_unit_test_setup(a_secret_leaves_the_environment, setup),
		cmocka_unit_test_setup(a_secret_comes_from_its_file, setup),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
