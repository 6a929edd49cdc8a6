#ifndef GENKAN_CELL_H
#define GENKAN_CELL_H

#include "base.h"

/*
 * A cell is one encrypted field: AES-256-GCM (NIST SP 800-38D) under a data
 * key of the tenant, bound to the place it stands in.
 *
 *	01 | key version u32be | nonce 12 | ciphertext | tag 16
 *
 * and authenticated with it
 *
 *	01 | tenant 16 | table 0 column 0 | row 16 | key version u32be
 *
 * so a cell moved to another row, column or tenant does not decrypt.
 */

#define CELL_OVERHEAD (1 + 4 + 12 + 16)

/* Opaque types. */
struct cell_key;
struct fault;

/* Where a cell stands. */
struct cell_place {
	const char *tenant_id; /* uuid text */
	const char *table;
	const char *column;
	const char *row_id; /* uuid text */
};

/**
 * cell_key_new(key, version):
 * A key ready for use by any thread, from the 32 bytes at ${key}.  The caller
 * wipes its copy.  NULL if memory (or the secure heap) is full.
 */
struct cell_key *cell_key_new(const uint8_t[32], uint32_t) MUST_CHECK;
void cell_key_free(struct cell_key *);
uint32_t cell_key_version(const struct cell_key *);

/**
 * cell_key_bytes(key):
 * The 32 key bytes, in the secure heap, valid as long as ${key}: for the
 * keyed hashes of the uses "hash" and "code".
 */
const uint8_t *cell_key_bytes(const struct cell_key *);

/**
 * cell_version(cell, len, version):
 * Which version of the data key sealed ${cell}; false if it is no cell.
 */
bool cell_version(const uint8_t *, size_t, uint32_t *) MUST_CHECK;

/**
 * cell_seal(key, place, text, len, out, f):
 * Encrypt ${len} bytes into ${out}, which holds len + CELL_OVERHEAD bytes.
 */
bool cell_seal(const struct cell_key *, const struct cell_place *, const void *,
    size_t, uint8_t *, struct fault *) MUST_CHECK;

/**
 * cell_open(key, place, cell, len, out, f):
 * Decrypt ${cell} into ${out}, which holds len - CELL_OVERHEAD + 1 bytes and
 * is NUL-terminated.  FAULT_CRYPT if anything was changed or moved; ${out} is
 * wiped then.
 */
bool cell_open(const struct cell_key *, const struct cell_place *,
    const uint8_t *, size_t, char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_CELL_H */
