#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "guess.h"

/* Needs a migrated database: GENKAN_TEST_DB_OWNER and GENKAN_TEST_DB_WEB. */

static const struct stmt tenant_add = { "tenant_add",
	"INSERT INTO tenant (tenant_id, display_name, kms_key_id) "
	"VALUES (current_setting('app.tenant_id')::uuid, 'x', 'k')",
	0 };
/* Let time pass for every counter. */
static const struct stmt pass = { "pass",
	"UPDATE guess SET window_from = window_from - $1::interval, "
	"blocked_until = blocked_until - $1::interval",
	1 };
static const struct stmt count = { "count", "SELECT count(*) AS n FROM guess",
	0 };

static struct context ctx;
static struct db *owner;

static struct db *
open_db(const char *name)
{
	struct fault f = FAULT_INIT;
	struct db *db;

	assert_non_null(getenv(name));
	db = db_open(getenv(name), &f);
	assert_non_null(db);
	return (db);
}

static int
new_tenant(void **state)
{
	struct fault f = FAULT_INIT;

	(void)state;
	memset(&ctx, 0, sizeof(ctx));
	owner = open_db("GENKAN_TEST_DB_OWNER");
	ctx.db = open_db("GENKAN_TEST_DB_WEB");
	text_uuid_new(ctx.scope.tenant_id);
	assert_true(db_run(owner, &ctx.scope, &tenant_add, NULL, NULL, &f));
	return (0);
}

static int
close_all(void **state)
{
	(void)state;
	db_close(ctx.db);
	db_close(owner);
	return (0);
}

/* One try; the seconds to wait, 0 if it may be looked at. */
static long
try(enum guess_kind kind, const char *subject)
{
	struct fault f = FAULT_INIT;
	long wait = -1;

	if (!guess_take(&ctx, kind, subject, &wait, &f))
		fail_msg("%s", f.what);
	return (wait);
}

static void
tries(enum guess_kind kind, const char *subject, int n)
{
	while (n-- > 0)
		assert_int_equal(try(kind, subject), 0);
}

static void
sleep_for(const char *interval)
{
	struct fault f = FAULT_INIT;

	assert_true(db_run(owner, &ctx.scope, &pass,
	    (struct db_arg[]){ DB_TEXT(interval) }, NULL, &f));
}

static void
five_codes_a_minute_then_one_two_and_four_minutes(void **state)
{
	const long waits[] = { 60, 120, 240, 480, 960, 1920, 3840, 3840 };
	char interval[32];
	size_t i;
	long w;

	(void)state;
	for (i = 0; i < NELEMS(waits); i++) {
		tries(GUESS_CODE_DEVICE, "device-1", 5);
		w = try(GUESS_CODE_DEVICE, "device-1");
		if (w < waits[i] - 5 || w > waits[i])
			fail_msg("block %zu is %ld s", i + 1, w);
		(void)snprintf(interval, sizeof(interval), "%ld seconds", w);
		sleep_for(interval);
	}
	sleep_for("25 hours");
	tries(GUESS_CODE_DEVICE, "device-1", 5);
	assert_true(try(GUESS_CODE_DEVICE, "device-1") <= 60);
}

/* A slip now and then, as at any busy tablet, must not keep it from that. */
static void
a_day_after_the_last_block_the_doubling_starts_again_though_tries_go_on(
    void **state)
{
	int i;

	(void)state;
	tries(GUESS_CODE_DEVICE, "device-3", 5);
	assert_true(try(GUESS_CODE_DEVICE, "device-3") > 0);
	sleep_for("61 seconds");
	tries(GUESS_CODE_DEVICE, "device-3", 5);
	assert_true(try(GUESS_CODE_DEVICE, "device-3") > 60);
	sleep_for("121 seconds");
	for (i = 0; i < 9; i++) {
		tries(GUESS_CODE_DEVICE, "device-3", 1);
		sleep_for("3 hours");
	}
	tries(GUESS_CODE_DEVICE, "device-3", 5);
	assert_true(try(GUESS_CODE_DEVICE, "device-3") <= 60);
	sleep_for("61 seconds");
	tries(GUESS_CODE_DEVICE, "device-3", 5);
	assert_true(try(GUESS_CODE_DEVICE, "device-3") > 60);
}

static void
slow_guessing_is_not_blocked(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		tries(GUESS_CODE_DEVICE, "device-2", 4);
		sleep_for("61 seconds");
	}
}

static void
a_refused_try_does_not_lengthen_the_wait(void **state)
{
	int i;

	(void)state;
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.1", 5);
	for (i = 0; i < 20; i++)
		assert_true(try(GUESS_PAIRING_ADDRESS, "192.0.2.1") <= 3600);
	sleep_for("1 hour 1 second");
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.1", 1);
}

static void
subjects_and_kinds_are_counted_apart(void **state)
{
	(void)state;
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.2", 5);
	assert_true(try(GUESS_PAIRING_ADDRESS, "192.0.2.2") > 0);
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.3", 5);
	tries(GUESS_ACTIVATION_ADDRESS, "192.0.2.2", 10);
}

static void
all_addresses_of_one_ipv6_network_are_one(void **state)
{
	(void)state;
	tries(GUESS_PAIRING_ADDRESS, "2001:db8:1:2::1", 3);
	tries(GUESS_PAIRING_ADDRESS, "2001:db8:1:2:ffff::9", 2);
	assert_true(try(GUESS_PAIRING_ADDRESS, "2001:db8:1:2:1:2:3:4") > 0);
	tries(GUESS_PAIRING_ADDRESS, "2001:db8:1:3::1", 1);
}

static void
a_right_try_is_given_back_with_the_block_it_set(void **state)
{
	struct fault f = FAULT_INIT;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		tries(GUESS_PAIRING_ADDRESS, "192.0.2.4", 1);
		assert_true(guess_give_back(
		    &ctx, GUESS_PAIRING_ADDRESS, "192.0.2.4", &f));
	}
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.4", 5);
	assert_true(
	    guess_give_back(&ctx, GUESS_PAIRING_ADDRESS, "192.0.2.4", &f));
	tries(GUESS_PAIRING_ADDRESS, "192.0.2.4", 1);
	assert_true(try(GUESS_PAIRING_ADDRESS, "192.0.2.4") > 0);
}

static void
forgetting_starts_anew(void **state)
{
	struct fault f = FAULT_INIT;

	(void)state;
	tries(GUESS_SIGN_IN_ACCOUNT, "account", 9);
	assert_true(guess_forget(&ctx, GUESS_SIGN_IN_ACCOUNT, "account", &f));
	tries(GUESS_SIGN_IN_ACCOUNT, "account", 10);
	assert_true(try(GUESS_SIGN_IN_ACCOUNT, "account") > 0);
}

static void
what_is_quiet_for_two_days_is_purged(void **state)
{
	struct fault f = FAULT_INIT;
	struct rows *rows;

	(void)state;
	sleep_for("3 days");
	tries(GUESS_CODE_OFFICE, "office:2026-11-21", 1);
	assert_true(guess_purge(&ctx, &f));
	assert_true(db_run(ctx.db, &ctx.scope, &count, NULL, &rows, &f));
	assert_int_equal(rows_int(rows, 0, "n"), 1);
	rows_free(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    five_codes_a_minute_then_one_two_and_four_minutes),
		cmocka_unit_test(
		    a_day_after_the_last_block_the_doubling_starts_again_though_tries_go_on),
		cmocka_unit_test(slow_guessing_is_not_blocked),
		cmocka_unit_test(a_refused_try_does_not_lengthen_the_wait),
		cmocka_unit_test(subjects_and_kinds_are_counted_apart),
		cmocka_unit_test(all_addresses_of_one_ipv6_network_are_one),
		cmocka_unit_test(
		    a_right_try_is_given_back_with_the_block_it_set),
		cmocka_unit_test(forgetting_starts_anew),
		cmocka_unit_test(what_is_quiet_for_two_days_is_purged),
	};

	return (
	    cmocka_run_group_tests_name("guess", tests, new_tenant, close_all));
}
