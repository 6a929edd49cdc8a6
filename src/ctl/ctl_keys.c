#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "process.h"

#include "db.h"
#include "gen_sql.h"
#include "kms_client.h"

#include "context.h"
#include "contract.h"
#include "operation_log.h"
#include "reencryption.h"
#include "tenant.h"
#include "tenant_key.h"

#include "ctl_actor.h"
#include "ctl_keys.h"
#include "ctl_say.h"

static bool rotate(struct context *, struct fault *);
static bool reencrypt(struct context *, struct fault *);
static bool master(struct context *, struct fault *);
static bool status(struct context *, struct fault *);
static bool open_context(struct context *, const char *, struct fault *);

/* The actions; the list is closed.  To add one: a row. */
static const struct action {
	const char *name;
	bool (*run)(struct context *, struct fault *);
	const char *done;
} actions[] = {
	{ "rotate", rotate, "has new data keys; web moves its cells to them" },
	{ "reencrypt", reencrypt, "has its cells moved by web" },
	{ "master", master, "has its data keys under new key material" },
	{ "status", status, NULL },
};

int
ctl_keys(int argc, char **argv)
{
	const struct action *a = NULL;
	struct context ctx;
	struct fault f = FAULT_INIT;
	bool ok;
	size_t i;

	for (i = 0; argc == 3 && i < NELEMS(actions); i++) {
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	}
	if (a == NULL) {
		(void)fprintf(stderr,
		    "usage: genkan ctl keys rotate | reencrypt | master | "
		    "status TENANT\n");
		return (EX_USAGE);
	}
	memset(&ctx, 0, sizeof(ctx));
	ctl_actor(&ctx.actor);
	ok = open_context(&ctx, argv[2], &f) && a->run(&ctx, &f);
	kms_client_close(ctx.kms);
	db_close(ctx.db);
	if (!ok) {
		(void)fprintf(stderr, "genkan: %s\n", f.what);
		return (1);
	}
	if (a->done != NULL)
		(void)printf("tenant %s %s\n", argv[2], a->done);
	return (0);
}

static bool
rotate(struct context *ctx, struct fault *f)
{
	return (reencryption_renew(ctx, f));
}

static bool
reencrypt(struct context *ctx, struct fault *f)
{
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (reencryption_ask(ctx, f) &&
	    operation_log_add(ctx, "tenant.reencryption_asked",
		ctx->scope.tenant_id, "done", NULL, f))
		return (db_commit(ctx->db, f));
	db_rollback(ctx->db);
	return (false);
}

/*
 * Old material opens old blobs for ever, so the data keys are wrapped anew,
 * without being shown.
 */
static bool
master(struct context *ctx, struct fault *f)
{
	return (contract_renew_key(ctx, f));
}

static bool
status(struct context *ctx, struct fault *f)
{
	struct rows *rows;
	time_text at;
	int i;

	if (!db_run(ctx->db, &ctx->scope, &sql_tenant_key_list, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		clock_format(rows_int(rows, i, "created_at"), 0, at);
		(void)printf("%-9s version %-4s %-8s %s writes %-12s key %s\n",
		    rows_text(rows, i, "use"), rows_text(rows, i, "version"),
		    rows_text(rows, i, "state"), at,
		    rows_text(rows, i, "writes"),
		    rows_text(rows, i, "kms_key_id"));
	}
	rows_free(rows);
	if (!db_run(
		ctx->db, &ctx->scope, &sql_reencryption_show, NULL, &rows, f))
		return (false);
	if (rows_count(rows) == 1)
		(void)printf("cells     %s, round %s%s%s, %s moved, %s "
			     "unreadable\n",
		    rows_text(rows, 0, "state"), rows_text(rows, 0, "round"),
		    rows_text(rows, 0, "table_name")[0] != '\0' ? " at " : "",
		    rows_text(rows, 0, "table_name"),
		    rows_text(rows, 0, "moved"),
		    rows_text(rows, 0, "unreadable"));
	rows_free(rows);
	return (true);
}

static bool
open_context(struct context *ctx, const char *name, struct fault *f)
{
	char path[128];
	bool found;

	if (!process_path(PROCESS_KMS_SOCKET, path, sizeof(path)))
		return (
		    fault_set(f, FAULT_CONFIG, "GENKAN_RUN_DIR is too long"));
	if ((ctx->kms =
		    kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
			config_text(CONFIG_KMS_SECRET_KEY), f)) == NULL ||
	    (ctx->db = db_open(config_text(CONFIG_DB), f)) == NULL ||
	    !tenant_find_name(ctx->db, name, ctx->scope.tenant_id, &found, f))
		return (false);
	if (!found)
		return (fault_set(
		    f, FAULT_CONFIG, "there is no tenant of that name"));
	return (true);
}
