#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#include "network.h"

#include "address.h"

#define ALLOW_MAX 64

static struct {
	struct network network;
	in_port_t port; /* host order */
} allowed[ALLOW_MAX];
static size_t nallowed;

/* IANA IPv4 Special-Purpose Address Registry, multicast and reserved. */
static const struct {
	uint32_t address;
	unsigned bits;
} special4[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private use */
	{ 0x64400000, 10 }, /* shared address space */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa9fe0000, 16 }, /* link local, cloud metadata */
	{ 0xac100000, 12 }, /* private use */
	{ 0xc0000000, 24 }, /* IETF protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0586300, 24 }, /* 6to4 relay anycast */
	{ 0xc0a80000, 16 }, /* private use */
	{ 0xc6120000, 15 }, /* benchmarking */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 4 },  /* multicast */
	{ 0xf0000000, 4 },  /* reserved, broadcast */
};

/* Within 2000::/3, the only global unicast block; all else is special. */
static const struct {
	uint8_t address[4];
	unsigned bits;
} special6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* IETF: Teredo, ORCHID, ... */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 }, /* 6to4: hides an IPv4 address */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 }, /* documentation */
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool parse(char *, struct network *, in_port_t *);
static bool is_public(const uint8_t[16]);

bool
address_allow(const char *list, struct fault *f)
{
	char *copy = strdup(list), *rest = copy, *item;

	nallowed = 0;
	if (copy == NULL)
		return (fault_set(f, FAULT_MEMORY, "GENKAN_OUTGOING_ALLOW"));
	while ((item = strsep(&rest, ",")) != NULL) {
		item += strspn(item, " ");
		item[strcspn(item, " ")] = '\0';
		if (item[0] == '\0')
			continue;
		if (nallowed == ALLOW_MAX ||
		    !parse(item, &allowed[nallowed].network,
			&allowed[nallowed].port)) {
			free(copy);
			return (fault_set(f, FAULT_CONFIG,
			    "GENKAN_OUTGOING_ALLOW: a list of at most %d "
			    "CIDR:port, for example 10.1.0.0/16:443,"
			    "[fd00::/8]:443",
			    ALLOW_MAX));
		}
		nallowed++;
	}
	free(copy);
	return (true);
}

bool
address_is_allowed(const struct sockaddr *sa)
{
	uint8_t bytes[16];
	in_port_t port;
	size_t i;

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		memcpy(bytes, mapped, sizeof(mapped));
		memcpy(bytes + 12, &in.sin_addr, 4);
		port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(bytes, &in6.sin6_addr, 16);
		port = ntohs(in6.sin6_port);
	} else {
		return (false);
	}
	for (i = 0; i < nallowed; i++) {
		if (port == allowed[i].port &&
		    network_holds(&allowed[i].network, bytes))
			return (true);
	}
	return (is_public(bytes));
}

/* "10.0.0.0/8:443", "[fd00::/8]:443"; without "/" it is one address. */
static bool
parse(char *item, struct network *n, in_port_t *port)
{
	char *colon = strrchr(item, ':'), *bracket, *end;
	unsigned long value;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return (false);
	value = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || value == 0 || value > 65535)
		return (false);
	*port = (in_port_t)value;
	*colon = '\0';
	if (item[0] == '[') {
		/* "[fd00::/8]", or "[::1]" for one address. */
		if ((bracket = strchr(++item, ']')) == NULL ||
		    bracket[1] != '\0')
			return (false);
		*bracket = '\0';
	}
	return (network_parse(item, n));
}

static bool
is_public(const uint8_t bytes[16])
{
	struct network special = { .bits = 0 };
	uint32_t v4;
	size_t i;

	if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		v4 = (uint32_t)bytes[12] << 24 | (uint32_t)bytes[13] << 16 |
		    (uint32_t)bytes[14] << 8 | bytes[15];
		for (i = 0; i < NELEMS(special4); i++) {
			if ((v4 ^ special4[i].address) >>
				(32 - special4[i].bits) ==
			    0)
				return (false);
		}
		return (true);
	}
	if ((bytes[0] & 0xe0) != 0x20)
		return (false);
	for (i = 0; i < NELEMS(special6); i++) {
		memcpy(special.bytes, special6[i].address,
		    sizeof(special6[i].address));
		special.bits = special6[i].bits;
		if (network_holds(&special, bytes))
			return (false);
	}
	return (true);
}
