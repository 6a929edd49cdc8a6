#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "text.h"

#include "context.h"
#include "device.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

static json_t *device_json(const struct device *);

bool
web_device_list(struct web_request *r, struct fault *f)
{
	struct device *devices;
	json_t *items;
	size_t i, n;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_list(r->context, &devices, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++)
		(void)json_array_append_new(items, device_json(&devices[i]));
	free(devices);
	return (reply_json(r, 200, web_form_list(items)));
}

bool
web_device_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *name = field_text(b, "name", FIELD_REQUIRED, 1, 100);
	const char *office_id = field_uuid(b, "office_id", FIELD_REQUIRED);
	struct device_pairing pairing;
	char url[512];
	bool found;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_pairing_create(
		r->context, name, office_id, &pairing, &found, f))
		return (false);
	if (!found)
		return (reply_field(r, "/office_id", FIELD_NOT_FOUND));

	/* The code stands after #, so no server and no log sees it. */
	(void)snprintf(url, sizeof(url), "%s/tablet#%s",
	    config_text(CONFIG_BASE_URL), pairing.code);
	reply_secret(r);
	return (reply_json(r, 201,
	    json_pack("{sssssss o}", "id", pairing.id, "code", pairing.code,
		"url", url, "expires_at", web_form_time(pairing.expires_at))));
}

bool
web_device_delete(struct web_request *r, struct fault *f)
{
	struct device device;
	bool found, done;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_show(r->context, r->id[0], &device, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (!device_revoke(r->context, device.id, &done, f))
		return (false);
	return (reply_empty(r));
}

bool
web_device_approve(struct web_request *r, struct fault *f)
{
	struct device device;
	bool found, done;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_approve(r->context, r->id[0], &done, f) ||
	    !device_show(r->context, r->id[0], &device, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (device.state != DEVICE_ACTIVE)
		return (reply_problem(r, PROBLEM_device_revoked));
	return (reply_json(r, 200, device_json(&device)));
}

static json_t *
device_json(const struct device *d)
{
	return (json_pack("{ssssssssssss ss ss ss so sb}", "id", d->id,
	    "office_id", d->office_id, "name", d->name, "office", d->office,
	    "state", device_state_name(d->state), "address", d->address,
	    "browser", d->browser, "camera", device_camera_name(d->camera),
	    "build", d->build, "seen_at", web_form_time(d->seen_at), "online",
	    (int)d->online));
}
