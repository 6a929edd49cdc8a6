#ifndef GENKAN_WEB_FORM_H
#define GENKAN_WEB_FORM_H

#include <jansson.h>

#include "base.h"

#include "network_rule.h"

#include "request.h"

/* The forms that several resources' bodies and answers share. */

/* Opaque types. */
struct fault;

/**
 * web_form_time(moment): RFC 3339 in UTC, or null where ${moment} is 0.
 * web_form_text(s): the text, or null where ${s} is NULL.
 */
json_t *web_form_time(int64_t);
json_t *web_form_text(const char *);

/**
 * web_form_list(items): {"items": ${items}, "next": null}; takes ${items}.
 */
json_t *web_form_list(json_t *);

/**
 * web_form_language(fs): the member "language", or "ja" without one.
 */
const char *web_form_language(struct fields *);

/**
 * web_form_bytes(fs, name, n): ${n} bytes that the required member ${name} has
 *	in base64; NULL, and a complaint, if it has not.
 */
const uint8_t *web_form_bytes(
    struct web_request *, struct fields *, const char *, size_t);

/**
 * web_form_blocked(r, wait): the problem wait, ${wait} seconds.
 * What was counted is kept.
 */
bool web_form_blocked(struct web_request *, long);

/**
 * web_form_stranger(r, problem): answers where the tenant that the request
 * names could not be entered: ${problem}, or tenant_suspended or
 * contract_ended if it is.
 */
bool web_form_stranger(struct web_request *, enum problem);

/**
 * web_form_admits(r, list, action, admitted, f): for those who come without a
 *	credential, once the tenant is entered: may they from where they are?
 *	If not, the refusal is answered, and logged as one of ${action}.
 */
bool web_form_admits(struct web_request *, enum network_rule_list, const char *,
    bool *, struct fault *) MUST_CHECK;

#endif /* !GENKAN_WEB_FORM_H */
