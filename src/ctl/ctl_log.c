#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "process.h"

#include "db.h"
#include "kms_client.h"

#include "context.h"
#include "operation_verify.h"
#include "tenant.h"

#include "ctl_actor.h"
#include "ctl_log.h"
#include "ctl_say.h"

#define EXIT_FOUND 2
#define HEADS_MAX  (64L << 20)

static const char *const flaw_texts[] = {
	[OPERATION_CHANGED] = "changed: this row is not what it was",
	[OPERATION_MOVED] =
	    "moved: another row stands in the place of this one",
	[OPERATION_MISSING] = "missing: this row was deleted",
	[OPERATION_GAP] = "missing: rows were deleted with their links",
	[OPERATION_UNCHAINED] =
	    "put in: this row came in later, past the chain",
	[OPERATION_BEGINNING] =
	    "missing: the old end was deleted, and no sealed cut of what was "
	    "a year old allows it",
	[OPERATION_TAIL] = "the end was cut off: a sealed head says there was "
			   "more",
	[OPERATION_RECOMPUTED] = "recomputed: the chain is whole, but not the "
				 "one that was sealed",
	[OPERATION_FORGED] = "forged: this head was not sealed by courier, or "
			     "was changed",
	[OPERATION_UNSEALED] =
	    "not sealed: heads are missing, so nothing shows "
	    "whether this was recomputed",
	[OPERATION_HEADS] = "heads: sealed heads were taken out, doubled or "
			    "put in another order",
};
_Static_assert(
    NELEMS(flaw_texts) == OPERATION_FLAW__MAX, "every flaw has a text");

static int verify(const char *, const char *);
static bool read_heads(const char *, const char *, struct operation_head **,
    size_t *, struct fault *);
static char *read_file(const char *, struct fault *);
static void print_finding(void *, const struct operation_finding *);
static void print_span(const char *, int64_t, int64_t);
static void print_summary(const char *, const struct operation_summary *);

int
ctl_log(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "verify") == 0)
		return (verify(argv[2], NULL));
	if (argc == 5 && strcmp(argv[1], "verify") == 0 &&
	    strcmp(argv[3], "--heads") == 0)
		return (verify(argv[2], argv[4]));
	(void)fprintf(
	    stderr, "usage: genkan ctl log verify TENANT [--heads FILE]\n");
	return (EX_USAGE);
}

static int
verify(const char *name, const char *file)
{
	struct operation_summary summary;
	struct operation_head *heads = NULL;
	struct fault f = FAULT_INIT;
	struct context ctx;
	bool found = false, ok;
	char path[128];
	size_t n = 0;

	memset(&ctx, 0, sizeof(ctx));
	ctl_actor(&ctx.actor);
	ok = process_path(PROCESS_KMS_SOCKET, path, sizeof(path)) &&
	    (ctx.kms = kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), &f)) != NULL &&
	    (ctx.db = db_open(config_text(CONFIG_DB), &f)) != NULL &&
	    tenant_find_name(ctx.db, name, ctx.scope.tenant_id, &found, &f);
	if (ok && !found)
		ok = fault_set(
		    &f, FAULT_CONFIG, "there is no tenant of that name");
	/* One state of the database, whatever is appended meanwhile. */
	ok = ok &&
	    (file == NULL ||
		read_heads(file, ctx.scope.tenant_id, &heads, &n, &f)) &&
	    db_execute(ctx.db,
		"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL "
		"REPEATABLE READ, READ ONLY",
		&f) &&
	    db_begin(ctx.db, &ctx.scope, &f) &&
	    operation_verify(&ctx, heads, n, print_finding, NULL, &summary, &f);
	if (ctx.db != NULL && db_in_transaction(ctx.db))
		db_rollback(ctx.db);
	kms_client_close(ctx.kms);
	db_close(ctx.db);
	free(heads);
	if (!ok) {
		(void)fprintf(stderr, "genkan: %s\n", f.what);
		return (1);
	}
	print_summary(name, &summary);
	return (summary.findings == 0 ? 0 : EXIT_FOUND);
}

static bool
read_heads(const char *file, const char *tenant_id,
    struct operation_head **headsp, size_t *n, struct fault *f)
{
	struct operation_head head, *more;
	const char *at;
	char *text;
	bool ok = true;

	if ((text = read_file(file, f)) == NULL)
		return (false);
	at = text;
	while (ok && operation_head_read(&at, tenant_id, &head)) {
		more = realloc(*headsp, (*n + 1) * sizeof(head));
		if (more == NULL)
			ok = fault_set(f, FAULT_MEMORY, "heads");
		else {
			*headsp = more;
			more[(*n)++] = head;
		}
	}
	free(text);
	if (ok && *n == 0)
		return (fault_set(f, FAULT_CONFIG,
		    "%s holds no head of this tenant's log", file));
	return (ok);
}

static char *
read_file(const char *file, struct fault *f)
{
	FILE *in = fopen(file, "r");
	char *text = NULL;
	long size = -1;

	if (in != NULL && fseek(in, 0, SEEK_END) == 0 &&
	    (size = ftell(in)) >= 0 && size <= HEADS_MAX &&
	    fseek(in, 0, SEEK_SET) == 0 &&
	    (text = calloc(1, (size_t)size + 1)) != NULL &&
	    fread(text, 1, (size_t)size, in) != (size_t)size) {
		free(text);
		text = NULL;
	}
	if (text == NULL)
		(void)fault_set(f, FAULT_CONFIG, "%s cannot be read", file);
	if (in != NULL)
		(void)fclose(in);
	return (text);
}

static void
print_finding(void *arg, const struct operation_finding *finding)
{
	time_text from, to;

	(void)arg;
	(void)printf("%s\n   ", flaw_texts[finding->flaw]);
	print_span("sequence", finding->seq, finding->seq_to);
	print_span("position", finding->position, finding->position_to);
	if (finding->at != 0 || finding->at_to != 0) {
		clock_format(finding->at, 0, from);
		clock_format(finding->at_to, 0, to);
		(void)printf(" time %s%s%s", finding->at != 0 ? from : "?",
		    finding->at != finding->at_to ? " to " : "",
		    finding->at != finding->at_to ? to : "");
	}
	(void)printf("\n");
}

/* Where a number is not known, nothing stands. */
static void
print_span(const char *what, int64_t from, int64_t to)
{
	if (from == 0 && to == 0)
		return;
	(void)printf(" %s", what);
	if (from != 0)
		(void)printf(" %lld", (long long)from);
	if (to != from)
		(void)printf(" to %lld", (long long)to);
	(void)printf(",");
}

static void
print_summary(const char *name, const struct operation_summary *s)
{
	time_text at;

	(void)printf("%s: %lld rows verified, %lld sealed heads agree", name,
	    (long long)s->rows, (long long)s->heads);
	if (s->position > 0) {
		clock_format(s->at, 0, at);
		(void)printf("; up to sequence %lld, position %lld, %s",
		    (long long)s->seq, (long long)s->position, at);
	}
	(void)printf("\n");
	if (s->cut > 0) {
		clock_format(s->cut_at, 0, at);
		(void)printf(
		    "cut up to position %lld, of what was written before %s: "
		    "right if the company keeps its log so long\n",
		    (long long)s->cut, at);
	}
	if (s->waiting > 0) {
		clock_format(s->waiting_since, 0, at);
		(void)printf(
		    "%lld rows since %s wait to be chained; if that is "
		    "minutes ago, courier does not run\n",
		    (long long)s->waiting, at);
	}
	(void)printf(
	    s->findings == 0 ? "nothing wrong was found\n" : "%lld findings\n",
	    (long long)s->findings);
}
