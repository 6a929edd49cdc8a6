/* The heads of the operation log as they stand in a mail, and how a link's
 * hash is made: of the columns that GENKAN_TEST_DB gives, by the header's own
 * formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "fault.h"
#include "operation_chain.h"
#include "secret.h"
#include "text.h"

#define US    "0190a3c2-0000-7000-8000-00000000000a"
#define THEM  "0190a3c2-0000-7000-8000-00000000000b"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct stmt row = { "row",
	"SELECT '" US "' AS tenant_id, 7 AS seq, '" THEM "' AS id, "
	"1700000000000000 AS at, 'member' AS actor_kind, NULL::text AS "
	"actor_id, '127.0.0.1' AS address, 'office.created' AS action, "
	"NULL::text AS object_id, $1::text AS result",
	1 };

static struct operation_head
head_at(int64_t position)
{
	struct operation_head head = {
		.position = position,
		.seq = 3 * position,
		.at = 1700000000000,
		.hash = ZEROS,
		.finding = "changed 17",
		.seal_len = 180,
	};
	size_t i;

	for (i = 0; i < head.seal_len; i++)
		head.seal[i] = (uint8_t)(i * 7 + (size_t)position);
	return (head);
}

static void
assert_same(const struct operation_head *a, const struct operation_head *b)
{
	assert_int_equal(a->position, b->position);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->at, b->at);
	assert_string_equal(a->hash, b->hash);
	assert_string_equal(a->finding, b->finding);
	assert_int_equal(a->seal_len, b->seal_len);
	assert_memory_equal(a->seal, b->seal, a->seal_len);
}

static void
a_head_is_read_back_as_it_was_written(void **state)
{
	struct operation_head head = head_at(12), found;
	char text[OPERATION_ARMOUR_SIZE];
	const char *at = text;

	(void)state;
	assert_true(operation_head_armour(US, &head, text));
	assert_true(operation_head_read(&at, US, &found));
	assert_same(&found, &head);
	assert_false(operation_head_read(&at, US, &found));
}

static void
heads_are_found_among_mail_headers_and_in_quotes(void **state)
{
	struct operation_head first = head_at(1), second = head_at(2), found;
	char armour[2][OPERATION_ARMOUR_SIZE], text[8 * OPERATION_ARMOUR_SIZE];
	const char *at = text, *line;
	size_t len, used;

	(void)state;
	assert_true(operation_head_armour(US, &first, armour[0]));
	assert_true(operation_head_armour(US, &second, armour[1]));
	used = (size_t)snprintf(text, sizeof(text),
	    "Subject: a head\r\nseal:\r\n\r\n%sKind regards\n", armour[0]);
	for (line = armour[1]; *line != '\0'; line += len + 1) {
		len = strcspn(line, "\n");
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "> > %.*s\r\n", (int)len, line);
	}
	assert_true(operation_head_read(&at, US, &found));
	assert_same(&found, &first);
	assert_true(operation_head_read(&at, US, &found));
	assert_same(&found, &second);
	assert_false(operation_head_read(&at, US, &found));
}

static void
anothers_head_and_what_is_none_are_passed_over(void **state)
{
	struct operation_head ours = head_at(5), theirs = head_at(6), found;
	char armour[2][OPERATION_ARMOUR_SIZE], text[8 * OPERATION_ARMOUR_SIZE];
	const char *at = text;

	(void)state;
	assert_true(operation_head_armour(THEM, &theirs, armour[0]));
	assert_true(operation_head_armour(US, &ours, armour[1]));
	(void)snprintf(text, sizeof(text),
	    "%s-----BEGIN GENKAN LOG HEAD-----\ntenant: " US
	    "\ntime: yesterday\nseal:\n!!!!\n-----END GENKAN LOG HEAD-----\n%s"
	    "-----BEGIN GENKAN LOG HEAD-----\ntenant: " US "\n",
	    armour[0], armour[1]);
	assert_true(operation_head_read(&at, US, &found));
	assert_same(&found, &ours);
	assert_false(operation_head_read(&at, US, &found));
}

static void
a_head_cut_off_anywhere_is_none(void **state)
{
	struct operation_head head = head_at(9), found;
	char text[OPERATION_ARMOUR_SIZE];
	const char *at;
	size_t len;

	(void)state;
	assert_true(operation_head_armour(US, &head, text));
	for (len = strlen(text) - 2; len > 0; len--) {
		text[len] = '\0';
		at = text;
		assert_false(operation_head_read(&at, US, &found));
	}
}

/* One part of the formula, appended to ${all}. */
static void
part(uint8_t **all, const char *text)
{
	if (text == NULL)
		memset(*all, 0, SECRET_HASH_BYTES);
	else
		secret_digest(text, strlen(text), *all);
	*all += SECRET_HASH_BYTES;
}

static void
a_link_is_the_hash_that_the_header_describes(void **state)
{
	static const char *const parts[] = { ZEROS, US, "4", NULL, "7", THEM,
		"1700000000000000", "member", NULL, "127.0.0.1",
		"office.created", NULL, "done" };
	uint8_t all[NELEMS(parts) * SECRET_HASH_BYTES], *end = all;
	uint8_t hash[SECRET_HASH_BYTES];
	char wanted[OPERATION_HASH_SIZE], found[OPERATION_HASH_SIZE];
	struct fault f = FAULT_INIT;
	struct rows *rows;
	struct db *db;
	size_t i;

	(void)state;
	assert_non_null(getenv("GENKAN_TEST_DB"));
	db = db_open(getenv("GENKAN_TEST_DB"), &f);
	assert_non_null(db);
	for (i = 0; i < NELEMS(parts); i++)
		part(&end, parts[i]);
	secret_digest(all, sizeof(all), hash);
	text_hex(hash, sizeof(hash), wanted);

	assert_true(db_run(db, &(struct scope){ "" }, &row,
	    (struct db_arg[]){ DB_TEXT("done") }, &rows, &f));
	operation_chain_link(rows, 0, 4, ZEROS, NULL, found);
	assert_string_equal(found, wanted);
	/* A detail that is empty is another than none. */
	operation_chain_link(rows, 0, 4, ZEROS, "", found);
	assert_string_not_equal(found, wanted);
	operation_chain_link(rows, 0, 5, ZEROS, NULL, found);
	assert_string_not_equal(found, wanted);
	rows_free(rows);
	assert_true(db_run(db, &(struct scope){ "" }, &row,
	    (struct db_arg[]){ DB_TEXT("refused") }, &rows, &f));
	operation_chain_link(rows, 0, 4, ZEROS, NULL, found);
	assert_string_not_equal(found, wanted);
	rows_free(rows);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_read_back_as_it_was_written),
		cmocka_unit_test(
		    heads_are_found_among_mail_headers_and_in_quotes),
		cmocka_unit_test(
		    anothers_head_and_what_is_none_are_passed_over),
		cmocka_unit_test(a_head_cut_off_anywhere_is_none),
		cmocka_unit_test(a_link_is_the_hash_that_the_header_describes),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
