#ifndef GENKAN_RING_FILE_H
#define GENKAN_RING_FILE_H

#include "base.h"

/*
 * The key ring on disk: a text (the ring in JSON, whose key material is sealed
 * once more) in one sealed file, of which there are two copies.
 *
 *	"GKRG" 01 | log2 N | r | p | salt 32 | generation u64be |
 *	nonce 12 | ciphertext | tag 16
 *
 * The key is HMAC-SHA-256(scrypt(passphrase, salt, N, r, p), "ring file"); all
 * before the nonce is authenticated.  scrypt: RFC 7914.
 *
 * Beside each copy lies a list of the keys that were destroyed, one line
 * "key-id seconds" each, which an old ring brought back does not undo.
 */

#define RING_TEXT_MAX  (64U << 20)
#define RING_PATH_MAX  512
#define RING_COPY_DAYS 30 /* no dated copy lives longer */

/* Opaque types. */
struct fault;

/* Where the two copies are; dated copies lie beside the second. */
struct ring_paths {
	char first[RING_PATH_MAX];
	char second[RING_PATH_MAX];
};

/* What opens and seals the file; lives in the secure heap. */
struct ring_seal {
	uint8_t file[32];
	uint8_t material[32]; /* seals key material within the ring */
	uint8_t salt[32];
};

/**
 * ring_seal_new(passphrase, salt, f):
 * Derive the keys from ${passphrase}: a quarter of a second, 128 MiB for that
 * time.  With ${salt} NULL a fresh one is drawn.
 */
struct ring_seal *ring_seal_new(
    const char *, const uint8_t[32], struct fault *) MUST_CHECK;
void ring_seal_free(struct ring_seal *);

/**
 * ring_file_write(paths, seal, generation, text, len, f):
 * Write both copies, each whole or not at all, and return when both are on
 * disk.
 */
bool ring_file_write(const struct ring_paths *, const struct ring_seal *,
    uint64_t, const char *, size_t, struct fault *) MUST_CHECK;

/**
 * ring_file_read(paths, passphrase, sealp, generation, textp, f):
 * Read the newer copy that opens, and say in the log what is wrong with the
 * other.  The caller frees ${textp} and passes ${sealp} to ring_seal_free.
 */
bool ring_file_read(const struct ring_paths *, const char *,
    struct ring_seal **, uint64_t *, char **, struct fault *) MUST_CHECK;

/**
 * ring_file_exists(paths):
 * Is there a ring, a copy of one, or a list of destroyed keys already?
 */
bool ring_file_exists(const struct ring_paths *);

/**
 * ring_file_date(paths, now, f):
 * Keep today's dated copy of the ring if there is none yet, and remove those
 * older than RING_COPY_DAYS.  ${now} in seconds.
 */
bool ring_file_date(
    const struct ring_paths *, int64_t, struct fault *) MUST_CHECK;

/**
 * ring_destroyed_add(paths, key_id, now, f):
 * Write ${key_id} into both lists, and return when they are on disk.
 */
bool ring_destroyed_add(const struct ring_paths *, const char *, int64_t,
    struct fault *) MUST_CHECK;

/* Both lists in memory. */
struct ring_destroyed {
	uuid_text *ids;
	size_t n;
};

bool ring_destroyed_read(const struct ring_paths *, struct ring_destroyed *,
    struct fault *) MUST_CHECK;
bool ring_destroyed_has(const struct ring_destroyed *, const char *);
void ring_destroyed_free(struct ring_destroyed *);

#endif /* !GENKAN_RING_FILE_H */
