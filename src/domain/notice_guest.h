#ifndef GENKAN_NOTICE_GUEST_H
#define GENKAN_NOTICE_GUEST_H

#include "appointment.h"
#include "base.h"
#include "context.h"

/* What hosts are told of what their guests do about their own data, and the
 * code by which a guest shows who they are. */

/* Opaque types. */
struct fault;

enum notice_guest_deed {
	NOTICE_GUEST_RENAMED,   /* "guest.renamed": another name */
	NOTICE_GUEST_CANCELLED, /* "guest.cancelled": will not come */
	NOTICE_GUEST_ERASED,    /* "guest.erased": nor is there a name */
	NOTICE_GUEST_DEED__MAX
};

/**
 * notice_guest(ctx, what, appointment, guest, was, f):
 * Mail the hosts; ${was} is the name before (renamed only, else NULL).
 */
bool notice_guest(struct context *, enum notice_guest_deed,
    const struct appointment *, const struct guest *, const char *,
    struct fault *) MUST_CHECK;

/**
 * notice_guest_code(ctx, guest, appointment_id, code, f):
 * Mail the guest a code that opens the overview of their data.
 */
bool notice_guest_code(struct context *, const struct guest *, const char *,
    const char *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_NOTICE_GUEST_H */
