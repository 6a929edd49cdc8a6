#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#include "db.h"

#include "api_key.h"
#include "context.h"
#include "device.h"
#include "idempotency.h"
#include "operation_log.h"
#include "role.h"
#include "session.h"
#include "tenant.h"
#include "tenant_key.h"

#include "route_log.h"
#include "web_job.h"
#include "rate.h"
#include "serve.h"

#define TAG_PLACES 1024 /* tenants remembered by tag */
#define ANY_SESSION \
	(CREDENTIAL_SESSION | CREDENTIAL_PENDING | CREDENTIAL_ENROLLING)

/* How good a session is that needs something first. */
static const enum route_credential credentials[] = {
	[SESSION_NEED_NOTHING] = CREDENTIAL_SESSION,
	[SESSION_NEED_CODE] = CREDENTIAL_PENDING,
	[SESSION_NEED_ENROLMENT] = CREDENTIAL_ENROLLING,
};
_Static_assert(
    NELEMS(credentials) == SESSION_NEED__MAX, "every need is admitted to less");

/*
 * Which tenant a tag belongs to never changes, so it is asked once.  Two
 * tags may want one place; then the later one has it.
 */
static struct {
	pthread_mutex_t lock;
	struct {
		char tag[TENANT_TAG_CHARS + 1];
		uuid_text tenant_id;
	} places[TAG_PLACES];
} tags = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool has_ended(struct job *);
static bool look(
    struct web_request *, enum tenant_state, bool *, struct fault *);
static bool attempt(struct job *, bool *, struct fault *);
static bool admit(struct job *, struct fault *);
static bool admit_member(struct job *, const char *, struct fault *);
static bool admit_key(struct job *, const char *, struct fault *);
static bool admit_device(struct job *, const char *, struct fault *);
static bool enter_token(struct job *, const char *, bool *, struct fault *);
static bool tenant_of(
    struct db *, const char *, uuid_text, bool *, struct fault *);
static size_t place_of(const char *);
static void check_rate(struct job *);
static void rate_header(struct web_request *, const char *, long);
static bool is_unsafe(const struct job *);
static bool is_of_session(const struct job *);
static bool recall(
    struct job *, struct idempotency_request *, char[80], struct fault *);
static bool on_record(struct job *, struct fault *);
static void note_refusal(struct job *, struct context *);
static const char *object_of(const struct web_request *);
static bool finish(
    struct job *, const struct idempotency_request *, bool *, struct fault *);

void
serve(struct job *job, struct context *context, struct decode_client *decode)
{
	struct fault f = FAULT_INIT;
	bool again = false;
	int tries = 0;

	job->r.context = context;
	job->r.decode = decode;
	do {
		memset(&context->scope, 0, sizeof(context->scope));
		memset(&context->actor, 0, sizeof(context->actor));
		context->logged = false;
		job->r.own = false;
		text_copy(context->actor.address,
		    sizeof(context->actor.address), job->r.address);
		if (!attempt(job, &again, &f)) {
			db_rollback(context->db);
			if (f.kind == FAULT_KMS_REFUSED && has_ended(job)) {
				(void)reply_problem(
				    &job->r, PROBLEM_contract_ended);
				fault_clear(&f);
			} else
				job_fault(job, &f);
			again = false;
		} else if (again)
			job_forget(job);
	} while (again && ++tries < 3);

	if (db_in_transaction(context->db))
		db_rollback(context->db);
	note_refusal(job, context);
	if (!job->answer.given) {
		fault_set(&f, FAULT_BUG, "no answer from the handler of %s",
		    job->r.route->path);
		job_fault(job, &f);
	}
	job->r.context = NULL;
	job->r.decode = NULL;
}

enum route_credential
serve_credential(const struct job *job)
{
	const struct web_request *r = &job->r;
	const unsigned allowed = r->route->credential;
	bool device = (allowed & CREDENTIAL_DEVICE) != 0;

	if ((allowed & CREDENTIAL_KEY) != 0 && r->bearer != NULL)
		return (CREDENTIAL_KEY);
	if (device && (allowed & CREDENTIAL_SESSION) != 0)
		device = r->route->queue == QUEUE_SOCKET
		    ? job->query_raw != NULL &&
			strcmp(job->query_raw, "as=device") == 0
		    : request_header(r, "x-csrf-token") == NULL &&
			r->cookie_device != NULL;
	if (device)
		return (r->cookie_device == NULL ? CREDENTIAL_NONE
						 : CREDENTIAL_DEVICE);
	if ((allowed & ANY_SESSION) != 0 && r->cookie_session != NULL)
		return (CREDENTIAL_SESSION);
	return (CREDENTIAL_NONE);
}

bool
request_enter(struct web_request *r, const char *tenant_id, struct fault *f)
{
	struct context *ctx = r->context;

	text_copy(
	    ctx->scope.tenant_id, sizeof(ctx->scope.tenant_id), tenant_id);
	text_copy(r->who.tenant_id, sizeof(r->who.tenant_id), tenant_id);
	return (db_begin(ctx->db, &ctx->scope, f));
}

bool
request_enter_tag(
    struct web_request *r, const char *token, bool *found, struct fault *f)
{
	return (enter_token(r->job, token, found, f) &&
	    (!*found || look(r, TENANT_ACTIVE, found, f)));
}

bool
request_enter_name(
    struct web_request *r, const char *name, bool *found, struct fault *f)
{
	uuid_text id;

	if (!tenant_find_name(r->context->db, name, id, found, f))
		return (false);
	if (!*found)
		return (true);
	return (request_enter(r, id, f) && look(r, TENANT_ENDING, found, f));
}

/* Is the tenant active, or in ${also}? */
static bool
look(
    struct web_request *r, enum tenant_state also, bool *found, struct fault *f)
{
	enum tenant_state *state = &r->who.tenant_state;

	if (!tenant_find_state(r->context, state, f))
		return (false);
	*found = *state == TENANT_ACTIVE || *state == also;
	return (true);
}

/* Its keys are gone, and so are its sessions: that is why a key is refused. */
static bool
has_ended(struct job *job)
{
	enum tenant_state state;
	struct fault ignored = FAULT_INIT;

	return (job->r.who.tenant_id[0] != '\0' &&
	    tenant_find_state(job->r.context, &state, &ignored) &&
	    state == TENANT_ENDED);
}

/* One pass from admission to commit.  ${again}: another was quicker. */
static bool
attempt(struct job *job, bool *again, struct fault *f)
{
	struct web_request *r = &job->r;
	struct idempotency_request kept = { .key = NULL };
	char principal[80];

	*again = false;
	if (!admit(job, f))
		return (false);
	if (!job->answer.given)
		check_rate(job);
	if (!job->answer.given && !serve_read(job))
		(void)reply_problem(r, PROBLEM_malformed);
	if (!job->answer.given && r->route->idempotent &&
	    !recall(job, &kept, principal, f))
		return (false);
	if (!job->answer.given &&
	    (!r->route->handler(r, f) || !on_record(job, f)))
		return (false);
	return (finish(job, &kept, again, f));
}

/* Who asks, and may they?  Opens the transaction; a refusal is an answer. */
static bool
admit(struct job *job, struct fault *f)
{
	struct web_request *r = &job->r;

	memset(&r->who, 0, sizeof(r->who));
	switch (serve_credential(job)) {
	case CREDENTIAL_KEY:
		return (admit_key(job, r->bearer, f));
	case CREDENTIAL_SESSION:
		return (admit_member(job, r->cookie_session, f));
	case CREDENTIAL_DEVICE:
		return (admit_device(job, r->cookie_device, f));
	default:
		if (r->route->credential != CREDENTIAL_NONE)
			(void)reply_problem(r, PROBLEM_sign_in_needed);
		return (true);
	}
}

static bool
admit_member(struct job *job, const char *token, struct fault *f)
{
	struct web_request *r = &job->r;
	struct session session;
	enum session_verdict verdict = SESSION_NONE;
	bool found;

	if (!enter_token(job, token, &found, f) ||
	    (found && !session_find(r->context, token, &session, &verdict, f)))
		return (false);
	if (verdict == SESSION_SUSPENDED)
		return (reply_problem(r, PROBLEM_tenant_suspended));
	if (verdict == SESSION_ADDRESS)
		return (reply_problem(r, PROBLEM_address_refused));
	if (verdict == SESSION_ENDED ||
	    (session.ending && is_unsafe(job) && !is_of_session(job)))
		return (reply_problem(r, PROBLEM_contract_ended));
	if (verdict != SESSION_VALID)
		return (reply_problem(r, PROBLEM_sign_in_needed));

	r->who.kind = PRINCIPAL_MEMBER;
	r->who.roles = session.roles;
	text_copy(r->who.member_id, sizeof(uuid_text), session.member_id);
	text_copy(r->who.session_id, sizeof(uuid_text), session.id);
	text_copy(r->who.csrf, sizeof(r->who.csrf), session.csrf);
	job->expires_at = session.expires_at;
	r->context->actor.kind = ACTOR_MEMBER;
	text_copy(r->context->actor.id, sizeof(uuid_text), session.member_id);
	if (request_header(r, "accept-language") == NULL)
		r->language = strcmp(session.language, "en") == 0 ? "en" : "ja";

	if (!serve_csrf_good(job))
		return (reply_problem(r, PROBLEM_csrf_refused));
	if ((r->route->credential & credentials[session.need]) == 0)
		return (reply_problem(r,
		    session.need == SESSION_NEED_NOTHING
			? PROBLEM_not_allowed
			: PROBLEM_second_factor_needed));
	if (r->route->roles != 0 && (r->route->roles & session.roles) == 0)
		return (reply_problem(r, PROBLEM_not_allowed));
	return (true);
}

static bool
admit_key(struct job *job, const char *token, struct fault *f)
{
	struct web_request *r = &job->r;
	enum api_key_verdict verdict = API_KEY_NONE;
	unsigned scopes = 0;
	uuid_text id = "";
	bool found;

	if (!enter_token(job, token, &found, f) ||
	    (found &&
		!api_key_find(r->context, token, id, &scopes, &verdict, f)))
		return (false);
	if (verdict == API_KEY_SUSPENDED)
		return (reply_problem(r, PROBLEM_tenant_suspended));
	if (verdict == API_KEY_ENDED)
		return (reply_problem(r, PROBLEM_contract_ended));
	if (verdict == API_KEY_ADDRESS)
		return (reply_problem(r, PROBLEM_address_refused));
	if (verdict != API_KEY_VALID)
		return (reply_problem(r, PROBLEM_key_refused));

	r->who.kind = PRINCIPAL_KEY;
	text_copy(r->who.key_id, sizeof(uuid_text), id);
	r->context->actor.kind = ACTOR_API_KEY;
	text_copy(r->context->actor.id, sizeof(uuid_text), id);
	if ((r->route->scope & scopes) == 0)
		return (reply_problem_with(r, PROBLEM_scope_missing,
		    json_pack("{ss}", "scope",
			api_key_scope_name(api_key_scope_bit(
			    (enum api_key_scope)r->route->scope)))));
	return (true);
}

static bool
admit_device(struct job *job, const char *token, struct fault *f)
{
	struct web_request *r = &job->r;
	struct device_session session;
	enum device_session_verdict verdict = DEVICE_SESSION_NONE;
	bool found;

	if (!enter_token(job, token, &found, f) ||
	    (found &&
		!device_session_find(r->context, token,
		    clock_monotonic() - job->started, &session, &verdict, f)))
		return (false);

	switch (verdict) {
	case DEVICE_SESSION_VALID:
		break;
	case DEVICE_SESSION_SUSPENDED:
		return (reply_problem(r, PROBLEM_tenant_suspended));
	case DEVICE_SESSION_ADDRESS:
		return (reply_problem(r, PROBLEM_address_refused));
	case DEVICE_SESSION_ENDED:
		return (reply_problem(r, PROBLEM_contract_ended));
	case DEVICE_SESSION_REUSED:
		reply_keep(r);
		return (reply_problem(r, PROBLEM_device_revoked));
	case DEVICE_SESSION_REVOKED:
		return (reply_problem(r, PROBLEM_device_revoked));
	default:
		return (reply_problem(r, PROBLEM_sign_in_needed));
	}

	r->who.kind = PRINCIPAL_DEVICE;
	text_copy(r->who.device_id, sizeof(uuid_text), session.device_id);
	text_copy(r->who.session_id, sizeof(uuid_text), session.id);
	text_copy(r->who.office_id, sizeof(uuid_text), session.office_id);
	job->expires_at = session.expires_at;
	r->context->actor.kind = ACTOR_DEVICE;
	text_copy(r->context->actor.id, sizeof(uuid_text), session.device_id);
	return (true);
}

/* Open the transaction in the scope of the tenant that ${token} names. */
static bool
enter_token(struct job *job, const char *token, bool *found, struct fault *f)
{
	uuid_text id;

	*found = false;
	if (strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") <
	    TENANT_TAG_CHARS)
		return (true);
	if (!tenant_of(job->r.context->db, token, id, found, f))
		return (false);
	return (!*found || request_enter(&job->r, id, f));
}

static bool
tenant_of(struct db *db, const char *token, uuid_text id, bool *found,
    struct fault *f)
{
	const size_t at = place_of(token);

	(void)pthread_mutex_lock(&tags.lock);
	*found = strncmp(tags.places[at].tag, token, TENANT_TAG_CHARS) == 0;
	if (*found)
		memcpy(id, tags.places[at].tenant_id, sizeof(uuid_text));
	(void)pthread_mutex_unlock(&tags.lock);
	if (*found)
		return (true);

	if (!tenant_find_tag(db, token, id, found, f))
		return (false);
	if (*found) {
		(void)pthread_mutex_lock(&tags.lock);
		memcpy(tags.places[at].tag, token, TENANT_TAG_CHARS);
		memcpy(tags.places[at].tenant_id, id, sizeof(uuid_text));
		(void)pthread_mutex_unlock(&tags.lock);
	}
	return (true);
}

static size_t
place_of(const char *tag)
{
	size_t hash = 0, i;

	for (i = 0; i < TENANT_TAG_CHARS; i++)
		hash = hash * 31 + (uint8_t)tag[i];
	return (hash % TAG_PLACES);
}

/* Nobody's flood may keep others from being served. */
static void
check_rate(struct job *job)
{
	struct web_request *r = &job->r;
	const bool device = r->who.kind == PRINCIPAL_DEVICE;
	struct rate rate;
	bool ok;

	if (r->who.kind == PRINCIPAL_NONE)
		return;
	ok = rate_take(
	    device ? RATE_DEVICES : RATE_PEOPLE, r->who.tenant_id, &rate);
	if (r->who.kind == PRINCIPAL_KEY) {
		if (ok)
			ok = rate_take(RATE_KEY, r->who.key_id, &rate);
		rate_header(r, "ratelimit-limit", rate.limit);
		rate_header(r, "ratelimit-remaining", rate.remaining);
		rate_header(r, "ratelimit-reset", rate.seconds);
	}
	if (ok)
		return;
	rate_header(r, "retry-after", rate.wait);
	(void)reply_problem_with(r, PROBLEM_too_many_requests,
	    json_pack("{sI}", "retry_after", (json_int_t)rate.wait));
}

static void
rate_header(struct web_request *r, const char *name, long value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", value);
	reply_header(r, name, text);
}

static bool
is_unsafe(const struct job *job)
{
	return (strcmp(job->r.route->method, "GET") != 0);
}

/* Second factor and signing out: what is left to do after a contract's end. */
static bool
is_of_session(const struct job *job)
{
	return (strncmp(job->r.route->path, "/api/v1/sessions/", 17) == 0);
}

bool
serve_csrf_good(const struct job *job)
{
	const struct web_request *r = &job->r;
	const char *csrf = request_header(r, "x-csrf-token");
	const size_t len = strlen(r->who.csrf);

	return (!is_unsafe(job) ||
	    (csrf != NULL && len > 0 && strlen(csrf) == len &&
		secret_equal(csrf, r->who.csrf, len)));
}

bool
serve_read(struct job *job)
{
	if (job->read)
		return (true);
	job->read = true;
	return (job_query(job, job->query_raw) &&
	    (job->r.route->body != BODY_JSON || job_body(job)) &&
	    (job->r.route->body != BODY_FORM || job_form(job)));
}

/* Answer from what was kept, or say in ${ask} under what to keep it. */
static bool
recall(struct job *job, struct idempotency_request *ask, char principal[80],
    struct fault *f)
{
	struct web_request *r = &job->r;
	enum idempotency_verdict verdict;
	char *text, *copy;
	int status = 0;

	if (!serve_key_good(r->idempotency_key))
		return (reply_problem(r, PROBLEM_idempotency_key_missing));
	if (r->who.kind == PRINCIPAL_NONE)
		return (true);

	(void)snprintf(principal, 80, "%s %s",
	    operation_log_actor_name(r->context->actor.kind),
	    r->context->actor.id);
	ask->principal = principal;
	ask->key = r->idempotency_key;
	ask->route = r->route->path;
	job_digest(job, ask->hash);

	if (!idempotency_find(r->context, ask, &verdict, &status, &text, f))
		return (false);
	switch (verdict) {
	case IDEMPOTENCY_REUSED:
		return (reply_problem(r, PROBLEM_idempotency_key_reused));
	case IDEMPOTENCY_BUSY:
		return (reply_problem(r, PROBLEM_in_progress));
	case IDEMPOTENCY_SECRET:
		return (reply_problem(r, PROBLEM_shown_once));
	case IDEMPOTENCY_KEPT:
		copy = strdup(text);
		(void)reply_bytes(r, status,
		    status >= 400 ? "application/problem+json"
				  : "application/json",
		    NULL, copy, copy == NULL ? 0 : strlen(copy));
		tenant_text_free(text);
		ask->key = NULL; /* once is enough */
		return (true);
	default:
		return (true);
	}
}

bool
serve_key_good(const char *key)
{
	const size_t len = key == NULL ? 0 : strlen(key);

	return (len >= IDEMPOTENCY_KEY_MIN && len <= IDEMPOTENCY_KEY_MAX &&
	    strspn(key,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_-") == len);
}

/* Nothing is changed, handed out or shown of which the log knows nothing. */
static bool
on_record(struct job *job, struct fault *f)
{
	const struct web_request *r = &job->r;
	const struct route_log *log = route_log_of(r->route);

	if (job->answer.status >= 400 || r->context->logged ||
	    r->context->scope.tenant_id[0] == '\0')
		return (true);
	switch (log->kind) {
	case ROUTE_WRITES:
		return (operation_log_add(
		    r->context, log->action, object_of(r), "done", NULL, f));
	case ROUTE_SHOWS:
		return (r->own ||
		    operation_log_look(
			r->context, log->action, object_of(r), f));
	case ROUTE_QUIET:
	case ROUTE_LOG_KIND__MAX:
		break;
	}
	return (true);
}

/* Who was refused, where the tenant is known and the domain has not said it. */
static void
note_refusal(struct job *job, struct context *context)
{
	const struct job_answer *a = &job->answer;
	const char *why = problem_name(a->problem);
	struct fault f = FAULT_INIT;

	if (context->scope.tenant_id[0] == '\0' ||
	    (a->status != 401 && a->status != 403 && a->status != 429) ||
	    (context->logged && a->keep))
		return;
	/* A guest's page says no in words of its own. */
	if (!operation_log_refusal(context, route_log_of(job->r.route)->action,
		object_of(&job->r), why != NULL ? why : "refused", &f))
		log_fault("web.refusal_lost", &f);
}

/* What the path names first, unless it is a token. */
static const char *
object_of(const struct web_request *r)
{
	return (text_is_uuid(r->id[0]) ? r->id[0] : NULL);
}

/*
 * Commit what was done, with its answer under the idempotency key; a refusal
 * is rolled back.  "Nothing seen" (204) is no answer to keep: the tablet asks
 * again under the same key.
 */
static bool
finish(struct job *job, const struct idempotency_request *kept, bool *again,
    struct fault *f)
{
	struct job_answer *a = &job->answer;
	struct context *ctx = job->r.context;

	if (!db_in_transaction(ctx->db))
		return (true);
	if (!a->given || (a->status >= 400 && !a->keep)) {
		db_rollback(ctx->db);
		return (true);
	}
	if (kept->key != NULL && a->body != NULL && a->status != 204 &&
	    !idempotency_keep(ctx, kept, a->status,
		a->secret ? NULL : (const char *)a->body, f)) {
		if (f->kind != FAULT_DB_CONFLICT)
			return (false);
		fault_clear(f);
		db_rollback(ctx->db);
		*again = true;
		return (true);
	}
	return (db_commit(ctx->db, f));
}
