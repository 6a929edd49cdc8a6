#ifndef GENKAN_WEB_RECORD_H
#define GENKAN_WEB_RECORD_H

#include <jansson.h>

#include "base.h"

#include "appointment.h"
#include "request.h"
#include "staff_call.h"
#include "visit.h"

/* The forms of appointments and visits in answers, and who may see which. */

/**
 * web_record_reach(r, reach):
 * Whose records the member asking may see: the roles' rights are in role.h.
 */
void web_record_reach(struct web_request *, struct reach *);

/**
 * web_record_own(r, hosts, n, created_by):
 * What is shown has these hosts and (unless NULL) this author: is it the
 * asker's own, so that looking at it is nothing for the operation log?
 */
void web_record_own(
    struct web_request *, const struct host *, size_t, const char *);

/**
 * web_record_time(moment, offset): RFC 3339 at ${offset} minutes east of UTC,
 *	or null where ${moment} is 0.
 * web_record_hosts(hosts, n), web_record_appointment(a), web_record_visit(v),
 * web_record_call(c), web_record_calls(list, n).
 */
json_t *web_record_time(int64_t, int);
json_t *web_record_hosts(const struct host *, size_t);
json_t *web_record_appointment(const struct appointment *);
json_t *web_record_visit(const struct visit *);
json_t *web_record_calls(const struct staff_call *, size_t);

/**
 * web_record_whole(items, n):
 * ${items} if all ${n} elements could be made, otherwise NULL, which becomes a
 * fault: a list is never silently short.  Takes ${items}.
 */
json_t *web_record_whole(json_t *, size_t);

/**
 * web_record_page(items, next): {"items", "next"}; takes ${items}; a ${next}
 *	of "" is the end.
 */
json_t *web_record_page(json_t *, const char *);

/**
 * web_record_cursor(r): the parameter "after", or NULL; a complaint if it is
 *	no cursor of ours.
 */
const char *web_record_cursor(struct web_request *);

/**
 * web_record_period(r, q, from, to):
 * The parameters "from" and "to", in order; with a search ${q} at most 92 days,
 * the missing ends filled in around today.  ${from} and ${to} hold 11 bytes
 * and are "" where there is no limit.
 */
void web_record_period(struct web_request *, const char *, char[11], char[11]);

/**
 * web_record_keyed(r):
 * Is the Idempotency-Key there and well formed?  For requests whose answer
 * stands in the domain and not among the kept ones.
 */
bool web_record_keyed(const struct web_request *) MUST_CHECK;

#endif /* !GENKAN_WEB_RECORD_H */
