#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "ring.h"
#include "ring_file.h"
#include "secret.h"
#include "text.h"

#define PASSPHRASE "an unusual passphrase"
#define DAY        86400
#define NOW        INT64_C(1795220430) /* 2026-11-21 */

static char dir[64];
static struct ring_paths paths;

static int
fresh(void **state)
{
	struct fault f = FAULT_INIT;
	char path[128];

	(void)state;
	text_copy(dir, sizeof(dir), "/tmp/genkan-ring-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/copy", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(paths.first, sizeof(paths.first), "%s/ring", dir);
	(void)snprintf(paths.second, sizeof(paths.second), "%s/copy/ring", dir);
	assert_true(ring_make(&paths, PASSPHRASE, &f));
	return (0);
}

static int
gone(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return (system(command));
}

static struct ring *
open_ring(void)
{
	struct fault f = FAULT_INIT;
	struct ring *ring = ring_open(&paths, PASSPHRASE, &f);

	if (ring == NULL)
		fail_msg("%s", f.what);
	return (ring);
}

static void
add(struct ring *ring, uuid_text id, const char *alias)
{
	struct fault f = FAULT_INIT;
	struct ring_view *edit = ring_edit(ring, &f);
	struct ring_key *key;

	assert_non_null(edit);
	key = ring_add_key(ring, edit, "a key", "test", NOW);
	assert_non_null(key);
	text_copy(id, sizeof(uuid_text), key->id);
	if (alias != NULL)
		assert_true(ring_add_alias(edit, alias, id, NOW));
	assert_true(ring_commit(ring, edit, &f));
}

static void
material_of(
    struct ring *ring, const char *id, uint32_t version, uint8_t out[32])
{
	const struct ring_view *view = ring_hold(ring);
	uint8_t *secure = secret_alloc(32);

	assert_non_null(secure);
	assert_non_null(ring_find_key(view, id));
	assert_true(
	    ring_material(ring, ring_find_key(view, id), version, secure));
	memcpy(out, secure, 32);
	secret_free(secure, 32);
	ring_release(ring, view);
}

static bool
has(struct ring *ring, const char *id)
{
	const struct ring_view *view = ring_hold(ring);
	const bool found = ring_find_key(view, id) != NULL;

	ring_release(ring, view);
	return (found);
}

static void
change(
    struct ring *ring, const char *id, enum ring_state state, int64_t deletion)
{
	struct fault f = FAULT_INIT;
	struct ring_view *edit = ring_edit(ring, &f);
	struct ring_key *key;

	assert_non_null(edit);
	key = ring_find_key(edit, id);
	assert_non_null(key);
	key->state = state;
	key->deletion = deletion;
	assert_true(ring_commit(ring, edit, &f));
}

static uint8_t *
contents(const char *path, size_t *len)
{
	struct fault f = FAULT_INIT;
	uint8_t *bytes;

	assert_true(disk_read(path, RING_TEXT_MAX, &bytes, len, &f));
	return (bytes);
}

static void
put_contents(const char *path, const uint8_t *bytes, size_t len)
{
	struct fault f = FAULT_INIT;

	assert_true(disk_replace(path, bytes, len, &f));
}

static void
what_was_committed_is_there_after_a_restart(void **state)
{
	struct ring *ring = open_ring();
	uint8_t before[32], after[32];
	const struct ring_view *view;
	uuid_text a, b;

	(void)state;
	add(ring, a, "alias/test-b");
	add(ring, b, "alias/test-a");
	material_of(ring, a, 1, before);
	ring_close(ring);

	ring = open_ring();
	material_of(ring, a, 0, after);
	assert_memory_equal(before, after, 32);
	assert_true(has(ring, b));
	view = ring_hold(ring);
	assert_string_equal(ring_find_alias(view, "alias/test-b")->key_id, a);
	assert_string_equal(ring_find_key(view, a)->description, "a key");
	assert_string_equal(ring_find_key(view, a)->scope, "test");
	ring_release(ring, view);
	ring_close(ring);
}

static void
an_existing_ring_is_never_overwritten(void **state)
{
	struct fault f = FAULT_INIT;

	(void)state;
	assert_false(ring_make(&paths, PASSPHRASE, &f));
	assert_int_equal(unlink(paths.first), 0);
	fault_clear(&f);
	assert_false(ring_make(&paths, PASSPHRASE, &f));
}

static void
another_passphrase_does_not_open(void **state)
{
	struct fault f = FAULT_INIT;

	(void)state;
	assert_null(ring_open(&paths, "a usual passphrase", &f));
	assert_int_equal(f.kind, FAULT_CONFIG);
}

static void
no_key_material_is_on_disk_in_clear(void **state)
{
	struct ring *ring = open_ring();
	uint8_t material[32], *bytes;
	uuid_text id;
	size_t len;

	(void)state;
	add(ring, id, "alias/test-1");
	material_of(ring, id, 1, material);
	ring_close(ring);
	bytes = contents(paths.first, &len);
	assert_null(memmem(bytes, len, material, 8));
	assert_null(memmem(bytes, len, id, 36));
	assert_null(memmem(bytes, len, "alias", 5));
	free(bytes);
}

static void
either_copy_suffices_and_mends_the_other(void **state)
{
	const char *const copies[] = { paths.first, paths.second };
	struct ring *ring = open_ring();
	uint8_t *bytes, *again;
	size_t i, len, again_len;
	uuid_text id;

	(void)state;
	add(ring, id, NULL);
	ring_close(ring);
	for (i = 0; i < 2; i++) {
		/* lost */
		assert_int_equal(unlink(copies[i]), 0);
		ring = open_ring();
		assert_true(has(ring, id));
		ring_close(ring);
		/* torn */
		bytes = contents(copies[i], &len);
		put_contents(copies[i], bytes, len / 2);
		ring = open_ring();
		assert_true(has(ring, id));
		ring_close(ring);
		/* changed */
		bytes[len - 20] ^= 1;
		put_contents(copies[i], bytes, len);
		free(bytes);
		ring = open_ring();
		assert_true(has(ring, id));
		ring_close(ring);
		bytes = contents(copies[0], &len);
		again = contents(copies[1], &again_len);
		assert_int_equal(len, again_len);
		assert_memory_equal(bytes, again, len);
		free(bytes);
		free(again);
	}
}

static void
every_part_of_the_file_is_authenticated(void **state)
{
	/* magic, cost, salt, generation, nonce, text, and from behind: tag */
	static const size_t parts[] = { 0, 5, 8, 39, 40, 47, 48, 60, 1 };
	struct fault f;
	uint8_t *bytes;
	size_t i, at, len;

	(void)state;
	assert_int_equal(unlink(paths.second), 0);
	bytes = contents(paths.first, &len);
	for (i = 0; i < NELEMS(parts); i++) {
		at = i + 1 < NELEMS(parts) ? parts[i] : len - parts[i];
		bytes[at] ^= 1;
		put_contents(paths.first, bytes, len);
		bytes[at] ^= 1;
		fault_clear(&f);
		assert_null(ring_open(&paths, PASSPHRASE, &f));
	}
	free(bytes);
}

static void
the_newer_copy_wins(void **state)
{
	struct ring *ring = open_ring();
	uint8_t *old;
	size_t len;
	uuid_text id;

	(void)state;
	old = contents(paths.first, &len);
	add(ring, id, NULL);
	ring_close(ring);
	put_contents(paths.first, old, len);
	free(old);
	ring = open_ring();
	assert_true(has(ring, id));
	ring_close(ring);
}

static void
a_commit_without_its_second_copy_fails_and_changes_nothing(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	struct ring_view *edit;
	struct ring_key *key;
	char away[128], copy[128];
	uuid_text id, lost;

	(void)state;
	add(ring, id, NULL);
	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	(void)snprintf(away, sizeof(away), "%s/away", dir);
	assert_int_equal(rename(copy, away), 0);
	edit = ring_edit(ring, &f);
	assert_non_null(edit);
	key = ring_add_key(ring, edit, "", "test", NOW);
	text_copy(lost, sizeof(lost), key->id);
	assert_false(ring_commit(ring, edit, &f));
	assert_int_equal(f.kind, FAULT_SYSTEM);
	assert_false(has(ring, lost));
	assert_true(has(ring, id));

	/* and with the disk back it goes on */
	assert_int_equal(rename(away, copy), 0);
	add(ring, lost, NULL);
	ring_close(ring);
	ring = open_ring();
	assert_true(has(ring, lost));
	ring_close(ring);
}

static void
it_opens_and_reads_without_the_second_disk(void **state)
{
	struct ring *ring = open_ring();
	char away[128], copy[128];
	uuid_text id;

	(void)state;
	add(ring, id, NULL);
	ring_close(ring);
	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	(void)snprintf(away, sizeof(away), "%s/away", dir);
	assert_int_equal(rename(copy, away), 0);
	ring = open_ring();
	assert_true(has(ring, id));
	ring_close(ring);
	assert_int_equal(rename(away, copy), 0);
}

static void
rotation_keeps_the_old_material(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	uint8_t first[32], again[32], second[32];
	struct ring_view *edit;
	uuid_text id;

	(void)state;
	add(ring, id, NULL);
	material_of(ring, id, 0, first);
	edit = ring_edit(ring, &f);
	assert_non_null(edit);
	assert_true(
	    ring_rotate(ring, ring_find_key(edit, id), RING_ON_DEMAND, NOW));
	assert_true(ring_commit(ring, edit, &f));
	ring_close(ring);

	ring = open_ring();
	material_of(ring, id, 1, again);
	material_of(ring, id, 0, second);
	assert_memory_equal(first, again, 32);
	assert_memory_not_equal(first, second, 32);
	ring_close(ring);
}

static void
automatic_rotation_comes_when_due(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	const struct ring_view *view;
	struct ring_view *edit;
	struct ring_key *key;
	uuid_text id;

	(void)state;
	add(ring, id, NULL);
	edit = ring_edit(ring, &f);
	assert_non_null(edit);
	key = ring_find_key(edit, id);
	key->rotation_days = 90;
	key->rotation_from = NOW;
	assert_true(ring_commit(ring, edit, &f));
	assert_true(ring_tick(ring, NOW + 90 * DAY - 1, &f));
	assert_true(ring_tick(ring, NOW + 90 * DAY, &f));
	assert_true(ring_tick(ring, NOW + 90 * DAY + 1, &f));
	view = ring_hold(ring);
	assert_int_equal(ring_find_key(view, id)->nmaterials, 2);
	assert_int_equal(
	    ring_next_rotation(ring_find_key(view, id)), NOW + 180 * DAY);
	ring_release(ring, view);
	ring_close(ring);
}

static void
a_key_is_destroyed_when_its_wait_is_over(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	const struct ring_view *view;
	uuid_text id, other;

	(void)state;
	add(ring, id, "alias/test-1");
	add(ring, other, "alias/test-2");
	change(ring, id, RING_PENDING_DELETION, NOW + 7 * DAY);
	assert_true(ring_tick(ring, NOW + 7 * DAY - 1, &f));
	assert_true(has(ring, id));
	assert_true(ring_tick(ring, NOW + 7 * DAY, &f));
	assert_false(has(ring, id));
	assert_true(has(ring, other));
	view = ring_hold(ring);
	assert_null(ring_find_alias(view, "alias/test-1"));
	assert_non_null(ring_find_alias(view, "alias/test-2"));
	ring_release(ring, view);
	ring_close(ring);
}

static void
an_old_ring_does_not_revive_a_destroyed_key(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	char list[RING_PATH_MAX + 16];
	uint8_t *old;
	size_t len;
	uuid_text id, other;

	(void)state;
	add(ring, id, NULL);
	add(ring, other, NULL);
	old = contents(paths.first, &len);
	change(ring, id, RING_PENDING_DELETION, NOW);
	assert_true(ring_tick(ring, NOW, &f));
	ring_close(ring);

	/* both copies from a backup; one of the two lists lost */
	put_contents(paths.first, old, len);
	put_contents(paths.second, old, len);
	(void)snprintf(list, sizeof(list), "%s.destroyed", paths.first);
	assert_int_equal(unlink(list), 0);
	ring = open_ring();
	assert_false(has(ring, id));
	assert_true(has(ring, other));
	ring_close(ring);

	/* the mended ring does not have it any more, either */
	put_contents(paths.second, old, len);
	free(old);
	(void)snprintf(list, sizeof(list), "%s.destroyed", paths.second);
	assert_int_equal(unlink(list), 0);
	ring = open_ring();
	assert_false(has(ring, id));
	ring_close(ring);
}

static void
a_torn_list_of_destroyed_keys_still_counts(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	const char *const copies[] = { paths.first, paths.second };
	char list[RING_PATH_MAX + 16];
	uint8_t *old;
	size_t i, len;
	uuid_text id;

	(void)state;
	add(ring, id, NULL);
	old = contents(paths.first, &len);
	for (i = 0; i < 2; i++) {
		(void)snprintf(list, sizeof(list), "%s.destroyed", copies[i]);
		assert_true(disk_append(list, "\n01a1fb79-d97b-7", 16, &f));
	}
	change(ring, id, RING_PENDING_DELETION, NOW);
	assert_true(ring_tick(ring, NOW, &f));
	ring_close(ring);
	put_contents(paths.first, old, len);
	put_contents(paths.second, old, len);
	free(old);
	ring = open_ring();
	assert_false(has(ring, id));
	ring_close(ring);
}

static size_t
dated_copies(void)
{
	const struct dirent *e;
	char copy[128];
	size_t n = 0;
	DIR *d;

	(void)snprintf(copy, sizeof(copy), "%s/copy", dir);
	d = opendir(copy);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, "ring.20", 7) == 0;
	(void)closedir(d);
	return (n);
}

static void
dated_copies_live_thirty_days(void **state)
{
	struct ring *ring = open_ring();
	struct fault f = FAULT_INIT;
	char path[160];
	struct stat st;
	int day;

	(void)state;
	for (day = 0; day < 40; day++) {
		assert_true(ring_tick(ring, NOW + day * DAY, &f));
		assert_true(ring_tick(ring, NOW + day * DAY + 60, &f));
	}
	assert_int_equal(dated_copies(), 30);
	(void)snprintf(path, sizeof(path), "%s/copy/ring.2026-12-30", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(path, sizeof(path), "%s/copy/ring.2026-11-30", dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(paths.second, &st), 0);
	ring_close(ring);
}

static void
a_view_stays_as_it_was(void **state)
{
	struct ring *ring = open_ring();
	const struct ring_view *view;
	uuid_text id;

	(void)state;
	view = ring_hold(ring);
	add(ring, id, NULL);
	assert_int_equal(view->nkeys, 0);
	assert_true(has(ring, id));
	ring_release(ring, view);
	ring_close(ring);
}

static void *
add_and_read(void *arg)
{
	struct ring *ring = arg;
	struct fault f = FAULT_INIT;
	const struct ring_view *view;
	struct ring_view *edit;
	uint8_t *out = secret_alloc(32);
	bool ok = out != NULL;
	size_t i, j;

	for (i = 0; ok && i < 20; i++) {
		edit = ring_edit(ring, &f);
		ok = edit != NULL &&
		    ring_add_key(ring, edit, "", "test", NOW) != NULL &&
		    ring_commit(ring, edit, &f);
		view = ring_hold(ring);
		for (j = 0; ok && j < view->nkeys; j++)
			ok = ring_material(ring, &view->keys[j], 0, out);
		ring_release(ring, view);
	}
	secret_free(out, 32);
	return (ok ? arg : NULL);
}

static void
threads_change_and_read(void **state)
{
	struct ring *ring = open_ring();
	const struct ring_view *view;
	pthread_t threads[4];
	void *result;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, add_and_read, ring), 0);
	for (i = 0; i < NELEMS(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	ring_close(ring);
	ring = open_ring();
	view = ring_hold(ring);
	assert_int_equal(view->nkeys, 80);
	ring_release(ring, view);
	ring_close(ring);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, fresh, gone)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_committed_is_there_after_a_restart),
		TEST(an_existing_ring_is_never_overwritten),
		TEST(another_passphrase_does_not_open),
		TEST(no_key_material_is_on_disk_in_clear),
		TEST(either_copy_suffices_and_mends_the_other),
		TEST(every_part_of_the_file_is_authenticated),
		TEST(the_newer_copy_wins),
		TEST(
		    a_commit_without_its_second_copy_fails_and_changes_nothing),
		TEST(it_opens_and_reads_without_the_second_disk),
		TEST(rotation_keeps_the_old_material),
		TEST(automatic_rotation_comes_when_due),
		TEST(a_key_is_destroyed_when_its_wait_is_over),
		TEST(an_old_ring_does_not_revive_a_destroyed_key),
		TEST(a_torn_list_of_destroyed_keys_still_counts),
		TEST(dated_copies_live_thirty_days),
		TEST(a_view_stays_as_it_was),
		TEST(threads_change_and_read),
	};
	struct fault f = FAULT_INIT;

	if (!secret_boot(&f))
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
