/*
 * What a tablet can make decode read.  The first byte's lowest bit chooses:
 * the bytes of a JPEG, the whole way from the check of its head; or a picture
 * of one bit a pixel, straight to the passes, where a mutation changes a
 * module and not a Huffman code.  Whatever comes out must be an answer that
 * the protocol carries, and a pass of the right grammar.
 */
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "decode_protocol.h"
#include "fault.h"
#include "frame.h"
#include "picture.h"
#include "plan.h"
#include "symbol.h"
#include "text.h"

#define LARGE (200 * 200) /* pixels */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__lsan_default_suppressions(void);

/*
 * ZBar loses a converter of character sets at each ECI segment, where it can
 * open one at all; in its cage it cannot.
 */
const char *
__lsan_default_suppressions(void)
{
	return ("leak:libzbar\n");
}

static void
jpeg(const uint8_t *data, size_t size)
{
	uint8_t wire[DECODE_ANSWER_BYTES];
	struct decode_answer answer, read;
	struct fault f = FAULT_INIT;
	int width, height;

	/* Large ones are slow and no different: one length of eight. */
	if (baseline_check(data, size, &width, &height) &&
	    width * height > LARGE && size % 8 != 0)
		return;
	if (!frame_read(data, size, (uint32_t)size, &answer, &f)) {
		if (f.kind != FAULT_MEMORY)
			abort();
		return;
	}
	decode_answer_write(&answer, wire);
	if (!decode_answer_read(wire, &read) ||
	    read.kind > DECODE_ANSWER_UNREADABLE)
		abort();
}

static void
bits(const uint8_t *data, size_t size)
{
	struct symbol_list list = { .pass_only = (data[0] & 2) != 0 };
	struct plan plan = { .live = true, .number = data[0] };
	struct fault f = FAULT_INIT;
	struct picture p;
	size_t i, pixels;
	const int grow = 1 + (data[1] & 3);
	int side, x, y;

	/* As square as the bytes allow, each bit a square of pixels. */
	pixels = (size - 2) * 8;
	for (side = 1; (size_t)(side + 1) * (size_t)(side + 1) <= pixels;)
		side++;
	if (side > 90 || !picture_init(&p, side * grow, side * grow, &f))
		return;
	for (y = 0; y < p.height; y++)
		for (x = 0; x < p.width; x++) {
			i = (size_t)(y / grow) * (size_t)side +
			    (size_t)(x / grow);
			p.y[y * p.width + x] =
			    data[2 + i / 8] >> (i % 8) & 1 ? 230 : 20;
		}
	if (!plan_run(&plan, &p, &list, &f) && f.kind != FAULT_MEMORY)
		abort();
	for (i = 0; i < (size_t)list.count; i++)
		if (list.pass_only && !text_is_pass(list.symbols[i].text))
			abort();
	symbol_list_clear(&list);
	picture_free(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4)
		return (0);
	if ((data[0] & 1) == 0)
		jpeg(data + 1, size - 1);
	else
		bits(data, size);

	return (0);
}
