#ifndef GENKAN_ASSET_H
#define GENKAN_ASSET_H

#include "base.h"

/*
 * The built pages, scripts and styles, read into memory once, before the
 * workers are forked; what scripts/build-assets lists in manifest.json for the
 * one who is served, companies or the operator.
 */

enum asset_encoding {
	ASSET_PLAIN,
	ASSET_GZIP,
	ASSET_BROTLI,
	ASSET_ENCODING__MAX
};

struct asset {
	char *path; /* "/assets/admin-0123456789.css", "/tablet" */
	char *name; /* "admin.css", whatever its hash */
	char *type;
	bool immutable; /* its path changes with its content */
	struct {
		void *data; /* NULL: not there in this encoding */
		size_t len;
		char etag[40];
	} forms[ASSET_ENCODING__MAX];
};

/* Opaque types. */
struct fault;

/**
 * asset_load(dir, f):
 * Read ${dir}/manifest.json and every file it names.
 */
bool asset_load(const char *, struct fault *) MUST_CHECK;

/**
 * asset_find(path):
 * What is served at ${path}, or NULL.  A page whose path ends in "/" also
 * answers for the addresses below it, which its script shows.
 */
const struct asset *asset_find(const char *);

/**
 * asset_path(name):
 * The path of the file called ${name} ("visit.css"), for pages made in C; ""
 * if there is none.
 */
const char *asset_path(const char *);

/**
 * asset_encoding(asset, accept):
 * The best form of ${asset} for an Accept-Encoding header (or NULL).
 */
enum asset_encoding asset_encoding(const struct asset *, const char *);

#endif /* !GENKAN_ASSET_H */
