#ifndef GENKAN_WEB_SESSION_H
#define GENKAN_WEB_SESSION_H

#include "base.h"

#include "request.h"

/* Opaque types. */
struct fault;
struct session;

/**
 * web_session_reply(r, status, session, f):
 * A session as the API document has it: who is signed in, or what is needed
 * before anybody is.
 */
bool web_session_reply(struct web_request *, int, const struct session *,
    struct fault *) MUST_CHECK;

#endif /* !GENKAN_WEB_SESSION_H */
