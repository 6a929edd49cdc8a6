#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "kms_client.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "gen_sql.h"
#include "operation_verify.h"
#include "tenant.h"

#include "operation_chain.h"

#define BATCH 2000

#define ARMOUR_BEGIN "-----BEGIN GENKAN LOG HEAD-----"
#define ARMOUR_END   "-----END GENKAN LOG HEAD-----"
#define ARMOUR_WIDTH 64

static const char no_head[] = "00000000-0000-0000-0000-000000000000";

/* The columns of the links to be, as arrays of PostgreSQL. */
enum { TENANT, POSITION, SEQ, ID, DETAIL, HASH, COLUMNS };
struct links {
	FILE *to[COLUMNS];
	char *text[COLUMNS];
	size_t len[COLUMNS];
};

static bool extend(struct db *, int *, struct fault *);
static bool mark(struct db *, const char *, const char *, struct fault *);
static bool links_open(struct links *, struct fault *);
static bool links_close(struct links *, struct fault *);
static void links_free(struct links *);
static void links_add(struct links *, const char *const[COLUMNS]);
static void digest_part(const char *, uint8_t[SECRET_HASH_BYTES]);
static void first_finding(void *, const struct operation_finding *);
static bool end_of(
    struct context *, struct operation_head *, bool *, struct fault *);
static void head_digest(
    const char *, const struct operation_head *, uint8_t[SECRET_HASH_BYTES]);
static bool read_block(
    const char *, size_t, const char *, struct operation_head *);
static bool read_seal(const char *, size_t, struct operation_head *);

bool
operation_chain_extend(struct db *db, bool *more, struct fault *f)
{
	static const struct scope nobody = { "" };
	int n = 0;

	*more = false;
	if (!db_begin(db, &nobody, f))
		return (false);
	if (extend(db, &n, f) && db_commit(db, f)) {
		*more = n == BATCH;
		return (true);
	}
	db_rollback(db);
	return (false);
}

bool
operation_chain_due(
    struct db *db, int64_t seconds, struct rows **rowsp, struct fault *f)
{
	static const struct scope nobody = { "" };
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)seconds);
	return (db_run(db, &nobody, &sql_operation_chain_due,
	    (struct db_arg[]){ DB_TEXT(text) }, rowsp, f));
}

bool
operation_chain_seal(struct context *ctx, struct fault *f)
{
	const struct kms_context use = { ctx->scope.tenant_id, "log" };
	struct operation_head last = { .position = 0 }, head;
	struct operation_summary summary;
	uint8_t digest[SECRET_HASH_BYTES], wrapped[KMS_WRAPPED_MAX];
	char position[24], seq[24], at[24];
	struct tenant tenant;
	struct rows *rows;
	bool found, had;

	if (!db_run(
		ctx->db, &ctx->scope, &sql_operation_head_last, NULL, &rows, f))
		return (false);
	if ((had = rows_count(rows) == 1))
		operation_head_row(rows, 0, &last);
	rows_free(rows);

	memset(&head, 0, sizeof(head));
	text_copy(head.finding, sizeof(head.finding), "none");
	if (!operation_verify_since(ctx, had ? &last : NULL, first_finding,
		head.finding, &summary, f) ||
	    !end_of(ctx, &head, &found, f) || !tenant_show(ctx, &tenant, f))
		return (false);
	if (!found || head.position <= last.position)
		return (true);
	if (summary.findings > 0)
		log_line(LOG_LEVEL_ERROR, "courier.log_broken", "tenant",
		    ctx->scope.tenant_id, "finding", head.finding, NULL);

	text_uuid_new(head.id);
	text_copy(head.before, sizeof(head.before), had ? last.id : no_head);
	head_digest(ctx->scope.tenant_id, &head, digest);
	if (!kms_encrypt(ctx->kms, tenant.kms_key_id, &use, digest, wrapped,
		&head.seal_len, f))
		return (false);
	if (head.seal_len > sizeof(head.seal))
		return (fault_set(
		    f, FAULT_PEER, "a seal of %zu bytes", head.seal_len));
	(void)snprintf(
	    position, sizeof(position), "%lld", (long long)head.position);
	(void)snprintf(seq, sizeof(seq), "%lld", (long long)head.seq);
	(void)snprintf(at, sizeof(at), "%lld", (long long)head.at);
	return (db_run(ctx->db, &ctx->scope, &sql_operation_head_add,
	    (struct db_arg[]){ DB_TEXT(position), DB_TEXT(head.id),
		DB_TEXT(seq), DB_TEXT(head.hash), DB_TEXT(at),
		DB_TEXT(head.finding), DB_BYTES(wrapped, head.seal_len),
		DB_TEXT(head.before) },
	    NULL, f));
}

void
operation_chain_link(const struct rows *rows, int i, int64_t position,
    const char *before, const char *detail, char out[OPERATION_HASH_SIZE])
{
	static const char *const columns[] = { "seq", "id", "at", "actor_kind",
		"actor_id", "address", "action", "object_id", "result" };
	uint8_t parts[4 + NELEMS(columns)][SECRET_HASH_BYTES];
	uint8_t hash[SECRET_HASH_BYTES];
	char number[24];
	size_t c;

	(void)snprintf(number, sizeof(number), "%lld", (long long)position);
	digest_part(before, parts[0]);
	digest_part(rows_text(rows, i, "tenant_id"), parts[1]);
	digest_part(number, parts[2]);
	digest_part(detail, parts[3]);
	for (c = 0; c < NELEMS(columns); c++)
		digest_part(rows_text(rows, i, columns[c]), parts[4 + c]);
	secret_digest(parts, sizeof(parts), hash);
	text_hex(hash, sizeof(hash), out);
}

void
operation_head_text(const char *tenant_id, const struct operation_head *head,
    char out[OPERATION_TEXT_SIZE])
{
	const bool old = head->before[0] == '\0';
	time_text at;

	clock_format(head->at, 0, at);
	(void)snprintf(out, OPERATION_TEXT_SIZE,
	    "tenant: %s\n%s%s%s%s%sposition: %lld\nsequence: %lld\ntime: %s\n"
	    "hash: %s\nfinding: %s\n",
	    tenant_id, old ? "" : "id: ", old ? "" : head->id,
	    old ? "" : "\nbefore: ", head->before, old ? "" : "\n",
	    (long long)head->position, (long long)head->seq, at, head->hash,
	    head->finding);
}

bool
operation_head_follows(
    const struct operation_head *head, const struct operation_head *before)
{
	return (head->before[0] == '\0' ||
	    strcmp(head->before, before != NULL ? before->id : no_head) == 0);
}

bool
operation_head_armour(const char *tenant_id, const struct operation_head *head,
    char out[OPERATION_ARMOUR_SIZE])
{
	char text[OPERATION_TEXT_SIZE], *seal = NULL;
	size_t used, i;

	if ((seal = text_base64(head->seal, head->seal_len)) == NULL)
		return (false);
	operation_head_text(tenant_id, head, text);
	(void)snprintf(
	    out, OPERATION_ARMOUR_SIZE, ARMOUR_BEGIN "\n%sseal:\n", text);
	for (i = 0; i < strlen(seal); i += ARMOUR_WIDTH) {
		used = strlen(out);
		(void)snprintf(out + used, OPERATION_ARMOUR_SIZE - used,
		    "%.*s\n", ARMOUR_WIDTH, seal + i);
	}
	used = strlen(out);
	(void)snprintf(
	    out + used, OPERATION_ARMOUR_SIZE - used, ARMOUR_END "\n");
	free(seal);
	return (true);
}

bool
operation_head_read(
    const char **textp, const char *tenant_id, struct operation_head *head)
{
	const char *begin, *end;

	while ((begin = strstr(*textp, ARMOUR_BEGIN)) != NULL) {
		begin += strlen(ARMOUR_BEGIN);
		if ((end = strstr(begin, ARMOUR_END)) == NULL)
			break;
		*textp = end;
		if (read_block(begin, (size_t)(end - begin), tenant_id, head))
			return (true);
	}
	return (false);
}

bool
operation_head_good(struct context *ctx, const struct operation_head *head,
    bool *good, struct fault *f)
{
	const struct kms_context use = { ctx->scope.tenant_id, "log" };
	uint8_t digest[SECRET_HASH_BYTES], sealed[SECRET_HASH_BYTES];
	struct tenant tenant;

	*good = false;
	if (!tenant_show(ctx, &tenant, f))
		return (false);
	head_digest(ctx->scope.tenant_id, head, digest);
	if (head->seal_len == 0)
		return (true);
	if (!kms_decrypt(ctx->kms, tenant.kms_key_id, &use, head->seal,
		head->seal_len, sealed, f)) {
		/* A key that rests says nothing of who sealed. */
		if (f->kind != FAULT_KMS_REFUSED ||
		    strstr(f->what, "Disabled") != NULL ||
		    strstr(f->what, "InvalidState") != NULL)
			return (false);
		fault_clear(f);
		return (true);
	}
	*good = secret_equal(digest, sealed, sizeof(digest));
	return (true);
}

void
operation_head_row(struct rows *rows, int i, struct operation_head *head)
{
	const uint8_t *seal;

	memset(head, 0, sizeof(*head));
	text_copy(head->id, sizeof(head->id), rows_text(rows, i, "id"));
	if (!rows_null(rows, i, "before"))
		text_copy(head->before, sizeof(head->before),
		    rows_text(rows, i, "before"));
	head->position = rows_int(rows, i, "position");
	head->seq = rows_int(rows, i, "seq");
	head->at = rows_int(rows, i, "at");
	text_copy(head->hash, sizeof(head->hash), rows_text(rows, i, "hash"));
	text_copy(head->finding, sizeof(head->finding),
	    rows_text(rows, i, "finding"));
	seal = rows_bytes(rows, i, "seal", &head->seal_len);
	if (head->seal_len > sizeof(head->seal))
		head->seal_len = 0; /* none of ours, and so never good */
	memcpy(head->seal, seal, head->seal_len);
}

static bool
extend(struct db *db, int *n, struct fault *f)
{
	char before[OPERATION_HASH_SIZE] = "", number[24], batch[24];
	const char *tenant = "", *last_xid = "0", *last_seq = "0", *detail;
	struct links links;
	struct rows *rows;
	int64_t position = 0, xid = -1;
	bool ahead, ok;
	int i;

	if (!db_run(db, NULL, &sql_operation_chain_lock, NULL, &rows, f))
		return (false);
	ok = rows_count(rows) == 1;
	ahead = ok && rows_bool(rows, 0, "ahead");
	rows_free(rows);
	if (!ok || (ahead && !mark(db, "0", "0", f)))
		return (!ok);
	(void)snprintf(batch, sizeof(batch), "%d", BATCH);
	if (!db_run(db, NULL, &sql_operation_chain_read,
		(struct db_arg[]){ DB_TEXT(batch) }, &rows, f))
		return (false);
	if ((*n = rows_count(rows)) == 0) {
		rows_free(rows);
		return (true);
	}

	ok = links_open(&links, f);
	for (i = 0; ok && i < *n; i++) {
		if (strcmp(rows_text(rows, i, "tenant_id"), tenant) != 0) {
			tenant = rows_text(rows, i, "tenant_id");
			position = rows_int(rows, i, "end_position");
			text_copy(before, sizeof(before),
			    rows_text(rows, i, "end_hash"));
		}
		detail = rows_text(rows, i, "detail");
		operation_chain_link(
		    rows, i, ++position, before, detail, before);
		(void)snprintf(
		    number, sizeof(number), "%lld", (long long)position);
		links_add(&links,
		    (const char *const[COLUMNS]){ tenant, number,
			rows_text(rows, i, "seq"), rows_text(rows, i, "id"),
			detail, before });
		/* The furthest of them all, whatever its tenant. */
		if (rows_int(rows, i, "xid") > xid ||
		    (rows_int(rows, i, "xid") == xid &&
			rows_int(rows, i, "seq") >
			    strtoll(last_seq, NULL, 10))) {
			xid = rows_int(rows, i, "xid");
			last_xid = rows_text(rows, i, "xid");
			last_seq = rows_text(rows, i, "seq");
		}
	}
	ok = ok && links_close(&links, f) &&
	    db_run(db, NULL, &sql_operation_chain_add,
		(struct db_arg[]){ DB_TEXT(links.text[TENANT]),
		    DB_TEXT(links.text[POSITION]), DB_TEXT(links.text[SEQ]),
		    DB_TEXT(links.text[ID]), DB_TEXT(links.text[DETAIL]),
		    DB_TEXT(links.text[HASH]) },
		NULL, f) &&
	    mark(db, last_xid, last_seq, f);
	links_free(&links);
	rows_free(rows);
	return (ok);
}

static bool
mark(struct db *db, const char *xid, const char *seq, struct fault *f)
{
	return (db_run(db, NULL, &sql_operation_chain_mark,
	    (struct db_arg[]){ DB_TEXT(xid), DB_TEXT(seq) }, NULL, f));
}

static bool
links_open(struct links *links, struct fault *f)
{
	size_t c;

	memset(links, 0, sizeof(*links));
	for (c = 0; c < COLUMNS; c++) {
		links->to[c] = open_memstream(&links->text[c], &links->len[c]);
		if (links->to[c] == NULL)
			return (fault_set(f, FAULT_MEMORY, "links"));
		(void)fputc('{', links->to[c]);
	}
	return (true);
}

/* The values are numbers, uuids and hexadecimal: nothing to quote. */
static void
links_add(struct links *links, const char *const values[COLUMNS])
{
	size_t c;

	for (c = 0; c < COLUMNS; c++)
		(void)fprintf(links->to[c], "%s%s",
		    ftell(links->to[c]) > 1 ? "," : "",
		    values[c] != NULL ? values[c] : "NULL");
}

static bool
links_close(struct links *links, struct fault *f)
{
	bool ok = true;
	size_t c;

	for (c = 0; c < COLUMNS; c++) {
		ok = fputc('}', links->to[c]) != EOF && ok;
		ok = fclose(links->to[c]) == 0 && ok;
		links->to[c] = NULL;
	}
	return (ok || fault_set(f, FAULT_MEMORY, "links"));
}

static void
links_free(struct links *links)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++) {
		if (links->to[c] != NULL)
			(void)fclose(links->to[c]);
		free(links->text[c]);
	}
}

/* Each part by its digest: where one ends and the next begins is certain. */
static void
digest_part(const char *part, uint8_t digest[SECRET_HASH_BYTES])
{
	if (part != NULL)
		secret_digest(part, strlen(part), digest);
	else
		memset(digest, 0, SECRET_HASH_BYTES);
}

static void
first_finding(void *arg, const struct operation_finding *finding)
{
	char *out = arg;

	if (strcmp(out, "none") == 0)
		(void)snprintf(out, OPERATION_FINDING_SIZE, "%s %lld",
		    operation_flaw_name(finding->flaw),
		    (long long)finding->position);
}

static bool
end_of(struct context *ctx, struct operation_head *head, bool *found,
    struct fault *f)
{
	struct rows *rows;

	if (!db_run(
		ctx->db, &ctx->scope, &sql_operation_chain_end, NULL, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1)) {
		head->position = rows_int(rows, 0, "position");
		head->seq = rows_int(rows, 0, "seq");
		text_copy(
		    head->hash, sizeof(head->hash), rows_text(rows, 0, "hash"));
		/* Whole seconds, as the text shows them. */
		head->at = clock_now() / 1000 * 1000;
	}
	rows_free(rows);
	return (true);
}

static void
head_digest(const char *tenant_id, const struct operation_head *head,
    uint8_t digest[SECRET_HASH_BYTES])
{
	char text[OPERATION_TEXT_SIZE];

	operation_head_text(tenant_id, head, text);
	secret_digest(text, strlen(text), digest);
}

/* As operation_head_armour writes it; mail programs may add "> " and CR. */
static bool
read_block(const char *s, size_t len, const char *tenant_id,
    struct operation_head *head)
{
	char seal[2 * OPERATION_SEAL_MAX] = "", line[200], tenant[64] = "";
	char at[64] = "";
	bool in_seal = false;
	size_t n, used = 0;
	long long position = 0, seq = 0;
	int offset;

	memset(head, 0, sizeof(*head));
	for (; len > 0; s += n + (n < len), len -= n + (n < len)) {
		n = strcspn(s, "\n");
		n = n < len ? n : len;
		text_copy(line, n < sizeof(line) - 1 ? n + 1 : sizeof(line), s);
		line[strcspn(line, "\r")] = '\0';
		memmove(line, line + strspn(line, "> \t"),
		    strlen(line + strspn(line, "> \t")) + 1);
		if (in_seal && used + strlen(line) < sizeof(seal)) {
			text_copy(seal + used, sizeof(seal) - used, line);
			used += strlen(line);
		} else if (strcmp(line, "seal:") == 0)
			in_seal = true;
		else if (sscanf(line, "tenant: %63s", tenant) != 1 &&
		    sscanf(line, "id: %36s", head->id) != 1 &&
		    sscanf(line, "before: %36s", head->before) != 1 &&
		    sscanf(line, "position: %lld", &position) != 1 &&
		    sscanf(line, "sequence: %lld", &seq) != 1 &&
		    sscanf(line, "time: %63s", at) != 1 &&
		    sscanf(line, "hash: %64s", head->hash) != 1)
			(void)sscanf(
			    line, "finding: %63[a-z0-9 ]", head->finding);
	}
	head->position = position;
	head->seq = seq;
	return (strcmp(tenant, tenant_id) == 0 &&
	    clock_parse(at, &head->at, &offset) && read_seal(seal, used, head));
}

static bool
read_seal(const char *text, size_t len, struct operation_head *head)
{
	uint8_t *bytes = NULL;
	bool ok;

	ok = len > 0 && text_unbase64(text, &bytes, &head->seal_len) &&
	    head->seal_len <= sizeof(head->seal);
	if (ok)
		memcpy(head->seal, bytes, head->seal_len);
	free(bytes);
	return (ok);
}
