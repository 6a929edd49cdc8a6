#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "clock.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "key_cache.h"
#include "kms_client.h"
#include "tenant_key.h"

/*
 * Random nonces are safe for 2^32 encryptions under one key (NIST SP 800-38D,
 * 8.3).  They are counted in blocks: a process sets a block aside in the
 * database and uses it up.  The count misses a block where the transaction
 * rolls back; that is why the limits stay far below what is unsafe.
 */
#define WRITES_BLOCK 4096
#define WRITES_LATE  (INT64_C(1) << 30)
#define WRITES_MAX   (INT64_C(1) << 31)

static const char *const use_names[] = {
	[TENANT_KEY_VISITOR] = "visitor",
	[TENANT_KEY_DELIVERY] = "delivery",
	[TENANT_KEY_TOTP] = "totp",
	[TENANT_KEY_HASH] = "hash",
	[TENANT_KEY_CODE] = "code",
};
_Static_assert(NELEMS(use_names) == TENANT_KEY__MAX, "every use has a name");

static bool load(struct context *, const struct key_cache_id *, uint64_t,
    struct tenant_key **, struct fault *);
static bool unwrap(struct context *, const struct key_cache_id *, struct rows *,
    uint64_t, struct tenant_key **, struct fault *);
static bool count_write(
    struct context *, enum tenant_key_use, struct tenant_key *, struct fault *);
static bool hash(struct context *, enum tenant_key_use, const char *,
    const void *, size_t, uint8_t[32], struct fault *);
static bool add(struct context *, enum tenant_key_use, uint32_t, const char *,
    struct fault *);

bool
tenant_seal(struct context *ctx, enum tenant_key_use use, const char *table,
    const char *column, const char *row_id, const char *text, struct cell *cell,
    struct fault *f)
{
	const struct cell_place place = { ctx->scope.tenant_id, table, column,
		row_id };
	struct tenant_key *key;
	size_t len;
	bool ok;

	*cell = (struct cell)CELL_INIT;
	if (text == NULL)
		return (true);
	if (!tenant_key_get(ctx, use, 0, &key, f))
		return (false);

	len = strlen(text);
	ok = count_write(ctx, use, key, f);
	if (ok && (cell->bytes = malloc(len + CELL_OVERHEAD)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "a cell of %zu bytes", len);
	if (ok &&
	    !cell_seal(
		tenant_key_cell(key), &place, text, len, cell->bytes, f)) {
		cell_free(cell);
		ok = false;
	}
	if (ok)
		cell->len = len + CELL_OVERHEAD;
	tenant_key_release(key);
	return (ok);
}

void
cell_free(struct cell *cell)
{
	free(cell->bytes);
	*cell = (struct cell)CELL_INIT;
}

bool
tenant_open(struct context *ctx, enum tenant_key_use use, const char *table,
    const char *column, const char *row_id, struct rows *rows, int i,
    char **textp, struct fault *f)
{
	const uint8_t *bytes;
	size_t len;

	*textp = NULL;
	if (rows_null(rows, i, column))
		return (true);
	bytes = rows_bytes(rows, i, column, &len);
	return (tenant_open_bytes(
	    ctx, use, table, column, row_id, bytes, len, textp, f));
}

bool
tenant_open_bytes(struct context *ctx, enum tenant_key_use use,
    const char *table, const char *column, const char *row_id,
    const uint8_t *bytes, size_t len, char **textp, struct fault *f)
{
	const struct cell_place place = { ctx->scope.tenant_id, table, column,
		row_id };
	struct tenant_key *key;
	uint32_t version;
	char *text;
	bool ok;

	*textp = NULL;
	if (!cell_version(bytes, len, &version) || version == 0 ||
	    version > INT32_MAX)
		return (fault_set(f, FAULT_CRYPT, "%s.%s of row %s is no cell",
		    table, column, row_id));
	if (!tenant_key_get(ctx, use, version, &key, f))
		return (false);

	if ((text = malloc(len - CELL_OVERHEAD + 1)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "a text of %zu bytes", len);
	else
		ok = cell_open(
		    tenant_key_cell(key), &place, bytes, len, text, f);
	tenant_key_release(key);
	if (!ok) {
		free(text);
		return (false);
	}
	*textp = text;
	return (true);
}

void
tenant_text_free(char *text)
{
	/* Behave consistently with free(NULL). */
	if (text == NULL)
		return;

	secret_wipe(text, strlen(text));
	free(text);
}

bool
tenant_hash(struct context *ctx, const char *label, const char *text,
    uint8_t out[32], struct fault *f)
{
	return (hash(ctx, TENANT_KEY_HASH, label, text, strlen(text), out, f));
}

bool
tenant_code_hash(struct context *ctx, const char *office_id, const char *code,
    uint8_t out[32], struct fault *f)
{
	return (
	    hash(ctx, TENANT_KEY_CODE, office_id, code, strlen(code), out, f));
}

bool
tenant_key_get(struct context *ctx, enum tenant_key_use use, uint32_t version,
    struct tenant_key **keyp, struct fault *f)
{
	const struct key_cache_id id = { ctx->scope.tenant_id, (int)use,
		version };
	enum fault_kind kind = FAULT_NONE;
	struct fault mine = FAULT_INIT;
	struct tenant_key *fresh;
	uint64_t epoch;

	switch (key_cache_find(&id, clock_monotonic(), keyp, &kind, &epoch)) {
	case KEY_CACHE_SERVE:
		return (true);
	case KEY_CACHE_FAILED:
		return (fault_set(
		    f, kind, "the %s key failed a moment ago", use_names[use]));
	case KEY_CACHE_MISSING:
		return (load(ctx, &id, epoch, keyp, f));
	case KEY_CACHE_CONFIRM:
		break;
	}

	/* The kept key serves on unless the service refuses it. */
	if (load(ctx, &id, epoch, &fresh, &mine)) {
		key_cache_release(*keyp);
		*keyp = fresh;
		return (true);
	}
	if (mine.kind != FAULT_KMS_REFUSED && mine.kind != FAULT_CRYPT) {
		log_fault("tenant_key.unconfirmed", &mine);
		return (true);
	}
	key_cache_fail(&id, FAULT_KMS_REFUSED, clock_monotonic());
	key_cache_release(*keyp);
	return (fault_set(f, mine.kind, "%s", mine.what));
}

const struct cell_key *
tenant_key_cell(const struct tenant_key *key)
{
	return (key_cache_cell(key));
}

void
tenant_key_release(struct tenant_key *key)
{
	key_cache_release(key);
}

void
tenant_key_evict(const char *tenant_id)
{
	key_cache_evict(tenant_id);
}

void
tenant_key_watch(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char last[PROCESS_KMS_STOPS_SIZE];
	char path[128], now[PROCESS_KMS_STOPS_SIZE];
	bool changed = false;
	ssize_t n = -1;
	int fd = -1;

	if (process_path(PROCESS_KMS_STOPS, path, sizeof(path)))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, now, sizeof(now));
		(void)close(fd);
	}
	/* A service that was never there has stopped nothing. */
	if (n != (ssize_t)sizeof(now))
		return;
	(void)pthread_mutex_lock(&lock);
	if (memcmp(now, last, sizeof(now)) != 0) {
		memcpy(last, now, sizeof(now));
		changed = true;
	}
	(void)pthread_mutex_unlock(&lock);
	if (changed)
		key_cache_evict("");
}

bool
tenant_key_provision(
    struct context *ctx, const char *kms_key_id, struct fault *f)
{
	int use;

	for (use = 0; use < TENANT_KEY__MAX; use++) {
		if (!add(ctx, (enum tenant_key_use)use, 1, kms_key_id, f))
			return (false);
	}
	return (true);
}

bool
tenant_key_rewrap(struct context *ctx, const char *kms_key_id, struct fault *f)
{
	uint8_t wrapped[KMS_WRAPPED_MAX];
	struct kms_context context = { ctx->scope.tenant_id, NULL };
	const uint8_t *old;
	struct rows *rows;
	size_t old_len, len;
	bool ok = true;
	int i;

	if (!db_run(ctx->db, NULL, &sql_tenant_key_list, NULL, &rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows); i++) {
		context.use = rows_text(rows, i, "use");
		old = rows_bytes(rows, i, "wrapped", &old_len);
		ok =
		    kms_re_encrypt(ctx->kms, rows_text(rows, i, "kms_key_id"),
			kms_key_id, &context, old, old_len, wrapped, &len, f) &&
		    db_run(ctx->db, NULL, &sql_tenant_key_rewrap,
			(struct db_arg[]){ DB_TEXT(context.use),
			    DB_TEXT(rows_text(rows, i, "version")),
			    DB_BYTES(wrapped, len), DB_TEXT(kms_key_id) },
			NULL, f);
	}
	rows_free(rows);
	return (ok);
}

bool
tenant_key_rotate(struct context *ctx, enum tenant_key_use use, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(use_names[use]) };
	struct rows *rows;
	bool ok;

	if (use == TENANT_KEY_HASH || use == TENANT_KEY_CODE)
		return (fault_set(f, FAULT_BUG, "a key of hashes stays"));
	if (!db_run(
		ctx->db, &ctx->scope, &sql_tenant_key_retire, args, &rows, f))
		return (false);

	if (rows_count(rows) == 1)
		ok = add(ctx, use, (uint32_t)rows_int(rows, 0, "version") + 1,
		    rows_text(rows, 0, "kms_key_id"), f);
	else
		ok = fault_set(
		    f, FAULT_CRYPT, "the tenant has no %s key", use_names[use]);
	rows_free(rows);
	return (ok);
}

const char *
tenant_key_use_name(enum tenant_key_use use)
{
	return (use_names[use]);
}

/* Read the wrapped key and have it unwrapped; remember how that went. */
static bool
load(struct context *ctx, const struct key_cache_id *id, uint64_t epoch,
    struct tenant_key **keyp, struct fault *f)
{
	char version[16];
	struct rows *rows;
	bool ok;

	(void)snprintf(
	    version, sizeof(version), "%lu", (unsigned long)id->version);
	const struct db_arg args[] = { DB_TEXT(use_names[id->use]),
		DB_TEXT(version) };
	if (!db_run(ctx->db, &ctx->scope, &sql_tenant_key_show, args, &rows, f))
		return (false);

	if (rows_count(rows) == 1)
		ok = unwrap(ctx, id, rows, epoch, keyp, f);
	else
		ok = fault_set(f, FAULT_CRYPT, "no %s key of version %s",
		    use_names[id->use], version);
	rows_free(rows);
	return (ok);
}

static bool
unwrap(struct context *ctx, const struct key_cache_id *id, struct rows *rows,
    uint64_t epoch, struct tenant_key **keyp, struct fault *f)
{
	const struct kms_context context = { id->tenant_id,
		use_names[id->use] };
	struct key_cache_id exact = *id;
	struct cell_key *key = NULL;
	uint8_t *plain;
	const uint8_t *wrapped;
	size_t len;
	bool ok;

	if ((plain = secret_alloc(32)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "the secure heap is full"));
	exact.version = (uint32_t)rows_int(rows, 0, "version");
	wrapped = rows_bytes(rows, 0, "wrapped", &len);
	ok = kms_decrypt(ctx->kms, rows_text(rows, 0, "kms_key_id"), &context,
	    wrapped, len, plain, f);
	if (ok && (key = cell_key_new(plain, exact.version)) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "the secure heap is full");
	secret_free(plain, 32);
	if (!ok) {
		key_cache_fail(id, f->kind, clock_monotonic());
		return (false);
	}

	*keyp = key_cache_put(&exact,
	    strcmp(rows_text(rows, 0, "state"), "current") == 0, key, epoch,
	    clock_monotonic());
	if (*keyp == NULL)
		return (fault_set(f, FAULT_MEMORY, "no room for a key"));
	return (true);
}

static bool
count_write(struct context *ctx, enum tenant_key_use use,
    struct tenant_key *key, struct fault *f)
{
	_Atomic int64_t *left = key_cache_writes(key);
	char version[16], block[16];
	struct rows *rows;
	int64_t total = 0;

	if (atomic_fetch_sub(left, 1) > 0)
		return (true);

	(void)snprintf(version, sizeof(version), "%lu",
	    (unsigned long)cell_key_version(tenant_key_cell(key)));
	(void)snprintf(block, sizeof(block), "%d", WRITES_BLOCK);
	const struct db_arg args[] = { DB_TEXT(use_names[use]),
		DB_TEXT(version), DB_TEXT(block) };
	if (!db_run(
		ctx->db, &ctx->scope, &sql_tenant_key_count, args, &rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		total = rows_int(rows, 0, "writes");
		atomic_fetch_add(left, WRITES_BLOCK);
	}
	rows_free(rows);

	if (total >= WRITES_MAX)
		return (fault_set(
		    f, FAULT_CRYPT, "the %s key is worn out", use_names[use]));
	if (total >= WRITES_LATE)
		log_line(LOG_LEVEL_WARNING, "tenant_key.rotate_now", "tenant",
		    ctx->scope.tenant_id, "use", use_names[use], NULL);
	return (true);
}

static bool
hash(struct context *ctx, enum tenant_key_use use, const char *label,
    const void *text, size_t len, uint8_t out[32], struct fault *f)
{
	struct tenant_key *key;

	if (!tenant_key_get(ctx, use, 0, &key, f))
		return (false);
	secret_hash(
	    cell_key_bytes(tenant_key_cell(key)), label, text, len, out);
	tenant_key_release(key);
	return (true);
}

static bool
add(struct context *ctx, enum tenant_key_use use, uint32_t version,
    const char *kms_key_id, struct fault *f)
{
	const struct kms_context context = { ctx->scope.tenant_id,
		use_names[use] };
	uint8_t wrapped[KMS_WRAPPED_MAX];
	char number[16];
	size_t len;

	if (!kms_generate_data_key(
		ctx->kms, kms_key_id, &context, NULL, wrapped, &len, f))
		return (false);
	(void)snprintf(number, sizeof(number), "%lu", (unsigned long)version);
	const struct db_arg args[] = { DB_TEXT(use_names[use]), DB_TEXT(number),
		DB_BYTES(wrapped, len), DB_TEXT(kms_key_id) };
	return (
	    db_run(ctx->db, &ctx->scope, &sql_tenant_key_add, args, NULL, f));
}
