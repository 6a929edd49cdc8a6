#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "gcm.h"
#include "ring.h"
#include "ring_file.h"
#include "ring_text.h"

#define DAY 86400

struct ring {
	struct ring_paths paths;
	struct ring_seal *seal;
	pthread_mutex_t change; /* held from ring_edit to its end */
	pthread_mutex_t lock;   /* guards what follows, for moments only */
	struct ring_view *newest;
	uint64_t generation; /* of the last write; under "change" */
};

static const char *const states[] = {
	[RING_ENABLED] = "Enabled",
	[RING_DISABLED] = "Disabled",
	[RING_PENDING_DELETION] = "PendingDeletion",
};
_Static_assert(NELEMS(states) == RING_STATE__MAX, "every state has a name");

static const char *const origins[] = {
	[RING_CREATED] = "CREATED",
	[RING_AUTOMATIC] = "AUTOMATIC",
	[RING_ON_DEMAND] = "ON_DEMAND",
};
_Static_assert(NELEMS(origins) == RING_ORIGIN__MAX, "every origin has a name");

/* Key material within the ring is bound to its key and version. */
struct material_place {
	uint8_t key_id[16];
	uint8_t version[4];
};

static bool write_view(struct ring *, const struct ring_view *, struct fault *);
static bool drop_destroyed(struct ring *, struct fault *);
static void drop_key(struct ring_view *, size_t);
static bool is_due(const struct ring_key *, int64_t);
static struct ring_view *drop_hold(struct ring_view *);
static size_t key_index(const struct ring_view *, const char *);
static size_t alias_index(const struct ring_view *, const char *);
static bool material_place(
    const struct ring_key *, uint32_t, struct material_place *);

bool
ring_make(
    const struct ring_paths *paths, const char *passphrase, struct fault *f)
{
	const struct ring_view empty = { .nkeys = 0 };
	struct ring_seal *seal;
	char *text;
	bool ok;

	if (ring_file_exists(paths))
		return (fault_set(f, FAULT_CONFIG,
		    "there is a key ring already: %s", paths->first));
	if ((seal = ring_seal_new(passphrase, NULL, f)) == NULL)
		return (false);
	text = ring_text_write(&empty);
	ok = text != NULL
	    ? ring_file_write(paths, seal, 1, text, strlen(text), f)
	    : fault_set(f, FAULT_MEMORY, "no room for a ring");
	free(text);
	ring_seal_free(seal);
	return (ok);
}

struct ring *
ring_open(
    const struct ring_paths *paths, const char *passphrase, struct fault *f)
{
	struct fault mine = FAULT_INIT;
	struct ring *ring;
	char *text = NULL;

	if ((ring = calloc(1, sizeof(*ring))) == NULL) {
		(void)fault_set(f, FAULT_MEMORY, "no room for the ring");
		return (NULL);
	}
	ring->paths = *paths;
	(void)pthread_mutex_init(&ring->change, NULL);
	(void)pthread_mutex_init(&ring->lock, NULL);
	if (!ring_file_read(
		paths, passphrase, &ring->seal, &ring->generation, &text, f) ||
	    (ring->newest = ring_text_read(text, f)) == NULL)
		goto fail;
	ring->newest->holders = 1; /* the ring itself */
	free(text);
	text = NULL;
	if (!drop_destroyed(ring, f))
		goto fail;

	/* Mends a lost or older copy.  Without its disk, reading still works.
	 */
	if (!write_view(ring, ring->newest, &mine))
		log_fault("kms.ring_not_written", &mine);
	return (ring);

fail:
	free(text);
	ring_close(ring);
	return (NULL);
}

void
ring_close(struct ring *ring)
{
	/* Behave consistently with free(NULL). */
	if (ring == NULL)
		return;

	ring_view_free(ring->newest);
	ring_seal_free(ring->seal);
	(void)pthread_mutex_destroy(&ring->change);
	(void)pthread_mutex_destroy(&ring->lock);
	free(ring);
}

const struct ring_view *
ring_hold(struct ring *ring)
{
	const struct ring_view *view;

	(void)pthread_mutex_lock(&ring->lock);
	ring->newest->holders++;
	view = ring->newest;
	(void)pthread_mutex_unlock(&ring->lock);
	return (view);
}

void
ring_release(struct ring *ring, const struct ring_view *view)
{
	/* Only the count of a view that others read is ever written. */
	struct ring_view *mine = (struct ring_view *)(uintptr_t)view, *gone;

	(void)pthread_mutex_lock(&ring->lock);
	gone = drop_hold(mine);
	(void)pthread_mutex_unlock(&ring->lock);
	ring_view_free(gone);
}

struct ring_view *
ring_edit(struct ring *ring, struct fault *f)
{
	struct ring_view *view;

	(void)pthread_mutex_lock(&ring->change);
	if ((view = ring_view_copy(ring->newest)) == NULL) {
		(void)pthread_mutex_unlock(&ring->change);
		(void)fault_set(f, FAULT_MEMORY, "no room for a change");
	}
	return (view);
}

bool
ring_commit(struct ring *ring, struct ring_view *view, struct fault *f)
{
	struct ring_view *gone;

	if (!write_view(ring, view, f)) {
		ring_abort(ring, view);
		return (false);
	}
	view->holders = 1;
	(void)pthread_mutex_lock(&ring->lock);
	gone = drop_hold(ring->newest);
	ring->newest = view;
	(void)pthread_mutex_unlock(&ring->lock);
	(void)pthread_mutex_unlock(&ring->change);
	ring_view_free(gone);
	return (true);
}

void
ring_abort(struct ring *ring, struct ring_view *view)
{
	ring_view_free(view);
	(void)pthread_mutex_unlock(&ring->change);
}

struct ring_key *
ring_find_key(const struct ring_view *view, const char *id)
{
	const size_t i = key_index(view, id);

	if (i < view->nkeys && strcmp(view->keys[i].id, id) == 0)
		return (&view->keys[i]);
	return (NULL);
}

struct ring_alias *
ring_find_alias(const struct ring_view *view, const char *name)
{
	const size_t i = alias_index(view, name);

	if (i < view->naliases && strcmp(view->aliases[i].name, name) == 0)
		return (&view->aliases[i]);
	return (NULL);
}

struct ring_key *
ring_add_key(struct ring *ring, struct ring_view *view, const char *description,
    const char *scope, int64_t now)
{
	struct ring_key key = { .state = RING_ENABLED, .created = now };
	struct ring_key *more;
	size_t i;

	text_uuid_new(key.id);
	text_copy(key.scope, sizeof(key.scope), scope);
	if ((key.description = strdup(description)) == NULL ||
	    !ring_rotate(ring, &key, RING_CREATED, now))
		goto fail;
	more = realloc(view->keys, (view->nkeys + 1) * sizeof(*more));
	if (more == NULL)
		goto fail;

	view->keys = more;
	i = key_index(view, key.id);
	memmove(more + i + 1, more + i, (view->nkeys - i) * sizeof(*more));
	more[i] = key;
	view->nkeys++;
	return (&more[i]);

fail:
	free(key.description);
	free(key.materials);
	return (NULL);
}

bool
ring_add_alias(
    struct ring_view *view, const char *name, const char *key_id, int64_t now)
{
	struct ring_alias alias = { .created = now, .updated = now };
	struct ring_alias *more;
	size_t i;

	text_copy(alias.key_id, sizeof(alias.key_id), key_id);
	more = realloc(view->aliases, (view->naliases + 1) * sizeof(*more));
	if (more == NULL)
		return (false);
	view->aliases = more;
	if ((alias.name = strdup(name)) == NULL)
		return (false);

	i = alias_index(view, name);
	memmove(more + i + 1, more + i, (view->naliases - i) * sizeof(*more));
	more[i] = alias;
	view->naliases++;
	return (true);
}

bool
ring_rotate(struct ring *ring, struct ring_key *key, enum ring_origin origin,
    int64_t now)
{
	struct material_place place;
	struct ring_material *more, *m;
	uint8_t *fresh;
	bool ok;

	if ((fresh = secret_alloc(RING_MATERIAL_BYTES)) == NULL)
		return (false);
	more = realloc(key->materials, (key->nmaterials + 1) * sizeof(*more));
	if (more == NULL) {
		secret_free(fresh, RING_MATERIAL_BYTES);
		return (false);
	}
	key->materials = more;
	m = &more[key->nmaterials];
	memset(m, 0, sizeof(*m));
	m->version = (uint32_t)key->nmaterials + 1;
	m->origin = origin;
	m->created = now;

	secret_random(fresh, RING_MATERIAL_BYTES);
	ok = material_place(key, m->version, &place);
	const struct gcm_aad aad = { &place, sizeof(place), NULL, 0 };
	ok = ok &&
	    gcm_seal(ring->seal->material, &aad, fresh, RING_MATERIAL_BYTES,
		m->sealed);
	secret_free(fresh, RING_MATERIAL_BYTES);
	if (ok)
		key->nmaterials++;
	return (ok);
}

bool
ring_material(const struct ring *ring, const struct ring_key *key,
    uint32_t version, uint8_t *out)
{
	struct material_place place;

	if (version == 0)
		version = (uint32_t)key->nmaterials;
	if (version == 0 || version > key->nmaterials ||
	    !material_place(key, version, &place))
		return (false);

	const struct gcm_aad aad = { &place, sizeof(place), NULL, 0 };
	return (gcm_open(ring->seal->material, &aad,
	    key->materials[version - 1].sealed, RING_SEALED_BYTES, out));
}

bool
ring_tick(struct ring *ring, int64_t now, struct fault *f)
{
	const struct ring_view *view = ring_hold(ring);
	struct ring_view *edit;
	struct ring_key *key;
	bool due = false;
	size_t i;

	for (i = 0; i < view->nkeys; i++)
		due = due || is_due(&view->keys[i], now);
	ring_release(ring, view);
	if (due) {
		if ((edit = ring_edit(ring, f)) == NULL)
			return (false);
		for (i = edit->nkeys; i-- > 0;) {
			key = &edit->keys[i];
			if (!is_due(key, now))
				continue;
			if (key->state != RING_PENDING_DELETION) {
				if (!ring_rotate(
					ring, key, RING_AUTOMATIC, now))
					continue;
				key->rotation_from = now;
				log_line(LOG_LEVEL_INFO, "kms.key_rotated",
				    "key", key->id, NULL);
				continue;
			}
			/* The list first: it outlives every copy. */
			if (!ring_destroyed_add(
				&ring->paths, key->id, now, f)) {
				ring_abort(ring, edit);
				return (false);
			}
			log_line(LOG_LEVEL_WARNING, "kms.key_destroyed", "key",
			    key->id, NULL);
			drop_key(edit, i);
		}
		if (!ring_commit(ring, edit, f))
			return (false);
	}
	return (ring_file_date(&ring->paths, now, f));
}

void
ring_stops(struct ring *ring, char out[65])
{
	const struct ring_view *view = ring_hold(ring);
	uint8_t digest[SECRET_HASH_BYTES] = { 0 };
	char text[2 * SECRET_HASH_BYTES + sizeof(uuid_text) + 32];
	size_t i;
	int n;

	text_hex(digest, sizeof(digest), out);
	for (i = 0; i < view->nkeys; i++) {
		if (view->keys[i].state == RING_ENABLED)
			continue;
		n = snprintf(
		    text, sizeof(text), "%s %s", out, view->keys[i].id);
		secret_digest(text, (size_t)n, digest);
		text_hex(digest, sizeof(digest), out);
	}
	ring_release(ring, view);
}

int64_t
ring_next_rotation(const struct ring_key *key)
{
	if (key->rotation_days == 0)
		return (0);
	return (key->rotation_from + (int64_t)key->rotation_days * DAY);
}

const char *
ring_state_name(enum ring_state state)
{
	return (states[state]);
}

const char *
ring_origin_name(enum ring_origin origin)
{
	return (origins[origin]);
}

/* A failed write may have reached one copy: never use its number again. */
static bool
write_view(struct ring *ring, const struct ring_view *view, struct fault *f)
{
	char *text;
	bool ok;

	if ((text = ring_text_write(view)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no room for the ring"));
	ok = ring_file_write(&ring->paths, ring->seal, ++ring->generation, text,
	    strlen(text), f);
	free(text);
	return (ok);
}

/* An old ring was put in place: what was destroyed since stays destroyed. */
static bool
drop_destroyed(struct ring *ring, struct fault *f)
{
	struct ring_view *view = ring->newest;
	struct ring_destroyed list;
	size_t i;

	if (!ring_destroyed_read(&ring->paths, &list, f))
		return (false);
	for (i = view->nkeys; i-- > 0;) {
		if (!ring_destroyed_has(&list, view->keys[i].id))
			continue;
		log_line(LOG_LEVEL_ERROR, "kms.destroyed_key_refused", "key",
		    view->keys[i].id, NULL);
		drop_key(view, i);
	}
	ring_destroyed_free(&list);
	return (true);
}

static void
drop_key(struct ring_view *view, size_t i)
{
	struct ring_alias *a;
	size_t j, kept = 0;

	for (j = 0; j < view->naliases; j++) {
		a = &view->aliases[j];
		if (strcmp(a->key_id, view->keys[i].id) == 0)
			free(a->name);
		else
			view->aliases[kept++] = *a;
	}
	view->naliases = kept;

	free(view->keys[i].description);
	free(view->keys[i].materials);
	view->nkeys--;
	memmove(view->keys + i, view->keys + i + 1,
	    (view->nkeys - i) * sizeof(*view->keys));
}

/* Due for destruction or for rotation? */
static bool
is_due(const struct ring_key *key, int64_t now)
{
	if (key->state == RING_PENDING_DELETION)
		return (now >= key->deletion);
	return (key->state == RING_ENABLED && key->rotation_days > 0 &&
	    now >= ring_next_rotation(key));
}

/* Return the view if nobody holds it any more. */
static struct ring_view *
drop_hold(struct ring_view *view)
{
	return (--view->holders == 0 ? view : NULL);
}

/* Where ${id} is or would be. */
static size_t
key_index(const struct ring_view *view, const char *id)
{
	size_t low = 0, high = view->nkeys, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(view->keys[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

static size_t
alias_index(const struct ring_view *view, const char *name)
{
	size_t low = 0, high = view->naliases, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(view->aliases[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

static bool
material_place(
    const struct ring_key *key, uint32_t version, struct material_place *out)
{
	int i;

	for (i = 0; i < 4; i++)
		out->version[i] = (uint8_t)(version >> (24 - 8 * i));
	return (text_uuid_bytes(key->id, out->key_id));
}
