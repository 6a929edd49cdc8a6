#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "disk.h"
#include "gcm.h"
#include "ring_file.h"

#define MAGIC       "GKRG\x01"
#define MAGIC_BYTES 5
#define LOG2_N      17
#define SCRYPT_R    8
#define SCRYPT_P    1
#define SCRYPT_MEM  (256U << 20)
#define SALT_AT     (MAGIC_BYTES + 3)
#define GEN_AT      (SALT_AT + 32)
#define HEAD_BYTES  (GEN_AT + 8)
#define DAY         86400

/* One copy as it was found. */
struct copy {
	const char *path;
	uint8_t *bytes;
	size_t len;
	char *text; /* opened, NUL-terminated; or NULL */
	uint64_t generation;
	struct ring_seal *seal; /* what opened it */
};

static void copy_open(struct copy *, const char *, const struct ring_seal *);
static void copy_free(struct copy *);
static bool is_dated(const char *, const char *, int64_t *);

struct ring_seal *
ring_seal_new(const char *passphrase, const uint8_t salt[32], struct fault *f)
{
	struct ring_seal *seal;
	uint8_t *root;

	seal = secret_alloc(sizeof(*seal));
	root = secret_alloc(32);
	if (seal == NULL || root == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "the secure heap is full");
		goto fail;
	}
	if (salt != NULL)
		memcpy(seal->salt, salt, 32);
	else
		secret_random(seal->salt, 32);
	if (EVP_PBE_scrypt(passphrase, strlen(passphrase), seal->salt, 32,
		1U << LOG2_N, SCRYPT_R, SCRYPT_P, SCRYPT_MEM, root, 32) != 1) {
		(void)fault_set(f, FAULT_MEMORY, "scrypt needs 128 MiB");
		goto fail;
	}
	secret_hash(root, "ring file", "", 0, seal->file);
	secret_hash(root, "ring material", "", 0, seal->material);
	secret_free(root, 32);
	return (seal);

fail:
	secret_free(root, 32);
	ring_seal_free(seal);
	return (NULL);
}

void
ring_seal_free(struct ring_seal *seal)
{
	secret_free(seal, sizeof(*seal));
}

bool
ring_file_write(const struct ring_paths *paths, const struct ring_seal *seal,
    uint64_t generation, const char *text, size_t len, struct fault *f)
{
	uint8_t *bytes;
	size_t total = HEAD_BYTES + len + GCM_OVERHEAD;
	bool ok;
	int i;

	if (len > RING_TEXT_MAX || (bytes = malloc(total)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "a ring of %zu bytes", len));

	memcpy(bytes, MAGIC, MAGIC_BYTES);
	bytes[MAGIC_BYTES] = LOG2_N;
	bytes[MAGIC_BYTES + 1] = SCRYPT_R;
	bytes[MAGIC_BYTES + 2] = SCRYPT_P;
	memcpy(bytes + SALT_AT, seal->salt, 32);
	for (i = 0; i < 8; i++)
		bytes[GEN_AT + i] = (uint8_t)(generation >> (56 - 8 * i));

	const struct gcm_aad aad = { bytes, HEAD_BYTES, NULL, 0 };
	ok = gcm_seal(seal->file, &aad, text, len, bytes + HEAD_BYTES);
	if (!ok)
		(void)fault_set(f, FAULT_CRYPT, "the ring did not encrypt");
	ok = ok && disk_replace(paths->first, bytes, total, f) &&
	    disk_replace(paths->second, bytes, total, f);
	free(bytes);
	return (ok);
}

bool
ring_file_read(const struct ring_paths *paths, const char *passphrase,
    struct ring_seal **sealp, uint64_t *generation, char **textp,
    struct fault *f)
{
	struct copy first = { .path = paths->first };
	struct copy second = { .path = paths->second };
	struct copy *best;

	copy_open(&first, passphrase, NULL);
	copy_open(&second, passphrase, first.seal);
	best = second.text != NULL &&
		(first.text == NULL || second.generation > first.generation)
	    ? &second
	    : &first;
	if (best->text == NULL) {
		(void)fault_set(f, FAULT_CONFIG,
		    first.bytes == NULL && second.bytes == NULL
			? "no key ring at %s: \"genkan kms init\" makes one"
			: "the key ring %s does not open: wrong "
			  "GENKAN_KMS_PASSPHRASE, or both copies are damaged",
		    paths->first);
		copy_free(&first);
		copy_free(&second);
		return (false);
	}
	if (first.text == NULL || second.text == NULL ||
	    first.generation != second.generation)
		log_line(LOG_LEVEL_WARNING, "kms.ring_copies_differ", "taken",
		    best->path, NULL);

	*generation = best->generation;
	*textp = best->text;
	*sealp = best->seal;
	best->text = NULL;
	best->seal = NULL;
	copy_free(&first);
	copy_free(&second);
	return (true);
}

bool
ring_file_exists(const struct ring_paths *paths)
{
	char list[RING_PATH_MAX + 16];
	struct stat st;

	(void)snprintf(list, sizeof(list), "%s.destroyed", paths->first);
	return (lstat(paths->first, &st) == 0 ||
	    lstat(paths->second, &st) == 0 || lstat(list, &st) == 0);
}

bool
ring_file_date(const struct ring_paths *paths, int64_t now, struct fault *f)
{
	char dir[RING_PATH_MAX], path[2 * RING_PATH_MAX], date[16];
	const char *base;
	const struct dirent *entry;
	const time_t t = (time_t)now;
	struct tm tm;
	struct stat st;
	uint8_t *bytes;
	size_t len;
	int64_t day;
	bool ok;
	DIR *d;

	(void)gmtime_r(&t, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	(void)snprintf(path, sizeof(path), "%s.%s", paths->second, date);
	if (lstat(path, &st) != 0) {
		if (!disk_read(paths->first, RING_TEXT_MAX, &bytes, &len, f))
			return (false);
		ok = disk_replace(path, bytes, len, f);
		free(bytes);
		if (!ok)
			return (false);
	}

	base = disk_split(paths->second, dir, sizeof(dir));
	if ((d = opendir(dir)) == NULL)
		return (
		    fault_set(f, FAULT_SYSTEM, "%s: %s", dir, strerror(errno)));
	while ((entry = readdir(d)) != NULL) {
		if (is_dated(entry->d_name, base, &day) &&
		    day < now - (int64_t)RING_COPY_DAYS * DAY)
			(void)unlinkat(dirfd(d), entry->d_name, 0);
	}
	ok = fsync(dirfd(d)) == 0;
	(void)closedir(d);
	return (ok || fault_set(f, FAULT_SYSTEM, "%s: fsync", dir));
}

bool
ring_destroyed_add(const struct ring_paths *paths, const char *key_id,
    int64_t now, struct fault *f)
{
	char list[RING_PATH_MAX + 16], line[96];
	const char *const copies[] = { paths->first, paths->second };
	size_t i;

	/* The leading newline ends a line that a crash may have torn. */
	(void)snprintf(
	    line, sizeof(line), "\n%s %lld\n", key_id, (long long)now);
	for (i = 0; i < NELEMS(copies); i++) {
		(void)snprintf(list, sizeof(list), "%s.destroyed", copies[i]);
		if (!disk_append(list, line, strlen(line), f))
			return (false);
	}
	return (true);
}

bool
ring_destroyed_read(
    const struct ring_paths *paths, struct ring_destroyed *out, struct fault *f)
{
	char list[RING_PATH_MAX + 16], id[sizeof(uuid_text)];
	const char *const copies[] = { paths->first, paths->second };
	struct fault mine;
	uint8_t *bytes;
	char *line, *rest;
	uuid_text *more;
	size_t i, len;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < NELEMS(copies); i++) {
		(void)snprintf(list, sizeof(list), "%s.destroyed", copies[i]);
		if (access(list, F_OK) != 0 && errno == ENOENT)
			continue;
		fault_clear(&mine);
		if (!disk_read(list, RING_TEXT_MAX, &bytes, &len, &mine)) {
			ring_destroyed_free(out);
			return (fault_set(f, mine.kind, "%s", mine.what));
		}
		for (line = strtok_r((char *)bytes, "\n", &rest); line != NULL;
		     line = strtok_r(NULL, "\n", &rest)) {
			text_copy(id, sizeof(id), line);
			if (!text_is_uuid(id))
				continue;
			more = realloc(out->ids, (out->n + 1) * sizeof(*more));
			if (more == NULL) {
				free(bytes);
				ring_destroyed_free(out);
				return (fault_set(
				    f, FAULT_MEMORY, "the list of keys"));
			}
			out->ids = more;
			memcpy(out->ids[out->n++], id, sizeof(id));
		}
		free(bytes);
	}
	return (true);
}

bool
ring_destroyed_has(const struct ring_destroyed *list, const char *key_id)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->ids[i], key_id) == 0)
			return (true);
	}
	return (false);
}

void
ring_destroyed_free(struct ring_destroyed *list)
{
	free(list->ids);
	memset(list, 0, sizeof(*list));
}

/* Leave text NULL and say why in the log if it does not open. */
static void
copy_open(struct copy *c, const char *passphrase, const struct ring_seal *other)
{
	struct fault f = FAULT_INIT;
	size_t len;
	int i;

	if (!disk_read(c->path, RING_TEXT_MAX, &c->bytes, &c->len, &f))
		goto bad;
	if (c->len < HEAD_BYTES + GCM_OVERHEAD ||
	    memcmp(c->bytes, MAGIC, MAGIC_BYTES) != 0 ||
	    c->bytes[MAGIC_BYTES] != LOG2_N ||
	    c->bytes[MAGIC_BYTES + 1] != SCRYPT_R ||
	    c->bytes[MAGIC_BYTES + 2] != SCRYPT_P) {
		(void)fault_set(&f, FAULT_CRYPT, "%s is no key ring", c->path);
		goto bad;
	}

	/* The two copies share their salt, so scrypt runs once. */
	if (other != NULL && memcmp(other->salt, c->bytes + SALT_AT, 32) == 0) {
		if ((c->seal = secret_alloc(sizeof(*c->seal))) != NULL)
			memcpy(c->seal, other, sizeof(*c->seal));
	} else
		c->seal = ring_seal_new(passphrase, c->bytes + SALT_AT, &f);
	len = c->len - HEAD_BYTES - GCM_OVERHEAD;
	if (c->seal == NULL || (c->text = malloc(len + 1)) == NULL) {
		(void)fault_set(&f, FAULT_MEMORY, "no room for the ring");
		goto bad;
	}

	const struct gcm_aad aad = { c->bytes, HEAD_BYTES, NULL, 0 };
	if (!gcm_open(c->seal->file, &aad, c->bytes + HEAD_BYTES,
		c->len - HEAD_BYTES, c->text)) {
		free(c->text);
		c->text = NULL;
		(void)fault_set(&f, FAULT_CRYPT, "%s does not open", c->path);
		goto bad;
	}
	c->text[len] = '\0';
	for (i = 0; i < 8; i++)
		c->generation = c->generation << 8 | c->bytes[GEN_AT + i];
	return;

bad:
	log_fault("kms.ring_copy", &f);
}

static void
copy_free(struct copy *c)
{
	free(c->bytes);
	free(c->text); /* its key material is sealed once more */
	ring_seal_free(c->seal);
}

/* Is ${name} "${base}.YYYY-MM-DD"?  Then give that day's first second. */
static bool
is_dated(const char *name, const char *base, int64_t *day)
{
	const size_t n = strlen(base);
	struct tm tm = { .tm_isdst = 0 };
	const char *end;

	if (strncmp(name, base, n) != 0 || name[n] != '.')
		return (false);
	end = strptime(name + n + 1, "%Y-%m-%d", &tm);
	if (end == NULL || *end != '\0')
		return (false);
	*day = (int64_t)timegm(&tm);
	return (true);
}
