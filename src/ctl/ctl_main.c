#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base.h"

#include "ctl_keys.h"
#include "ctl_kms.h"
#include "ctl_log.h"
#include "ctl_main.h"
#include "ctl_notice.h"
#include "ctl_operator.h"
#include "ctl_say.h"
#include "ctl_tenant.h"

/* The subjects; the list is closed.  To add one: a row. */
static const struct subject {
	const char *name;
	int (*main)(int, char **);
	const char *usage;
} subjects[] = {
	{ "keys", ctl_keys,
	    "keys rotate | reencrypt | master | status TENANT" },
	{ "kms", ctl_kms, "kms env | status" },
	{ "log", ctl_log, "log verify TENANT [--heads FILE]" },
	{ "notice", ctl_notice, "notice add | list | withdraw" },
	{ "operator", ctl_operator,
	    "operator create | list | disable | enable | reset" },
	{ "tenant", ctl_tenant,
	    "tenant create | invite | list | suspend | resume | networks | "
	    "plan | end | sweep | certificate" },
};

int
ctl_main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < NELEMS(subjects); i++) {
		if (strcmp(argv[1], subjects[i].name) == 0)
			return (subjects[i].main(argc - 1, argv + 1));
	}
	(void)fprintf(stderr, "usage:\n");
	for (i = 0; i < NELEMS(subjects); i++)
		(void)fprintf(stderr, "  genkan ctl %s\n", subjects[i].usage);
	return (EX_USAGE);
}
