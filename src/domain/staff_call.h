#ifndef GENKAN_STAFF_CALL_H
#define GENKAN_STAFF_CALL_H

#include "base.h"
#include "context.h"
#include "visit.h"

/* "Please call the staff", from a tablet's screen. */

/* Opaque types. */
struct fault;

struct staff_call {
	uuid_text id;
	uuid_text office_id;
	uuid_text visit_id; /* or "" */
	char *device;       /* the tablet's name */
	int64_t called_at;
	int offset; /* of the office, minutes east of UTC */
};

void staff_call_free_list(struct staff_call *, size_t);

/**
 * staff_call_make(ctx, device_id, office_id, visit_id, id, phone, f):
 * Ring: reception sees and reads it.  With ${visit_id} (whose handle the
 * caller has checked, or NULL) the visit's hosts are told once more instead.
 * ${phone} (to be freed) is what to show if nobody comes.
 */
bool staff_call_make(struct context *, const char *, const char *, const char *,
    uuid_text, char **, struct fault *) MUST_CHECK;

/**
 * staff_call_list(ctx, reach, office_id, listp, np, f):
 * Today's calls that nobody has answered, at the reach's offices, or at one.
 */
bool staff_call_list(struct context *, const struct reach *, const char *,
    struct staff_call **, size_t *, struct fault *) MUST_CHECK;

/**
 * staff_call_answer(ctx, reach, id, found, f):
 * Somebody goes.
 */
bool staff_call_answer(struct context *, const struct reach *, const char *,
    bool *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_STAFF_CALL_H */
