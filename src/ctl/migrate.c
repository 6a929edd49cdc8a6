#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "db.h"
#include "fault.h"
#include "gen_sql.h"
#include "migrate.h"
#include "secret.h"
#include "text.h"

#define FILE_MAX_BYTES (4U << 20)
#define DEFAULT_DIR    "sql/migrate"

static const struct scope nobody = { .tenant_id = "" };

static bool migrate_all(struct db *, const char *, int *, struct fault *);
static bool migrate_one(struct db *, const char *, bool *, struct fault *);
static bool apply(
    struct db *, const char *, const char *, const char *, struct fault *);
static char *slurp(const char *, struct fault *);
static bool name_of(const char *, char *, size_t);

int
migrate_main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : DEFAULT_DIR;
	struct fault f = FAULT_INIT;
	struct db *db;
	int applied = 0;
	bool ok;

	if (argc > 2) {
		(void)fprintf(stderr, "usage: genkan migrate [DIR]\n");
		return (64);
	}
	ok = (db = db_open(config_text(CONFIG_DB), &f)) != NULL &&
	    migrate_all(db, dir, &applied, &f);
	db_close(db);
	if (!ok) {
		(void)fprintf(stderr, "genkan: migrate: %s\n", f.what);
		return (1);
	}
	if (applied > 0)
		(void)printf("migrate: %d applied\n", applied);
	return (0);
}

static bool
migrate_all(struct db *db, const char *dir, int *applied, struct fault *f)
{
	char pattern[1024];
	glob_t files = { 0 };
	bool ok = false, fresh;
	size_t i;
	int n;

	n = snprintf(pattern, sizeof(pattern), "%s/[0-9]*.sql", dir);
	if (n < 0 || (size_t)n >= sizeof(pattern) ||
	    glob(pattern, 0, NULL, &files) != 0) {
		fault_set(f, FAULT_SYSTEM, "no migrations in %.100s", dir);
		goto out;
	}
	/* Two starts at once: the second one waits, and finds nothing to do. */
	if (!db_run(db, &nobody, &sql_migration_lock, NULL, NULL, f) ||
	    !db_run(db, &nobody, &sql_migration_begin, NULL, NULL, f))
		goto out;
	for (i = 0; i < files.gl_pathc; i++) {
		if (!migrate_one(db, files.gl_pathv[i], &fresh, f))
			goto out;
		*applied += fresh;
	}
	ok = true;

out:
	globfree(&files);
	return (ok);
}

static bool
migrate_one(struct db *db, const char *path, bool *fresh, struct fault *f)
{
	uint8_t digest[SECRET_HASH_BYTES];
	char name[128], sha[2 * sizeof(digest) + 1];
	struct rows *rows = NULL;
	char *text = NULL;
	bool ok = false;

	*fresh = false;
	if (!name_of(path, name, sizeof(name)))
		return (fault_set(
		    f, FAULT_CONFIG, "%.100s is no NNNN_name.sql", path));
	if ((text = slurp(path, f)) == NULL)
		return (false);
	secret_digest(text, strlen(text), digest);
	text_hex(digest, sizeof(digest), sha);

	if (!db_run(db, &nobody, &sql_migration_find,
		(const struct db_arg[]){ DB_TEXT(name) }, &rows, f))
		goto out;
	if (rows_count(rows) == 0) {
		(void)printf("migrate: %s\n", name);
		*fresh = true;
		ok = apply(db, name, sha, text, f);
	} else if (strcmp(rows_text(rows, 0, "sha256"), sha) != 0)
		fault_set(f, FAULT_CONFIG,
		    "%s was edited after it was applied; restore it and add "
		    "a new one",
		    name);
	else
		ok = true;

out:
	rows_free(rows);
	free(text);
	return (ok);
}

/* The file and its record, both or neither. */
static bool
apply(struct db *db, const char *name, const char *sha, const char *text,
    struct fault *f)
{
	const struct db_arg record[] = { DB_TEXT(name), DB_TEXT(sha) };

	if (db_begin(db, &nobody, f) && db_execute(db, text, f) &&
	    db_run(db, NULL, &sql_migration_add, record, NULL, f) &&
	    db_commit(db, f))
		return (true);
	db_rollback(db);
	return (false);
}

/* The whole file as text; the caller frees it. */
static char *
slurp(const char *path, struct fault *f)
{
	char *text;
	FILE *in;
	size_t n;

	if ((text = malloc(FILE_MAX_BYTES + 1)) == NULL) {
		fault_set(f, FAULT_MEMORY, "%.100s", path);
		return (NULL);
	}
	if ((in = fopen(path, "re")) == NULL) {
		fault_set(f, FAULT_SYSTEM, "%.100s cannot be read", path);
		goto fail;
	}
	n = fread(text, 1, FILE_MAX_BYTES + 1, in);
	if (ferror(in) || n > FILE_MAX_BYTES || memchr(text, '\0', n) != NULL) {
		fault_set(f, FAULT_SYSTEM, "%.100s is no text", path);
		(void)fclose(in);
		goto fail;
	}
	(void)fclose(in);
	text[n] = '\0';
	return (text);

fail:
	free(text);
	return (NULL);
}

/* "sql/migrate/0001_tenants.sql" is called "0001_tenants". */
static bool
name_of(const char *path, char *out, size_t size)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base == NULL ? path : base + 1;
	len = strlen(base);
	if (len < 10 || len - 4 >= size || strspn(base, "0123456789") != 4 ||
	    base[4] != '_')
		return (false);
	text_copy(out, len - 4 + 1, base);
	return (strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
	    strlen(out));
}
