#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#include "route_log.h"

#define OWN    "nothing but what is the asker's own"
#define HOUSE  "how the house is set up; names of colleagues at most"
#define STATE  "ids and states, nobody's data"
#define HEALTH "how the programs and tablets are"

static const struct line {
	const char *method;
	const char *path;
	enum route_log_kind kind;
	const char *action;
	const char *why;
} lines[] = {
	/* clang-format off */
	{ "POST", "/api/v1/activations", ROUTE_WRITES, "member.activated", NULL },
	{ "POST", "/api/v1/sessions", ROUTE_WRITES, "session.created", NULL },
	{ "GET", "/api/v1/sessions/current", ROUTE_QUIET, "session.shown", OWN },
	{ "DELETE", "/api/v1/sessions/current", ROUTE_WRITES, "session.deleted", NULL },
	{ "GET", "/api/v1/members", ROUTE_SHOWS, "member.listed", NULL },
	{ "POST", "/api/v1/members", ROUTE_WRITES, "member.invited", NULL },
	{ "GET", "/api/v1/departments", ROUTE_QUIET, "department.listed", HOUSE },
	{ "POST", "/api/v1/departments", ROUTE_WRITES, "department.created", NULL },
	{ "GET", "/api/v1/offices", ROUTE_QUIET, "office.listed", HOUSE },
	{ "POST", "/api/v1/offices", ROUTE_WRITES, "office.created", NULL },
	{ "GET", "/api/v1/offices/{id}", ROUTE_QUIET, "office.shown", HOUSE },
	{ "PUT", "/api/v1/offices/{id}", ROUTE_WRITES, "office.updated", NULL },
	{ "GET", "/api/v1/devices", ROUTE_QUIET, "device.listed", HOUSE },
	{ "POST", "/api/v1/devices", ROUTE_WRITES, "device.code_made", NULL },
	{ "DELETE", "/api/v1/devices/{id}", ROUTE_WRITES, "device.revoked", NULL },
	{ "POST", "/api/v1/devices/{id}/approval", ROUTE_WRITES, "device.approved", NULL },
	{ "POST", "/api/v1/device-pairings", ROUTE_WRITES, "device.paired", NULL },
	{ "POST", "/api/v1/device-sessions", ROUTE_WRITES, "device.signed_in", NULL },
	{ "GET", "/api/v1/device-sessions/current", ROUTE_QUIET, "device.shown", OWN },
	{ "POST", "/api/v1/device-reports", ROUTE_QUIET, "device.reported", HEALTH },
	{ "POST", "/api/v1/scans", ROUTE_WRITES, "checkin.made", NULL },
	{ "POST", "/api/v1/check-ins", ROUTE_WRITES, "checkin.made", NULL },
	{ "GET", "/api/v1/check-ins/{id}", ROUTE_QUIET, "checkin.shown", STATE },
	{ "DELETE", "/api/v1/check-ins/{id}", ROUTE_WRITES, "checkin.undone", NULL },
	{ "POST", "/api/v1/departures", ROUTE_WRITES, "visit.departed", NULL },
	{ "POST", "/api/v1/calls", ROUTE_WRITES, "call.made", NULL },
	{ "GET", "/api/v1/calls", ROUTE_QUIET, "call.listed", STATE },
	{ "POST", "/api/v1/calls/{id}/answer", ROUTE_WRITES, "call.answered", NULL },
	{ "GET", "/api/v1/hosts", ROUTE_QUIET, "host.listed", HOUSE },
	{ "POST", "/api/v1/walk-ins", ROUTE_WRITES, "checkin.walk_in", NULL },
	{ "GET", "/api/v1/today", ROUTE_SHOWS, "today.shown", NULL },
	{ "GET", "/api/v1/live", ROUTE_QUIET, "live.opened", STATE },
	{ "GET", "/api/v1/appointments", ROUTE_SHOWS, "appointment.listed", NULL },
	{ "POST", "/api/v1/appointments", ROUTE_WRITES, "appointment.created", NULL },
	{ "GET", "/api/v1/appointments/{id}", ROUTE_SHOWS, "appointment.shown", NULL },
	{ "PUT", "/api/v1/appointments/{id}", ROUTE_WRITES, "appointment.updated", NULL },
	{ "DELETE", "/api/v1/appointments/{id}", ROUTE_WRITES, "appointment.cancelled", NULL },
	{ "POST", "/api/v1/appointments/{id}/invitations", ROUTE_WRITES, "invitation.sent", NULL },
	{ "DELETE", "/api/v1/appointments/{id}/invitations", ROUTE_WRITES, "invitation.withdrawn", NULL },
	{ "GET", "/api/v1/appointments/{id}/guests/{guest_id}/pass.png", ROUTE_WRITES, "pass.shown", NULL },
	{ "GET", "/api/v1/appointments/{id}/guests/{guest_id}/pass", ROUTE_WRITES, "pass.link_shown", NULL },
	{ "GET", "/v/{token}", ROUTE_QUIET, "pass.page_shown", OWN },
	{ "GET", "/v/{token}/calendar.ics", ROUTE_QUIET, "pass.page_shown", OWN },
	{ "GET", "/v/{token}/pass.png", ROUTE_QUIET, "pass.page_shown", OWN },
	{ "GET", "/v/{token}/privacy", ROUTE_QUIET, "privacy.shown", OWN },
	{ "GET", "/api/v1/visits", ROUTE_SHOWS, "visit.listed", NULL },
	{ "GET", "/api/v1/visits.csv", ROUTE_WRITES, "visit.exported", NULL },
	{ "GET", "/api/v1/visits/{id}", ROUTE_SHOWS, "visit.shown", NULL },
	{ "PATCH", "/api/v1/visits/{id}", ROUTE_WRITES, "visit.updated", NULL },
	{ "POST", "/api/v1/visits/{id}/departure", ROUTE_WRITES, "visit.departed", NULL },
	{ "DELETE", "/api/v1/visits/{id}/departure", ROUTE_WRITES, "visit.departure_undone", NULL },
	{ "POST", "/api/v1/visits/{id}/calls", ROUTE_WRITES, "visit.called", NULL },
	{ "GET", "/api/v1/evacuation-list", ROUTE_SHOWS, "visit.evacuation_listed", NULL },
	{ "GET", "/api/v1/channels", ROUTE_QUIET, "channel.listed", HOUSE },
	{ "POST", "/api/v1/channels", ROUTE_WRITES, "channel.created", NULL },
	{ "PATCH", "/api/v1/channels/{id}", ROUTE_WRITES, "channel.changed", NULL },
	{ "POST", "/api/v1/channels/{id}/tests", ROUTE_WRITES, "channel.tested", NULL },
	{ "GET", "/api/v1/deliveries", ROUTE_QUIET, "delivery.listed", STATE },
	{ "POST", "/api/v1/deliveries/{id}/requeue", ROUTE_WRITES, "delivery.requeued", NULL },
	{ "GET", "/api/v1/outbox", ROUTE_SHOWS, "outbox.listed", NULL },
	{ "GET", "/api/v1/members/{id}", ROUTE_SHOWS, "member.shown", NULL },
	{ "PATCH", "/api/v1/members/{id}", ROUTE_WRITES, "member.updated", NULL },
	{ "POST", "/api/v1/members/{id}/invitations", ROUTE_WRITES, "member.invited", NULL },
	{ "POST", "/api/v1/members/{id}/hand-overs", ROUTE_WRITES, "member.handed_over", NULL },
	{ "PUT", "/api/v1/departments/{id}", ROUTE_WRITES, "department.updated", NULL },
	{ "DELETE", "/api/v1/departments/{id}", ROUTE_WRITES, "department.deleted", NULL },
	{ "GET", "/api/v1/settings/retention", ROUTE_QUIET, "retention.shown", HOUSE },
	{ "PUT", "/api/v1/settings/retention", ROUTE_WRITES, "retention.changed", NULL },
	{ "GET", "/api/v1/settings/retention/preview", ROUTE_QUIET, "retention.previewed", STATE },
	{ "POST", "/api/v1/sessions/current/totp", ROUTE_WRITES, "second_factor.shown", NULL },
	{ "GET", "/api/v1/sessions/current/second-factor", ROUTE_QUIET, "second_factor.state_shown", OWN },
	{ "POST", "/api/v1/sessions/current/totp-enrolment", ROUTE_QUIET, "second_factor.offered", OWN },
	{ "PUT", "/api/v1/sessions/current/totp-enrolment", ROUTE_WRITES, "second_factor.created", NULL },
	{ "POST", "/api/v1/sessions/current/recovery-codes", ROUTE_WRITES, "recovery_code.created", NULL },
	{ "DELETE", "/api/v1/members/{id}/second-factor", ROUTE_WRITES, "second_factor.deleted", NULL },
	{ "GET", "/api/v1/settings/second-factor", ROUTE_QUIET, "second_factor.rule_shown", HOUSE },
	{ "PUT", "/api/v1/settings/second-factor", ROUTE_WRITES, "second_factor.required", NULL },
	{ "GET", "/api/v1/settings/networks", ROUTE_QUIET, "network_rule.shown", HOUSE },
	{ "PUT", "/api/v1/settings/networks", ROUTE_WRITES, "network_rule.updated", NULL },
	{ "GET", "/healthz", ROUTE_QUIET, "service.healthy", HEALTH },
	{ "GET", "/readyz", ROUTE_QUIET, "service.ready", HEALTH },
	{ "GET", "/metrics", ROUTE_QUIET, "service.measured", HEALTH },
	{ "GET", "/api/v1/members.csv", ROUTE_WRITES, "member.exported", NULL },
	{ "POST", "/api/v1/imports", ROUTE_WRITES, "import.created", NULL },
	{ "GET", "/api/v1/imports/{id}", ROUTE_QUIET, "import.shown", OWN },
	{ "POST", "/api/v1/imports/{id}/confirmation", ROUTE_WRITES, "import.confirmed", NULL },
	{ "GET", "/api/v1/operations", ROUTE_SHOWS, "operation.listed", NULL },
	{ "GET", "/api/v1/operations.csv", ROUTE_WRITES, "operation.exported", NULL },
	{ "GET", "/api/v1/operation-chain", ROUTE_QUIET, "operation.chain_shown", STATE },
	{ "GET", "/api/v1/sessions", ROUTE_QUIET, "session.listed", OWN },
	{ "DELETE", "/api/v1/sessions/others", ROUTE_WRITES, "session.others_deleted", NULL },
	{ "DELETE", "/api/v1/sessions/{id}", ROUTE_WRITES, "session.deleted", NULL },
	{ "POST", "/api/v1/password-resets", ROUTE_WRITES, "member.password_reset_asked", NULL },
	{ "POST", "/api/v1/passwords", ROUTE_WRITES, "member.password_changed", NULL },
	{ "PUT", "/api/v1/passwords/current", ROUTE_WRITES, "member.password_changed", NULL },
	{ "GET", "/api/v1/settings/sign-in", ROUTE_QUIET, "settings.sign_in_shown", HOUSE },
	{ "PUT", "/api/v1/settings/sign-in", ROUTE_WRITES, "settings.sign_in_changed", NULL },
	{ "POST", "/api/v1/sessions/current/phone-enrolment", ROUTE_WRITES, "second_factor.sent", NULL },
	{ "PUT", "/api/v1/sessions/current/phone-enrolment", ROUTE_WRITES, "second_factor.created", NULL },
	{ "POST", "/api/v1/sessions/current/sms-codes", ROUTE_WRITES, "second_factor.sent", NULL },
	{ "GET", "/api/v1/api-keys", ROUTE_SHOWS, "api_key.listed", NULL },
	{ "POST", "/api/v1/api-keys", ROUTE_WRITES, "api_key.created", NULL },
	{ "DELETE", "/api/v1/api-keys/{id}", ROUTE_WRITES, "api_key.revoked", NULL },
	{ "GET", "/api/v1/people", ROUTE_SHOWS, "person.shown", NULL },
	{ "GET", "/api/v1/people.json", ROUTE_WRITES, "person.exported", NULL },
	{ "POST", "/api/v1/erasures", ROUTE_WRITES, "person.erased", NULL },
	{ "GET", "/api/v1/contract", ROUTE_QUIET, "contract.shown", HOUSE },
	{ "GET", "/api/v1/notices", ROUTE_QUIET, "notice.listed", HOUSE },
	{ "POST", "/api/v1/notices/{id}/read", ROUTE_WRITES, "notice.read", NULL },
	/* clang-format on */
};

static struct route_log *logs; /* one for each route */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void);
static const struct line *line_of(const struct route *);
static void derive(const struct route *, struct route_log *);

const struct route_log *
route_log_of(const struct route *route)
{
	(void)pthread_once(&once, prepare);
	return (&logs[route - route_at(0)]);
}

static void
prepare(void)
{
	const struct line *line;
	size_t i;

	if ((logs = calloc(route_count(), sizeof(*logs))) == NULL)
		abort(); /* at the first request */
	for (i = 0; i < route_count(); i++) {
		derive(route_at(i), &logs[i]);
		if ((line = line_of(route_at(i))) == NULL)
			continue;
		logs[i].kind = line->kind;
		logs[i].why = line->why;
		text_copy(logs[i].action, sizeof(logs[i].action), line->action);
	}
}

static const struct line *
line_of(const struct route *route)
{
	size_t i;

	for (i = 0; i < NELEMS(lines); i++) {
		if (strcmp(lines[i].method, route->method) == 0 &&
		    strcmp(lines[i].path, route->path) == 0)
			return (&lines[i]);
	}
	return (NULL);
}

/* "PUT /api/v1/settings/networks" is networks.updated. */
static void
derive(const struct route *route, struct route_log *log)
{
	static const struct {
		const char *method, *verb;
	} verbs[] = { { "GET", "shown" }, { "POST", "created" },
		{ "PUT", "updated" }, { "PATCH", "updated" },
		{ "DELETE", "deleted" } };
	const char *piece, *noun = "request", *verb = "made";
	size_t i, len = strlen(noun);

	for (i = 0; i < NELEMS(verbs); i++) {
		if (strcmp(verbs[i].method, route->method) == 0)
			verb = verbs[i].verb;
	}
	for (piece = route->path; (piece = strchr(piece, '/')) != NULL;) {
		piece++;
		if (strspn(piece, "abcdefghijklmnopqrstuvwxyz-") > 0) {
			noun = piece;
			len = strspn(piece, "abcdefghijklmnopqrstuvwxyz-");
		}
	}
	(void)snprintf(log->action, sizeof(log->action), "%.*s.%s",
	    len < 40 ? (int)len : 40, noun, verb);
	for (i = 0; log->action[i] != '\0'; i++) {
		if (log->action[i] == '-')
			log->action[i] = '_';
	}
	log->kind =
	    strcmp(route->method, "GET") == 0 ? ROUTE_SHOWS : ROUTE_WRITES;
}
