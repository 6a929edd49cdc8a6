#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "secret.h"
#include "decode_client.h"
#include "decode_protocol.h"

/*
 * The daemon waits at most a second for the frame, a second for a free
 * decoder and a second for its answer; longer means that it hangs itself.
 */
#define PATIENCE_MS 4000

struct decode_client {
	struct sockaddr_un where;
	int fd; /* -1 while not connected */
};

/* How an exchange ended. */
enum exchange {
	EXCHANGE_DONE,
	EXCHANGE_CLOSED, /* before any of the answer came */
	EXCHANGE_FAILED,
};

static bool ask(struct decode_client *, const struct decode_request *,
    const uint8_t *, struct decode_answer *, struct fault *);
static bool reach(struct decode_client *, struct fault *);
static void leave(struct decode_client *);
static enum exchange exchange(struct decode_client *,
    const struct decode_request *, const uint8_t *, struct decode_answer *,
    struct fault *);
static enum exchange send_all(
    int, const uint8_t *, size_t, int64_t, struct fault *);
static enum exchange recv_all(int, uint8_t *, size_t, int64_t, struct fault *);
static bool wait_for(int, short, int64_t, struct fault *);
static int64_t now_ms(void);

struct decode_client *
decode_client_open(const char *path, struct fault *f)
{
	struct decode_client *c;

	if (strlen(path) >= sizeof(c->where.sun_path)) {
		fault_set(f, FAULT_CONFIG,
		    "the decode socket's path is longer than %zu bytes",
		    sizeof(c->where.sun_path) - 1);
		return (NULL);
	}
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		fault_set(f, FAULT_MEMORY, "no memory for a decode client");
		return (NULL);
	}
	c->where.sun_family = AF_UNIX;
	memcpy(c->where.sun_path, path, strlen(path) + 1);
	c->fd = -1;

	return (c);
}

void
decode_client_close(struct decode_client *c)
{
	if (c == NULL)
		return;
	leave(c);
	free(c);
}

bool
decode_frame(struct decode_client *c, const uint8_t *jpeg, size_t len,
    uint32_t number, enum decode_verdict *verdict,
    char pass[DECODE_PASS_CHARS + 1], struct fault *f)
{
	struct decode_request request = { .kind = DECODE_REQUEST_FRAME,
		.number = number };
	struct decode_answer answer;

	pass[0] = '\0';
	*verdict = DECODE_UNREADABLE;
	if (len == 0 || len > DECODE_FRAME_MAX)
		return (true);
	request.len = (uint32_t)len;
	if (!ask(c, &request, jpeg, &answer, f))
		return (false);

	switch (answer.kind) {
	case DECODE_ANSWER_NOTHING:
	case DECODE_ANSWER_PASS:
	case DECODE_ANSWER_SEVERAL:
	case DECODE_ANSWER_UNREADABLE:
		*verdict = (enum decode_verdict)answer.kind;
		memcpy(pass, answer.pass, sizeof(answer.pass));
		secret_wipe(&answer, sizeof(answer));
		return (true);
	case DECODE_ANSWER_LOST:
		return (fault_set(f, FAULT_DECODE_AWAY,
		    "the decoder died or hung on a frame"));
	case DECODE_ANSWER_FULL:
		return (fault_set(
		    f, FAULT_DECODE_AWAY, "no decoder came free for a frame"));
	default:
		leave(c);
		return (fault_set(f, FAULT_PEER,
		    "decode answered a frame with %d", (int)answer.kind));
	}
}

bool
decode_ready(struct decode_client *c, struct fault *f)
{
	const struct decode_request request = { .kind = DECODE_REQUEST_READY };
	struct decode_answer answer;

	if (!ask(c, &request, NULL, &answer, f))
		return (false);
	if (answer.kind != DECODE_ANSWER_READY)
		return (
		    fault_set(f, FAULT_DECODE_AWAY, "no decoder is running"));

	return (true);
}

/*
 * One request and its answer.  A connection that the daemon closed since it
 * was last used (it restarted) is opened again once: decode keeps no state,
 * so asking twice is harmless.
 */
static bool
ask(struct decode_client *c, const struct decode_request *request,
    const uint8_t *body, struct decode_answer *answer, struct fault *f)
{
	enum exchange end;
	bool reused;

	do {
		reused = c->fd != -1;
		if (!reused && !reach(c, f))
			return (false);
		end = exchange(c, request, body, answer, f);
		if (end != EXCHANGE_DONE)
			leave(c);
	} while (end == EXCHANGE_CLOSED && reused);
	if (end == EXCHANGE_CLOSED)
		return (fault_set(
		    f, FAULT_DECODE_AWAY, "decode closed the connection"));

	return (end == EXCHANGE_DONE);
}

static bool
reach(struct decode_client *c, struct fault *f)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (
		    fault_set(f, FAULT_SYSTEM, "socket: %s", strerror(errno)));
	/* On a Unix socket this succeeds or fails at once (EAGAIN: the
	 * daemon's queue of new connections is full). */
	if (connect(fd, (const struct sockaddr *)&c->where, sizeof(c->where)) ==
	    -1) {
		fault_set(f, FAULT_DECODE_AWAY, "decode: %s", strerror(errno));
		(void)close(fd);
		return (false);
	}
	c->fd = fd;

	return (true);
}

static void
leave(struct decode_client *c)
{
	if (c->fd != -1)
		(void)close(c->fd);
	c->fd = -1;
}

static enum exchange
exchange(struct decode_client *c, const struct decode_request *request,
    const uint8_t *body, struct decode_answer *answer, struct fault *f)
{
	const int64_t until = now_ms() + PATIENCE_MS;
	uint8_t head[DECODE_REQUEST_BYTES], reply[DECODE_ANSWER_BYTES];
	enum exchange end;

	decode_request_write(request, head);
	end = send_all(c->fd, head, sizeof(head), until, f);
	if (end == EXCHANGE_DONE && request->len > 0)
		end = send_all(c->fd, body, request->len, until, f);
	if (end == EXCHANGE_DONE)
		end = recv_all(c->fd, reply, sizeof(reply), until, f);
	if (end == EXCHANGE_DONE && !decode_answer_read(reply, answer)) {
		fault_set(f, FAULT_PEER, "decode answered nonsense");
		end = EXCHANGE_FAILED;
	}
	secret_wipe(reply, sizeof(reply));

	return (end);
}

static enum exchange
send_all(
    int fd, const uint8_t *data, size_t len, int64_t until, struct fault *f)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(fd, data + done, len - done, MSG_NOSIGNAL);
		if (n > 0)
			done += (size_t)n;
		else if (n == -1 && (errno == EPIPE || errno == ECONNRESET))
			return (EXCHANGE_CLOSED);
		else if (n == -1 && errno == EINTR)
			continue;
		else if (n == -1 && errno != EAGAIN) {
			fault_set(f, FAULT_DECODE_AWAY, "decode: %s",
			    strerror(errno));
			return (EXCHANGE_FAILED);
		} else if (!wait_for(fd, POLLOUT, until, f))
			return (EXCHANGE_FAILED);
	}

	return (EXCHANGE_DONE);
}

static enum exchange
recv_all(int fd, uint8_t *data, size_t len, int64_t until, struct fault *f)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = recv(fd, data + done, len - done, 0);
		if (n > 0)
			done += (size_t)n;
		else if ((n == 0 || errno == ECONNRESET) && done == 0)
			return (EXCHANGE_CLOSED);
		else if (n == -1 && errno == EINTR)
			continue;
		else if (n == 0 || errno != EAGAIN) {
			fault_set(
			    f, FAULT_DECODE_AWAY, "decode tore its answer");
			return (EXCHANGE_FAILED);
		} else if (!wait_for(fd, POLLIN, until, f))
			return (EXCHANGE_FAILED);
	}

	return (EXCHANGE_DONE);
}

static bool
wait_for(int fd, short events, int64_t until, struct fault *f)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;

	for (;;) {
		left = until - now_ms();
		if (left <= 0)
			return (fault_set(f, FAULT_DECODE_AWAY,
			    "decode did not answer in time"));
		if (poll(&p, 1, (int)left) > 0)
			return (true);
	}
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);

	return ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}
