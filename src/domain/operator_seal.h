#ifndef GENKAN_OPERATOR_SEAL_H
#define GENKAN_OPERATOR_SEAL_H

#include "base.h"
#include "db.h"
#include "tenant_key.h"

/*
 * What belongs to no tenant is sealed under a key of the operator's own web
 * server, GENKAN_OPERATOR_KEY, which no other program has: authenticators'
 * secrets and kept answers.  Mails to a new tenant's first administrator are
 * sealed under GENKAN_OPERATOR_MAIL_KEY, which courier has too: the operator
 * cannot encrypt for a tenant.
 */

#define OPERATOR_SEAL_KEY_MIN 32 /* characters of a key's text */

/* Opaque types. */
struct fault;

/**
 * operator_seal_good(f):
 * Are the keys long enough?  Says which is not.  Ask at the start.
 */
bool operator_seal_good(struct fault *) MUST_CHECK;

/**
 * operator_seal(row_id, text, cell, f),
 * operator_open(column, row_id, rows, i, textp, f):
 * As tenant_seal and tenant_open, for that row.
 */
bool operator_seal(
    const char *, const char *, struct cell *, struct fault *) MUST_CHECK;
bool operator_open(const char *, const char *, struct rows *, int, char **,
    struct fault *) MUST_CHECK;

/**
 * operator_hash(label, text, hash, f):
 * As tenant_hash.
 */
bool operator_hash(
    const char *, const char *, uint8_t[32], struct fault *) MUST_CHECK;

/**
 * operator_post_possible():
 * Is there a key to seal mails under?
 * operator_post_seal(tenant_id, id, text, cell, f),
 * operator_post_is(rows, i),
 * operator_post_open(tenant_id, id, rows, i, textp, f):
 * Seal the payload of row ${id} of the outbox; is the payload of a row sealed
 * this way; open it.
 */
bool operator_post_possible(void);
bool operator_post_seal(const char *, const char *, const char *, struct cell *,
    struct fault *) MUST_CHECK;
bool operator_post_is(struct rows *, int);
bool operator_post_open(const char *, const char *, struct rows *, int, char **,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_OPERATOR_SEAL_H */
