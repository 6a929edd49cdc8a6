#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "secret.h"
#include "text.h"

#include "disk.h"
#include "principal.h"

#define FILE_MAX     (1U << 20)
#define LIST_MAX     256
#define SECRET_CHARS 52                /* 260 bits */
#define MADE         PRINCIPAL_FORWARD /* those before it, in a new file */

struct principals {
	struct principal *list;
	size_t n;
};

#define BIT(op) (1U << (op))
#define LIFE                                                                   \
	(BIT(KMS_CREATE_KEY) | BIT(KMS_DESCRIBE_KEY) | BIT(KMS_LIST_KEYS) |    \
	    BIT(KMS_CREATE_ALIAS) | BIT(KMS_UPDATE_ALIAS) |                    \
	    BIT(KMS_LIST_ALIASES) | BIT(KMS_ENABLE_KEY) |                      \
	    BIT(KMS_DISABLE_KEY) | BIT(KMS_ENABLE_KEY_ROTATION) |              \
	    BIT(KMS_DISABLE_KEY_ROTATION) | BIT(KMS_GET_KEY_ROTATION_STATUS) | \
	    BIT(KMS_ROTATE_KEY_ON_DEMAND) | BIT(KMS_LIST_KEY_ROTATIONS) |      \
	    BIT(KMS_SCHEDULE_KEY_DELETION) | BIT(KMS_CANCEL_KEY_DELETION))

/* GenerateRandom touches no key: it is how a client asks "are you there?". */
static const struct {
	const char *name;
	unsigned may;
} rights[] = {
	[PRINCIPAL_WEB] = { "web",
	    BIT(KMS_GENERATE_DATA_KEY) |
		BIT(KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT) |
		BIT(KMS_DECRYPT) | BIT(KMS_GENERATE_RANDOM) },
	[PRINCIPAL_COURIER] = { "courier",
	    BIT(KMS_ENCRYPT) | BIT(KMS_DECRYPT) | BIT(KMS_GENERATE_RANDOM) },
	[PRINCIPAL_OPERATOR] = { "operator",
	    LIFE | BIT(KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT) |
		BIT(KMS_DECRYPT) | BIT(KMS_RE_ENCRYPT) |
		BIT(KMS_GENERATE_RANDOM) },
	[PRINCIPAL_TEST] = { "test", BIT(KMS_OPERATION__MAX) - 1 },
	[PRINCIPAL_FORWARD] = { "forward", BIT(KMS_OPERATION__MAX) - 1 },
};
_Static_assert(
    NELEMS(rights) == PRINCIPAL_RIGHTS__MAX, "every profile has its rights");
_Static_assert(KMS_OPERATION__MAX < 32, "the operations fit into a word");

static bool read_one(json_t *, struct principal *, struct fault *);
static bool is_duplicate(const struct principals *, const char *);
static bool is_word(const char *, size_t);
static bool is_tenants(const char *, const json_t *);
static bool write_new(const char *, const char *, size_t, struct fault *);

struct principals *
principals_load(const char *path, struct fault *f)
{
	struct principals *p = NULL;
	json_t *list = NULL;
	uint8_t *bytes = NULL;
	struct stat st;
	size_t len = 0, i;

	if (stat(path, &st) != 0 || (st.st_mode & 077) != 0) {
		(void)fault_set(f, FAULT_CONFIG,
		    "%s must exist and be readable by its owner only "
		    "(chmod 600)",
		    path);
		return (NULL);
	}
	if (!disk_read(path, FILE_MAX, &bytes, &len, f))
		return (NULL);
	list =
	    json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
	secret_wipe(bytes, len);
	free(bytes);
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > LIST_MAX) {
		(void)fault_set(f, FAULT_CONFIG,
		    "%s: expected a JSON list of principals", path);
		goto fail;
	}

	if ((p = calloc(1, sizeof(*p))) == NULL ||
	    (p->list = calloc(json_array_size(list), sizeof(*p->list))) ==
		NULL) {
		(void)fault_set(f, FAULT_MEMORY, "no room for principals");
		goto fail;
	}
	for (i = 0; i < json_array_size(list); i++) {
		if (!read_one(json_array_get(list, i), &p->list[i], f))
			goto fail;
		if (is_duplicate(p, p->list[i].access_key)) {
			(void)fault_set(f, FAULT_CONFIG,
			    "%s: access key %s appears twice", path,
			    p->list[i].access_key);
			p->n++;
			goto fail;
		}
		p->n++;
	}
	json_decref(list);
	return (p);

fail:
	json_decref(list);
	principals_free(p);
	return (NULL);
}

void
principals_free(struct principals *p)
{
	size_t i;

	/* Behave consistently with free(NULL). */
	if (p == NULL)
		return;

	for (i = 0; i < p->n; i++)
		secret_free(p->list[i].secret_key, PRINCIPAL_SECRET_MAX);
	free(p->list);
	free(p);
}

const struct principal *
principals_find(const struct principals *p, const char *access_key)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (strcmp(p->list[i].access_key, access_key) == 0)
			return (&p->list[i]);
	}
	return (NULL);
}

bool
principal_from(const struct principal *who, const uid_t *uid)
{
	size_t i;

	if (who->nuids == 0)
		return (true);
	for (i = 0; uid != NULL && i < who->nuids; i++) {
		if (who->uids[i] == *uid)
			return (true);
	}
	return (false);
}

bool
principal_may(const struct principal *who, enum kms_operation operation)
{
	return ((rights[who->rights].may & BIT(operation)) != 0);
}

bool
principal_may_with(const struct principal *who, enum kms_operation operation,
    const char *scope, const json_t *context)
{
	const char *use;
	bool log;

	if (!principal_may(who, operation))
		return (false);

	use = json_string_value(json_object_get(context, "use"));
	log = use != NULL && strcmp(use, "log") == 0;
	switch (who->rights) {
	case PRINCIPAL_WEB:
		return (is_tenants(scope, context));
	case PRINCIPAL_COURIER:
		return (is_tenants(scope, context) && use != NULL &&
		    (log ||
			(operation == KMS_DECRYPT &&
			    strcmp(use, "delivery") == 0)));
	case PRINCIPAL_OPERATOR:
		if (operation == KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT ||
		    operation == KMS_RE_ENCRYPT)
			return (is_tenants(scope, context));
		if (operation == KMS_DECRYPT)
			return (log && is_tenants(scope, context));
		return (true);
	case PRINCIPAL_TEST:
		return (strcmp(scope, "test") == 0);
	case PRINCIPAL_FORWARD:
		return ((LIFE & BIT(operation)) != 0 || scope[0] == '\0' ||
		    strcmp(scope, "test") == 0 || is_tenants(scope, context));
	case PRINCIPAL_RIGHTS__MAX:
		break;
	}
	return (false);
}

bool
principal_may_move(
    const struct principal *who, const json_t *from, const json_t *to)
{
	return (who->rights == PRINCIPAL_TEST ||
	    who->rights == PRINCIPAL_FORWARD || json_equal(from, to) == 1);
}

void
principal_scope(const char *alias, char *scope, size_t size)
{
	const char *name = alias + strlen("alias/");

	if (strncmp(name, "test-", 5) == 0)
		text_copy(scope, size, "test");
	else if (strcmp(name, "tenant-shared") == 0 ||
	    (strncmp(name, "tenant-", 7) == 0 && text_is_uuid(name + 7)))
		text_copy(scope, size, name);
	else
		text_copy(scope, size, "other");
}

bool
principals_make(const char *path, struct fault *f)
{
	char dir[1024], file[1100], access_key[64];
	char secrets[MADE][SECRET_CHARS + 1];
	json_t *list = json_array();
	char *text = NULL;
	struct stat st;
	bool ok = true;
	size_t i;

	(void)disk_split(path, dir, sizeof(dir));
	for (i = 0; i < MADE; i++) {
		secret_token(secrets[i], SECRET_CHARS);
		(void)snprintf(access_key, sizeof(access_key), "genkan-%s",
		    rights[i].name);
		if (json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s}", "name",
			    rights[i].name, "access_key", access_key,
			    "secret_key", secrets[i], "rights",
			    rights[i].name)) != 0)
			ok = fault_set(f, FAULT_MEMORY, "no room");
	}
	if (ok && lstat(path, &st) == 0)
		ok = fault_set(f, FAULT_CONFIG, "%s is there already", path);
	if (ok && (text = json_dumps(list, JSON_INDENT(2))) == NULL)
		ok = fault_set(f, FAULT_MEMORY, "no room");
	for (i = 0; ok && i < MADE; i++) {
		(void)snprintf(
		    file, sizeof(file), "%s/%s.secret", dir, rights[i].name);
		ok = write_new(file, secrets[i], SECRET_CHARS, f);
	}
	ok = ok && write_new(path, text, strlen(text), f);
	secret_wipe(secrets, sizeof(secrets));
	json_decref(list);
	if (text != NULL)
		secret_wipe(text, strlen(text));
	free(text);
	return (ok);
}

static bool
read_one(json_t *json, struct principal *p, struct fault *f)
{
	const char *name, *access_key, *secret_key, *profile;
	json_t *uids = NULL;
	json_int_t uid;
	size_t i;

	if (json_unpack(json, "{s:s, s:s, s:s, s:s, s?:o !}", "name", &name,
		"access_key", &access_key, "secret_key", &secret_key, "rights",
		&profile, "uids", &uids) != 0 ||
	    !is_word(name, PRINCIPAL_NAME_MAX) ||
	    !is_word(access_key, PRINCIPAL_NAME_MAX))
		return (fault_set(f, FAULT_CONFIG,
		    "principals: expected {name, access_key, secret_key, "
		    "rights, uids?}, names of [A-Za-z0-9_-]"));
	if (strlen(secret_key) < 32 ||
	    strlen(secret_key) >= PRINCIPAL_SECRET_MAX)
		return (fault_set(f, FAULT_CONFIG,
		    "principal %s: a secret has 32 to 127 characters", name));
	for (i = 0; i < NELEMS(rights); i++) {
		if (strcmp(rights[i].name, profile) == 0)
			break;
	}
	if (i == NELEMS(rights))
		return (fault_set(f, FAULT_CONFIG,
		    "principal %s: rights are web, courier, operator, test "
		    "or forward",
		    name));
	p->rights = (enum principal_rights)i;

	if (uids != NULL &&
	    (!json_is_array(uids) || json_array_size(uids) == 0 ||
		json_array_size(uids) > PRINCIPAL_UIDS_MAX))
		return (fault_set(f, FAULT_CONFIG,
		    "principal %s: uids is a list of 1 to 16 user ids", name));
	for (i = 0; i < json_array_size(uids); i++) {
		uid = json_integer_value(json_array_get(uids, i));
		if (!json_is_integer(json_array_get(uids, i)) || uid < 0 ||
		    uid >= UINT32_MAX)
			return (fault_set(f, FAULT_CONFIG,
			    "principal %s: a user id is a number", name));
		p->uids[p->nuids++] = (uid_t)uid;
	}

	if ((p->secret_key = secret_alloc(PRINCIPAL_SECRET_MAX)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "the secure heap is full"));
	text_copy(p->secret_key, PRINCIPAL_SECRET_MAX, secret_key);
	text_copy(p->name, sizeof(p->name), name);
	text_copy(p->access_key, sizeof(p->access_key), access_key);
	return (true);
}

static bool
is_duplicate(const struct principals *p, const char *access_key)
{
	return (principals_find(p, access_key) != NULL);
}

static bool
is_word(const char *s, size_t size)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return (*s != '\0' && strlen(s) < size && strspn(s, word) == strlen(s));
}

/*
 * Is the context exactly {tenant, use}, and the key that tenant's or the one
 * that all tenants share?
 */
static bool
is_tenants(const char *scope, const json_t *context)
{
	const char *tenant, *use;

	tenant = json_string_value(json_object_get(context, "tenant"));
	use = json_string_value(json_object_get(context, "use"));
	if (json_object_size(context) != 2 || tenant == NULL || use == NULL ||
	    !text_is_uuid(tenant) || !is_word(use, 32))
		return (false);
	return (strcmp(scope, "tenant-shared") == 0 ||
	    (strncmp(scope, "tenant-", 7) == 0 &&
		strcmp(scope + 7, tenant) == 0));
}

static bool
write_new(const char *path, const char *text, size_t len, struct fault *f)
{
	ssize_t n;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return (fault_set(
		    f, FAULT_SYSTEM, "%s: %s", path, strerror(errno)));
	n = write(fd, text, len);
	if (n == (ssize_t)len)
		n += write(fd, "\n", 1);
	if (fsync(fd) != 0 || close(fd) != 0 || n != (ssize_t)len + 1)
		return (fault_set(f, FAULT_SYSTEM, "%s: short write", path));
	return (true);
}
