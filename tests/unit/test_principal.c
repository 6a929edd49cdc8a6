#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "principal.h"
#include "secret.h"
#include "text.h"

#define TENANT_A "0190a3c2-0000-7000-8000-00000000000a"
#define TENANT_B "0190a3c2-0000-7000-8000-00000000000b"
#define SECRET   "0123456789abcdef0123456789abcdef"
#define ONE(rest)                                                        \
	"[{\"name\":\"a\",\"access_key\":\"k\",\"secret_key\":\"" SECRET \
	"\",\"rights\":\"web\"" rest "}]"

static char path[] = "/tmp/genkan-principals-XXXXXX";

static struct principals *
load(const char *text, mode_t mode, struct fault *f)
{
	assert_true(disk_replace(path, text, strlen(text), f));
	assert_int_equal(chmod(path, mode), 0);
	return (principals_load(path, f));
}

static void
assert_refused(const char *text, mode_t mode)
{
	struct fault f = FAULT_INIT;

	assert_null(load(text, mode, &f));
	assert_int_equal(f.kind, FAULT_CONFIG);
	assert_null(strstr(f.what, SECRET));
}

static void
only_its_owner_may_read_the_file(void **state)
{
	struct fault f = FAULT_INIT;
	struct principals *p;

	(void)state;
	assert_refused(ONE(""), 0640);
	assert_refused(ONE(""), 0604);
	p = load(ONE(""), 0600, &f);
	assert_non_null(p);
	assert_non_null(principals_find(p, "k"));
	assert_null(principals_find(p, "K"));
	assert_null(principals_find(p, ""));
	principals_free(p);
}

static void
what_is_wrong_in_the_file_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"{}",
		"[]",
		"[{}]",
		"[1]",
		ONE(",\"uids\":[]"),
		ONE(",\"uids\":[-1]"),
		ONE(",\"uids\":[\"0\"]"),
		ONE(",\"uids\":0"),
		ONE(",\"more\":1"),
		ONE(",\"rights\":\"web\""),
		"[{\"name\":\"a\",\"access_key\":\"k\",\"secret_key\":"
		"\"short\",\"rights\":\"web\"}]",
		"[{\"name\":\"a\",\"access_key\":\"k\",\"secret_key\":\"" SECRET
		"\",\"rights\":\"root\"}]",
		"[{\"name\":\"a\",\"access_key\":\"k/v\",\"secret_key\":"
		"\"" SECRET "\",\"rights\":\"web\"}]",
		"[{\"name\":\"a\",\"access_key\":\"k\",\"secret_key\":\"" SECRET
		"\",\"rights\":\"web\"},{\"name\":\"b\",\"access_key\":\"k\","
		"\"secret_key\":\"" SECRET "\",\"rights\":\"test\"}]",
	};
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(wrong); i++)
		assert_refused(wrong[i], 0600);
}

static void
uids_confine_a_principal_to_a_socket_and_its_users(void **state)
{
	struct principal p = { .uids = { 33, 34 }, .nuids = 2 };
	uid_t uid = 34;

	(void)state;
	assert_true(principal_from(&p, &uid));
	uid = 0;
	assert_false(principal_from(&p, &uid));
	assert_false(principal_from(&p, NULL));
	p.nuids = 0;
	assert_true(principal_from(&p, &uid));
	assert_true(principal_from(&p, NULL));
}

/* Rows: the operations.  Columns: web, courier, operator, test, forward. */
static const struct {
	enum kms_operation operation;
	const char *may;
} matrix[] = {
	{ KMS_CREATE_KEY, "--otf" },
	{ KMS_DESCRIBE_KEY, "--otf" },
	{ KMS_LIST_KEYS, "--otf" },
	{ KMS_CREATE_ALIAS, "--otf" },
	{ KMS_UPDATE_ALIAS, "--otf" },
	{ KMS_LIST_ALIASES, "--otf" },
	{ KMS_GENERATE_DATA_KEY, "w--tf" },
	{ KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT, "w-otf" },
	{ KMS_ENCRYPT, "-c-tf" },
	{ KMS_DECRYPT, "wcotf" },
	{ KMS_RE_ENCRYPT, "--otf" },
	{ KMS_ENABLE_KEY, "--otf" },
	{ KMS_DISABLE_KEY, "--otf" },
	{ KMS_ENABLE_KEY_ROTATION, "--otf" },
	{ KMS_DISABLE_KEY_ROTATION, "--otf" },
	{ KMS_GET_KEY_ROTATION_STATUS, "--otf" },
	{ KMS_ROTATE_KEY_ON_DEMAND, "--otf" },
	{ KMS_LIST_KEY_ROTATIONS, "--otf" },
	{ KMS_SCHEDULE_KEY_DELETION, "--otf" },
	{ KMS_CANCEL_KEY_DELETION, "--otf" },
	{ KMS_GENERATE_RANDOM, "wcotf" },
};
_Static_assert(
    NELEMS(matrix) == KMS_OPERATION__MAX, "every operation is in the matrix");

static void
each_profile_has_exactly_its_operations(void **state)
{
	struct principal p = { .name = "p" };
	size_t i, r;

	(void)state;
	for (i = 0; i < NELEMS(matrix); i++) {
		for (r = 0; r < PRINCIPAL_RIGHTS__MAX; r++) {
			p.rights = (enum principal_rights)r;
			assert_int_equal(principal_may(&p, matrix[i].operation),
			    matrix[i].may[r] != '-');
		}
	}
}

static bool
may(enum principal_rights rights, enum kms_operation operation,
    const char *scope, const char *context)
{
	const struct principal p = { .rights = rights };
	json_t *map = context != NULL ? json_loads(context, 0, NULL) : NULL;
	const bool ok = principal_may_with(&p, operation, scope, map);

	json_decref(map);
	return (ok);
}

#define VISITOR(t) "{\"tenant\":\"" t "\",\"use\":\"visitor\"}"

static void
web_needs_the_tenants_key_and_the_exact_context(void **state)
{
	(void)state;
	assert_true(may(
	    PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A, VISITOR(TENANT_A)));
	assert_true(may(
	    PRINCIPAL_WEB, KMS_DECRYPT, "tenant-shared", VISITOR(TENANT_A)));
	assert_false(may(
	    PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_B, VISITOR(TENANT_A)));
	assert_false(
	    may(PRINCIPAL_WEB, KMS_DECRYPT, "test", VISITOR(TENANT_A)));
	assert_false(
	    may(PRINCIPAL_WEB, KMS_DECRYPT, "other", VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "", VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A, NULL));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A, "{}"));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A,
	    "{\"tenant\":\"" TENANT_A "\"}"));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A,
	    "{\"tenant\":\"" TENANT_A "\",\"use\":\"visitor\",\"x\":\"\"}"));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-" TENANT_A,
	    "{\"tenant\":\"" TENANT_A "\",\"use\":\"\"}"));
	assert_false(may(PRINCIPAL_WEB, KMS_DECRYPT, "tenant-shared",
	    "{\"tenant\":\"shared\",\"use\":\"visitor\"}"));
	assert_false(may(
	    PRINCIPAL_WEB, KMS_ENCRYPT, "tenant-" TENANT_A, VISITOR(TENANT_A)));
}

static void
courier_opens_delivery_keys_only(void **state)
{
	(void)state;
	assert_true(may(PRINCIPAL_COURIER, KMS_DECRYPT, "tenant-" TENANT_A,
	    "{\"tenant\":\"" TENANT_A "\",\"use\":\"delivery\"}"));
	assert_false(may(PRINCIPAL_COURIER, KMS_DECRYPT, "tenant-" TENANT_A,
	    VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_COURIER, KMS_DECRYPT, "tenant-" TENANT_B,
	    "{\"tenant\":\"" TENANT_A "\",\"use\":\"delivery\"}"));
	assert_false(
	    may(PRINCIPAL_COURIER, KMS_GENERATE_DATA_KEY, "tenant-" TENANT_A,
		"{\"tenant\":\"" TENANT_A "\",\"use\":\"delivery\"}"));
}

static void
operator_runs_lives_and_reads_nothing(void **state)
{
	(void)state;
	assert_true(may(PRINCIPAL_OPERATOR, KMS_SCHEDULE_KEY_DELETION,
	    "tenant-" TENANT_A, NULL));
	assert_true(
	    may(PRINCIPAL_OPERATOR, KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
		"tenant-" TENANT_A, VISITOR(TENANT_A)));
	assert_false(
	    may(PRINCIPAL_OPERATOR, KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
		"tenant-" TENANT_A, VISITOR(TENANT_B)));
	assert_false(may(PRINCIPAL_OPERATOR, KMS_DECRYPT, "tenant-" TENANT_A,
	    VISITOR(TENANT_A)));
}

static void
a_blob_keeps_its_context_when_it_is_re_encrypted(void **state)
{
	const struct principal operator= { .rights = PRINCIPAL_OPERATOR };
	json_t *one = json_loads(VISITOR(TENANT_A), 0, NULL);
	json_t *same = json_loads(VISITOR(TENANT_A), 0, NULL);
	json_t *other = json_loads(
	    "{\"tenant\":\"" TENANT_A "\",\"use\":\"delivery\"}", 0, NULL);

	(void)state;
	assert_true(may(PRINCIPAL_OPERATOR, KMS_RE_ENCRYPT, "tenant-shared",
	    VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_OPERATOR, KMS_RE_ENCRYPT, "tenant-" TENANT_B,
	    VISITOR(TENANT_A)));
	assert_true(principal_may_move(&operator, one, same));
	assert_false(principal_may_move(&operator, one, other));
	assert_false(principal_may_move(&operator, NULL, NULL));
	json_decref(one);
	json_decref(same);
	json_decref(other);
}

static void
forward_reaches_the_keys_of_another_genkan(void **state)
{
	(void)state;
	assert_true(may(PRINCIPAL_FORWARD, KMS_DECRYPT, "tenant-" TENANT_A,
	    VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_FORWARD, KMS_DECRYPT, "tenant-" TENANT_A,
	    VISITOR(TENANT_B)));
	assert_false(
	    may(PRINCIPAL_FORWARD, KMS_DECRYPT, "other", VISITOR(TENANT_A)));
	assert_true(
	    may(PRINCIPAL_FORWARD, KMS_DISABLE_KEY, "tenant-" TENANT_A, NULL));
}

static void
test_reaches_its_own_keys_only(void **state)
{
	(void)state;
	assert_true(may(PRINCIPAL_TEST, KMS_DECRYPT, "test", NULL));
	assert_true(
	    may(PRINCIPAL_TEST, KMS_SCHEDULE_KEY_DELETION, "test", NULL));
	assert_false(may(PRINCIPAL_TEST, KMS_DECRYPT, "tenant-" TENANT_A,
	    VISITOR(TENANT_A)));
	assert_false(may(PRINCIPAL_TEST, KMS_DESCRIBE_KEY, "", NULL));
	assert_false(may(PRINCIPAL_TEST, KMS_DISABLE_KEY, "other", NULL));
}

static void
an_alias_says_whose_key_it_is(void **state)
{
	static const char *const scopes[][2] = {
		{ "alias/test-1", "test" },
		{ "alias/test-", "test" },
		{ "alias/testing", "other" },
		{ "alias/tenant-" TENANT_A, "tenant-" TENANT_A },
		{ "alias/tenant-shared", "tenant-shared" },
		{ "alias/tenant-0190A3C2-0000-7000-8000-00000000000a",
		    "other" },
		{ "alias/tenant-x", "other" },
		{ "alias/tenant-" TENANT_A "x", "other" },
	};
	char scope[64];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(scopes); i++) {
		principal_scope(scopes[i][0], scope, sizeof(scope));
		assert_string_equal(scope, scopes[i][1]);
	}
}

static void
a_new_file_has_four_with_secrets_of_their_own(void **state)
{
	static const char *const names[] = { "genkan-web", "genkan-courier",
		"genkan-operator", "genkan-test" };
	char dir[] = "/tmp/genkan-principals-XXXXXX", file[64], command[64];
	struct fault f = FAULT_INIT;
	struct principals *p;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/principals.json", dir);
	assert_true(principals_make(file, &f));
	assert_false(principals_make(file, &f));
	fault_clear(&f);
	p = principals_load(file, &f);
	assert_non_null(p);
	for (i = 0; i < NELEMS(names); i++) {
		assert_non_null(principals_find(p, names[i]));
		assert_string_not_equal(
		    principals_find(p, names[i])->secret_key,
		    principals_find(p, names[(i + 1) % 4])->secret_key);
	}
	principals_free(p);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_its_owner_may_read_the_file),
		cmocka_unit_test(what_is_wrong_in_the_file_is_refused),
		cmocka_unit_test(
		    uids_confine_a_principal_to_a_socket_and_its_users),
		cmocka_unit_test(each_profile_has_exactly_its_operations),
		cmocka_unit_test(
		    web_needs_the_tenants_key_and_the_exact_context),
		cmocka_unit_test(courier_opens_delivery_keys_only),
		cmocka_unit_test(operator_runs_lives_and_reads_nothing),
		cmocka_unit_test(
		    a_blob_keeps_its_context_when_it_is_re_encrypted),
		cmocka_unit_test(forward_reaches_the_keys_of_another_genkan),
		cmocka_unit_test(test_reaches_its_own_keys_only),
		cmocka_unit_test(an_alias_says_whose_key_it_is),
		cmocka_unit_test(a_new_file_has_four_with_secrets_of_their_own),
	};
	struct fault f = FAULT_INIT;
	int fd, rc;

	if (!secret_boot(&f) || (fd = mkstemp(path)) == -1)
		return (1);
	(void)close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return (rc);
}
