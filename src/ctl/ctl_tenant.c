#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "process.h"
#include "secret.h"
#include "text.h"

#include "db.h"
#include "kms_client.h"

#include "context.h"
#include "contract.h"
#include "tenant.h"

#include "ctl_actor.h"
#include "ctl_say.h"
#include "ctl_tenant.h"

/* What an action may be given. */
enum takes {
	NAME = 1, /* and must */
	DESCRIPTION = 2,
	PLAN = 4,
	END = 8,
	CLEAR = 16,
};

/* What was typed after the action. */
struct typed {
	unsigned given; /* of enum takes */
	const char *name;
	const char *display_name;
	const char *language;
	const char *plan;
	const char *limits[CONTRACT_LIMIT__MAX]; /* a number, or "none" */
	const char *on, *time_zone, *export_days;
	bool cancel;
	bool json;
};

static const char *const outcome_texts[] = {
	[CONTRACT_DONE] = "done",
	[CONTRACT_NAME_BAD] = "the name must be 3 to 32 of a-z, 0-9 and -, "
			      "with no - at either end",
	[CONTRACT_NAME_TAKEN] = "there is a tenant of that name already",
	[CONTRACT_DISPLAY_NAME_BAD] = "the display name must be 1 to 100 "
				      "characters of text",
	[CONTRACT_UNKNOWN] = "there is no tenant of that name",
	[CONTRACT_OTHER_STATE] = "the tenant is not in the state to do that",
	[CONTRACT_HAS_PEOPLE] =
	    "somebody of the tenant has come in already, and "
	    "invites the others",
	[CONTRACT_PLAN_BAD] = "a plan's name has at most 40 characters of text",
	[CONTRACT_DAY_BAD] =
	    "--on is a day like 2027-03-31, today or later; --time-zone one "
	    "like Asia/Tokyo; --export-days 2 to 23",
	[CONTRACT_NOT_DUE] = "the certificate cannot be issued yet",
	[CONTRACT_KEY_BAD] =
	    "GENKAN_CERTIFICATE_KEY is no P-256 private key; make one by: "
	    "openssl genpkey -algorithm EC -pkeyopt "
	    "ec_paramgen_curve:P-256 -outform DER | base64 -w 0",
};
_Static_assert(
    NELEMS(outcome_texts) == CONTRACT_OUTCOME__MAX, "every outcome has a text");

static int create(struct context *, const struct typed *);
static int invite(struct context *, const struct typed *);
static int show_link(const struct typed *, const struct tenant *,
    char[CONTRACT_TOKEN_CHARS + 1], int64_t, const char *);
static int list(struct context *, const struct typed *);
static int suspend(struct context *, const struct typed *);
static int resume(struct context *, const struct typed *);
static int networks(struct context *, const struct typed *);
static int plan(struct context *, const struct typed *);
static int end(struct context *, const struct typed *);
static int sweep(struct context *, const struct typed *);
static int certificate(struct context *, const struct typed *);
static int usage(void);
static bool read_arguments(int, char **, struct typed *);
static int move(struct context *, const struct typed *, enum tenant_state,
    enum tenant_state);
static bool merge_plan(struct contract *, const struct typed *);
static void print_plan(const struct typed *, const struct contract *);
static int tell_end(const struct typed *, const struct tenant *);
static bool sweep_one(struct context *, const struct tenant *, json_t *);
static json_t *time_json(int64_t);
static json_t *tenant_json(const struct tenant *);
static void print(json_t *);

/* The actions; the list is closed.  To add one: a row. */
static const struct action {
	const char *name;
	int (*run)(struct context *, const struct typed *);
	unsigned takes; /* of enum takes */
	unsigned needs;
	const char *usage;
} actions[] = {
	{ "create", create, NAME | DESCRIPTION, NAME | DESCRIPTION,
	    "NAME --display-name TEXT [--language ja|en]" },
	{ "invite", invite, NAME, NAME, "NAME" },
	{ "list", list, 0, 0, "" },
	{ "suspend", suspend, NAME, NAME, "NAME" },
	{ "resume", resume, NAME, NAME, "NAME" },
	{ "networks", networks, NAME | CLEAR, NAME | CLEAR, "NAME --clear" },
	{ "plan", plan, NAME | PLAN, NAME,
	    "NAME [--plan TEXT] [--members N] [--offices N] [--devices N] "
	    "[--appointments N]  (N: most, or none)" },
	{ "end", end, NAME | END, NAME | END,
	    "NAME --on DATE [--time-zone ZONE] [--export-days N] | "
	    "NAME --cancel" },
	{ "sweep", sweep, 0, 0, "" },
	{ "certificate", certificate, NAME, NAME, "NAME" },
};

int
ctl_tenant(int argc, char **argv)
{
	const struct action *a = NULL;
	struct typed typed = { .language = "ja" };
	struct context ctx;
	struct fault f = FAULT_INIT;
	char path[128];
	size_t i;
	int rc;

	for (i = 0; argc > 1 && i < NELEMS(actions); i++) {
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	}
	if (a == NULL || !read_arguments(argc - 1, argv + 1, &typed) ||
	    (typed.given & ~a->takes) != 0 || (a->needs & ~typed.given) != 0 ||
	    ((a->takes & DESCRIPTION) != 0 && typed.display_name == NULL) ||
	    (strcmp(typed.language, "ja") != 0 &&
		strcmp(typed.language, "en") != 0))
		return (usage());

	memset(&ctx, 0, sizeof(ctx));
	ctl_actor(&ctx.actor);
	if ((ctx.db = db_open(config_text(CONFIG_DB), &f)) == NULL ||
	    !process_path(PROCESS_KMS_SOCKET, path, sizeof(path)) ||
	    (ctx.kms = kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), &f)) == NULL)
		rc = ctl_fail(&f);
	else
		rc = a->run(&ctx, &typed);
	kms_client_close(ctx.kms);
	db_close(ctx.db);
	return (rc);
}

static int
create(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	char token[CONTRACT_TOKEN_CHARS + 1];
	enum contract_outcome outcome;
	struct tenant tenant;
	int64_t expires_at;

	if (!contract_create(ctx, typed->name, typed->display_name,
		typed->language, &tenant, token, &expires_at, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	return (show_link(typed, &tenant, token, expires_at, " is made"));
}

/* The link before is good no more. */
static int
invite(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	char token[CONTRACT_TOKEN_CHARS + 1];
	enum contract_outcome outcome;
	struct tenant tenant;
	int64_t expires_at;

	if (!contract_activate_again(
		ctx, typed->name, &tenant, token, &expires_at, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	return (show_link(
	    typed, &tenant, token, expires_at, " has a new invitation"));
}

static int
show_link(const struct typed *typed, const struct tenant *tenant,
    char token[CONTRACT_TOKEN_CHARS + 1], int64_t expires_at, const char *what)
{
	char url[512];
	time_text expires;
	json_t *answer;

	clock_format(expires_at, 0, expires);
	contract_link(tenant, token, url, sizeof(url));
	if (typed->json) {
		answer = tenant_json(tenant);
		(void)json_object_set_new(
		    answer, "activation_token", json_string(token));
		(void)json_object_set_new(answer, "activation_url",
		    config_is_set(CONFIG_BASE_URL) ? json_string(url)
						   : json_null());
		(void)json_object_set_new(
		    answer, "activation_expires_at", json_string(expires));
		print(answer);
	} else
		(void)printf("tenant %s (%s)%s.\n"
			     "Its first administrator opens this link, once, "
			     "until %s:\n%s\n",
		    tenant->name, tenant->id, what, expires,
		    config_is_set(CONFIG_BASE_URL) ? url : token);
	secret_wipe(token, CONTRACT_TOKEN_CHARS + 1);
	secret_wipe(url, sizeof(url));
	return (0);
}

static int
list(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	struct tenant *tenants = NULL;
	json_t *answer = json_array();
	size_t i, n;

	if (!contract_list(ctx, &tenants, &n, &f)) {
		free(tenants);
		json_decref(answer);
		return (ctl_fail(&f));
	}
	for (i = 0; i < n; i++) {
		if (typed->json)
			(void)json_array_append_new(
			    answer, tenant_json(&tenants[i]));
		else
			(void)printf("%-32s %-9s %s  %s\n", tenants[i].name,
			    tenant_state_name(tenants[i].state), tenants[i].id,
			    tenants[i].display_name);
	}
	if (typed->json)
		print(answer);
	else
		json_decref(answer);
	free(tenants);
	return (0);
}

static int
suspend(struct context *ctx, const struct typed *typed)
{
	return (move(ctx, typed, TENANT_ACTIVE, TENANT_SUSPENDED));
}

static int
resume(struct context *ctx, const struct typed *typed)
{
	return (move(ctx, typed, TENANT_SUSPENDED, TENANT_ACTIVE));
}

/* What the lists say is the tenant's own business: they can only be emptied. */
static int
networks(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	enum contract_outcome outcome;

	if (!contract_networks_clear(ctx, typed->name, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	if (typed->json)
		print(json_pack("{ss}", "name", typed->name));
	else
		(void)printf(
		    "tenant %s may be used from everywhere.\n", typed->name);
	return (0);
}

/* Without options it says what is agreed. */
static int
plan(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	enum contract_outcome outcome = CONTRACT_DONE;
	struct contract contract;
	bool found;

	if (!contract_enter(ctx, typed->name, &found, &f) ||
	    (found && !contract_limits(ctx, &contract, &f)))
		return (ctl_fail(&f));
	if (!found)
		return (ctl_refuse(outcome_texts[CONTRACT_UNKNOWN]));
	if (!merge_plan(&contract, typed))
		return (usage());
	if ((typed->given & PLAN) != 0 &&
	    !contract_plan(ctx, typed->name, &contract, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	print_plan(typed, &contract);
	return (0);
}

static int
end(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	enum contract_outcome outcome;
	struct tenant tenant;
	char *tail;
	long days = CONTRACT_EXPORT_DAYS;
	bool ok;

	if (typed->cancel == (typed->on != NULL))
		return (usage());
	if (typed->export_days != NULL) {
		days = strtol(typed->export_days, &tail, 10);
		if (*tail != '\0' || days < CONTRACT_EXPORT_MIN ||
		    days > CONTRACT_EXPORT_MAX)
			return (ctl_refuse(outcome_texts[CONTRACT_DAY_BAD]));
	}
	memset(&tenant, 0, sizeof(tenant));
	ok = typed->cancel
	    ? contract_end_cancel(ctx, typed->name, &outcome, &f)
	    : contract_end(ctx, typed->name, typed->on,
		  typed->time_zone != NULL ? typed->time_zone : "Asia/Tokyo",
		  (int)days, &tenant, &outcome, &f);
	if (!ok)
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	return (tell_end(typed, &tenant));
}

/* One tenant's trouble does not keep the others. */
static int
sweep(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	struct tenant *tenants = NULL;
	json_t *answer = json_array();
	size_t i, n = 0;
	int rc = 0;

	if (!contract_list(ctx, &tenants, &n, &f))
		rc = ctl_fail(&f);
	for (i = 0; i < n; i++) {
		if (!sweep_one(ctx, &tenants[i], answer))
			rc = 1;
	}
	if (typed->json && rc == 0)
		print(answer);
	else
		json_decref(answer);
	free(tenants);
	return (rc);
}

static int
certificate(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	struct contract_destruction d;
	enum contract_outcome outcome;
	char *text, *signature;
	time_text due;
	int rc = 0;

	if (!contract_certify(ctx, typed->name,
		config_text(CONFIG_CERTIFICATE_KEY), &text, &signature, &d,
		&outcome, &f))
		rc = ctl_fail(&f);
	else if (outcome == CONTRACT_NOT_DUE && d.due != 0) {
		clock_format(d.due, 0, due);
		(void)fprintf(stderr,
		    "genkan: the last copy of the key ring that has the "
		    "tenant's keys goes by %s; ask again then\n",
		    due);
		rc = 2;
	} else if (outcome != CONTRACT_DONE)
		rc = ctl_refuse(outcome_texts[outcome]);
	else if (typed->json)
		print(json_pack(
		    "{ssss}", "certificate", text, "signature", signature));
	else
		(void)printf("%s\nECDSA P-256 SHA-256: %s\n", text, signature);
	contract_destruction_free(&d);
	free(text);
	free(signature);
	return (rc);
}

static int
usage(void)
{
	size_t i;

	(void)fprintf(stderr, "usage: (each also with --json)\n");
	for (i = 0; i < NELEMS(actions); i++)
		(void)fprintf(stderr, "  genkan ctl tenant %s %s\n",
		    actions[i].name, actions[i].usage);
	return (EX_USAGE);
}

static bool
read_arguments(int argc, char **argv, struct typed *t)
{
	const struct {
		struct option option;
		unsigned part;
		const char **to;
	} known[] = {
		{ { "display-name", required_argument, NULL, 0 }, DESCRIPTION,
		    &t->display_name },
		{ { "language", required_argument, NULL, 0 }, DESCRIPTION,
		    &t->language },
		{ { "plan", required_argument, NULL, 0 }, PLAN, &t->plan },
		{ { "members", required_argument, NULL, 0 }, PLAN,
		    &t->limits[CONTRACT_MEMBERS] },
		{ { "offices", required_argument, NULL, 0 }, PLAN,
		    &t->limits[CONTRACT_OFFICES] },
		{ { "devices", required_argument, NULL, 0 }, PLAN,
		    &t->limits[CONTRACT_DEVICES] },
		{ { "appointments", required_argument, NULL, 0 }, PLAN,
		    &t->limits[CONTRACT_APPOINTMENTS] },
		{ { "on", required_argument, NULL, 0 }, END, &t->on },
		{ { "time-zone", required_argument, NULL, 0 }, END,
		    &t->time_zone },
		{ { "export-days", required_argument, NULL, 0 }, END,
		    &t->export_days },
		{ { "cancel", no_argument, NULL, 'c' }, END, NULL },
		{ { "clear", no_argument, NULL, 'e' }, CLEAR, NULL },
		{ { "json", no_argument, NULL, 'j' }, 0, NULL },
	};
	struct option options[NELEMS(known) + 1] = { { NULL, 0, NULL, 0 } };
	int c, at;
	size_t i;

	for (i = 0; i < NELEMS(known); i++)
		options[i] = known[i].option;
	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (c == '?')
			return (false);
		t->given |= known[at].part;
		if (c == 'c')
			t->cancel = true;
		else if (c == 'j')
			t->json = true;
		else if (c != 'e')
			*known[at].to = optarg;
	}
	if (optind < argc) {
		t->given |= NAME;
		t->name = argv[optind++];
	}
	return (optind == argc);
}

static int
move(struct context *ctx, const struct typed *typed, enum tenant_state from,
    enum tenant_state to)
{
	struct fault f = FAULT_INIT;
	enum contract_outcome outcome;

	if (!contract_move(ctx, typed->name, from, to, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != CONTRACT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	if (typed->json)
		print(json_pack("{ssss}", "name", typed->name, "state",
		    tenant_state_name(to)));
	else
		(void)printf(
		    "tenant %s is %s.\n", typed->name, tenant_state_name(to));
	return (0);
}

/* What was typed in place of what was agreed before. */
static bool
merge_plan(struct contract *c, const struct typed *typed)
{
	char *tail;
	size_t i;

	if (typed->plan != NULL && strlen(typed->plan) >= sizeof(c->plan))
		return (false);
	if (typed->plan != NULL)
		text_copy(c->plan, sizeof(c->plan), typed->plan);
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++) {
		if (typed->limits[i] == NULL)
			continue;
		c->limits[i] = 0;
		if (strcmp(typed->limits[i], "none") == 0)
			continue;
		c->limits[i] = strtol(typed->limits[i], &tail, 10);
		if (*tail != '\0' || c->limits[i] < 1 ||
		    c->limits[i] > INT32_MAX)
			return (false);
	}
	return (true);
}

static void
print_plan(const struct typed *typed, const struct contract *c)
{
	json_t *json =
	    json_pack("{ssss}", "name", typed->name, "plan", c->plan);
	size_t i;

	if (!typed->json)
		(void)printf("tenant %s: plan \"%s\"\n", typed->name, c->plan);
	for (i = 0; i < CONTRACT_LIMIT__MAX; i++) {
		(void)json_object_set_new(json,
		    contract_limit_name((enum contract_limit)i),
		    c->limits[i] == 0 ? json_null()
				      : json_integer(c->limits[i]));
		if (typed->json)
			continue;
		(void)printf(
		    "  %-13s", contract_limit_name((enum contract_limit)i));
		if (c->limits[i] == 0)
			(void)printf("no limit\n");
		else
			(void)printf("%lld%s\n", (long long)c->limits[i],
			    i == CONTRACT_APPOINTMENTS ? " a month" : "");
	}
	if (typed->json)
		print(json);
	else
		json_decref(json);
}

static int
tell_end(const struct typed *typed, const struct tenant *tenant)
{
	time_text stops, until;

	if (typed->json) {
		print(json_pack("{sssoso}", "name", typed->name, "stops_at",
		    time_json(tenant->stops_at), "data_until",
		    time_json(tenant->data_until)));
		return (0);
	}
	if (typed->cancel) {
		(void)printf("tenant %s goes on.\n", typed->name);
		return (0);
	}
	clock_format(tenant->stops_at, 0, stops);
	clock_format(tenant->data_until, 0, until);
	(void)printf("tenant %s: use stops at %s; its system administrators "
		     "can export until %s, and until then\n"
		     "\"genkan ctl tenant end %s --cancel\" takes it back.  "
		     "Then its data is destroyed.\n",
	    typed->name, stops, until, typed->name);
	return (0);
}

static bool
sweep_one(struct context *ctx, const struct tenant *tenant, json_t *answer)
{
	struct fault f = FAULT_INIT;
	struct contract_destruction d;
	bool ok;

	text_copy(
	    ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), tenant->id);
	ok = contract_sweep(ctx, tenant, &d, &f);
	if (ok && d.keys_until != 0)
		(void)json_array_append_new(answer,
		    json_pack("{sssbsosososo sO}", "name", tenant->name,
			"keys_shared", d.keys_shared, "keys_until",
			time_json(d.keys_until), "keys_gone_at",
			time_json(d.keys_gone), "rows_gone_at",
			time_json(d.rows_gone), "certificate_from",
			time_json(d.due), "rows_gone", d.counts));
	if (!ok) {
		if (db_in_transaction(ctx->db))
			db_rollback(ctx->db);
		(void)fprintf(stderr, "genkan: tenant %s: %s: %s\n",
		    tenant->name, fault_name(f.kind), f.what);
	}
	contract_destruction_free(&d);
	return (ok);
}

static json_t *
time_json(int64_t moment)
{
	time_text text;

	if (moment == 0)
		return (json_null());
	clock_format(moment, 0, text);
	return (json_string(text));
}

static json_t *
tenant_json(const struct tenant *t)
{
	return (json_pack("{sssssssssssssssososo}", "tenant_id", t->id, "name",
	    t->name, "tag", t->tag, "display_name", t->display_name, "language",
	    t->language, "state", tenant_state_name(t->state), "kms_key_id",
	    t->kms_key_id, "created_at", time_json(t->created_at), "stops_at",
	    time_json(t->stops_at), "data_until", time_json(t->data_until)));
}

static void
print(json_t *json)
{
	(void)json_dumpf(json, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(json);
}
