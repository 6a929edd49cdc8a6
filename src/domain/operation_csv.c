#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "gen_text.h"
#include "operation_csv.h"

static const enum text_key headings[] = {
	TEXT_CSV_OPERATION_AT,
	TEXT_CSV_OPERATION_ACTOR_KIND,
	TEXT_CSV_OPERATION_ACTOR,
	TEXT_CSV_OPERATION_ACTOR_ID,
	TEXT_CSV_OPERATION_ADDRESS,
	TEXT_CSV_OPERATION_ACTION,
	TEXT_CSV_OPERATION_OBJECT,
	TEXT_CSV_OPERATION_OBJECT_ID,
	TEXT_CSV_OPERATION_RESULT,
	TEXT_CSV_OPERATION_DETAIL,
	TEXT_CSV_OPERATION_POSITION,
	TEXT_CSV_OPERATION_ID,
};

static bool write_heading(
    struct csv_writer *, enum text_language, struct fault *);
static bool read_page(struct context *, const struct operation_query *,
    struct operation_page *, struct fault *);
static bool write_row(struct csv_writer *, enum text_language,
    const struct operation *, struct fault *);

bool
operation_csv_export(struct context *ctx, const struct operation_query *query,
    struct csv_export *csv, struct fault *f)
{
	const enum text_language language = text_language_of(csv->language);
	struct operation_query at = *query;
	struct operation_page page;
	struct csv_writer *out;
	char after[sizeof(page.next)] = "";
	bool ok, more = true;
	size_t i;

	csv->rows = csv->unwritable = 0;
	if ((out = csv_writer_new(csv->encoding, csv->write, csv->to, f)) ==
	    NULL)
		return (false);
	ok = write_heading(out, language, f);
	at.limit = OPERATION_PAGE_MAX;
	while (ok && more && !csv_stopped(out)) {
		at.after = after[0] == '\0' ? NULL : after;
		ok = read_page(ctx, &at, &page, f);
		for (i = 0; ok && i < page.n && !csv_stopped(out); i++) {
			ok = write_row(out, language, &page.items[i], f);
			csv->rows++;
		}
		text_copy(after, sizeof(after), page.next);
		more = after[0] != '\0';
		operation_page_free(&page);
	}
	if (ok)
		csv_finish(out);
	csv->unwritable = csv_unwritable(out);
	csv_writer_free(out);
	return (ok);
}

static bool
write_heading(
    struct csv_writer *out, enum text_language language, struct fault *f)
{
	size_t i;

	for (i = 0; i < NELEMS(headings); i++) {
		if (!csv_cell(out, text_get(language, headings[i]), f))
			return (false);
	}
	return (csv_row(out, f));
}

static bool
read_page(struct context *ctx, const struct operation_query *query,
    struct operation_page *page, struct fault *f)
{
	memset(page, 0, sizeof(*page));
	if (db_begin(ctx->db, &ctx->scope, f) &&
	    operation_page(ctx, query, page, f) && db_commit(ctx->db, f))
		return (true);
	db_rollback(ctx->db);
	return (false);
}

static bool
write_row(struct csv_writer *out, enum text_language language,
    const struct operation *o, struct fault *f)
{
	char at[32], position[24] = "";

	csv_time(at, o->at, o->offset);
	if (o->position != 0)
		(void)snprintf(
		    position, sizeof(position), "%lld", (long long)o->position);
	return (csv_cell(out, at, f) && csv_cell(out, o->actor_kind, f) &&
	    csv_cell(out, o->actor_name, f) && csv_cell(out, o->actor_id, f) &&
	    csv_cell(out, o->address, f) && csv_cell(out, o->action, f) &&
	    csv_cell(out, o->object_name, f) &&
	    csv_cell(out, o->object_id, f) && csv_cell(out, o->result, f) &&
	    csv_cell(out,
		o->damaged ? text_get(language, TEXT_CSV_OPERATION_DAMAGED)
			   : o->detail,
		f) &&
	    csv_cell(out, position, f) && csv_cell(out, o->id, f) &&
	    csv_row(out, f));
}
