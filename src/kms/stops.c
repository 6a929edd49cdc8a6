#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "log.h"
#include "process.h"
#include "secret.h"

#include "stops.h"

static int out = -1;

bool
stops_open(struct fault *f)
{
	char path[128];

	if (!process_path(PROCESS_KMS_STOPS, path, sizeof(path)))
		return (
		    fault_set(f, FAULT_CONFIG, "GENKAN_RUN_DIR is too long"));
	out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (out == -1 || fchmod(out, 0644) != 0)
		return (fault_set(
		    f, FAULT_SYSTEM, "%s: %s", path, strerror(errno)));
	return (true);
}

/* Whoever reads half of it forgets its keys twice, no more. */
void
stops_tell(const char *text)
{
	char random[PROCESS_KMS_STOPS_SIZE + 1];

	if (text == NULL) {
		secret_token(random, PROCESS_KMS_STOPS_SIZE);
		text = random;
	}
	if (out != -1 &&
	    pwrite(out, text, PROCESS_KMS_STOPS_SIZE, 0) !=
		PROCESS_KMS_STOPS_SIZE)
		log_line(LOG_LEVEL_ERROR, "kms.stop_not_told", "error",
		    strerror(errno), NULL);
}
