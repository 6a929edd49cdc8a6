#include <sys/eventfd.h>

#include <kore/kore.h>

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "fault.h"

#include "loop.h"

#define LOOP_EVENT_TYPE 250 /* one that Kore does not use */

/* Kore calls handle() with a pointer to what begins with its event. */
static struct {
	struct kore_event event;
	int fd;
} door = { .fd = -1 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct loop_item *first, **last = &first;

static void woken(void *, int);

bool
loop_start(struct fault *f)
{
	door.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (door.fd == -1)
		return (
		    fault_set(f, FAULT_SYSTEM, "eventfd: %s", strerror(errno)));
	door.event.type = LOOP_EVENT_TYPE;
	door.event.handle = woken;
	kore_platform_event_level_read(door.fd, &door);
	return (true);
}

void
loop_post(struct loop_item *item)
{
	const uint64_t one = 1;

	item->next = NULL;
	(void)pthread_mutex_lock(&lock);
	*last = item;
	last = &item->next;
	(void)pthread_mutex_unlock(&lock);
	while (write(door.fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

static void
woken(void *arg, int error)
{
	struct loop_item *item, *next;
	uint64_t n;

	(void)arg;
	(void)error;
	while (read(door.fd, &n, sizeof(n)) == -1 && errno == EINTR)
		;
	(void)pthread_mutex_lock(&lock);
	item = first;
	first = NULL;
	last = &first;
	(void)pthread_mutex_unlock(&lock);

	for (; item != NULL; item = next) {
		next = item->next;
		item->run(item);
	}
}
