#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "kms_conn.h"

enum conn_state { QUIET, ARRIVING, WORKING, SHUT };

struct kms_conn {
	struct kms_conn *next;
	int fd;
	enum conn_state state;
	int64_t since; /* when it came to be in this state */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kms_conn *all;
static size_t count;

static void shut(struct kms_conn *);
static void shut_quietest(void);

struct kms_conn *
kms_conn_open(int fd, int64_t now)
{
	struct kms_conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->fd = fd;
	/* It may say nothing at first, but not for long. */
	c->state = ARRIVING;
	c->since = now;

	(void)pthread_mutex_lock(&lock);
	if (count >= KMS_CONN_MAX)
		shut_quietest();
	c->next = all;
	all = c;
	count++;
	(void)pthread_mutex_unlock(&lock);
	return (c);
}

void
kms_conn_begin(struct kms_conn *c, int64_t now)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	if (c->state == QUIET) {
		c->state = ARRIVING;
		c->since = now;
	}
	(void)pthread_mutex_unlock(&lock);
}

void
kms_conn_work(struct kms_conn *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	if (c->state == ARRIVING)
		c->state = WORKING;
	(void)pthread_mutex_unlock(&lock);
}

void
kms_conn_end(struct kms_conn *c, int64_t now)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	if (c->state != SHUT) {
		c->state = QUIET;
		c->since = now;
	}
	(void)pthread_mutex_unlock(&lock);
}

void
kms_conn_close(struct kms_conn *c)
{
	struct kms_conn **p;

	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	for (p = &all; *p != c; p = &(*p)->next)
		continue;
	*p = c->next;
	if (c->state != SHUT)
		count--;
	(void)pthread_mutex_unlock(&lock);
	free(c);
}

void
kms_conn_sweep(int64_t now)
{
	struct kms_conn *c;

	(void)pthread_mutex_lock(&lock);
	for (c = all; c != NULL; c = c->next) {
		if ((c->state == ARRIVING &&
			now - c->since >= KMS_CONN_REQUEST_MS) ||
		    (c->state == QUIET && now - c->since >= KMS_CONN_IDLE_MS))
			shut(c);
	}
	(void)pthread_mutex_unlock(&lock);
}

/*
 * The descriptor is open as long as the connection is listed: libmicrohttpd
 * tells us (kms_conn_close) before it closes it.  It sees the end and cleans
 * up; the place is free at once.
 */
static void
shut(struct kms_conn *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);
	c->state = SHUT;
	count--;
}

static void
shut_quietest(void)
{
	struct kms_conn *c, *oldest = NULL;

	for (c = all; c != NULL; c = c->next) {
		if ((c->state == QUIET || c->state == ARRIVING) &&
		    (oldest == NULL || c->since < oldest->since))
			oldest = c;
	}
	if (oldest != NULL)
		shut(oldest);
}
