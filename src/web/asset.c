#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "config.h"
#include "fault.h"
#include "secret.h"
#include "text.h"

#include "asset.h"

#define FILE_BYTES_MAX (16 * 1024 * 1024)

static const char *const suffixes[] = {
	[ASSET_PLAIN] = "",
	[ASSET_GZIP] = ".gz",
	[ASSET_BROTLI] = ".br",
};
_Static_assert(NELEMS(suffixes) == ASSET_ENCODING__MAX, "all have suffixes");

static struct asset *assets;
static size_t count;

static bool is_ours(const json_t *);
static bool load_one(
    const char *, const json_t *, struct asset *, struct fault *);
static bool load_form(const char *, const char *, enum asset_encoding,
    struct asset *, struct fault *);
static bool accepts(const char *, const char *);

bool
asset_load(const char *dir, struct fault *f)
{
	char path[4200];
	json_error_t error;
	json_t *manifest;
	bool ok = true;
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/manifest.json", dir);
	if ((manifest = json_load_file(path, 0, &error)) == NULL)
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_ASSETS_DIR has no built pages: %.100s; "
		    "run scripts/build-assets",
		    error.text));
	if ((assets = calloc(json_array_size(manifest) + 1, sizeof(*assets))) ==
	    NULL)
		ok = fault_set(f, FAULT_MEMORY, "no memory for pages");
	for (i = 0; ok && i < json_array_size(manifest); i++) {
		if (is_ours(json_array_get(manifest, i)))
			ok = load_one(dir, json_array_get(manifest, i),
			    &assets[count++], f);
	}
	json_decref(manifest);
	return (ok);
}

const struct asset *
asset_find(const char *path)
{
	size_t i, len;

	for (i = 0; i < count; i++) {
		if (strcmp(assets[i].path, path) == 0)
			return (&assets[i]);
	}
	for (i = 0; i < count; i++) {
		len = strlen(assets[i].path);
		if (len > 1 && assets[i].path[len - 1] == '/' &&
		    strncmp(assets[i].path, path, len) == 0)
			return (&assets[i]);
	}
	return (NULL);
}

const char *
asset_path(const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(assets[i].name, name) == 0)
			return (assets[i].path);
	}
	return ("");
}

enum asset_encoding
asset_encoding(const struct asset *asset, const char *accept)
{
	if (accept == NULL)
		return (ASSET_PLAIN);
	if (asset->forms[ASSET_BROTLI].data != NULL && accepts(accept, "br"))
		return (ASSET_BROTLI);
	if (asset->forms[ASSET_GZIP].data != NULL && accepts(accept, "gzip"))
		return (ASSET_GZIP);
	return (ASSET_PLAIN);
}

static bool
is_ours(const json_t *entry)
{
	const char *listener =
	    json_string_value(json_object_get(entry, "listener"));

	return (listener != NULL &&
	    strcmp(listener, config_text(CONFIG_SERVE)) == 0);
}

static bool
load_one(
    const char *dir, const json_t *entry, struct asset *asset, struct fault *f)
{
	const char *path, *file, *name, *type;
	const json_t *encodings;
	int immutable;
	size_t i;

	/* jansson's unpacking wants a pointer that is not const. */
	if (json_unpack((json_t *)(uintptr_t)entry, "{s:s,s:s,s:s,s:s,s:b}",
		"path", &path, "file", &file, "name", &name, "type", &type,
		"immutable", &immutable) != 0)
		return (fault_set(
		    f, FAULT_CONFIG, "manifest.json: an entry lacks a member"));
	asset->path = strdup(path);
	asset->name = strdup(name);
	asset->type = strdup(type);
	asset->immutable = immutable != 0;
	if (asset->path == NULL || asset->name == NULL || asset->type == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for pages"));
	if (!load_form(dir, file, ASSET_PLAIN, asset, f))
		return (false);

	encodings = json_object_get(entry, "encodings");
	for (i = 0; i < json_array_size(encodings); i++) {
		const char *word =
		    json_string_value(json_array_get(encodings, i));

		if (word == NULL)
			continue;
		if (!load_form(dir, file,
			strcmp(word, "br") == 0 ? ASSET_BROTLI : ASSET_GZIP,
			asset, f))
			return (false);
	}
	return (true);
}

static bool
load_form(const char *dir, const char *file, enum asset_encoding encoding,
    struct asset *asset, struct fault *f)
{
	char path[4200], hex[2 * SECRET_HASH_BYTES + 1];
	uint8_t digest[SECRET_HASH_BYTES];
	struct stat st;
	void *data = NULL;
	FILE *in;
	bool ok;

	(void)snprintf(
	    path, sizeof(path), "%s/%s%s", dir, file, suffixes[encoding]);
	if ((in = fopen(path, "re")) == NULL)
		return (fault_set(
		    f, FAULT_CONFIG, "%.150s: %s", path, strerror(errno)));
	ok = fstat(fileno(in), &st) == 0 && st.st_size <= FILE_BYTES_MAX &&
	    (data = malloc((size_t)st.st_size + 1)) != NULL &&
	    fread(data, 1, (size_t)st.st_size, in) == (size_t)st.st_size;
	(void)fclose(in);
	if (!ok) {
		free(data);
		return (
		    fault_set(f, FAULT_CONFIG, "%.150s: cannot be read", path));
	}

	secret_digest(data, (size_t)st.st_size, digest);
	text_hex(digest, sizeof(digest), hex);
	(void)snprintf(asset->forms[encoding].etag,
	    sizeof(asset->forms[encoding].etag), "\"%.32s\"", hex);
	asset->forms[encoding].data = data;
	asset->forms[encoding].len = (size_t)st.st_size;
	return (true);
}

/* Does an Accept-Encoding name ${coding}, and not with q=0? */
static bool
accepts(const char *accept, const char *coding)
{
	const size_t len = strlen(coding);
	size_t part;

	while (*accept != '\0') {
		accept += strspn(accept, " \t,");
		part = strcspn(accept, ",");
		if (strncmp(accept, coding, len) == 0 &&
		    strcspn(accept, " \t,;") == len) {
			const char *q = strstr(accept, "q=0");

			return (q == NULL || q > accept + part ||
			    strspn(q + 2, "0.") != strcspn(q + 2, " \t,"));
		}
		accept += part;
	}
	return (false);
}
