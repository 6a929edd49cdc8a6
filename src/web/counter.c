#include <sys/mman.h>

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "fault.h"

#include "counter.h"
#include "route.h"

#define ROUTES_MAX  256 /* place 0 is for no route */
#define CLASSES     6   /* by the first digit of the status */
#define WORKERS_MAX 65

/* Upper ends of the duration histogram, in milliseconds. */
static const int64_t bounds[] = { 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000,
	2500, 10000 };

struct counts {
	struct {
		_Atomic uint64_t status[CLASSES];
		_Atomic uint64_t within[NELEMS(bounds)];
		_Atomic uint64_t total, ms;
	} routes[ROUTES_MAX];
	_Atomic uint64_t events[COUNTER_EVENT__MAX];
	_Atomic uint64_t gauges[WORKERS_MAX][COUNTER_GAUGE__MAX];
};

static const char *const event_names[] = {
	[COUNTER_BUSY] = "genkan_busy_total",
	[COUNTER_FAULTS] = "genkan_faults_total",
	[COUNTER_WORKER_STARTS] = "genkan_worker_starts_total",
	[COUNTER_LIVE_LOST] = "genkan_live_lost_total",
};
_Static_assert(NELEMS(event_names) == COUNTER_EVENT__MAX, "all have names");

static const char *const gauge_names[] = {
	[COUNTER_CONNECTIONS] = "genkan_connections",
	[COUNTER_JOBS_WAITING] = "genkan_jobs_waiting",
	[COUNTER_SOCKETS] = "genkan_live_sockets",
};
_Static_assert(NELEMS(gauge_names) == COUNTER_GAUGE__MAX, "all have names");

static struct counts *counts;

static size_t place_of(const struct route *);
static void print_route(FILE *, size_t, const char *, const char *);

bool
counter_start(struct fault *f)
{
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return (
		    fault_set(f, FAULT_SYSTEM, "mmap: %s", strerror(errno)));
	if (route_count() >= ROUTES_MAX)
		return (fault_set(f, FAULT_BUG, "ROUTES_MAX is too small"));
	return (true);
}

void
counter_request(const struct route *route, int status, int64_t ms)
{
	const size_t at = place_of(route);
	size_t i;

	counts->routes[at].status[status / 100 % CLASSES]++;
	for (i = 0; i < NELEMS(bounds); i++) {
		if (ms <= bounds[i])
			counts->routes[at].within[i]++;
	}
	counts->routes[at].total++;
	counts->routes[at].ms += (uint64_t)ms;
}

void
counter_note(enum counter_event event)
{
	counts->events[event]++;
}

void
counter_set(unsigned worker, enum counter_gauge gauge, uint64_t value)
{
	if (worker < WORKERS_MAX)
		counts->gauges[worker][gauge] = value;
}

void
counter_print(FILE *out)
{
	const struct route *route;
	uint64_t sum;
	size_t i, w;

	(void)fprintf(out,
	    "# TYPE genkan_requests_total counter\n"
	    "# TYPE genkan_request_seconds histogram\n");
	print_route(out, 0, "GET", "other");
	for (i = 0; i < route_count(); i++) {
		route = route_at(i);
		print_route(out, i + 1, route->method, route->path);
	}
	for (i = 0; i < COUNTER_EVENT__MAX; i++)
		(void)fprintf(out, "# TYPE %s counter\n%s %" PRIu64 "\n",
		    event_names[i], event_names[i], counts->events[i]);
	for (i = 0; i < COUNTER_GAUGE__MAX; i++) {
		for (sum = 0, w = 0; w < WORKERS_MAX; w++)
			sum += counts->gauges[w][i];
		(void)fprintf(out, "# TYPE %s gauge\n%s %" PRIu64 "\n",
		    gauge_names[i], gauge_names[i], sum);
	}
}

static size_t
place_of(const struct route *route)
{
	return (route == NULL ? 0 : (size_t)(route - route_at(0)) + 1);
}

static void
print_route(FILE *out, size_t at, const char *method, const char *path)
{
	size_t i;

	if (counts->routes[at].total == 0)
		return;
	for (i = 1; i < CLASSES; i++) {
		if (counts->routes[at].status[i] > 0)
			(void)fprintf(out,
			    "genkan_requests_total{method=\"%s\",route=\"%s\","
			    "status=\"%zuxx\"} %" PRIu64 "\n",
			    method, path, i, counts->routes[at].status[i]);
	}
	for (i = 0; i < NELEMS(bounds); i++)
		(void)fprintf(out,
		    "genkan_request_seconds_bucket{method=\"%s\",route=\"%s\","
		    "le=\"%.3f\"} %" PRIu64 "\n",
		    method, path, (double)bounds[i] / 1000,
		    counts->routes[at].within[i]);
	(void)fprintf(out,
	    "genkan_request_seconds_bucket{method=\"%s\",route=\"%s\","
	    "le=\"+Inf\"} %" PRIu64 "\n"
	    "genkan_request_seconds_sum{method=\"%s\",route=\"%s\"} %.3f\n"
	    "genkan_request_seconds_count{method=\"%s\",route=\"%s\"} %" PRIu64
	    "\n",
	    method, path, counts->routes[at].total, method, path,
	    (double)counts->routes[at].ms / 1000, method, path,
	    counts->routes[at].total);
}
