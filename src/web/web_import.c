#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "context.h"
#include "import.h"
#include "operation_log.h"
#include "tenant_key.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* /api/v1/imports, and /api/v1/members.csv, which writes what they read. */

/* A file in memory. */
struct file {
	char *data;
	size_t len;
	size_t size;
};

static bool answer(struct web_request *, int, const char *, struct fault *);
static json_t *rows_json(
    struct web_request *, const struct import_plan *, int64_t, int64_t, long *);
static json_t *row_json(struct web_request *, const struct import_plan *,
    const struct import_row *);
static json_t *errors_json(const struct import_plan *);
static bool append(json_t **, json_t *);
static bool keep_piece(void *, const void *, size_t);
static void file_free(struct file *);

bool
web_import_create(struct web_request *r, struct fault *f)
{
	enum import_verdict verdict;
	uuid_text id;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!import_create(r->context, r->who.roles, r->body, r->body_len, id,
		&verdict, f))
		return (false);
	switch (verdict) {
	case IMPORT_UNREADABLE:
		return (reply_problem(r, PROBLEM_import_unreadable));
	case IMPORT_TOO_LONG:
		return (reply_problem(r, PROBLEM_import_too_long));
	default:
		return (answer(r, 201, id, f));
	}
}

bool
web_import_show(struct web_request *r, struct fault *f)
{
	return (answer(r, 200, r->id[0], f));
}

bool
web_import_confirm(struct web_request *r, struct fault *f)
{
	enum import_verdict verdict;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!import_confirm(r->context, r->id[0], &verdict, f))
		return (false);
	switch (verdict) {
	case IMPORT_NOT_FOUND:
		return (reply_problem(r, PROBLEM_not_found));
	case IMPORT_NOT_READY:
		return (reply_problem(r, PROBLEM_import_not_ready));
	case IMPORT_NOT_ALLOWED:
		return (reply_problem(r, PROBLEM_not_allowed));
	default:
		return (answer(r, 200, r->id[0], f));
	}
}

bool
web_member_export(struct web_request *r, struct fault *f)
{
	static const char *const encodings[] = { "utf-8", "cp932" };
	static const char *const languages[] = { "ja", "en" };
	const enum csv_encoding encoding = (enum csv_encoding)query_choice(
	    r, "encoding", encodings, NELEMS(encodings), 0);
	const char *language =
	    languages[query_choice(r, "lang", languages, NELEMS(languages), 0)];
	struct file file = { NULL, 0, 0 };
	struct csv_writer *w;
	char *unwritable;
	bool ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	if ((unwritable = request_alloc(r, 24)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "member_export"));
	ok = (w = csv_writer_new(encoding, keep_piece, &file, f)) != NULL &&
	    member_csv_export(r->context, language, w, f) &&
	    operation_log_add(
		r->context, "member.exported", NULL, "done", NULL, f);
	if (ok && csv_stopped(w))
		ok = fault_set(f, FAULT_MEMORY, "member_export");
	if (ok)
		(void)snprintf(unwritable, 24, "%ld", csv_unwritable(w));
	csv_writer_free(w);
	if (!ok) {
		file_free(&file);
		return (false);
	}
	reply_header(r, "cache-control", "no-store");
	if (encoding == CSV_CP932)
		reply_header(r, "x-unwritable", unwritable);
	return (reply_bytes(r, 200,
	    encoding == CSV_CP932
		? "text/csv; charset=Shift_JIS; header=present"
		: "text/csv; charset=utf-8; header=present",
	    "members.csv", file.data, file.len));
}

/* The import as it stands, with a page of what it does. */
static bool
answer(struct web_request *r, int status, const char *id, struct fault *f)
{
	const int64_t after = query_int(r, "after", 0, INT32_MAX, 0);
	const int64_t limit = query_int(r, "limit", 1, 200, 50);
	struct import import;
	struct import_plan plan;
	json_t *rows, *json;
	bool found;
	long next;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!import_show(
		r->context, r->who.roles, id, &import, &plan, &found, f)) {
		import_plan_free(&plan);
		return (false);
	}
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	rows = rows_json(r, &plan, after, limit, &next);
	json = json_pack("{sssssssIsIsIsIsIsososososo}", "id", import.id,
	    "state", import_state_name(import.state), "encoding",
	    csv_encoding_name(import.encoding), "lines", (json_int_t)plan.n,
	    "added", (json_int_t)import.added, "changed",
	    (json_int_t)import.changed, "disabled", (json_int_t)import.disabled,
	    "error_count", (json_int_t)plan.nerrors, "errors",
	    errors_json(&plan), "rows", rows, "next",
	    next == 0 ? json_null() : json_integer(next), "expires_at",
	    web_form_time(import.expires_at), "same",
	    json_integer((json_int_t)plan.counts[IMPORT_SAME]));
	import_plan_free(&plan);
	return (reply_json(r, status, json));
}

/* Those that do something, behind the line ${after}. */
static json_t *
rows_json(struct web_request *r, const struct import_plan *plan, int64_t after,
    int64_t limit, long *next)
{
	json_t *rows = json_array();
	long last = 0;
	size_t i;

	*next = 0;
	for (i = 0; i < plan->n; i++) {
		const struct import_row *row = &plan->rows[i];

		if (row->line <= after || row->action == IMPORT_SAME)
			continue;
		if ((int64_t)json_array_size(rows) == limit) {
			*next = last;
			break;
		}
		last = row->line;
		if (!append(&rows, row_json(r, plan, row)))
			break;
	}
	return (rows);
}

static json_t *
row_json(struct web_request *r, const struct import_plan *plan,
    const struct import_row *row)
{
	json_t *changes = json_array();
	char *was;
	bool ok;
	int i;

	for (i = 0; i < MEMBER_COLUMN__MAX; i++) {
		const enum member_column column = (enum member_column)i;

		if ((row->changed & (1U << i)) == 0)
			continue;
		was = row->old == NULL
		    ? NULL
		    : member_csv_text(row->old, column, r->language,
			  plan->offices, plan->noffices);
		ok = append(&changes,
		    json_pack("{sssoss}", "column", member_column_name(column),
			"was", web_form_text(was), "is", row->cells[i]));
		tenant_text_free(was);
		if (!ok)
			break;
	}
	return (json_pack("{sIssssssso}", "line", (json_int_t)row->line,
	    "action", import_action_name(row->action), "name",
	    row->change.name != NULL ? row->change.name : row->old->name,
	    "email", row->new.email, "changes", changes));
}

static json_t *
errors_json(const struct import_plan *plan)
{
	json_t *errors = json_array();
	size_t i;

	for (i = 0; i < plan->nerrors && i < IMPORT_ERRORS_MAX; i++) {
		const struct import_error *e = &plan->errors[i];

		if (!append(&errors,
			json_pack("{sIsIsoss}", "line", (json_int_t)e->line,
			    "column", (json_int_t)e->column, "what",
			    web_form_text(e->what == MEMBER_COLUMN__MAX
				    ? NULL
				    : member_column_name(e->what)),
			    "name", e->name)))
			break;
	}
	return (errors);
}

/* ${array} becomes NULL, and so a fault, rather than silently short. */
static bool
append(json_t **array, json_t *item)
{
	if (json_array_append_new(*array, item) == 0)
		return (true);
	json_decref(*array);
	*array = NULL;
	return (false);
}

static bool
keep_piece(void *to, const void *data, size_t len)
{
	struct file *file = to;
	char *grown;

	if (file->size - file->len < len) {
		/* Wiped, not moved by realloc: it holds names. */
		if ((grown = malloc(2 * (file->len + len))) == NULL)
			return (false);
		if (file->len > 0)
			memcpy(grown, file->data, file->len);
		file->size = 2 * (file->len + len);
		if (file->data != NULL)
			secret_wipe(file->data, file->len);
		free(file->data);
		file->data = grown;
	}
	memcpy(file->data + file->len, data, len);
	file->len += len;
	return (true);
}

static void
file_free(struct file *file)
{
	if (file->data != NULL)
		secret_wipe(file->data, file->len);
	free(file->data);
}
