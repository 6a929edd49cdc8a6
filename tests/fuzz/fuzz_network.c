/*
 * What clients and proxies may say about where a request comes from.  What
 * stands to the left of the address that our proxy added is the client's word:
 * whatever it is, it must never be believed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

#define PROXIES "10.0.0.5,10.0.1.0/24"
#define CLIENT  "2001:db8::1"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void check_network(const char *);
static void check_client(const char *, enum network_header, const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (s == NULL)
		abort();
	memcpy(s, data, len);
	s[len] = '\0';
	check_network(s);
	check_client(s, NETWORK_X_FORWARDED_FOR, CLIENT);
	check_client(s, NETWORK_FORWARDED, "for=\"[" CLIENT "]\"");
	check_client(
	    s, NETWORK_FORWARDED, "for=\"[" CLIENT "]:1\";proto=https");
	free(s);
	return (0);
}

/* The printed form is read as the same network, and is the only one. */
static void
check_network(const char *s)
{
	char out[NETWORK_SIZE], again[NETWORK_SIZE];
	struct network n, m;

	if (!network_parse(s, &n))
		return;
	network_print(&n, out);
	if (!network_parse(out, &m) || n.bits != m.bits ||
	    memcmp(n.bytes, m.bytes, sizeof(n.bytes)) != 0 ||
	    !network_holds(&n, m.bytes))
		abort();
	network_print(&m, again);
	if (strcmp(out, again) != 0)
		abort();
}

/* The address that the proxy added, or nobody's; alone, anything readable. */
static void
check_client(const char *s, enum network_header header, const char *added)
{
	char out[NETWORK_ADDRESS_SIZE], *value;
	struct network n;

	network_client("10.0.0.5", header, s, PROXIES, out);
	if (out[0] != '\0' && !network_parse(out, &n))
		abort();
	network_client("203.0.113.9", header, s, PROXIES, out);
	if (strcmp(out, "203.0.113.9") != 0)
		abort();

	if (asprintf(&value, "%s, %s, %s10.0.1.7", s, added,
		header == NETWORK_FORWARDED ? "for=" : "") < 0)
		abort();
	network_client("10.0.0.5", header, value, PROXIES, out);
	if (strcmp(out, CLIENT) != 0 &&
	    (header == NETWORK_X_FORWARDED_FOR || out[0] != '\0'))
		abort();
	free(value);
}
