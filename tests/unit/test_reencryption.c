/* When cells are moved and by whom, with a real database
 * (GENKAN_TEST_DB_OWNER, _WEB); keys and cells: test_tenant_key.c and
 * tests/fault/data_keys.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "fault.h"
#include "reencryption.h"
#include "text.h"

static const struct stmt tenant_add = { "tenant_add",
	"INSERT INTO tenant (tenant_id, display_name, kms_key_id) "
	"VALUES (current_setting('app.tenant_id')::uuid, 'x', 'k')",
	0 };
static const struct stmt key_add = { "key_add",
	"INSERT INTO tenant_key (tenant_id, use, version, wrapped, kms_key_id, "
	"state, created_at) VALUES (current_setting('app.tenant_id')::uuid, "
	"'visitor', $1::integer, '', 'k', $2::text, "
	"now() - make_interval(mins => $3::integer))",
	3 };
static const struct stmt state_of = { "state_of",
	"SELECT state || ' ' || moved || ' ' || round AS t FROM reencryption",
	0 };

static struct context web;

static struct db *
open_as(const char *name)
{
	struct fault f = FAULT_INIT;
	struct db *db;

	assert_non_null(getenv(name));
	db = db_open(getenv(name), &f);
	assert_non_null(db);
	return (db);
}

static int
open_web(void **state)
{
	(void)state;
	web.db = open_as("GENKAN_TEST_DB_WEB");
	return (0);
}

static int
close_web(void **state)
{
	(void)state;
	db_close(web.db);
	return (0);
}

static void
add_key(struct db *owner, const char *version, const char *what,
    const char *minutes)
{
	struct fault f = FAULT_INIT;

	assert_true(db_run(owner, &web.scope, &key_add,
	    (struct db_arg[]){
		DB_TEXT(version), DB_TEXT(what), DB_TEXT(minutes) },
	    NULL, &f));
}

/* A tenant whose current key is ${minutes} old and replaced another. */
static void
make_tenant(const char *minutes)
{
	struct db *owner = open_as("GENKAN_TEST_DB_OWNER");
	struct fault f = FAULT_INIT;

	text_uuid_new(web.scope.tenant_id);
	assert_true(db_run(owner, &web.scope, &tenant_add, NULL, NULL, &f));
	add_key(owner, "1", "old", "999");
	add_key(owner, "2", "current", minutes);
	db_close(owner);
}

static bool
due(void)
{
	struct fault f = FAULT_INIT;
	bool is;

	assert_true(reencryption_look(&web, 0, &is, &f));
	return (is);
}

static void
assert_state(const char *wanted)
{
	struct fault f = FAULT_INIT;
	struct rows *rows;

	assert_true(db_run(web.db, &web.scope, &state_of, NULL, &rows, &f));
	assert_int_equal(rows_count(rows), 1);
	assert_string_equal(rows_text(rows, 0, "t"), wanted);
	rows_free(rows);
}

static void
one_program_leads_until_its_connection_ends(void **state)
{
	struct context other = { .db = open_as("GENKAN_TEST_DB_WEB") };
	struct fault f = FAULT_INIT;
	bool mine;

	(void)state;
	assert_true(reencryption_lead(&other, &mine, &f));
	assert_true(mine);
	assert_true(reencryption_lead(&web, &mine, &f));
	assert_false(mine);
	db_close(other.db);
	/* The server lets go of it a moment later. */
	while (!mine)
		assert_true(reencryption_lead(&web, &mine, &f));
}

static void
nothing_is_moved_that_nobody_asked_for(void **state)
{
	struct reencryption_step step;
	struct fault f = FAULT_INIT;

	(void)state;
	make_tenant("1");
	assert_false(due());
	assert_true(reencryption_step(&web, &step, &f));
	assert_false(step.more);
	assert_int_equal(step.rows, 0);
}

static void
what_was_asked_for_is_due_until_every_table_was_seen(void **state)
{
	struct reencryption_step step;
	struct fault f = FAULT_INIT;
	int steps = 0;

	(void)state;
	make_tenant("1");
	assert_true(db_begin(web.db, &web.scope, &f));
	assert_true(reencryption_ask(&web, &f));
	assert_true(db_commit(web.db, &f));
	assert_true(due());
	do {
		assert_true(reencryption_step(&web, &step, &f));
		assert_int_equal(step.rows, 0);
		assert_int_equal(step.cells, 0);
		steps++;
	} while (step.more);
	/* A table a step: all that hold cells. */
	assert_true(steps > 5);
	assert_state("done 0 1");
	assert_false(due());
}

static void
an_hour_after_new_keys_there_is_a_second_look(void **state)
{
	(void)state;
	make_tenant("61");
	assert_true(due());
	assert_state("asked 0 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_program_leads_until_its_connection_ends),
		cmocka_unit_test(nothing_is_moved_that_nobody_asked_for),
		cmocka_unit_test(
		    what_was_asked_for_is_due_until_every_table_was_seen),
		cmocka_unit_test(an_hour_after_new_keys_there_is_a_second_look),
	};

	return (cmocka_run_group_tests(tests, open_web, close_web));
}
