#ifndef GENKAN_BASE_H
#define GENKAN_BASE_H

/* The few words every file may use.  This header includes nothing of ours. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK   __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NELEMS(a)    (sizeof(a) / sizeof((a)[0]))

/* A uuid in its text form (RFC 9562, lower case), NUL included. */
typedef char uuid_text[37];

/* A moment in RFC 3339 form with offset, NUL included. */
typedef char time_text[40];

#endif /* !GENKAN_BASE_H */
