#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "db.h"

#include "context.h"
#include "operator_log.h"
#include "operator_session.h"
#include "tenant_key.h"

#include "operator_serve.h"
#include "route_log.h"
#include "serve.h"
#include "web_job.h"

/* How good a session is that needs something first. */
static const enum route_credential credentials[] = {
	[SESSION_NEED_NOTHING] = CREDENTIAL_SESSION,
	[SESSION_NEED_CODE] = CREDENTIAL_PENDING,
	[SESSION_NEED_ENROLMENT] = CREDENTIAL_ENROLLING,
};
_Static_assert(
    NELEMS(credentials) == SESSION_NEED__MAX, "every need is admitted to less");

static bool attempt(struct job *, struct operator_claim *, struct fault *);
static bool admit(struct job *, struct fault *);
static bool claim_key(struct job *, struct operator_claim *, struct fault *);
static bool on_record(struct job *, struct fault *);
static void settle(struct job *, const struct operator_claim *);
static void note_refusal(struct job *);
static const char *tenant_of(const struct web_request *);
static const char *object_of(const struct web_request *);

void
operator_serve(
    struct job *job, struct context *context, struct decode_client *decode)
{
	struct operator_claim claim = { .key = NULL };
	struct fault f = FAULT_INIT;

	memset(&context->scope, 0, sizeof(context->scope));
	memset(&context->actor, 0, sizeof(context->actor));
	context->actor.kind = ACTOR_OPERATOR;
	text_copy(context->actor.address, sizeof(context->actor.address),
	    job->r.address);
	context->logged = false;
	job->r.context = context;
	job->r.decode = decode;
	if (!attempt(job, &claim, &f)) {
		job_fault(job, &f);
		fault_clear(&f);
	}
	if (db_in_transaction(context->db))
		db_rollback(context->db);
	if (!job->answer.given) {
		fault_set(&f, FAULT_BUG, "no answer from the handler of %s",
		    job->r.route->path);
		job_fault(job, &f);
	}
	settle(job, &claim);
	note_refusal(job);
	job->r.context = NULL;
	job->r.decode = NULL;
}

static bool
attempt(struct job *job, struct operator_claim *claim, struct fault *f)
{
	struct web_request *r = &job->r;

	if (r->route->credential != CREDENTIAL_NONE && !admit(job, f))
		return (false);
	if (!job->answer.given && !serve_read(job))
		(void)reply_problem(r, PROBLEM_malformed);
	if (!job->answer.given && r->route->idempotent &&
	    !claim_key(job, claim, f))
		return (false);
	if (job->answer.given)
		return (true);
	return (r->route->handler(r, f) && on_record(job, f));
}

static bool
admit(struct job *job, struct fault *f)
{
	struct web_request *r = &job->r;
	struct operator_session session;
	bool found = false;

	if (r->cookie_session != NULL &&
	    !operator_session_find(
		r->context, r->cookie_session, &session, &found, f))
		return (false);
	if (!found)
		return (reply_problem(r, PROBLEM_sign_in_needed));

	r->who.kind = PRINCIPAL_OPERATOR;
	text_copy(r->who.member_id, sizeof(uuid_text), session.operator_id);
	text_copy(r->who.session_id, sizeof(uuid_text), session.id);
	text_copy(r->who.csrf, sizeof(r->who.csrf), session.csrf);
	text_copy(r->context->actor.id, sizeof(uuid_text), session.operator_id);
	job->expires_at = session.expires_at;
	if (!serve_csrf_good(job))
		return (reply_problem(r, PROBLEM_csrf_refused));
	if ((r->route->credential & credentials[session.need]) == 0)
		return (reply_problem(r,
		    session.need == SESSION_NEED_NOTHING
			? PROBLEM_not_allowed
			: PROBLEM_second_factor_needed));
	return (true);
}

/* Answer from what was kept, or have the key for this request. */
static bool
claim_key(struct job *job, struct operator_claim *claim, struct fault *f)
{
	struct web_request *r = &job->r;
	enum operator_kept kept;
	char *text, *copy;
	int status = 0;

	if (!serve_key_good(r->idempotency_key))
		return (reply_problem(r, PROBLEM_idempotency_key_missing));
	claim->operator_id = r->who.member_id;
	claim->route = r->route->path;
	claim->key = r->idempotency_key;
	job_digest(job, claim->hash);
	if (!operator_session_claim(
		r->context, claim, &kept, &status, &text, f)) {
		claim->key = NULL;
		return (false);
	}
	if (kept == OPERATOR_KEPT_NEW)
		return (true);
	claim->key = NULL; /* it is not this request's */
	if (kept == OPERATOR_KEPT_REUSED)
		return (reply_problem(r, PROBLEM_idempotency_key_reused));
	if (kept == OPERATOR_KEPT_BUSY)
		return (reply_problem(r, PROBLEM_in_progress));
	copy = text == NULL ? NULL : strdup(text);
	tenant_text_free(text);
	r->context->logged = true;
	return (reply_bytes(r, status, "application/json", NULL, copy,
	    copy == NULL ? 0 : strlen(copy)));
}

/* Nothing is done, handed out or shown of which the log knows nothing. */
static bool
on_record(struct job *job, struct fault *f)
{
	const struct web_request *r = &job->r;
	const struct route_log *log = route_log_of(r->route);

	if (job->answer.status >= 400 || r->context->logged)
		return (true);
	switch (log->kind) {
	case ROUTE_WRITES:
		return (operator_log_add(r->context, log->action, tenant_of(r),
		    object_of(r), "done", f));
	case ROUTE_SHOWS:
		return (
		    operator_log_seldom(r->context, log->action, tenant_of(r),
			object_of(r), "done", OPERATOR_LOG_SECONDS, f));
	case ROUTE_QUIET:
	case ROUTE_LOG_KIND__MAX:
		break;
	}
	return (true);
}

/* Keep the answer under its key; a refusal leaves the key free. */
static void
settle(struct job *job, const struct operator_claim *claim)
{
	const struct job_answer *a = &job->answer;
	struct fault f = FAULT_INIT;

	if (claim->key == NULL)
		return;
	if (a->status < 400
		? !operator_session_keep(job->r.context, claim, a->status,
		      (const char *)a->body, &f)
		: !operator_session_unclaim(job->r.context, claim, &f))
		log_fault("operator.answer_lost", &f);
}

static void
note_refusal(struct job *job)
{
	const struct job_answer *a = &job->answer;
	const struct web_request *r = &job->r;
	struct fault f = FAULT_INIT;

	if ((a->status != 401 && a->status != 403 && a->status != 429) ||
	    r->context->logged)
		return;
	if (!operator_log_seldom(r->context, route_log_of(r->route)->action,
		tenant_of(r), object_of(r), problem_name(a->problem), 60, &f))
		log_fault("operator.refusal_lost", &f);
}

static const char *
tenant_of(const struct web_request *r)
{
	return (strncmp(r->route->path, "/api/v1/tenants/{id}", 20) == 0
		? r->id[0]
		: NULL);
}

static const char *
object_of(const struct web_request *r)
{
	return (
	    tenant_of(r) == NULL && text_is_uuid(r->id[0]) ? r->id[0] : NULL);
}
