#ifndef GENKAN_SCHEDULE_H
#define GENKAN_SCHEDULE_H

#include "base.h"
#include "job.h"

/*
 * When to try again.
 *
 *	webhooks	as Standard Webhooks proposes: 5 s, 5 min, 30 min, 2 h,
 *			5 h, 10 h, 14 h, 20 h, 24 h, then never
 *	chats and mails to the house: seconds to a minute; they expire soon
 *	mails to guests	10 s to a quarter of an hour, until they expire
 */

#define SCHEDULE_WAIT_MAX 86400L /* the longest Retry-After we honour */

/**
 * schedule_delay(job):
 * Seconds from now until the next try, 20 % either side of the schedule at
 * random and no less than the receiver asked for; -1 for never again.
 */
long schedule_delay(const struct job *);

/**
 * schedule_jitter(seconds):
 * ${seconds} with 20 % either side at random, at least 1.
 */
long schedule_jitter(long);

#endif /* !GENKAN_SCHEDULE_H */
