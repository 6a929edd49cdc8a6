#ifndef GENKAN_OPERATION_VERIFY_H
#define GENKAN_OPERATION_VERIFY_H

#include "base.h"
#include "operation_chain.h"

/* Whether a tenant's operation log is what it was, and if not, where. */

enum operation_flaw {
	OPERATION_CHANGED,    /* the row is not the one that was linked */
	OPERATION_MOVED,      /* the row that belongs here is elsewhere */
	OPERATION_MISSING,    /* the row is gone */
	OPERATION_GAP,        /* the links are gone, and the rows with them */
	OPERATION_UNCHAINED,  /* a row that never got a link: put in later */
	OPERATION_BEGINNING,  /* the old end is gone beyond any lawful cut */
	OPERATION_TAIL,       /* what a head says was there, after the end */
	OPERATION_RECOMPUTED, /* whole in itself, but no more what a head says
			       */
	OPERATION_FORGED,     /* a head that courier did not seal */
	OPERATION_UNSEALED,   /* heads are missing that should be there */
	OPERATION_HEADS,      /* heads were taken out, doubled or moved */
	OPERATION_FLAW__MAX
};

/* A flaw and its place; positions and numbers from .. to, both with it. */
struct operation_finding {
	enum operation_flaw flaw;
	int64_t position, position_to;
	int64_t seq, seq_to; /* 0: not known */
	int64_t at, at_to;   /* milliseconds; 0: not known */
};

struct operation_summary {
	int64_t rows;     /* verified */
	int64_t position; /* of the chain's end; 0 if there is none */
	int64_t seq;
	int64_t at;      /* when it was linked */
	int64_t heads;   /* authentic ones that the chain agrees with */
	int64_t cut;     /* position up to which the old end was cut, or 0 */
	int64_t cut_at;  /* when the head there was made */
	int64_t waiting; /* rows not linked yet */
	int64_t waiting_since;
	int64_t findings;
};

/* Told of each finding, in the order of positions as far as it has one. */
typedef void operation_report(void *, const struct operation_finding *);

/**
 * operation_verify(ctx, heads, n, report, arg, summary, f):
 * Verify all of the log of ${ctx}'s tenant, also against ${n} heads from
 * mails; within a transaction that sees one state of the database.
 */
bool operation_verify(struct context *, const struct operation_head *, size_t,
    operation_report *, void *, struct operation_summary *,
    struct fault *) MUST_CHECK;

/**
 * operation_verify_since(ctx, head, report, arg, summary, f):
 * Only what was linked after ${head} (NULL: from the start).
 */
bool operation_verify_since(struct context *, const struct operation_head *,
    operation_report *, void *, struct operation_summary *,
    struct fault *) MUST_CHECK;

/**
 * operation_flaw_name(flaw):
 * One word, as it stands in a head.
 */
const char *operation_flaw_name(enum operation_flaw);

#endif /* !GENKAN_OPERATION_VERIFY_H */
