#ifndef GENKAN_DB_H
#define GENKAN_DB_H

#include "base.h"
#include "stmt.h"

/*
 * The only door to PostgreSQL.  One handle per thread.  Every statement runs
 * in a transaction whose app.tenant_id is set: alone (one round trip), or
 * between db_begin and db_commit.
 */

/* Opaque types. */
struct db;
struct fault;
struct rows;

/* On whose behalf a statement runs.  Comes from the token, never the body. */
struct scope {
	uuid_text tenant_id; /* "" only for the few unscoped look-ups */
};

/* One argument: text, bytes (bytea) or NULL. */
struct db_arg {
	const char *value; /* NULL is SQL's NULL */
	size_t len;        /* of bytes; text ends at its NUL */
	bool bytes;
};

#define DB_TEXT(s) ((struct db_arg){ (s), 0, false })
#define DB_BYTES(p, n) \
	((struct db_arg){ (const char *)(const void *)(p), (n), true })
#define DB_NULL ((struct db_arg){ NULL, 0, false })

/**
 * db_open(conninfo, f):
 * A handle on ${conninfo}; connects on first use.  NULL if memory is full.
 */
struct db *db_open(const char *, struct fault *) MUST_CHECK;
void db_close(struct db *);

/**
 * db_begin(db, scope, f), db_commit(db, f), db_rollback(db):
 * Bracket statements into one transaction, which is begun on the way of its
 * first statement.  A commit that fails has changed nothing, unless the
 * connection was lost on the way (FAULT_DB_AWAY): then nobody knows, and an
 * idempotency key must tell.  What triggers have to notify goes out right after
 * the commit (sql/migrate/0029), and is not waited for.  db_rollback never
 * fails.
 */
bool db_begin(struct db *, const struct scope *, struct fault *) MUST_CHECK;
bool db_commit(struct db *, struct fault *) MUST_CHECK;
void db_rollback(struct db *);
bool db_in_transaction(const struct db *);

/**
 * db_run(db, scope, stmt, args, rowsp, f):
 * Run ${stmt} with ${stmt}->nargs arguments: inside the open transaction
 * (${scope} is ignored and may be NULL), or alone as one transaction in one
 * round trip.  Give the rows to the caller, who passes them to rows_free();
 * with ${rowsp} NULL they are dropped.  FAULT_DB_AWAY at once, without
 * waiting, while the database is away.
 */
bool db_run(struct db *, const struct scope *, const struct stmt *,
    const struct db_arg *, struct rows **, struct fault *) MUST_CHECK;

/**
 * db_push(db, scope, stmt, args, f):
 * As db_run() with ${rowsp} NULL; but in a transaction only queue ${stmt} (its
 * arguments are copied), to go with the next db_run() or db_commit(), which
 * fails in its stead.  For inserts that nobody looks at: they cost no round
 * trip.
 */
bool db_push(struct db *, const struct scope *, const struct stmt *,
    const struct db_arg *, struct fault *) MUST_CHECK;

/**
 * db_ask(db, stmt, args, rowsp, f):
 * As db_push() in a transaction, but for rows: ${rowsp}, NULL until then, is
 * there after the next db_run().  That must come, or db_rollback(), while the
 * caller still has ${rowsp}; the rows are the caller's in either case.
 */
bool db_ask(struct db *, const struct stmt *, const struct db_arg *,
    struct rows **, struct fault *) MUST_CHECK;

/**
 * db_send(db, scope, setting, stmt, args, f), db_gather(db),
 * db_receive(db, rowsp, f):
 * db_run() of ${stmt} alone, in halves, so that the server works while the
 * caller does; ${setting}, without arguments, goes before it in the same
 * transaction.  db_gather takes in what has come, without waiting: a server
 * that nobody reads from stops.  Each db_send is followed by a db_receive;
 * statements that come between wait for its rows.
 */
bool db_send(struct db *, const struct scope *, const struct stmt *,
    const struct stmt *, const struct db_arg *, struct fault *) MUST_CHECK;
void db_gather(struct db *);
bool db_receive(struct db *, struct rows **, struct fault *) MUST_CHECK;

/**
 * db_execute(db, sql, f):
 * Run a constant utility text (LISTEN, SET, a migration file) outside
 * db_run's rules.
 */
bool db_execute(struct db *, const char *, struct fault *) MUST_CHECK;

/**
 * db_prepare(db, stmt, f):
 * PREPARE ${stmt} and nothing more: the test that every statement is sound.
 */
bool db_prepare(struct db *, const struct stmt *, struct fault *) MUST_CHECK;

/**
 * db_wait(db, timeout_ms, channel, payload, f):
 * Wait for a notification after LISTEN.  Return true with ${channel} (64) and
 * ${payload} (256) filled, both "" when the time ran out; false and
 * FAULT_DB_AWAY when the connection is lost (LISTEN again after it).
 */
bool db_wait(struct db *, int, char[64], char[256], struct fault *) MUST_CHECK;

/**
 * db_socket(db):
 * What to poll while waiting for more than notifications; -1 while the
 * database is away.  Look for notifications with db_wait(db, 0, ...) first.
 */
int db_socket(const struct db *);

/**
 * Reading rows.  A misspelt column is a bug and aborts.  rows_text gives NULL
 * for SQL's NULL; the others need a value.  Bytes and texts live as long as
 * the rows.
 */
int rows_count(const struct rows *);
bool rows_null(const struct rows *, int, const char *);
const char *rows_text(const struct rows *, int, const char *);
int64_t rows_int(const struct rows *, int, const char *);
bool rows_bool(const struct rows *, int, const char *);
const uint8_t *rows_bytes(struct rows *, int, const char *, size_t *);
void rows_free(struct rows *);

#endif /* !GENKAN_DB_H */
