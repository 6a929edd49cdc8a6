#include <time.h>

#include "fault.h"
#include "picture.h"
#include "threshold.h"
#include "symbol.h"
#include "plan.h"

/* How a pass prepares the picture. */
enum pass_kind {
	PASS_PLAIN,
	PASS_INVERTED,
	PASS_BOX,
	PASS_BLOCK,
	PASS_DOUBLE,
};

struct pass {
	enum pass_kind kind;
	int side;  /* scaled down to this longest side first; 0: as it is */
	int parts; /* box: window is the longest side / parts; block: pixels */
	int bias;  /* box: how much darker is black */
};

/* Measured on public and synthetic pictures; cheap ones first. */
static const struct pass passes[] = {
	{ PASS_BOX, 480, 12, 3 },
	{ PASS_BOX, 960, 24, 3 },
	{ PASS_PLAIN, 0, 0, 0 },
	{ PASS_INVERTED, 0, 0, 0 },
	{ PASS_BLOCK, 0, 8, 0 },
	{ PASS_BLOCK, 0, 16, 0 },
	{ PASS_BOX, 0, 40, 3 },
	{ PASS_DOUBLE, 960, 24, 3 },
};

/* The passes that every frame gets; the others rotate. */
#define ALWAYS 2

static bool pass_run(const struct pass *, const struct picture *,
    struct symbol_list *, struct fault *);
static bool pass_prepare(const struct pass *, const struct picture *,
    struct picture *, struct fault *);
static uint32_t cpu_us(void);

bool
plan_run(struct plan *plan, const struct picture *p, struct symbol_list *list,
    struct fault *f)
{
	const uint32_t start = cpu_us();
	const size_t others = NELEMS(passes) - ALWAYS;
	const size_t first = plan->live ? plan->number % others : 0;
	size_t i, which;

	for (i = 0; i < NELEMS(passes); i++) {
		which = i < ALWAYS ? i : ALWAYS + (i - ALWAYS + first) % others;
		if (!pass_run(&passes[which], p, list, f))
			return (false);
		plan->cpu_us = cpu_us() - start;
		if (list->count > 0)
			break;
		if (plan->live && plan->cpu_us > PLAN_BUDGET_US)
			break;
	}

	return (true);
}

static bool
pass_run(const struct pass *pass, const struct picture *p,
    struct symbol_list *list, struct fault *f)
{
	struct picture ready = { .y = NULL };
	bool done;

	done = pass_prepare(pass, p, &ready, f) && symbol_read(&ready, list, f);
	picture_free(&ready);

	return (done);
}

static bool
pass_prepare(const struct pass *pass, const struct picture *p,
    struct picture *ready, struct fault *f)
{
	struct picture fitted = { .y = NULL }, larger = { .y = NULL };
	const struct picture *from = p;
	bool done = false;

	if (pass->side > 0 && picture_side(p) > pass->side) {
		if (!picture_fit(p, pass->side, &fitted, f))
			return (false);
		from = &fitted;
	}
	switch (pass->kind) {
	case PASS_PLAIN:
	case PASS_INVERTED:
		done = picture_crop(
		    from, 0, 0, from->width, from->height, ready, f);
		if (done && pass->kind == PASS_INVERTED)
			picture_invert(ready);
		break;
	case PASS_BOX:
		done = threshold_box(from, picture_side(from) / pass->parts,
		    pass->bias, ready, f);
		break;
	case PASS_BLOCK:
		done = threshold_block(from, pass->parts, ready, f);
		break;
	case PASS_DOUBLE:
		done = picture_double(from, &larger, f) &&
		    threshold_box(&larger, picture_side(&larger) / pass->parts,
			pass->bias, ready, f);
		break;
	}
	picture_free(&larger);
	picture_free(&fitted);

	return (done);
}

static uint32_t
cpu_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

	return ((uint32_t)(now.tv_sec * 1000000 + now.tv_nsec / 1000));
}
