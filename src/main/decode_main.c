#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "config.h"
#include "fault.h"
#include "log.h"
#include "process.h"
#include "decoder.h"
#include "scan.h"
#include "supervisor.h"

#include <stdio.h>
#include <sysexits.h>

static int serve(void);

/*
 * genkan-decode             the daemon; settings in the environment
 * genkan-decode scan ...    pictures from files
 * genkan-decode --decoder   a child of one of them
 */
int
main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "scan") == 0)
		return (scan_main(argc - 1, argv + 1));
	if (argc == 3 && strcmp(argv[1], DECODER_ARG) == 0)
		return (decoder_main(argv[2]));
	if (argc == 1)
		return (serve());
	(void)fprintf(stderr,
	    "usage: genkan-decode\n"
	    "       genkan-decode scan [--time] [--pass] FILE...\n");

	return (EX_USAGE);
}

static int
serve(void)
{
	struct fault f = FAULT_INIT;
	bool done = false;
	int listener;

	if (!boot("decode", CONFIG_DECODE, false))
		return (EX_CONFIG);
	/* Who may enter the run directory may ask: decode holds nothing. */
	if (process_on_stop(&f) &&
	    process_listen(PROCESS_DECODE_SOCKET, 0666, &listener, &f)) {
		log_line(LOG_LEVEL_INFO, "decode.started", NULL);
		done = supervisor_run(
		    listener, (int)config_number(CONFIG_DECODE_PROCESSES), &f);
		(void)close(listener);
		log_line(LOG_LEVEL_INFO, "decode.stopped", NULL);
	}
	if (done)
		return (EXIT_SUCCESS);
	log_fault("decode.failed", &f);

	return (EXIT_FAILURE);
}
