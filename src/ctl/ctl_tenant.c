#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "process.h"
#include "secret.h"

#include "db.h"
#include "kms_client.h"

#include "context.h"
#include "contract.h"
#include "tenant.h"

#include "ctl_tenant.h"

#define EXIT_USAGE 64 /* sysexits(3) */

/* What was typed after the action. */
struct typed {
	const char *name;
	const char *display_name;
	const char *language;
	bool json;
	bool clear;
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
};
_Static_assert(
    NELEMS(outcome_texts) == CONTRACT_OUTCOME__MAX, "every outcome has a text");

static int create(struct context *, const struct typed *);
static int list(struct context *, const struct typed *);
static int suspend(struct context *, const struct typed *);
static int resume(struct context *, const struct typed *);
static int networks(struct context *, const struct typed *);
static int usage(void);
static bool read_arguments(int, char **, struct typed *);
static int move(struct context *, const struct typed *, enum tenant_state,
    enum tenant_state);
static json_t *tenant_json(const struct tenant *);
static void print(json_t *);
static int fail(const struct fault *);
static int refuse(enum contract_outcome);

/* The actions; the list is closed.  To add one: a row. */
static const struct action {
	const char *name;
	int (*run)(struct context *, const struct typed *);
	bool named;     /* takes NAME */
	bool described; /* takes --display-name and --language */
} actions[] = {
	{ "create", create, true, true },
	{ "list", list, false, false },
	{ "suspend", suspend, true, false },
	{ "resume", resume, true, false },
	{ "networks", networks, true, false },
};

int
ctl_tenant(int argc, char **argv)
{
	const struct action *a = NULL;
	struct typed typed = { NULL, NULL, NULL, false, false };
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
	    a->named != (typed.name != NULL) ||
	    a->described != (typed.display_name != NULL) ||
	    (!a->described && typed.language != NULL) ||
	    typed.clear != (a->run == networks))
		return (usage());
	if (typed.language == NULL)
		typed.language = "ja";
	if (strcmp(typed.language, "ja") != 0 &&
	    strcmp(typed.language, "en") != 0)
		return (usage());

	memset(&ctx, 0, sizeof(ctx));
	ctx.actor.kind = ACTOR_OPERATOR;
	if ((ctx.db = db_open(config_text(CONFIG_DB), &f)) == NULL ||
	    !process_path(PROCESS_KMS_SOCKET, path, sizeof(path)) ||
	    (ctx.kms = kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), &f)) == NULL)
		rc = fail(&f);
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
	char token[CONTRACT_TOKEN_CHARS + 1], url[512];
	enum contract_outcome outcome;
	struct tenant tenant;
	int64_t expires_at;
	time_text expires;
	json_t *answer;

	if (!contract_create(ctx, typed->name, typed->display_name,
		typed->language, &tenant, token, &expires_at, &outcome, &f))
		return (fail(&f));
	if (outcome != CONTRACT_DONE)
		return (refuse(outcome));

	clock_format(expires_at, 0, expires);
	(void)snprintf(url, sizeof(url), "%s/admin/%s/#activate=%s",
	    config_text(CONFIG_BASE_URL), typed->language, token);
	if (typed->json) {
		answer = tenant_json(&tenant);
		(void)json_object_set_new(
		    answer, "activation_token", json_string(token));
		(void)json_object_set_new(answer, "activation_url",
		    config_is_set(CONFIG_BASE_URL) ? json_string(url)
						   : json_null());
		(void)json_object_set_new(
		    answer, "activation_expires_at", json_string(expires));
		print(answer);
	} else
		(void)printf("tenant %s (%s) is made.\n"
			     "Its first administrator opens this link, once, "
			     "until %s:\n%s\n",
		    tenant.name, tenant.id, expires,
		    config_is_set(CONFIG_BASE_URL) ? url : token);
	secret_wipe(token, sizeof(token));
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
		return (fail(&f));
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
		return (fail(&f));
	if (outcome != CONTRACT_DONE)
		return (refuse(outcome));
	if (typed->json)
		print(json_pack("{ss}", "name", typed->name));
	else
		(void)printf(
		    "tenant %s may be used from everywhere.\n", typed->name);
	return (0);
}

static int
usage(void)
{
	(void)fprintf(stderr,
	    "usage: genkan ctl tenant create NAME --display-name TEXT "
	    "[--language ja|en] [--json]\n"
	    "       genkan ctl tenant list [--json]\n"
	    "       genkan ctl tenant suspend NAME [--json]\n"
	    "       genkan ctl tenant resume NAME [--json]\n"
	    "       genkan ctl tenant networks NAME --clear [--json]\n");
	return (EXIT_USAGE);
}

static bool
read_arguments(int argc, char **argv, struct typed *typed)
{
	static const struct option options[] = {
		{ "display-name", required_argument, NULL, 'd' },
		{ "language", required_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "clear", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			typed->display_name = optarg;
			break;
		case 'l':
			typed->language = optarg;
			break;
		case 'j':
			typed->json = true;
			break;
		case 'c':
			typed->clear = true;
			break;
		default:
			return (false);
		}
	}
	if (optind < argc)
		typed->name = argv[optind++];
	return (optind == argc);
}

static int
move(struct context *ctx, const struct typed *typed, enum tenant_state from,
    enum tenant_state to)
{
	struct fault f = FAULT_INIT;
	enum contract_outcome outcome;

	if (!contract_move(ctx, typed->name, from, to, &outcome, &f))
		return (fail(&f));
	if (outcome != CONTRACT_DONE)
		return (refuse(outcome));
	if (typed->json)
		print(json_pack("{ssss}", "name", typed->name, "state",
		    tenant_state_name(to)));
	else
		(void)printf(
		    "tenant %s is %s.\n", typed->name, tenant_state_name(to));
	return (0);
}

static json_t *
tenant_json(const struct tenant *t)
{
	time_text created;

	clock_format(t->created_at, 0, created);
	return (json_pack("{ssssssssssssssss}", "tenant_id", t->id, "name",
	    t->name, "tag", t->tag, "display_name", t->display_name, "language",
	    t->language, "state", tenant_state_name(t->state), "kms_key_id",
	    t->kms_key_id, "created_at", created));
}

static void
print(json_t *json)
{
	(void)json_dumpf(json, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(json);
}

static int
fail(const struct fault *f)
{
	(void)fprintf(stderr, "genkan: %s: %s\n", fault_name(f->kind), f->what);
	return (1);
}

static int
refuse(enum contract_outcome outcome)
{
	(void)fprintf(stderr, "genkan: %s\n", outcome_texts[outcome]);
	return (2);
}
