#include <kore/kore.h>
#include <kore/http.h>

#include <pthread.h>
#include <time.h>

#include "fault.h"

#include "dispatch.h"
#include "web_job.h"
#include "loop.h"
#include "stream.h"

#define STREAM_CHUNK     (64 * 1024) /* bytes */
#define STREAM_IN_FLIGHT 4           /* chunks written and not yet sent */
#define STREAM_STALL     60          /* seconds without taking any */

struct chunk {
	struct loop_item item;
	struct stream *stream;
	struct chunk *next;
	size_t len;
	char data[]; /* framed as RFC 9112 section 7.1 says */
};

struct stream {
	struct loop_item begun;
	struct job *job;

	pthread_mutex_t lock; /* for these four */
	pthread_cond_t room;
	int in_flight;
	bool gone; /* the client has left, or takes nothing */
	int holders;

	/* The loop thread's own. */
	struct connection *c; /* NULL before it begins and after it ends */
	struct chunk *waiting, **last;
	bool close_after;
	uint64_t idle_length;
};

static struct stream *stream_new(struct job *);
static void release(struct stream *);
static bool write_chunk(struct stream *, const uint8_t *, size_t);
static bool wait_for_room(struct stream *);
static void leave(struct stream *);
static void begin(struct loop_item *);
static void arrive(struct loop_item *);
static void send_chunk(struct stream *, struct chunk *);
static int sent(struct netbuf *);
static void left(struct connection *);
static void flush(struct connection *);

/* The handler's side -------------------------------------------------------*/

bool
stream_begin(
    struct web_request *r, const char *type, const char *file, struct fault *f)
{
	struct job *job = r->job;

	if (r->route->queue != QUEUE_STREAM || job->stream != NULL)
		return (fault_set(
		    f, FAULT_BUG, "%s cannot stream", r->route->path));
	if ((job->stream = stream_new(job)) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for a stream"));
	(void)reply_bytes(r, 200, type, file, NULL, 0);
	job->head = job->answer;
	loop_post(&job->stream->begun);
	return (true);
}

bool
stream_write(struct web_request *r, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < STREAM_CHUNK ? len : STREAM_CHUNK;
		if (!write_chunk(r->job->stream, p, n))
			return (false);
	}
	return (true);
}

static struct stream *
stream_new(struct job *job)
{
	struct stream *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return (NULL);
	s->job = job;
	s->begun.run = begin;
	s->last = &s->waiting;
	s->holders = 1;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->room, &attr);
	(void)pthread_condattr_destroy(&attr);
	return (s);
}

static void
release(struct stream *s)
{
	bool last;

	(void)pthread_mutex_lock(&s->lock);
	last = --s->holders == 0;
	(void)pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->room);
	free(s);
}

static bool
write_chunk(struct stream *s, const uint8_t *data, size_t len)
{
	struct chunk *chunk;
	char head[20];
	const int n = snprintf(head, sizeof(head), "%zx\r\n", len);

	if ((chunk = malloc(sizeof(*chunk) + (size_t)n + len + 2)) == NULL ||
	    !wait_for_room(s)) {
		free(chunk);
		return (false);
	}
	memcpy(chunk->data, head, (size_t)n);
	memcpy(chunk->data + n, data, len);
	memcpy(chunk->data + n + len, "\r\n", 2);
	chunk->len = (size_t)n + len + 2;
	chunk->stream = s;
	chunk->next = NULL;
	chunk->item.run = arrive;
	loop_post(&chunk->item);
	return (true);
}

/* Take a place among those in flight; false if the client has left. */
static bool
wait_for_room(struct stream *s)
{
	struct timespec until;
	bool room;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STREAM_STALL;
	(void)pthread_mutex_lock(&s->lock);
	while (s->in_flight >= STREAM_IN_FLIGHT && !s->gone) {
		if (pthread_cond_timedwait(&s->room, &s->lock, &until) != 0)
			s->gone = true;
	}
	if ((room = !s->gone)) {
		s->in_flight++;
		s->holders++;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return (room);
}

/* The loop thread's side ---------------------------------------------------*/

void
stream_attach(struct stream *s, struct connection *c)
{
	struct chunk *chunk;

	/* Kore would close as soon as the head is sent. */
	s->close_after = (c->flags & CONN_CLOSE_EMPTY) != 0;
	c->flags &= (uint16_t)~CONN_CLOSE_EMPTY;
	s->idle_length = c->idle_timer.length;
	c->idle_timer.length = (STREAM_STALL + 5) * 1000;
	s->c = c;
	(void)pthread_mutex_lock(&s->lock);
	s->holders++;
	(void)pthread_mutex_unlock(&s->lock);
	c->hdlr_extra = s;
	c->disconnect = left;

	while ((chunk = s->waiting) != NULL) {
		s->waiting = chunk->next;
		send_chunk(s, chunk);
	}
	s->last = &s->waiting;
}

void
stream_end(struct stream *s, bool whole)
{
	struct connection *c = s->c;

	if (c != NULL) {
		c->hdlr_extra = NULL;
		c->disconnect = NULL;
		c->idle_timer.length = s->idle_length;
		c->flags &= (uint16_t)~CONN_IS_BUSY;
		(void)pthread_mutex_lock(&s->lock);
		whole = whole && !s->gone;
		(void)pthread_mutex_unlock(&s->lock);
		if (!whole)
			kore_connection_disconnect(c);
		else {
			net_send_queue(c, "0\r\n\r\n", 5);
			if (s->close_after)
				c->flags |= CONN_CLOSE_EMPTY;
			else
				http_start_recv(c);
			flush(c);
		}
		s->c = NULL;
		release(s);
	}
	release(s);
}

void
stream_drop(struct stream *s)
{
	struct chunk *chunk;

	leave(s);
	while ((chunk = s->waiting) != NULL) {
		s->waiting = chunk->next;
		free(chunk);
		release(s);
	}
	s->last = &s->waiting;
}

/* The handler's stream_write returns false from now on. */
static void
leave(struct stream *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->gone = true;
	(void)pthread_cond_signal(&s->room);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
begin(struct loop_item *item)
{
	struct stream *s = (struct stream *)(void *)item;

	dispatch_stream_begun(s->job);
}

static void
arrive(struct loop_item *item)
{
	struct chunk *chunk = (struct chunk *)(void *)item;
	struct stream *s = chunk->stream;
	bool gone;

	(void)pthread_mutex_lock(&s->lock);
	gone = s->gone;
	(void)pthread_mutex_unlock(&s->lock);

	if (s->c != NULL) {
		/* Where the client reads at once, Kore sees no event that
		 * would tell it that the connection is not idle. */
		s->c->idle_timer.start = kore_time_ms();
		send_chunk(s, chunk);
		flush(s->c);
	} else if (gone) {
		free(chunk);
		release(s);
	} else {
		*s->last = chunk;
		s->last = &chunk->next;
	}
}

static void
send_chunk(struct stream *s, struct chunk *chunk)
{
	struct netbuf *nb;

	net_send_stream(s->c, chunk->data, chunk->len, sent, &nb);
	nb->extra = chunk;
}

/* Kore has sent a chunk, or gives it up with its connection. */
static int
sent(struct netbuf *nb)
{
	struct chunk *chunk = nb->extra;
	struct stream *s = chunk->stream;

	(void)pthread_mutex_lock(&s->lock);
	s->in_flight--;
	(void)pthread_cond_signal(&s->room);
	(void)pthread_mutex_unlock(&s->lock);
	free(chunk);
	release(s);
	return (KORE_RESULT_OK);
}

static void
left(struct connection *c)
{
	struct stream *s = c->hdlr_extra;

	c->hdlr_extra = NULL;
	c->disconnect = NULL;
	if (s == NULL)
		return;
	s->c = NULL;
	atomic_store(&s->job->client_gone, true);
	leave(s);
	release(s);
}

static void
flush(struct connection *c)
{
	if (!net_send_flush(c))
		kore_connection_disconnect(c);
}
