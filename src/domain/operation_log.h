#ifndef GENKAN_OPERATION_LOG_H
#define GENKAN_OPERATION_LOG_H

#include <jansson.h>

#include "base.h"
#include "context.h"

/*
 * The operation log says who did what: one row per deed, in the deed's own
 * transaction, append-only; what becomes of its old end, retention.h says.
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
 * operation_log_add_many(ctx, action, object_ids, details, n, f):
 * The same of ${n} deeds at once that were done, to an object each.
 */
bool operation_log_add_many(struct context *, const char *, uuid_text *,
    json_t **, size_t, struct fault *) MUST_CHECK;

/**
 * operation_log_nothing(ctx):
 * Note that ${ctx}'s actor asked again for what was done already, or took a
 * step that is nothing by itself: there is nothing to put on record.
 */
void operation_log_nothing(struct context *);

/**
 * operation_log_look(ctx, action, object_id, f),
 * operation_log_refusal(ctx, action, object_id, result, f):
 * Note that somebody was shown personal data of others, or was refused
 * ${action} for the reason ${result}.  The same look of the same person within
 * a quarter of an hour is one (a page that stays open asks again and again),
 * the same refusal within a minute too; of refusals a tenant's log takes 600
 * a minute, so that a flood cannot fill the disk; those of strangers name no
 * object, are 30 at most, and take no place from the others.
 */
bool operation_log_look(
    struct context *, const char *, const char *, struct fault *) MUST_CHECK;
bool operation_log_refusal(struct context *, const char *, const char *,
    const char *, struct fault *) MUST_CHECK;

/**
 * operation_log_actor_name(kind):
 * Its name in the database and the API.
 */
const char *operation_log_actor_name(enum actor_kind);

#endif /* !GENKAN_OPERATION_LOG_H */
