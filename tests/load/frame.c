/*
 * frame SOCKET FILE COUNT
 *
 * Have genkan-decode read one frame COUNT times, one after the other, and print
 * the median in milliseconds: what decoding alone costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode_client.h"
#include "fault.h"

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

static int
by_time(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

int
main(int argc, char **argv)
{
	static uint8_t jpeg[DECODE_FRAME_MAX];
	char pass[DECODE_PASS_CHARS + 1];
	struct fault f = FAULT_INIT;
	struct decode_client *c;
	enum decode_verdict verdict;
	double *times, from;
	size_t len;
	long n, i;
	FILE *in;

	if (argc != 4 || (n = strtol(argv[3], NULL, 10)) < 1 ||
	    (in = fopen(argv[2], "rb")) == NULL)
		return (64);
	len = fread(jpeg, 1, sizeof(jpeg), in);
	fclose(in);
	times = calloc((size_t)n, sizeof(*times));
	if ((c = decode_client_open(argv[1], &f)) == NULL) {
		free(times);
		return (1);
	}
	for (i = 0; i < n; i++) {
		from = now_ms();
		if (!decode_frame(
			c, jpeg, len, (uint32_t)i, &verdict, pass, &f)) {
			fprintf(stderr, "frame: %s\n", f.what);
			free(times);
			return (1);
		}
		times[i] = now_ms() - from;
	}
	qsort(times, (size_t)n, sizeof(*times), by_time);
	printf("%.3f\n", times[n / 2]);
	decode_client_close(c);
	free(times);
	return (0);
}
