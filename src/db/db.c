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
#define STEPS_MAX     24 /* of one round trip */
#define RETRY_SECONDS 1  /* between attempts to reach a lost database */
#define BYTEA_OID     17

/* One command that was sent and not answered yet. */
struct step {
	const struct stmt *stmt;
	bool prepare;        /* it was prepared, not run */
	struct rows **rowsp; /* of db_ask, else NULL */
};

/* What db_send has asked for. */
struct sent {
	bool open; /* until db_receive */
	bool read;
	bool ok;
	PGresult *res;
	struct fault fault;
};

struct db {
	char *conninfo;
	PGconn *pg; /* NULL while the database is away */
	time_t retry_at;
	struct scope scope; /* of the transaction */
	bool in_transaction;
	bool begun; /* BEGIN has been sent */
	struct step steps[STEPS_MAX];
	size_t nsteps; /* above 0 in pipeline mode only */
	bool trailing; /* those are what came after COMMIT, not yet read */
	struct sent sent;
	const struct stmt *prepared[PREPARED_MAX];
	size_t nprepared;
};

struct rows {
	PGresult *res;
	uint8_t **bytes; /* decoded so far, one slot per field */
	size_t *bytes_len;
};

static const struct stmt begin = { "db_begin", "BEGIN", 0 };
static const struct stmt commit = { "db_commit", "COMMIT", 0 };
static const struct stmt set_scope = {
	"db_scope",
	"SELECT set_config('app.tenant_id', $1, true)",
	1,
};
/* Of a transaction: what it has to notify waits for db_commit. */
static const struct stmt set_transaction = {
	"db_transaction",
	"SELECT set_config('app.tenant_id', $1, true), "
	"set_config('app.notify', 'later', true)",
	1,
};
static const struct stmt notify = { "db_notify", "SELECT notify_flush()", 0 };

static bool alive(struct db *, struct fault *);
static bool reach(struct db *, struct fault *);
static void ignore_notice(void *, const PGresult *);
static void lose(struct db *);
static bool plain(struct db *, const char *, struct fault *);
static bool is_prepared(const struct db *, const struct stmt *);
static bool queue(struct db *, const struct scope *, const struct stmt *,
    const struct db_arg *, struct fault *);
static bool notes_later(const struct db *);
static bool queue_step(struct db *, const struct stmt *, const struct db_arg *);
static bool queue_stmt(struct db *, const struct stmt *, const struct db_arg *);
static bool answer(struct db *, PGresult **, struct fault *);
static bool sync_steps(struct db *, struct fault *);
static bool read_steps(struct db *, PGresult **, struct fault *);
static bool read_step(
    struct db *, const struct step *, PGresult **, struct fault *);
static void read_trailing(struct db *);
static bool give(PGresult *, struct rows **, struct fault *);
static void collect(struct db *);
static bool read_one(
    struct db *, const struct stmt *, PGresult **, struct fault *);
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

	if (db->sent.open)
		PQclear(db->sent.res);
	lose(db);
	secret_wipe(db->conninfo, strlen(db->conninfo));
	free(db->conninfo);
	free(db);
}

bool
db_begin(struct db *db, const struct scope *scope, struct fault *f)
{
	assert(!db->in_transaction);
	if (!alive(db, f))
		return (false);
	db->scope = *scope;
	db->in_transaction = true;
	db->begun = false;
	return (true);
}

bool
db_commit(struct db *db, struct fault *f)
{
	PGresult *res = NULL;
	bool ok;

	assert(db->in_transaction);
	if (db->pg != NULL && !db->begun) {
		db->in_transaction = false;
		return (true);
	}
	/*
	 * To notify takes a lock of the whole database until the transaction
	 * has ended: whoever did so before COMMIT would let nobody else wait
	 * for the disk meanwhile.  Nobody waits for it here either.
	 */
	ok = queue(db, NULL, &commit, NULL, f);
	if (ok && notes_later(db) &&
	    (PQsendFlushRequest(db->pg) != 1 ||
		!queue_step(db, &notify, NULL))) {
		lose(db);
		ok = fault_set(f, FAULT_DB_AWAY, "commit: cannot send");
	}
	ok = ok && answer(db, &res, f);

	/* COMMIT of a failed transaction answers ROLLBACK, without an error. */
	if (ok && strcmp(PQcmdStatus(res), "COMMIT") != 0) {
		read_trailing(db);
		ok = fault_set(f, FAULT_DB_AWAY, "commit: rolled back");
	}
	PQclear(res);
	if (!ok)
		db_rollback(db);
	db->in_transaction = false;
	return (ok);
}

void
db_rollback(struct db *db)
{
	struct fault ignored = FAULT_INIT;
	PGresult *res = NULL;
	size_t i;

	if (!db->in_transaction)
		return;
	db->in_transaction = false;
	/* Whoever asked may be gone. */
	for (i = 0; i < db->nsteps; i++)
		db->steps[i].rowsp = NULL;
	if (db->nsteps > 0)
		(void)answer(db, &res, &ignored);
	PQclear(res);
	if (db->pg == NULL || !db->begun)
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
	PGresult *res = NULL;

	if (!queue(db, scope, stmt, args, f) || !answer(db, &res, f))
		return (false);
	return (give(res, rowsp, f));
}

bool
db_push(struct db *db, const struct scope *scope, const struct stmt *stmt,
    const struct db_arg *args, struct fault *f)
{
	return (db->in_transaction ? queue(db, scope, stmt, args, f)
				   : db_run(db, scope, stmt, args, NULL, f));
}

bool
db_ask(struct db *db, const struct stmt *stmt, const struct db_arg *args,
    struct rows **rowsp, struct fault *f)
{
	assert(db->in_transaction);
	*rowsp = NULL;
	if (!queue(db, NULL, stmt, args, f))
		return (false);
	db->steps[db->nsteps - 1].rowsp = rowsp;
	return (true);
}

bool
db_send(struct db *db, const struct scope *scope, const struct stmt *setting,
    const struct stmt *stmt, const struct db_arg *args, struct fault *f)
{
	assert(!db->in_transaction && !db->sent.open);
	if (!queue(db, scope, setting, NULL, f) ||
	    !queue(db, NULL, stmt, args, f) || !sync_steps(db, f))
		return (false);
	db->sent = (struct sent){ .open = true, .fault = FAULT_INIT };
	return (true);
}

void
db_gather(struct db *db)
{
	/* That the connection is lost db_receive will say. */
	if (db->sent.open && !db->sent.read)
		(void)PQconsumeInput(db->pg);
}

bool
db_receive(struct db *db, struct rows **rowsp, struct fault *f)
{
	assert(db->sent.open);
	collect(db);
	db->sent.open = false;
	if (db->sent.ok)
		return (give(db->sent.res, rowsp, f));
	PQclear(db->sent.res);
	*f = db->sent.fault;
	return (false);
}

bool
db_execute(struct db *db, const char *sql, struct fault *f)
{
	const struct db_arg tenant = DB_TEXT(db->scope.tenant_id);

	if (!db->in_transaction) {
		if (!alive(db, f))
			return (false);
	} else if (!db_run(db, NULL, &set_scope, &tenant, NULL, f))
		return (false); /* BEGIN and what is queued go first */
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

	collect(db);
	read_trailing(db);
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

/* libpq would print it, and a notice may quote what it is about. */
static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* Forget the connection and everything that was prepared on it. */
static void
lose(struct db *db)
{
	PQfinish(db->pg);
	db->pg = NULL;
	db->nsteps = 0;
	db->trailing = false;
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

/* Has this connection already prepared ${stmt}, or been told to? */
static bool
is_prepared(const struct db *db, const struct stmt *stmt)
{
	size_t i;

	for (i = 0; i < db->nprepared; i++) {
		if (db->prepared[i] == stmt)
			return (true);
	}
	for (i = 0; i < db->nsteps; i++) {
		if (db->steps[i].prepare && db->steps[i].stmt == stmt)
			return (true);
	}
	return (false);
}

/*
 * Queue what must go before ${stmt} (BEGIN, the scope), and ${stmt}.  Outside
 * a transaction all that stands before the sync is one implicit transaction.
 */
static bool
queue(struct db *db, const struct scope *scope, const struct stmt *stmt,
    const struct db_arg *args, struct fault *f)
{
	struct db_arg tenant = DB_TEXT(NULL);
	PGresult *res = NULL;
	bool ok = true;

	if (!db->in_transaction && !alive(db, f))
		return (false);
	if (db->pg == NULL)
		return (fault_set(
		    f, FAULT_DB_AWAY, "%s: lost in a transaction", stmt->name));

	/* At most three commands with the one after COMMIT, each prepared. */
	if (db->nsteps + 6 > STEPS_MAX) {
		ok = answer(db, &res, f);
		PQclear(res);
		if (!ok)
			return (false);
	}
	if (db->nsteps == 0 && PQenterPipelineMode(db->pg) != 1)
		return (fault_set(f, FAULT_BUG, "%s: pipeline", stmt->name));
	if (!db->in_transaction && scope != NULL && scope->tenant_id[0] != '\0')
		tenant.value = scope->tenant_id;
	if (db->in_transaction && !db->begun) {
		tenant.value = db->scope.tenant_id;
		ok = queue_step(db, &begin, NULL);
		db->begun = true;
	}
	if (tenant.value != NULL)
		ok = ok &&
		    queue_step(db,
			notes_later(db) ? &set_transaction : &set_scope,
			&tenant);
	if (ok && queue_step(db, stmt, args))
		return (true);
	lose(db);
	return (fault_set(f, FAULT_DB_AWAY, "%s: cannot send", stmt->name));
}

/*
 * Only a tenant's transactions are many at a time; what a migration notifies,
 * which may be the one that makes notify_flush, is heard with its commit.
 */
static bool
notes_later(const struct db *db)
{
	return (db->in_transaction && db->scope.tenant_id[0] != '\0');
}

static bool
queue_step(struct db *db, const struct stmt *stmt, const struct db_arg *args)
{
	if (!is_prepared(db, stmt)) {
		if (PQsendPrepare(
			db->pg, stmt->name, stmt->text, stmt->nargs, NULL) != 1)
			return (false);
		db->steps[db->nsteps++] =
		    (struct step){ .stmt = stmt, .prepare = true };
	}
	db->steps[db->nsteps++] = (struct step){ .stmt = stmt };
	return (queue_stmt(db, stmt, args));
}

/* Send what is queued, and give the answer to the last of it; or to COMMIT. */
static bool
answer(struct db *db, PGresult **resp, struct fault *f)
{
	return (sync_steps(db, f) && read_steps(db, resp, f));
}

static bool
sync_steps(struct db *db, struct fault *f)
{
	if (PQpipelineSync(db->pg) == 1)
		return (true);
	lose(db);
	return (fault_set(f, FAULT_DB_AWAY, "pipeline: cannot send"));
}

/* What comes after COMMIT stays unread: it has happened by then, whatever
 * becomes of that. */
static bool
read_steps(struct db *db, PGresult **resp, struct fault *f)
{
	PGresult *res;
	size_t i;
	bool ok = true;

	for (i = 0; ok && i < db->nsteps && db->steps[i].stmt != &notify; i++) {
		res = NULL;
		ok = read_step(db, &db->steps[i], &res, f);
		if (ok && db->steps[i].rowsp != NULL) {
			ok = give(res, db->steps[i].rowsp, f);
			continue;
		}
		PQclear(*resp);
		*resp = res;
	}
	db->trailing = ok && i < db->nsteps;
	if (db->trailing) {
		db->nsteps -= i;
		memmove(db->steps, &db->steps[i],
		    db->nsteps * sizeof(db->steps[0]));
		return (true);
	}
	db->nsteps = 0;
	settle(db);
	return (ok);
}

static bool
read_step(
    struct db *db, const struct step *step, PGresult **resp, struct fault *f)
{
	if (!read_one(db, step->stmt, resp, f))
		return (false);
	/* A prepared statement outlives even a failed transaction. */
	if (step->prepare) {
		assert(db->nprepared < NELEMS(db->prepared));
		db->prepared[db->nprepared++] = step->stmt;
	}
	return (true);
}

static void
read_trailing(struct db *db)
{
	struct fault ignored = FAULT_INIT;
	PGresult *res;
	size_t i;
	bool ok = true;

	if (!db->trailing)
		return;
	db->trailing = false;
	for (i = 0; ok && i < db->nsteps; i++) {
		res = NULL;
		ok = read_step(db, &db->steps[i], &res, &ignored);
		PQclear(res);
	}
	db->nsteps = 0;
	settle(db);
}

/* Nothing else goes over the connection before that is read. */
static void
collect(struct db *db)
{
	if (!db->sent.open || db->sent.read)
		return;
	db->sent.read = true;
	db->sent.ok = read_steps(db, &db->sent.res, &db->sent.fault);
}

static bool
give(PGresult *res, struct rows **rowsp, struct fault *f)
{
	struct rows *rows;

	if (rowsp == NULL) {
		PQclear(res);
		return (true);
	}
	if ((rows = calloc(1, sizeof(*rows))) == NULL) {
		PQclear(res);
		return (fault_set(f, FAULT_MEMORY, "rows"));
	}
	rows->res = res;
	*rowsp = rows;
	return (true);
}

static bool
queue_stmt(struct db *db, const struct stmt *stmt, const struct db_arg *args)
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
read_one(
    struct db *db, const struct stmt *stmt, PGresult **resp, struct fault *f)
{
	PGresult *res;
	const char *state, *constraint;

	if ((res = PQgetResult(db->pg)) == NULL)
		return (fault_set(
		    f, FAULT_DB_AWAY, "%s: connection lost", stmt->name));

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
		fault_set(f, blame(db->pg, res), "SQLSTATE %s %s (%s)",
		    state != NULL ? state : "none",
		    constraint != NULL ? constraint : "", stmt->name);
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

	for (i = 0; i < 4 * STEPS_MAX && !settled; i++) {
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
