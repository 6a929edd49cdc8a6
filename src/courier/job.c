#include <stdlib.h>
#include <string.h>

#include "secret.h"

#include "job.h"

static void wipe(char *);

void
job_free(struct job *job)
{
	/* Behave consistently with free(NULL). */
	if (job == NULL)
		return;

	json_decref(job->payload);
	wipe(job->url);
	wipe(job->secret);
	free(job);
}

bool
job_is_invitation(const struct job *job)
{
	return (strcmp(job->topic, "invitation.new") == 0 ||
	    strcmp(job->topic, "invitation.changed") == 0 ||
	    strcmp(job->topic, "invitation.cancelled") == 0);
}

static void
wipe(char *s)
{
	if (s != NULL)
		secret_wipe(s, strlen(s));
	free(s);
}
