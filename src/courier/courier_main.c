#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "db.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "sandbox_courier.h"
#include "tenant_key.h"

#include "address.h"
#include "courier_main.h"
#include "desk.h"
#include "pool.h"
#include "post.h"
#include "trial.h"

#define POLL_MS     15000 /* the outbox is looked at, even if nothing wakes us */
#define AWAY_MS     1000  /* between looks while the database is away */
#define WATCH_MS    500   /* between looks for stopped keys */
#define BATCH       64    /* mails that are only kept */
#define CLAIM_MS    50    /* between claims that a notification asks for */
#define CHAIN_MS    500   /* between looks at the operation logs */
#define CHAIN_TURNS 4     /* full batches in a row before deliveries go on */
#define SEAL_MS     60000 /* between looks for heads that are due */
#define PAUSE_MAX   60000 /* of mails, while the mail server is away */
#define GRACE_MS    10000 /* for what is under way when told to stop */

/* Mails, and everything else: neither waits for the other. */
struct lane {
	bool mail;
	int64_t look_at; /* clock_monotonic: when to claim again */
	int64_t looked_at;
	int64_t pause; /* ms, doubled with each try that finds it away */
	int64_t paused_until;
};

struct courier {
	struct desk *desk;
	struct db *listener;
	bool listening;
	int64_t deaf_until; /* clock_monotonic */
	struct post *post;
	struct pool *pool; /* NULL with the preview transport */
	struct lane mails, posts;
	struct job *done; /* outcomes not yet written down */
	int64_t sweep_at;
	int64_t chain_at;
	int64_t seal_at;
	bool db_away;
};

static bool is_preview(void);
static bool settings_good(struct fault *);
static int trial(const char *);
static bool open_all(struct courier *, struct fault *);
static bool is_readable(enum config_setting);
static void close_all(struct courier *);
static void turn(struct courier *);
static void listen_for(struct courier *);
static void look_soon(struct lane *);
static void claim(struct courier *, struct lane *);
static int room(const struct courier *, const struct lane *);
static void dispatch(struct courier *, struct job *);
static void collect(struct courier *);
static void note(struct courier *, struct job *);
static void pause_mails(struct courier *, const struct job *);
static void write_down(struct courier *);
static void drop_job(struct courier *, struct job **);
static void sweep(struct courier *);
static void chain(struct courier *);
static void away(struct courier *, struct fault *, const char *);
static void back(struct courier *);
static void wait(struct courier *);
static int64_t least(int64_t, int64_t);
static void finish(struct courier *);

int
courier_main(int argc, char **argv)
{
	struct courier c = { .mails = { .mail = true } };
	struct fault f = FAULT_INIT;

	if (argc == 3 && strcmp(argv[1], "test") == 0)
		return (trial(argv[2]));
	if (argc > 1) {
		(void)fprintf(stderr, "usage: genkan courier [test ADDRESS]\n");
		return (EX_USAGE);
	}
	if (!open_all(&c, &f)) {
		log_fault("courier.refused", &f);
		close_all(&c);
		return (f.kind == FAULT_CONFIG ? EX_CONFIG : EXIT_FAILURE);
	}
	log_line(LOG_LEVEL_INFO, "courier.started", "transport",
	    config_text(CONFIG_MAIL_TRANSPORT), NULL);
	while (!process_stopping())
		turn(&c);
	finish(&c);
	close_all(&c);
	log_line(LOG_LEVEL_INFO, "courier.stopped", NULL);
	return (EXIT_SUCCESS);
}

static bool
is_preview(void)
{
	return (strcmp(config_text(CONFIG_MAIL_TRANSPORT), "preview") == 0);
}

static bool
settings_good(struct fault *f)
{
	if (!address_allow(config_text(CONFIG_OUTGOING_ALLOW), f))
		return (false);
	if (!is_preview() && config_text(CONFIG_MAIL_HOST)[0] == '\0')
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_MAIL_HOST is "
		    "missing, for example smtp.example.jp"));
	if (!is_readable(CONFIG_MAIL_CA) || !is_readable(CONFIG_OUTGOING_CA))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_MAIL_CA or GENKAN_OUTGOING_CA names a file that "
		    "courier cannot read"));
	return (true);
}

/* "genkan courier test ADDRESS". */
static int
trial(const char *to)
{
	struct fault f = FAULT_INIT;
	bool ok = settings_good(&f);

	if (ok && is_preview())
		ok = fault_set(&f, FAULT_CONFIG,
		    "GENKAN_MAIL_TRANSPORT is preview, so mails go nowhere");
	if (ok && curl_global_init(CURL_GLOBAL_ALL) != 0)
		ok = fault_set(&f, FAULT_SYSTEM, "libcurl does not start");
	if (ok)
		return (trial_send(to));
	(void)fprintf(stderr, "genkan: %s\n", f.what);
	return (EX_CONFIG);
}

static bool
open_all(struct courier *c, struct fault *f)
{
	char socket[108];

	if (!settings_good(f))
		return (false);
	if (!process_path(PROCESS_KMS_SOCKET, socket, sizeof(socket)))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_RUN_DIR is too "
		    "long"));
	/* Before there are threads or connections. */
	if (!is_preview() &&
	    (c->pool = pool_start(
		 (int)config_number(CONFIG_MAIL_SENDERS), f)) == NULL)
		return (false);
	if (!process_on_stop(f) || curl_global_init(CURL_GLOBAL_ALL) != 0 ||
	    (c->post = post_open(config_text(CONFIG_OUTGOING_CA), f)) == NULL ||
	    (c->desk = desk_open(config_text(CONFIG_DB), socket,
		 config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), f)) == NULL ||
	    (c->listener = db_open(config_text(CONFIG_DB), f)) == NULL)
		return (fault_set(f, FAULT_SYSTEM, "courier cannot start"));
	return (sandbox_courier(SANDBOX_COURIER_MAIN, f));
}

/* A file that is missing now would fail every delivery later. */
static bool
is_readable(enum config_setting setting)
{
	const char *path = config_text(setting);

	return (path[0] == '\0' || access(path, R_OK) == 0);
}

static void
close_all(struct courier *c)
{
	while (c->done != NULL)
		drop_job(c, &c->done);
	post_close(c->post);
	pool_stop(c->pool);
	db_close(c->listener);
	desk_close(c->desk);
}

/* Everything courier ever does, once around. */
static void
turn(struct courier *c)
{
	listen_for(c);
	write_down(c);
	sweep(c);
	chain(c);
	claim(c, &c->mails);
	claim(c, &c->posts);
	wait(c);
	collect(c);
}

/* Hear of new deliveries and of stopped keys. */
static void
listen_for(struct courier *c)
{
	struct fault f = FAULT_INIT;
	char channel[64], payload[256];

	tenant_key_watch();
	if (!c->listening) {
		if (!db_execute(c->listener, "LISTEN genkan_outbox", &f) ||
		    !db_execute(c->listener, "LISTEN genkan_key", &f))
			return;
		/* What was said while we did not listen, nobody repeats. */
		c->listening = true;
		c->mails.look_at = c->posts.look_at = 0;
		tenant_key_evict("");
	}
	for (;;) {
		if (!db_wait(c->listener, 0, channel, payload, &f)) {
			c->listening = false;
			return;
		}
		if (channel[0] == '\0')
			return;
		if (strcmp(channel, "genkan_key") == 0) {
			tenant_key_evict(payload);
		} else {
			look_soon(&c->mails);
			look_soon(&c->posts);
			c->deaf_until = clock_monotonic() + CLAIM_MS;
		}
	}
}

/* At once; but of many that come together, more than one is taken at a time. */
static void
look_soon(struct lane *lane)
{
	lane->look_at = least(lane->look_at, lane->looked_at + CLAIM_MS);
}

/* Take what is due, as much as can be sent at once. */
static void
claim(struct courier *c, struct lane *lane)
{
	struct fault f = FAULT_INIT;
	int64_t now = clock_monotonic(), next = -1;
	struct job *list, *job;
	int n = room(c, lane), got = 0;

	if (n <= 0 || now < lane->look_at || now < lane->paused_until)
		return;
	lane->looked_at = now;
	if (!desk_claim(c->desk, lane->mail, n, &list, &f)) {
		away(c, &f, "claim");
		lane->look_at = now + AWAY_MS;
		/* Their leases are ours: what was opened is sent. */
	}
	while ((job = list) != NULL) {
		list = job->next;
		job->next = NULL;
		dispatch(c, job);
		got++;
	}
	if (f.kind != FAULT_NONE)
		return;
	back(c);
	lane->look_at = 0;
	if (got < n) {
		if (!desk_next(c->desk, lane->mail, &next, &f))
			next = AWAY_MS;
		lane->look_at =
		    now + (next < 0 ? POLL_MS : least(next + 5, POLL_MS));
	}
}

static int
room(const struct courier *c, const struct lane *lane)
{
	if (lane->mail)
		return (c->pool == NULL ? BATCH : pool_room(c->pool));
	return (post_room(c->post));
}

static void
dispatch(struct courier *c, struct job *job)
{
	if (job->outcome != JOB_OUTCOME__MAX) {
		note(c, job);
	} else if (job->kind != JOB_MAIL) {
		post_start(c->post, job);
	} else if (c->pool != NULL) {
		pool_send(c->pool, job);
	} else {
		job->outcome = JOB_KEPT;
		note(c, job);
	}
}

static void
collect(struct courier *c)
{
	struct job *job;

	while ((job = post_finished(c->post)) != NULL)
		note(c, job);
	while (c->pool != NULL && (job = pool_finished(c->pool)) != NULL) {
		pause_mails(c, job);
		note(c, job);
	}
	write_down(c);
}

/* Remember an outcome until the database has it, beside its tenant's others. */
static void
note(struct courier *c, struct job *job)
{
	static const char *const words[] = {
		[JOB_DELIVERED] = "delivered",
		[JOB_KEPT] = "kept",
		[JOB_RETRY] = "retry",
		[JOB_AWAY] = "away",
		[JOB_REFUSED] = "refused",
		[JOB_GONE] = "gone",
		[JOB_UNWANTED] = "unwanted",
	};
	_Static_assert(
	    NELEMS(words) == JOB_OUTCOME__MAX, "every outcome has its word");
	struct job **p = &c->done;
	char attempt[16], ms[24];

	(void)snprintf(attempt, sizeof(attempt), "%d", job->attempt);
	(void)snprintf(ms, sizeof(ms), "%lld",
	    (long long)(clock_monotonic() - job->taken_at));
	log_line(job->outcome == JOB_DELIVERED || job->outcome == JOB_KEPT
		? LOG_LEVEL_INFO
		: LOG_LEVEL_WARNING,
	    "courier.tried", "id", job->id, "topic", job->topic, "outcome",
	    words[job->outcome], "error", job->error, "attempt", attempt, "ms",
	    ms, NULL);
	while (*p != NULL && strcmp((*p)->tenant_id, job->tenant_id) != 0)
		p = &(*p)->next;
	job->next = *p;
	*p = job;
}

/* While the mail server is away, one try after a pause, not all of them. */
static void
pause_mails(struct courier *c, const struct job *job)
{
	struct lane *lane = &c->mails;

	if (job->outcome != JOB_AWAY) {
		if (lane->pause != 0)
			log_line(LOG_LEVEL_INFO, "courier.mail_back", NULL);
		lane->pause = lane->paused_until = 0;
		return;
	}
	if (clock_monotonic() < lane->paused_until)
		return;
	if (lane->pause == 0)
		log_line(LOG_LEVEL_ERROR, "courier.mail_away", "error",
		    job->error, NULL);
	lane->pause =
	    lane->pause == 0 ? 5000 : least(lane->pause * 2, PAUSE_MAX);
	lane->paused_until = clock_monotonic() + lane->pause;
}

static void
write_down(struct courier *c)
{
	struct fault f = FAULT_INIT;
	struct job **p = &c->done;
	int n;

	while (*p != NULL) {
		if (desk_finish(c->desk, *p, &n, &f)) {
			while (n-- > 0)
				drop_job(c, p);
			continue;
		}
		/* After its lease somebody else has it: nothing to say. */
		if (f.kind != FAULT_DB_AWAY ||
		    clock_monotonic() > (*p)->taken_at + DESK_LEASE * 1000) {
			log_fault("courier.outcome_lost", &f);
			drop_job(c, p);
			fault_clear(&f);
			continue;
		}
		away(c, &f, "finish");
		return;
	}
}

static void
drop_job(struct courier *c, struct job **p)
{
	struct job *job = *p;

	/* One that failed may be due again sooner than what waits. */
	if (job->outcome != JOB_DELIVERED && job->outcome != JOB_KEPT) {
		if (job->kind == JOB_MAIL)
			c->mails.look_at = 0;
		else
			c->posts.look_at = 0;
	}
	*p = job->next;
	job_free(job);
}

static void
sweep(struct courier *c)
{
	struct fault f = FAULT_INIT;
	bool more;

	if (clock_monotonic() < c->sweep_at)
		return;
	if (!desk_sweep(c->desk, &more, &f)) {
		away(c, &f, "sweep");
		c->sweep_at = clock_monotonic() + AWAY_MS;
		return;
	}
	back(c);
	c->sweep_at = clock_monotonic() + (more ? 0 : POLL_MS);
}

/* Link the operation logs within a second, and seal their ends in time. */
static void
chain(struct courier *c)
{
	const int64_t often = config_number(CONFIG_LOG_HEAD_SECONDS);
	struct fault f = FAULT_INIT;
	bool more = true, ok = true;
	int i;

	if (clock_monotonic() < c->chain_at)
		return;
	for (i = 0; ok && more && i < CHAIN_TURNS; i++)
		ok = desk_chain(c->desk, &more, &f);
	if (ok && clock_monotonic() >= c->seal_at) {
		ok = desk_seal(c->desk, often, &f);
		c->seal_at = clock_monotonic() + least(often * 1000, SEAL_MS);
	}
	if (!ok)
		away(c, &f, "chain");
	else
		back(c);
	c->chain_at = clock_monotonic() + (!ok ? AWAY_MS : more ? 0 : CHAIN_MS);
}

static void
away(struct courier *c, struct fault *f, const char *what)
{
	if (f->kind != FAULT_DB_AWAY) {
		log_fault("courier.fault", f);
	} else if (!c->db_away) {
		log_line(
		    LOG_LEVEL_ERROR, "courier.database_away", "at", what, NULL);
		c->db_away = true;
	}
}

static void
back(struct courier *c)
{
	if (c->db_away)
		log_line(LOG_LEVEL_INFO, "courier.database_back", NULL);
	c->db_away = false;
}

/* Until something happens, or is due. */
static void
wait(struct courier *c)
{
	struct curl_waitfd fds[POOL_MAX + 1];
	unsigned n = c->pool == NULL ? 0 : pool_fds(c->pool, fds);
	int64_t now = clock_monotonic(),
		ms = least(c->sweep_at, c->chain_at) - now;

	/* Told a moment ago, it looks soon anyway. */
	if (c->listening && now < c->deaf_until) {
		ms = least(ms, c->deaf_until - now);
	} else if (c->listening && db_socket(c->listener) != -1) {
		fds[n].fd = db_socket(c->listener);
		fds[n].events = CURL_WAIT_POLLIN;
		fds[n].revents = 0;
		n++;
	} else {
		ms = least(ms, AWAY_MS);
	}
	if (room(c, &c->mails) > 0)
		ms = least(ms,
		    c->mails.look_at > c->mails.paused_until
			? c->mails.look_at - now
			: c->mails.paused_until - now);
	if (room(c, &c->posts) > 0)
		ms = least(ms, c->posts.look_at - now);
	if (c->done != NULL || (c->pool != NULL && pool_busy(c->pool) > 0))
		ms = least(ms, AWAY_MS);
	ms = least(ms, WATCH_MS);
	post_wait(c->post, fds, n, ms > 0 ? (int)ms : 0);
}

static int64_t
least(int64_t a, int64_t b)
{
	return (a < b ? a : b);
}

/* Told to stop: what is under way may end, nothing new begins. */
static void
finish(struct courier *c)
{
	int64_t until = clock_monotonic() + GRACE_MS;

	while (clock_monotonic() < until &&
	    (c->done != NULL || post_room(c->post) < POST_MAX ||
		(c->pool != NULL && pool_busy(c->pool) > 0))) {
		struct curl_waitfd fds[POOL_MAX];
		unsigned n = c->pool == NULL ? 0 : pool_fds(c->pool, fds);

		post_wait(c->post, fds, n, 100);
		collect(c);
	}
}
