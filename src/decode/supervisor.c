#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "decode_protocol.h"
#include "decoder.h"
#include "supervisor.h"

#define START_MS     5000   /* for a child to close its cage */
#define BUSY_MAX_MS  600000 /* of one child's life; its CPU limit is 900 s */
#define PAUSE_MIN_MS 100    /* before a child that did not start starts again */
#define PAUSE_MAX_MS 5000
#define SLOTS_MAX    16

enum client_state {
	CLIENT_NONE,  /* a free place in the table */
	CLIENT_HEAD,  /* between requests, or within the head of one */
	CLIENT_ROOM,  /* waits until frames in memory are fewer */
	CLIENT_BODY,  /* sends its frame */
	CLIENT_QUEUE, /* waits for a decoder */
	CLIENT_TAKEN, /* a decoder has the frame */
};

struct client {
	enum client_state state;
	int fd;
	uint8_t head[DECODE_REQUEST_BYTES];
	size_t got; /* of head, or of body */
	struct decode_request request;
	uint8_t *body;    /* from CLIENT_BODY on */
	int64_t deadline; /* of ROOM, BODY and QUEUE */
	uint64_t turn;    /* first come, first served */
};

enum slot_state {
	SLOT_DOWN,     /* no child */
	SLOT_STARTING, /* its cage is not closed yet */
	SLOT_IDLE,
	SLOT_BUSY,
};

struct slot {
	enum slot_state state;
	struct decoder decoder;
	struct client *client; /* whose frame; NULL if the client has left */
	uint8_t *body;         /* that frame, len bytes, and its head */
	uint8_t head[DECODE_REQUEST_BYTES];
	size_t len;
	size_t sent; /* of head and body */
	uint8_t answer[DECODE_ANSWER_BYTES];
	size_t got;
	int64_t since;   /* STARTING, BUSY: when that began; DOWN: not before */
	int64_t busy_ms; /* sum over its frames */
	int64_t pause_ms; /* until the next start, if this one fails */
	int frames;
};

struct supervisor {
	int listener;
	int nslots;
	struct slot slots[SLOTS_MAX];
	struct client clients[SUPERVISOR_CLIENTS_MAX];
	int nclients;
	int nframes;        /* bodies in memory */
	uint64_t turn;      /* the last one given */
	int64_t deaf_until; /* no descriptors: accept nothing before */
};

/* What one descriptor of the poll set belongs to. */
struct owner {
	struct client *client;
	struct slot *slot;
};

static void step(struct supervisor *, bool);
static void watch(struct supervisor *, int64_t);
static void raise_slots(struct supervisor *, int64_t);
static void give_room(struct supervisor *);
static void dispatch(struct supervisor *, int64_t);
static struct client *next_in(struct supervisor *, enum client_state);
static int fill(
    struct supervisor *, bool, int64_t, struct pollfd *, struct owner *);
static int until_next(const struct supervisor *, int64_t);
static void welcome(struct supervisor *, int64_t);
static void client_event(struct supervisor *, struct client *, short);
static bool client_head(struct supervisor *, struct client *);
static bool client_read(struct client *, uint8_t *, size_t);
static void client_answer(
    struct supervisor *, struct client *, const uint8_t[DECODE_ANSWER_BYTES]);
static void client_say(
    struct supervisor *, struct client *, enum decode_answer_kind);
static void client_drop_body(struct supervisor *, struct client *);
static void client_close(struct supervisor *, struct client *);
static void slot_event(struct supervisor *, struct slot *, short);
static bool slot_send(struct slot *);
static void slot_answer(struct supervisor *, struct slot *);
static void slot_release(struct supervisor *, struct slot *);
static void slot_lost(struct supervisor *, struct slot *, const char *);
static bool is_any_busy(const struct supervisor *);
static bool is_any_up(const struct supervisor *);

bool
supervisor_run(int listener, int processes, struct fault *f)
{
	struct supervisor *s;
	int64_t patience;
	int i;

	if (processes < 1 || processes > SLOTS_MAX)
		return (
		    fault_set(f, FAULT_BUG, "%d decoder processes", processes));
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for clients"));
	s->listener = listener;
	s->nslots = processes;
	for (i = 0; i < s->nslots; i++) {
		s->slots[i].decoder = (struct decoder){ .pid = -1, .fd = -1 };
		s->slots[i].pause_ms = PAUSE_MIN_MS;
	}
	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++)
		s->clients[i].fd = -1;

	while (!process_stopping())
		step(s, true);
	patience = clock_monotonic() + SUPERVISOR_WAIT_MS;
	while (is_any_busy(s) && clock_monotonic() < patience)
		step(s, false);

	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++)
		if (s->clients[i].state != CLIENT_NONE)
			client_close(s, &s->clients[i]);
	for (i = 0; i < s->nslots; i++) {
		slot_release(s, &s->slots[i]);
		(void)decoder_kill(&s->slots[i].decoder);
	}
	free(s);

	return (true);
}

/* One turn of the loop; ${open}: new work is taken. */
static void
step(struct supervisor *s, bool open)
{
	struct pollfd fds[1 + SLOTS_MAX + SUPERVISOR_CLIENTS_MAX];
	struct owner owners[1 + SLOTS_MAX + SUPERVISOR_CLIENTS_MAX];
	int64_t now = clock_monotonic();
	int i, n;

	watch(s, now);
	if (open) {
		raise_slots(s, now);
		give_room(s);
		dispatch(s, now);
	}
	n = fill(s, open, now, fds, owners);
	if (poll(fds, (nfds_t)n, until_next(s, now)) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (owners[i].slot != NULL)
			slot_event(s, owners[i].slot, fds[i].revents);
		/* An answer above may have closed this client. */
		else if (owners[i].client != NULL) {
			if (owners[i].client->fd == fds[i].fd)
				client_event(
				    s, owners[i].client, fds[i].revents);
		} else
			welcome(s, now);
	}
}

/* End every wait that has lasted long enough. */
static void
watch(struct supervisor *s, int64_t now)
{
	struct client *c;
	struct slot *slot;
	int i;

	for (i = 0; i < s->nslots; i++) {
		slot = &s->slots[i];
		if (slot->state == SLOT_BUSY &&
		    now - slot->since >= SUPERVISOR_WAIT_MS)
			slot_lost(s, slot, "hung");
		else if (slot->state == SLOT_STARTING &&
		    now - slot->since >= START_MS)
			slot_lost(s, slot, "did not start");
	}
	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++) {
		c = &s->clients[i];
		switch (c->state) {
		case CLIENT_QUEUE:
			if (now >= c->deadline) {
				client_drop_body(s, c);
				client_say(s, c, DECODE_ANSWER_FULL);
			}
			break;
		case CLIENT_ROOM:
		case CLIENT_BODY:
			/* Unread bytes may follow: no answer would be seen. */
			if (now >= c->deadline)
				client_close(s, c);
			break;
		default:
			break;
		}
	}
}

static void
raise_slots(struct supervisor *s, int64_t now)
{
	struct fault f = FAULT_INIT;
	struct slot *slot;
	int i;

	for (i = 0; i < s->nslots; i++) {
		slot = &s->slots[i];
		if (slot->state != SLOT_DOWN || now < slot->since)
			continue;
		slot->since = now;
		slot->frames = 0;
		slot->busy_ms = 0;
		slot->got = 0;
		if (!decoder_start(DECODER_FRAME, &slot->decoder, &f)) {
			log_fault("decoder.start", &f);
			fault_clear(&f);
			slot->since = now + slot->pause_ms;
			continue;
		}
		(void)fcntl(slot->decoder.fd, F_SETFL, O_NONBLOCK);
		slot->state = SLOT_STARTING;
	}
}

/* Let the longest waiting clients send, while there is memory for frames. */
static void
give_room(struct supervisor *s)
{
	struct client *c;

	while (s->nframes < SUPERVISOR_FRAMES_MAX &&
	    (c = next_in(s, CLIENT_ROOM)) != NULL) {
		if ((c->body = malloc(c->request.len)) == NULL) {
			client_close(s, c);
			continue;
		}
		s->nframes++;
		c->got = 0;
		c->state = CLIENT_BODY;
	}
}

static void
dispatch(struct supervisor *s, int64_t now)
{
	struct client *c;
	struct slot *slot;
	int i;

	for (i = 0; i < s->nslots; i++) {
		slot = &s->slots[i];
		if (slot->state != SLOT_IDLE)
			continue;
		if ((c = next_in(s, CLIENT_QUEUE)) == NULL)
			return;
		c->state = CLIENT_TAKEN;
		slot->state = SLOT_BUSY;
		slot->since = now;
		slot->client = c;
		slot->body = c->body;
		c->body = NULL;
		slot->len = c->request.len;
		memcpy(slot->head, c->head, sizeof(slot->head));
		slot->sent = 0;
		slot->got = 0;
		if (!slot_send(slot))
			slot_lost(s, slot, "died");
	}
}

/* Who of those in ${state} came first? */
static struct client *
next_in(struct supervisor *s, enum client_state state)
{
	struct client *first = NULL;
	int i;

	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++)
		if (s->clients[i].state == state &&
		    (first == NULL || s->clients[i].turn < first->turn))
			first = &s->clients[i];

	return (first);
}

static int
fill(struct supervisor *s, bool open, int64_t now, struct pollfd *fds,
    struct owner *owners)
{
	struct slot *slot;
	struct client *c;
	int i, n = 0;

	memset(owners, 0,
	    (1 + SLOTS_MAX + SUPERVISOR_CLIENTS_MAX) * sizeof(*owners));
	for (i = 0; i < s->nslots; i++) {
		slot = &s->slots[i];
		if (slot->state == SLOT_DOWN)
			continue;
		fds[n] =
		    (struct pollfd){ .fd = slot->decoder.fd, .events = POLLIN };
		if (slot->state == SLOT_BUSY &&
		    slot->sent < sizeof(slot->head) + slot->len)
			fds[n].events |= POLLOUT;
		owners[n++].slot = slot;
	}
	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++) {
		c = &s->clients[i];
		if (c->state == CLIENT_NONE)
			continue;
		fds[n] = (struct pollfd){ .fd = c->fd };
		if (open &&
		    (c->state == CLIENT_HEAD || c->state == CLIENT_BODY))
			fds[n].events = POLLIN;
		owners[n++].client = c;
	}
	if (open && s->nclients < SUPERVISOR_CLIENTS_MAX &&
	    now >= s->deaf_until)
		fds[n++] =
		    (struct pollfd){ .fd = s->listener, .events = POLLIN };

	return (n);
}

/* Milliseconds until watch() or raise_slots() has something to do. */
static int
until_next(const struct supervisor *s, int64_t now)
{
	int64_t next = now + SUPERVISOR_WAIT_MS;
	int i;

	for (i = 0; i < s->nslots; i++) {
		const struct slot *slot = &s->slots[i];
		int64_t at = next;

		if (slot->state == SLOT_BUSY)
			at = slot->since + SUPERVISOR_WAIT_MS;
		else if (slot->state == SLOT_DOWN)
			at = slot->since;
		next = at < next ? at : next;
	}
	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++) {
		const struct client *c = &s->clients[i];

		if ((c->state == CLIENT_ROOM || c->state == CLIENT_BODY ||
			c->state == CLIENT_QUEUE) &&
		    c->deadline < next)
			next = c->deadline;
	}

	return (next > now ? (int)(next - now) : 0);
}

static void
welcome(struct supervisor *s, int64_t now)
{
	struct client *c;
	int fd, i;

	fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			s->deaf_until = now + PAUSE_MIN_MS;
		return;
	}
	for (i = 0; i < SUPERVISOR_CLIENTS_MAX; i++) {
		c = &s->clients[i];
		if (c->state != CLIENT_NONE)
			continue;
		memset(c, 0, sizeof(*c));
		c->state = CLIENT_HEAD;
		c->fd = fd;
		s->nclients++;
		return;
	}
	(void)close(fd);
}

static void
client_event(struct supervisor *s, struct client *c, short events)
{
	bool there = true;

	if (c->state == CLIENT_HEAD && (events & POLLIN) != 0)
		there = client_head(s, c);
	else if (c->state == CLIENT_BODY && (events & POLLIN) != 0) {
		there = client_read(c, c->body, c->request.len);
		if (there && c->got == c->request.len) {
			c->state = CLIENT_QUEUE;
			c->deadline = clock_monotonic() + SUPERVISOR_WAIT_MS;
		}
	} else if ((events & (POLLHUP | POLLERR)) != 0)
		there = false;
	if (!there)
		client_close(s, c);
}

/* Read on the head of a request; false when the client is to be closed. */
static bool
client_head(struct supervisor *s, struct client *c)
{
	if (!client_read(c, c->head, sizeof(c->head)))
		return (false);
	if (c->got < sizeof(c->head))
		return (true);
	c->got = 0;
	if (!decode_request_read(c->head, &c->request))
		return (false);
	if (c->request.kind == DECODE_REQUEST_READY) {
		client_say(s, c,
		    is_any_up(s) ? DECODE_ANSWER_READY : DECODE_ANSWER_LOST);
		return (true);
	}
	c->state = CLIENT_ROOM;
	c->turn = ++s->turn;
	c->deadline = clock_monotonic() + SUPERVISOR_WAIT_MS;

	return (true);
}

static bool
client_read(struct client *c, uint8_t *into, size_t len)
{
	const ssize_t n = recv(c->fd, into + c->got, len - c->got, 0);

	if (n == -1)
		return (errno == EAGAIN || errno == EINTR);
	c->got += (size_t)n;

	return (n > 0);
}

static void
client_answer(struct supervisor *s, struct client *c,
    const uint8_t answer[DECODE_ANSWER_BYTES])
{
	c->state = CLIENT_HEAD;
	c->got = 0;
	/* A client that has read its earlier answers has room for this one. */
	if (send(c->fd, answer, DECODE_ANSWER_BYTES, MSG_NOSIGNAL) !=
	    DECODE_ANSWER_BYTES)
		client_close(s, c);
}

static void
client_say(struct supervisor *s, struct client *c, enum decode_answer_kind kind)
{
	const struct decode_answer a = { .kind = kind };
	uint8_t answer[DECODE_ANSWER_BYTES];

	decode_answer_write(&a, answer);
	client_answer(s, c, answer);
}

static void
client_drop_body(struct supervisor *s, struct client *c)
{
	if (c->body == NULL)
		return;
	explicit_bzero(c->body, c->request.len);
	free(c->body);
	c->body = NULL;
	s->nframes--;
}

static void
client_close(struct supervisor *s, struct client *c)
{
	int i;

	if (c->state == CLIENT_NONE)
		return;
	for (i = 0; i < s->nslots; i++)
		if (s->slots[i].client == c)
			s->slots[i].client = NULL;
	client_drop_body(s, c);
	(void)close(c->fd);
	c->fd = -1;
	c->state = CLIENT_NONE;
	s->nclients--;
}

static void
slot_event(struct supervisor *s, struct slot *slot, short events)
{
	ssize_t n;

	if (slot->state == SLOT_BUSY && (events & POLLOUT) != 0 &&
	    !slot_send(slot)) {
		slot_lost(s, slot, "died");
		return;
	}
	if ((events & (POLLIN | POLLHUP | POLLERR)) == 0)
		return;
	n = recv(slot->decoder.fd, slot->answer + slot->got,
	    sizeof(slot->answer) - slot->got, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || slot->state == SLOT_IDLE) {
		slot_lost(s, slot, "died");
		return;
	}
	slot->got += (size_t)n;
	if (slot->got == sizeof(slot->answer))
		slot_answer(s, slot);
}

/* Send on; false when the child is gone. */
static bool
slot_send(struct slot *slot)
{
	struct iovec parts[2];
	struct msghdr m = { .msg_iov = parts };
	const size_t head = sizeof(slot->head);
	ssize_t n;

	while (slot->sent < head + slot->len) {
		m.msg_iovlen = 0;
		if (slot->sent < head)
			parts[m.msg_iovlen++] =
			    (struct iovec){ slot->head + slot->sent,
				    head - slot->sent };
		n = slot->sent < head ? 0 : (ssize_t)(slot->sent - head);
		parts[m.msg_iovlen++] =
		    (struct iovec){ slot->body + n, slot->len - (size_t)n };
		n = sendmsg(slot->decoder.fd, &m, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (errno == EAGAIN);
		slot->sent += (size_t)n;
	}

	return (true);
}

/*
 * A whole answer of a child is here.  A caged child may have been taken over
 * by a frame, so what it says is read by the grammar before it goes on.
 */
static void
slot_answer(struct supervisor *s, struct slot *slot)
{
	struct decode_answer a;
	const int64_t now = clock_monotonic();
	const bool whole = decode_answer_read(slot->answer, &a);

	slot->got = 0;
	if (slot->state == SLOT_STARTING) {
		if (!whole || a.kind != DECODE_ANSWER_READY) {
			slot_lost(s, slot, "did not start");
			return;
		}
		slot->state = SLOT_IDLE;
		slot->pause_ms = PAUSE_MIN_MS;
		return;
	}
	if (!whole || a.kind > DECODE_ANSWER_UNREADABLE ||
	    slot->sent < sizeof(slot->head) + slot->len) {
		slot_lost(s, slot, "answered nonsense");
		return;
	}
	slot->frames++;
	slot->busy_ms += now - slot->since;
	if (slot->client != NULL)
		client_answer(s, slot->client, slot->answer);
	explicit_bzero(slot->answer, sizeof(slot->answer));
	explicit_bzero(&a, sizeof(a));
	slot_release(s, slot);
	slot->state = SLOT_IDLE;
	if (slot->frames >= SUPERVISOR_RECYCLE ||
	    slot->busy_ms >= BUSY_MAX_MS) {
		(void)decoder_kill(&slot->decoder);
		slot->state = SLOT_DOWN;
		slot->since = now;
	}
}

/* The slot's frame is done with. */
static void
slot_release(struct supervisor *s, struct slot *slot)
{
	slot->client = NULL;
	if (slot->body == NULL)
		return;
	explicit_bzero(slot->body, slot->len);
	free(slot->body);
	slot->body = NULL;
	s->nframes--;
}

static void
slot_lost(struct supervisor *s, struct slot *slot, const char *how)
{
	struct client *c = slot->client;
	const int64_t now = clock_monotonic();
	const bool started = slot->state != SLOT_STARTING;
	char pid[16], end[24];
	int status;

	(void)snprintf(pid, sizeof(pid), "%d", (int)slot->decoder.pid);
	status = decoder_kill(&slot->decoder);
	if (WIFSIGNALED(status))
		(void)snprintf(end, sizeof(end), "signal %d", WTERMSIG(status));
	else
		(void)snprintf(
		    end, sizeof(end), "status %d", WEXITSTATUS(status));
	log_line(LOG_LEVEL_WARNING, "decoder.lost", "how", how, "pid", pid,
	    "end", end, NULL);

	slot_release(s, slot);
	slot->got = 0;
	slot->state = SLOT_DOWN;
	slot->since = now;
	if (!started) {
		slot->since = now + slot->pause_ms;
		slot->pause_ms *= 2;
		if (slot->pause_ms > PAUSE_MAX_MS)
			slot->pause_ms = PAUSE_MAX_MS;
	}
	if (c != NULL)
		client_say(s, c, DECODE_ANSWER_LOST);
}

static bool
is_any_busy(const struct supervisor *s)
{
	int i;

	for (i = 0; i < s->nslots; i++)
		if (s->slots[i].state == SLOT_BUSY)
			return (true);

	return (false);
}

static bool
is_any_up(const struct supervisor *s)
{
	int i;

	for (i = 0; i < s->nslots; i++)
		if (s->slots[i].state == SLOT_IDLE ||
		    s->slots[i].state == SLOT_BUSY)
			return (true);

	return (false);
}
