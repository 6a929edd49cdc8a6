#include <string.h>
#include <time.h>

#include "fault.h"
#include "picture.h"
#include "threshold.h"
#include "symbol.h"
#include "seek.h"
#include "plan.h"

/* What is made of the frame to look at; made once, looked at twice. */
enum sight {
	SIGHT_PLAIN,  /* the frame itself, grey; the others have two levels */
	SIGHT_SMALL,  /* 480 pixels, box */
	SIGHT_TINY,   /* 240 pixels, wide box: large codes, moire */
	SIGHT_BLOCK,  /* full size, blocks */
	SIGHT_FULL,   /* full size, box */
	SIGHT_BOX,    /* 960 pixels at most, box */
	SIGHT_DOUBLE, /* doubled, box: codes of a pixel a module */
	SIGHT__MAX
};

/* What is done with it. */
enum look {
	LOOK_SEEK, /* by finder patterns */
	LOOK_SCAN, /* all of it by ZBar */
};

struct pass {
	enum look look;
	enum sight sight;
};

/*
 * The order is measured on public and synthetic pictures: what reads most in
 * the least time comes first.  Every live frame gets the first ones, and of
 * the others the one that its number chooses.
 */
static const struct pass passes[] = {
	{ LOOK_SEEK, SIGHT_SMALL },
	{ LOOK_SEEK, SIGHT_TINY },
	{ LOOK_SCAN, SIGHT_SMALL },
	{ LOOK_SEEK, SIGHT_BLOCK },
	{ LOOK_SEEK, SIGHT_FULL },
	{ LOOK_SCAN, SIGHT_BOX },
	{ LOOK_SCAN, SIGHT_PLAIN },
	{ LOOK_SCAN, SIGHT_DOUBLE },
	{ LOOK_SEEK, SIGHT_DOUBLE },
};
#define ALWAYS  4
#define OTHERS  (NELEMS(passes) - ALWAYS)
#define DOUBLES 2

#define SMALL_SIDE  480 /* pixels */
#define TINY_SIDE   240
#define BOX_SIDE    960
#define DOUBLE_SIDE 640 /* larger pictures gain nothing by doubling */

#define BIAS 3 /* how much darker than its surroundings is dark */

/* A frame and what was made of it. */
struct frame {
	const struct picture *p;
	struct picture small; /* grey, 480 pixels */
	struct picture sights[SIGHT__MAX];
	struct seek seek;
};

static bool pass_run(const struct pass *, bool, struct frame *,
    struct symbol_list *, struct fault *);
static bool sight_make(struct frame *, enum sight, struct fault *);
static bool box(const struct picture *, int, struct picture *, struct fault *);
static void frame_free(struct frame *);
static uint32_t cpu_us(void);

bool
plan_run(struct plan *plan, const struct picture *p, struct symbol_list *list,
    struct fault *f)
{
	const uint32_t start = cpu_us();
	const size_t last = plan->live ? ALWAYS + 1 : NELEMS(passes);
	/* Doubling, the end of the list, is for small pictures. */
	const size_t others =
	    picture_side(p) > DOUBLE_SIDE ? OTHERS - DOUBLES : OTHERS;
	const size_t turn = plan->live ? plan->number % others : 0;
	struct frame frame = { .p = p };
	bool done = true;
	size_t i;

	for (i = 0; done && i < last; i++) {
		const struct pass *pass = &passes[i < ALWAYS ? i : i + turn];

		/* It would hold ZBar for half a second. */
		if (plan->live && pass->look == LOOK_SCAN &&
		    finder_is_crowd(&frame.seek.finders))
			continue;
		done = pass_run(pass, plan->live, &frame, list, f);
		plan->cpu_us = cpu_us() - start;
		if (list->count > 0)
			break;
		if (plan->live && plan->cpu_us > PLAN_BUDGET_US)
			break;
	}
	frame_free(&frame);

	return (done);
}

static bool
pass_run(const struct pass *pass, bool live, struct frame *frame,
    struct symbol_list *list, struct fault *f)
{
	struct seek_look look = { .live = live, .tries = 4, .flat = 2 };
	const struct picture *levels = frame->p;

	if (pass->sight == SIGHT_DOUBLE && picture_side(levels) > DOUBLE_SIDE)
		return (true);
	if (pass->sight != SIGHT_PLAIN) {
		if (!sight_make(frame, pass->sight, f))
			return (false);
		levels = &frame->sights[pass->sight];
	}
	if (pass->look == LOOK_SCAN)
		return (symbol_read(levels, list, f));
	look.levels = levels;
	look.step = picture_side(levels) > SMALL_SIDE ? 2 : 1;

	return (seek_read(&frame->seek, &look, frame->p, list, f));
}

static bool
sight_make(struct frame *frame, enum sight which, struct fault *f)
{
	struct picture *sight = &frame->sights[which];
	const struct picture *p = frame->p;
	struct picture grey = { .y = NULL }, twice = { .y = NULL };
	bool done = false;

	if (sight->y != NULL)
		return (true);
	if ((which == SIGHT_SMALL || which == SIGHT_TINY) &&
	    frame->small.y == NULL &&
	    !picture_fit(p, SMALL_SIDE, &frame->small, f))
		return (false);
	switch (which) {
	case SIGHT_SMALL:
		return (box(&frame->small, 12, sight, f));
	case SIGHT_TINY:
		done = picture_fit(&frame->small, TINY_SIDE, &grey, f) &&
		    box(&grey, 4, sight, f);
		break;
	case SIGHT_BLOCK:
		return (threshold_block(p, 16, sight, f));
	case SIGHT_FULL:
		return (box(p, 24, sight, f));
	case SIGHT_BOX:
		done = picture_fit(p, BOX_SIDE, &grey, f) &&
		    box(&grey, 24, sight, f);
		break;
	case SIGHT_DOUBLE:
		done =
		    picture_double(p, &twice, f) && box(&twice, 24, sight, f);
		break;
	case SIGHT_PLAIN:
	case SIGHT__MAX:
		break;
	}
	picture_free(&twice);
	picture_free(&grey);

	return (done);
}

static bool
box(const struct picture *p, int parts, struct picture *out, struct fault *f)
{
	return (threshold_box(p, picture_side(p) / parts, BIAS, out, f));
}

static void
frame_free(struct frame *frame)
{
	int i;

	picture_free(&frame->small);
	for (i = 0; i < SIGHT__MAX; i++)
		picture_free(&frame->sights[i]);
}

static uint32_t
cpu_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

	return ((uint32_t)(now.tv_sec * 1000000 + now.tv_nsec / 1000));
}
