/* The client of decode against the built daemon over its real socket. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "decode_client.h"
#include "decode_protocol.h"
#include "process.h"
#include "made_frame.h"

#define CHILDREN_MAX 8
#define HANG_MS      20000 /* so long nothing takes, unless it hangs */

static char run_dir[64], socket_path[108], program[PATH_MAX];
static uint8_t *jpeg;
static size_t jpeg_len;
static pid_t daemon_pid;

static void
nap(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static void
start_daemon(const char *processes)
{
	static char dir[80], count[40], path[] = "PATH=/usr/bin";
	char *const env[] = { dir, count, path, NULL };
	char *const argv[] = { program, NULL };
	struct decode_client *c;
	struct fault f = FAULT_INIT;
	int i;

	(void)snprintf(dir, sizeof(dir), "GENKAN_RUN_DIR=%s", run_dir);
	(void)snprintf(
	    count, sizeof(count), "GENKAN_DECODE_PROCESSES=%s", processes);
	daemon_pid = fork();
	assert_true(daemon_pid != -1);
	if (daemon_pid == 0) {
		(void)execve(program, argv, env);
		_exit(127);
	}
	c = decode_client_open(socket_path, &f);
	assert_non_null(c);
	for (i = 0; i < HANG_MS / 10; i++) {
		fault_clear(&f);
		if (decode_ready(c, &f))
			break;
		nap(10);
	}
	decode_client_close(c);
	assert_true(i < HANG_MS / 10);
}

static void
stop_daemon(int signal)
{
	int status;

	assert_int_equal(kill(daemon_pid, signal), 0);
	assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
	if (signal == SIGTERM)
		assert_int_equal(status, 0);
}

/* The daemon's decoders. */
static int
children(pid_t out[CHILDREN_MAX])
{
	char path[64];
	FILE *list;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)daemon_pid, (int)daemon_pid);
	list = fopen(path, "r");
	assert_non_null(list);
	while (n < CHILDREN_MAX && fscanf(list, "%d", &out[n]) == 1)
		n++;
	(void)fclose(list);

	return (n);
}

static void
signal_children(int signal)
{
	pid_t pids[CHILDREN_MAX];
	int i, n = children(pids);

	assert_true(n > 0);
	for (i = 0; i < n; i++)
		(void)kill(pids[i], signal);
}

static struct decode_client *
client(void)
{
	struct fault f = FAULT_INIT;
	struct decode_client *c = decode_client_open(socket_path, &f);

	assert_non_null(c);

	return (c);
}

/*
 * FAULT_NONE if the frame was read.  On a busy machine decode may say that it
 * is full; that is no loss, and the frame is sent again.
 */
static enum fault_kind
ask(struct decode_client *c)
{
	char pass[DECODE_PASS_CHARS + 1];
	enum decode_verdict verdict;
	struct fault f = FAULT_INIT;
	int i;

	for (i = 0; !decode_frame(c, jpeg, jpeg_len, 0, &verdict, pass, &f);
	     i++) {
		assert_string_equal(pass, "");
		if (strstr(f.what, "free") == NULL || i == 20)
			return (f.kind);
		fault_clear(&f);
	}
	assert_int_equal(verdict, DECODE_PASS);
	assert_string_equal(pass, MADE_PASS);

	return (FAULT_NONE);
}

static int
raw_connection(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, socket_path, strlen(socket_path) + 1);
	assert_true(fd != -1);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);

	return (fd);
}

static void
assert_closed(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	assert_int_equal(poll(&p, 1, HANG_MS), 1);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
}

static int
one_daemon(void **state)
{
	(void)state;
	start_daemon("1");

	return (0);
}

static int
two_daemon(void **state)
{
	(void)state;
	start_daemon("2");

	return (0);
}

static int
no_daemon(void **state)
{
	(void)state;
	stop_daemon(SIGTERM);

	return (0);
}

static void
a_frame_is_read(void **state)
{
	struct decode_client *c = client();
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void
a_frame_of_another_size_never_leaves(void **state)
{
	char pass[DECODE_PASS_CHARS + 1];
	enum decode_verdict verdict;
	struct decode_client *c = client();
	struct fault f = FAULT_INIT;
	static uint8_t large[DECODE_FRAME_MAX + 1];

	(void)state;
	assert_true(decode_frame(c, large, 0, 0, &verdict, pass, &f));
	assert_int_equal(verdict, DECODE_UNREADABLE);
	assert_true(
	    decode_frame(c, large, sizeof(large), 0, &verdict, pass, &f));
	assert_int_equal(verdict, DECODE_UNREADABLE);
	assert_true(
	    decode_frame(c, large, sizeof(large) - 1, 0, &verdict, pass, &f));
	assert_int_equal(verdict, DECODE_UNREADABLE);
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void
without_a_daemon_decode_is_away(void **state)
{
	struct decode_client *c = client();
	struct fault f = FAULT_INIT;

	(void)state;
	assert_int_equal(ask(c), FAULT_DECODE_AWAY);
	assert_false(decode_ready(c, &f));
	assert_int_equal(f.kind, FAULT_DECODE_AWAY);
	decode_client_close(c);
}

static void
a_path_too_long_is_refused(void **state)
{
	struct fault f = FAULT_INIT;
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(decode_client_open(path, &f));
	assert_int_equal(f.kind, FAULT_CONFIG);
}

static void
a_killed_decoder_costs_one_frame_at_most(void **state)
{
	struct decode_client *c = client();
	enum fault_kind kind;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		signal_children(SIGKILL);
		kind = ask(c);
		assert_true(kind == FAULT_NONE || kind == FAULT_DECODE_AWAY);
		assert_int_equal(ask(c), FAULT_NONE);
	}
	decode_client_close(c);
}

static void
a_decoder_that_hangs_costs_one_frame(void **state)
{
	struct decode_client *c = client();

	(void)state;
	signal_children(SIGSTOP);
	assert_int_equal(ask(c), FAULT_DECODE_AWAY);
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void *
kill_soon(void *unused)
{
	(void)unused;
	nap(200);
	signal_children(SIGKILL);

	return (NULL);
}

static void
a_decoder_killed_at_work_costs_one_frame(void **state)
{
	struct decode_client *c = client();
	pthread_t killer;

	(void)state;
	/* Stopped, it has the frame; killed, it has died of it. */
	signal_children(SIGSTOP);
	assert_int_equal(pthread_create(&killer, NULL, kill_soon, NULL), 0);
	assert_int_equal(ask(c), FAULT_DECODE_AWAY);
	assert_int_equal(pthread_join(killer, NULL), 0);
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

/* Thirty frames read, those that are lost sent again. */
static void *
many_frames(void *read)
{
	struct decode_client *c = client();
	enum fault_kind kind;
	int i;

	for (i = 0; i < 300 && *(int *)read < 30; i++) {
		kind = ask(c);
		assert_true(kind == FAULT_NONE || kind == FAULT_DECODE_AWAY);
		*(int *)read += kind == FAULT_NONE;
	}
	decode_client_close(c);

	return (NULL);
}

static void
many_clients_are_served_while_decoders_die(void **state)
{
	pthread_t threads[12];
	int read[12] = { 0 };
	pid_t pids[CHILDREN_MAX];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < NELEMS(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, many_frames, &read[i]),
		    0);
	for (i = 0; i < 10; i++) {
		nap(50);
		n = children(pids);
		if (n > 0)
			(void)kill(pids[i % (size_t)n], SIGKILL);
	}
	for (i = 0; i < NELEMS(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(read[i], 30);
	}
}

static void
nonsense_ends_its_own_connection_only(void **state)
{
	struct decode_request large = { DECODE_REQUEST_FRAME, 0, UINT32_MAX };
	uint8_t head[DECODE_REQUEST_BYTES];
	struct decode_client *c = client();
	int fd;

	(void)state;
	assert_int_equal(ask(c), FAULT_NONE);
	fd = raw_connection();
	assert_int_equal(send(fd, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL), 16);
	assert_closed(fd);
	fd = raw_connection();
	decode_request_write(&large, head);
	assert_int_equal(
	    send(fd, head, sizeof(head), MSG_NOSIGNAL), DECODE_REQUEST_BYTES);
	assert_closed(fd);
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void
a_client_that_stalls_is_left_behind(void **state)
{
	const struct decode_request frame = { DECODE_REQUEST_FRAME, 0, 5000 };
	uint8_t head[DECODE_REQUEST_BYTES];
	struct decode_client *c = client();
	int fd = raw_connection();

	(void)state;
	decode_request_write(&frame, head);
	assert_int_equal(
	    send(fd, head, sizeof(head), MSG_NOSIGNAL), DECODE_REQUEST_BYTES);
	assert_int_equal(ask(c), FAULT_NONE);
	assert_closed(fd);
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void
a_client_that_leaves_does_no_harm(void **state)
{
	const struct decode_request frame = { DECODE_REQUEST_FRAME, 0,
		(uint32_t)jpeg_len };
	uint8_t head[DECODE_REQUEST_BYTES];
	struct decode_client *c = client();
	int i, fd;

	(void)state;
	decode_request_write(&frame, head);
	for (i = 0; i < 20; i++) {
		fd = raw_connection();
		assert_int_equal(send(fd, head, sizeof(head), MSG_NOSIGNAL),
		    DECODE_REQUEST_BYTES);
		if (i % 2 == 0)
			(void)send(fd, jpeg, jpeg_len, MSG_NOSIGNAL);
		(void)close(fd);
	}
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

static void
a_restarted_daemon_is_found_again(void **state)
{
	struct decode_client *c = client();

	(void)state;
	assert_int_equal(ask(c), FAULT_NONE);
	stop_daemon(SIGKILL);
	assert_int_equal(ask(c), FAULT_DECODE_AWAY);
	start_daemon("1");
	assert_int_equal(ask(c), FAULT_NONE);
	stop_daemon(SIGTERM);
	start_daemon("1");
	assert_int_equal(ask(c), FAULT_NONE);
	decode_client_close(c);
}

/* How many of the lines that a cage shows in /proc does the process have? */
static int
cage_lines(pid_t pid)
{
	char path[64], line[256];
	FILE *status;
	int seen = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((status = fopen(path, "r")) == NULL)
		return (0);
	while (fgets(line, sizeof(line), status) != NULL)
		seen += strcmp(line, "NoNewPrivs:\t1\n") == 0 ||
		    strcmp(line, "Seccomp:\t2\n") == 0;
	(void)fclose(status);

	return (seen);
}

static void
decoders_are_caged(void **state)
{
	pid_t pids[CHILDREN_MAX];
	int n = 0, i, waited;

	(void)state;
	/* The second one may still be starting. */
	for (waited = 0; waited < HANG_MS; waited += 10) {
		n = children(pids);
		for (i = 0; i < n && cage_lines(pids[i]) == 2; i++)
			continue;
		if (n == 2 && i == 2)
			return;
		nap(10);
	}
	fail_msg("%d decoders, not all of them caged", n);
}

static void
prepare(void)
{
	const struct made_view view = { MADE_PASS, 300, 200, 6, 10, 0, false,
		false };
	struct picture p;
	ssize_t n;

	made_frame(&p, 640, 400, 120);
	made_code(&p, &view);
	jpeg = made_jpeg(&p, MADE_COLOUR, &jpeg_len);
	picture_free(&p);

	(void)snprintf(run_dir, sizeof(run_dir), "/tmp/gk-test-XXXXXX");
	if (mkdtemp(run_dir) == NULL)
		abort();
	(void)snprintf(socket_path, sizeof(socket_path), "%s/%s", run_dir,
	    PROCESS_DECODE_SOCKET);
	/* build/tests/test_x is beside build/genkan-decode. */
	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n <= 0)
		abort();
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	memcpy(
	    strrchr(program, '/'), "/genkan-decode", sizeof("/genkan-decode"));
}

static void
tidy(void)
{
	char dir[128];

	(void)unlink(socket_path);
	(void)snprintf(dir, sizeof(dir), "%s", socket_path);
	*strrchr(dir, '/') = '\0';
	if (strcmp(dir, run_dir) != 0)
		(void)rmdir(dir);
	(void)rmdir(run_dir);
	free(jpeg);
}

#define WITH_ONE(test) \
	cmocka_unit_test_setup_teardown(test, one_daemon, no_daemon)
#define WITH_TWO(test) \
	cmocka_unit_test_setup_teardown(test, two_daemon, no_daemon)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_daemon_decode_is_away),
		cmocka_unit_test(a_path_too_long_is_refused),
		WITH_ONE(a_frame_is_read),
		WITH_ONE(a_frame_of_another_size_never_leaves),
		WITH_ONE(a_killed_decoder_costs_one_frame_at_most),
		WITH_ONE(a_decoder_that_hangs_costs_one_frame),
		WITH_ONE(a_decoder_killed_at_work_costs_one_frame),
		WITH_TWO(many_clients_are_served_while_decoders_die),
		WITH_ONE(nonsense_ends_its_own_connection_only),
		WITH_ONE(a_client_that_stalls_is_left_behind),
		WITH_ONE(a_client_that_leaves_does_no_harm),
		WITH_ONE(a_restarted_daemon_is_found_again),
		WITH_TWO(decoders_are_caged),
	};
	int failed;

	prepare();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tidy();

	return (failed);
}
