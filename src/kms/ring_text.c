#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "ring.h"
#include "ring_text.h"

#define FORMAT 1

static json_t *key_json(const struct ring_key *);
static json_t *material_json(const struct ring_material *);
static bool key_read(json_t *, struct ring_key *);
static bool material_read(json_t *, struct ring_material *);
static bool alias_read(json_t *, struct ring_alias *);
static int name_index(const char *, const char *(*)(int), int);
static const char *state_at(int);
static const char *origin_at(int);
static bool key_copy(const struct ring_key *, struct ring_key *);

char *
ring_text_write(const struct ring_view *view)
{
	json_t *keys = json_array(), *aliases = json_array(), *ring;
	const struct ring_alias *a;
	char *text;
	size_t i;
	int rc = 0;

	for (i = 0; i < view->nkeys; i++)
		rc |= json_array_append_new(keys, key_json(&view->keys[i]));
	for (i = 0; i < view->naliases; i++) {
		a = &view->aliases[i];
		rc |= json_array_append_new(aliases,
		    json_pack("{s:s, s:s, s:I, s:I}", "name", a->name, "key",
			a->key_id, "created", (json_int_t)a->created, "updated",
			(json_int_t)a->updated));
	}
	ring = json_pack("{s:i, s:o, s:o}", "format", FORMAT, "keys", keys,
	    "aliases", aliases);
	text = rc == 0 && ring != NULL ? json_dumps(ring, JSON_COMPACT) : NULL;
	json_decref(ring);
	return (text);
}

struct ring_view *
ring_text_read(const char *text, struct fault *f)
{
	json_t *ring, *keys, *aliases;
	struct ring_view *view = NULL;
	bool ok = false;
	size_t i, n;
	int format;

	ring = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(ring, "{s:i, s:o, s:o !}", "format", &format, "keys",
		&keys, "aliases", &aliases) != 0 ||
	    format != FORMAT || !json_is_array(keys) || !json_is_array(aliases))
		goto out;

	n = json_array_size(keys) + 1;
	if ((view = calloc(1, sizeof(*view))) == NULL ||
	    (view->keys = calloc(n, sizeof(*view->keys))) == NULL)
		goto out;
	for (i = 0; i + 1 < n; i++) {
		/* Counted first: what is half read is freed with the rest. */
		view->nkeys = i + 1;
		if (!key_read(json_array_get(keys, i), &view->keys[i]) ||
		    (i > 0 &&
			strcmp(view->keys[i - 1].id, view->keys[i].id) >= 0))
			goto out;
	}

	n = json_array_size(aliases) + 1;
	if ((view->aliases = calloc(n, sizeof(*view->aliases))) == NULL)
		goto out;
	for (i = 0; i + 1 < n; i++) {
		view->naliases = i + 1;
		if (!alias_read(
			json_array_get(aliases, i), &view->aliases[i]) ||
		    (i > 0 &&
			strcmp(view->aliases[i - 1].name,
			    view->aliases[i].name) >= 0))
			goto out;
	}
	ok = true;

out:
	json_decref(ring);
	if (!ok) {
		ring_view_free(view);
		view = NULL;
		(void)fault_set(f, FAULT_CRYPT,
		    "the key ring is of another version of genkan");
	}
	return (view);
}

struct ring_view *
ring_view_copy(const struct ring_view *from)
{
	struct ring_view *view;
	size_t i;

	if ((view = calloc(1, sizeof(*view))) == NULL)
		return (NULL);
	/* One more of each: most changes add one. */
	view->keys = calloc(from->nkeys + 1, sizeof(*view->keys));
	view->aliases = calloc(from->naliases + 1, sizeof(*view->aliases));
	if (view->keys == NULL || view->aliases == NULL)
		goto fail;
	for (i = 0; i < from->nkeys; i++) {
		view->nkeys = i + 1;
		if (!key_copy(&from->keys[i], &view->keys[i]))
			goto fail;
	}
	for (i = 0; i < from->naliases; i++) {
		view->naliases = i + 1;
		view->aliases[i] = from->aliases[i];
		view->aliases[i].name = strdup(from->aliases[i].name);
		if (view->aliases[i].name == NULL)
			goto fail;
	}
	return (view);

fail:
	ring_view_free(view);
	return (NULL);
}

void
ring_view_free(struct ring_view *view)
{
	size_t i;

	/* Behave consistently with free(NULL). */
	if (view == NULL)
		return;

	for (i = 0; i < view->nkeys; i++) {
		free(view->keys[i].description);
		free(view->keys[i].materials);
	}
	for (i = 0; i < view->naliases; i++)
		free(view->aliases[i].name);
	free(view->keys);
	free(view->aliases);
	free(view);
}

static json_t *
key_json(const struct ring_key *k)
{
	json_t *materials = json_array();
	int rc = 0;
	size_t i;

	for (i = 0; i < k->nmaterials; i++)
		rc |= json_array_append_new(
		    materials, material_json(&k->materials[i]));
	if (rc != 0) {
		json_decref(materials);
		return (NULL);
	}
	return (json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "id",
	    k->id, "description", k->description, "scope", k->scope, "state",
	    ring_state_name(k->state), "created", (json_int_t)k->created,
	    "deletion", (json_int_t)k->deletion, "rotation_days",
	    (json_int_t)k->rotation_days, "rotation_from",
	    (json_int_t)k->rotation_from, "materials", materials));
}

static json_t *
material_json(const struct ring_material *m)
{
	char hex[2 * RING_SEALED_BYTES + 1];

	text_hex(m->sealed, RING_SEALED_BYTES, hex);
	return (json_pack("{s:I, s:s, s:I, s:s}", "version",
	    (json_int_t)m->version, "origin", ring_origin_name(m->origin),
	    "created", (json_int_t)m->created, "sealed", hex));
}

static bool
key_read(json_t *json, struct ring_key *k)
{
	const char *id, *description, *scope, *state;
	json_int_t created, deletion, days, from;
	json_t *materials;
	int index;
	size_t i;

	if (json_unpack(json, "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o !}",
		"id", &id, "description", &description, "scope", &scope,
		"state", &state, "created", &created, "deletion", &deletion,
		"rotation_days", &days, "rotation_from", &from, "materials",
		&materials) != 0 ||
	    !text_is_uuid(id) || strlen(scope) >= RING_SCOPE_MAX ||
	    (index = name_index(state, state_at, RING_STATE__MAX)) < 0 ||
	    !json_is_array(materials) || json_array_size(materials) == 0)
		return (false);

	text_copy(k->id, sizeof(k->id), id);
	text_copy(k->scope, sizeof(k->scope), scope);
	k->state = (enum ring_state)index;
	k->created = created;
	k->deletion = deletion;
	k->rotation_days = (long)days;
	k->rotation_from = from;
	k->nmaterials = json_array_size(materials);
	k->materials = calloc(k->nmaterials, sizeof(*k->materials));
	k->description = strdup(description);
	if (k->materials == NULL || k->description == NULL)
		return (false);
	for (i = 0; i < k->nmaterials; i++) {
		if (!material_read(
			json_array_get(materials, i), &k->materials[i]) ||
		    k->materials[i].version != i + 1)
			return (false);
	}
	return (true);
}

static bool
material_read(json_t *json, struct ring_material *m)
{
	const char *origin, *sealed;
	json_int_t version, created;
	int index;

	if (json_unpack(json, "{s:I, s:s, s:I, s:s !}", "version", &version,
		"origin", &origin, "created", &created, "sealed",
		&sealed) != 0 ||
	    version < 1 || version > UINT32_MAX ||
	    (index = name_index(origin, origin_at, RING_ORIGIN__MAX)) < 0 ||
	    strlen(sealed) != (size_t)2 * RING_SEALED_BYTES)
		return (false);

	m->version = (uint32_t)version;
	m->origin = (enum ring_origin)index;
	m->created = created;
	return (text_unhex(sealed, m->sealed, RING_SEALED_BYTES));
}

static bool
alias_read(json_t *json, struct ring_alias *a)
{
	const char *name, *key;
	json_int_t created, updated;

	if (json_unpack(json, "{s:s, s:s, s:I, s:I !}", "name", &name, "key",
		&key, "created", &created, "updated", &updated) != 0 ||
	    !text_is_uuid(key) || strlen(name) > RING_ALIAS_MAX)
		return (false);

	text_copy(a->key_id, sizeof(a->key_id), key);
	a->created = created;
	a->updated = updated;
	return ((a->name = strdup(name)) != NULL);
}

static int
name_index(const char *name, const char *(*at)(int), int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (strcmp(at(i), name) == 0)
			return (i);
	}
	return (-1);
}

static const char *
state_at(int i)
{
	return (ring_state_name((enum ring_state)i));
}

static const char *
origin_at(int i)
{
	return (ring_origin_name((enum ring_origin)i));
}

static bool
key_copy(const struct ring_key *from, struct ring_key *to)
{
	*to = *from;
	to->description = strdup(from->description);
	to->materials = calloc(from->nmaterials + 1, sizeof(*to->materials));
	if (to->description == NULL || to->materials == NULL)
		return (false);
	memcpy(to->materials, from->materials,
	    from->nmaterials * sizeof(*to->materials));
	return (true);
}
