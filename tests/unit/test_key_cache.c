#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "fault.h"
#include "key_cache.h"
#include "secret.h"
#include "text.h"

#define TENANT_A "0190a3c2-0000-7000-8000-00000000000a"
#define TENANT_B "0190a3c2-0000-7000-8000-00000000000b"
#define START    INT64_C(1000000)

static const struct key_cache_id newest = { TENANT_A, 0, 0 };
static const struct key_cache_id first = { TENANT_A, 0, 1 };

static struct tenant_key *held;
static enum fault_kind kind;
static uint64_t epoch;

static int
empty(void **state)
{
	(void)state;
	key_cache_evict("");
	assert_int_equal(key_cache_count(), 0);
	return (0);
}

static struct cell_key *
cell_key_of(uint32_t version)
{
	static const uint8_t bytes[32] = { 1 };
	struct cell_key *key = cell_key_new(bytes, version);

	assert_non_null(key);
	return (key);
}

static enum key_cache_answer
find(const struct key_cache_id *id, int64_t now)
{
	enum key_cache_answer answer;

	answer = key_cache_find(id, now, &held, &kind, &epoch);
	if (answer == KEY_CACHE_SERVE || answer == KEY_CACHE_CONFIRM)
		key_cache_release(held);
	return (answer);
}

static void
put(const struct key_cache_id *id, bool current, int64_t now)
{
	struct tenant_key *key;

	(void)find(id, now);
	key = key_cache_put(id, current, cell_key_of(id->version), epoch, now);
	assert_non_null(key);
	key_cache_release(key);
}

static void
a_kept_key_is_found_by_version_and_as_current(void **state)
{
	const struct key_cache_id second = { TENANT_A, 0, 2 };
	const struct key_cache_id other_use = { TENANT_A, 1, 1 };
	const struct key_cache_id other = { TENANT_B, 0, 1 };

	(void)state;
	assert_int_equal(find(&first, START), KEY_CACHE_MISSING);
	put(&first, true, START);
	assert_int_equal(find(&first, START), KEY_CACHE_SERVE);
	assert_int_equal(find(&newest, START), KEY_CACHE_SERVE);
	assert_int_equal(find(&second, START), KEY_CACHE_MISSING);
	assert_int_equal(find(&other_use, START), KEY_CACHE_MISSING);
	assert_int_equal(find(&other, START), KEY_CACHE_MISSING);
}

static void
an_old_version_is_not_current(void **state)
{
	(void)state;
	put(&first, false, START);
	assert_int_equal(find(&first, START), KEY_CACHE_SERVE);
	assert_int_equal(find(&newest, START), KEY_CACHE_MISSING);
}

static void
after_five_minutes_one_thread_confirms(void **state)
{
	const int64_t due = START + KEY_CACHE_CONFIRM_MS;

	(void)state;
	put(&first, true, START);
	assert_int_equal(find(&newest, due - 1), KEY_CACHE_SERVE);
	assert_int_equal(find(&newest, due), KEY_CACHE_CONFIRM);
	assert_int_equal(find(&newest, due), KEY_CACHE_SERVE);
	put(&first, true, due);
	assert_int_equal(
	    find(&newest, due + KEY_CACHE_RETRY_MS), KEY_CACHE_SERVE);
}

static void
while_the_service_is_away_a_key_serves_for_an_hour(void **state)
{
	int64_t now;

	(void)state;
	put(&first, true, START);
	for (now = START + KEY_CACHE_CONFIRM_MS;
	     now < START + KEY_CACHE_HARD_MS; now += KEY_CACHE_RETRY_MS) {
		assert_int_equal(find(&newest, now), KEY_CACHE_CONFIRM);
		key_cache_fail(&newest, FAULT_KMS_AWAY, now);
		assert_int_equal(find(&newest, now + 1), KEY_CACHE_SERVE);
	}
	assert_int_equal(
	    find(&newest, START + KEY_CACHE_HARD_MS), KEY_CACHE_MISSING);
	assert_int_equal(key_cache_count(), 0);
}

static void
a_refused_key_is_dropped_at_once(void **state)
{
	(void)state;
	put(&first, true, START);
	key_cache_fail(&first, FAULT_KMS_REFUSED, START);
	assert_int_equal(find(&first, START), KEY_CACHE_FAILED);
	assert_int_equal(kind, FAULT_KMS_REFUSED);
	assert_int_equal(find(&newest, START), KEY_CACHE_MISSING);
}

static void
a_failure_is_remembered_for_five_seconds(void **state)
{
	(void)state;
	key_cache_fail(&newest, FAULT_KMS_AWAY, START);
	assert_int_equal(find(&newest, START + 4999), KEY_CACHE_FAILED);
	assert_int_equal(kind, FAULT_KMS_AWAY);
	assert_int_equal(find(&newest, START + 5000), KEY_CACHE_MISSING);
	put(&first, true, START + 5000);
	assert_int_equal(find(&newest, START + 5000), KEY_CACHE_SERVE);
	assert_int_equal(key_cache_count(), 1);
}

static void
eviction_is_for_one_tenant(void **state)
{
	const struct key_cache_id other = { TENANT_B, 0, 1 };

	(void)state;
	put(&first, true, START);
	put(&other, true, START);
	key_cache_evict(TENANT_A);
	assert_int_equal(find(&first, START), KEY_CACHE_MISSING);
	assert_int_equal(find(&other, START), KEY_CACHE_SERVE);
}

static void
a_key_unwrapped_before_an_eviction_is_not_kept(void **state)
{
	struct tenant_key *key;

	(void)state;
	assert_int_equal(find(&first, START), KEY_CACHE_MISSING);
	key_cache_evict(TENANT_A);
	key = key_cache_put(&first, true, cell_key_of(1), epoch, START);
	assert_non_null(key);
	assert_int_equal(cell_key_version(key_cache_cell(key)), 1);
	key_cache_release(key);
	assert_int_equal(find(&first, START), KEY_CACHE_MISSING);
}

static void
an_evicted_key_lives_while_it_is_held(void **state)
{
	struct tenant_key *key;

	(void)state;
	put(&first, true, START);
	assert_int_equal(key_cache_find(&first, START, &key, &kind, &epoch),
	    KEY_CACHE_SERVE);
	key_cache_evict("");
	assert_int_equal(cell_key_version(key_cache_cell(key)), 1);
	key_cache_release(key);
}

static void
only_a_thousand_are_kept_the_least_used_goes(void **state)
{
	uuid_text tenant;
	struct key_cache_id id = { tenant, 0, 1 };
	int i;

	(void)state;
	put(&first, true, START);
	for (i = 0; i < KEY_CACHE_MAX + 10; i++) {
		text_uuid_new(tenant);
		put(&id, true, START + i);
		/* the first is used all the time */
		assert_int_equal(find(&first, START + i), KEY_CACHE_SERVE);
	}
	assert_int_equal(key_cache_count(), KEY_CACHE_MAX);
	assert_int_equal(find(&first, START + i), KEY_CACHE_SERVE);
}

static void *
churn(void *arg)
{
	struct tenant_key *key;
	enum fault_kind fault;
	uint64_t since;
	int i;

	for (i = 0; i < 20000; i++) {
		switch (key_cache_find(&newest, START, &key, &fault, &since)) {
		case KEY_CACHE_SERVE:
		case KEY_CACHE_CONFIRM:
			break;
		default:
			key = key_cache_put(
			    &first, true, cell_key_of(1), since, START);
		}
		if (cell_key_version(key_cache_cell(key)) != 1)
			return (NULL);
		if (i % 7 == 0)
			key_cache_evict(TENANT_A);
		if (i % 11 == 0)
			key_cache_fail(&first, FAULT_KMS_AWAY, START);
		key_cache_release(key);
	}
	return (arg);
}

static void
threads_find_put_and_evict(void **state)
{
	pthread_t threads[4];
	void *result;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, churn, &threads), 0);
	for (i = 0; i < NELEMS(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_kept_key_is_found_by_version_and_as_current, empty),
		cmocka_unit_test_setup(an_old_version_is_not_current, empty),
		cmocka_unit_test_setup(
		    after_five_minutes_one_thread_confirms, empty),
		cmocka_unit_test_setup(
		    while_the_service_is_away_a_key_serves_for_an_hour, empty),
		cmocka_unit_test_setup(a_refused_key_is_dropped_at_once, empty),
		cmocka_unit_test_setup(
		    a_failure_is_remembered_for_five_seconds, empty),
		cmocka_unit_test_setup(eviction_is_for_one_tenant, empty),
		cmocka_unit_test_setup(
		    a_key_unwrapped_before_an_eviction_is_not_kept, empty),
		cmocka_unit_test_setup(
		    an_evicted_key_lives_while_it_is_held, empty),
		cmocka_unit_test_setup(
		    only_a_thousand_are_kept_the_least_used_goes, empty),
		cmocka_unit_test_setup(threads_find_put_and_evict, empty),
	};
	struct fault f = FAULT_INIT;

	if (!secret_boot(&f))
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
