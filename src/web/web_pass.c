#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault.h"

#include "appointment.h"
#include "context.h"
#include "operation_log.h"
#include "pass.h"
#include "tenant_key.h"

#include "handler.h"
#include "request.h"
#include "web_record.h"

/* A guest's pass for whoever registered or expects the guest. */

#define PASS_SCALE 12 /* pixels a module: 396 in all */

static bool find(struct web_request *, struct appointment *,
    const struct guest **, struct fault *);

bool
web_pass_show(struct web_request *r, struct fault *f)
{
	struct appointment a;
	const struct guest *g;
	uint8_t *png;
	size_t len;
	bool ok;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!find(r, &a, &g, f))
		return (false);
	if (g == NULL)
		return (reply_problem(r, PROBLEM_not_found));
	ok = pass_png(g->pass, PASS_SCALE, &png, &len, f) &&
	    operation_log_add(r->context, "pass.shown", g->id, "done", NULL, f);
	appointment_free(&a);
	if (!ok)
		return (false);
	reply_header(r, "cache-control", "no-store");
	return (reply_bytes(r, 200, "image/png", NULL, png, len));
}

bool
web_pass_link_show(struct web_request *r, struct fault *f)
{
	struct appointment a;
	const struct guest *g;
	json_t *json;
	char *url;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!find(r, &a, &g, f))
		return (false);
	if (g == NULL)
		return (reply_problem(r, PROBLEM_not_found));
	/* After that the page is for the guest alone. */
	if (a.ends_at <= clock_now()) {
		appointment_free(&a);
		return (reply_problem(r, PROBLEM_gone));
	}
	if ((url = appointment_page_url(&a, g)) == NULL) {
		appointment_free(&a);
		return (fault_set(f, FAULT_MEMORY, "pass link"));
	}
	json = json_pack("{ssss}", "code", g->code, "url", url);
	tenant_text_free(url);
	if (!operation_log_add(
		r->context, "pass.link_shown", g->id, "done", NULL, f)) {
		appointment_free(&a);
		json_decref(json);
		return (false);
	}
	appointment_free(&a);
	return (reply_json(r, 200, json));
}

/* ${guest} is NULL where there is none to show; then ${a} is free. */
static bool
find(struct web_request *r, struct appointment *a, const struct guest **guest,
    struct fault *f)
{
	struct reach reach;
	bool found;
	size_t i;

	*guest = NULL;
	web_record_reach(r, &reach);
	if (!appointment_show(r->context, &reach, r->id[0], true, a, &found, f))
		return (false);
	if (!found)
		return (true);
	for (i = 0; i < a->nguests; i++) {
		if (a->guests[i].state == GUEST_EXPECTED &&
		    strcmp(a->guests[i].id, r->id[1]) == 0)
			*guest = &a->guests[i];
	}
	if (*guest == NULL)
		appointment_free(a);
	return (true);
}
