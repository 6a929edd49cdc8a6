#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "secret.h"
#include "signature.h"
#include "text.h"

#include "contract.h"
#include "gen_sql.h"
#include "gen_text.h"
#include "kms_client.h"
#include "operation_log.h"

#define KEY_WAIT_DAYS 7 /* the least that the key service allows */
#define BATCH         "2000"

static bool expire(struct context *, bool *, struct fault *);
static bool read_destruction(
    struct context *, struct contract_destruction *, struct fault *);
static bool give_up_keys(
    struct context *, const struct contract_destruction *, struct fault *);
static bool is_shared(struct context *, const char *, bool *, struct fault *);
static bool watch_keys(
    struct context *, const struct contract_destruction *, struct fault *);
static bool delete_rows(struct context *, struct fault *);
static bool certify(struct context *, const char *,
    const struct contract_destruction *, bool *, struct fault *);
static char *compose(
    const struct tenant *, const struct contract_destruction *);
static void line(FILE *, enum text_key, const char *);
static void moment_line(FILE *, enum text_key, int64_t);
static void hash_line(FILE *, enum text_key, const char *, size_t);
static bool read_certificate(
    struct context *, char **, char **, bool *, struct fault *);

bool
contract_sweep(struct context *ctx, const struct tenant *tenant,
    struct contract_destruction *d, struct fault *f)
{
	bool ended = tenant->state == TENANT_ENDED;

	memset(d, 0, sizeof(*d));
	if (!ended && !expire(ctx, &ended, f))
		return (false);
	if (!ended)
		return (true);

	if (!read_destruction(ctx, d, f) ||
	    (d->keys_until == 0 && !give_up_keys(ctx, d, f)) ||
	    !delete_rows(ctx, f) ||
	    (d->keys_gone == 0 && !watch_keys(ctx, d, f)))
		return (false);
	contract_destruction_free(d);
	return (read_destruction(ctx, d, f));
}

void
contract_destruction_free(struct contract_destruction *d)
{
	json_decref(d->counts);
	free(d->keys);
	free(d->own);
	memset(d, 0, sizeof(*d));
}

bool
contract_certify(struct context *ctx, const char *name, const char *key,
    char **certificate, char **signature, struct contract_destruction *d,
    enum contract_outcome *outcome, struct fault *f)
{
	bool found, good = true;

	*certificate = *signature = NULL;
	memset(d, 0, sizeof(*d));
	*outcome = CONTRACT_UNKNOWN;
	if (!contract_enter(ctx, name, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!read_certificate(ctx, certificate, signature, &found, f) ||
	    (!found && !read_destruction(ctx, d, f)))
		return (false);
	if (!found) {
		*outcome = CONTRACT_NOT_DUE;
		if (d->due == 0 || d->due > clock_now())
			return (true);
		if (!certify(ctx, key, d, &good, f) ||
		    (good &&
			!read_certificate(
			    ctx, certificate, signature, &found, f)))
			return (false);
	}
	*outcome = good ? CONTRACT_DONE : CONTRACT_KEY_BAD;
	return (true);
}

/* The one step that nothing brings back. */
static bool
expire(struct context *ctx, bool *ended, struct fault *f)
{
	char alias[64], own[64];
	struct rows *rows;
	bool found;

	(void)snprintf(
	    alias, sizeof(alias), "alias/tenant-%s", ctx->scope.tenant_id);
	if (!db_begin(ctx->db, &ctx->scope, f) ||
	    !db_run(ctx->db, NULL, &sql_contract_expire, NULL, &rows, f))
		return (false);
	*ended = rows_count(rows) == 1;
	rows_free(rows);
	if (!*ended) {
		db_rollback(ctx->db);
		return (true);
	}
	log_line(LOG_LEVEL_WARNING, "contract.ended", "tenant",
	    ctx->scope.tenant_id, NULL);
	return (operation_log_add(ctx, "tenant.ended", ctx->scope.tenant_id,
		    "done", NULL, f) &&
	    kms_find_key(ctx->kms, alias, own, &found, f) &&
	    db_run(ctx->db, NULL, &sql_contract_keys_note,
		(struct db_arg[]){ DB_TEXT(found ? own : NULL) }, NULL, f) &&
	    db_commit(ctx->db, f));
}

static bool
read_destruction(
    struct context *ctx, struct contract_destruction *d, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_contract_destruction, NULL,
		&rows, f))
		return (false);
	if (rows_count(rows) == 1) {
		d->keys_shared = rows_bool(rows, 0, "keys_shared");
		d->keys_until = rows_int(rows, 0, "keys_until");
		d->keys_gone = rows_int(rows, 0, "keys_gone_at");
		d->rows_gone = rows_int(rows, 0, "rows_gone_at");
		d->due = rows_int(rows, 0, "due_at");
		d->keys = strdup(rows_text(rows, 0, "keys"));
		if (!rows_null(rows, 0, "keys_own"))
			d->own = strdup(rows_text(rows, 0, "keys_own"));
		d->counts =
		    json_loads(rows_text(rows, 0, "rows_gone"), 0, NULL);
	}
	rows_free(rows);
	return (true);
}

/* A key that another tenant's data needs is not ours to destroy. */
static bool
give_up_keys(
    struct context *ctx, const struct contract_destruction *d, struct fault *f)
{
	char *keys = strdup(d->keys != NULL ? d->keys : ""), *rest = keys;
	int64_t until, last = clock_now();
	bool shared, any_shared = false, ok = keys != NULL;
	char number[24], *own = NULL;
	const char *key;
	size_t len;
	FILE *out;

	if (!ok || (out = open_memstream(&own, &len)) == NULL) {
		free(keys);
		return (fault_set(f, FAULT_MEMORY, "keys"));
	}
	while (ok && (key = strsep(&rest, " ")) != NULL) {
		if (key[0] == '\0')
			continue;
		ok = is_shared(ctx, key, &shared, f);
		any_shared = any_shared || shared;
		if (!ok || shared)
			continue;
		ok = kms_give_up_key(ctx->kms, key, KEY_WAIT_DAYS, &until, f);
		if (until > last)
			last = until;
		(void)fprintf(out, "%s%s", ftell(out) > 0 ? " " : "", key);
	}
	free(keys);
	(void)snprintf(number, sizeof(number), "%lld", (long long)last);
	if (fclose(out) != 0)
		ok = fault_set(f, FAULT_MEMORY, "keys");
	ok = ok &&
	    db_run(ctx->db, &ctx->scope, &sql_contract_keys_leave,
		(struct db_arg[]){ DB_TEXT(number),
		    DB_TEXT(any_shared ? "true" : "false"), DB_TEXT(own) },
		NULL, f);
	free(own);
	return (ok);
}

static bool
is_shared(struct context *ctx, const char *key, bool *shared, struct fault *f)
{
	const struct scope nobody = { "" };
	struct scope other;
	struct rows *all, *one;
	bool ok = true;
	int i;

	*shared = false;
	if (!db_run(ctx->db, &nobody, &sql_contract_list, NULL, &all, f))
		return (false);
	for (i = 0; ok && !*shared && i < rows_count(all); i++) {
		text_copy(other.tenant_id, sizeof(other.tenant_id),
		    rows_text(all, i, "tenant_id"));
		if (!db_run(ctx->db, &other, &sql_contract_has_key,
			(struct db_arg[]){ DB_TEXT(key) }, &one, f)) {
			ok = false;
			break;
		}
		*shared = rows_count(one) == 1 && rows_bool(one, 0, "needed");
		rows_free(one);
	}
	rows_free(all);
	return (ok);
}

static bool
watch_keys(
    struct context *ctx, const struct contract_destruction *d, struct fault *f)
{
	char *keys = strdup(d->own != NULL ? d->own : ""), *rest = keys;
	bool gone = d->own != NULL, ok = keys != NULL;
	const char *key;

	if (!ok)
		return (fault_set(f, FAULT_MEMORY, "keys"));
	while (ok && gone && (key = strsep(&rest, " ")) != NULL)
		ok = key[0] == '\0' || kms_key_is_gone(ctx->kms, key, &gone, f);
	free(keys);
	if (!ok || !gone)
		return (ok);
	return (db_run(
	    ctx->db, &ctx->scope, &sql_contract_keys_gone, NULL, NULL, f));
}

/*
 * A batch is a transaction, with its count: an interruption loses neither.
 * Looked at anew each time, for a request that was under way at the end.
 */
static bool
delete_rows(struct context *ctx, struct fault *f)
{
	struct rows *rows;
	int n;

	do {
		if (!db_run(ctx->db, &ctx->scope, &sql_contract_rows_go,
			(struct db_arg[]){ DB_TEXT(BATCH) }, &rows, f))
			return (false);
		n = rows_count(rows);
		rows_free(rows);
	} while (n > 0);
	return (db_run(
	    ctx->db, &ctx->scope, &sql_contract_rows_gone, NULL, NULL, f));
}

/* ${good}: was the key one? */
static bool
certify(struct context *ctx, const char *key,
    const struct contract_destruction *d, bool *good, struct fault *f)
{
	uint8_t signature[SIGNATURE_DER_MAX];
	char public_key[SIGNATURE_PEM_SIZE], *text;
	struct tenant tenant;
	size_t len;
	bool ok;

	if (!tenant_show(ctx, &tenant, f))
		return (false);
	if ((text = compose(&tenant, d)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "certificate"));
	*good = signature_sign(
	    key, text, strlen(text), signature, &len, public_key);
	ok = !*good ||
	    db_run(ctx->db, &ctx->scope, &sql_contract_certify,
		(struct db_arg[]){ DB_TEXT(text), DB_BYTES(signature, len) },
		NULL, f);
	free(text);
	return (ok);
}

static char *
compose(const struct tenant *tenant, const struct contract_destruction *d)
{
	char *text = NULL, *counts = NULL, *copy, *rest, *key, name[512];
	size_t len, counts_len;
	const char *table;
	json_t *n;
	FILE *out, *list;

	if ((out = open_memstream(&text, &len)) == NULL)
		return (NULL);
	if ((list = open_memstream(&counts, &counts_len)) == NULL) {
		(void)fclose(out);
		free(text);
		return (NULL);
	}
	json_object_foreach(d->counts, table, n)(void) fprintf(
	    list, "  %s %lld\n", table, (long long)json_integer_value(n));
	(void)fclose(list);

	(void)fprintf(out, "%s / %s\n\n",
	    text_get(TEXT_LANGUAGE_JA, TEXT_CERTIFICATE_TITLE),
	    text_get(TEXT_LANGUAGE_EN, TEXT_CERTIFICATE_TITLE));
	(void)snprintf(
	    name, sizeof(name), "%s (%s)", tenant->display_name, tenant->name);
	line(out, TEXT_CERTIFICATE_TENANT, name);
	hash_line(
	    out, TEXT_CERTIFICATE_TENANT_HASH, tenant->id, strlen(tenant->id));
	moment_line(out, TEXT_CERTIFICATE_STOPPED, tenant->stops_at);
	moment_line(out, TEXT_CERTIFICATE_BEGUN, tenant->data_until);
	if (d->keys_shared)
		line(out, TEXT_CERTIFICATE_KEYS_SHARED, "-");
	if (!d->keys_shared || (d->own != NULL && d->own[0] != '\0'))
		moment_line(out, TEXT_CERTIFICATE_KEYS, d->keys_gone);
	copy = rest = strdup(d->keys != NULL ? d->keys : "");
	while (copy != NULL && (key = strsep(&rest, " ")) != NULL)
		hash_line(out, TEXT_CERTIFICATE_KEY_HASH, key, strlen(key));
	free(copy);
	moment_line(out, TEXT_CERTIFICATE_ROWS, d->rows_gone);
	if (counts != NULL) {
		(void)fputs(counts, out);
		hash_line(
		    out, TEXT_CERTIFICATE_ROWS_HASH, counts, strlen(counts));
	}
	free(counts);
	moment_line(out, TEXT_CERTIFICATE_COPIES, d->due);
	moment_line(out, TEXT_CERTIFICATE_ISSUED, clock_now());
	if (fclose(out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}

static void
line(FILE *out, enum text_key what, const char *value)
{
	(void)fprintf(out, "%s / %s: %s\n", text_get(TEXT_LANGUAGE_JA, what),
	    text_get(TEXT_LANGUAGE_EN, what), value);
}

static void
moment_line(FILE *out, enum text_key what, int64_t moment)
{
	time_text text;

	clock_format(moment, 0, text);
	line(out, what, text);
}

static void
hash_line(FILE *out, enum text_key what, const char *bytes, size_t len)
{
	uint8_t hash[SECRET_HASH_BYTES];
	char hex[2 * SECRET_HASH_BYTES + 1];

	secret_digest(bytes, len, hash);
	text_hex(hash, sizeof(hash), hex);
	line(out, what, hex);
}

static bool
read_certificate(struct context *ctx, char **certificate, char **signature,
    bool *found, struct fault *f)
{
	const uint8_t *bytes;
	struct rows *rows;
	size_t len;

	if (!db_run(ctx->db, &ctx->scope, &sql_contract_destruction, NULL,
		&rows, f))
		return (false);
	*found = rows_count(rows) == 1 && !rows_null(rows, 0, "certificate");
	if (*found) {
		bytes = rows_bytes(rows, 0, "signature", &len);
		*certificate = strdup(rows_text(rows, 0, "certificate"));
		*signature = text_base64(bytes, len);
	}
	rows_free(rows);
	return (!*found || (*certificate != NULL && *signature != NULL) ||
	    fault_set(f, FAULT_MEMORY, "certificate"));
}
