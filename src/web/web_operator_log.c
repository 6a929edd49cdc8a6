#include <stdio.h>
#include <string.h>

#include "fault.h"

#include "context.h"
#include "db.h"
#include "operator_log.h"

#include "operator_route.h"
#include "request.h"
#include "web_form.h"
#include "web_operator.h"
#include "web_operator_csv.h"

/* The operators' own log. */

#define PAGE 200

static void read_query(struct web_request *, struct operator_log_query *);
static json_t *line_json(struct rows *, int);
static bool write_lines(
    struct web_operator_csv *, struct rows *, char[24], struct fault *);

bool
web_operator_log_list(struct web_request *r, struct fault *f)
{
	struct operator_log_query query;
	json_t *items, *next = NULL;
	struct rows *rows;
	int i, limit;

	read_query(r, &query);
	query.before = query_text(r, "after", FIELD_OPTIONAL, 1, 18);
	if (query.before != NULL &&
	    strspn(query.before, "0123456789") != strlen(query.before))
		query_refuse(r, "after", FIELD_BAD_FORMAT);
	limit = (int)query_int(r, "limit", 1, PAGE, 50);
	if (!request_valid(r))
		return (reply_invalid(r));
	query.limit = limit + 1;
	if (!operator_log_page(r->context, &query, &rows, f))
		return (false);
	items = json_array();
	for (i = 0; i < rows_count(rows); i++) {
		if (i == limit) {
			next = json_string(rows_text(rows, i - 1, "seq"));
			break;
		}
		(void)json_array_append_new(items, line_json(rows, i));
	}
	rows_free(rows);
	return (reply_json(r, 200,
	    json_pack("{soso}", "items", items, "next",
		next != NULL ? next : json_null())));
}

bool
web_operator_log_export(struct web_request *r, struct fault *f)
{
	static const enum text_key headings[] = { TEXT_CSV_OPERATOR_LOG_SEQ,
		TEXT_CSV_OPERATOR_LOG_AT, TEXT_CSV_OPERATOR_LOG_OPERATOR,
		TEXT_CSV_OPERATOR_LOG_ADDRESS, TEXT_CSV_OPERATOR_LOG_ACTION,
		TEXT_CSV_OPERATOR_LOG_TENANT, TEXT_CSV_OPERATOR_LOG_OBJECT,
		TEXT_CSV_OPERATOR_LOG_RESULT };
	struct operator_log_query query;
	struct web_operator_csv csv;
	char before[24] = "";
	struct rows *rows;
	bool ok = true, more = true;

	web_operator_csv_read(r, &csv);
	read_query(r, &query);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_log_add(
		r->context, "operator_log.exported", NULL, NULL, "done", f) ||
	    !web_operator_csv_begin(
		&csv, "operator-log.csv", headings, NELEMS(headings), f))
		return (false);
	query.limit = PAGE;
	while (ok && more && !csv_stopped(csv.out)) {
		query.before = before[0] == '\0' ? NULL : before;
		if (!(ok = operator_log_page(r->context, &query, &rows, f)))
			break;
		more = rows_count(rows) == PAGE;
		ok = write_lines(&csv, rows, before, f);
		rows_free(rows);
	}
	return (web_operator_csv_end(&csv, ok));
}

static void
read_query(struct web_request *r, struct operator_log_query *query)
{
	static const char *const results[] = { "done", "refused" };
	const int result =
	    query_choice(r, "result", results, NELEMS(results), -1);

	*query = (struct operator_log_query){
		.action = query_text(r, "action", FIELD_OPTIONAL, 1, 80),
		.operator_id = query_uuid(r, "operator_id", FIELD_OPTIONAL),
		.tenant_id = query_uuid(r, "tenant_id", FIELD_OPTIONAL),
		.refused = result < 0 ? NULL
		    : result == 1     ? "true"
				      : "false",
		.from = query_time(r, "from", FIELD_OPTIONAL),
		.until = query_time(r, "until", FIELD_OPTIONAL),
	};
}

static json_t *
line_json(struct rows *rows, int i)
{
	json_t *who = json_null(), *tenant = json_null();

	if (!rows_null(rows, i, "operator_id"))
		who =
		    json_pack("{ssso}", "id", rows_text(rows, i, "operator_id"),
			"email", web_form_text(rows_text(rows, i, "email")));
	if (!rows_null(rows, i, "about"))
		tenant = json_pack("{ssso}", "id", rows_text(rows, i, "about"),
		    "name", web_form_text(rows_text(rows, i, "tenant_name")));
	return (json_pack("{sI so so ss ss so so ss}", "sequence",
	    (json_int_t)rows_int(rows, i, "seq"), "at",
	    web_form_time(rows_int(rows, i, "at")), "operator", who, "address",
	    rows_text(rows, i, "address"), "action",
	    rows_text(rows, i, "action"), "tenant", tenant, "object_id",
	    web_form_text(rows_text(rows, i, "object_id")), "result",
	    rows_text(rows, i, "result")));
}

static bool
write_lines(struct web_operator_csv *csv, struct rows *rows, char last[24],
    struct fault *f)
{
	static const char *const columns[] = { "email", "address", "action",
		"tenant_name", "object_id", "result" };
	bool ok = true;
	size_t k;
	int i;

	for (i = 0; ok && i < rows_count(rows); i++) {
		(void)snprintf(last, 24, "%s", rows_text(rows, i, "seq"));
		ok = csv_cell(csv->out, last, f) &&
		    web_operator_csv_time(csv, rows_int(rows, i, "at"), f);
		for (k = 0; ok && k < NELEMS(columns); k++)
			ok = csv_cell(
			    csv->out, rows_text(rows, i, columns[k]), f);
		ok = ok && csv_row(csv->out, f);
	}
	return (ok);
}
