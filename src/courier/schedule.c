#include <string.h>

#include "secret.h"

#include "schedule.h"

static const long webhook[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000,
	86400 };
static const long soon[] = { 2, 5, 10, 20, 30, 60 };
static const long patient[] = { 10, 30, 60, 120, 300, 600, 900 };

long
schedule_delay(const struct job *job)
{
	const long *steps = soon;
	size_t n = NELEMS(soon), step;
	long delay;

	if (job->kind == JOB_WEBHOOK) {
		steps = webhook;
		n = NELEMS(webhook);
	} else if (strncmp(job->topic, "invitation.", 11) == 0 ||
	    strncmp(job->topic, "member.", 7) == 0) {
		steps = patient;
		n = NELEMS(patient);
	}
	step = job->attempt > 0 ? (size_t)job->attempt - 1 : 0;
	if (step >= n && job->kind == JOB_WEBHOOK)
		return (-1);
	delay = schedule_jitter(steps[step < n ? step : n - 1]);
	if (job->wait > delay)
		delay = job->wait < SCHEDULE_WAIT_MAX ? job->wait
						      : SCHEDULE_WAIT_MAX;
	return (delay);
}

long
schedule_jitter(long seconds)
{
	uint32_t random;
	long jittered;

	secret_random(&random, sizeof(random));
	jittered = seconds * (800 + (long)(random % 401)) / 1000;
	return (jittered > 0 ? jittered : 1);
}
