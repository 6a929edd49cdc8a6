#ifndef GENKAN_MAIL_DRAFT_H
#define GENKAN_MAIL_DRAFT_H

#include <jansson.h>

#include "base.h"
#include "letter.h"
#include "mail.h"

/*
 * A mail as it waits in the outbox: what it says, not yet composed.  That is a
 * tenth of its size, the guest who checks in need not wait for the rest, and
 * most reminders never go.
 *
 * A JSON object with the members of struct mail by their names, except "text",
 * "html", "language" and those of the picture, which the letter and the pass
 * say; with "pass", which the picture shows, and "letter", an object with those
 * of struct letter but "picture"; its "rows" are [label, value] or
 * [label, value, link].  What would be NULL is not there.
 */

/**
 * mail_draft(mail, letter, pass, f):
 * The draft of a mail that says ${letter}, with the picture of ${pass}, or none
 * if that is NULL.  FAULT_BUG as mail_compose has it.
 */
json_t *mail_draft(const struct mail *, const struct letter *, const char *,
    struct fault *) MUST_CHECK;

/**
 * mail_draft_compose(draft, f):
 * The message of ${draft}, every time the same; the caller passes it to
 * mail_free.  FAULT_BUG if it is no draft.
 */
char *mail_draft_compose(const json_t *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_MAIL_DRAFT_H */
