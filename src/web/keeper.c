#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "db.h"
#include "gen_sql.h"

#include "context.h"
#include "reencryption.h"
#include "tenant.h"
#include "tenant_key.h"

#include "keeper.h"
#include "thread_context.h"

#define TICK_MS   250   /* between looks at what the key service says */
#define AWAY_MS   1000  /* between tries to reach the database */
#define ROUND_MS  60000 /* between looks at every tenant */
#define BREATH_MS 2     /* after each page, at least */

static pthread_t thread;
static bool started;
static atomic_bool stopping;

static void *work(void *);
static void pause_for(int64_t);
static bool turn(struct context *, int64_t *, struct fault *);
static bool run_round(struct context *, struct fault *);
static bool run_tenant(struct context *, const char *, struct fault *);
static bool run_one(struct context *, const char *, struct fault *);

bool
keeper_start(struct fault *f)
{
	if (pthread_create(&thread, NULL, work, NULL) != 0)
		return (fault_set(
		    f, FAULT_SYSTEM, "cannot make the keeper thread"));
	started = true;
	return (true);
}

bool
keeper_stop(const struct timespec *until)
{
	atomic_store(&stopping, true);
	return (!started || pthread_timedjoin_np(thread, NULL, until) == 0);
}

static void *
work(void *arg)
{
	struct context context;
	struct fault f = FAULT_INIT;
	int64_t round_at = 0;
	bool away = false;

	(void)arg;
	if (!thread_context_open(&context, &f)) {
		log_fault("web.keeper", &f);
		thread_context_close(&context);
		return (NULL);
	}
	while (!atomic_load(&stopping)) {
		fault_clear(&f);
		if (turn(&context, &round_at, &f)) {
			away = false;
			continue;
		}
		thread_context_fault("web.keeper", &away, &f);
		round_at = 0;
		pause_for(AWAY_MS);
	}
	thread_context_close(&context);
	return (NULL);
}

/* Sleep, and hear of stopped keys meanwhile. */
static void
pause_for(int64_t ms)
{
	const int64_t until = clock_monotonic() + ms;
	struct timespec nap = { .tv_sec = 0 };
	int64_t left;

	while (
	    !atomic_load(&stopping) && (left = until - clock_monotonic()) > 0) {
		tenant_key_watch();
		if (left > TICK_MS)
			left = TICK_MS;
		nap.tv_nsec = (long)left * 1000000;
		(void)nanosleep(&nap, NULL);
	}
}

/* Once around: every tenant when it is time, and those that are named to us. */
static bool
turn(struct context *context, int64_t *round_at, struct fault *f)
{
	char channel[64], payload[256];

	tenant_key_watch();
	if (clock_monotonic() >= *round_at) {
		/* Also after the connection was lost, and its LISTEN with it.
		 */
		if (!db_execute(context->db, "LISTEN genkan_key", f) ||
		    !run_round(context, f))
			return (false);
		*round_at = clock_monotonic() + ROUND_MS;
	}
	if (!db_wait(context->db, TICK_MS, channel, payload, f))
		return (false);
	return (channel[0] == '\0' || !text_is_uuid(payload) ||
	    run_one(context, payload, f));
}

static bool
run_round(struct context *context, struct fault *f)
{
	static const struct scope nobody = { "" };
	struct rows *rows;
	bool ok = true;
	int i;

	if (!db_run(context->db, &nobody, &sql_visit_tenants, NULL, &rows, f))
		return (false);
	for (i = 0; ok && i < rows_count(rows) && !atomic_load(&stopping); i++)
		ok = run_one(context, rows_text(rows, i, "tenant_id"), f);
	rows_free(rows);
	return (ok);
}

/* One tenant's trouble (a stopped key, say) does not keep the others. */
static bool
run_one(struct context *context, const char *tenant_id, struct fault *f)
{
	struct fault mine = FAULT_INIT;

	tenant_key_watch();
	if (run_tenant(context, tenant_id, &mine))
		return (true);
	if (mine.kind == FAULT_DB_AWAY)
		return (fault_set(f, mine.kind, "%s", mine.what));
	log_fault("web.keeper", &mine);
	return (true);
}

static bool
run_tenant(struct context *context, const char *tenant_id, struct fault *f)
{
	const long rate = config_number(CONFIG_REENCRYPT_ROWS);
	struct reencryption_step step = { .more = true };
	enum tenant_state state;
	int64_t began;
	bool mine, due;

	text_copy(context->scope.tenant_id, sizeof(context->scope.tenant_id),
	    tenant_id);
	if (!tenant_find_state(context, &state, f) ||
	    !reencryption_lead(context, &mine, f))
		return (false);
	/* Of whom nothing is served nothing is moved; an ended one's keys go.
	 */
	if (!mine || state == TENANT_SUSPENDED || state == TENANT_ENDED)
		return (true);
	if (!reencryption_look(
		context, config_number(CONFIG_KEY_DAYS), &due, f))
		return (false);
	while (due && step.more && !atomic_load(&stopping)) {
		began = clock_monotonic();
		if (!reencryption_step(context, &step, f))
			return (false);
		if (step.cells > 0)
			began += (int64_t)step.rows * 1000 / rate;
		began -= clock_monotonic();
		pause_for(began > BREATH_MS ? began : BREATH_MS);
	}
	return (true);
}
