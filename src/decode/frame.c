#include <string.h>

#include "fault.h"
#include "decode_protocol.h"
#include "picture.h"
#include "baseline.h"
#include "symbol.h"
#include "plan.h"
#include "frame.h"

bool
frame_read(const uint8_t *jpeg, size_t len, uint32_t number,
    struct decode_answer *answer, struct fault *f)
{
	struct symbol_list passes = { .pass_only = true };
	struct plan plan = { .live = true, .number = number };
	struct picture p = { .y = NULL };
	struct fault bad = FAULT_INIT;
	int width, height;
	bool done = false;

	memset(answer, 0, sizeof(*answer));
	answer->kind = DECODE_ANSWER_UNREADABLE;
	if (!baseline_check(jpeg, len, &width, &height))
		return (true);
	if (!baseline_read(jpeg, len, &p, &bad)) {
		if (bad.kind == FAULT_PEER)
			return (true);
		return (fault_set(f, bad.kind, "%s", bad.what));
	}
	if (!plan_run(&plan, &p, &passes, f))
		goto out;

	answer->kind = DECODE_ANSWER_NOTHING;
	if (passes.count > 1)
		answer->kind = DECODE_ANSWER_SEVERAL;
	else if (passes.count == 1) {
		answer->kind = DECODE_ANSWER_PASS;
		memcpy(answer->pass, passes.symbols[0].text, DECODE_PASS_CHARS);
	}
	done = true;
out:
	symbol_list_clear(&passes);
	picture_free(&p);
	return (done);
}
