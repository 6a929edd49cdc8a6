/*
 * What people and cameras may say at the tablet: passes, codes, cursors,
 * identifiers.  Whatever is taken for one must be exactly one, and what is
 * drawn from a pass must be drawn.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "cursor.h"
#include "fault.h"
#include "pass.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void check_pass(const char *, size_t);
static void check_code(const char *);
static void check_cursor(const char *);
static void check_cell(const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		abort();
	memcpy(s, data, len);
	s[len] = '\0';
	check_pass(s, strlen(s));
	check_code(s);
	check_cursor(s);
	check_cell(s);
	free(s);
	return (0);
}

static void
check_pass(const char *s, size_t len)
{
	struct fault f = FAULT_INIT;
	uint8_t *png;
	size_t n;
	char *svg;

	if (!text_is_pass(s))
		return;
	if (len != PASS_CHARS ||
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != len)
		abort();
	if (!pass_png(s, 1, &png, &n, &f) || !pass_svg(s, &svg, &f))
		abort();
	if (n < 8 || strstr(svg, "viewBox=\"0 0 33 33\"") == NULL)
		abort();
	free(png);
	free(svg);
}

static void
check_code(const char *s)
{
	if (!pass_code_is_clean(s))
		return;
	if (strlen(s) != CODE_CHARS || strspn(s, "0123456789") != CODE_CHARS)
		abort();
	(void)!pass_code_is_trivial(s);
}

static void
check_cursor(const char *s)
{
	struct cursor c;
	char again[CURSOR_SIZE];

	if (!cursor_read(s, &c))
		return;
	cursor_write(&c, again);
	if (strcmp(again, s) != 0)
		abort();
}

/* A cell holds no bare quote, and never starts what a spreadsheet runs. */
static void
check_cell(const char *s)
{
	char row[4096] = "";
	size_t i, n;

	if (!csv_quote(s, row, sizeof(row)))
		return;
	n = strlen(row);
	if (n < 2 || row[0] != '"' || row[n - 1] != '"' ||
	    strchr("=+-@|", row[1]) != NULL)
		abort();
	for (i = 1; i < n - 1; i++) {
		if (row[i] == '"' && row[++i] != '"')
			abort();
	}
}
