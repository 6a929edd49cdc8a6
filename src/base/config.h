#ifndef GENKAN_CONFIG_H
#define GENKAN_CONFIG_H

#include "base.h"

/*
 * Settings are GENKAN_* environment variables, listed once in settings.h.
 * Unknown, missing or wrong ones refuse the start; GENKAN_KMS_ENDPOINT, which
 * is for others, is passed over.  Secrets may also come from a file named by
 * GENKAN_X_FILE.
 */

/* Opaque types. */
struct fault;

enum config_type {
	CONFIG_TEXT,
	CONFIG_NUMBER,  /* min..max, decimal */
	CONFIG_CHOICE,  /* one of the words in the setting's list */
	CONFIG_PATH,    /* absolute */
	CONFIG_ADDRESS, /* of mail: local@domain, ASCII */
};

/* Which programs need a setting; a bit each. */
enum config_program {
	CONFIG_WEB = 1,
	CONFIG_KMS = 2,
	CONFIG_DECODE = 4,
	CONFIG_COURIER = 8,
	CONFIG_CTL = 16,
	CONFIG_MIGRATE = 32,
};

enum config_setting {
#define SETTING(name, ...) CONFIG_##name,
#include "settings.h"
#undef SETTING
	CONFIG__MAX
};

/**
 * config_load(program, f):
 * Read and check every GENKAN_* variable.  Return false and say in ${f} which
 * setting is wrong, why, and an example that would do, if ${program} cannot
 * start with what it is given.  Secrets are taken out of the environment.
 */
bool config_load(enum config_program, struct fault *) MUST_CHECK;

/**
 * config_text(setting), config_number(setting):
 * The value in force.  Text is "" where it is optional and unset.
 */
const char *config_text(enum config_setting);
long config_number(enum config_setting);
bool config_is_set(enum config_setting);

/**
 * config_print():
 * Write every setting in force to standard output as NAME=value, secrets as
 * (set) or (unset).
 */
void config_print(void);

/**
 * config_example():
 * Write conf/genkan.env.example to standard output.
 */
void config_example(void);

#endif /* !GENKAN_CONFIG_H */
