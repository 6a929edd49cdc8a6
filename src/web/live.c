#include <kore/kore.h>
#include <kore/http.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "text.h"

#include "db.h"
#include "tenant_key.h"

#include "counter.h"
#include "handler.h"
#include "web_job.h"
#include "live.h"
#include "loop.h"

#define LIVE_WAIT_MS     1000 /* how soon a stop is noticed */
#define LIVE_RETRY_MS    500  /* between tries to reach the database */
#define LIVE_PING_MS     30000
#define LIVE_SWEEP_MS    500
#define LIVE_BACKLOG_MAX 256 /* messages a client may be behind */

/* A socket, owned by the loop thread. */
struct live_socket {
	struct live_socket *next;
	struct connection *c;
	struct principal who;
	int64_t expires_at; /* of its session, in milliseconds */
};

/* What PostgreSQL said, on its way to the loop. */
struct live_note {
	struct loop_item item;
	char channel[64];
	char payload[256];
};

static struct live_socket *sockets, *opening;
static pthread_t thread;
static atomic_bool stopping;
static bool started;

static void *listen_on(void *);
static bool listen_once(struct db *, struct fault *);
static void post(const char *, const char *);
static void arrive(struct loop_item *);
static void tell_changed(char *);
static void close_ended(char *);
static void tell(struct live_socket *, const char *);
static bool is_behind(const struct connection *);
static void sweep(void *, u_int64_t);
static void ping(void *, u_int64_t);

/* Called by Kore through their names. */
void live_connected(struct connection *);
void live_message(struct connection *, u_int8_t, void *, size_t);
void live_disconnected(struct connection *);

bool
live_start(struct fault *f)
{
	(void)kore_timer_add(sweep, LIVE_SWEEP_MS, NULL, 0);
	(void)kore_timer_add(ping, LIVE_PING_MS, NULL, 0);
	if (pthread_create(&thread, NULL, listen_on, NULL) != 0)
		return (
		    fault_set(f, FAULT_SYSTEM, "cannot make the live thread"));
	started = true;
	return (true);
}

bool
live_stop(const struct timespec *until)
{
	atomic_store(&stopping, true);
	return (!started || pthread_timedjoin_np(thread, NULL, until) == 0);
}

size_t
live_count(void)
{
	const struct live_socket *s;
	size_t n = 0;

	for (s = sockets; s != NULL; s = s->next)
		n++;
	return (n);
}

/* The handler only says yes: admission has happened. */
bool
web_live_open(struct web_request *r, struct fault *f)
{
	static const char *const as[] = { "device" };

	(void)f;
	(void)query_choice(r, "as", as, NELEMS(as), 0);
	if (!request_valid(r))
		return (reply_invalid(r));
	return (reply_empty(r));
}

void
live_upgrade(struct http_request *req, const struct job *job)
{
	struct live_socket *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		http_response(req, 503, NULL, 0);
		return;
	}
	s->c = req->owner;
	s->who = job->r.who;
	s->expires_at = job->expires_at;

	/* Kore calls live_connected() at once, if it is content. */
	opening = s;
	kore_websocket_handshake(
	    req, "live_connected", "live_message", "live_disconnected");
	if (opening != NULL)
		free(s);
	opening = NULL;
}

void
live_connected(struct connection *c)
{
	/* Gone already, and nobody would tell us. */
	if (opening == NULL || c->state == CONN_STATE_DISCONNECTING)
		return;
	opening->next = sockets;
	sockets = opening;
	c->hdlr_extra = opening;
	opening = NULL;
}

/* The feed goes one way; what a client says is nothing to us. */
void
live_message(struct connection *c, u_int8_t op, void *data, size_t len)
{
	(void)c;
	(void)op;
	(void)data;
	(void)len;
}

void
live_disconnected(struct connection *c)
{
	struct live_socket *gone = c->hdlr_extra, **at;

	c->hdlr_extra = NULL;
	for (at = &sockets; *at != NULL; at = &(*at)->next) {
		if (*at == gone) {
			*at = gone->next;
			free(gone);
			return;
		}
	}
}

/* The listening thread -----------------------------------------------------*/

static void *
listen_on(void *arg)
{
	struct fault f = FAULT_INIT;
	struct timespec pause = { .tv_nsec = LIVE_RETRY_MS * 1000000L };
	struct db *db;

	(void)arg;
	if ((db = db_open(config_text(CONFIG_DB), &f)) == NULL) {
		log_fault("web.live", &f);
		return (NULL);
	}
	while (!atomic_load(&stopping)) {
		if (!listen_once(db, &f) && !atomic_load(&stopping)) {
			log_line(LOG_LEVEL_WARNING, "web.live_lost", "what",
			    f.what, NULL);
			counter_note(COUNTER_LIVE_LOST);
			fault_clear(&f);
			(void)nanosleep(&pause, NULL);
		}
	}
	db_close(db);
	return (NULL);
}

/* Listen until the connection is lost or the worker stops. */
static bool
listen_once(struct db *db, struct fault *f)
{
	char channel[64], payload[256];

	if (!db_execute(db, "LISTEN genkan_live", f) ||
	    !db_execute(db, "LISTEN genkan_session", f) ||
	    !db_execute(db, "LISTEN genkan_key", f))
		return (false);

	/* Whatever happened until now may have been missed. */
	tenant_key_evict("");
	post("missed", "");
	while (!atomic_load(&stopping)) {
		if (!db_wait(db, LIVE_WAIT_MS, channel, payload, f))
			return (false);
		if (strcmp(channel, "genkan_key") == 0) {
			tenant_key_evict(payload);
			post("genkan_session", payload);
		} else if (channel[0] != '\0')
			post(channel, payload);
	}
	return (true);
}

static void
post(const char *channel, const char *payload)
{
	struct live_note *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return;
	n->item.run = arrive;
	text_copy(n->channel, sizeof(n->channel), channel);
	text_copy(n->payload, sizeof(n->payload), payload);
	loop_post(&n->item);
}

/* The loop thread ----------------------------------------------------------*/

static void
arrive(struct loop_item *item)
{
	struct live_note *n = (struct live_note *)(void *)item;
	struct live_socket *s, *next;

	if (strcmp(n->channel, "genkan_live") == 0)
		tell_changed(n->payload);
	else if (strcmp(n->channel, "genkan_session") == 0)
		close_ended(n->payload);
	else {
		/* A session may have ended unheard: who still has one comes
		 * back at once, and looks again. */
		for (s = sockets; s != NULL; s = next) {
			next = s->next;
			kore_connection_disconnect(s->c);
		}
	}
	free(n);
}

/* "tenant office kind id version", tenant "*" for all, office "-" for all of
 * the tenant's. */
static void
tell_changed(char *payload)
{
	struct live_socket *s, *next;
	char *part[5], *rest = payload, text[256];
	size_t i;

	for (i = 0; i < NELEMS(part); i++) {
		if ((part[i] = strsep(&rest, " ")) == NULL)
			return;
	}
	(void)snprintf(text, sizeof(text),
	    "{\"kind\":\"%s\",\"id\":\"%s\",\"version\":%ld}", part[2], part[3],
	    strtol(part[4], NULL, 10));
	for (s = sockets; s != NULL; s = next) {
		next = s->next;
		if (strcmp(part[0], "*") != 0 &&
		    strcmp(s->who.tenant_id, part[0]) != 0)
			continue;
		if (s->who.kind == PRINCIPAL_DEVICE &&
		    strcmp(part[1], "-") != 0 &&
		    strcmp(s->who.office_id, part[1]) != 0)
			continue;
		tell(s, text);
	}
}

/* "tenant id": a session, member or device is no longer what it was;
 * "tenant" alone: the tenant itself, or its keys. */
static void
close_ended(char *payload)
{
	struct live_socket *s, *next;
	char *id = payload, *tenant;

	tenant = strsep(&id, " ");
	for (s = sockets; s != NULL; s = next) {
		next = s->next;
		if (strcmp(s->who.tenant_id, tenant) == 0 &&
		    (id == NULL || strcmp(s->who.session_id, id) == 0 ||
			strcmp(s->who.member_id, id) == 0 ||
			strcmp(s->who.device_id, id) == 0))
			kore_connection_disconnect(s->c);
	}
}

static void
tell(struct live_socket *s, const char *text)
{
	if (is_behind(s->c))
		kore_connection_disconnect(s->c);
	else
		kore_websocket_send(
		    s->c, WEBSOCKET_OP_TEXT, text, strlen(text));
}

static bool
is_behind(const struct connection *c)
{
	const struct netbuf *nb;
	size_t n = 0;

	TAILQ_FOREACH(nb, &c->send_queue, list)
	{
		if (++n > LIVE_BACKLOG_MAX)
			return (true);
	}
	return (false);
}

/* A socket lives no longer than what admitted it. */
static void
sweep(void *arg, u_int64_t now)
{
	const int64_t wall = clock_now();
	struct live_socket *s, *next;

	(void)arg;
	(void)now;
	for (s = sockets; s != NULL; s = next) {
		next = s->next;
		if (s->expires_at <= wall)
			kore_connection_disconnect(s->c);
	}
}

static void
ping(void *arg, u_int64_t now)
{
	struct live_socket *s, *next;

	(void)arg;
	(void)now;
	for (s = sockets; s != NULL; s = next) {
		next = s->next;
		if (is_behind(s->c))
			kore_connection_disconnect(s->c);
		else
			kore_websocket_send(s->c, WEBSOCKET_OP_PING, NULL, 0);
	}
}
