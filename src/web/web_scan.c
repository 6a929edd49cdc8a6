#include <string.h>

#include "clock.h"
#include "fault.h"

#include "checkin.h"
#include "context.h"
#include "decode_client.h"
#include "operation_log.h"

#include "handler.h"
#include "request.h"
#include "web_check_in.h"
#include "web_record.h"

/* POST /api/v1/scans: a camera frame, handed on unread. */

static bool again(struct web_request *, struct fault *);
static bool decoded(struct web_request *, const char *, struct fault *);

bool
web_scan_create(struct web_request *r, struct fault *f)
{
	const char *given = query_text(r, "frame", FIELD_REQUIRED, 0, 20);
	const int64_t frame = query_int(r, "frame", 0, UINT32_MAX, 0);
	char pass[DECODE_PASS_CHARS + 1];
	enum decode_verdict verdict;

	(void)given;
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!web_record_keyed(r))
		return (reply_problem(r, PROBLEM_idempotency_key_missing));
	if (r->body_len == 0)
		return (reply_problem(r, PROBLEM_unreadable_frame));

	if (!decode_frame(r->decode, r->body, r->body_len, (uint32_t)frame,
		&verdict, pass, f)) {
		if (f->kind != FAULT_DECODE_AWAY)
			return (false);
		fault_clear(f);
		return (reply_problem(r, PROBLEM_decoder_away));
	}
	switch (verdict) {
	case DECODE_PASS:
		return (decoded(r, pass, f));
	case DECODE_SEVERAL:
		return (reply_problem(r, PROBLEM_several_passes));
	case DECODE_UNREADABLE:
		return (reply_problem(r, PROBLEM_unreadable_frame));
	case DECODE_NOTHING:
		return (again(r, f));
	case DECODE_VERDICT__MAX:
		break;
	}
	return (fault_set(f, FAULT_BUG, "decode verdict"));
}

/*
 * Nothing in view.  If this key has made a check-in, its answer was lost on
 * the way and the guest has put the phone away: give it again, while it can be
 * undone.  Later somebody else stands there, who must not read the name.
 */
static bool
again(struct web_request *r, struct fault *f)
{
	struct checkin c;
	bool found;

	if (!checkin_again(r->context, r->who.device_id, r->idempotency_key, &c,
		&found, f))
		return (false);
	operation_log_nothing(r->context);
	if (found && clock_now() < c.undo_until)
		return (
		    web_check_in_answer(r, &c, c.visit.via == VISIT_VIA_CODE));
	if (found)
		checkin_free(&c);
	return (reply_empty(r));
}

static bool
decoded(struct web_request *r, const char *pass, struct fault *f)
{
	const struct checkin_request ask = {
		.pass = pass,
		.key = r->idempotency_key,
		.device_id = r->who.device_id,
		.office_id = r->who.office_id,
	};
	struct checkin c;

	if (!checkin_make(r->context, &ask, &c, f))
		return (false);
	return (web_check_in_answer(r, &c, false));
}
