#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "boot.h"
#include "check.h"
#include "courier_main.h"
#include "ctl_main.h"
#include "kms_main.h"
#include "migrate.h"

/* The subcommands; the list is closed.  To add one: a row. */
static const struct command {
	const char *name;
	enum config_program program;
	enum { SERVICE, ONE_SHOT, BARE } kind; /* BARE reads settings itself */
	int (*main)(int, char **);
	const char *meaning;
} commands[] = {
	{ "kms", CONFIG_KMS, SERVICE, kms_main, "the key service" },
	{ "courier", CONFIG_COURIER, SERVICE, courier_main,
	    "deliver what the outbox holds" },
	{ "ctl", CONFIG_CTL, ONE_SHOT, ctl_main,
	    "what the operator does by hand" },
	{ "migrate", CONFIG_MIGRATE, ONE_SHOT, migrate_main,
	    "bring the database up to date" },
	{ "check", 0, BARE, check_main, "print the settings in force" },
};

int
main(int argc, char **argv)
{
	const struct command *c;
	size_t i;

	for (i = 0; argc > 1 && i < NELEMS(commands); i++) {
		c = &commands[i];
		if (strcmp(argv[1], c->name) != 0)
			continue;
		if (c->kind != BARE &&
		    !boot(c->name, c->program, c->kind == ONE_SHOT))
			return (EX_CONFIG);
		return (c->main(argc - 1, argv + 1));
	}
	(void)fprintf(stderr, "usage: genkan COMMAND ...\n");
	for (i = 0; i < NELEMS(commands); i++)
		(void)fprintf(stderr, "  %-8s %s\n", commands[i].name,
		    commands[i].meaning);
	return (EX_USAGE);
}
