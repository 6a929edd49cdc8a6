#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "db.h"
#include "gen_sql.h"

#include "context.h"
#include "retention.h"
#include "notice.h"
#include "tenant.h"
#include "visit.h"

#include "house.h"
#include "thread_context.h"

#define ROUND_MS  60000
#define DELETE_MS 20000 /* of a round, at most, for what is past its time */
#define PAUSE_MS  100   /* after each batch of it */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t stop;
	pthread_t thread;
	bool started;
	bool stopping;
} house = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *work(void *);
static bool wait_for(int64_t);
static bool run_round(struct context *, struct fault *);
static bool run_tenant(struct context *, const char *, int64_t, struct fault *);
static bool depart(struct context *, struct fault *);
static bool delete_old(struct context *, int64_t, struct fault *);

bool
house_start(struct fault *f)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&house.stop, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&house.thread, NULL, work, NULL) != 0)
		return (
		    fault_set(f, FAULT_SYSTEM, "cannot make the house thread"));
	house.started = true;
	return (true);
}

bool
house_stop(const struct timespec *until)
{
	if (!house.started)
		return (true);
	(void)pthread_mutex_lock(&house.lock);
	house.stopping = true;
	(void)pthread_cond_signal(&house.stop);
	(void)pthread_mutex_unlock(&house.lock);
	return (pthread_timedjoin_np(house.thread, NULL, until) == 0);
}

static void *
work(void *arg)
{
	struct context context;
	struct fault f = FAULT_INIT;
	bool away = false;

	(void)arg;
	if (!thread_context_open(&context, &f)) {
		log_fault("web.house", &f);
		thread_context_close(&context);
		return (NULL);
	}
	do {
		fault_clear(&f);
		if (run_round(&context, &f)) {
			away = false;
			continue;
		}
		db_rollback(context.db);
		thread_context_fault("web.house", &away, &f);
	} while (wait_for(ROUND_MS));
	thread_context_close(&context);
	return (NULL);
}

/* False when it is time to stop. */
static bool
wait_for(int64_t ms)
{
	struct timespec until;
	bool go_on;
	int error = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&house.lock);
	while (!house.stopping && error == 0)
		error =
		    pthread_cond_timedwait(&house.stop, &house.lock, &until);
	go_on = !house.stopping;
	(void)pthread_mutex_unlock(&house.lock);
	return (go_on);
}

/* One tenant's trouble (a stopped key, say) does not keep the others. */
static bool
run_round(struct context *context, struct fault *f)
{
	static const struct scope none = { "" };
	const int64_t until = clock_monotonic() + DELETE_MS;
	struct fault of_one = FAULT_INIT;
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(context->db, &none, &sql_visit_tenants, NULL, &rows, f))
		return (false);
	for (i = 0; i < rows_count(rows) && ok; i++) {
		fault_clear(&of_one);
		if (run_tenant(context, rows_text(rows, i, "tenant_id"), until,
			&of_one))
			continue;
		db_rollback(context->db);
		log_fault("web.house", &of_one);
		ok = of_one.kind != FAULT_DB_AWAY ||
		    fault_set(f, FAULT_DB_AWAY, "lost during the round");
	}
	rows_free(rows);
	return (ok);
}

static bool
run_tenant(struct context *context, const char *tenant_id, int64_t until,
    struct fault *f)
{
	enum tenant_state state;

	text_copy(context->scope.tenant_id, sizeof(context->scope.tenant_id),
	    tenant_id);
	if (!db_begin(context->db, &context->scope, f) ||
	    !tenant_find_state(context, &state, f))
		return (false);
	if (state == TENANT_ENDED) {
		db_rollback(context->db);
		return (true);
	}
	return (depart(context, f) && db_commit(context->db, f) &&
	    db_begin(context->db, &context->scope, f) &&
	    notice_log_heads(context, f) && db_commit(context->db, f) &&
	    delete_old(context, until, f));
}

static bool
depart(struct context *context, struct fault *f)
{
	struct rows *rows;
	bool mine;
	int n;

	if (!db_run(context->db, NULL, &sql_visit_lock, NULL, &rows, f))
		return (false);
	mine = rows_bool(rows, 0, "mine");
	rows_free(rows);
	return (!mine || visit_depart_forgotten(context, &n, f));
}

/* In small transactions with pauses, so that nobody at a tablet waits for it;
 * what is left when the time is over is the next round's. */
static bool
delete_old(struct context *context, int64_t until, struct fault *f)
{
	bool more = true;

	while (more && clock_monotonic() < until) {
		if (!db_begin(context->db, &context->scope, f) ||
		    !retention_sweep(context, &more, f) ||
		    !db_commit(context->db, f))
			return (false);
		if (more && !wait_for(PAUSE_MS))
			return (true);
	}
	return (true);
}
