/*
 * CSV as people save it.  What is read stays within the file, in order; what
 * is read and written again reads the same; and no cell that is written would
 * be run by a spreadsheet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "fault.h"
#include "text.h"

#define CELLS_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

/* A cell as it would be written, and as it is read from that. */
static void
check_cell(const char *cell)
{
	const size_t size = 2 * strlen(cell) + 8;
	char *row = calloc(1, size), *cells[2];
	struct csv_reader r;
	enum csv_stop stop;
	size_t n;

	if (row == NULL)
		return;
	check(csv_quote(cell, row, size));
	check(row[1] == '\0' || strchr("=+-@|\t\r\n", row[1]) == NULL);
	csv_read_text(&r, row, strlen(row));
	check(csv_read(&r, cells, 2, &n, &stop));
	check(n == 1 && strcmp(csv_plain(cells[0]), cell) == 0);
	check(!csv_read(&r, cells, 2, &n, &stop) && stop == CSV_END);
	free(row);
}

static bool
take(void *to, const void *data, size_t len)
{
	size_t *left = to;

	(void)data;
	if (*left < len)
		return (false);
	*left -= len;
	return (true);
}

/* A row in each encoding, for a client that may leave. */
static void
write_row(char **cells, size_t n)
{
	struct fault f = FAULT_INIT;
	struct csv_writer *w;
	size_t left = 4 * 64 * 1024, i;
	int encoding;

	for (encoding = 0; encoding < CSV_ENCODING__MAX; encoding++) {
		if ((w = csv_writer_new(
			 (enum csv_encoding)encoding, take, &left, &f)) == NULL)
			return;
		for (i = 0; i < n && csv_cell(w, cells[i], &f); i++)
			;
		check(csv_row(w, &f));
		csv_finish(w);
		check(csv_unwritable(w) >= 0 && !csv_stopped(w));
		csv_writer_free(w);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault f = FAULT_INIT;
	struct csv_reader r;
	enum csv_encoding encoding;
	enum csv_stop stop;
	char *text, *cells[CELLS_MAX];
	size_t len, n, i;
	long row = 0;

	check(csv_decode(data, size, &text, &len, &encoding, &f));
	if (text == NULL)
		return (0);
	check(text_is_utf8(text, len) && strlen(text) == len);
	csv_read_text(&r, text, len);
	while (csv_read(&r, cells, CELLS_MAX, &n, &stop)) {
		check(n >= 1 && n <= CELLS_MAX);
		check(r.row > row && r.line >= r.row);
		row = r.row;
		for (i = 0; i < n; i++) {
			check(cells[i] >= text &&
			    cells[i] + strlen(cells[i]) <= text + len);
			check(i == 0 || cells[i] > cells[i - 1]);
			check_cell(cells[i]);
		}
		if (row == 1)
			write_row(cells, n);
	}
	check(stop == CSV_END ? r.at == r.end : n >= 1);
	free(text);
	return (0);
}
