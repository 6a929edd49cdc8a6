#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "secret.h"

#include "db.h"
#include "decode_client.h"
#include "gen_sql.h"
#include "kms_client.h"

#include "context.h"

#include "counter.h"
#include "handler.h"
#include "service.h"
#include "web_job.h"

/* Is it alive, is it ready, and how is it: for supervisors and monitors. */

static bool courier_there(struct context *, bool *, struct fault *);
static bool may_see_metrics(const struct web_request *);

bool
web_health_show(struct web_request *r, struct fault *f)
{
	(void)f;
	return (reply_json(r, 200, json_pack("{s:s}", "status", "alive")));
}

/* Without the database nothing works; without the others less does. */
bool
web_ready_show(struct web_request *r, struct fault *f)
{
	struct service service;
	json_t *degraded;

	if (!service_look(r, &service, f))
		return (false);
	if ((degraded = json_array()) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for an answer"));
	if (!service.kms)
		(void)json_array_append_new(degraded, json_string("kms"));
	if (!service.decode)
		(void)json_array_append_new(degraded, json_string("decode"));
	if (!service.courier)
		(void)json_array_append_new(degraded, json_string("courier"));
	return (reply_json(r, 200, json_pack("{s:o}", "degraded", degraded)));
}

bool
service_look(struct web_request *r, struct service *service, struct fault *f)
{
	struct fault ignored = FAULT_INIT;

	if (!courier_there(r->context, &service->courier, f))
		return (false);
	service->kms = kms_ready(r->context->kms, &ignored);
	fault_clear(&ignored);
	service->decode = decode_ready(r->decode, &ignored);
	return (true);
}

bool
web_metrics_show(struct web_request *r, struct fault *f)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (!may_see_metrics(r))
		return (reply_problem(r, PROBLEM_not_allowed));
	if ((out = open_memstream(&text, &len)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for metrics"));
	counter_print(out);
	if (fclose(out) != 0) {
		free(text);
		return (fault_set(f, FAULT_MEMORY, "no memory for metrics"));
	}
	return (reply_bytes(r, 200, "text/plain; version=0.0.4; charset=utf-8",
	    NULL, text, len));
}

static bool
courier_there(struct context *ctx, bool *there, struct fault *f)
{
	const struct scope none = { .tenant_id = "" };
	struct rows *rows;

	if (!db_run(ctx->db, &none, &sql_service_courier, NULL, &rows, f))
		return (false);
	*there = rows_bool(rows, 0, "there");
	rows_free(rows);
	return (true);
}

/*
 * From this machine, or with the token.  Whoever comes through a proxy on this
 * machine is not from it.
 */
static bool
may_see_metrics(const struct web_request *r)
{
	const char *token = config_text(CONFIG_METRICS_TOKEN);
	const char *given = request_header(r, "authorization");

	if (token[0] != '\0' && given != NULL &&
	    strncmp(given, "Bearer ", 7) == 0 &&
	    strlen(given + 7) == strlen(token) &&
	    secret_equal(given + 7, token, strlen(token)))
		return (true);
	return (request_header(r, "x-forwarded-for") == NULL &&
	    request_header(r, "forwarded") == NULL &&
	    (strncmp(r->address, "127.", 4) == 0 ||
		strcmp(r->address, "::1") == 0));
}
