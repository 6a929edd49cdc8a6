#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "text.h"

#include "db.h"

#include "context.h"
#include "contract.h"
#include "operator_notice.h"

#include "ctl_actor.h"
#include "ctl_notice.h"
#include "ctl_say.h"

#define TENANTS_MAX 100

static const char *const outcome_texts[] = {
	[OPERATOR_NOTICE_DONE] = "done",
	[OPERATOR_NOTICE_TEXT_BAD] =
	    "--ja and --en are 1 to 1000 characters of text",
	[OPERATOR_NOTICE_TIME_BAD] =
	    "--from and --until are times like 2027-01-16T22:00:00+09:00; "
	    "--until comes after --from, and is not past",
	[OPERATOR_NOTICE_TENANT_UNKNOWN] = "there is no tenant of that name",
	[OPERATOR_NOTICE_UNKNOWN] =
	    "there is no notice of that id that is not withdrawn",
};
_Static_assert(NELEMS(outcome_texts) == OPERATOR_NOTICE_OUTCOME__MAX,
    "every outcome has a text");

static int add(struct context *, int, char **);
static int list(struct context *, int, char **);
static int withdraw(struct context *, int, char **);
static int usage(void);
static bool append(json_t *, const struct operator_notice_list *, const char *);
static json_t *time_json(int64_t);
static void print_line(const json_t *);

static const struct action {
	const char *name;
	int (*run)(struct context *, int, char **);
	const char *usage;
} actions[] = {
	{ "add", add,
	    "--kind maintenance|incident|info --ja TEXT --en TEXT "
	    "[--from TIME] [--until TIME] [--tenant NAME ...]" },
	{ "list", list, "[--json]" },
	{ "withdraw", withdraw, "ID" },
};

int
ctl_notice(int argc, char **argv)
{
	const struct action *a = NULL;
	struct context ctx;
	struct fault f = FAULT_INIT;
	size_t i;
	int rc;

	for (i = 0; argc > 1 && i < NELEMS(actions); i++) {
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	}
	if (a == NULL)
		return (usage());
	memset(&ctx, 0, sizeof(ctx));
	ctl_actor(&ctx.actor);
	if ((ctx.db = db_open(config_text(CONFIG_DB), &f)) == NULL)
		rc = ctl_fail(&f);
	else
		rc = a->run(&ctx, argc - 1, argv + 1);
	db_close(ctx.db);
	return (rc);
}

static int
add(struct context *ctx, int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind", required_argument, NULL, 'k' },
		{ "ja", required_argument, NULL, 'j' },
		{ "en", required_argument, NULL, 'e' },
		{ "from", required_argument, NULL, 'f' },
		{ "until", required_argument, NULL, 'u' },
		{ "tenant", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	const char *tenants[TENANTS_MAX];
	struct operator_notice_draft d = { .tenants = tenants };
	enum operator_notice_outcome outcome;
	struct fault f = FAULT_INIT;
	bool kind = false;
	uuid_text id;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'k':
			kind = operator_notice_kind_parse(optarg, &d.kind);
			break;
		case 'j':
			d.ja = optarg;
			break;
		case 'e':
			d.en = optarg;
			break;
		case 'f':
			d.from = optarg;
			break;
		case 'u':
			d.until = optarg;
			break;
		case 't':
			if (d.ntenants == TENANTS_MAX)
				return (usage());
			tenants[d.ntenants++] = optarg;
			break;
		default:
			return (usage());
		}
	}
	if (optind != argc || !kind || d.ja == NULL || d.en == NULL)
		return (usage());
	if (!operator_notice_add(ctx, &d, id, &outcome, &f))
		return (ctl_fail(&f));
	if (outcome != OPERATOR_NOTICE_DONE)
		return (ctl_refuse(outcome_texts[outcome]));
	(void)printf("%s\n", id);
	return (0);
}

static int
list(struct context *ctx, int argc, char **argv)
{
	const bool as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct operator_notice_list notices;
	struct fault f = FAULT_INIT;
	struct tenant *tenants = NULL;
	json_t *answer = json_array(), *item;
	size_t i, n = 0;
	bool ok;

	if (argc != 1 && !as_json) {
		json_decref(answer);
		return (usage());
	}
	ok = operator_notice_list_public(ctx, &notices, &f) &&
	    append(answer, &notices, NULL) &&
	    contract_list(ctx, &tenants, &n, &f);
	for (i = 0; ok && i < n; i++) {
		text_copy(ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id),
		    tenants[i].id);
		ok = operator_notice_list_tenant(ctx, &notices, &f) &&
		    append(answer, &notices, tenants[i].name);
	}
	if (ok && as_json) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	} else if (ok) {
		json_array_foreach(answer, i, item) print_line(item);
	}
	free(tenants);
	json_decref(answer);
	return (ok ? 0 : ctl_fail(&f));
}

static int
withdraw(struct context *ctx, int argc, char **argv)
{
	enum operator_notice_outcome outcome;
	struct fault f = FAULT_INIT;

	if (argc != 2)
		return (usage());
	if (!operator_notice_withdraw(ctx, argv[1], &outcome, &f))
		return (ctl_fail(&f));
	return (outcome == OPERATOR_NOTICE_DONE
		? 0
		: ctl_refuse(outcome_texts[outcome]));
}

static int
usage(void)
{
	size_t i;

	(void)fprintf(stderr, "usage:\n");
	for (i = 0; i < NELEMS(actions); i++)
		(void)fprintf(stderr, "  genkan ctl notice %s %s\n",
		    actions[i].name, actions[i].usage);
	return (EX_USAGE);
}

/* Take ${notices}; ${tenant} NULL is everybody. */
static bool
append(json_t *answer, const struct operator_notice_list *notices,
    const char *tenant)
{
	struct operator_notice_list list = *notices;
	const struct operator_notice *n;
	size_t i;

	for (i = 0; i < list.n; i++) {
		n = &list.items[i];
		(void)json_array_append_new(answer,
		    json_pack("{sssssssssososs?}", "id", n->id, "kind",
			operator_notice_kind_name(n->kind), "ja", n->ja, "en",
			n->en, "from", time_json(n->starts_at), "until",
			time_json(n->ends_at), "tenant", tenant));
		(void)json_object_set_new(
		    json_array_get(answer, json_array_size(answer) - 1),
		    "withdrawn_at", time_json(n->withdrawn_at));
	}
	operator_notice_list_free(&list);
	return (true);
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

static void
print_line(const json_t *item)
{
	static const char *const columns[] = { "id", "kind", "from", "until",
		"tenant", "withdrawn_at" };
	const char *text;
	size_t i;

	for (i = 0; i < NELEMS(columns); i++) {
		text = json_string_value(json_object_get(item, columns[i]));
		(void)printf("%s  ", text != NULL ? text : "-");
	}
	(void)printf("%s\n", json_string_value(json_object_get(item, "ja")));
}
