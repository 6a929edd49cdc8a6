#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "db.h"
#include "gen_sql.h"

#include "context.h"
#include "contract.h"
#include "normalise.h"

#include "operator_route.h"
#include "request.h"
#include "web_form.h"
#include "web_operator.h"

/* What the operator does with tenants; contract.h does it. */

static const char *const states[] = { "active", "suspended", "ending",
	"ended" };
_Static_assert(NELEMS(states) == TENANT_STATE__MAX, "all states are words");

/* The first administrator's. */
struct invitation {
	const char *name, *email;
	char token[CONTRACT_TOKEN_CHARS + 1];
	int64_t expires_at;
};

typedef bool change(struct web_request *, const struct contract_row *,
    enum contract_outcome *, struct fault *);

static void read_administrator(struct fields *, struct invitation *);
static bool invite(
    struct web_request *, const struct contract_row *, struct invitation *);
static bool find(
    struct web_request *, struct contract_row *, bool *, struct fault *);
static bool run(struct web_request *, change *, struct fault *);
static change suspend, resume, cancel_end;
static bool answer(struct web_request *, enum contract_outcome, struct fault *);
static bool show(struct web_request *, int, const char *, struct fault *);
static bool refuse(struct web_request *, enum contract_outcome);
static json_t *tenant_json(const struct contract_row *);

bool
web_operator_tenant_list(struct web_request *r, struct fault *f)
{
	struct contract_query query;
	struct contract_row *rows;
	json_t *items, *next = NULL;
	size_t i, n;

	web_operator_tenant_query(r, &query);
	query.after =
	    query_text(r, "after", FIELD_OPTIONAL, 1, TENANT_NAME_MAX);
	query.limit = (int)query_int(r, "limit", 1, 200, 50) + 1;
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!contract_page(r->context, &query, &rows, &n, f))
		return (false);
	items = json_array();
	for (i = 0; i < n; i++) {
		if (i + 1 == (size_t)query.limit) {
			next = json_string(rows[i - 1].tenant.name);
			break;
		}
		(void)json_array_append_new(items, tenant_json(&rows[i]));
	}
	free(rows);
	return (reply_json(r, 200,
	    json_pack("{soso}", "items", items, "next",
		next != NULL ? next : json_null())));
}

void
web_operator_tenant_query(struct web_request *r, struct contract_query *query)
{
	const int state = query_choice(r, "state", states, NELEMS(states), -1);

	*query = (struct contract_query){
		.search = query_text(r, "q", FIELD_OPTIONAL, 1, 100),
		.state = state < 0 ? NULL : states[state],
	};
}

bool
web_operator_tenant_create(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *name =
	    field_text(b, "name", FIELD_REQUIRED, 1, TENANT_NAME_MAX);
	const char *display_name = field_text(
	    b, "display_name", FIELD_REQUIRED, 1, TENANT_DISPLAY_MAX);
	const char *language = web_form_language(b);
	struct invitation invitation;
	enum contract_outcome outcome;
	struct contract_row row;

	read_administrator(b, &invitation);
	if (!request_valid(r))
		return (reply_invalid(r));
	memset(&row, 0, sizeof(row));
	if (!contract_create(r->context, name, display_name, language,
		&row.tenant, invitation.token, &invitation.expires_at, &outcome,
		f))
		return (false);
	if (outcome != CONTRACT_DONE)
		return (refuse(r, outcome));
	return (invite(r, &row, &invitation));
}

bool
web_operator_invitation_create(struct web_request *r, struct fault *f)
{
	struct invitation invitation;
	enum contract_outcome outcome;
	struct contract_row row;
	bool found;

	read_administrator(body_fields(r), &invitation);
	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!contract_activate_again(r->context, row.tenant.name, &row.tenant,
		invitation.token, &invitation.expires_at, &outcome, f))
		return (false);
	if (outcome != CONTRACT_DONE)
		return (refuse(r, outcome));
	return (invite(r, &row, &invitation));
}

bool
web_operator_tenant_show(struct web_request *r, struct fault *f)
{
	if (!request_valid(r))
		return (reply_invalid(r));
	return (show(r, 200, r->id[0], f));
}

bool
web_operator_plan_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *plan =
	    field_text(b, "plan", FIELD_OPTIONAL, 1, CONTRACT_PLAN_MAX);
	enum contract_outcome outcome;
	struct contract_row row;
	struct contract new;
	bool found;
	size_t i;

	memset(&new, 0, sizeof(new));
	if (plan != NULL)
		text_copy(new.plan, sizeof(new.plan), plan);
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++)
		new.limits[i] =
		    field_int(b, contract_limit_name((enum contract_limit)i),
			FIELD_OPTIONAL, 1, INT32_MAX, 0);
	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!contract_plan(r->context, row.tenant.name, &new, &outcome, f))
		return (false);
	return (answer(r, outcome, f));
}

bool
web_operator_suspension_create(struct web_request *r, struct fault *f)
{
	return (run(r, suspend, f));
}

bool
web_operator_suspension_delete(struct web_request *r, struct fault *f)
{
	return (run(r, resume, f));
}

/* Who ends a contract types the tenant's short name, so it is the right one. */
bool
web_operator_end_update(struct web_request *r, struct fault *f)
{
	struct fields *b = body_fields(r);
	const char *on = field_date(b, "on", FIELD_REQUIRED);
	const char *zone = field_text(b, "time_zone", FIELD_OPTIONAL, 1, 63);
	const int64_t days = field_int(b, "export_days", FIELD_OPTIONAL,
	    CONTRACT_EXPORT_MIN, CONTRACT_EXPORT_MAX, CONTRACT_EXPORT_DAYS);
	const char *name =
	    field_text(b, "name", FIELD_REQUIRED, 1, TENANT_NAME_MAX);
	enum contract_outcome outcome;
	struct contract_row row;
	bool found;

	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (strcmp(name, row.tenant.name) != 0)
		return (reply_field(r, "/name", FIELD_NO_MATCH));
	if (!contract_end(r->context, row.tenant.name, on,
		zone != NULL ? zone : "Asia/Tokyo", (int)days, &row.tenant,
		&outcome, f))
		return (false);
	return (answer(r, outcome, f));
}

bool
web_operator_end_delete(struct web_request *r, struct fault *f)
{
	return (run(r, cancel_end, f));
}

bool
web_operator_certificate_show(struct web_request *r, struct fault *f)
{
	struct contract_destruction d;
	enum contract_outcome outcome;
	char *text = NULL, *signature = NULL;
	struct contract_row row;
	bool found, ok;

	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!contract_certify(r->context, row.tenant.name,
		config_text(CONFIG_CERTIFICATE_KEY), &text, &signature, &d,
		&outcome, f))
		ok = false;
	else if (outcome == CONTRACT_DONE)
		ok = reply_json(r, 200,
		    json_pack(
			"{ssss}", "certificate", text, "signature", signature));
	else if (outcome == CONTRACT_NOT_DUE)
		ok = reply_problem_with(r, PROBLEM_certificate_not_due,
		    json_pack("{so}", "due_at", web_form_time(d.due)));
	else
		ok = refuse(r, outcome);
	contract_destruction_free(&d);
	free(text);
	free(signature);
	return (ok);
}

/* Which keys the tenant has, and how they stand; never what they are. */
bool
web_operator_key_list(struct web_request *r, struct fault *f)
{
	struct contract_row row;
	struct rows *rows;
	json_t *items;
	bool found;
	int i;

	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!db_run(r->context->db, &r->context->scope, &sql_tenant_key_list,
		NULL, &rows, f))
		return (false);
	items = json_array();
	for (i = 0; i < rows_count(rows); i++)
		(void)json_array_append_new(items,
		    json_pack("{sssIsssssosI}", "use",
			rows_text(rows, i, "use"), "version",
			(json_int_t)rows_int(rows, i, "version"), "state",
			rows_text(rows, i, "state"), "kms_key_id",
			rows_text(rows, i, "kms_key_id"), "created_at",
			web_form_time(rows_int(rows, i, "created_at")),
			"writes", (json_int_t)rows_int(rows, i, "writes")));
	rows_free(rows);
	return (reply_json(r, 200, web_form_list(items)));
}

/* The tenant in the path; if there is none, or the request is not valid, that
 * is answered. */
static bool
find(struct web_request *r, struct contract_row *row, bool *found,
    struct fault *f)
{
	*found = false;
	if (!request_valid(r))
		return (reply_invalid(r));
	if (!contract_find(r->context, r->id[0], row, found, f))
		return (false);
	if (!*found)
		(void)reply_problem(r, PROBLEM_not_found);
	return (true);
}

static bool
run(struct web_request *r, change *what, struct fault *f)
{
	enum contract_outcome outcome;
	struct contract_row row;
	bool found;

	if (!find(r, &row, &found, f))
		return (false);
	if (!found)
		return (true);
	if (!what(r, &row, &outcome, f))
		return (false);
	return (answer(r, outcome, f));
}

static bool
suspend(struct web_request *r, const struct contract_row *row,
    enum contract_outcome *outcome, struct fault *f)
{
	return (contract_move(r->context, row->tenant.name, TENANT_ACTIVE,
	    TENANT_SUSPENDED, outcome, f));
}

static bool
resume(struct web_request *r, const struct contract_row *row,
    enum contract_outcome *outcome, struct fault *f)
{
	return (contract_move(r->context, row->tenant.name, TENANT_SUSPENDED,
	    TENANT_ACTIVE, outcome, f));
}

static bool
cancel_end(struct web_request *r, const struct contract_row *row,
    enum contract_outcome *outcome, struct fault *f)
{
	return (contract_end_cancel(r->context, row->tenant.name, outcome, f));
}

/* The tenant as it is now, or why it is as it was. */
static bool
answer(struct web_request *r, enum contract_outcome outcome, struct fault *f)
{
	return (outcome == CONTRACT_DONE ? show(r, 200, r->id[0], f)
					 : refuse(r, outcome));
}

static bool
show(struct web_request *r, int status, const char *id, struct fault *f)
{
	struct contract_row row;
	bool found;

	if (!contract_find(r->context, id, &row, &found, f))
		return (false);
	return (found ? reply_json(r, status, tenant_json(&row))
		      : reply_problem(r, PROBLEM_not_found));
}

static void
read_administrator(struct fields *b, struct invitation *invitation)
{
	struct fields *admin = field_object(b, "administrator", FIELD_REQUIRED);
	char address[NORMALISE_EMAIL_SIZE];

	invitation->name = field_text(admin, "name", FIELD_REQUIRED, 1, 100);
	invitation->email = field_text(admin, "email", FIELD_REQUIRED, 3, 254);
	if (invitation->email != NULL &&
	    !normalise_email(invitation->email, address))
		field_refuse(admin, "email", FIELD_BAD_FORMAT);
}

/*
 * The company is there, and so is its activation: where no mail goes, whatever
 * the reason, the operator hands the link over.
 */
static bool
invite(struct web_request *r, const struct contract_row *row,
    struct invitation *invitation)
{
	struct fault unsent = FAULT_INIT;
	char url[600];
	json_t *json;
	bool posted;

	if (!contract_invite(r->context, &row->tenant, invitation->token,
		invitation->expires_at, invitation->name, invitation->email,
		&posted, &unsent)) {
		log_fault("operator.not_mailed", &unsent);
		posted = false;
	}
	contract_link(&row->tenant, invitation->token, url, sizeof(url));
	json = tenant_json(row);
	(void)json_object_set_new(json, "invitation",
	    json_pack("{sb so so}", "mailed", posted, "url",
		web_form_text(posted ? NULL : url), "expires_at",
		web_form_time(invitation->expires_at)));
	secret_wipe(invitation->token, sizeof(invitation->token));
	secret_wipe(url, sizeof(url));
	return (reply_json(r, 201, json));
}

static bool
refuse(struct web_request *r, enum contract_outcome outcome)
{
	switch (outcome) {
	case CONTRACT_NAME_BAD:
		return (reply_field(r, "/name", FIELD_BAD_FORMAT));
	case CONTRACT_NAME_TAKEN:
		return (reply_field(r, "/name", FIELD_TAKEN));
	case CONTRACT_DISPLAY_NAME_BAD:
		return (reply_field(r, "/display_name", FIELD_UNCLEAN));
	case CONTRACT_PLAN_BAD:
		return (reply_field(r, "/plan", FIELD_UNCLEAN));
	case CONTRACT_DAY_BAD:
		return (reply_field(r, "/on", FIELD_IN_PAST));
	case CONTRACT_UNKNOWN:
		return (reply_problem(r, PROBLEM_not_found));
	case CONTRACT_HAS_PEOPLE:
		return (reply_problem(r, PROBLEM_has_people));
	case CONTRACT_KEY_BAD:
		return (reply_problem(r, PROBLEM_certificate_key_missing));
	default:
		return (reply_problem(r, PROBLEM_other_state));
	}
}

static json_t *
tenant_json(const struct contract_row *row)
{
	const struct tenant *t = &row->tenant;
	json_t *limits = json_object();
	size_t i;

	for (i = 0; i < CONTRACT_LIMIT__MAX; i++)
		(void)json_object_set_new(limits,
		    contract_limit_name((enum contract_limit)i),
		    row->contract.limits[i] == 0
			? json_null()
			: json_integer((json_int_t)row->contract.limits[i]));
	return (json_pack("{ssssssssssssso so so ss so so}", "id", t->id,
	    "name", t->name, "display_name", t->display_name, "language",
	    t->language, "state", tenant_state_name(t->state), "kms_key_id",
	    t->kms_key_id, "created_at", web_form_time(t->created_at),
	    "stops_at", web_form_time(t->stops_at), "data_until",
	    web_form_time(t->data_until), "time_zone", t->time_zone, "plan",
	    web_form_text(
		row->contract.plan[0] == '\0' ? NULL : row->contract.plan),
	    "limits", limits));
}
