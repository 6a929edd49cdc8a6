/*
 * load HOST PORT CERTIFICATE CONNECTIONS RATE SECONDS <REQUESTS
 *
 * Send prepared requests over TLS, each once, and print how they fared as one
 * JSON object.  REQUESTS is "LENGTH\n" and that many bytes, again and again.
 * All connections are made before the first request: a tablet has one already.
 * RATE is requests per second for all connections together (0: as fast as
 * answers come).  With a rate, a request's time counts from when it was due,
 * so that a stall is felt by everything behind it.
 */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define ANSWER_MAX  (1 << 16)
#define THREADS_MAX 1024

struct request {
	char *bytes;
	size_t len;
};

struct result {
	int64_t ns;
	int status;
};

static struct request *requests;
static struct result *results;
static size_t nrequests, next_request;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t dialled, ready;
static struct sockaddr_storage address;
static socklen_t address_len;
static SSL_CTX *tls;
static const char *host;
static int64_t began, until, interval;
static bool failed;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}

static void
read_requests(void)
{
	size_t room = 0, len;

	while (scanf("%zu", &len) == 1) {
		if (getchar() != '\n' || len == 0 || len > (1U << 20))
			exit(65);
		if (nrequests == room) {
			room = room == 0 ? 1024 : 2 * room;
			requests = realloc(requests, room * sizeof(*requests));
			if (requests == NULL)
				exit(71);
		}
		if ((requests[nrequests].bytes = malloc(len)) == NULL ||
		    fread(requests[nrequests].bytes, 1, len, stdin) != len)
			exit(65);
		requests[nrequests++].len = len;
	}
}

static SSL *
dial(void)
{
	const int one = 1;
	const struct timeval limit = { 30, 0 };
	SSL *ssl;
	int fd;

	fd = socket(address.ss_family, SOCK_STREAM, 0);
	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&address, address_len) != 0)
		return (NULL);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if ((ssl = SSL_new(tls)) == NULL)
		return (NULL);
	SSL_set_tlsext_host_name(ssl, host);
	SSL_set1_host(ssl, host);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) != 1) {
		ERR_print_errors_fp(stderr);
		return (NULL);
	}
	return (ssl);
}

/* Read one whole answer; return its status, 0 if the connection is lost. */
static int
answer(SSL *ssl, char *buf)
{
	size_t have = 0, body = 0;
	char *end = NULL, *length;
	int n, status;

	for (;;) {
		if (have + 1 >= ANSWER_MAX)
			return (0);
		n = SSL_read(ssl, buf + have, (int)(ANSWER_MAX - 1 - have));
		if (n <= 0)
			return (0);
		have += (size_t)n;
		buf[have] = '\0';
		if (end == NULL) {
			if ((end = strstr(buf, "\r\n\r\n")) == NULL)
				continue;
			end += 4;
			length = strcasestr(buf, "\r\ncontent-length:");
			if (length != NULL && length < end)
				body = strtoul(length + 17, NULL, 10);
		}
		if (have >= (size_t)(end - buf) + body)
			break;
	}
	status = (int)strtol(buf + 9, NULL, 10);
	return (status);
}

static void *
work(void *arg)
{
	char *buf = malloc(ANSWER_MAX);
	SSL *ssl = NULL;
	struct timespec ts;
	int64_t due, t;
	size_t i;

	(void)arg;
	if ((ssl = dial()) == NULL)
		failed = true;
	pthread_barrier_wait(&dialled);
	pthread_barrier_wait(&ready);
	for (;;) {
		pthread_mutex_lock(&lock);
		i = next_request++;
		pthread_mutex_unlock(&lock);
		if (i >= nrequests)
			break;
		due = began + (int64_t)i * interval;
		if ((interval == 0 ? now_ns() : due) >= until)
			break;
		while (interval != 0 && (t = now_ns()) < due) {
			ts.tv_sec = (due - t) / 1000000000;
			ts.tv_nsec = (due - t) % 1000000000;
			nanosleep(&ts, NULL);
		}
		if (interval == 0)
			due = now_ns();
		if (ssl == NULL && (ssl = dial()) == NULL) {
			failed = true;
			break;
		}
		if (SSL_write(ssl, requests[i].bytes, (int)requests[i].len) <=
		    0)
			results[i].status = 0;
		else
			results[i].status = answer(ssl, buf);
		results[i].ns = now_ns() - due;
		if (results[i].status == 0) {
			close(SSL_get_fd(ssl));
			SSL_free(ssl);
			ssl = NULL;
		}
	}
	free(buf);
	return (NULL);
}

static int
by_time(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return ((x > y) - (x < y));
}

static void
report(double seconds)
{
	int64_t *times = calloc(nrequests + 1, sizeof(*times));
	size_t i, n = 0, good = 0, kinds[600] = { 0 };

	for (i = 0; i < nrequests; i++) {
		if (results[i].ns == 0)
			continue;
		kinds[results[i].status % 600]++;
		good += results[i].status >= 200 && results[i].status < 300;
		times[n++] = results[i].ns;
	}
	qsort(times, n, sizeof(*times), by_time);
	printf("{\"sent\": %zu, \"good\": %zu, \"seconds\": %.3f, "
	       "\"rate\": %.1f",
	    n, good, seconds, (double)good / seconds);
	if (n > 0)
		printf(
		    ", \"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, "
		    "\"max_ms\": %.3f",
		    (double)times[n / 2] / 1e6, (double)times[n * 9 / 10] / 1e6,
		    (double)times[n * 99 / 100] / 1e6,
		    (double)times[n - 1] / 1e6);
	printf(", \"status\": {");
	for (i = 0, n = 0; i < 600; i++) {
		if (kinds[i] > 0)
			printf(
			    "%s\"%zu\": %zu", n++ > 0 ? ", " : "", i, kinds[i]);
	}
	printf("}}\n");
	free(times);
}

int
main(int argc, char **argv)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	pthread_t threads[THREADS_MAX];
	int n, i;
	double rate, seconds;
	int64_t ended;

	if (argc != 7) {
		fprintf(stderr,
		    "usage: load HOST PORT CERTIFICATE CONNECTIONS "
		    "RATE SECONDS <REQUESTS\n");
		return (64);
	}
	host = argv[1];
	n = (int)strtol(argv[4], NULL, 10);
	rate = strtod(argv[5], NULL);
	seconds = strtod(argv[6], NULL);
	if (n < 1 || n > THREADS_MAX ||
	    getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		argv[2], &hints, &info) != 0)
		return (64);
	memcpy(&address, info->ai_addr, info->ai_addrlen);
	address_len = info->ai_addrlen;
	tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_locations(tls, argv[3], NULL) != 1)
		return (66);
	read_requests();
	results = calloc(nrequests + 1, sizeof(*results));
	interval = rate > 0 ? (int64_t)(1e9 / rate) : 0;
	pthread_barrier_init(&dialled, NULL, (unsigned)n + 1);
	pthread_barrier_init(&ready, NULL, (unsigned)n + 1);
	for (i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	pthread_barrier_wait(&dialled);
	began = now_ns();
	until = began + (int64_t)(seconds * 1e9);
	pthread_barrier_wait(&ready);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	ended = now_ns();
	report((double)(ended - began) / 1e9);
	return (failed ? 1 : 0);
}
