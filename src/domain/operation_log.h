#ifndef GENKAN_OPERATION_LOG_H
#define GENKAN_OPERATION_LOG_H

#include <jansson.h>

#include "base.h"
#include "context.h"

/*
 * The operation log says who did what: one row per deed, in the deed's own
 * transaction, append-only.
 */

/* Opaque types. */
struct fault;

/**
 * operation_log_add(ctx, action, object_id, result, detail, f):
 * Note that ${ctx}'s actor did ${action} ("office.created") to the object with
 * that id (NULL: none), with ${result} ("done", or why not).  ${detail} (NULL:
 * none) is taken and stored encrypted, so it may say what was changed; the
 * operator's role cannot encrypt and gives none.
 */
bool operation_log_add(struct context *, const char *, const char *,
    const char *, json_t *, struct fault *) MUST_CHECK;

/**
 * operation_log_actor_name(kind):
 * Its name in the database and the API.
 */
const char *operation_log_actor_name(enum actor_kind);

#endif /* !GENKAN_OPERATION_LOG_H */
