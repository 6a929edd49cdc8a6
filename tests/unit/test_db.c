#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "fault.h"

/* Needs GENKAN_TEST_DB, a superuser's connection string to a scratch cluster.
 */

static const struct stmt one = { "one", "SELECT 1 AS n, NULL::text AS nothing",
	0 };
static const struct stmt scope_of = { "scope_of",
	"SELECT current_setting('app.tenant_id') AS t", 0 };
static const struct stmt echo = { "echo",
	"SELECT $1::bytea AS b, $2::text AS t", 2 };
static const struct stmt put = { "put", "INSERT INTO t_db VALUES ($1::int)",
	1 };
static const struct stmt count = { "count", "SELECT count(*) AS n FROM t_db",
	0 };
static const struct stmt kill_self = { "kill_self",
	"SELECT pg_terminate_backend(pg_backend_pid())", 0 };

static const struct stmt own_pid = { "own_pid", "SELECT pg_backend_pid() AS n",
	0 };
static const struct stmt kill_other = { "kill_other",
	"SELECT pg_terminate_backend($1::int, 10000)", 1 };

static const struct scope ours = { "00000000-0000-0000-0000-00000000000a" };

static struct db *
open_db(void)
{
	struct fault f = FAULT_INIT;
	const char *conninfo = getenv("GENKAN_TEST_DB");
	struct db *db;

	assert_non_null(conninfo);
	db = db_open(conninfo, &f);
	assert_non_null(db);
	return (db);
}

static int64_t
number(struct db *db, const struct stmt *stmt)
{
	struct fault f = FAULT_INIT;
	struct rows *rows;
	int64_t n;

	assert_true(db_run(db, &ours, stmt, NULL, &rows, &f));
	n = rows_int(rows, 0, "n");
	rows_free(rows);
	return (n);
}

static void
reads_values_nulls_and_bytes(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db();
	struct rows *rows;
	const struct db_arg args[] = { DB_BYTES("\0\xff\\", 3), DB_TEXT("é") };
	const uint8_t *bytes;
	size_t len;

	(void)state;
	assert_true(db_run(db, &ours, &one, NULL, &rows, &f));
	assert_int_equal(rows_int(rows, 0, "n"), 1);
	assert_null(rows_text(rows, 0, "nothing"));
	rows_free(rows);

	assert_true(db_run(db, &ours, &echo, args, &rows, &f));
	bytes = rows_bytes(rows, 0, "b", &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "\0\xff\\", 3);
	assert_string_equal(rows_text(rows, 0, "t"), "é");
	rows_free(rows);
	db_close(db);
}

static void
scope_ends_with_its_transaction(void **state)
{
	const struct scope none = { "" };
	struct fault f = FAULT_INIT;
	struct db *db = open_db();
	struct rows *rows;

	(void)state;
	assert_true(db_run(db, &ours, &scope_of, NULL, &rows, &f));
	assert_string_equal(rows_text(rows, 0, "t"), ours.tenant_id);
	rows_free(rows);
	if (db_run(db, &none, &scope_of, NULL, &rows, &f)) {
		assert_string_equal(rows_text(rows, 0, "t"), "");
		rows_free(rows);
	}
	db_close(db);
}

static void
rollback_leaves_nothing_commit_leaves_all(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db();
	const struct db_arg args[] = { DB_TEXT("1") };

	(void)state;
	assert_true(
	    db_execute(db, "CREATE TEMP TABLE t_db (n int PRIMARY KEY)", &f));
	assert_true(db_begin(db, &ours, &f));
	assert_true(db_run(db, NULL, &put, args, NULL, &f));
	db_rollback(db);
	assert_int_equal(number(db, &count), 0);

	assert_true(db_begin(db, &ours, &f));
	assert_true(db_run(db, NULL, &put, args, NULL, &f));
	assert_true(db_commit(db, &f));
	assert_int_equal(number(db, &count), 1);

	assert_true(db_begin(db, &ours, &f));
	assert_false(db_run(db, NULL, &put, args, NULL, &f));
	assert_int_equal(f.kind, FAULT_DB_CONFLICT);
	assert_null(strstr(f.what, "(1)"));
	fault_clear(&f);
	assert_false(db_commit(db, &f));
	assert_int_equal(number(db, &count), 1);
	db_close(db);
}

static void
asked_rows_come_with_the_next_statement(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db();
	struct rows *rows[40], *last, *gone = NULL;
	char text[12];
	const struct db_arg args[] = { DB_TEXT(text) };
	int i;

	(void)state;
	assert_true(
	    db_execute(db, "CREATE TEMP TABLE t_db (n int PRIMARY KEY)", &f));

	/* More than goes in one round trip, among what gives no rows. */
	assert_true(db_begin(db, &ours, &f));
	for (i = 0; i < 40; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_true(db_push(db, NULL, &put, args, &f));
		assert_true(db_ask(db, &count, NULL, &rows[i], &f));
	}
	assert_null(rows[39]);
	assert_true(db_run(db, NULL, &one, NULL, &last, &f));
	for (i = 0; i < 40; i++) {
		assert_non_null(rows[i]);
		assert_int_equal(rows_int(rows[i], 0, "n"), i + 1);
		rows_free(rows[i]);
	}
	assert_int_equal(rows_int(last, 0, "n"), 1);
	rows_free(last);
	assert_true(db_commit(db, &f));

	/* One that fails: what was asked before is there, and nothing after. */
	assert_true(db_begin(db, &ours, &f));
	assert_true(db_ask(db, &count, NULL, &rows[0], &f));
	assert_true(db_push(db, NULL, &put, args, &f));
	assert_true(db_ask(db, &count, NULL, &rows[1], &f));
	assert_false(db_run(db, NULL, &one, NULL, &last, &f));
	assert_int_equal(f.kind, FAULT_DB_CONFLICT);
	fault_clear(&f);
	assert_non_null(rows[0]);
	assert_null(rows[1]);
	rows_free(rows[0]);
	db_rollback(db);

	/* Nobody waits any more. */
	assert_true(db_begin(db, &ours, &f));
	assert_true(db_ask(db, &count, NULL, &gone, &f));
	db_rollback(db);
	assert_null(gone);
	assert_int_equal(number(db, &count), 40);
	db_close(db);
}

static void
what_is_queued_goes_in_order_and_fails_later(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db();
	char text[12];
	const struct db_arg args[] = { DB_TEXT(text) };
	int i, k;

	(void)state;
	assert_true(
	    db_execute(db, "CREATE TEMP TABLE t_db (n int PRIMARY KEY)", &f));

	/* More than goes in one round trip; the argument is copied. */
	assert_true(db_begin(db, &ours, &f));
	for (i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_true(db_push(db, NULL, &put, args, &f));
	}
	assert_int_equal(number(db, &count), 100);
	(void)snprintf(text, sizeof(text), "%d", i);
	assert_true(db_push(db, NULL, &put, args, &f));
	assert_true(db_commit(db, &f));
	assert_int_equal(number(db, &count), 101);

	/* However much is on the way, the commit fits and is answered. */
	for (k = 1; k < 40; k++) {
		assert_true(db_begin(db, &ours, &f));
		for (i = 0; i < k; i++)
			assert_true(db_push(db, NULL, &one, NULL, &f));
		assert_true(db_commit(db, &f));
	}

	/* The same again: the commit says so, and nothing else is kept. */
	assert_true(db_begin(db, &ours, &f));
	(void)snprintf(text, sizeof(text), "%d", 200);
	assert_true(db_push(db, NULL, &put, args, &f));
	(void)snprintf(text, sizeof(text), "%d", 7);
	assert_true(db_push(db, NULL, &put, args, &f));
	assert_false(db_commit(db, &f));
	assert_int_equal(f.kind, FAULT_DB_CONFLICT);
	fault_clear(&f);
	assert_int_equal(number(db, &count), 101);

	/* Or the next statement does. */
	assert_true(db_begin(db, &ours, &f));
	assert_true(db_push(db, NULL, &put, args, &f));
	assert_false(db_run(db, NULL, &one, NULL, NULL, &f));
	assert_int_equal(f.kind, FAULT_DB_CONFLICT);
	fault_clear(&f);
	db_rollback(db);

	/* What was queued and rolled back was never there. */
	assert_true(db_begin(db, &ours, &f));
	(void)snprintf(text, sizeof(text), "%d", 300);
	assert_true(db_push(db, NULL, &put, args, &f));
	db_rollback(db);
	assert_int_equal(number(db, &count), 101);

	/* Alone it is not queued. */
	assert_true(db_push(db, &ours, &put, args, &f));
	assert_int_equal(number(db, &count), 102);
	assert_false(db_push(db, &ours, &put, args, &f));
	assert_int_equal(f.kind, FAULT_DB_CONFLICT);
	fault_clear(&f);
	db_close(db);
}

static void
what_was_sent_is_received_later(void **state)
{
	static const struct stmt set = { "set",
		"SELECT set_config('app.seen', 'x', true)", 0 };
	static const struct stmt many = { "many",
		"SELECT repeat('y', 1000) AS y, current_setting('app.seen') AS "
		"s, "
		"current_setting('app.tenant_id') AS t FROM "
		"generate_series(1, $1::int)",
		1 };
	const struct db_arg args[] = { DB_TEXT("5000") };
	const struct db_arg bad[] = { DB_TEXT("no number") };
	struct fault f = FAULT_INIT;
	struct db *db = open_db(), *other = open_db();
	struct db_arg pid;
	char text[24];
	struct rows *rows;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_true(db_send(db, &ours, &set, &many, args, &f));
		db_gather(db);
		if (i > 0) /* something else comes between */
			assert_int_equal(number(db, &one), 1);
		if (i > 1) {
			assert_true(db_begin(db, &ours, &f));
			assert_true(db_run(db, NULL, &one, NULL, NULL, &f));
			assert_true(db_commit(db, &f));
		}
		db_gather(db);
		assert_true(db_receive(db, &rows, &f));
		assert_int_equal(rows_count(rows), 5000);
		assert_string_equal(rows_text(rows, 4999, "s"), "x");
		assert_string_equal(rows_text(rows, 4999, "t"), ours.tenant_id);
		rows_free(rows);
	}

	/* It fails at the second half, and the connection lives on. */
	for (i = 0; i < 2; i++) {
		assert_true(db_send(db, &ours, &set, &many, bad, &f));
		if (i > 0)
			assert_int_equal(number(db, &one), 1);
		assert_false(db_receive(db, &rows, &f));
		assert_int_equal(f.kind, FAULT_DB_REFUSED);
		fault_clear(&f);
	}

	/* Lost between the halves. */
	(void)snprintf(
	    text, sizeof(text), "%lld", (long long)number(db, &own_pid));
	pid = DB_TEXT(text);
	assert_true(db_send(db, &ours, &set, &many, args, &f));
	assert_true(db_run(other, &ours, &kill_other, &pid, NULL, &f));
	assert_false(db_receive(db, &rows, &f));
	assert_int_equal(f.kind, FAULT_DB_AWAY);
	fault_clear(&f);
	assert_int_equal(number(db, &one), 1);

	assert_true(db_send(db, &ours, &set, &many, args, &f));
	assert_int_equal(number(db, &one), 1);
	db_close(db);
	assert_true(db_send(other, &ours, &set, &many, args, &f));
	db_close(other);
}

static void
a_lost_connection_is_noticed_and_made_again(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db();

	(void)state;
	assert_int_equal(number(db, &one), 1);
	assert_false(db_run(db, &ours, &kill_self, NULL, NULL, &f));
	assert_int_equal(f.kind, FAULT_DB_AWAY);
	fault_clear(&f);
	assert_int_equal(number(db, &one), 1);

	assert_true(db_begin(db, &ours, &f));
	assert_false(db_run(db, NULL, &kill_self, NULL, NULL, &f));
	fault_clear(&f);
	assert_false(db_run(db, NULL, &one, NULL, NULL, &f));
	assert_int_equal(f.kind, FAULT_DB_AWAY);
	fault_clear(&f);
	assert_false(db_commit(db, &f));
	assert_false(db_in_transaction(db));
	assert_int_equal(number(db, &one), 1);
	db_close(db);
}

static void
a_connection_that_was_ended_costs_no_request(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = open_db(), *other = open_db();
	char pid[24];
	const struct db_arg args[] = { DB_TEXT(pid) };
	struct rows *rows;

	(void)state;
	assert_true(db_run(db, &ours, &own_pid, NULL, &rows, &f));
	(void)snprintf(
	    pid, sizeof(pid), "%lld", (long long)rows_int(rows, 0, "n"));
	rows_free(rows);
	/* Returns when the other end is gone. */
	assert_true(db_run(other, &ours, &kill_other, args, NULL, &f));
	assert_int_equal(number(db, &one), 1);
	db_close(other);
	db_close(db);
}

static void
a_dead_database_is_refused_at_once(void **state)
{
	struct fault f = FAULT_INIT;
	struct db *db = db_open("host=/nonexistent dbname=none", &f);
	int i;

	(void)state;
	assert_non_null(db);
	for (i = 0; i < 1000; i++) {
		fault_clear(&f);
		assert_false(db_run(db, &ours, &one, NULL, NULL, &f));
		assert_int_equal(f.kind, FAULT_DB_AWAY);
	}
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values_nulls_and_bytes),
		cmocka_unit_test(scope_ends_with_its_transaction),
		cmocka_unit_test(rollback_leaves_nothing_commit_leaves_all),
		cmocka_unit_test(asked_rows_come_with_the_next_statement),
		cmocka_unit_test(what_is_queued_goes_in_order_and_fails_later),
		cmocka_unit_test(what_was_sent_is_received_later),
		cmocka_unit_test(a_lost_connection_is_noticed_and_made_again),
		cmocka_unit_test(a_connection_that_was_ended_costs_no_request),
		cmocka_unit_test(a_dead_database_is_refused_at_once),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
