#ifndef GENKAN_TENANT_KEY_H
#define GENKAN_TENANT_KEY_H

#include "base.h"
#include "context.h"
#include "db.h"

/*
 * The data keys of a tenant and what is done with them: sealing a text into
 * the cell of a row, opening it again, and keyed hashes for look-up.
 *
 * A data key lives wrapped in table tenant_key; the key service unwraps it,
 * and this process keeps it in the secure heap.  A kept key is confirmed with
 * the key service on its first use after 5 minutes.  While that cannot be
 * reached the kept key serves on, until 60 minutes after it was last
 * confirmed; then everything that needs it fails.  A key that the service
 * refuses is dropped at once.
 *
 * To seal a row and to read it back:
 *
 *	struct cell name;
 *
 *	if (!tenant_seal(ctx, TENANT_KEY_VISITOR, "guest", "name_cell", id,
 *		text, &name, f))
 *		return (false);
 *	ok = db_run(db, NULL, &sql_guest_add,
 *	    (struct db_arg[]) { DB_TEXT(id), DB_CELL(name) }, NULL, f);
 *	cell_free(&name);
 *
 *	if (!tenant_open(ctx, TENANT_KEY_VISITOR, "guest", "name_cell", id,
 *		rows, i, &text, f))
 *		return (false);
 *	...
 *	tenant_text_free(text);
 */

/* Opaque types. */
struct cell_key;
struct fault;
struct tenant_key;

/* What a data key is for; the names are those of table tenant_key. */
enum tenant_key_use {
	TENANT_KEY_VISITOR,  /* what is known of people */
	TENANT_KEY_DELIVERY, /* messages on their way out; courier opens these
			      */
	TENANT_KEY_TOTP,     /* second factors */
	TENANT_KEY_HASH,     /* tokens, e-mail addresses, phones, full names */
	TENANT_KEY_CODE,     /* six-digit codes */
	TENANT_KEY__MAX
};

/* An encrypted field on its way to the database; all zero is SQL's NULL. */
struct cell {
	uint8_t *bytes;
	size_t len;
};

#define CELL_INIT              \
	{                      \
		.bytes = NULL, \
	}
#define DB_CELL(c) ((c).bytes == NULL ? DB_NULL : DB_BYTES((c).bytes, (c).len))

/**
 * tenant_seal(ctx, use, table, column, row_id, text, cell, f):
 * Encrypt ${text} for that place, under the current key of ${use}.  NULL makes
 * SQL's NULL.  The caller passes ${cell} to cell_free.
 * FAULT_KMS_AWAY: try again later.  FAULT_KMS_REFUSED: the tenant's key is
 * stopped.
 */
bool tenant_seal(struct context *, enum tenant_key_use, const char *,
    const char *, const char *, const char *, struct cell *,
    struct fault *) MUST_CHECK;

/**
 * cell_free(cell):
 * Release what tenant_seal made; zero is fine.
 */
void cell_free(struct cell *);

/**
 * tenant_open(ctx, use, table, column, row_id, rows, i, textp, f):
 * Decrypt ${column} of row ${i} of ${rows}; SQL's NULL gives NULL.  The caller
 * passes the text to tenant_text_free.  Faults as above, and FAULT_CRYPT when
 * the cell was changed or moved: never show anything then.
 */
bool tenant_open(struct context *, enum tenant_key_use, const char *,
    const char *, const char *, struct rows *, int, char **,
    struct fault *) MUST_CHECK;

/**
 * tenant_open_bytes(ctx, use, table, column, row_id, bytes, len, textp, f):
 * The same for a cell that does not stand in ${rows} under its own name.
 */
bool tenant_open_bytes(struct context *, enum tenant_key_use, const char *,
    const char *, const char *, const uint8_t *, size_t, char **,
    struct fault *) MUST_CHECK;

/**
 * tenant_text_free(text):
 * Wipe and free what was opened.  Behave consistently with free(NULL).
 */
void tenant_text_free(char *);

/**
 * tenant_hash(ctx, label, text, hash, f):
 * The keyed hash of ${text}, for exact look-up.  ${label} says what it is the
 * hash of, "member.email" for example: equal texts under two labels differ.
 */
bool tenant_hash(struct context *, const char *, const char *, uint8_t[32],
    struct fault *) MUST_CHECK;

/**
 * tenant_code_hash(ctx, office_id, code, hash, f):
 * The keyed hash of a guest's six-digit code at one office, under the key of
 * use "code": without that key all codes would be tried in a moment.
 */
bool tenant_code_hash(struct context *, const char *, const char *, uint8_t[32],
    struct fault *) MUST_CHECK;

/**
 * tenant_key_get(ctx, use, version, keyp, f):
 * The key itself, held for a loop over many cells; version 0 is the current
 * one.  The caller passes it to tenant_key_release.  Faults as above;
 * FAULT_CRYPT when the tenant has no such version.
 */
bool tenant_key_get(struct context *, enum tenant_key_use, uint32_t,
    struct tenant_key **, struct fault *) MUST_CHECK;
const struct cell_key *tenant_key_cell(const struct tenant_key *);
void tenant_key_release(struct tenant_key *);

/**
 * tenant_key_evict(tenant_id):
 * Forget the tenant's keys: what to do on a notification of genkan_key, whose
 * payload is ${tenant_id}.  "" forgets all, after LISTEN was interrupted.
 */
void tenant_key_evict(const char *);

/**
 * tenant_key_watch():
 * Forget all keys if the key service has stopped one since the last call: it
 * says so in a file, so that looking costs next to nothing.  Call it several
 * times a second.
 */
void tenant_key_watch(void);

/**
 * tenant_key_provision(ctx, kms_key_id, f):
 * Give a new tenant one data key for each use, wrapped by ${kms_key_id} and
 * never seen in clear.  Within the caller's transaction.
 */
bool tenant_key_provision(
    struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * tenant_key_rewrap(ctx, kms_key_id, f):
 * Have all data keys of the tenant wrapped anew by ${kms_key_id}; they are not
 * shown and stay the same.  Within the caller's transaction.
 */
bool tenant_key_rewrap(
    struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * tenant_key_rotate(ctx, use, f):
 * Make a new current key for ${use}; the old one still opens.  Not for hash
 * and code, whose stored hashes could never be found again: FAULT_BUG.
 */
bool tenant_key_rotate(
    struct context *, enum tenant_key_use, struct fault *) MUST_CHECK;

/**
 * tenant_key_use_name(use):
 * The name of ${use} in table tenant_key and in the encryption context.
 */
const char *tenant_key_use_name(enum tenant_key_use);

#endif /* !GENKAN_TENANT_KEY_H */
