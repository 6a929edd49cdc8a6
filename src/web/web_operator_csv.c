#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"

#include "context.h"
#include "contract.h"
#include "operator_log.h"

#include "operator_route.h"
#include "request.h"
#include "web_operator.h"
#include "web_operator_csv.h"

#define PAGE 200

static bool write_piece(void *, const void *, size_t);
static bool write_tenant(
    struct web_operator_csv *, const struct contract_row *, struct fault *);

/* GET /api/v1/tenants.csv */
bool
web_operator_tenant_export(struct web_request *r, struct fault *f)
{
	static const enum text_key headings[] = { TEXT_CSV_TENANT_NAME,
		TEXT_CSV_TENANT_DISPLAY_NAME, TEXT_CSV_TENANT_STATE,
		TEXT_CSV_TENANT_PLAN, TEXT_CSV_TENANT_MEMBERS,
		TEXT_CSV_TENANT_OFFICES, TEXT_CSV_TENANT_DEVICES,
		TEXT_CSV_TENANT_APPOINTMENTS, TEXT_CSV_TENANT_CREATED_AT,
		TEXT_CSV_TENANT_STOPS_AT, TEXT_CSV_TENANT_DATA_UNTIL,
		TEXT_CSV_TENANT_ID };
	char after[TENANT_NAME_MAX + 1] = "";
	struct contract_query query;
	struct web_operator_csv csv;
	struct contract_row *rows;
	bool ok = true, more = true;
	size_t i, n;

	web_operator_csv_read(r, &csv);
	web_operator_tenant_query(r, &query);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!operator_log_add(
		r->context, "tenant.exported", NULL, NULL, "done", f) ||
	    !web_operator_csv_begin(
		&csv, "tenants.csv", headings, NELEMS(headings), f))
		return (false);
	query.limit = PAGE;
	while (ok && more && !csv_stopped(csv.out)) {
		query.after = after[0] == '\0' ? NULL : after;
		if (!(ok = contract_page(r->context, &query, &rows, &n, f)))
			break;
		more = n == PAGE;
		for (i = 0; ok && i < n; i++)
			ok = write_tenant(&csv, &rows[i], f);
		if (n > 0)
			memcpy(after, rows[n - 1].tenant.name, sizeof(after));
		free(rows);
	}
	return (web_operator_csv_end(&csv, ok));
}

void
web_operator_csv_read(struct web_request *r, struct web_operator_csv *csv)
{
	static const char *const languages[] = { "ja", "en" };

	csv->r = r;
	csv->out = NULL;
	csv->language = text_language_of(languages[query_choice(
	    r, "lang", languages, NELEMS(languages), 0)]);
}

bool
web_operator_csv_begin(struct web_operator_csv *csv, const char *file,
    const enum text_key *headings, size_t n, struct fault *f)
{
	bool ok = true;
	size_t i;

	if (!stream_begin(
		csv->r, "text/csv; charset=utf-8; header=present", file, f) ||
	    (csv->out = csv_writer_new(CSV_UTF8, write_piece, csv->r, f)) ==
		NULL)
		return (false);
	for (i = 0; ok && i < n; i++)
		ok =
		    csv_cell(csv->out, text_get(csv->language, headings[i]), f);
	if (ok && csv_row(csv->out, f))
		return (true);
	csv_writer_free(csv->out);
	return (false);
}

bool
web_operator_csv_time(
    struct web_operator_csv *csv, int64_t moment, struct fault *f)
{
	time_text text;

	if (moment == 0)
		return (csv_cell(csv->out, NULL, f));
	clock_format(moment, 0, text);
	return (csv_cell(csv->out, text, f));
}

bool
web_operator_csv_end(struct web_operator_csv *csv, bool ok)
{
	if (ok)
		csv_finish(csv->out);
	csv_writer_free(csv->out);
	return (ok);
}

static bool
write_piece(void *to, const void *data, size_t len)
{
	return (stream_write(to, data, len));
}

static bool
write_tenant(struct web_operator_csv *csv, const struct contract_row *row,
    struct fault *f)
{
	const struct tenant *t = &row->tenant;
	char number[24];
	bool ok;
	size_t i;

	ok = csv_cell(csv->out, t->name, f) &&
	    csv_cell(csv->out, t->display_name, f) &&
	    csv_cell(csv->out, tenant_state_name(t->state), f) &&
	    csv_cell(csv->out, row->contract.plan, f);
	for (i = 0; ok && i < CONTRACT_LIMIT__MAX; i++) {
		(void)snprintf(number, sizeof(number), "%lld",
		    (long long)row->contract.limits[i]);
		ok = csv_cell(
		    csv->out, row->contract.limits[i] == 0 ? NULL : number, f);
	}
	return (ok && web_operator_csv_time(csv, t->created_at, f) &&
	    web_operator_csv_time(csv, t->stops_at, f) &&
	    web_operator_csv_time(csv, t->data_until, f) &&
	    csv_cell(csv->out, t->id, f) && csv_row(csv->out, f));
}
