#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "config.h"
#include "fault.h"
#include "sandbox_courier.h"
#include "sender.h"

/*
 * Each way in which a mail server can misbehave, against a real server that
 * does (tests/lib/hostile_smtp.py); every try in a process of its own, all at
 * once, because those that hang take their time.
 */

#define WAYS_MAX 80
#define PATIENCE 70 /* seconds, for hanging: then the try is killed */

#define MESSAGE                                                         \
	"From: a@b.example\r\nTo: guest@example.jp\r\nSubject: x\r\n"   \
	"Message-ID: <1@b.example>\r\nDate: Sat, 21 Nov 2026 00:00:00 " \
	"+0000\r\n"                                                     \
	"\r\nhello\r\n"

#define KILLED (-1)

struct
try {
	char way[40];
	char port[8];
	pid_t pid;
	int fd;
	int outcome;
	char error[28];
};

static char dir[] = "/tmp/g-courier-smtp-XXXXXX";
static struct try tries[WAYS_MAX];
static size_t ntries;
static pid_t server;

static void
attempt(const struct try *t, int fd)
{
	const struct sender_mail mail = { "a@b.example", "guest@example.jp",
		MESSAGE };
	struct sender_result result = { .outcome = KILLED };
	struct fault f = FAULT_INIT;
	char ca[80], allow[40];
	bool smtps = strncmp(t->way, "smtps-", 6) == 0;

	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	(void)snprintf(allow, sizeof(allow), "127.0.0.1/32:%s", t->port);
	(void)setenv("GENKAN_RUN_DIR", "/tmp", 1);
	(void)setenv("GENKAN_DB", "x", 1);
	(void)setenv("GENKAN_KMS_ACCESS_KEY", "x", 1);
	(void)setenv("GENKAN_KMS_SECRET_KEY", "x", 1);
	(void)setenv("GENKAN_MAIL_TRANSPORT", smtps ? "smtps" : "smtp", 1);
	(void)setenv("GENKAN_MAIL_HOST", "localhost", 1);
	(void)setenv("GENKAN_MAIL_PORT", t->port, 1);
	(void)setenv("GENKAN_MAIL_USER", "genkan", 1);
	(void)setenv("GENKAN_MAIL_PASSWORD", "a secret word", 1);
	(void)setenv("GENKAN_MAIL_CA", ca, 1);
	(void)signal(SIGPIPE, SIG_IGN); /* as boot does */
	(void)alarm(PATIENCE);
	if (!config_load(CONFIG_COURIER, &f) || !address_allow(allow, &f) ||
	    !sandbox_courier(SANDBOX_COURIER_SENDER, &f))
		(void)fprintf(stderr, "%s\n", f.what);
	else if (smtps)
		sender_smtps(&mail, &result);
	else
		sender_smtp(&mail, &result);
	(void)!write(fd, &result, sizeof(result));
	_exit(0);
}

static void
start_server(FILE **lines)
{
	int in[2], out[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	if ((server = fork()) == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)close(in[1]);
		(void)execlp("/usr/bin/python3", "python3",
		    "tests/lib/hostile_smtp.py", dir, (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	(void)fcntl(in[1], F_SETFD, FD_CLOEXEC);
	*lines = fdopen(out[0], "r");
}

/* Have all of them tried. */
static int
setup(void **state)
{
	struct sender_result result;
	char line[100];
	FILE *lines;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	start_server(&lines);
	while (fgets(line, sizeof(line), lines) != NULL &&
	    strcmp(line, "ready\n") != 0) {
		assert_true(ntries < WAYS_MAX);
		assert_int_equal(sscanf(line, "%39s %7s", tries[ntries].way,
				     tries[ntries].port),
		    2);
		ntries++;
	}
	assert_true(ntries > 50);
	for (i = 0; i < ntries; i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		if ((tries[i].pid = fork()) == 0)
			attempt(&tries[i], ends[1]);
		(void)close(ends[1]);
		tries[i].fd = ends[0];
	}
	for (i = 0; i < ntries; i++) {
		tries[i].outcome = KILLED;
		if (read(tries[i].fd, &result, sizeof(result)) ==
		    (ssize_t)sizeof(result)) {
			tries[i].outcome = result.outcome;
			memcpy(tries[i].error, result.error,
			    sizeof(tries[i].error));
		}
		(void)close(tries[i].fd);
		(void)waitpid(tries[i].pid, NULL, 0);
	}
	(void)fclose(lines);
	return (0);
}

static int
teardown(void **state)
{
	char command[100];

	(void)state;
	(void)kill(server, SIGTERM);
	(void)waitpid(server, NULL, 0);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return (system(command));
}

static const struct try *
find(const char *way)
{
	size_t i;

	for (i = 0; i < ntries; i++) {
		if (strcmp(tries[i].way, way) == 0)
			return (&tries[i]);
	}
	fail_msg("no way %s", way);
	return (NULL);
}

static void
ends(const char *way, enum job_outcome outcome, const char *error)
{
	const struct try *t = find(way);

	if (t->outcome != (int)outcome || strcmp(t->error, error) != 0)
		fail_msg("%s ended as %d %s", way, t->outcome, t->error);
}

/* Does the server's log hold that line? */
static bool
said(const char *way, const char *words)
{
	char path[100], line[200];
	bool found = false;
	FILE *log;

	(void)snprintf(path, sizeof(path), "%s/%s.log", dir, way);
	if ((log = fopen(path, "r")) == NULL)
		return (false);
	while (!found && fgets(line, sizeof(line), log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(line, words) == 0;
	}
	(void)fclose(log);
	return (found);
}

static void
a_good_server_gets_the_mail_over_tls_after_the_sign_in(void **state)
{
	(void)state;
	ends("good", JOB_DELIVERED, "");
	assert_true(said("good", "tls AUTH"));
	assert_true(said("good", "mail"));
	assert_false(said("good", "clear MAIL"));
	ends("smtps-good", JOB_DELIVERED, "");
	assert_true(said("smtps-good", "mail"));
}

static void
nothing_is_said_in_clear_when_tls_is_withheld(void **state)
{
	static const char *const ways[] = { "no-starttls", "refused-starttls",
		"other-name", "stranger", "only-tls11", "only-tls13",
		"injected", "injected-split", "injected-multi" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(ways); i++) {
		assert_int_equal(find(ways[i])->outcome, JOB_AWAY);
		assert_false(said(ways[i], "clear AUTH"));
		assert_false(said(ways[i], "clear MAIL"));
		assert_false(said(ways[i], "mail"));
	}
}

static void
a_stripped_starttls_sends_nothing(void **state)
{
	(void)state;
	ends("no-starttls", JOB_AWAY, "no_tls");
}

static void
bytes_put_before_the_handshake_are_noticed(void **state)
{
	(void)state;
	ends("injected", JOB_AWAY, "injected");
	ends("injected-split", JOB_AWAY, "injected");
	ends("injected-multi", JOB_AWAY, "injected");
	assert_false(said("injected", "tls AUTH"));
}

static void
another_servers_certificate_is_refused(void **state)
{
	(void)state;
	ends("other-name", JOB_AWAY, "certificate");
	ends("stranger", JOB_AWAY, "certificate");
	ends("smtps-other-name", JOB_AWAY, "certificate");
	ends("smtps-stranger", JOB_AWAY, "certificate");
	assert_false(said("other-name", "tls AUTH"));
	assert_false(said("smtps-stranger", "tls AUTH"));
}

static void
a_refused_sign_in_blames_no_mail(void **state)
{
	(void)state;
	ends("wrong-password", JOB_AWAY, "sign_in_refused");
	ends("smtps-wrong-password", JOB_AWAY, "sign_in_refused");
	ends("recipient-unauthenticated", JOB_AWAY, "sign_in_refused");
}

static void
a_refused_recipient_or_message_is_for_good(void **state)
{
	(void)state;
	ends("recipient-refused", JOB_REFUSED, "recipient_refused");
	ends("smtps-recipient-refused", JOB_REFUSED, "recipient_refused");
	ends("message-refused", JOB_REFUSED, "message_refused");
	ends("smtps-message-refused", JOB_REFUSED, "message_refused");
	ends("data-refused", JOB_REFUSED, "message_refused");
	ends("too-large", JOB_REFUSED, "message_refused");
}

static void
a_refusal_for_now_is_tried_again(void **state)
{
	(void)state;
	ends("recipient-later", JOB_RETRY, "recipient_later");
	ends("smtps-recipient-later", JOB_RETRY, "recipient_later");
	ends("message-later", JOB_RETRY, "message_later");
}

static void
a_server_out_of_service_blames_no_mail(void **state)
{
	(void)state;
	assert_int_equal(find("busy")->outcome, JOB_AWAY);
	assert_int_equal(find("closed")->outcome, JOB_AWAY);
	assert_int_equal(find("nonsense")->outcome, JOB_AWAY);
	assert_int_equal(find("binary")->outcome, JOB_AWAY);
	ends("sender-refused", JOB_AWAY, "sender_refused");
}

static void
only_250_after_the_message_is_success(void **state)
{
	(void)state;
	assert_int_not_equal(find("other-success")->outcome, JOB_DELIVERED);
	assert_int_not_equal(find("no-code")->outcome, JOB_DELIVERED);
	assert_int_not_equal(find("no-code")->outcome, JOB_REFUSED);
}

static void
a_server_that_hangs_or_hangs_up_at_any_stage_costs_one_try(void **state)
{
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < ntries; i++) {
		if (strchr(tries[i].way, '@') == NULL)
			continue;
		n++;
		if (tries[i].outcome != JOB_AWAY &&
		    tries[i].outcome != JOB_RETRY)
			fail_msg("%s ended as %d %s", tries[i].way,
			    tries[i].outcome, tries[i].error);
	}
	assert_int_equal(n, 26);
}

static void
a_mail_with_loose_line_ends_or_a_strange_address_is_not_sent(void **state)
{
	static const struct sender_mail mails[] = {
		{ "a@b.example", "c@d.example\r\nRCPT TO:<e@f.example>",
		    MESSAGE },
		{ "a@b.example\r\nDATA", "c@d.example", MESSAGE },
		{ "a@b.example", "c@d.example", "a\n.\nb\r\n" },
		{ "a@b.example", "c@d.example", "a\rb\r\n" },
		{ "a@b.example", "c@d.example", "a: b\r\n\r\nno end" },
		{ "a@b.example", "c@d.example", "" },
		{ "a@b.example", "", MESSAGE },
	};
	struct sender_result r;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(mails); i++) {
		assert_false(sender_is_clean(&mails[i]));
		sender_smtp(&mails[i], &r);
		assert_int_equal(r.outcome, JOB_REFUSED);
		sender_smtps(&mails[i], &r);
		assert_int_equal(r.outcome, JOB_REFUSED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_good_server_gets_the_mail_over_tls_after_the_sign_in),
		cmocka_unit_test(nothing_is_said_in_clear_when_tls_is_withheld),
		cmocka_unit_test(a_stripped_starttls_sends_nothing),
		cmocka_unit_test(bytes_put_before_the_handshake_are_noticed),
		cmocka_unit_test(another_servers_certificate_is_refused),
		cmocka_unit_test(a_refused_sign_in_blames_no_mail),
		cmocka_unit_test(a_refused_recipient_or_message_is_for_good),
		cmocka_unit_test(a_refusal_for_now_is_tried_again),
		cmocka_unit_test(a_server_out_of_service_blames_no_mail),
		cmocka_unit_test(only_250_after_the_message_is_success),
		cmocka_unit_test(
		    a_server_that_hangs_or_hangs_up_at_any_stage_costs_one_try),
		cmocka_unit_test(
		    a_mail_with_loose_line_ends_or_a_strange_address_is_not_sent),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
