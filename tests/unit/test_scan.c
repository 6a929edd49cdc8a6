/* genkan-decode scan, the built program, on files that the test makes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include <limits.h>
#include <unistd.h>

#include "made_frame.h"

#define FILES_MAX 4

static char dir[64], program[PATH_MAX], out[65536];
static char *names[16];
static size_t nnames;

/* A new file in the test's folder; its path, kept until the end. */
static const char *
file(const char *name, const void *data, size_t len)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_true(nnames < NELEMS(names));
	names[nnames] = strdup(path);
	assert_non_null(names[nnames]);

	return (names[nnames++]);
}

static const char *
jpeg_of(const char *name, const char *text, enum made_jpeg_kind kind)
{
	const struct made_view view = { text, 200, 150, 4, 5, 0, false, false };
	const char *path;
	struct picture p;
	uint8_t *jpeg;
	size_t len;

	made_frame(&p, 400, 300, 120);
	made_code(&p, &view);
	jpeg = made_jpeg(&p, kind, &len);
	picture_free(&p);
	path = file(name, jpeg, len);
	free(jpeg);

	return (path);
}

static const char *
pgm_of(const char *name, const char *left, const char *right, int scale)
{
	struct made_view view = { left, 150.0 * scale, 150.0 * scale,
		4.0 * scale, 0, 0, false, false };
	const char *path;
	struct picture p;
	char head[32], *whole;
	size_t n;

	made_frame(&p, 600 * scale, 300 * scale, 120);
	made_code(&p, &view);
	if (right != NULL) {
		view.text = right;
		view.x = 450.0 * scale;
		made_code(&p, &view);
	}
	n = (size_t)snprintf(
	    head, sizeof(head), "P5 %d %d 255\n", p.width, p.height);
	whole = malloc(n + (size_t)(p.width * p.height));
	assert_non_null(whole);
	memcpy(whole, head, n);
	memcpy(whole + n, p.y, (size_t)(p.width * p.height));
	path = file(name, whole, n + (size_t)(p.width * p.height));
	free(whole);
	picture_free(&p);

	return (path);
}

/* Run the command; its standard output is in ${out}, its status returned. */
static int
scan(const char *option, const char *const *files, size_t n)
{
	char *argv[3 + FILES_MAX + 1];
	int pipes[2], status;
	size_t len = 0, i = 0, k;
	ssize_t got;
	pid_t pid;

	argv[i++] = program;
	argv[i++] = strdup("scan");
	if (option != NULL)
		argv[i++] = strdup(option);
	for (k = 0; k < n; k++)
		argv[i++] = strdup(files[k]);
	argv[i] = NULL;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		(void)dup2(pipes[1], STDOUT_FILENO);
		(void)close(pipes[0]);
		(void)close(pipes[1]);
		(void)execv(program, argv);
		_exit(127);
	}
	(void)close(pipes[1]);
	while ((got = read(pipes[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)got;
	out[len] = '\0';
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (k = 1; k < i; k++)
		free(argv[k]);

	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* The row of ${path} with ${text} and nothing after it. */
static void
assert_row(const char *path, const char *text)
{
	char row[512];

	(void)snprintf(row, sizeof(row), "%s\t%s\n", path, text);
	if (strstr(out, row) == NULL)
		fail_msg("no row %s in %s", row, out);
}

static size_t
rows(void)
{
	size_t n = 0;
	const char *s;

	for (s = out; (s = strchr(s, '\n')) != NULL; s++)
		n++;

	return (n);
}

static void
texts_are_printed_escaped(void **state)
{
	const char *path = jpeg_of("escaped.jpg", "a\tb\nc\rd\\e", MADE_COLOUR);

	(void)state;
	assert_int_equal(scan(NULL, &path, 1), 0);
	assert_row(path, "a\\tb\\nc\\rd\\\\e");
	assert_int_equal(rows(), 1);
}

static void
each_text_of_a_file_has_a_row(void **state)
{
	const char *path = pgm_of("two.pgm", "left", "right", 1);

	(void)state;
	assert_int_equal(scan(NULL, &path, 1), 0);
	assert_row(path, "left");
	assert_row(path, "right");
	assert_int_equal(rows(), 2);
}

static void
a_file_without_a_code_has_an_empty_row(void **state)
{
	const char *path = file("none.pgm", "P5 4 4 255\n0123456789abcdef", 27);

	(void)state;
	assert_int_equal(scan(NULL, &path, 1), 0);
	assert_row(path, "");
	assert_int_equal(rows(), 1);
}

static void
time_is_a_third_column(void **state)
{
	const char *path = jpeg_of("time.jpg", "text", MADE_COLOUR);
	double ms;
	char *end;

	(void)state;
	assert_int_equal(scan("--time", &path, 1), 0);
	assert_memory_equal(out + strlen(path), "\ttext\t", 6);
	ms = strtod(out + strlen(path) + 6, &end);
	assert_true(ms > 0);
	assert_string_equal(end, "\n");
}

static void
with_pass_only_passes_are_printed(void **state)
{
	const char *files[2];

	(void)state;
	files[0] = jpeg_of("pass.jpg", MADE_PASS, MADE_COLOUR);
	files[1] = jpeg_of("url.jpg", "https://example.com/", MADE_COLOUR);
	assert_int_equal(scan("--pass", files, 2), 0);
	assert_row(files[0], MADE_PASS);
	assert_row(files[1], "");
	assert_int_equal(rows(), 2);
}

static void
other_kinds_of_picture_are_converted(void **state)
{
	const char *files[3];

	(void)state;
	files[0] = jpeg_of("progressive.jpg", "progressive", MADE_PROGRESSIVE);
	files[1] = jpeg_of("cmyk.jpg", "ink", MADE_CMYK);
	files[2] = pgm_of("large.pgm", "large", NULL, 5);
	assert_int_equal(scan(NULL, files, 3), 0);
	assert_row(files[0], "progressive");
	assert_row(files[1], "ink");
	assert_row(files[2], "large");
	assert_int_equal(rows(), 3);
}

static void
a_bad_file_stops_nothing(void **state)
{
	const char *files[4];

	(void)state;
	files[0] = "/nonexistent/file.png";
	files[1] = file("broken.png", "\x89PNG\r\n\x1a\nbroken", 14);
	files[2] = file("empty.jpg", "", 0);
	files[3] = jpeg_of("good.jpg", "good", MADE_GREY);
	assert_int_equal(scan(NULL, files, 4), 1);
	assert_row(files[0], "");
	assert_row(files[1], "");
	assert_row(files[2], "");
	assert_row(files[3], "good");
	assert_int_equal(rows(), 4);
}

static void
wrong_usage_is_refused(void **state)
{
	const char *path = "x.png";

	(void)state;
	assert_int_equal(scan(NULL, NULL, 0), 64);
	assert_int_equal(scan("--unknown", &path, 1), 64);
	assert_string_equal(out, "");
}

static void
prepare(void)
{
	ssize_t n;

	(void)snprintf(dir, sizeof(dir), "/tmp/gk-test-XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	/* build/tests/test_x is beside build/genkan-decode. */
	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n <= 0)
		abort();
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	memcpy(
	    strrchr(program, '/'), "/genkan-decode", sizeof("/genkan-decode"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_printed_escaped),
		cmocka_unit_test(each_text_of_a_file_has_a_row),
		cmocka_unit_test(a_file_without_a_code_has_an_empty_row),
		cmocka_unit_test(time_is_a_third_column),
		cmocka_unit_test(with_pass_only_passes_are_printed),
		cmocka_unit_test(other_kinds_of_picture_are_converted),
		cmocka_unit_test(a_bad_file_stops_nothing),
		cmocka_unit_test(wrong_usage_is_refused),
	};
	int failed;

	prepare();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	while (nnames > 0) {
		(void)unlink(names[--nnames]);
		free(names[nnames]);
	}
	(void)rmdir(dir);

	return (failed);
}
