#include <stdlib.h>
#include <string.h>

#include <zbar.h>

#include "fault.h"
#include "text.h"
#include "picture.h"
#include "symbol.h"

static bool keep(struct symbol_list *, const char *, size_t, struct fault *);

void
symbol_list_clear(struct symbol_list *list)
{
	int i;

	for (i = 0; i < list->count; i++) {
		explicit_bzero(list->symbols[i].text, list->symbols[i].len);
		free(list->symbols[i].text);
	}
	memset(list->symbols, 0, sizeof(list->symbols));
	list->count = 0;
	list->seen = 0;
}

bool
symbol_read(const struct picture *p, struct symbol_list *list, struct fault *f)
{
	zbar_image_scanner_t *scanner;
	zbar_image_t *image;
	const zbar_symbol_t *s;
	bool done = false;

	/* A reused scanner keeps history and grows with each code. */
	scanner = zbar_image_scanner_create();
	image = zbar_image_create();
	if (scanner == NULL || image == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a scanner");
		goto out;
	}
	/* The library can announce every text on the system bus. */
	(void)zbar_image_scanner_request_dbus(scanner, 0);
	(void)zbar_image_scanner_set_config(
	    scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
	(void)zbar_image_scanner_set_config(
	    scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	(void)zbar_image_scanner_set_config(
	    scanner, ZBAR_NONE, ZBAR_CFG_X_DENSITY, 1);
	(void)zbar_image_scanner_set_config(
	    scanner, ZBAR_NONE, ZBAR_CFG_Y_DENSITY, 1);

	zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(image, (unsigned)p->width, (unsigned)p->height);
	zbar_image_set_data(image, p->y,
	    (unsigned long)p->width * (unsigned long)p->height, NULL);
	if (zbar_scan_image(scanner, image) < 0) {
		fault_set(f, FAULT_MEMORY, "zbar cannot scan");
		goto out;
	}
	for (s = zbar_image_first_symbol(image); s != NULL;
	     s = zbar_symbol_next(s)) {
		if (zbar_symbol_get_type(s) != ZBAR_QRCODE)
			continue;
		list->seen++;
		if (!keep(list, zbar_symbol_get_data(s),
			zbar_symbol_get_data_length(s), f))
			goto out;
	}
	done = true;
out:
	if (image != NULL)
		zbar_image_destroy(image);
	if (scanner != NULL)
		zbar_image_scanner_destroy(scanner);
	return (done);
}

static bool
keep(struct symbol_list *list, const char *text, size_t len, struct fault *f)
{
	struct symbol *s;
	char *copy;
	int i;

	if (text == NULL || len == 0 || len > SYMBOL_TEXT_MAX)
		return (true);
	for (i = 0; i < list->count; i++)
		if (list->symbols[i].len == len &&
		    memcmp(list->symbols[i].text, text, len) == 0)
			return (true);
	if (list->count == SYMBOL_LIST_MAX)
		return (true);

	if ((copy = malloc(len + 1)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for a text"));
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (list->pass_only && (strlen(copy) != len || !text_is_pass(copy))) {
		free(copy);
		return (true);
	}
	s = &list->symbols[list->count++];
	s->text = copy;
	s->len = len;

	return (true);
}
