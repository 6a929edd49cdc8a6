#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "device.h"
#include "gen_sql.h"
#include "operation_log.h"

static const char *const state_names[] = {
	[DEVICE_PENDING] = "pending",
	[DEVICE_ACTIVE] = "active",
	[DEVICE_REVOKED] = "revoked",
};
_Static_assert(
    NELEMS(state_names) == DEVICE_STATE__MAX, "every state has a name");

static const char *const camera_names[] = {
	[DEVICE_CAMERA_UNKNOWN] = "unknown",
	[DEVICE_CAMERA_WORKING] = "working",
	[DEVICE_CAMERA_LOST] = "lost",
	[DEVICE_CAMERA_DENIED] = "denied",
};
_Static_assert(
    NELEMS(camera_names) == DEVICE_CAMERA__MAX, "every camera has a name");

static void device_read(const struct rows *, int, struct device *);
static int word(const char *const *, size_t, const char *);
static bool move(struct context *, const struct stmt *, const char *,
    const char *, bool *, struct fault *);

bool
device_show(struct context *ctx, const char *id, struct device *device,
    bool *found, struct fault *f)
{
	struct rows *rows;

	memset(device, 0, sizeof(*device));
	if (!db_run(ctx->db, &ctx->scope, &sql_device_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		device_read(rows, 0, device);
	rows_free(rows);
	return (true);
}

bool
device_list(
    struct context *ctx, struct device **devices, size_t *n, struct fault *f)
{
	struct rows *rows;
	int i;

	*devices = NULL;
	*n = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_device_list, NULL, &rows, f))
		return (false);
	if ((*devices = calloc(
		 (size_t)rows_count(rows) + 1, sizeof(**devices))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "devices"));
	}
	for (i = 0; i < rows_count(rows); i++)
		device_read(rows, i, &(*devices)[i]);
	*n = (size_t)rows_count(rows);
	rows_free(rows);
	return (true);
}

bool
device_approve(struct context *ctx, const char *id, bool *done, struct fault *f)
{
	return (move(ctx, &sql_device_approve, id, "device.approved", done, f));
}

bool
device_revoke(struct context *ctx, const char *id, bool *done, struct fault *f)
{
	return (move(ctx, &sql_device_revoke, id, "device.revoked", done, f));
}

bool
device_report(struct context *ctx, const char *id, enum device_camera camera,
    const char *build, struct fault *f)
{
	const struct db_arg args[] = { DB_TEXT(id),
		DB_TEXT(camera_names[camera]), DB_TEXT(build) };
	struct rows *rows;
	bool same;

	if (!db_run(ctx->db, &ctx->scope, &sql_device_report, args, &rows, f))
		return (false);
	same = rows_count(rows) == 1;
	rows_free(rows);
	return (same ||
	    db_run(ctx->db, &ctx->scope, &sql_device_report_change, args, NULL,
		f));
}

const char *
device_state_name(enum device_state state)
{
	return (state_names[state]);
}

const char *
device_camera_name(enum device_camera camera)
{
	return (camera_names[camera]);
}

static void
device_read(const struct rows *rows, int i, struct device *d)
{
	memset(d, 0, sizeof(*d));
	text_copy(d->id, sizeof(d->id), rows_text(rows, i, "id"));
	text_copy(d->office_id, sizeof(d->office_id),
	    rows_text(rows, i, "office_id"));
	text_copy(d->name, sizeof(d->name), rows_text(rows, i, "name"));
	text_copy(d->office, sizeof(d->office), rows_text(rows, i, "office"));
	d->state = (enum device_state)word(
	    state_names, NELEMS(state_names), rows_text(rows, i, "state"));
	text_copy(
	    d->address, sizeof(d->address), rows_text(rows, i, "address"));
	text_copy(
	    d->browser, sizeof(d->browser), rows_text(rows, i, "browser"));
	d->camera = (enum device_camera)word(
	    camera_names, NELEMS(camera_names), rows_text(rows, i, "camera"));
	text_copy(d->build, sizeof(d->build), rows_text(rows, i, "build"));
	d->seen_at = rows_int(rows, i, "seen_at");
	d->online = rows_bool(rows, i, "online");
}

/* The database's CHECK allows these words only. */
static int
word(const char *const *words, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(words[i], s) == 0)
			return ((int)i);
	}
	abort();
}

static bool
move(struct context *ctx, const struct stmt *stmt, const char *id,
    const char *action, bool *done, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, stmt,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	rows_free(rows);
	if (*done)
		return (operation_log_add(ctx, action, id, "done", NULL, f));
	operation_log_nothing(ctx);
	return (true);
}
