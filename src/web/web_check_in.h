#ifndef GENKAN_WEB_CHECK_IN_H
#define GENKAN_WEB_CHECK_IN_H

#include "base.h"

#include "checkin.h"
#include "pass.h"
#include "request.h"

/* What check-ins, scans, walk-ins and departures share. */

/**
 * web_check_in_pass(fs), web_check_in_code(fs):
 * The members "pass" and "code", or NULL; a complaint if they are malformed.
 */
const char *web_check_in_pass(struct fields *);
const char *web_check_in_code(struct fields *);

/**
 * web_check_in_answer(r, c, code):
 * The welcome or the refusal, and ${c} is freed.  ${code}: it was shown by
 * code, so the company is not told.
 */
bool web_check_in_answer(struct web_request *, struct checkin *, bool);

#endif /* !GENKAN_WEB_CHECK_IN_H */
