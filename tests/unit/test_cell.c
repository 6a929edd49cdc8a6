#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell.h"
#include "fault.h"
#include "secret.h"

#define TENANT_A "0190a3c2-0000-7000-8000-00000000000a"
#define TENANT_B "0190a3c2-0000-7000-8000-00000000000b"
#define ROW_1    "0190a3c2-0000-7000-8000-000000000001"
#define ROW_2    "0190a3c2-0000-7000-8000-000000000002"
#define NAME     "髙橋 春子"
#define LEN      (sizeof(NAME) - 1)
#define SEALED   (LEN + CELL_OVERHEAD)
#define MANY     1000

static const struct cell_place here = { TENANT_A, "guest", "name", ROW_1 };

static struct cell_key *
key_of(uint8_t byte, uint32_t version)
{
	struct cell_key *key;
	uint8_t bytes[32];

	memset(bytes, byte, sizeof(bytes));
	key = cell_key_new(bytes, version);
	assert_non_null(key);
	return (key);
}

static void
seal_name(const struct cell_key *key, uint8_t cell[SEALED])
{
	struct fault f = FAULT_INIT;

	assert_true(cell_seal(key, &here, NAME, LEN, cell, &f));
}

static void
assert_refused(const struct cell_key *key, const struct cell_place *place,
    const uint8_t *cell, size_t len)
{
	struct fault f = FAULT_INIT;
	char out[SEALED + 1];

	memset(out, 'x', sizeof(out));
	assert_false(cell_open(key, place, cell, len, out, &f));
	assert_int_equal(f.kind, FAULT_CRYPT);
	assert_null(strstr(f.what, "春子"));
	assert_null(memmem(out, sizeof(out), "春", 3));
}

static void
what_was_sealed_opens(void **state)
{
	struct cell_key *key = key_of(7, 3);
	struct fault f = FAULT_INIT;
	uint8_t cell[SEALED], empty[CELL_OVERHEAD];
	char out[LEN + 1];
	uint32_t version;

	(void)state;
	seal_name(key, cell);
	assert_null(memmem(cell, sizeof(cell), "春", 3));
	assert_true(cell_version(cell, sizeof(cell), &version));
	assert_int_equal(version, 3);
	assert_true(cell_open(key, &here, cell, sizeof(cell), out, &f));
	assert_string_equal(out, NAME);

	assert_true(cell_seal(key, &here, "", 0, empty, &f));
	assert_true(cell_open(key, &here, empty, sizeof(empty), out, &f));
	assert_string_equal(out, "");
	cell_key_free(key);
}

static void
a_moved_cell_does_not_open(void **state)
{
	static const struct cell_place elsewhere[] = {
		{ TENANT_B, "guest", "name", ROW_1 },
		{ TENANT_A, "member", "name", ROW_1 },
		{ TENANT_A, "guest", "company", ROW_1 },
		{ TENANT_A, "guest", "name", ROW_2 },
		/* the boundary between the two names is part of the place */
		{ TENANT_A, "gues", "tname", ROW_1 },
		{ TENANT_A, "guestn", "ame", ROW_1 },
	};
	struct cell_key *key = key_of(7, 1);
	uint8_t cell[SEALED];
	size_t i;

	(void)state;
	seal_name(key, cell);
	for (i = 0; i < NELEMS(elsewhere); i++)
		assert_refused(key, &elsewhere[i], cell, sizeof(cell));
	cell_key_free(key);
}

static void
another_key_or_version_does_not_open(void **state)
{
	struct cell_key *key = key_of(7, 1), *newer = key_of(7, 2),
			*other = key_of(8, 1);
	uint8_t cell[SEALED];

	(void)state;
	seal_name(key, cell);
	assert_refused(newer, &here, cell, sizeof(cell));
	assert_refused(other, &here, cell, sizeof(cell));
	/* a relabelled version is authenticated, too */
	cell[4] = 2;
	assert_refused(newer, &here, cell, sizeof(cell));
	cell_key_free(key);
	cell_key_free(newer);
	cell_key_free(other);
}

static void
every_flipped_bit_is_noticed(void **state)
{
	struct cell_key *key = key_of(7, 1);
	uint8_t cell[SEALED];
	size_t bit;

	(void)state;
	seal_name(key, cell);
	for (bit = 0; bit < sizeof(cell) * 8; bit++) {
		cell[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(key, &here, cell, sizeof(cell));
		cell[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	cell_key_free(key);
}

static void
a_shortened_cell_is_noticed(void **state)
{
	struct cell_key *key = key_of(7, 1);
	uint8_t cell[SEALED];
	size_t len;

	(void)state;
	seal_name(key, cell);
	for (len = 0; len < sizeof(cell); len++)
		assert_refused(key, &here, cell, len);
	cell_key_free(key);
}

static void
a_cell_needs_a_whole_place(void **state)
{
	static const struct cell_place bad[] = {
		{ "", "guest", "name", ROW_1 },
		{ TENANT_A, "", "name", ROW_1 },
		{ TENANT_A, "guest", "", ROW_1 },
		{ TENANT_A, "guest", "name", "1" },
		{ TENANT_A,
		    "a_name_that_is_longer_than_any_that_postgresql_would_take_"
		    "x",
		    "a_name_that_is_longer_than_any_that_postgresql_would_take_"
		    "xyz123",
		    ROW_1 },
	};
	struct cell_key *key = key_of(7, 1);
	uint8_t cell[SEALED];
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		struct fault f = FAULT_INIT;

		assert_false(cell_seal(key, &bad[i], NAME, LEN, cell, &f));
		assert_int_equal(f.kind, FAULT_BUG);
	}
	cell_key_free(key);
}

static void
nonces_never_repeat(void **state)
{
	struct cell_key *key = key_of(7, 1);
	uint8_t(*cells)[SEALED] = calloc(MANY, SEALED);
	size_t i, j;

	(void)state;
	assert_non_null(cells);
	for (i = 0; i < MANY; i++) {
		seal_name(key, cells[i]);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(cells[i] + 5, cells[j] + 5, 12);
	}
	free(cells);
	cell_key_free(key);
}

static void
a_child_draws_its_own_nonces(void **state)
{
	struct cell_key *key = key_of(7, 1);
	uint8_t warm[SEALED], mine[SEALED], childs[SEALED];
	int fds[2], status;
	pid_t pid;

	(void)state;
	seal_name(key, warm); /* the pool is filled before the fork */
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		seal_name(key, childs);
		_exit(write(fds[1], childs, SEALED) == (ssize_t)SEALED ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], childs, SEALED), SEALED);
	seal_name(key, mine);
	assert_memory_not_equal(mine + 5, childs + 5, 12);
	(void)close(fds[0]);
	(void)close(fds[1]);
	cell_key_free(key);
}

static void *
seal_and_open(void *arg)
{
	const struct cell_key *key = arg;
	struct fault f = FAULT_INIT;
	uint8_t cell[SEALED];
	char out[LEN + 1];
	int i;

	for (i = 0; i < MANY; i++)
		if (!cell_seal(key, &here, NAME, LEN, cell, &f) ||
		    !cell_open(key, &here, cell, sizeof(cell), out, &f) ||
		    strcmp(out, NAME) != 0)
			return (NULL);
	return (arg);
}

static void
threads_share_a_key(void **state)
{
	struct cell_key *key = key_of(7, 1);
	pthread_t threads[4];
	void *result;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, seal_and_open, key), 0);
	for (i = 0; i < NELEMS(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, key);
	}
	cell_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(a_moved_cell_does_not_open),
		cmocka_unit_test(another_key_or_version_does_not_open),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(a_shortened_cell_is_noticed),
		cmocka_unit_test(a_cell_needs_a_whole_place),
		cmocka_unit_test(nonces_never_repeat),
		cmocka_unit_test(a_child_draws_its_own_nonces),
		cmocka_unit_test(threads_share_a_key),
	};
	struct fault f = FAULT_INIT;

	if (!secret_boot(&f))
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
