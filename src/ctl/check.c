#include <stdio.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "fault.h"

static const struct {
	const char *name;
	enum config_program bit;
} programs[] = {
	{ "web", CONFIG_WEB },
	{ "kms", CONFIG_KMS },
	{ "decode", CONFIG_DECODE },
	{ "courier", CONFIG_COURIER },
	{ "ctl", CONFIG_CTL },
	{ "migrate", CONFIG_MIGRATE },
};

int
check_main(int argc, char **argv)
{
	struct fault f = FAULT_INIT;
	int bits = 0;
	size_t i;

	if (argc == 2 && strcmp(argv[1], "--example") == 0) {
		config_example();
		return (0);
	}
	for (i = 0; argc == 2 && i < NELEMS(programs); i++) {
		if (strcmp(argv[1], programs[i].name) == 0)
			bits = (int)programs[i].bit;
	}
	if (argc > 2 || (argc == 2 && bits == 0)) {
		(void)fprintf(stderr,
		    "usage: genkan check [--example | web | "
		    "kms | decode | courier | ctl | migrate]\n");
		return (64);
	}
	if (!config_load((enum config_program)bits, &f)) {
		(void)fprintf(stderr, "genkan: %s\n", f.what);
		return (78);
	}
	config_print();
	return (0);
}
