/*
 * Addresses that people choose: of a channel, and the operator's list of
 * private networks.  What is taken for an address must hold nothing that
 * ends a header or names another host.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "channel.h"
#include "fault.h"
#include "sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), host[CHANNEL_HOST_SIZE],
	     signature[SIGN_SIZE];
	struct fault f = FAULT_INIT;
	const char *p;

	if (text == NULL)
		return (0);
	memcpy(text, data, size);
	text[size] = '\0';
	if (channel_url_valid(text, host)) {
		check(strncmp(text, "https://", 8) == 0);
		check(strncmp(text + 8, host, strlen(host)) == 0);
		check(strchr("/?", text[8 + strlen(host)]) != NULL);
		check(host[0] != '\0' && strpbrk(host, "@/\\?#") == NULL);
		for (p = text; *p != '\0'; p++)
			check(isgraph((unsigned char)*p));
	}
	if (!address_allow(text, &f))
		check(f.kind == FAULT_CONFIG);
	if (sign_webhook(text, "1", 1, "{}", signature))
		check(strncmp(text, "whsec_", 6) == 0 &&
		    strncmp(signature, "v1,", 3) == 0);
	free(text);
	return (0);
}
