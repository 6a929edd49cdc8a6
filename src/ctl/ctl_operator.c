#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "secret.h"

#include "db.h"

#include "context.h"
#include "operator_account.h"

#include "ctl_actor.h"
#include "ctl_operator.h"
#include "ctl_say.h"

/* What was typed after the action. */
struct typed {
	const char *email;
	const char *name;
	bool json;
};

static const char *const outcome_texts[] = {
	[OPERATOR_ACCOUNT_DONE] = "done",
	[OPERATOR_ACCOUNT_EMAIL_BAD] = "that is no e-mail address",
	[OPERATOR_ACCOUNT_NAME_BAD] = "--name is 1 to 100 characters of text",
	[OPERATOR_ACCOUNT_TAKEN] = "there is an account of that address "
				   "already; reset gives it a new link",
	[OPERATOR_ACCOUNT_UNKNOWN] =
	    "there is no account of that address in the state to do that",
	[OPERATOR_ACCOUNT_LINK_BAD] = "the link is used up",
	[OPERATOR_ACCOUNT_PASSWORD_BAD] = "the password will not do",
	[OPERATOR_ACCOUNT_BLOCKED] = "too many tries",
};
_Static_assert(NELEMS(outcome_texts) == OPERATOR_ACCOUNT_OUTCOME__MAX,
    "every outcome has a text");

static int create(struct context *, const struct typed *);
static int list(struct context *, const struct typed *);
static int disable(struct context *, const struct typed *);
static int enable(struct context *, const struct typed *);
static int reset(struct context *, const struct typed *);
static int usage(void);
static bool read_arguments(int, char **, struct typed *);
static int set_state(struct context *, const struct typed *, bool);
static int tell_link(const struct typed *, char *, int64_t);

static const struct action {
	const char *name;
	int (*run)(struct context *, const struct typed *);
	bool email, named;
	const char *usage;
} actions[] = {
	{ "create", create, true, true, "EMAIL --name TEXT [--json]" },
	{ "list", list, false, false, "[--json]" },
	{ "disable", disable, true, false, "EMAIL" },
	{ "enable", enable, true, false, "EMAIL" },
	{ "reset", reset, true, false, "EMAIL [--json]" },
};

int
ctl_operator(int argc, char **argv)
{
	const struct action *a = NULL;
	struct typed typed = { .email = NULL };
	struct context ctx;
	struct fault f = FAULT_INIT;
	size_t i;
	int rc;

	for (i = 0; argc > 1 && i < NELEMS(actions); i++) {
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	}
	if (a == NULL || !read_arguments(argc - 1, argv + 1, &typed) ||
	    a->email != (typed.email != NULL) ||
	    a->named != (typed.name != NULL))
		return (usage());
	memset(&ctx, 0, sizeof(ctx));
	ctl_actor(&ctx.actor);
	if ((ctx.db = db_open(config_text(CONFIG_DB), &f)) == NULL)
		rc = ctl_fail(&f);
	else
		rc = a->run(&ctx, &typed);
	db_close(ctx.db);
	return (rc);
}

static int
create(struct context *ctx, const struct typed *typed)
{
	char token[OPERATOR_ACCOUNT_TOKEN_CHARS + 1];
	enum operator_account_outcome outcome;
	struct fault f = FAULT_INIT;
	int64_t until;

	if (!operator_account_create(
		ctx, typed->email, typed->name, token, &until, &outcome, &f))
		return (ctl_fail(&f));
	return (outcome == OPERATOR_ACCOUNT_DONE
		? tell_link(typed, token, until)
		: ctl_refuse(outcome_texts[outcome]));
}

static int
list(struct context *ctx, const struct typed *typed)
{
	struct fault f = FAULT_INIT;
	struct rows *rows;
	json_t *answer;
	int i;

	if (!operator_account_list(ctx, &rows, &f))
		return (ctl_fail(&f));
	answer = json_array();
	for (i = 0; i < rows_count(rows); i++) {
		if (typed->json)
			(void)json_array_append_new(answer,
			    json_pack("{sssssssssb}", "operator_id",
				rows_text(rows, i, "id"), "email",
				rows_text(rows, i, "email"), "name",
				rows_text(rows, i, "name"), "state",
				rows_text(rows, i, "state"), "second_factor",
				rows_bool(rows, i, "has_factor")));
		else
			(void)printf("%-9s %-32s %s%s\n",
			    rows_text(rows, i, "state"),
			    rows_text(rows, i, "email"),
			    rows_text(rows, i, "name"),
			    rows_bool(rows, i, "has_factor")
				? ""
				: "  (no second factor yet)");
	}
	rows_free(rows);
	if (typed->json) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(answer);
	return (0);
}

static int
disable(struct context *ctx, const struct typed *typed)
{
	return (set_state(ctx, typed, true));
}

static int
enable(struct context *ctx, const struct typed *typed)
{
	return (set_state(ctx, typed, false));
}

static int
reset(struct context *ctx, const struct typed *typed)
{
	char token[OPERATOR_ACCOUNT_TOKEN_CHARS + 1];
	enum operator_account_outcome outcome;
	struct fault f = FAULT_INIT;
	int64_t until;

	if (!operator_account_reset(
		ctx, typed->email, token, &until, &outcome, &f))
		return (ctl_fail(&f));
	return (outcome == OPERATOR_ACCOUNT_DONE
		? tell_link(typed, token, until)
		: ctl_refuse(outcome_texts[outcome]));
}

static int
usage(void)
{
	size_t i;

	(void)fprintf(stderr, "usage:\n");
	for (i = 0; i < NELEMS(actions); i++)
		(void)fprintf(stderr, "  genkan ctl operator %s %s\n",
		    actions[i].name, actions[i].usage);
	return (EX_USAGE);
}

static bool
read_arguments(int argc, char **argv, struct typed *t)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			t->name = optarg;
		else if (c == 'j')
			t->json = true;
		else
			return (false);
	}
	if (optind < argc)
		t->email = argv[optind++];
	return (optind == argc);
}

static int
set_state(struct context *ctx, const struct typed *typed, bool disabled)
{
	enum operator_account_outcome outcome;
	struct fault f = FAULT_INIT;

	if (!operator_account_disable(
		ctx, typed->email, disabled, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != OPERATOR_ACCOUNT_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	(void)printf("operator %s is %s.\n", typed->email,
	    disabled ? "disabled" : "enabled");
	return (0);
}

static int
tell_link(const struct typed *typed, char *token, int64_t until)
{
	time_text time;
	char url[512];

	clock_format(until, 0, time);
	(void)snprintf(url, sizeof(url), "%s/operator/ja/#signup=%s",
	    config_text(CONFIG_OPERATOR_URL), token);
	if (typed->json)
		(void)printf("{\"sign_up_token\": \"%s\", \"sign_up_url\": "
			     "\"%s\", \"expires_at\": \"%s\"}\n",
		    token, url, time);
	else
		(void)printf("operator %s signs up by this link, once, until "
			     "%s:\n%s\n",
		    typed->email, time, url);
	secret_wipe(token, OPERATOR_ACCOUNT_TOKEN_CHARS);
	secret_wipe(url, sizeof(url));
	return (0);
}
