#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "config.h"
#include "fault.h"
#include "secret.h"

#include "operator_seal.h"

#define NOBODY "00000000-0000-0000-0000-000000000000" /* no tenant's id */

/* Tenants' keys count from 1, so a cell says whose it is. */
#define VERSION 0

static struct cell_key *own, *post;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void);
static struct cell_key *key_of(enum config_setting);
static bool good(enum config_setting, const char *, struct fault *);
static bool seal(const struct cell_key *, const struct cell_place *,
    const char *, struct cell *, struct fault *);
static bool open_cell(const struct cell_key *, const struct cell_place *,
    struct rows *, int, const char *, char **, struct fault *);
static bool have(const struct cell_key *, struct fault *);

bool
operator_seal_good(struct fault *f)
{
	if (!config_is_set(CONFIG_OPERATOR_KEY))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_OPERATOR_KEY is missing: a long random word, by "
		    "openssl rand -base64 36"));
	return (good(CONFIG_OPERATOR_KEY, "GENKAN_OPERATOR_KEY", f) &&
	    good(CONFIG_OPERATOR_MAIL_KEY, "GENKAN_OPERATOR_MAIL_KEY", f));
}

bool
operator_seal(
    const char *row_id, const char *text, struct cell *cell, struct fault *f)
{
	const struct cell_place place = { NOBODY, "operator", "sealed",
		row_id };

	(void)pthread_once(&once, prepare);
	return (have(own, f) && seal(own, &place, text, cell, f));
}

bool
operator_open(const char *column, const char *row_id, struct rows *rows, int i,
    char **textp, struct fault *f)
{
	const struct cell_place place = { NOBODY, "operator", "sealed",
		row_id };

	(void)pthread_once(&once, prepare);
	return (
	    have(own, f) && open_cell(own, &place, rows, i, column, textp, f));
}

bool
operator_hash(
    const char *label, const char *text, uint8_t hash[32], struct fault *f)
{
	(void)pthread_once(&once, prepare);
	if (!have(own, f))
		return (false);
	secret_hash(cell_key_bytes(own), label, text, strlen(text), hash);
	return (true);
}

bool
operator_post_possible(void)
{
	(void)pthread_once(&once, prepare);
	return (post != NULL);
}

bool
operator_post_seal(const char *tenant_id, const char *id, const char *text,
    struct cell *cell, struct fault *f)
{
	const struct cell_place place = { tenant_id, "outbox", "payload_cell",
		id };

	(void)pthread_once(&once, prepare);
	return (have(post, f) && seal(post, &place, text, cell, f));
}

bool
operator_post_is(struct rows *rows, int i)
{
	const uint8_t *bytes;
	uint32_t version;
	size_t len;

	bytes = rows_bytes(rows, i, "payload_cell", &len);
	return (bytes != NULL && cell_version(bytes, len, &version) &&
	    version == VERSION);
}

bool
operator_post_open(const char *tenant_id, const char *id, struct rows *rows,
    int i, char **textp, struct fault *f)
{
	const struct cell_place place = { tenant_id, "outbox", "payload_cell",
		id };

	(void)pthread_once(&once, prepare);
	return (have(post, f) &&
	    open_cell(post, &place, rows, i, place.column, textp, f));
}

static void
prepare(void)
{
	own = key_of(CONFIG_OPERATOR_KEY);
	post = key_of(CONFIG_OPERATOR_MAIL_KEY);
}

/* The setting is text of any length; the key is its digest. */
static struct cell_key *
key_of(enum config_setting setting)
{
	const char *text = config_text(setting);
	uint8_t bytes[SECRET_HASH_BYTES];
	struct cell_key *key;

	if (text[0] == '\0')
		return (NULL);
	secret_digest(text, strlen(text), bytes);
	key = cell_key_new(bytes, VERSION);
	secret_wipe(bytes, sizeof(bytes));
	return (key);
}

static bool
good(enum config_setting setting, const char *name, struct fault *f)
{
	const size_t len = strlen(config_text(setting));

	return (len == 0 || len >= OPERATOR_SEAL_KEY_MIN ||
	    fault_set(f, FAULT_CONFIG,
		"%s has fewer than %d characters; make one by "
		"openssl rand -base64 36",
		name, OPERATOR_SEAL_KEY_MIN));
}

static bool
seal(const struct cell_key *key, const struct cell_place *place,
    const char *text, struct cell *cell, struct fault *f)
{
	const size_t len = strlen(text);
	uint8_t *bytes = malloc(len + CELL_OVERHEAD);

	cell->bytes = NULL;
	if (bytes == NULL)
		return (fault_set(f, FAULT_MEMORY, "cell"));
	if (!cell_seal(key, place, text, len, bytes, f)) {
		free(bytes);
		return (false);
	}
	cell->bytes = bytes;
	cell->len = len + CELL_OVERHEAD;
	return (true);
}

static bool
open_cell(const struct cell_key *key, const struct cell_place *place,
    struct rows *rows, int i, const char *column, char **textp, struct fault *f)
{
	const uint8_t *bytes;
	char *text;
	size_t len;

	*textp = NULL;
	if (rows_null(rows, i, column))
		return (true);
	bytes = rows_bytes(rows, i, column, &len);
	if (bytes == NULL || len < CELL_OVERHEAD)
		return (fault_set(f, FAULT_CRYPT, "no cell of the operator's"));
	if ((text = malloc(len - CELL_OVERHEAD + 1)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "cell"));
	if (!cell_open(key, place, bytes, len, text, f)) {
		free(text);
		return (false);
	}
	*textp = text;
	return (true);
}

static bool
have(const struct cell_key *key, struct fault *f)
{
	return (key != NULL ||
	    fault_set(f, FAULT_CRYPT, "a key of the operator's is missing"));
}
