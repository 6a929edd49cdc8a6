#include "config.h"
#include "fault.h"
#include "log.h"
#include "process.h"

#include "db.h"
#include "kms_client.h"

#include "thread_context.h"

bool
thread_context_open(struct context *ctx, struct fault *f)
{
	char kms[108];

	*ctx = (struct context){ .actor.kind = ACTOR_SYSTEM };
	if (!process_path(PROCESS_KMS_SOCKET, kms, sizeof(kms)))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_RUN_DIR is too long for a socket"));
	return ((ctx->db = db_open(config_text(CONFIG_DB), f)) != NULL &&
	    (ctx->kms = kms_client_open(kms, config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), f)) != NULL);
}

void
thread_context_close(struct context *ctx)
{
	kms_client_close(ctx->kms);
	db_close(ctx->db);
}

void
thread_context_fault(const char *event, bool *away, const struct fault *f)
{
	const bool was = *away;

	*away = f->kind == FAULT_DB_AWAY;
	if (!was || !*away)
		log_fault(event, f);
}
