#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web_job.h"

void *
request_alloc(struct web_request *r, size_t size)
{
	struct job_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		return (NULL);
	block->size = size;
	block->next = r->job->memory;
	r->job->memory = block;
	return (block->data);
}

const char *
request_header(const struct web_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->job->nheaders; i++) {
		if (strcasecmp(r->job->headers[i].name, name) == 0)
			return (r->job->headers[i].value);
	}
	return (NULL);
}
