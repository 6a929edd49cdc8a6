#ifndef GENKAN_WEB_SECOND_FACTOR_H
#define GENKAN_WEB_SECOND_FACTOR_H

#include <jansson.h>

#include "base.h"

#include "session_factor.h"

/**
 * web_second_factor_codes(codes, n):
 * {"recovery_codes"}: ${n} of them, in groups as people copy them.
 */
json_t *web_second_factor_codes(session_recovery_codes, size_t);

#endif /* !GENKAN_WEB_SECOND_FACTOR_H */
