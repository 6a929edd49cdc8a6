#include <string.h>

#include "fault.h"

#include "context.h"
#include "contract.h"
#include "tenant.h"

#include "handler.h"
#include "request.h"
#include "web_form.h"

/* What the company has agreed to; only the operator changes it. */
bool
web_contract_show(struct web_request *r, struct fault *f)
{
	struct contract contract;
	struct tenant tenant;
	json_t *limits;
	size_t i;

	if (!request_valid(r))
		return (reply_invalid(r));
	if (!tenant_show(r->context, &tenant, f) ||
	    !contract_show(r->context, &contract, f))
		return (false);
	limits = json_object();
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++)
		(void)json_object_set_new(limits,
		    contract_limit_name((enum contract_limit)i),
		    json_pack("{sosI}", "limit",
			contract.limits[i] == 0
			    ? json_null()
			    : json_integer(contract.limits[i]),
			"used", (json_int_t)contract.used[i]));
	return (reply_json(r, 200,
	    json_pack("{sssosssososo}", "state",
		tenant_state_name(tenant.state), "plan",
		web_form_text(contract.plan[0] == '\0' ? NULL : contract.plan),
		"time_zone", tenant.time_zone, "stops_at",
		web_form_time(tenant.stops_at), "data_until",
		web_form_time(tenant.data_until), "limits", limits)));
}
