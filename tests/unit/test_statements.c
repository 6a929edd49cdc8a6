/* Every statement of sql/query is sound: a fresh database prepares it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "fault.h"
#include "gen_sql.h"

static void
every_statement_prepares(void **state)
{
	const char *conninfo = getenv("GENKAN_TEST_DB_OWNER");
	struct fault f = FAULT_INIT;
	struct db *db;
	size_t i, bad = 0;

	(void)state;
	assert_non_null(conninfo);
	db = db_open(conninfo, &f);
	assert_non_null(db);
	for (i = 0; sql_all[i] != NULL; i++) {
		if (!db_prepare(db, sql_all[i], &f)) {
			print_error("%s\n", f.what);
			bad++;
		}
		fault_clear(&f);
	}
	db_close(db);
	assert_int_not_equal(i, 0);
	assert_int_equal(bad, 0);
}

static void
every_statement_has_a_name_of_its_own(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; sql_all[i] != NULL; i++) {
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    sql_all[i]->name, sql_all[j]->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_prepares),
		cmocka_unit_test(every_statement_has_a_name_of_its_own),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
