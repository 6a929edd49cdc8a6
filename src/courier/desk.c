#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "context.h"
#include "fault.h"
#include "gen_sql.h"
#include "idlist.h"
#include "kms_client.h"
#include "log.h"
#include "operation_chain.h"
#include "operator_seal.h"
#include "outbox.h"
#include "tenant.h"
#include "tenant_key.h"
#include "text.h"

#include "desk.h"
#include "schedule.h"

#define SWEEP_MAX    500
#define FINISH_MAX   64 /* outcomes of one commit */
#define AWAY_SECONDS 10 /* until what is away is asked again */

struct desk {
	struct db *db;
	struct kms_client *kms;
	/* Of the rest and of mails, ms: nothing waits that was due before,
	 * but what a sweep finds; see outbox_claim. */
	int64_t since[2];
};

/* A tenant's state, asked for once for those that come together. */
struct standing {
	uuid_text tenant_id; /* or "" */
	enum tenant_state state;
};

static struct job *job_of(struct rows *, int);
static void scope(struct desk *, struct context *, const char *);
static bool open_job(struct desk *, struct job *, struct standing *,
    struct rows *, int, struct fault *);
static bool open_payload(
    struct context *, struct job *, struct rows *, int, struct fault *);
static bool open_channel(struct context *, struct job *, struct fault *);
static int alike(const struct job *);
static bool finish(struct context *, const struct job *, int, struct fault *);
static bool outcome(struct context *, const struct job *, int, struct fault *);
static bool went(struct context *, const struct job *, int, const struct stmt *,
    struct fault *);
static bool finish_refused(struct context *, const struct job *,
    const struct db_arg *, struct fault *);
static bool finish_retry(struct context *, const struct job *, struct fault *);
static bool bounce(struct context *, const struct job *, struct fault *);
static bool guest_failed(struct context *, const char *, struct fault *);
static bool channel(
    struct context *, const struct job *, const struct stmt *, struct fault *);
static enum job_kind kind_of(const char *);

struct desk *
desk_open(const char *conninfo, const char *socket, const char *access_key,
    const char *secret_key, struct fault *f)
{
	struct desk *desk;

	if ((desk = calloc(1, sizeof(*desk))) == NULL) {
		fault_set(f, FAULT_MEMORY, "desk");
		return (NULL);
	}
	if ((desk->db = db_open(conninfo, f)) == NULL ||
	    (desk->kms = kms_client_open(socket, access_key, secret_key, f)) ==
		NULL) {
		desk_close(desk);
		return (NULL);
	}
	return (desk);
}

void
desk_close(struct desk *desk)
{
	/* Behave consistently with free(NULL). */
	if (desk == NULL)
		return;

	db_close(desk->db);
	kms_client_close(desk->kms);
	free(desk);
}

bool
desk_claim(
    struct desk *desk, bool mail, int max, struct job **listp, struct fault *f)
{
	const struct scope nobody = { "" };
	struct job **end = listp, *job;
	char limit[16], lease[16], since[24];
	int64_t *from = &desk->since[mail ? 1 : 0];
	struct standing standing = { .tenant_id = "" };
	struct fault open = FAULT_INIT;
	struct rows *rows;
	bool ok = true;
	int i;

	*listp = NULL;
	(void)snprintf(limit, sizeof(limit), "%d", max);
	(void)snprintf(lease, sizeof(lease), "%d", DESK_LEASE);
	(void)snprintf(since, sizeof(since), "%lld", (long long)*from);
	if (!db_run(desk->db, &nobody, &sql_outbox_claim,
		(struct db_arg[]){ DB_TEXT(mail ? "true" : "false"),
		    DB_TEXT(limit), DB_TEXT(lease), DB_TEXT(since) },
		&rows, f))
		return (false);
	for (i = 0; i < rows_count(rows); i++) {
		if (i == 0 || rows_int(rows, i, "since") < *from)
			*from = rows_int(rows, i, "since");
	}
	for (i = 0; ok && i < rows_count(rows); i++) {
		/* Without memory the lease runs out, and it is due again. */
		if ((job = job_of(rows, i)) == NULL) {
			ok = fault_set(f, FAULT_MEMORY, "job");
			break;
		}
		fault_clear(&open);
		if (!open_job(desk, job, &standing, rows, i, &open))
			job->error = job->error != NULL ? job->error
							: fault_name(open.kind);
		*end = job;
		end = &job->next;
	}
	rows_free(rows);
	return (ok);
}

bool
desk_finish(struct desk *desk, const struct job *list, int *np, struct fault *f)
{
	struct context ctx;
	struct fault of_many = FAULT_INIT;

	scope(desk, &ctx, list->tenant_id);
	*np = alike(list);
	if (*np > 1 && finish(&ctx, list, *np, &of_many))
		return (true);
	*np = 1;
	return (finish(&ctx, list, 1, f));
}

/* How many at the head of ${list} are mails of one tenant that went as well. */
static int
alike(const struct job *list)
{
	const struct job *job = list;
	int n = 1;

	if (list->kind != JOB_MAIL ||
	    (list->outcome != JOB_DELIVERED && list->outcome != JOB_KEPT))
		return (1);
	while (n < FINISH_MAX && (job = job->next) != NULL &&
	    job->kind == JOB_MAIL && job->outcome == list->outcome &&
	    strcmp(job->tenant_id, list->tenant_id) == 0)
		n++;
	return (n);
}

/* How they went, and how channel and guest stand with it: all or nothing. */
static bool
finish(struct context *ctx, const struct job *list, int n, struct fault *f)
{
	if (!db_begin(ctx->db, &ctx->scope, f))
		return (false);
	if (!outcome(ctx, list, n, f)) {
		db_rollback(ctx->db);
		return (false);
	}
	return (db_commit(ctx->db, f));
}

/* All ${n} have the outcome of the first. */
static bool
outcome(struct context *ctx, const struct job *job, int n, struct fault *f)
{
	char attempt[16], number[24];
	struct db_arg args[4] = { DB_TEXT(job->id), DB_TEXT(attempt),
		DB_TEXT(number), DB_TEXT(job->error) };

	(void)snprintf(attempt, sizeof(attempt), "%d", job->attempt);
	(void)snprintf(number, sizeof(number), "%d", DESK_KEEP_DAYS);
	switch (job->outcome) {
	case JOB_DELIVERED:
		return (went(ctx, job, n, &sql_outbox_deliver, f) &&
		    channel(ctx, job, &sql_channel_worked, f));
	case JOB_KEPT:
		return (went(ctx, job, n, &sql_outbox_keep, f));
	case JOB_AWAY:
		(void)snprintf(number, sizeof(number), "%ld",
		    schedule_jitter(AWAY_SECONDS));
		return (db_push(ctx->db, NULL, &sql_outbox_release, args, f));
	case JOB_UNWANTED:
		return (db_push(ctx->db, NULL, &sql_outbox_drop,
		    (struct db_arg[]){ args[0], args[1], args[3] }, f));
	case JOB_RETRY:
		return (finish_retry(ctx, job, f));
	case JOB_REFUSED:
	case JOB_GONE:
		return (finish_refused(ctx, job,
		    (struct db_arg[]){ args[0], args[1], args[3], args[2] },
		    f));
	case JOB_OUTCOME__MAX:
		break;
	}
	return (fault_set(f, FAULT_BUG, "job without outcome"));
}

static bool
went(struct context *ctx, const struct job *job, int n, const struct stmt *stmt,
    struct fault *f)
{
	struct idlist ids = IDLIST_INIT, attempts = IDLIST_INIT;
	char number[16], days[16];
	bool ok = true;

	for (; ok && n > 0; job = job->next, n--) {
		(void)snprintf(number, sizeof(number), "%d", job->attempt);
		ok = idlist_add(&ids, job->id, f) &&
		    idlist_add(&attempts, number, f);
	}
	(void)snprintf(days, sizeof(days), "%d", DESK_KEEP_DAYS);
	ok = ok &&
	    db_push(ctx->db, NULL, stmt,
		(struct db_arg[]){ DB_TEXT(idlist_text(&ids)),
		    DB_TEXT(idlist_text(&attempts)), DB_TEXT(days) },
		f);
	idlist_free(&ids);
	idlist_free(&attempts);
	return (ok);
}

bool
desk_sweep(struct desk *desk, bool *more, struct fault *f)
{
	const struct scope nobody = { "" };
	struct context ctx;
	struct rows *rows;
	char max[12];
	bool ok = true;
	int i;

	/* Whatever became due late is found now. */
	desk->since[0] = desk->since[1] = 0;
	(void)snprintf(max, sizeof(max), "%d", SWEEP_MAX);
	if (!db_run(desk->db, &nobody, &sql_outbox_reap, NULL, NULL, f) ||
	    !db_run(desk->db, &nobody, &sql_outbox_expire,
		(struct db_arg[]){ DB_TEXT(max) }, &rows, f))
		return (false);
	*more = rows_count(rows) == SWEEP_MAX;
	/* A guest whose invitation never went must not look invited. */
	for (i = 0; ok && i < rows_count(rows); i++) {
		if (!rows_bool(rows, i, "missed") ||
		    rows_null(rows, i, "guest_id"))
			continue;
		scope(desk, &ctx, rows_text(rows, i, "tenant_id"));
		ok = guest_failed(&ctx, rows_text(rows, i, "guest_id"), f);
	}
	rows_free(rows);
	return (ok);
}

bool
desk_next(struct desk *desk, bool mail, int64_t *ms, struct fault *f)
{
	const struct scope nobody = { "" };
	int64_t *from = &desk->since[mail ? 1 : 0];
	struct rows *rows;
	char since[24];

	(void)snprintf(since, sizeof(since), "%lld", (long long)*from);
	if (!db_run(desk->db, &nobody, &sql_outbox_next,
		(struct db_arg[]){
		    DB_TEXT(mail ? "true" : "false"), DB_TEXT(since) },
		&rows, f))
		return (false);
	*from = rows_int(rows, 0, "since");
	*ms = rows_null(rows, 0, "wait") ? -1 : rows_int(rows, 0, "wait");
	if (*ms < -1)
		*ms = 0;
	rows_free(rows);
	return (true);
}

bool
desk_chain(struct desk *desk, bool *more, struct fault *f)
{
	return (operation_chain_extend(desk->db, more, f));
}

bool
desk_seal(struct desk *desk, int64_t seconds, struct fault *f)
{
	struct fault of_one = FAULT_INIT;
	struct context ctx;
	struct rows *rows;
	bool ok = true;
	int i;

	if (!operation_chain_due(desk->db, seconds, &rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows); i++) {
		scope(desk, &ctx, rows_text(rows, i, "tenant_id"));
		fault_clear(&of_one);
		if (operation_chain_seal(&ctx, &of_one))
			continue;
		ok = of_one.kind != FAULT_DB_AWAY ||
		    fault_set(f, FAULT_DB_AWAY, "lost while sealing");
		if (ok)
			log_fault("courier.not_sealed", &of_one);
	}
	rows_free(rows);
	return (ok);
}

static struct job *
job_of(struct rows *rows, int i)
{
	struct job *job;

	if ((job = calloc(1, sizeof(*job))) == NULL)
		return (NULL);
	text_copy(job->tenant_id, sizeof(job->tenant_id),
	    rows_text(rows, i, "tenant_id"));
	text_copy(job->id, sizeof(job->id), rows_text(rows, i, "id"));
	text_copy(job->topic, sizeof(job->topic), rows_text(rows, i, "topic"));
	if (!rows_null(rows, i, "guest_id"))
		text_copy(job->guest_id, sizeof(job->guest_id),
		    rows_text(rows, i, "guest_id"));
	if (!rows_null(rows, i, "channel_id"))
		text_copy(job->channel_id, sizeof(job->channel_id),
		    rows_text(rows, i, "channel_id"));
	job->kind = kind_of(rows_text(rows, i, "kind"));
	job->attempt = (int)rows_int(rows, i, "attempts");
	job->taken_at = clock_monotonic();
	job->outcome = JOB_OUTCOME__MAX;
	return (job);
}

static void
scope(struct desk *desk, struct context *ctx, const char *tenant_id)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->db = desk->db;
	ctx->kms = desk->kms;
	ctx->actor.kind = ACTOR_SYSTEM;
	text_copy(
	    ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), tenant_id);
}

/* Open what ${job} says and where it goes; if that fails, decide what then. */
static bool
open_job(struct desk *desk, struct job *job, struct standing *tenant,
    struct rows *rows, int i, struct fault *f)
{
	struct context ctx;

	scope(desk, &ctx, job->tenant_id);
	if (strcmp(tenant->tenant_id, job->tenant_id) != 0) {
		tenant->tenant_id[0] = '\0';
		if (!tenant_find_state(&ctx, &tenant->state, f)) {
			job->outcome = JOB_AWAY;
			return (false);
		}
		text_copy(tenant->tenant_id, sizeof(tenant->tenant_id),
		    job->tenant_id);
	}
	/* Nothing leaves the house after the contract's end. */
	if (tenant->state == TENANT_ENDING || tenant->state == TENANT_ENDED) {
		job->outcome = JOB_UNWANTED;
		job->error = "contract_ended";
		return (false);
	}
	if (open_payload(&ctx, job, rows, i, f) &&
	    (job->kind == JOB_MAIL || open_channel(&ctx, job, f)))
		return (true);
	if (job->outcome != JOB_OUTCOME__MAX)
		return (false);
	switch (f->kind) {
	case FAULT_CRYPT:
		/* It was changed or moved: never send that. */
		job->outcome = JOB_REFUSED;
		break;
	case FAULT_KMS_REFUSED:
		/* The tenant's key is stopped, perhaps not for ever. */
		job->outcome = JOB_RETRY;
		break;
	default:
		job->outcome = JOB_AWAY;
		break;
	}
	return (false);
}

static bool
open_payload(struct context *ctx, struct job *job, struct rows *rows, int i,
    struct fault *f)
{
	char *text;

	if (operator_post_is(rows, i)
		? !operator_post_open(
		      ctx->scope.tenant_id, job->id, rows, i, &text, f)
		: !tenant_open(ctx, TENANT_KEY_DELIVERY, "outbox",
		      "payload_cell", job->id, rows, i, &text, f))
		return (false);
	job->payload = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	tenant_text_free(text);
	if (json_is_object(job->payload))
		return (true);
	job->outcome = JOB_REFUSED;
	job->error = "unreadable";
	return (fault_set(f, FAULT_BUG, "payload is no object"));
}

static bool
open_channel(struct context *ctx, struct job *job, struct fault *f)
{
	const char *url, *secret;
	struct rows *rows;
	json_t *config = NULL;
	char *text = NULL;
	bool ok = false;

	if (!db_run(ctx->db, &ctx->scope, &sql_channel_show,
		(struct db_arg[]){ DB_TEXT(job->channel_id) }, &rows, f))
		return (false);
	if (rows_count(rows) == 0 ||
	    strcmp(rows_text(rows, 0, "state"), "off") == 0) {
		job->outcome = JOB_UNWANTED;
		job->error = "channel_off";
		goto out;
	}
	if (!tenant_open(ctx, TENANT_KEY_DELIVERY, "channel", "config_cell",
		job->channel_id, rows, 0, &text, f))
		goto out;
	config = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	url = json_string_value(json_object_get(config, "url"));
	secret = json_string_value(json_object_get(config, "secret"));
	if (url == NULL) {
		job->outcome = JOB_REFUSED;
		job->error = "unreadable";
		goto out;
	}
	job->url = strdup(url);
	job->secret = secret == NULL ? NULL : strdup(secret);
	ok = job->url != NULL && (secret == NULL || job->secret != NULL);
	if (!ok)
		fault_set(f, FAULT_MEMORY, "channel");
out:
	json_decref(config);
	tenant_text_free(text);
	rows_free(rows);
	return (ok);
}

/* A dead letter, and those told who should know. */
static bool
finish_refused(struct context *ctx, const struct job *job,
    const struct db_arg *args, struct fault *f)
{
	struct rows *rows;
	bool ours;

	if (!db_run(ctx->db, NULL, &sql_outbox_refuse, args, &rows, f))
		return (false);
	ours = rows_count(rows) == 1;
	rows_free(rows);
	if (!ours)
		return (true);
	return (
	    (!job_is_invitation(job) ||
		(guest_failed(ctx, job->guest_id, f) && bounce(ctx, job, f))) &&
	    channel(ctx, job,
		job->outcome == JOB_GONE ? &sql_channel_gone
					 : &sql_channel_failed,
		f));
}

static bool
finish_retry(struct context *ctx, const struct job *job, struct fault *f)
{
	char attempt[16], days[16], delay[24];
	long seconds = schedule_delay(job);
	struct rows *rows;
	bool ok = true;

	(void)snprintf(attempt, sizeof(attempt), "%d", job->attempt);
	(void)snprintf(days, sizeof(days), "%d", DESK_KEEP_DAYS);
	(void)snprintf(delay, sizeof(delay), "%ld", seconds);
	if (seconds < 0)
		return (finish_refused(ctx, job,
		    (struct db_arg[]){ DB_TEXT(job->id), DB_TEXT(attempt),
			DB_TEXT(job->error), DB_TEXT(days) },
		    f));
	if (!db_run(ctx->db, NULL, &sql_outbox_retry,
		(struct db_arg[]){ DB_TEXT(job->id), DB_TEXT(attempt),
		    DB_TEXT(delay), DB_TEXT(job->error) },
		&rows, f))
		return (false);
	if (rows_count(rows) == 1 && job_is_invitation(job) &&
	    strcmp(rows_text(rows, 0, "state"), "expired") == 0)
		ok = guest_failed(ctx, job->guest_id, f) && bounce(ctx, job, f);
	rows_free(rows);
	return (ok && channel(ctx, job, &sql_channel_failed, f));
}

/* The notice to the host was written with the invitation. */
static bool
bounce(struct context *ctx, const struct job *job, struct fault *f)
{
	const json_t *notice = json_object_get(job->payload, "bounce");
	const char *id = json_string_value(json_object_get(notice, "id"));
	char *text;
	bool ok;

	if (id == NULL || !text_is_uuid(id))
		return (true);
	if ((text = json_dumps(notice, JSON_COMPACT)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "bounce"));
	ok = outbox_add(ctx,
	    &(struct outbox_row){
		.kind = OUTBOX_MAIL,
		.topic = "invitation.bounced",
		.id = id,
		.guest_id = job->guest_id,
		.payload = text,
		.life = 3 * 86400L,
	    },
	    f);
	tenant_text_free(text);
	return (ok);
}

static bool
guest_failed(struct context *ctx, const char *guest_id, struct fault *f)
{
	if (guest_id[0] == '\0')
		return (true);
	return (db_push(ctx->db, &ctx->scope, &sql_outbox_guest_waiting,
	    (struct db_arg[]){ DB_TEXT(guest_id), DB_TEXT("failed") }, f));
}

static bool
channel(struct context *ctx, const struct job *job, const struct stmt *stmt,
    struct fault *f)
{
	if (job->channel_id[0] == '\0')
		return (true);
	return (db_push(ctx->db, NULL, stmt,
	    (struct db_arg[]){ DB_TEXT(job->channel_id) }, f));
}

static enum job_kind
kind_of(const char *name)
{
	return (strcmp(name, "slack") == 0     ? JOB_SLACK
		: strcmp(name, "webhook") == 0 ? JOB_WEBHOOK
		: strcmp(name, "sms") == 0     ? JOB_SMS
					       : JOB_MAIL);
}
