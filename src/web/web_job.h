#ifndef GENKAN_WEB_JOB_H
#define GENKAN_WEB_JOB_H

#include <stdatomic.h>

#include "network.h"

#include "loop.h"
#include "request.h"

/*
 * One request on its way from the loop thread through a queue to a job
 * thread and back.  Whoever holds it owns all of it; only ${client_gone} and
 * the stream are shared.
 */

#define JOB_HEADERS_MAX 64 /* of a request; as many as Kore takes */
#define JOB_ANSWERS_MAX 16 /* headers of an answer beside the usual ones */
#define JOB_PARAMS_MAX  32
#define JOB_FIELDS_MAX  48 /* members of one object that a handler reads */

/* Opaque types. */
struct stream;

struct job_pair {
	const char *name;
	const char *value;
};

struct job_param {
	const char *name;
	const char *value; /* decoded */
	bool read;
};

/* A block of the request's memory. */
struct job_block {
	struct job_block *next;
	size_t size;
	_Alignas(max_align_t) uint8_t data[];
};

/* The reader of one object or array of the body. */
struct fields {
	struct web_request *r;
	const json_t *value;
	const char *pointer; /* RFC 6901 */
	const char *seen[JOB_FIELDS_MAX];
	size_t nseen;
	bool checked;        /* were unread members looked for? */
	struct fields *next; /* all readers of this request */
};

struct job_answer {
	bool given;
	bool keep;   /* commit though it is a refusal */
	bool secret; /* never to be kept under the idempotency key */
	int status;
	enum problem problem; /* PROBLEM__MAX if it is none */
	const char *type;     /* NULL without a body */
	uint8_t *body;        /* from malloc */
	size_t len;
	struct job_pair headers[JOB_ANSWERS_MAX];
	size_t nheaders;
};

struct job {
	struct job *next;
	char subject[NETWORK_ADDRESS_SIZE]; /* whose turn in the queue it is */
	char client[NETWORK_ADDRESS_SIZE];  /* as network_subscriber says */
	unsigned long round;                /* the queue's own */
	struct web_request r;
	struct job_block *memory;
	struct job_pair headers[JOB_HEADERS_MAX];
	size_t nheaders;
	struct job_param params[JOB_PARAMS_MAX];
	size_t nparams;
	const char *path;      /* as asked for, for the digest only */
	const char *query_raw; /* without "?", or NULL */
	bool read;             /* were query and body parsed? */
	int64_t expires_at;    /* of the credential, in milliseconds */
	struct fields *readers;
	json_t *errors; /* what the readers noted; NULL while all is well */
	struct job_answer answer;
	struct stream *stream;   /* QUEUE_STREAM, once it began */
	struct job_answer head;  /* the answer as it was then */
	int64_t started;         /* clock_monotonic */
	atomic_bool client_gone; /* set by the loop */
	bool on_connection;      /* the loop still has a request for it */
	void *request;           /* the loop's struct http_request */
	bool is_finished;        /* the loop knows that the thread is done */
	bool is_streaming;       /* the loop knows that the stream began */
	struct loop_item finished;
};

/**
 * job_new(), job_free(job):
 * A job with a fresh request id; freeing wipes what it held.
 */
struct job *job_new(void) MUST_CHECK;
void job_free(struct job *);

/**
 * job_text(job, s, len):
 * A copy of ${len} bytes as text, living as long as ${job}.
 */
char *job_text(struct job *, const char *, size_t) MUST_CHECK;

/**
 * job_query(job, text):
 * Split and decode the query ${text}; false if it is no UTF-8, holds a NUL,
 * names a parameter twice, or has too many.
 */
bool job_query(struct job *, const char *) MUST_CHECK;

/**
 * job_body(job):
 * Parse the body of a BODY_JSON route: an object, UTF-8, no member twice, at
 * most 16 deep.
 */
bool job_body(struct job *) MUST_CHECK;

/**
 * job_form(job):
 * Read the body of a BODY_FORM route as if it stood in the query.
 */
bool job_form(struct job *) MUST_CHECK;

/**
 * job_digest(job, out):
 * SHA-256 of what is asked: path, query and body.  A camera's frames are all
 * the same question, so they count for nothing.
 */
void job_digest(const struct job *, uint8_t[32]);

/**
 * job_forget(job):
 * Drop the answer that was given, for another.
 */
void job_forget(struct job *);

/**
 * job_fault(job, f):
 * Answer with an incident number and log ${f} under it: 503 with Retry-After
 * where trying again may help, 409 for a conflict nobody handled, else 500.
 * FAULT_DB_LIMIT is none, and answers plan_limit.
 */
void job_fault(struct job *, const struct fault *);

#endif /* !GENKAN_WEB_JOB_H */
