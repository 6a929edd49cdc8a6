#ifndef GENKAN_FAULT_H
#define GENKAN_FAULT_H

#include "base.h"

/*
 * A fault is something that is ours to fix: the database is away, a message
 * was torn, memory ran out.  It is written for the operator and logged once,
 * where the request ends.  The visitor is never shown it, and it never holds
 * personal data.
 *
 * What the visitor must hear ("this pass is for another office") is not a
 * fault; it is an answer, and it travels in the result of the function.
 */
enum fault_kind {
	FAULT_NONE = 0,
	FAULT_BUG, /* our own rules were broken */
	FAULT_MEMORY,
	FAULT_SYSTEM,      /* a system call failed */
	FAULT_CONFIG,      /* a setting is missing or wrong */
	FAULT_DB_AWAY,     /* no connection: try again later */
	FAULT_DB_CONFLICT, /* a unique or exclusion constraint said no */
	FAULT_DB_LIMIT,    /* the tenant's plan has no room (contract_limit) */
	FAULT_DB_REFUSED,  /* the database rejected the statement */
	FAULT_KMS_AWAY,    /* the key service cannot be reached: try again */
	FAULT_KMS_REFUSED, /* the key service said no: stopped or not ours */
	FAULT_DECODE_AWAY, /* the decoder cannot be reached: try again */
	FAULT_CRYPT,       /* a cell or token did not authenticate */
	FAULT_PEER,        /* another of our processes answered nonsense */
	FAULT__MAX
};

struct fault {
	enum fault_kind kind;
	char what[192];
};

#define FAULT_INIT                 \
	{                          \
		.kind = FAULT_NONE \
	}

/**
 * fault_set(f, kind, fmt, ...):
 * Record in ${f} that ${kind} happened, unless ${f} already holds a fault: the
 * first cause is the one worth reading.  Always return false, so that callers
 * can write "return (fault_set(...));".
 */
bool fault_set(struct fault *, enum fault_kind, const char *, ...) PRINTF(3, 4);

/**
 * fault_clear(f):
 * Forget what ${f} holds, for a caller that has dealt with it.
 */
void fault_clear(struct fault *);

/**
 * fault_name(kind):
 * Return the stable name of ${kind}, for log lines.
 */
const char *fault_name(enum fault_kind);

#endif /* !GENKAN_FAULT_H */
