#include <sys/stat.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "credential.h"
#include "disk.h"

#define FILE_MAX 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct credential *kept; /* of the file */
static struct timespec kept_at; /* when the file was written */

static bool from_file(const char *, struct credential *, struct fault *);
static bool read_file(const char *, struct fault *);
static void read_line(char *, bool *, struct credential *);
static bool is_whole(const struct credential *);

bool
credential_get(struct credential *out, struct fault *f)
{
	const char *path = config_text(CONFIG_KMS_FORWARD_CREDENTIALS);

	if (path[0] != '\0')
		return (from_file(path, out, f));
	text_copy(out->access_key, sizeof(out->access_key),
	    config_text(CONFIG_KMS_FORWARD_ACCESS_KEY));
	text_copy(out->secret_key, sizeof(out->secret_key),
	    config_text(CONFIG_KMS_FORWARD_SECRET_KEY));
	text_copy(out->token, sizeof(out->token),
	    config_text(CONFIG_KMS_FORWARD_TOKEN));
	if (!is_whole(out))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_KMS_FORWARD needs GENKAN_KMS_FORWARD_ACCESS_KEY "
		    "and _SECRET_KEY, or _CREDENTIALS"));
	return (true);
}

static bool
from_file(const char *path, struct credential *out, struct fault *f)
{
	struct stat st;
	bool ok = true;

	if (stat(path, &st) != 0 || (st.st_mode & 077) != 0)
		return (fault_set(f, FAULT_CONFIG,
		    "%s must exist and be readable by its owner only "
		    "(chmod 600)",
		    path));
	(void)pthread_mutex_lock(&lock);
	if (kept == NULL || kept_at.tv_sec != st.st_mtim.tv_sec ||
	    kept_at.tv_nsec != st.st_mtim.tv_nsec) {
		ok = read_file(path, f);
		if (ok)
			kept_at = st.st_mtim;
	}
	if (ok)
		memcpy(out, kept, sizeof(*out));
	(void)pthread_mutex_unlock(&lock);
	return (ok);
}

/* A file that is being written, or is no good, does not displace a good one. */
static bool
read_file(const char *path, struct fault *f)
{
	struct credential *fresh;
	uint8_t *bytes;
	size_t len;
	char *line, *rest;
	bool ours = false;

	if ((fresh = secret_alloc(sizeof(*fresh))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "the secure heap is full"));
	if (!disk_read(path, FILE_MAX, &bytes, &len, f)) {
		secret_free(fresh, sizeof(*fresh));
		return (false);
	}
	rest = (char *)bytes;
	while ((line = strsep(&rest, "\r\n")) != NULL)
		read_line(line, &ours, fresh);
	secret_wipe(bytes, len);
	free(bytes);
	if (!is_whole(fresh)) {
		secret_free(fresh, sizeof(*fresh));
		return (kept != NULL ||
		    fault_set(f, FAULT_CONFIG,
			"%s: no aws_access_key_id and aws_secret_access_key "
			"in profile default",
			path));
	}
	secret_free(kept, sizeof(*kept));
	kept = fresh;
	return (true);
}

static void
read_line(char *line, bool *ours, struct credential *c)
{
	const struct {
		const char *name;
		char *at;
		size_t size;
	} members[] = {
		{ "aws_access_key_id", c->access_key, sizeof(c->access_key) },
		{ "aws_secret_access_key", c->secret_key,
		    sizeof(c->secret_key) },
		{ "aws_session_token", c->token, sizeof(c->token) },
	};
	char *value = line, *name;
	size_t i;

	if (line[0] == '[') {
		*ours = strncmp(line, "[default]", 9) == 0;
		return;
	}
	name = text_trim(strsep(&value, "="));
	if (!*ours || value == NULL)
		return;
	value = text_trim(value);
	for (i = 0; i < NELEMS(members); i++) {
		if (strcmp(name, members[i].name) == 0 &&
		    strlen(value) < members[i].size)
			text_copy(members[i].at, members[i].size, value);
	}
}

static bool
is_whole(const struct credential *c)
{
	return (c->access_key[0] != '\0' && c->secret_key[0] != '\0');
}
