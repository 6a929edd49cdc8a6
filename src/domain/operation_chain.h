#ifndef GENKAN_OPERATION_CHAIN_H
#define GENKAN_OPERATION_CHAIN_H

#include "base.h"
#include "context.h"

/*
 * The chain over a tenant's operation log.  Courier gives each row a position,
 * 1, 2, 3 …, and a hash:
 *
 *	hash = SHA-256(hash before it | tenant | position | SHA-256(detail_cell)
 *	    | seq | id | at | actor_kind | actor_id | address | action |
 *	    object_id | result)
 *
 * each part as the SHA-256 of its text (hashes as hexadecimal, at in
 * microseconds), 32 zero bytes for SQL's NULL; 64 zeros before the first.  The
 * detail stands in it by its digest, kept in the link: what a row says about
 * people can be erased and the chain still holds.
 *
 * Rows are linked in the order of their transactions, and only those older
 * than every transaction at work, so one that commits late is not passed over.
 * One courier at a time reads and links (a lock on the mark), for all tenants.
 *
 * A chain alone proves nothing against who can write to the whole database.
 * So every GENKAN_LOG_HEAD_SECONDS the end of the chain becomes a head: its
 * text (struct operation_head) is digested and the digest encrypted by the key
 * service under the tenant's key with the context {tenant, use: log}, which
 * only courier may do.  Heads are mailed to the tenant's system administrators.
 *
 * A head names the head before it, so the heads are a chain too: none can be
 * taken out, doubled or moved.  It also covers its own id, by which a row
 * "operation.cut" names where the old end may be deleted up to: the position,
 * hash and time of that head.  Such a row counts once it is linked and a later
 * head, OPERATION_KEPT_DAYS younger than the one it names, has come after it.
 */

#define OPERATION_HASH_SIZE    65  /* hexadecimal, with NUL */
#define OPERATION_SEAL_MAX     512 /* bytes */
#define OPERATION_FINDING_SIZE 64
#define OPERATION_TEXT_SIZE    512
#define OPERATION_ARMOUR_SIZE  2048

/* A row stays so long at least, whatever the tenant chose and whoever asks. */
#define OPERATION_KEPT_DAYS 365

/* Opaque types. */
struct fault;
struct rows;

struct operation_head {
	uuid_text id;
	uuid_text before; /* id of the head before, zeros: none; "": an old
			   * head, whose seal covers neither of the two */
	int64_t position;
	int64_t seq; /* of the row at that position */
	char hash[OPERATION_HASH_SIZE];
	int64_t at;                           /* milliseconds */
	char finding[OPERATION_FINDING_SIZE]; /* "none", or "changed 17" */
	uint8_t seal[OPERATION_SEAL_MAX];
	size_t seal_len;
};

/**
 * operation_chain_extend(db, more, f):
 * Link what can be linked, at most some thousand rows; ${more} says that there
 * may be more.  Nothing while another courier is at it.
 */
bool operation_chain_extend(struct db *, bool *, struct fault *) MUST_CHECK;

/**
 * operation_chain_due(db, seconds, rowsp, f):
 * The tenants (column tenant_id) that want a head: whose oldest link without
 * one is that old.
 */
bool operation_chain_due(
    struct db *, int64_t, struct rows **, struct fault *) MUST_CHECK;

/**
 * operation_chain_seal(ctx, f):
 * Verify what was linked since the last head of ${ctx}'s tenant and make the
 * next, with the first thing that was found wrong.  Two couriers make one.
 */
bool operation_chain_seal(struct context *, struct fault *) MUST_CHECK;

/**
 * operation_chain_link(rows, i, position, before, detail, hash):
 * The hash of row ${i} of a statement that gives the columns of an operation,
 * at ${position} behind the hash ${before}, with the digest ${detail} (NULL:
 * none); hashes as hexadecimal text.
 */
void operation_chain_link(const struct rows *, int, int64_t, const char *,
    const char *, char[OPERATION_HASH_SIZE]);

/**
 * operation_head_text(tenant_id, head, out):
 * What is authenticated, and what the mail shows: lines "name: value".
 */
void operation_head_text(
    const char *, const struct operation_head *, char[OPERATION_TEXT_SIZE]);

/**
 * operation_head_follows(head, before):
 * Does ${head} come right after ${before} (NULL: is it the first), as far as it
 * says?
 */
bool operation_head_follows(
    const struct operation_head *, const struct operation_head *) MUST_CHECK;

/**
 * operation_head_armour(tenant_id, head, out):
 * The same with its seal, between a line that begins and one that ends it.
 */
bool operation_head_armour(const char *, const struct operation_head *,
    char[OPERATION_ARMOUR_SIZE]) MUST_CHECK;

/**
 * operation_head_read(textp, tenant_id, head):
 * Find and read the next armoured head in ${textp}, whatever stands around it
 * (mail headers, quoted lines), and move on behind it.  False if there is no
 * more.  One that cannot be read, or is another tenant's, is passed over.
 */
bool operation_head_read(
    const char **, const char *, struct operation_head *) MUST_CHECK;

/**
 * operation_head_good(ctx, head, good, f):
 * Did courier seal ${head} for ${ctx}'s tenant?
 */
bool operation_head_good(struct context *, const struct operation_head *,
    bool *, struct fault *) MUST_CHECK;

/**
 * operation_head_row(rows, i, head):
 * Read a row of table operation_head.
 */
void operation_head_row(struct rows *, int, struct operation_head *);

#endif /* !GENKAN_OPERATION_CHAIN_H */
