#include <stdio.h>

#include "fault.h"
#include "log.h"

#include "context.h"
#include "csv.h"

#include "handler.h"
#include "request.h"
#include "web_csv.h"

static bool count(struct web_request *, const struct csv_export *,
    web_csv_rows *, const void *, struct fault *);
static bool drop_piece(void *, const void *, size_t);
static bool write_piece(void *, const void *, size_t);
static void note_end(struct web_request *, const struct csv_export *);

void
web_csv_query(struct web_request *r, struct csv_export *csv)
{
	static const char *const encodings[] = { "utf-8", "cp932" };
	static const char *const languages[] = { "ja", "en" };

	*csv = (struct csv_export){
		.encoding = (enum csv_encoding)query_choice(
		    r, "encoding", encodings, NELEMS(encodings), 0),
		.language = languages[query_choice(
		    r, "lang", languages, NELEMS(languages), 0)],
		.write = write_piece,
		.to = r,
	};
}

bool
web_csv_send(struct web_request *r, struct csv_export *csv, const char *file,
    web_csv_rows *rows, const void *query, struct fault *f)
{
	if (!db_commit(r->context->db, f))
		return (false);
	reply_header(r, "cache-control", "no-store");
	if (csv->encoding == CSV_CP932 && !count(r, csv, rows, query, f))
		return (false);
	if (!stream_begin(r,
		csv->encoding == CSV_CP932
		    ? "text/csv; charset=Shift_JIS; header=present"
		    : "text/csv; charset=utf-8; header=present",
		file, f) ||
	    !rows(r->context, query, csv, f))
		return (false);
	note_end(r, csv);
	return (true);
}

/*
 * What CP932 cannot write stands in a header, so it is counted before the
 * first byte leaves: the file is made twice, the first time for nobody.
 */
static bool
count(struct web_request *r, const struct csv_export *csv, web_csv_rows *rows,
    const void *query, struct fault *f)
{
	struct csv_export dry = *csv;
	char *text;

	dry.write = drop_piece;
	dry.to = NULL;
	if (!rows(r->context, query, &dry, f))
		return (false);
	if ((text = request_alloc(r, 24)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "export"));
	(void)snprintf(text, 24, "%ld", dry.unwritable);
	reply_header(r, "x-unwritable", text);
	return (true);
}

static bool
drop_piece(void *to, const void *data, size_t len)
{
	(void)to;
	(void)data;
	(void)len;
	return (true);
}

static bool
write_piece(void *to, const void *data, size_t len)
{
	return (stream_write(to, data, len));
}

static void
note_end(struct web_request *r, const struct csv_export *csv)
{
	char rows[24], unwritable[24];

	(void)snprintf(rows, sizeof(rows), "%ld", csv->rows);
	(void)snprintf(unwritable, sizeof(unwritable), "%ld", csv->unwritable);
	log_line(LOG_LEVEL_INFO, "web.exported", "request", r->request_id,
	    "rows", rows, "unwritable", unwritable, NULL);
}
