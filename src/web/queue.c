#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fault.h"
#include "log.h"

#include "context.h"
#include "db.h"
#include "decode_client.h"
#include "hasher.h"
#include "web_job.h"
#include "kms_client.h"
#include "process.h"
#include "operator_serve.h"
#include "queue.h"
#include "serve.h"

/* A thread that waits for a job. */
struct seat {
	pthread_cond_t called;
	bool waiting;
	struct seat *next;
};

struct queue {
	pthread_mutex_t lock;
	struct seat *seats; /* who sat down last is called first */
	struct job *head;   /* in the order of their rounds */
	size_t len, max;
	unsigned long round; /* of the job that left last */
	size_t nthreads;
	pthread_t *threads;
	bool stopping;
};

enum { JOBS, CPU, STREAMS, QUEUES };

static struct queue queues[QUEUES];
static void (*finished)(struct job *);

static bool start(struct queue *, size_t, size_t, struct fault *);
static bool insert(struct queue *, struct job *);
static void *work(void *);
static struct job *next_job(struct queue *, struct seat *);
static void call(struct queue *);
static bool prepare(struct context *, struct decode_client **, struct fault *);

bool
queue_start(void (*done)(struct job *), struct fault *f)
{
	finished = done;
	return (start(&queues[JOBS], (size_t)config_number(CONFIG_JOB_THREADS),
		    QUEUE_JOB_MAX, f) &&
	    start(&queues[CPU], hasher_seats(), QUEUE_CPU_MAX, f) &&
	    start(&queues[STREAMS], QUEUE_STREAM_COUNT, QUEUE_STREAM_MAX, f));
}

bool
queue_stop(const struct timespec *until)
{
	struct queue *q;
	bool all = true;
	size_t i;

	for (q = queues; q < queues + QUEUES; q++) {
		(void)pthread_mutex_lock(&q->lock);
		q->stopping = true;
		while (q->seats != NULL)
			call(q);
		(void)pthread_mutex_unlock(&q->lock);
	}
	for (q = queues; q < queues + QUEUES; q++) {
		for (i = 0; i < q->nthreads; i++)
			all = pthread_timedjoin_np(
				  q->threads[i], NULL, until) == 0 &&
			    all;
	}
	return (all);
}

bool
queue_submit(struct job *job)
{
	struct queue *q = &queues[JOBS];
	bool room;

	if (job->r.route->queue == QUEUE_CPU)
		q = &queues[CPU];
	else if (job->r.route->queue == QUEUE_STREAM)
		q = &queues[STREAMS];

	(void)pthread_mutex_lock(&q->lock);
	room = q->len < q->max && !q->stopping && insert(q, job);
	if (room)
		call(q);
	(void)pthread_mutex_unlock(&q->lock);
	return (room);
}

size_t
queue_waiting(void)
{
	struct queue *q;
	size_t n = 0;

	for (q = queues; q < queues + QUEUES; q++) {
		(void)pthread_mutex_lock(&q->lock);
		n += q->len;
		(void)pthread_mutex_unlock(&q->lock);
	}
	return (n);
}

static bool
start(struct queue *q, size_t nthreads, size_t max, struct fault *f)
{
	(void)pthread_mutex_init(&q->lock, NULL);
	q->max = max;
	if ((q->threads = calloc(nthreads, sizeof(*q->threads))) == NULL)
		return (fault_set(f, FAULT_MEMORY, "no memory for threads"));
	for (; q->nthreads < nthreads; q->nthreads++) {
		if (pthread_create(&q->threads[q->nthreads], NULL, work, q) !=
		    0)
			return (fault_set(
			    f, FAULT_SYSTEM, "cannot make a job thread"));
	}
	return (true);
}

/*
 * Subjects take turns: one's second job waits for every other's first.  Nobody
 * has more than half of the places, whoever they say they are.
 */
static bool
insert(struct queue *q, struct job *job)
{
	struct job **at, *j;
	size_t mine = 0, clients = 0;

	job->round = q->round;
	for (j = q->head; j != NULL; j = j->next) {
		if (strcmp(j->client, job->client) == 0)
			clients++;
		if (strcmp(j->subject, job->subject) != 0)
			continue;
		job->round = j->round + 1;
		mine++;
	}
	if (mine >= q->max / 2 || clients >= q->max / 2)
		return (false);
	for (at = &q->head; *at != NULL && (*at)->round <= job->round;
	     at = &(*at)->next)
		;
	job->next = *at;
	*at = job;
	q->len++;
	return (true);
}

/* A job thread: one database connection, one key client, one decoder. */
static void *
work(void *arg)
{
	struct seat seat = { .called = PTHREAD_COND_INITIALIZER };
	struct queue *q = arg;
	struct context context = { .db = NULL };
	struct decode_client *decode = NULL;
	struct fault f = FAULT_INIT;
	struct job *job;

	if (q == &queues[CPU])
		hasher_sit();
	if (!prepare(&context, &decode, &f)) {
		log_fault("web.thread", &f);
		abort();
	}
	while ((job = next_job(q, &seat)) != NULL) {
		if (route_of_operator())
			operator_serve(job, &context, decode);
		else
			serve(job, &context, decode);
		finished(job);
	}
	decode_client_close(decode);
	kms_client_close(context.kms);
	db_close(context.db);
	return (NULL);
}

static struct job *
next_job(struct queue *q, struct seat *seat)
{
	struct job *job;

	(void)pthread_mutex_lock(&q->lock);
	while ((job = q->head) == NULL && !q->stopping) {
		seat->waiting = true;
		seat->next = q->seats;
		q->seats = seat;
		while (seat->waiting)
			(void)pthread_cond_wait(&seat->called, &q->lock);
	}
	if (job != NULL) {
		q->head = job->next;
		q->round = job->round;
		q->len--;
	}
	(void)pthread_mutex_unlock(&q->lock);
	return (job);
}

/*
 * Wake one thread, if any waits: the one that worked last, whose database
 * session has its plans and pages at hand.
 */
static void
call(struct queue *q)
{
	struct seat *seat = q->seats;

	if (seat == NULL)
		return;
	q->seats = seat->next;
	seat->waiting = false;
	(void)pthread_cond_signal(&seat->called);
}

static bool
prepare(struct context *context, struct decode_client **decode, struct fault *f)
{
	char kms[108], decoder[108];

	if (!process_path(PROCESS_KMS_SOCKET, kms, sizeof(kms)) ||
	    !process_path(PROCESS_DECODE_SOCKET, decoder, sizeof(decoder)))
		return (fault_set(f, FAULT_CONFIG,
		    "GENKAN_RUN_DIR is too long for a socket"));
	return ((context->db = db_open(config_text(CONFIG_DB), f)) != NULL &&
	    (context->kms =
		    kms_client_open(kms, config_text(CONFIG_KMS_ACCESS_KEY),
			config_text(CONFIG_KMS_SECRET_KEY), f)) != NULL &&
	    (*decode = decode_client_open(decoder, f)) != NULL);
}
