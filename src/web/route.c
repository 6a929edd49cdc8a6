#include <stdio.h>
#include <string.h>

#include "config.h"

#include "api_key.h"
#include "handler.h"
#include "operator_route.h"
#include "role.h"
#include "route.h"
#include "text.h"

/* A line's credential with its roles and scope, its body with its limit, and
 * its queue. */
#define ANYONE CREDENTIAL_NONE, 0, 0
#define MEMBER CREDENTIAL_SESSION, 0, 0
#define SIGNED_IN \
	CREDENTIAL_SESSION | CREDENTIAL_PENDING | CREDENTIAL_ENROLLING, 0, 0
#define PENDING    CREDENTIAL_PENDING, 0, 0
#define PROVING    CREDENTIAL_SESSION | CREDENTIAL_PENDING, 0, 0
#define ENROLLING  CREDENTIAL_SESSION | CREDENTIAL_ENROLLING, 0, 0
#define DEVICE     CREDENTIAL_DEVICE, 0, 0
#define EITHER     CREDENTIAL_DEVICE | CREDENTIAL_SESSION, RIGHT_RECEPTION, 0
#define SOCKET     CREDENTIAL_DEVICE | CREDENTIAL_SESSION, 0, 0
#define RECEPTION  CREDENTIAL_SESSION, RIGHT_RECEPTION, 0
#define OPERATIONS CREDENTIAL_SESSION, RIGHT_OPERATIONS, 0
#define ACCOUNTS   CREDENTIAL_SESSION, RIGHT_ACCOUNTS, 0
#define SYSTEM     CREDENTIAL_SESSION, RIGHT_SYSTEM, 0
#define ALL_VISITS CREDENTIAL_SESSION, RIGHT_ALL_VISITS, 0

/* A session with one of these roles (0: any), or a key with this scope. */
#define KEY(roles, scope) \
	CREDENTIAL_SESSION | CREDENTIAL_KEY, roles, API_KEY_##scope

#define NOTHING BODY_NONE, 0
#define SMALL   BODY_JSON, 16 * 1024
#define LARGE   BODY_JSON, 256 * 1024
#define SHEET   BODY_CSV, 1000 * 1024
#define FRAME   BODY_JPEG, 512 * 1024
#define FORM    BODY_FORM, 4 * 1024

#define ONCE  true /* needs an Idempotency-Key, and is done once per key */
#define AGAIN false
#define KEYED                                                          \
	false /* needs one too; the visit itself stands for the answer \
	       */

static const struct route routes[] = {
	/* clang-format off */
	/* People. */
	{ "POST", "/api/v1/activations", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_activation_create },
	{ "POST", "/api/v1/sessions", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_session_create },
	{ "GET", "/api/v1/sessions/current", SIGNED_IN, NOTHING, QUEUE_JOB, AGAIN, web_session_show },
	{ "DELETE", "/api/v1/sessions/current", SIGNED_IN, NOTHING, QUEUE_JOB, AGAIN, web_session_delete },
	{ "POST", "/api/v1/sessions/current/totp", PENDING, SMALL, QUEUE_JOB, AGAIN, web_totp_create },
	{ "GET", "/api/v1/sessions/current/second-factor", ENROLLING, NOTHING, QUEUE_JOB, AGAIN, web_second_factor_show },
	{ "POST", "/api/v1/sessions/current/totp-enrolment", ENROLLING, SMALL, QUEUE_JOB, AGAIN, web_totp_enrolment_create },
	{ "PUT", "/api/v1/sessions/current/totp-enrolment", ENROLLING, SMALL, QUEUE_JOB, AGAIN, web_totp_enrolment_update },
	{ "POST", "/api/v1/sessions/current/sms-codes", PROVING, NOTHING, QUEUE_JOB, AGAIN, web_sms_code_create },
	{ "POST", "/api/v1/sessions/current/phone-enrolment", ENROLLING, SMALL, QUEUE_JOB, AGAIN, web_phone_enrolment_create },
	{ "PUT", "/api/v1/sessions/current/phone-enrolment", ENROLLING, SMALL, QUEUE_JOB, AGAIN, web_phone_enrolment_update },
	{ "POST", "/api/v1/sessions/current/recovery-codes", MEMBER, SMALL, QUEUE_JOB, AGAIN, web_recovery_code_create },
	{ "DELETE", "/api/v1/members/{id}/second-factor", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_second_factor_delete },
	{ "GET", "/api/v1/settings/second-factor", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_second_factor_rule_show },
	{ "PUT", "/api/v1/settings/second-factor", SYSTEM, SMALL, QUEUE_JOB, AGAIN, web_second_factor_rule_update },
	{ "GET", "/api/v1/sessions", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_session_list },
	{ "DELETE", "/api/v1/sessions/others", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_other_session_delete },
	{ "DELETE", "/api/v1/sessions/{id}", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_own_session_delete },
	{ "POST", "/api/v1/password-resets", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_password_reset_create },
	{ "POST", "/api/v1/passwords", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_password_create },
	{ "PUT", "/api/v1/passwords/current", MEMBER, SMALL, QUEUE_CPU, AGAIN, web_password_update },
	{ "GET", "/api/v1/members", KEY(0, MEMBERS_READ), NOTHING, QUEUE_JOB, AGAIN, web_member_list },
	{ "POST", "/api/v1/members", ACCOUNTS, SMALL, QUEUE_JOB, ONCE, web_member_create },
	{ "GET", "/api/v1/members/{id}", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_member_show },
	{ "PATCH", "/api/v1/members/{id}", ACCOUNTS, LARGE, QUEUE_JOB, AGAIN, web_member_update },
	{ "POST", "/api/v1/members/{id}/invitations", ACCOUNTS, NOTHING, QUEUE_JOB, ONCE, web_member_invite },
	{ "POST", "/api/v1/members/{id}/hand-overs", ACCOUNTS, SMALL, QUEUE_JOB, ONCE, web_member_hand_over },
	{ "GET", "/api/v1/members.csv", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_member_export },
	{ "POST", "/api/v1/imports", ACCOUNTS, SHEET, QUEUE_JOB, ONCE, web_import_create },
	{ "GET", "/api/v1/imports/{id}", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_import_show },
	{ "POST", "/api/v1/imports/{id}/confirmation", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_import_confirm },
	{ "GET", "/api/v1/departments", KEY(0, MEMBERS_READ), NOTHING, QUEUE_JOB, AGAIN, web_department_list },
	{ "POST", "/api/v1/departments", ACCOUNTS, LARGE, QUEUE_JOB, ONCE, web_department_create },
	{ "PUT", "/api/v1/departments/{id}", ACCOUNTS, SMALL, QUEUE_JOB, AGAIN, web_department_update },
	{ "DELETE", "/api/v1/departments/{id}", ACCOUNTS, NOTHING, QUEUE_JOB, AGAIN, web_department_delete },

	/* Settings. */
	{ "GET", "/api/v1/settings/sign-in", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_sign_in_policy_show },
	{ "PUT", "/api/v1/settings/sign-in", SYSTEM, SMALL, QUEUE_JOB, AGAIN, web_sign_in_policy_update },

	/* Offices and devices. */
	{ "GET", "/api/v1/offices", KEY(0, OFFICES_READ), NOTHING, QUEUE_JOB, AGAIN, web_office_list },
	{ "POST", "/api/v1/offices", OPERATIONS, SMALL, QUEUE_JOB, ONCE, web_office_create },
	{ "GET", "/api/v1/offices/{id}", KEY(0, OFFICES_READ), NOTHING, QUEUE_JOB, AGAIN, web_office_show },
	{ "PUT", "/api/v1/offices/{id}", OPERATIONS, SMALL, QUEUE_JOB, AGAIN, web_office_update },
	{ "GET", "/api/v1/devices", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_device_list },
	{ "POST", "/api/v1/devices", OPERATIONS, SMALL, QUEUE_JOB, ONCE, web_device_create },
	{ "DELETE", "/api/v1/devices/{id}", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_device_delete },
	{ "POST", "/api/v1/devices/{id}/approval", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_device_approve },
	{ "POST", "/api/v1/device-pairings", ANYONE, SMALL, QUEUE_JOB, AGAIN, web_device_pairing_create },
	{ "POST", "/api/v1/device-sessions", ANYONE, SMALL, QUEUE_JOB, AGAIN, web_device_session_create },
	{ "GET", "/api/v1/device-sessions/current", DEVICE, NOTHING, QUEUE_JOB, AGAIN, web_device_session_show },
	{ "POST", "/api/v1/device-reports", DEVICE, SMALL, QUEUE_JOB, AGAIN, web_device_report_create },

	/* Reception. */
	{ "POST", "/api/v1/scans", DEVICE, FRAME, QUEUE_JOB, KEYED, web_scan_create },
	{ "POST", "/api/v1/check-ins", EITHER, SMALL, QUEUE_JOB, KEYED, web_check_in_create },
	{ "GET", "/api/v1/check-ins/{id}", DEVICE, NOTHING, QUEUE_JOB, AGAIN, web_check_in_show },
	{ "DELETE", "/api/v1/check-ins/{id}", DEVICE, NOTHING, QUEUE_JOB, AGAIN, web_check_in_delete },
	{ "POST", "/api/v1/departures", DEVICE, SMALL, QUEUE_JOB, ONCE, web_departure_create },
	{ "POST", "/api/v1/calls", DEVICE, SMALL, QUEUE_JOB, ONCE, web_call_create },
	{ "GET", "/api/v1/calls", RECEPTION, NOTHING, QUEUE_JOB, AGAIN, web_call_list },
	{ "POST", "/api/v1/calls/{id}/answer", RECEPTION, NOTHING, QUEUE_JOB, AGAIN, web_call_answer },
	{ "GET", "/api/v1/hosts", DEVICE, NOTHING, QUEUE_JOB, AGAIN, web_host_list },
	{ "POST", "/api/v1/walk-ins", EITHER, SMALL, QUEUE_JOB, ONCE, web_walk_in_create },
	{ "GET", "/api/v1/today", KEY(0, VISITS_READ), NOTHING, QUEUE_JOB, AGAIN, web_today_show },
	{ "GET", "/api/v1/live", SOCKET, NOTHING, QUEUE_SOCKET, AGAIN, web_live_open },

	/* Appointments. */
	{ "GET", "/api/v1/appointments", KEY(0, APPOINTMENTS_READ), NOTHING, QUEUE_JOB, AGAIN, web_appointment_list },
	{ "POST", "/api/v1/appointments", KEY(0, APPOINTMENTS_WRITE), LARGE, QUEUE_JOB, ONCE, web_appointment_create },
	{ "GET", "/api/v1/appointments/{id}", KEY(0, APPOINTMENTS_READ), NOTHING, QUEUE_JOB, AGAIN, web_appointment_show },
	{ "PUT", "/api/v1/appointments/{id}", KEY(0, APPOINTMENTS_WRITE), LARGE, QUEUE_JOB, AGAIN, web_appointment_update },
	{ "DELETE", "/api/v1/appointments/{id}", KEY(0, APPOINTMENTS_WRITE), NOTHING, QUEUE_JOB, AGAIN, web_appointment_delete },
	{ "POST", "/api/v1/appointments/{id}/invitations", KEY(0, APPOINTMENTS_WRITE), SMALL, QUEUE_JOB, ONCE, web_invitation_create },
	{ "DELETE", "/api/v1/appointments/{id}/invitations", KEY(0, APPOINTMENTS_WRITE), NOTHING, QUEUE_JOB, AGAIN, web_invitation_delete },
	{ "GET", "/api/v1/appointments/{id}/guests/{guest_id}/pass.png", KEY(0, PASSES_READ), NOTHING, QUEUE_JOB, AGAIN, web_pass_show },
	{ "GET", "/api/v1/appointments/{id}/guests/{guest_id}/pass", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_pass_link_show },
	{ "GET", "/v/{token}", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_pass_page_show },
	{ "GET", "/v/{token}/calendar.ics", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_pass_page_calendar },
	{ "GET", "/v/{token}/pass.png", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_pass_page_picture },

	/* The visitor's own data; forms, so every change is a POST. */
	{ "GET", "/v/{token}/privacy", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_privacy_show },
	{ "POST", "/v/{token}/privacy/name", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_name_update },
	{ "POST", "/v/{token}/privacy/deletion", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_deletion_create },
	{ "POST", "/v/{token}/privacy/code", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_code_create },
	{ "POST", "/v/{token}/privacy/person", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_person_show },
	{ "POST", "/v/{token}/privacy/person/name", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_person_name_update },
	{ "POST", "/v/{token}/privacy/person/deletion", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_person_deletion_create },
	{ "POST", "/v/{token}/privacy/person/export", ANYONE, FORM, QUEUE_JOB, AGAIN, web_privacy_person_export },

	/* Records. */
	{ "GET", "/api/v1/visits", KEY(0, VISITS_READ), NOTHING, QUEUE_JOB, AGAIN, web_visit_list },
	{ "GET", "/api/v1/visits.csv", KEY(RIGHT_EXPORT, VISITS_EXPORT), NOTHING, QUEUE_STREAM, AGAIN, web_visit_export },
	{ "GET", "/api/v1/visits/{id}", KEY(0, VISITS_READ), NOTHING, QUEUE_JOB, AGAIN, web_visit_show },
	{ "PATCH", "/api/v1/visits/{id}", KEY(0, VISITS_WRITE), SMALL, QUEUE_JOB, AGAIN, web_visit_update },
	{ "POST", "/api/v1/visits/{id}/departure", KEY(0, VISITS_WRITE), NOTHING, QUEUE_JOB, AGAIN, web_visit_departure_create },
	{ "DELETE", "/api/v1/visits/{id}/departure", KEY(0, VISITS_WRITE), NOTHING, QUEUE_JOB, AGAIN, web_visit_departure_delete },
	{ "POST", "/api/v1/visits/{id}/calls", MEMBER, NOTHING, QUEUE_JOB, ONCE, web_visit_call_create },
	{ "GET", "/api/v1/people", ALL_VISITS, NOTHING, QUEUE_JOB, AGAIN, web_person_list },
	{ "GET", "/api/v1/people.json", CREDENTIAL_SESSION, RIGHT_EXPORT, 0, NOTHING, QUEUE_JOB, AGAIN, web_person_export },
	{ "POST", "/api/v1/erasures", SYSTEM, SMALL, QUEUE_JOB, ONCE, web_erasure_create },
	{ "GET", "/api/v1/evacuation-list", KEY(RIGHT_RECEPTION, VISITS_READ), NOTHING, QUEUE_JOB, AGAIN, web_evacuation_list_show },

	{ "GET", "/api/v1/operations", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_operation_list },
	{ "GET", "/api/v1/operations.csv", SYSTEM, NOTHING, QUEUE_STREAM, AGAIN, web_operation_export },
	{ "GET", "/api/v1/operation-chain", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_operation_chain_show },

	/* Deliveries. */
	{ "GET", "/api/v1/channels", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_channel_list },
	{ "POST", "/api/v1/channels", OPERATIONS, SMALL, QUEUE_JOB, ONCE, web_channel_create },
	{ "PATCH", "/api/v1/channels/{id}", OPERATIONS, SMALL, QUEUE_JOB, AGAIN, web_channel_update },
	{ "POST", "/api/v1/channels/{id}/tests", OPERATIONS, NOTHING, QUEUE_JOB, ONCE, web_channel_test_create },
	{ "GET", "/api/v1/deliveries", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_delivery_list },
	{ "POST", "/api/v1/deliveries/{id}/requeue", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_delivery_requeue },
	{ "GET", "/api/v1/outbox", OPERATIONS, NOTHING, QUEUE_JOB, AGAIN, web_outbox_list },

	/* Settings. */
	{ "GET", "/api/v1/api-keys", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_api_key_list },
	{ "POST", "/api/v1/api-keys", SYSTEM, SMALL, QUEUE_JOB, ONCE, web_api_key_create },
	{ "DELETE", "/api/v1/api-keys/{id}", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_api_key_delete },
	{ "GET", "/api/v1/settings/networks", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_network_rule_show },
	{ "PUT", "/api/v1/settings/networks", SYSTEM, SMALL, QUEUE_JOB, AGAIN, web_network_rule_update },
	{ "GET", "/api/v1/settings/retention", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_retention_show },
	{ "PUT", "/api/v1/settings/retention", SYSTEM, SMALL, QUEUE_JOB, AGAIN, web_retention_update },
	{ "GET", "/api/v1/settings/retention/preview", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_retention_preview },

	/* The contract and its operator. */
	{ "GET", "/api/v1/contract", SYSTEM, NOTHING, QUEUE_JOB, AGAIN, web_contract_show },
	{ "GET", "/api/v1/notices", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_notice_list },
	{ "POST", "/api/v1/notices/{id}/read", MEMBER, NOTHING, QUEUE_JOB, AGAIN, web_notice_read_create },

	/* Service. */
	{ "GET", "/status", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_status_page_show },
	{ "GET", "/status.json", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_status_show },
	{ "GET", "/healthz", ANYONE, NOTHING, QUEUE_INLINE, AGAIN, web_health_show },
	{ "GET", "/readyz", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_ready_show },
	{ "GET", "/metrics", ANYONE, NOTHING, QUEUE_INLINE, AGAIN, web_metrics_show },
	/* clang-format on */
};

static const struct route *table(size_t *);
static bool match(const char *, const char *, char[ROUTE_IDS_MAX][64]);
static const char *piece(const char *, const char *, char[64]);
static void add_method(const char *, char *, size_t);

const struct route *
route_find(const char *method, const char *path, char ids[ROUTE_IDS_MAX][64],
    char *allow, size_t size)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	const struct route *all;
	size_t i, n;

	allow[0] = '\0';
	all = table(&n);
	for (i = 0; i < n; i++) {
		if (all[i].handler == NULL || !match(all[i].path, path, ids))
			continue;
		if (strcmp(all[i].method, wanted) == 0)
			return (&all[i]);
		add_method(all[i].method, allow, size);
	}
	return (NULL);
}

size_t
route_count(void)
{
	size_t n;

	(void)table(&n);
	return (n);
}

const struct route *
route_at(size_t i)
{
	size_t n;

	return (&table(&n)[i]);
}

bool
route_of_operator(void)
{
	return (strcmp(config_text(CONFIG_SERVE), "operator") == 0);
}

/* Of the two maps the one that is served. */
static const struct route *
table(size_t *n)
{
	if (route_of_operator())
		return (operator_routes(n));
	*n = NELEMS(routes);
	return (routes);
}

static bool
match(const char *template, const char *path, char ids[ROUTE_IDS_MAX][64])
{
	size_t n = 0;

	memset(ids, 0, ROUTE_IDS_MAX * sizeof(ids[0]));
	while (*template != '\0') {
		if (*template != '{') {
			if (*template ++ != *path++)
				return (false);
			continue;
		}
		if (n == ROUTE_IDS_MAX ||
		    (path = piece(template, path, ids[n++])) == NULL)
			return (false);
		template = strchr(template, '}') + 1;
	}
	return (*path == '\0');
}

/* Take the piece of ${path} that stands for {...}; NULL if none can. */
static const char *
piece(const char *template, const char *path, char id[64])
{
	const size_t len = strcspn(path, "/");

	if (len == 0 || len >= 64)
		return (NULL);
	memcpy(id, path, len);
	id[len] = '\0';
	if (strncmp(template, "{token}", 7) != 0 && !text_is_uuid(id))
		return (NULL);
	return (path + len);
}

static void
add_method(const char *method, char *allow, size_t size)
{
	const size_t used = strlen(allow);

	(void)snprintf(allow + used, size - used, "%s%s%s",
	    used == 0 ? "" : ", ", method,
	    strcmp(method, "GET") == 0 ? ", HEAD" : "");
}
