#include <png.h>
#include <qrencode.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "secret.h"

#include "pass.h"

#define SCALE_MAX 64
#define VERSION   2

/* A PNG growing in memory. */
struct picture {
	FILE *file;
	char *data;
	size_t len;
};

static QRcode *encode(const char *, struct fault *);
static bool is_run(const char *, int);
static bool repeats(const char *, size_t);
static bool draw(const QRcode *, size_t, FILE *, struct fault *);
static bool draw_rows(
    png_structp, png_infop, const QRcode *, size_t, uint8_t *, FILE *);
static void fill_row(const QRcode *, size_t, size_t, uint8_t *);
static bool is_dark(const QRcode *, size_t, size_t);
static void write_png(png_structp, png_bytep, png_size_t);
static void flush_png(png_structp);

void
pass_make(pass_text out)
{
	secret_token(out, PASS_CHARS);
}

void
pass_code_make(code_text out)
{
	/* The largest multiple of a million that four bytes hold: no digit is
	 * likelier than another. */
	const uint32_t fair = UINT32_MAX / 1000000 * 1000000;
	uint32_t n;

	do {
		secret_random(&n, sizeof(n));
		if (n < fair)
			(void)snprintf(out, CODE_CHARS + 1, "%06u",
			    (unsigned)(n % 1000000));
	} while (n >= fair || pass_code_is_trivial(out));
}

bool
pass_code_is_clean(const char *s)
{
	return (strspn(s, "0123456789") == CODE_CHARS && s[CODE_CHARS] == '\0');
}

bool
pass_code_is_trivial(const char *s)
{
	return (is_run(s, 0) || is_run(s, 1) || is_run(s, -1) ||
	    repeats(s, 2) || repeats(s, 3));
}

bool
pass_png(
    const char *pass, int scale, uint8_t **datap, size_t *lenp, struct fault *f)
{
	struct picture p = { .file = NULL };
	QRcode *code;
	bool ok;

	if (scale < 1 || scale > SCALE_MAX)
		return (fault_set(f, FAULT_BUG, "pass_png: scale %d", scale));
	if ((code = encode(pass, f)) == NULL)
		return (false);
	if ((p.file = open_memstream(&p.data, &p.len)) == NULL) {
		QRcode_free(code);
		return (fault_set(f, FAULT_MEMORY, "pass_png"));
	}
	ok = draw(code, (size_t)scale, p.file, f);
	QRcode_free(code);
	if (fclose(p.file) != 0 && ok)
		ok = fault_set(f, FAULT_MEMORY, "pass_png");
	if (!ok) {
		free(p.data);
		return (false);
	}
	*datap = (uint8_t *)p.data;
	*lenp = p.len;
	return (true);
}

bool
pass_svg(const char *pass, char **svgp, struct fault *f)
{
	QRcode *code;
	FILE *out;
	char *text = NULL;
	size_t len, side, x, y;

	if ((code = encode(pass, f)) == NULL)
		return (false);
	if ((out = open_memstream(&text, &len)) == NULL) {
		QRcode_free(code);
		return (fault_set(f, FAULT_MEMORY, "pass_svg"));
	}
	side = (size_t)code->width + 2 * PASS_QUIET;
	(void)fprintf(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "viewBox=\"0 0 %zu %zu\" shape-rendering=\"crispEdges\">"
	    "<path fill=\"#fff\" d=\"M0 0h%zuv%zuH0z\"/>"
	    "<path fill=\"#000\" d=\"",
	    side, side, side, side);
	for (y = 0; y < side; y++) {
		for (x = 0; x < side; x++) {
			if (is_dark(code, x, y))
				(void)fprintf(out, "M%zu %zuh1v1h-1z", x, y);
		}
	}
	(void)fputs("\"/></svg>", out);
	QRcode_free(code);
	if (fclose(out) != 0) {
		free(text);
		return (fault_set(f, FAULT_MEMORY, "pass_svg"));
	}
	*svgp = text;
	return (true);
}

static QRcode *
encode(const char *pass, struct fault *f)
{
	QRcode *code;

	/* libqrencode finds the alphanumeric mode by itself, and for a pass
	 * of many digits even a shorter one: every pass is version 2. */
	code = QRcode_encodeString(pass, VERSION, QR_ECLEVEL_Q, QR_MODE_8, 1);
	if (code == NULL)
		fault_set(f, FAULT_MEMORY, "QRcode_encodeString");
	return (code);
}

/* Does each digit differ from the one before by ${step}? */
static bool
is_run(const char *s, int step)
{
	for (; s[1] != '\0'; s++) {
		if (s[1] - s[0] != step)
			return (false);
	}
	return (true);
}

/* Is ${s} its first ${n} digits again and again? */
static bool
repeats(const char *s, size_t n)
{
	return (strncmp(s, s + n, CODE_CHARS - n) == 0);
}

static bool
draw(const QRcode *code, size_t scale, FILE *file, struct fault *f)
{
	png_structp png;
	png_infop info;
	uint8_t *row;
	bool ok = false;

	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	info = png == NULL ? NULL : png_create_info_struct(png);
	row = malloc(((size_t)code->width + 2 * PASS_QUIET) * scale / 8 + 1);
	if (info != NULL && row != NULL)
		ok = draw_rows(png, info, code, scale, row, file);
	if (!ok)
		fault_set(f, FAULT_MEMORY, "png");
	free(row);
	png_destroy_write_struct(&png, &info);
	return (ok);
}

/* In a function of its own: libpng returns here by longjmp. */
static bool
draw_rows(png_structp png, png_infop info, const QRcode *code, size_t scale,
    uint8_t *row, FILE *file)
{
	const size_t side = ((size_t)code->width + 2 * PASS_QUIET) * scale;
	size_t y;

	if (setjmp(png_jmpbuf(png)) != 0)
		return (false);
	png_set_write_fn(png, file, write_png, flush_png);
	png_set_IHDR(png, info, (png_uint_32)side, (png_uint_32)side, 1,
	    PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (y = 0; y < side; y++) {
		fill_row(code, scale, y / scale, row);
		png_write_row(png, row);
	}
	png_write_end(png, NULL);
	return (true);
}

/* One line of pixels, a bit each, 1 is white. */
static void
fill_row(const QRcode *code, size_t scale, size_t y, uint8_t *row)
{
	const size_t side = ((size_t)code->width + 2 * PASS_QUIET) * scale;
	size_t x;

	memset(row, 0xff, side / 8 + 1);
	for (x = 0; x < side; x++) {
		if (is_dark(code, x / scale, y))
			row[x / 8] &= (uint8_t) ~(0x80u >> (x % 8));
	}
}

/* Module ${x}, ${y}, counted from the corner of the quiet zone. */
static bool
is_dark(const QRcode *code, size_t x, size_t y)
{
	const size_t width = (size_t)code->width;

	if (x < PASS_QUIET || y < PASS_QUIET || x - PASS_QUIET >= width ||
	    y - PASS_QUIET >= width)
		return (false);
	return (
	    (code->data[(y - PASS_QUIET) * width + x - PASS_QUIET] & 1) != 0);
}

static void
write_png(png_structp png, png_bytep data, png_size_t len)
{
	if (fwrite(data, 1, len, png_get_io_ptr(png)) != len)
		png_error(png, "memory");
}

static void
flush_png(png_structp png)
{
	(void)png;
}
