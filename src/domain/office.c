#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_sql.h"
#include "office.h"
#include "operation_log.h"

static void office_read(const struct rows *, int, struct office *);
static bool time_zone_known(
    struct context *, const char *, bool *, struct fault *);
static bool read_back(struct context *, struct office *, struct fault *);
static json_t *detail(const struct office *);

bool
office_show(struct context *ctx, const char *id, struct office *office,
    bool *found, struct fault *f)
{
	struct rows *rows;

	memset(office, 0, sizeof(*office));
	if (!db_run(ctx->db, &ctx->scope, &sql_office_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		office_read(rows, 0, office);
	rows_free(rows);
	return (true);
}

bool
office_list(
    struct context *ctx, struct office **offices, size_t *n, struct fault *f)
{
	struct rows *rows;
	int i;

	*offices = NULL;
	*n = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_office_list, NULL, &rows, f))
		return (false);
	if ((*offices = calloc(
		 (size_t)rows_count(rows) + 1, sizeof(**offices))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "offices"));
	}
	for (i = 0; i < rows_count(rows); i++)
		office_read(rows, i, &(*offices)[i]);
	*n = (size_t)rows_count(rows);
	rows_free(rows);
	return (true);
}

bool
office_create(struct context *ctx, struct office *office,
    enum office_outcome *outcome, struct fault *f)
{
	char early[16];
	bool known;

	if (!time_zone_known(ctx, office->time_zone, &known, f))
		return (false);
	if (!known) {
		*outcome = OFFICE_NO_TIME_ZONE;
		return (true);
	}

	text_uuid_new(office->id);
	(void)snprintf(early, sizeof(early), "%d", office->early_minutes);
	*outcome = OFFICE_DONE;
	return (
	    db_run(ctx->db, &ctx->scope, &sql_office_add,
		(struct db_arg[]){ DB_TEXT(office->id), DB_TEXT(office->name),
		    DB_TEXT(office->address), DB_TEXT(office->guidance),
		    DB_TEXT(office->map_url), DB_TEXT(office->phone),
		    DB_TEXT(office->time_zone), DB_TEXT(office->opens_at),
		    DB_TEXT(office->closes_at), DB_TEXT(early),
		    DB_TEXT(office->closed ? "closed" : "open") },
		NULL, f) &&
	    operation_log_add(
		ctx, "office.created", office->id, "done", detail(office), f) &&
	    read_back(ctx, office, f));
}

bool
office_update(struct context *ctx, struct office *office,
    enum office_outcome *outcome, struct fault *f)
{
	char early[16], version[16];
	struct office before;
	struct rows *rows;
	bool known, changed;

	if (!office_show(ctx, office->id, &before, &known, f))
		return (false);
	if (!known) {
		*outcome = OFFICE_NOT_FOUND;
		return (true);
	}
	if (!time_zone_known(ctx, office->time_zone, &known, f))
		return (false);
	if (!known) {
		*outcome = OFFICE_NO_TIME_ZONE;
		return (true);
	}

	(void)snprintf(early, sizeof(early), "%d", office->early_minutes);
	(void)snprintf(version, sizeof(version), "%d", office->version);
	if (!db_run(ctx->db, &ctx->scope, &sql_office_update,
		(struct db_arg[]){ DB_TEXT(office->id), DB_TEXT(office->name),
		    DB_TEXT(office->address), DB_TEXT(office->guidance),
		    DB_TEXT(office->map_url), DB_TEXT(office->phone),
		    DB_TEXT(office->time_zone), DB_TEXT(office->opens_at),
		    DB_TEXT(office->closes_at), DB_TEXT(early),
		    DB_TEXT(office->closed ? "closed" : "open"),
		    DB_TEXT(version) },
		&rows, f))
		return (false);
	changed = rows_count(rows) == 1;
	rows_free(rows);
	*outcome = changed ? OFFICE_DONE : OFFICE_CONFLICT;
	return (!changed ||
	    (operation_log_add(ctx, "office.updated", office->id, "done",
		 detail(office), f) &&
		read_back(ctx, office, f)));
}

static void
office_read(const struct rows *rows, int i, struct office *o)
{
	memset(o, 0, sizeof(*o));
	text_copy(o->id, sizeof(o->id), rows_text(rows, i, "id"));
	o->version = (int)rows_int(rows, i, "version");
	text_copy(o->name, sizeof(o->name), rows_text(rows, i, "name"));
	text_copy(
	    o->address, sizeof(o->address), rows_text(rows, i, "address"));
	text_copy(
	    o->guidance, sizeof(o->guidance), rows_text(rows, i, "guidance"));
	text_copy(
	    o->map_url, sizeof(o->map_url), rows_text(rows, i, "map_url"));
	text_copy(o->phone, sizeof(o->phone), rows_text(rows, i, "phone"));
	text_copy(o->time_zone, sizeof(o->time_zone),
	    rows_text(rows, i, "time_zone"));
	text_copy(
	    o->opens_at, sizeof(o->opens_at), rows_text(rows, i, "opens_at"));
	text_copy(o->closes_at, sizeof(o->closes_at),
	    rows_text(rows, i, "closes_at"));
	o->early_minutes = (int)rows_int(rows, i, "early_minutes");
	o->closed = strcmp(rows_text(rows, i, "state"), "closed") == 0;
	o->open_now = rows_bool(rows, i, "open_now");
	o->offset_minutes = (int)rows_int(rows, i, "offset_minutes");
}

static bool
time_zone_known(
    struct context *ctx, const char *name, bool *known, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_office_time_zone,
		(struct db_arg[]){ DB_TEXT(name) }, &rows, f))
		return (false);
	*known = rows_bool(rows, 0, "known");
	rows_free(rows);
	return (true);
}

static bool
read_back(struct context *ctx, struct office *office, struct fault *f)
{
	uuid_text id;
	bool found;

	text_copy(id, sizeof(id), office->id);
	if (!office_show(ctx, id, office, &found, f))
		return (false);
	if (!found)
		return (fault_set(f, FAULT_BUG, "an office vanished"));
	return (true);
}

static json_t *
detail(const struct office *o)
{
	return (json_pack("{ssssssssss}", "name", o->name, "time_zone",
	    o->time_zone, "opens_at", o->opens_at, "closes_at", o->closes_at,
	    "phone", o->phone));
}
