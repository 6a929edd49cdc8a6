#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "picture.h"
#include "image.h"
#include "symbol.h"
#include "plan.h"
#include "decoder.h"
#include "scan_work.h"

static bool pack_texts(const struct symbol_list *, struct decoder_result *,
    uint8_t **, struct fault *);
static bool pack_picture(const struct picture *, struct decoder_result *,
    uint8_t **, struct fault *);
static bool not_a_picture(struct fault *);

bool
scan_work_read(const struct decoder_task *task, const uint8_t *file,
    struct decoder_result *result, uint8_t **outp, struct fault *f)
{
	struct symbol_list texts = { .pass_only = task->pass_only != 0 };
	struct plan plan = { .live = task->pass_only != 0,
		.number = task->number };
	struct picture p = { .y = NULL };
	bool done;

	*outp = NULL;
	memset(result, 0, sizeof(*result));
	if (!image_read(file, task->len, &p, f))
		return (not_a_picture(f));
	done = plan_run(&plan, &p, &texts, f) &&
	    pack_texts(&texts, result, outp, f);
	result->read = 1;
	result->cpu_us = plan.cpu_us;
	symbol_list_clear(&texts);
	picture_free(&p);

	return (done);
}

bool
scan_work_convert(const struct decoder_task *task, const uint8_t *file,
    struct decoder_result *result, uint8_t **outp, struct fault *f)
{
	struct picture whole = { .y = NULL }, p = { .y = NULL };
	bool done;

	*outp = NULL;
	memset(result, 0, sizeof(*result));
	if (!image_read_any(file, task->len, &whole, f))
		return (not_a_picture(f));
	done = picture_fit(&whole, IMAGE_SIDE_MAX, &p, f) &&
	    pack_picture(&p, result, outp, f);
	result->read = 1;
	picture_free(&p);
	picture_free(&whole);

	return (done);
}

static bool
pack_texts(const struct symbol_list *texts, struct decoder_result *result,
    uint8_t **outp, struct fault *f)
{
	size_t len = 0;
	uint8_t *at;
	uint32_t n;
	int i;

	for (i = 0; i < texts->count; i++)
		len += sizeof(n) + texts->symbols[i].len;
	if (len > 0 && (*outp = malloc(len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for texts"));
	at = *outp;
	for (i = 0; i < texts->count; i++) {
		n = (uint32_t)texts->symbols[i].len;
		memcpy(at, &n, sizeof(n));
		memcpy(at + sizeof(n), texts->symbols[i].text, n);
		at += sizeof(n) + n;
	}
	result->count = (uint32_t)texts->count;
	result->len = (uint32_t)len;

	return (true);
}

static bool
pack_picture(const struct picture *p, struct decoder_result *result,
    uint8_t **outp, struct fault *f)
{
	const size_t pixels = (size_t)p->width * (size_t)p->height;
	char head[32];
	int n;

	n = snprintf(head, sizeof(head), "P5 %d %d 255\n", p->width, p->height);
	if ((*outp = malloc((size_t)n + pixels)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for a PGM"));
	memcpy(*outp, head, (size_t)n);
	memcpy(*outp + n, p->y, pixels);
	result->len = (uint32_t)((size_t)n + pixels);

	return (true);
}

/* Only the file is to blame: say so in the result, and go on. */
static bool
not_a_picture(struct fault *f)
{
	if (f->kind != FAULT_PEER)
		return (false);
	fault_clear(f);

	return (true);
}
