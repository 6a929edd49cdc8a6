#include <stdio.h>
#include <setjmp.h>
#include <string.h>

#include <jpeglib.h>

#include "fault.h"
#include "picture.h"
#include "baseline.h"

/* Markers of ITU-T T.81 table B.1. */
enum marker {
	MARKER_SOF0 = 0xc0,
	MARKER_SOF1 = 0xc1,
	MARKER_DHT = 0xc4,
	MARKER_JPG = 0xc8,
	MARKER_DAC = 0xcc,
	MARKER_SOF15 = 0xcf,
	MARKER_RST0 = 0xd0,
	MARKER_EOI = 0xd9,
	MARKER_SOS = 0xda,
	MARKER_DNL = 0xdc,
};

#define MEMORY_MAX (16L * 1024 * 1024) /* of libjpeg, for a frame */
#define SCANS_MAX  100                 /* a progressive file's scans */

/* Where libjpeg's errors go. */
struct jpeg_escape {
	struct jpeg_error_mgr manager; /* first: libjpeg knows only this */
	jmp_buf back;
};

static bool check_frame(const uint8_t *, size_t, int *, int *, int *);
static bool read_jpeg(
    const uint8_t *, size_t, int, struct picture *, struct fault *);
static bool rows(struct jpeg_decompress_struct *, struct picture *);
static void escape(j_common_ptr) __attribute__((noreturn));
static void count_warning(j_common_ptr, int);
static void say_nothing(j_common_ptr);
static void count_scans(j_common_ptr);

bool
baseline_check(const uint8_t *jpeg, size_t len, int *width, int *height)
{
	size_t at = 2, size;
	int components = 0;
	uint8_t marker;

	if (len < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8)
		return (false);
	for (;;) {
		/* A marker is 0xff, more of them as padding, and its code. */
		if (at >= len || jpeg[at] != 0xff)
			return (false);
		while (at < len && jpeg[at] == 0xff)
			at++;
		if (at >= len)
			return (false);
		marker = jpeg[at++];
		if (marker < MARKER_SOF0 ||
		    (marker >= MARKER_RST0 && marker <= MARKER_EOI))
			return (false);
		if (len - at < 2)
			return (false);
		size = (size_t)jpeg[at] << 8 | jpeg[at + 1];
		if (size < 2 || size > len - at)
			return (false);

		if (marker == MARKER_SOS)
			/* All components in one scan, else libjpeg holds the
			 * whole picture's coefficients. */
			return (components != 0 && size >= 3 &&
			    jpeg[at + 2] == components);
		if (marker == MARKER_SOF0 || marker == MARKER_SOF1) {
			if (components != 0 ||
			    !check_frame(
				jpeg + at, size, width, height, &components))
				return (false);
		} else if ((marker > MARKER_SOF1 && marker <= MARKER_SOF15 &&
			       marker != MARKER_DHT) ||
		    marker == MARKER_DNL)
			return (false);
		at += size;
	}
}

bool
baseline_read(
    const uint8_t *jpeg, size_t len, struct picture *p, struct fault *f)
{
	return (read_jpeg(jpeg, len, 0, p, f));
}

bool
baseline_read_any(const uint8_t *jpeg, size_t len, int side, struct picture *p,
    struct fault *f)
{
	return (read_jpeg(jpeg, len, side, p, f));
}

/* The frame header of T.81 B.2.2, its length field included. */
static bool
check_frame(const uint8_t *header, size_t size, int *width, int *height,
    int *components)
{
	if (size < 8 || header[2] != 8)
		return (false);
	*height = header[3] << 8 | header[4];
	*width = header[5] << 8 | header[6];
	*components = header[7];
	if (*components != 1 && *components != 3)
		return (false);
	if (size != 8 + 3 * (size_t)*components)
		return (false);

	return (*width >= BASELINE_SIDE_MIN && *width <= BASELINE_SIDE_MAX &&
	    *height >= BASELINE_SIDE_MIN && *height <= BASELINE_SIDE_MAX);
}

static bool
read_jpeg(const uint8_t *jpeg, size_t len, int side, struct picture *p,
    struct fault *f)
{
	struct jpeg_decompress_struct cinfo;
	struct jpeg_escape errors;
	struct jpeg_progress_mgr progress;
	char why[JMSG_LENGTH_MAX];
	int longest;

	memset(p, 0, sizeof(*p));
	memset(&cinfo, 0, sizeof(cinfo));
	memset(&progress, 0, sizeof(progress));
	cinfo.err = jpeg_std_error(&errors.manager);
	errors.manager.error_exit = escape;
	errors.manager.emit_message = count_warning;
	errors.manager.output_message = say_nothing;
	if (setjmp(errors.back) != 0) {
		(*cinfo.err->format_message)((j_common_ptr)&cinfo, why);
		jpeg_destroy_decompress(&cinfo);
		picture_free(p);
		return (fault_set(f, FAULT_PEER, "jpeg: %.120s", why));
	}

	jpeg_create_decompress(&cinfo);
	jpeg_mem_src(&cinfo, jpeg, (unsigned long)len);
	(void)jpeg_read_header(&cinfo, TRUE);
	/* Grey output leaves the colour planes undecoded. */
	cinfo.out_color_space =
	    cinfo.num_components == 4 ? JCS_CMYK : JCS_GRAYSCALE;
	if (side == 0)
		cinfo.mem->max_memory_to_use = MEMORY_MAX;
	else {
		progress.progress_monitor = count_scans;
		cinfo.progress = &progress;
		longest = (int)(cinfo.image_width > cinfo.image_height
			? cinfo.image_width
			: cinfo.image_height);
		cinfo.scale_num = 1;
		cinfo.scale_denom = 1;
		while (cinfo.scale_denom < 8 &&
		    longest / (int)(2 * cinfo.scale_denom) >= side)
			cinfo.scale_denom *= 2;
	}
	(void)jpeg_start_decompress(&cinfo);
	if (!picture_init(
		p, (int)cinfo.output_width, (int)cinfo.output_height, f) ||
	    !rows(&cinfo, p)) {
		jpeg_destroy_decompress(&cinfo);
		picture_free(p);
		return (fault_set(f, FAULT_PEER, "jpeg: odd components"));
	}
	jpeg_destroy_decompress(&cinfo);

	return (true);
}

static bool
rows(struct jpeg_decompress_struct *cinfo, struct picture *p)
{
	JSAMPARRAY line;
	JSAMPROW row;
	int x;

	if (cinfo->output_components == 1) {
		while (cinfo->output_scanline < cinfo->output_height) {
			row = p->y +
			    (size_t)cinfo->output_scanline * (size_t)p->width;
			(void)jpeg_read_scanlines(cinfo, &row, 1);
		}
		return (true);
	}
	if (cinfo->output_components != 4)
		return (false);

	/* CMYK, inverted as Adobe writes it: ink of all four at once. */
	line = (*cinfo->mem->alloc_sarray)(
	    (j_common_ptr)cinfo, JPOOL_IMAGE, (JDIMENSION)p->width * 4, 1);
	while (cinfo->output_scanline < cinfo->output_height) {
		row = p->y + (size_t)cinfo->output_scanline * (size_t)p->width;
		(void)jpeg_read_scanlines(cinfo, line, 1);
		for (x = 0; x < p->width; x++) {
			const JSAMPLE *ink = line[0] + 4 * (size_t)x;

			row[x] = (uint8_t)((ink[0] + 2 * ink[1] + ink[2]) *
			    ink[3] / (4 * 255));
		}
	}

	return (true);
}

static void
escape(j_common_ptr cinfo)
{
	struct jpeg_escape *errors = (struct jpeg_escape *)cinfo->err;

	longjmp(errors->back, 1);
}

/* A damaged frame is still worth a look; only count, never print. */
static void
count_warning(j_common_ptr cinfo, int level)
{
	if (level < 0)
		cinfo->err->num_warnings++;
}

static void
say_nothing(j_common_ptr cinfo)
{
	(void)cinfo;
}

/* A progressive file of a few bytes can ask for thousands of scans. */
static void
count_scans(j_common_ptr cinfo)
{
	if (cinfo->is_decompressor &&
	    ((j_decompress_ptr)cinfo)->input_scan_number > SCANS_MAX)
		escape(cinfo);
}
