/*
 * zbar scan --time -- FILE...
 *
 * What "genkan-decode scan" prints, by ZBar as it comes: one look at the whole
 * picture with all its defaults.  The reference for scripts/bench, and for
 * scripts/qr-bench --decode.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zbar.h>

#include "fault.h"
#include "image.h"
#include "picture.h"
#include "scan.h"

static int64_t
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

static void
look(const char *path, const struct picture *p)
{
	const int64_t from = cpu_us();
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *image = zbar_image_create();
	const zbar_symbol_t *s;
	const char *text;
	int64_t us;

	(void)zbar_image_scanner_request_dbus(scanner, 0);
	zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(image, (unsigned)p->width, (unsigned)p->height);
	zbar_image_set_data(image, p->y,
	    (unsigned long)p->width * (unsigned long)p->height, NULL);
	(void)zbar_scan_image(scanner, image);
	us = cpu_us() - from;
	if ((s = zbar_image_first_symbol(image)) == NULL)
		scan_print_row(path, NULL, 0, us);
	for (; s != NULL; s = zbar_symbol_next(s)) {
		text = zbar_symbol_get_data(s);
		scan_print_row(path, (const uint8_t *)text, strlen(text), us);
	}
	zbar_image_destroy(image);
	zbar_image_scanner_destroy(scanner);
}

static bool
read_file(const char *path, uint8_t **bytes, size_t *len)
{
	FILE *in = fopen(path, "rb");
	long size;
	bool done = false;

	*bytes = NULL;
	if (in == NULL)
		return (false);
	if (fseek(in, 0, SEEK_END) == 0 && (size = ftell(in)) > 0 &&
	    (*bytes = malloc((size_t)size)) != NULL) {
		rewind(in);
		*len = (size_t)size;
		done = fread(*bytes, 1, *len, in) == *len;
	}
	fclose(in);
	return (done);
}

int
main(int argc, char **argv)
{
	struct fault f = FAULT_INIT;
	struct picture p;
	uint8_t *bytes;
	size_t len;
	int i;

	if (argc < 4 || strcmp(argv[3], "--") != 0)
		return (64);
	for (i = 4; i < argc; i++) {
		if (read_file(argv[i], &bytes, &len) &&
		    image_read_any(bytes, len, &p, &f)) {
			look(argv[i], &p);
			picture_free(&p);
		} else {
			scan_print_row(argv[i], NULL, 0, 0);
			fault_clear(&f);
		}
		free(bytes);
	}
	return (0);
}
