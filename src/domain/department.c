#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "department.h"
#include "gen_sql.h"
#include "operation_log.h"

static void department_read(const struct rows *, int, struct department *);
static bool join(
    struct context *, const char *, const char *, bool *, struct fault *);

bool
department_list(struct context *ctx, struct department **departments, size_t *n,
    struct fault *f)
{
	struct rows *rows;
	int i;

	*departments = NULL;
	*n = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_department_list, NULL, &rows, f))
		return (false);
	if ((*departments = calloc((size_t)rows_count(rows) + 1,
		 sizeof(**departments))) == NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "departments"));
	}
	for (i = 0; i < rows_count(rows); i++)
		department_read(rows, i, &(*departments)[i]);
	*n = (size_t)rows_count(rows);
	rows_free(rows);
	return (true);
}

bool
department_show(struct context *ctx, const char *id,
    struct department *department, bool *found, struct fault *f)
{
	struct rows *rows;

	memset(department, 0, sizeof(*department));
	if (!db_run(ctx->db, &ctx->scope, &sql_department_show,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*found = rows_count(rows) == 1))
		department_read(rows, 0, department);
	rows_free(rows);
	return (true);
}

bool
department_members(struct context *ctx, const char *id, uuid_text **ids,
    size_t *n, struct fault *f)
{
	struct rows *rows;
	int i;

	*ids = NULL;
	*n = 0;
	if (!db_run(ctx->db, &ctx->scope, &sql_department_members,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	if ((*ids = calloc((size_t)rows_count(rows) + 1, sizeof(**ids))) ==
	    NULL) {
		rows_free(rows);
		return (fault_set(f, FAULT_MEMORY, "members"));
	}
	for (i = 0; i < rows_count(rows); i++)
		text_copy((*ids)[i], sizeof(uuid_text),
		    rows_text(rows, i, "member_id"));
	*n = (size_t)rows_count(rows);
	rows_free(rows);
	return (true);
}

bool
department_create(struct context *ctx, const char *name, uuid_text *ids,
    size_t n, struct department *department, enum department_outcome *outcome,
    size_t *which, struct fault *f)
{
	struct rows *rows;
	uuid_text id;
	bool done;
	size_t i;

	*outcome = DEPARTMENT_NAME_TAKEN;
	text_uuid_new(id);
	if (!db_run(ctx->db, &ctx->scope, &sql_department_add,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(name) }, &rows, f))
		return (false);
	if ((done = rows_count(rows) == 1))
		text_copy(id, sizeof(id), rows_text(rows, 0, "id"));
	rows_free(rows);
	if (!done)
		return (true);

	for (i = 0; i < n; i++) {
		if (!join(ctx, id, ids[i], &done, f))
			return (false);
		if (!done) {
			*outcome = DEPARTMENT_NO_MEMBER;
			*which = i;
			return (true);
		}
	}
	*outcome = DEPARTMENT_DONE;
	return (operation_log_add(ctx, "department.created", id, "done",
		    json_pack("{sssI}", "name", name, "members", (json_int_t)n),
		    f) &&
	    department_show(ctx, id, department, &done, f));
}

bool
department_rename(struct context *ctx, const char *id, int version,
    const char *name, struct department *department,
    enum department_outcome *outcome, struct fault *f)
{
	char text[12];
	struct rows *rows;
	bool found, taken;

	*outcome = DEPARTMENT_NOT_FOUND;
	if (!department_show(ctx, id, department, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!db_run(ctx->db, &ctx->scope, &sql_department_name,
		(struct db_arg[]){ DB_TEXT(name) }, &rows, f))
		return (false);
	taken =
	    rows_count(rows) == 1 && strcmp(rows_text(rows, 0, "id"), id) != 0;
	rows_free(rows);
	*outcome = DEPARTMENT_NAME_TAKEN;
	if (taken)
		return (true);

	(void)snprintf(text, sizeof(text), "%d", version);
	if (!db_run(ctx->db, &ctx->scope, &sql_department_rename,
		(struct db_arg[]){ DB_TEXT(id), DB_TEXT(text), DB_TEXT(name) },
		&rows, f))
		return (false);
	*outcome =
	    rows_count(rows) == 1 ? DEPARTMENT_DONE : DEPARTMENT_CONFLICT;
	rows_free(rows);
	if (*outcome != DEPARTMENT_DONE)
		return (true);
	return (operation_log_add(ctx, "department.updated", id, "done",
		    json_pack("{ssss}", "name", name, "was", department->name),
		    f) &&
	    department_show(ctx, id, department, &found, f));
}

bool
department_remove(struct context *ctx, const char *id,
    enum department_outcome *outcome, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_department_remove,
		(struct db_arg[]){ DB_TEXT(id) }, &rows, f))
		return (false);
	*outcome =
	    rows_count(rows) == 1 ? DEPARTMENT_DONE : DEPARTMENT_NOT_FOUND;
	rows_free(rows);
	return (*outcome != DEPARTMENT_DONE ||
	    operation_log_add(ctx, "department.deleted", id, "done", NULL, f));
}

static void
department_read(const struct rows *rows, int i, struct department *d)
{
	text_copy(d->id, sizeof(d->id), rows_text(rows, i, "id"));
	text_copy(d->name, sizeof(d->name), rows_text(rows, i, "name"));
	d->version = (int)rows_int(rows, i, "version");
	d->members = (int)rows_int(rows, i, "members");
}

static bool
join(struct context *ctx, const char *department_id, const char *member_id,
    bool *done, struct fault *f)
{
	struct rows *rows;

	if (!db_run(ctx->db, &ctx->scope, &sql_department_member_add,
		(struct db_arg[]){ DB_TEXT(department_id), DB_TEXT(member_id) },
		&rows, f))
		return (false);
	*done = rows_count(rows) == 1;
	rows_free(rows);
	return (true);
}
