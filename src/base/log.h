#ifndef GENKAN_LOG_H
#define GENKAN_LOG_H

#include "base.h"

/*
 * The log is lines of JSON on standard error, one object each.  Control and
 * direction characters are escaped.  No personal data: log ids, never names.
 */

/* Opaque types. */
struct fault;

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL__MAX
};

/**
 * log_program(name):
 * Set the "program" member of every later line.  Keeps ${name}.
 */
void log_program(const char *);

/**
 * log_line(level, event, key, value, ..., NULL):
 * Write one line with the given ${event} (a constant like "courier.started")
 * and text members.  A NULL value is written as null.
 */
void log_line(enum log_level, const char *, ...) __attribute__((sentinel));

/**
 * log_fault(event, f):
 * Write one ERROR line saying what ${f} holds.
 */
void log_fault(const char *, const struct fault *);

#endif /* !GENKAN_LOG_H */
