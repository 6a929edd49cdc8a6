#ifndef GENKAN_NOWHERE_H
#define GENKAN_NOWHERE_H

#include "base.h"
#include "context.h"

/*
 * Work for a company that does not exist, so that the answer takes as long as
 * one of a company that does and has no such account: the same statements one
 * for one, in the scope of nobody.  Where the company would get a row there is
 * one that writes nothing but costs a commit as much.
 *
 * Each opens a transaction, which the caller has to commit.
 */

/* Opaque types. */
struct fault;

/**
 * nowhere_sign_in(ctx, cookie, password, f):
 * As session_create would, from the browser with that ${cookie} (or NULL).
 * With ${password} NULL the try is one that has to wait.
 */
bool nowhere_sign_in(
    struct context *, const char *, const char *, struct fault *) MUST_CHECK;

/**
 * nowhere_reset(ctx, blocked, f):
 * As member_password_request would.
 */
bool nowhere_reset(struct context *, bool, struct fault *) MUST_CHECK;

#endif /* !GENKAN_NOWHERE_H */
