#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <webp/decode.h>

#include "fault.h"
#include "picture.h"
#include "baseline.h"
#include "image.h"

enum image_format {
	FORMAT_NONE,
	FORMAT_JPEG,
	FORMAT_PNG,
	FORMAT_PNM,
	FORMAT_BMP,
	FORMAT_GIF,
	FORMAT_WEBP,
};

static enum image_format recognise(const uint8_t *, size_t);
static bool read_png(const uint8_t *, size_t, struct picture *, struct fault *);
static bool read_webp(
    const uint8_t *, size_t, struct picture *, struct fault *);

bool
image_is_simple(const uint8_t *file, size_t len)
{
	int width, height;

	switch (recognise(file, len)) {
	case FORMAT_JPEG:
		return (len <= 512 * 1024 &&
		    baseline_check(file, len, &width, &height));
	case FORMAT_PNG:
		/* Its head has a fixed place (PNG, section 11.2.2). */
		return (len >= 24 && file[16] == 0 && file[17] == 0 &&
		    file[20] == 0 && file[21] == 0 &&
		    (file[18] << 8 | file[19]) <= IMAGE_SIDE_MAX &&
		    (file[22] << 8 | file[23]) <= IMAGE_SIDE_MAX);
	case FORMAT_PNM:
		return (file[1] == '5' &&
		    image_sides_pnm(file, len, &width, &height) &&
		    width <= IMAGE_SIDE_MAX && height <= IMAGE_SIDE_MAX);
	default:
		return (false);
	}
}

bool
image_read(const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	if (!image_is_simple(file, len))
		return (fault_set(f, FAULT_PEER, "not a simple picture"));
	switch (recognise(file, len)) {
	case FORMAT_JPEG:
		return (baseline_read(file, len, p, f));
	case FORMAT_PNG:
		return (read_png(file, len, p, f));
	default:
		return (image_read_pnm(file, len, p, f));
	}
}

bool
image_read_any(
    const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	memset(p, 0, sizeof(*p));
	switch (recognise(file, len)) {
	case FORMAT_JPEG:
		return (baseline_read_any(file, len, IMAGE_SIDE_MAX, p, f));
	case FORMAT_PNG:
		return (read_png(file, len, p, f));
	case FORMAT_PNM:
		return (image_read_pnm(file, len, p, f));
	case FORMAT_BMP:
		return (image_read_bmp(file, len, p, f));
	case FORMAT_GIF:
		return (image_read_gif(file, len, p, f));
	case FORMAT_WEBP:
		return (read_webp(file, len, p, f));
	case FORMAT_NONE:
		break;
	}

	return (fault_set(f, FAULT_PEER, "no picture format that we know"));
}

bool
image_check(int64_t width, int64_t height, struct fault *f)
{
	if (width < 1 || height < 1 || width > PICTURE_SIDE_MAX ||
	    height > PICTURE_SIDE_MAX || width * height > IMAGE_PIXELS_MAX)
		return (fault_set(f, FAULT_PEER, "a picture of %lld by %lld",
		    (long long)width, (long long)height));

	return (true);
}

static enum image_format
recognise(const uint8_t *file, size_t len)
{
	static const struct {
		enum image_format format;
		size_t len;
		const char *magic;
	} known[] = {
		{ FORMAT_JPEG, 3, "\xff\xd8\xff" },
		{ FORMAT_PNG, 8, "\x89PNG\r\n\x1a\n" },
		{ FORMAT_BMP, 2, "BM" },
		{ FORMAT_GIF, 4, "GIF8" },
		{ FORMAT_WEBP, 4, "RIFF" },
	};
	size_t i;

	for (i = 0; i < NELEMS(known); i++)
		if (len > known[i].len &&
		    memcmp(file, known[i].magic, known[i].len) == 0)
			return (known[i].format);
	if (len > 3 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6')
		return (FORMAT_PNM);

	return (FORMAT_NONE);
}

static bool
read_png(const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	const png_color white = { 255, 255, 255 };
	png_image image = { .version = PNG_IMAGE_VERSION };
	bool done = false;

	memset(p, 0, sizeof(*p));
	if (!png_image_begin_read_from_memory(&image, file, len))
		return (fault_set(f, FAULT_PEER, "png: %s", image.message));
	image.format = PNG_FORMAT_GRAY;
	if (!image_check(image.width, image.height, f) ||
	    !picture_init(p, (int)image.width, (int)image.height, f))
		goto out;
	if (!png_image_finish_read(
		&image, &white, p->y, (png_int_32)image.width, NULL)) {
		fault_set(f, FAULT_PEER, "png: %s", image.message);
		picture_free(p);
		goto out;
	}
	done = true;
out:
	png_image_free(&image);
	return (done);
}

static bool
read_webp(const uint8_t *file, size_t len, struct picture *p, struct fault *f)
{
	uint8_t *rgba;
	int width, height;
	size_t i, pixels;

	if (!WebPGetInfo(file, len, &width, &height))
		return (fault_set(f, FAULT_PEER, "webp: no picture"));
	if (!image_check(width, height, f))
		return (false);
	if ((rgba = WebPDecodeRGBA(file, len, &width, &height)) == NULL)
		return (fault_set(f, FAULT_PEER, "webp: broken"));
	if (!picture_init(p, width, height, f)) {
		WebPFree(rgba);
		return (false);
	}
	pixels = (size_t)width * (size_t)height;
	for (i = 0; i < pixels; i++) {
		const uint8_t *c = rgba + 4 * i;
		const int grey = image_grey(c[0], c[1], c[2]);

		p->y[i] = (uint8_t)((grey * c[3] + 255 * (255 - c[3])) / 255);
	}
	WebPFree(rgba);

	return (true);
}
