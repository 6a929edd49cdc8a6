#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "db.h"

#define PREPARED_MAX  512
#define ARGS_MAX      64
#define RETRY_SECONDS 1 /* between attempts to reach a lost database */
#define BYTEA_OID     17

/* What one pipelined round trip asks for, in this order. */
struct batch {
	const struct scope *scope; /* set it first, or NULL */
	const struct stmt *stmt;
	const struct db_arg *args;
};

struct db {
	char *conninfo;
	PGconn *pg; /* NULL while the database is away */
	time_t retry_at;
	bool in_transaction;
	const struct stmt *prepared[PREPARED_MAX];
	size_t nprepared;
};

struct rows {
	PGresult *res;
	uint8_t **bytes; /* decoded so far, one slot per field */
	size_t *bytes_len;
};

static const char set_scope[] = "SELECT set_config('app.tenant_id', $1, true)";

static bool alive(struct db *, struct fault *);
static bool reach(struct db *, struct fault *);
static void ignore_notice(void *, const PGresult *);
static void lose(struct db *);
static bool plain(struct db *, const char *, struct fault *);
static bool scoped_begin(struct db *, const struct scope *, struct fault *);
static bool is_prepared(const struct db *, const struct stmt *);
static bool send_batch(struct db *, const struct batch *);
static bool read_batch(
    struct db *, const struct batch *, PGresult **, struct fault *);
static bool send_stmt(struct db *, const struct stmt *, const struct db_arg *);
static bool read_one(struct db *, PGresult **, struct fault *);
static enum fault_kind blame(const PGconn *, const PGresult *);
static void settle(struct db *);
static int column(const struct rows *, const char *);
static const char *value(const struct rows *, int, const char *);

struct db *
db_open(const char *conninfo, struct fault *f)
{
	struct db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL ||
	    (db->conninfo = strdup(conninfo)) == NULL) {
		fault_set(f, FAULT_MEMORY, "db_open");
		free(db);
		return (NULL);
	}
	return (db);
}

void
db_close(struct db *db)
{
	/* Behave consistently with free(NULL). */
	if (db == NULL)
		return;

	lose(db);
	secret_wipe(db->conninfo, strlen(db->conninfo));
	free(db->conninfo);
	free(db);
}

bool
db_begin(struct db *db, const struct scope *scope, struct fault *f)
{
	assert(!db->in_transaction);
	if (!alive(db, f) || !scoped_begin(db, scope, f))
		return (false);
	db->in_transaction = true;
	return (true);
}

bool
db_commit(struct db *db, struct fault *f)
{
	PGresult *res;
	bool ok;

	assert(db->in_transaction);
	db->in_transaction = false;
	if (db->pg == NULL)
		return (fault_set(f, FAULT_DB_AWAY, "lost before commit"));

	/* COMMIT of a failed transaction answers ROLLBACK, without an error. */
	res = PQexec(db->pg, "COMMIT");
	ok = PQresultStatus(res) == PGRES_COMMAND_OK &&
	    strcmp(PQcmdStatus(res), "COMMIT") == 0;
	if (!ok)
		fault_set(f, blame(db->pg, res), "commit: %s",
		    PQresultErrorField(res, PG_DIAG_SQLSTATE) != NULL
			? PQresultErrorField(res, PG_DIAG_SQLSTATE)
			: "rolled back");
	PQclear(res);
	if (PQstatus(db->pg) != CONNECTION_OK)
		lose(db);
	return (ok);
}

void
db_rollback(struct db *db)
{
	PGresult *res;

	if (!db->in_transaction)
		return;
	db->in_transaction = false;
	if (db->pg == NULL)
		return;
	res = PQexec(db->pg, "ROLLBACK");
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		lose(db);
	PQclear(res);
}

bool
db_in_transaction(const struct db *db)
{
	return (db->in_transaction);
}

bool
db_run(struct db *db, const struct scope *scope, const struct stmt *stmt,
    const struct db_arg *args, struct rows **rowsp, struct fault *f)
{
	struct batch batch = { .scope = scope, .stmt = stmt, .args = args };
	PGresult *res = NULL;
	struct rows *rows;

	if (db->in_transaction) {
		batch.scope = NULL;
		if (db->pg == NULL)
			return (fault_set(f, FAULT_DB_AWAY,
			    "%s: lost in a transaction", stmt->name));
	} else if (!alive(db, f))
		return (false);

	if (PQenterPipelineMode(db->pg) != 1)
		return (fault_set(f, FAULT_BUG, "%s: pipeline", stmt->name));
	if (!send_batch(db, &batch))
		fault_set(f, FAULT_DB_AWAY, "%s: cannot send", stmt->name);
	else
		(void)read_batch(db, &batch, &res, f);
	settle(db);
	if (res == NULL)
		return (false);

	if (rowsp == NULL) {
		PQclear(res);
		return (true);
	}
	if ((rows = calloc(1, sizeof(*rows))) == NULL) {
		PQclear(res);
		return (fault_set(f, FAULT_MEMORY, "%s", stmt->name));
	}
	rows->res = res;
	*rowsp = rows;
	return (true);
}

bool
db_execute(struct db *db, const char *sql, struct fault *f)
{
	if (!db->in_transaction && !alive(db, f))
		return (false);
	if (db->pg == NULL)
		return (fault_set(f, FAULT_DB_AWAY, "lost in a transaction"));
	return (plain(db, sql, f));
}

bool
db_prepare(struct db *db, const struct stmt *stmt, struct fault *f)
{
	PGresult *res;
	bool ok;

	if (!alive(db, f))
		return (false);
	if (is_prepared(db, stmt))
		return (true);
	res = PQprepare(db->pg, stmt->name, stmt->text, stmt->nargs, NULL);
	ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (!ok)
		fault_set(f, blame(db->pg, res), "%s: %s", stmt->name,
		    PQresultErrorMessage(res));
	PQclear(res);
	if (ok && db->nprepared < PREPARED_MAX)
		db->prepared[db->nprepared++] = stmt;
	return (ok);
}

bool
db_wait(struct db *db, int timeout_ms, char channel[64], char payload[256],
    struct fault *f)
{
	struct pollfd p;
	PGnotify *note;

	channel[0] = payload[0] = '\0';
	if (db->pg == NULL)
		return (fault_set(f, FAULT_DB_AWAY, "not listening"));
	if ((note = PQnotifies(db->pg)) == NULL) {
		p.fd = PQsocket(db->pg);
		p.events = POLLIN;
		p.revents = 0;
		if (poll(&p, 1, timeout_ms) > 0 &&
		    PQconsumeInput(db->pg) != 1) {
			lose(db);
			return (fault_set(f, FAULT_DB_AWAY, "listener lost"));
		}
		note = PQnotifies(db->pg);
	}
	if (note != NULL) {
		text_copy(channel, 64, note->relname);
		text_copy(payload, 256, note->extra);
		PQfreemem(note);
	}
	return (true);
}

int
db_socket(const struct db *db)
{
	return (db->pg == NULL ? -1 : PQsocket(db->pg));
}

int
rows_count(const struct rows *rows)
{
	return (PQntuples(rows->res));
}

bool
rows_null(const struct rows *rows, int row, const char *name)
{
	return (PQgetisnull(rows->res, row, column(rows, name)) == 1);
}

const char *
rows_text(const struct rows *rows, int row, const char *name)
{
	return (rows_null(rows, row, name)
		? NULL
		: PQgetvalue(rows->res, row, column(rows, name)));
}

int64_t
rows_int(const struct rows *rows, int row, const char *name)
{
	return (strtoll(value(rows, row, name), NULL, 10));
}

bool
rows_bool(const struct rows *rows, int row, const char *name)
{
	return (value(rows, row, name)[0] == 't');
}

const uint8_t *
rows_bytes(struct rows *rows, int row, const char *name, size_t *len)
{
	const int col = column(rows, name), ncols = PQnfields(rows->res);
	const size_t slot = (size_t)(row * ncols + col);
	const char *hex = value(rows, row, name);
	size_t n;

	if (rows->bytes == NULL) {
		n = (size_t)(ncols * PQntuples(rows->res));
		rows->bytes = calloc(n, sizeof(*rows->bytes));
		rows->bytes_len = calloc(n, sizeof(*rows->bytes_len));
		if (rows->bytes == NULL || rows->bytes_len == NULL)
			abort(); /* a row that cannot be read is worse */
	}
	if (rows->bytes[slot] == NULL) {
		assert(PQftype(rows->res, col) == BYTEA_OID && hex[0] == '\\');
		n = (strlen(hex) - 2) / 2;
		if ((rows->bytes[slot] = malloc(n + 1)) == NULL ||
		    !text_unhex(hex + 2, rows->bytes[slot], n))
			abort();
		rows->bytes_len[slot] = n;
	}
	*len = rows->bytes_len[slot];
	return (rows->bytes[slot]);
}

void
rows_free(struct rows *rows)
{
	int i, n;

	/* Behave consistently with free(NULL). */
	if (rows == NULL)
		return;

	n = PQnfields(rows->res) * PQntuples(rows->res);
	for (i = 0; rows->bytes != NULL && i < n; i++)
		free(rows->bytes[i]);
	free(rows->bytes);
	free(rows->bytes_len);
	PQclear(rows->res);
	free(rows);
}

/*
 * Is there a usable connection?  A server that was restarted while we slept
 * has closed its end: notice before anything is sent, so that the request
 * that finds out need not fail.
 */
static bool
alive(struct db *db, struct fault *f)
{
	struct pollfd p;

	/*
	 * A server that stops says so before it closes: read on until there is
	 * nothing more, or the end.
	 */
	while (db->pg != NULL) {
		p.fd = PQsocket(db->pg);
		p.events = POLLIN;
		p.revents = 0;
		if (PQstatus(db->pg) != CONNECTION_OK)
			lose(db);
		else if (poll(&p, 1, 0) <= 0)
			break;
		else if (PQconsumeInput(db->pg) != 1)
			lose(db);
	}
	return (db->pg != NULL || reach(db, f));
}

/* Connect, at most once per RETRY_SECONDS: a dead database must stay cheap. */
static bool
reach(struct db *db, struct fault *f)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < db->retry_at)
		return (fault_set(f, FAULT_DB_AWAY, "database is away"));

	/* PQconnectdb returns NULL only if it is out of memory. */
	if ((db->pg = PQconnectdb(db->conninfo)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "PQconnectdb"));
	if (PQstatus(db->pg) != CONNECTION_OK) {
		db->retry_at = now.tv_sec + RETRY_SECONDS;
		lose(db);
		return (fault_set(f, FAULT_DB_AWAY, "cannot connect"));
	}
	(void)PQsetNoticeReceiver(db->pg, ignore_notice, NULL);
	db->retry_at = 0;
	return (true);
}

/* Forget the connection and everything that was prepared on it. */
/* libpq would print it, and a notice may quote what it is about. */
static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static void
lose(struct db *db)
{
	PQfinish(db->pg);
	db->pg = NULL;
	db->nprepared = 0;
}

/* Run one text by the simple protocol and drop its answer. */
static bool
plain(struct db *db, const char *sql, struct fault *f)
{
	PGresult *res = PQexec(db->pg, sql);
	const ExecStatusType status = PQresultStatus(res);
	const bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (!ok)
		fault_set(
		    f, blame(db->pg, res), "%s", PQresultErrorMessage(res));
	PQclear(res);
	if (PQstatus(db->pg) != CONNECTION_OK)
		lose(db);
	return (ok);
}

/* BEGIN and the tenant's scope, in one round trip. */
static bool
scoped_begin(struct db *db, const struct scope *scope, struct fault *f)
{
	const char *const tenant[] = { scope->tenant_id };
	PGresult *begun = NULL, *set = NULL;
	bool ok = false;

	if (PQenterPipelineMode(db->pg) != 1)
		return (fault_set(f, FAULT_BUG, "begin: pipeline"));
	if (PQsendQueryParams(db->pg, "BEGIN", 0, NULL, NULL, NULL, NULL, 0) !=
		1 ||
	    PQsendQueryParams(
		db->pg, set_scope, 1, NULL, tenant, NULL, NULL, 0) != 1 ||
	    PQpipelineSync(db->pg) != 1)
		fault_set(f, FAULT_DB_AWAY, "begin: cannot send");
	else
		ok = read_one(db, &begun, f) && read_one(db, &set, f);
	PQclear(begun);
	PQclear(set);
	settle(db);
	if (!ok && db->pg != NULL)
		lose(db); /* a half-begun transaction is not worth saving */
	return (ok && db->pg != NULL);
}

/* Has this connection already prepared ${stmt}? */
static bool
is_prepared(const struct db *db, const struct stmt *stmt)
{
	size_t i;

	for (i = 0; i < db->nprepared; i++) {
		if (db->prepared[i] == stmt)
			return (true);
	}
	return (false);
}

/*
 * Queue scope, (prepare,) statement, sync; libpq flushes at the sync.  Outside
 * a transaction all that stands before the sync is one implicit transaction.
 */
static bool
send_batch(struct db *db, const struct batch *b)
{
	const char *const tenant[] = { b->scope != NULL ? b->scope->tenant_id
							: NULL };

	if (b->scope != NULL && b->scope->tenant_id[0] != '\0' &&
	    PQsendQueryParams(
		db->pg, set_scope, 1, NULL, tenant, NULL, NULL, 0) != 1)
		return (false);
	if (!is_prepared(db, b->stmt) &&
	    PQsendPrepare(db->pg, b->stmt->name, b->stmt->text, b->stmt->nargs,
		NULL) != 1)
		return (false);
	return (send_stmt(db, b->stmt, b->args) && PQpipelineSync(db->pg) == 1);
}

static bool
read_batch(
    struct db *db, const struct batch *b, PGresult **resp, struct fault *f)
{
	PGresult *scoped = NULL, *prepared = NULL;
	bool ok = false;

	if (b->scope != NULL && b->scope->tenant_id[0] != '\0' &&
	    !read_one(db, &scoped, f))
		goto out;
	if (!is_prepared(db, b->stmt)) {
		if (!read_one(db, &prepared, f))
			goto out;

		/* A prepared statement outlives even a failed transaction. */
		assert(db->nprepared < NELEMS(db->prepared));
		db->prepared[db->nprepared++] = b->stmt;
	}
	ok = read_one(db, resp, f);
out:
	PQclear(prepared);
	PQclear(scoped);
	return (ok);
}

static bool
send_stmt(struct db *db, const struct stmt *stmt, const struct db_arg *args)
{
	const char *values[ARGS_MAX];
	int lengths[ARGS_MAX], formats[ARGS_MAX], i;

	assert(stmt->nargs <= ARGS_MAX);
	for (i = 0; i < stmt->nargs; i++) {
		values[i] = args[i].value;
		lengths[i] = (int)args[i].len;
		formats[i] = args[i].bytes ? 1 : 0;
	}
	return (PQsendQueryPrepared(db->pg, stmt->name, stmt->nargs, values,
		    lengths, formats, 0) == 1);
}

/* Read the one result of the next queued command, and the NULL after it. */
static bool
read_one(struct db *db, PGresult **resp, struct fault *f)
{
	PGresult *res;
	const char *state, *constraint;

	if ((res = PQgetResult(db->pg)) == NULL)
		return (fault_set(f, FAULT_DB_AWAY, "connection lost"));

	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		PQclear(PQgetResult(db->pg));
		*resp = res;
		return (true);
	default:
		/*
		 * The server's message may quote a value; SQLSTATE, the
		 * constraint's name and what class 42 says (a statement or a
		 * right is wrong) never do.
		 */
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
		if (state != NULL && strncmp(state, "42", 2) == 0)
			constraint =
			    PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
		fault_set(f, blame(db->pg, res), "SQLSTATE %s %s",
		    state != NULL ? state : "none",
		    constraint != NULL ? constraint : "");
		PQclear(res);
		return (false);
	}
}

/*
 * Tell a database that went away (SQLSTATE 08, 57P, 53: no room) from one
 * that said no (23: an integrity constraint; GK001: the tenant's plan).  40001,
 * 40P01 and 55P03 lost a race for a lock: trying again helps.
 */
static enum fault_kind
blame(const PGconn *pg, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (PQstatus(pg) != CONNECTION_OK || state == NULL ||
	    strncmp(state, "08", 2) == 0 || strncmp(state, "57", 2) == 0 ||
	    strncmp(state, "53", 2) == 0 || strncmp(state, "40", 2) == 0 ||
	    strcmp(state, "55P03") == 0)
		return (FAULT_DB_AWAY);
	if (strcmp(state, "23505") == 0 || strcmp(state, "23P01") == 0)
		return (FAULT_DB_CONFLICT);
	if (strcmp(state, "GK001") == 0)
		return (FAULT_DB_LIMIT);
	return (FAULT_DB_REFUSED);
}

/*
 * Read on to the sync that ends the pipeline, and leave pipeline mode.  There
 * are few results before it; a connection that does not come to the point is
 * given up.
 */
static void
settle(struct db *db)
{
	PGresult *res;
	bool settled = false;
	int i;

	for (i = 0; i < 16 && !settled; i++) {
		if (PQstatus(db->pg) != CONNECTION_OK)
			break;
		res = PQgetResult(db->pg);
		settled =
		    res != NULL && PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		PQclear(res);
	}
	if (!settled || PQexitPipelineMode(db->pg) != 1)
		lose(db);
}

/* A misspelt column is a bug that the first test run must show. */
static int
column(const struct rows *rows, const char *name)
{
	const int col = PQfnumber(rows->res, name);

	if (col == -1)
		abort();
	return (col);
}

static const char *
value(const struct rows *rows, int row, const char *name)
{
	const char *text = rows_text(rows, row, name);

	if (text == NULL)
		abort();
	return (text);
}
