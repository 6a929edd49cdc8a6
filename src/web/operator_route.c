#include "handler.h"
#include "operator_route.h"

#define ANYONE CREDENTIAL_NONE, 0, 0
#define SIGNED_IN \
	CREDENTIAL_SESSION | CREDENTIAL_PENDING | CREDENTIAL_ENROLLING, 0, 0
#define PENDING   CREDENTIAL_PENDING, 0, 0
#define ENROLLING CREDENTIAL_ENROLLING, 0, 0
#define OPERATOR  CREDENTIAL_SESSION, 0, 0

#define NOTHING BODY_NONE, 0
#define SMALL   BODY_JSON, 16 * 1024

#define ONCE  true /* needs an Idempotency-Key, and is done once per key */
#define AGAIN false

static const struct route routes[] = {
	/* clang-format off */
	/* Signing in; until the second factor was shown nothing else answers. */
	{ "POST", "/api/v1/sign-ups", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_operator_sign_up_create },
	{ "POST", "/api/v1/sessions", ANYONE, SMALL, QUEUE_CPU, AGAIN, web_operator_session_create },
	{ "GET", "/api/v1/sessions", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_session_list },
	{ "DELETE", "/api/v1/sessions/{id}", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_own_session_delete },
	{ "GET", "/api/v1/sessions/current", SIGNED_IN, NOTHING, QUEUE_JOB, AGAIN, web_operator_session_show },
	{ "DELETE", "/api/v1/sessions/current", SIGNED_IN, NOTHING, QUEUE_JOB, AGAIN, web_operator_session_delete },
	{ "POST", "/api/v1/sessions/current/totp", PENDING, SMALL, QUEUE_JOB, AGAIN, web_operator_totp_create },
	{ "POST", "/api/v1/sessions/current/totp-enrolment", ENROLLING, NOTHING, QUEUE_JOB, AGAIN, web_operator_totp_enrolment_create },
	{ "PUT", "/api/v1/sessions/current/totp-enrolment", ENROLLING, SMALL, QUEUE_JOB, AGAIN, web_operator_totp_enrolment_update },

	/* Tenants. */
	{ "GET", "/api/v1/tenants", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_tenant_list },
	{ "POST", "/api/v1/tenants", OPERATOR, SMALL, QUEUE_JOB, ONCE, web_operator_tenant_create },
	{ "GET", "/api/v1/tenants.csv", OPERATOR, NOTHING, QUEUE_STREAM, AGAIN, web_operator_tenant_export },
	{ "GET", "/api/v1/tenants/{id}", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_tenant_show },
	{ "POST", "/api/v1/tenants/{id}/invitation", OPERATOR, SMALL, QUEUE_JOB, ONCE, web_operator_invitation_create },
	{ "PUT", "/api/v1/tenants/{id}/plan", OPERATOR, SMALL, QUEUE_JOB, AGAIN, web_operator_plan_update },
	{ "POST", "/api/v1/tenants/{id}/suspension", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_suspension_create },
	{ "DELETE", "/api/v1/tenants/{id}/suspension", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_suspension_delete },
	{ "PUT", "/api/v1/tenants/{id}/end", OPERATOR, SMALL, QUEUE_JOB, AGAIN, web_operator_end_update },
	{ "DELETE", "/api/v1/tenants/{id}/end", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_end_delete },
	{ "GET", "/api/v1/tenants/{id}/certificate", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_certificate_show },
	{ "GET", "/api/v1/tenants/{id}/keys", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_key_list },

	/* Notices, and the operators' own log. */
	{ "GET", "/api/v1/notices", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_notice_list },
	{ "POST", "/api/v1/notices", OPERATOR, SMALL, QUEUE_JOB, ONCE, web_operator_notice_create },
	{ "DELETE", "/api/v1/notices/{id}", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_notice_delete },
	{ "GET", "/api/v1/operator-log", OPERATOR, NOTHING, QUEUE_JOB, AGAIN, web_operator_log_list },
	{ "GET", "/api/v1/operator-log.csv", OPERATOR, NOTHING, QUEUE_STREAM, AGAIN, web_operator_log_export },

	/* Service. */
	{ "GET", "/healthz", ANYONE, NOTHING, QUEUE_INLINE, AGAIN, web_health_show },
	{ "GET", "/readyz", ANYONE, NOTHING, QUEUE_JOB, AGAIN, web_ready_show },
	{ "GET", "/metrics", ANYONE, NOTHING, QUEUE_INLINE, AGAIN, web_metrics_show },
	/* clang-format on */
};

const struct route *
operator_routes(size_t *n)
{
	*n = NELEMS(routes);
	return (routes);
}
