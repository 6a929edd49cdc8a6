#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "text.h"

#include "context.h"
#include "device.h"
#include "office.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

static bool challenge(struct web_request *, const char *, struct fault *);
static bool sign_in(struct web_request *, const char *, const char *,
    const uint8_t *, struct fault *);
static bool show(
    struct web_request *, int, const char *, int64_t, struct fault *);
static json_t *office_json(const struct office *);

bool
web_device_pairing_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *code = field_text(
	    b, "code", FIELD_REQUIRED, DEVICE_CODE_CHARS, DEVICE_CODE_CHARS);
	const uint8_t *key =
	    web_form_bytes(r, b, "public_key", DEVICE_KEY_BYTES);
	enum device_pair_verdict verdict;
	struct device device;
	struct tenant tenant;
	bool found, admitted;
	long wait;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_tag(r, code, &found, f))
		return (false);
	if (!found)
		return (web_form_stranger(r, PROBLEM_pairing_code_unknown));
	if (!web_form_admits(
		r, NETWORK_RULE_DEVICES, "device.paired", &admitted, f))
		return (false);
	if (!admitted)
		return (true);
	if (!device_pair(r->context, code, key, DEVICE_KEY_BYTES, r->user_agent,
		&device, &verdict, &wait, f))
		return (false);
	switch (verdict) {
	case DEVICE_PAIRED:
		if (!tenant_show(r->context, &tenant, f))
			return (false);
		return (reply_json(r, 201,
		    json_pack("{ssssssss}", "device_id", device.id, "tag",
			tenant.tag, "name", device.name, "office",
			device.office)));
	case DEVICE_KEY_BAD:
		return (reply_field(r, "/public_key", FIELD_BAD_FORMAT));
	case DEVICE_CODE_BLOCKED:
		return (web_form_blocked(r, wait));
	default:
		reply_keep(r);
		return (reply_problem(r, PROBLEM_pairing_code_unknown));
	}
}

bool
web_device_session_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *tag = field_text(
	    b, "tag", FIELD_REQUIRED, TENANT_TAG_CHARS, TENANT_TAG_CHARS);
	const char *device_id = field_uuid(b, "device_id", FIELD_REQUIRED);
	const bool answers =
	    field_given(b, "challenge_id") || field_given(b, "signature");
	const char *challenge_id = NULL;
	const uint8_t *signature = NULL;
	struct device device;
	bool found, admitted;

	if (answers) {
		challenge_id = field_uuid(b, "challenge_id", FIELD_REQUIRED);
		signature =
		    web_form_bytes(r, b, "signature", DEVICE_SIGNATURE_BYTES);
	}
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!request_enter_tag(r, tag, &found, f))
		return (false);
	if (!found)
		return (web_form_stranger(r, PROBLEM_not_found));
	if (!web_form_admits(
		r, NETWORK_RULE_DEVICES, "device.signed_in", &admitted, f))
		return (false);
	if (!admitted)
		return (true);
	if (!device_show(r->context, device_id, &device, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_not_found));
	if (device.state == DEVICE_PENDING)
		return (reply_problem(r, PROBLEM_device_waiting));
	if (device.state == DEVICE_REVOKED)
		return (reply_problem(r, PROBLEM_device_revoked));
	return (answers ? sign_in(r, device_id, challenge_id, signature, f)
			: challenge(r, device_id, f));
}

bool
web_device_session_show(struct web_request *r, struct fault *f)
{
	enum device_session_verdict verdict;
	struct device_session session;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_session_find(
		r->context, r->cookie_device, -1, &session, &verdict, f))
		return (false);
	if (verdict != DEVICE_SESSION_VALID)
		return (reply_problem(r, PROBLEM_sign_in_needed));
	return (show(r, 200, r->who.device_id, session.expires_at, f));
}

bool
web_device_report_create(struct web_request *r, struct fault *f)
{
	static const char *const cameras[] = { "unknown", "working", "lost",
		"denied" };
	struct fields *b = body_fields(r);
	int camera = field_choice(
	    b, "camera", FIELD_REQUIRED, cameras, NELEMS(cameras), 0);
	const char *build = field_text(b, "build", FIELD_OPTIONAL, 1, 64);

	if (!field_given(b, "build"))
		field_refuse(b, "build", FIELD_MISSING);
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!device_report(r->context, r->who.device_id,
		(enum device_camera)camera, build != NULL ? build : "", f))
		return (false);
	return (reply_empty(r));
}

static bool
challenge(struct web_request *r, const char *device_id, struct fault *f)
{
	struct device_challenge c;
	char *nonce;
	bool ok;

	if (!device_challenge_create(r->context, device_id, &c, f))
		return (false);
	if ((nonce = text_base64(c.nonce, sizeof(c.nonce))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "nonce"));
	ok = reply_json(r, 202,
	    json_pack("{ssssso}", "challenge_id", c.id, "nonce", nonce,
		"expires_at", web_form_time(c.expires_at)));
	free(nonce);
	return (ok);
}

static bool
sign_in(struct web_request *r, const char *device_id, const char *challenge_id,
    const uint8_t *signature, struct fault *f)
{
	char token[DEVICE_TOKEN_SIZE];
	struct device_session session;
	bool accepted;

	if (!device_session_create(r->context, device_id, challenge_id,
		signature, DEVICE_SIGNATURE_BYTES, token, &session, &accepted,
		f))
		return (false);
	if (!accepted) {
		reply_keep(r);
		return (reply_problem(r, PROBLEM_sign_in_failed));
	}
	reply_cookie(r, DEVICE_COOKIE, token, DEVICE_SESSION_SECONDS);
	return (show(r, 201, device_id, session.expires_at, f));
}

static bool
show(struct web_request *r, int status, const char *device_id,
    int64_t expires_at, struct fault *f)
{
	struct device device;
	struct office office;
	struct tenant tenant;
	bool found;

	if (!device_show(r->context, device_id, &device, &found, f) ||
	    !tenant_show(r->context, &tenant, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_sign_in_needed));
	if (!office_show(r->context, device.office_id, &office, &found, f))
		return (false);
	return (reply_json(r, status,
	    json_pack("{s{ssss}s{ssss}soso}", "device", "id", device.id, "name",
		device.name, "tenant", "display_name", tenant.display_name,
		"language", tenant.language, "office", office_json(&office),
		"expires_at", web_form_time(expires_at))));
}

static json_t *
office_json(const struct office *o)
{
	return (json_pack("{ssssssssss ss sb}", "name", o->name, "phone",
	    o->phone, "guidance", o->guidance, "time_zone", o->time_zone,
	    "opens_at", o->opens_at, "closes_at", o->closes_at, "open_now",
	    (int)o->open_now));
}
