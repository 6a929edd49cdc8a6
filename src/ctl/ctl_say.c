#include <stdio.h>

#include "fault.h"

#include "ctl_say.h"

int
ctl_fail(const struct fault *f)
{
	(void)fprintf(stderr, "genkan: %s: %s\n", fault_name(f->kind), f->what);
	return (1);
}

int
ctl_refuse(const char *why)
{
	(void)fprintf(stderr, "genkan: %s\n", why);
	return (2);
}
