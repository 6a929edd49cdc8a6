#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "kms_client.h"
#include "tenant_key.h"

#include "kms_audit.h"
#include "kms_http.h"
#include "principal.h"
#include "ring.h"
#include "ring_file.h"

/*
 * A tenant's keys with a real database (GENKAN_TEST_DB_OWNER, _OPERATOR, _WEB,
 * _COURIER) and a real key service, which runs in threads of this process.
 */

#define NAME "髙橋 春子"

static const struct stmt tenant_add = { "tenant_add",
	"INSERT INTO tenant (tenant_id, display_name, kms_key_id) "
	"VALUES (current_setting('app.tenant_id')::uuid, 'x', $1::text)",
	1 };
static const struct stmt echo = { "echo",
	"SELECT $1::bytea AS name_cell, NULL::bytea AS kana_cell", 1 };
static const struct stmt writes = { "writes",
	"SELECT sum(writes)::bigint AS n FROM tenant_key "
	"WHERE tenant_id = current_setting('app.tenant_id')::uuid "
	"AND use = 'visitor'",
	0 };

static char dir[] = "/tmp/genkan-tenant-key-XXXXXX";
static struct ring *ring;
static struct principals *principals;
static struct kms_http_settings settings;
static struct kms_http *http;

static struct context operator, web, courier, other;
static char kms_key[64];
static uuid_text row;

static void
kms_start(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct fault f = FAULT_INIT;

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/kms.sock", dir);
	(void)unlink(at.sun_path);
	settings.unix_fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(settings.unix_fd, (const struct sockaddr *)&at, sizeof(at)),
	    0);
	assert_int_equal(listen(settings.unix_fd, 64), 0);
	http = kms_http_start(&settings, &f);
	assert_non_null(http);
}

static void
kms_stop(void)
{
	kms_http_stop(http);
	http = NULL;
}

static void
context_open(struct context *ctx, const char *role, const char *principal)
{
	char name[64], path[128], access_key[64];
	struct fault f = FAULT_INIT;

	memset(ctx, 0, sizeof(*ctx));
	(void)snprintf(name, sizeof(name), "TEST_DB_%s", role);
	assert_non_null(getenv(name));
	ctx->db = db_open(getenv(name), &f);
	assert_non_null(ctx->db);
	(void)snprintf(path, sizeof(path), "%s/kms.sock", dir);
	(void)snprintf(access_key, sizeof(access_key), "genkan-%s", principal);
	ctx->kms = kms_client_open(path, access_key,
	    principals_find(principals, access_key)->secret_key, &f);
	assert_non_null(ctx->kms);
}

static void
context_close(struct context *ctx)
{
	db_close(ctx->db);
	kms_client_close(ctx->kms);
}

static int
start(void **state)
{
	struct ring_paths paths;
	struct fault f = FAULT_INIT;
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(paths.first, sizeof(paths.first), "%s/ring", dir);
	(void)snprintf(paths.second, sizeof(paths.second), "%s/copy", dir);
	assert_true(ring_make(&paths, "a passphrase", &f));
	ring = ring_open(&paths, "a passphrase", &f);
	assert_non_null(ring);
	(void)snprintf(path, sizeof(path), "%s/principals.json", dir);
	assert_true(principals_make(path, &f));
	principals = principals_load(path, &f);
	assert_non_null(principals);
	(void)snprintf(path, sizeof(path), "%s/audit.log", dir);
	assert_true(kms_audit_open(path, &f));
	settings = (struct kms_http_settings){ .ring = ring,
		.principals = principals,
		.region = config_text(CONFIG_KMS_REGION),
		.tcp_fd = -1 };
	kms_start();
	context_open(&operator, "OPERATOR", "operator");
	context_open(&web, "WEB", "web");
	context_open(&courier, "COURIER", "courier");
	context_open(&other, "WEB", "web");
	return (0);
}

static int
stop(void **state)
{
	char command[64];

	(void)state;
	context_close(&operator);
	context_close(&web);
	context_close(&courier);
	context_close(&other);
	kms_stop();
	kms_audit_close();
	ring_close(ring);
	principals_free(principals);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return (system(command));
}

/* What "genkan ctl tenant create" does. */
static void
make_tenant(uuid_text tenant)
{
	char alias[64];
	struct fault f = FAULT_INIT;
	struct db_arg args[1];

	text_uuid_new(tenant);
	text_copy(operator.scope.tenant_id, sizeof(uuid_text), tenant);
	(void)snprintf(alias, sizeof(alias), "alias/tenant-%s", tenant);
	assert_true(
	    kms_create_key(operator.kms, "a tenant", alias, kms_key, &f));
	args[0] = DB_TEXT(kms_key);
	assert_true(db_begin(operator.db, &operator.scope, &f));
	assert_true(db_run(operator.db, NULL, &tenant_add, args, NULL, &f));
	assert_true(tenant_key_provision(&operator, kms_key, &f));
	assert_true(db_commit(operator.db, &f));
}

static int
fresh(void **state)
{
	(void)state;
	tenant_key_evict("");
	if (http == NULL)
		kms_start();
	make_tenant(web.scope.tenant_id);
	text_copy(
	    courier.scope.tenant_id, sizeof(uuid_text), web.scope.tenant_id);
	text_uuid_new(row);
	return (0);
}

static void
seal(struct context *ctx, struct cell *cell)
{
	struct fault f = FAULT_INIT;

	if (!tenant_seal(ctx, TENANT_KEY_VISITOR, "guest", "name_cell", row,
		NAME, cell, &f))
		fail_msg("%s", f.what);
}

static void
assert_opens(struct context *ctx, const struct cell *cell)
{
	struct fault f = FAULT_INIT;
	char *text;

	if (!tenant_open_bytes(ctx, TENANT_KEY_VISITOR, "guest", "name_cell",
		row, cell->bytes, cell->len, &text, &f))
		fail_msg("%s", f.what);
	assert_string_equal(text, NAME);
	tenant_text_free(text);
}

static void
assert_fails(struct context *ctx, const struct cell *cell, enum fault_kind kind)
{
	struct fault f = FAULT_INIT;
	char *text;

	assert_false(tenant_open_bytes(ctx, TENANT_KEY_VISITOR, "guest",
	    "name_cell", row, cell->bytes, cell->len, &text, &f));
	assert_null(text);
	assert_int_equal(f.kind, kind);
}

static void
set_key_state(enum ring_state to)
{
	struct fault f = FAULT_INIT;
	struct ring_view *edit = ring_edit(ring, &f);

	assert_non_null(edit);
	ring_find_key(edit, kms_key)->state = to;
	assert_true(ring_commit(ring, edit, &f));
}

static void
a_sealed_text_is_stored_and_opened(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell cell, nothing;
	struct rows *rows;
	char *text;

	(void)state;
	seal(&web, &cell);
	assert_null(memmem(cell.bytes, cell.len, "春", 3));
	assert_true(tenant_seal(&web, TENANT_KEY_VISITOR, "guest", "kana_cell",
	    row, NULL, &nothing, &f));
	assert_null(nothing.bytes);
	assert_true(DB_CELL(nothing).value == NULL);

	const struct db_arg args[] = { DB_CELL(cell) };
	assert_true(db_run(web.db, &web.scope, &echo, args, &rows, &f));
	assert_true(tenant_open(&web, TENANT_KEY_VISITOR, "guest", "name_cell",
	    row, rows, 0, &text, &f));
	assert_string_equal(text, NAME);
	tenant_text_free(text);
	assert_true(tenant_open(&web, TENANT_KEY_VISITOR, "guest", "kana_cell",
	    row, rows, 0, &text, &f));
	assert_null(text);
	rows_free(rows);
	cell_free(&cell);
	cell_free(&nothing);
}

static void
a_cell_of_another_tenant_or_place_does_not_open(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell cell;
	uuid_text elsewhere;
	char *text;

	(void)state;
	seal(&web, &cell);
	make_tenant(other.scope.tenant_id);
	assert_fails(&other, &cell, FAULT_CRYPT);
	text_uuid_new(elsewhere);
	assert_false(tenant_open_bytes(&web, TENANT_KEY_VISITOR, "guest",
	    "name_cell", elsewhere, cell.bytes, cell.len, &text, &f));
	assert_int_equal(f.kind, FAULT_CRYPT);
	fault_clear(&f);
	assert_false(tenant_open_bytes(&web, TENANT_KEY_TOTP, "guest",
	    "name_cell", row, cell.bytes, cell.len, &text, &f));
	assert_int_equal(f.kind, FAULT_CRYPT);
	cell.bytes[cell.len - 1] ^= 1;
	assert_fails(&web, &cell, FAULT_CRYPT);
	cell.len = 3;
	assert_fails(&web, &cell, FAULT_CRYPT);
	cell_free(&cell);
}

static void
courier_opens_deliveries_only(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell visitor, delivery;
	char *text;

	(void)state;
	seal(&web, &visitor);
	assert_true(tenant_seal(&web, TENANT_KEY_DELIVERY, "outbox",
	    "payload_cell", row, "{}", &delivery, &f));
	tenant_key_evict("");
	assert_true(tenant_open_bytes(&courier, TENANT_KEY_DELIVERY, "outbox",
	    "payload_cell", row, delivery.bytes, delivery.len, &text, &f));
	assert_string_equal(text, "{}");
	tenant_text_free(text);
	assert_fails(&courier, &visitor, FAULT_KMS_REFUSED);
	cell_free(&visitor);
	cell_free(&delivery);
}

static void
the_operator_cannot_open(void **state)
{
	struct cell cell;

	(void)state;
	seal(&web, &cell);
	tenant_key_evict("");
	assert_fails(&operator, & cell, FAULT_KMS_REFUSED);
	cell_free(&cell);
}

static void
while_the_service_is_gone_kept_keys_serve(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell cell, late;
	uint8_t hash[32];

	(void)state;
	seal(&web, &cell);
	kms_stop();
	assert_opens(&web, &cell);
	seal(&web, &late);
	assert_opens(&web, &late);

	/* what was never unwrapped cannot be had; the second look asks no more
	 */
	assert_false(tenant_hash(&web, "member.email", "a@b", hash, &f));
	assert_int_equal(f.kind, FAULT_KMS_AWAY);
	fault_clear(&f);
	assert_false(tenant_hash(&web, "member.email", "a@b", hash, &f));
	assert_int_equal(f.kind, FAULT_KMS_AWAY);
	assert_non_null(strstr(f.what, "a moment ago"));

	/* evicted: closed, not open */
	tenant_key_evict(web.scope.tenant_id);
	assert_fails(&web, &cell, FAULT_KMS_AWAY);

	kms_start();
	tenant_key_evict("");
	assert_opens(&web, &cell);
	assert_opens(&web, &late);
	cell_free(&cell);
	cell_free(&late);
}

static void
a_stopped_key_is_refused_after_the_notification(void **state)
{
	struct cell cell;

	(void)state;
	seal(&web, &cell);
	set_key_state(RING_DISABLED);
	tenant_key_evict(web.scope.tenant_id);
	assert_fails(&web, &cell, FAULT_KMS_REFUSED);
	set_key_state(RING_PENDING_DELETION);
	tenant_key_evict(web.scope.tenant_id);
	assert_fails(&web, &cell, FAULT_KMS_REFUSED);
	set_key_state(RING_ENABLED);
	tenant_key_evict(web.scope.tenant_id);
	assert_opens(&web, &cell);
	cell_free(&cell);
}

static void
after_rotation_old_cells_open_and_new_ones_say_two(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell old, new;
	uint32_t version;

	(void)state;
	seal(&web, &old);
	text_copy(operator.scope.tenant_id, sizeof(uuid_text),
	    web.scope.tenant_id);
	assert_true(db_begin(operator.db, &operator.scope, &f));
	assert_true(tenant_key_rotate(&operator, TENANT_KEY_VISITOR, &f));
	assert_true(db_commit(operator.db, &f));
	assert_false(tenant_key_rotate(&operator, TENANT_KEY_HASH, &f));
	tenant_key_evict(web.scope.tenant_id);
	seal(&web, &new);
	assert_true(cell_version(new.bytes, new.len, &version));
	assert_int_equal(version, 2);
	assert_true(cell_version(old.bytes, old.len, &version));
	assert_int_equal(version, 1);
	assert_opens(&web, &old);
	assert_opens(&web, &new);
	cell_free(&old);
	cell_free(&new);
}

static void
hashes_differ_by_label_tenant_and_use(void **state)
{
	struct fault f = FAULT_INIT;
	uint8_t a[32], b[32];

	(void)state;
	assert_true(tenant_hash(&web, "member.email", "a@b", a, &f));
	tenant_key_evict("");
	assert_true(tenant_hash(&web, "member.email", "a@b", b, &f));
	assert_memory_equal(a, b, 32);
	assert_true(tenant_hash(&web, "member.phone", "a@b", b, &f));
	assert_memory_not_equal(a, b, 32);
	assert_true(tenant_hash(&web, "member.emai", "la@b", b, &f));
	assert_memory_not_equal(a, b, 32);
	make_tenant(other.scope.tenant_id);
	assert_true(tenant_hash(&other, "member.email", "a@b", b, &f));
	assert_memory_not_equal(a, b, 32);
	assert_true(tenant_code_hash(&web, row, "123456", a, &f));
	assert_true(tenant_hash(&web, row, "123456", b, &f));
	assert_memory_not_equal(a, b, 32);
}

static void
writes_are_counted_in_blocks(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell cell;
	struct rows *rows;
	int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		seal(&web, &cell);
		cell_free(&cell);
	}
	assert_true(db_run(web.db, &web.scope, &writes, NULL, &rows, &f));
	assert_int_equal(rows_int(rows, 0, "n"), 8192);
	rows_free(rows);
}

static void
sealing_never_waits_for_another_who_counts(void **state)
{
	struct fault f = FAULT_INIT;
	struct cell cell;

	(void)state;
	text_copy(
	    other.scope.tenant_id, sizeof(uuid_text), web.scope.tenant_id);
	assert_true(db_begin(other.db, &other.scope, &f));
	seal(&other, &cell); /* its row is locked until the commit */
	cell_free(&cell);
	tenant_key_evict("");
	seal(&web, &cell);
	assert_opens(&web, &cell);
	cell_free(&cell);
	assert_true(db_commit(other.db, &f));
}

static void *
work(void *arg)
{
	struct context ctx;
	struct fault f = FAULT_INIT;
	struct cell cell;
	char *text;
	bool ok = true;
	int i;

	(void)arg;
	context_open(&ctx, "WEB", "web");
	text_copy(ctx.scope.tenant_id, sizeof(uuid_text), web.scope.tenant_id);
	for (i = 0; ok && i < 200; i++) {
		ok = tenant_seal(&ctx, TENANT_KEY_VISITOR, "guest", "name_cell",
			 row, NAME, &cell, &f) &&
		    tenant_open_bytes(&ctx, TENANT_KEY_VISITOR, "guest",
			"name_cell", row, cell.bytes, cell.len, &text, &f) &&
		    strcmp(text, NAME) == 0;
		if (ok)
			tenant_text_free(text);
		cell_free(&cell);
		if (i % 17 == 0)
			tenant_key_evict(ctx.scope.tenant_id);
	}
	context_close(&ctx);
	return (ok ? &ring : NULL);
}

static void
threads_share_keys_while_they_are_evicted(void **state)
{
	pthread_t threads[6];
	void *result;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, NULL), 0);
	for (i = 0; i < NELEMS(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
}

/* The settings' reader knows no GENKAN_TEST_*. */
static void
rename_variable(const char *role)
{
	char from[64], to[64];

	(void)snprintf(from, sizeof(from), "GENKAN_TEST_DB_%s", role);
	(void)snprintf(to, sizeof(to), "TEST_DB_%s", role);
	if (getenv(from) != NULL)
		(void)setenv(to, getenv(from), 1);
	(void)unsetenv(from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_sealed_text_is_stored_and_opened, fresh),
		cmocka_unit_test_setup(
		    a_cell_of_another_tenant_or_place_does_not_open, fresh),
		cmocka_unit_test_setup(courier_opens_deliveries_only, fresh),
		cmocka_unit_test_setup(the_operator_cannot_open, fresh),
		cmocka_unit_test_setup(
		    while_the_service_is_gone_kept_keys_serve, fresh),
		cmocka_unit_test_setup(
		    a_stopped_key_is_refused_after_the_notification, fresh),
		cmocka_unit_test_setup(
		    after_rotation_old_cells_open_and_new_ones_say_two, fresh),
		cmocka_unit_test_setup(
		    hashes_differ_by_label_tenant_and_use, fresh),
		cmocka_unit_test_setup(writes_are_counted_in_blocks, fresh),
		cmocka_unit_test_setup(
		    sealing_never_waits_for_another_who_counts, fresh),
		cmocka_unit_test_setup(
		    threads_share_keys_while_they_are_evicted, fresh),
	};
	struct fault f = FAULT_INIT;

	rename_variable("OWNER");
	rename_variable("WEB");
	rename_variable("COURIER");
	rename_variable("OPERATOR");
	rename_variable("BACKUP");
	(void)unsetenv("GENKAN_TEST_DB");
	if (!secret_boot(&f) || !config_load(0, &f)) {
		(void)fprintf(stderr, "%s\n", f.what);
		return (1);
	}
	return (cmocka_run_group_tests(tests, start, stop));
}
