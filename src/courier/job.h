#ifndef GENKAN_JOB_H
#define GENKAN_JOB_H

#include <jansson.h>

#include "base.h"

/* One delivery while courier holds its lease. */

/* How a try went. */
enum job_outcome {
	JOB_DELIVERED, /* the receiver has it */
	JOB_KEPT,      /* preview transport */
	JOB_RETRY,     /* not this time: again by the schedule */
	JOB_AWAY,      /* nothing was tried, something of ours is away */
	JOB_REFUSED,   /* refused for good: a dead letter */
	JOB_GONE,      /* and the channel is switched off (410) */
	JOB_UNWANTED,  /* the channel is off */
	JOB_OUTCOME__MAX
};

enum job_kind { JOB_MAIL, JOB_SLACK, JOB_WEBHOOK, JOB_SMS, JOB_KIND__MAX };

struct job {
	uuid_text tenant_id;
	uuid_text id;         /* of the outbox row and of the message */
	uuid_text guest_id;   /* or "" */
	uuid_text channel_id; /* or "" */
	enum job_kind kind;
	char topic[32];
	int attempt;      /* from 1 */
	int64_t taken_at; /* clock_monotonic */
	json_t *payload;  /* see domain/outbox.h */
	char *url;        /* of the channel, secret */
	char *secret; /* whsec_... of a webhook, a gateway's token, or NULL */

	/* How it went. */
	enum job_outcome outcome;
	const char *error; /* one word of a closed list, or NULL */
	long wait;         /* seconds that the receiver asked for, or 0 */
	struct job *next;
};

/**
 * job_free(job):
 * Wipe and release it; NULL is fine.
 */
void job_free(struct job *);

/**
 * job_is_invitation(job):
 * Is it a mail to a guest, whose row shows how it stands?
 */
bool job_is_invitation(const struct job *);

#endif /* !GENKAN_JOB_H */
