#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#include "network.h"

#define SEPARATORS " \t\r\n,"
#define BLANKS     " \t"
#define HOPS_MAX   32 /* the last ones count */
#define NODE_MAX   64 /* "[", address, "]:", port */

/* The addresses of a header from left to right; "" where none can be read. */
struct hops {
	char address[HOPS_MAX][NETWORK_ADDRESS_SIZE];
	size_t n; /* of all that were seen */
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool next_item(const char **, char[NETWORK_SIZE]);
static bool read_address(const char *, uint8_t[16], bool *);
static bool number(const char *, unsigned, unsigned *);
static void read_list(const char *, struct hops *);
static void read_forwarded(const char *, struct hops *);
static const char *read_pair(const char *, char[NODE_MAX], bool *);
static const char *read_value(const char *, char[NODE_MAX]);
static void add(struct hops *, char *);
static bool node_address(char *, char[NETWORK_ADDRESS_SIZE]);

bool
network_parse(const char *s, struct network *network)
{
	char text[NETWORK_SIZE];
	unsigned bits = 0, i;
	bool v4;
	char *slash;

	if (strlen(s) >= sizeof(text))
		return (false);
	(void)snprintf(text, sizeof(text), "%s", s);
	if ((slash = strchr(text, '/')) != NULL)
		*slash++ = '\0';
	if (!read_address(text, network->bytes, &v4))
		return (false);
	if (slash == NULL)
		bits = 128;
	else if (!number(slash, strchr(text, ':') == NULL ? 32 : 128, &bits))
		return (false);
	else if (strchr(text, ':') == NULL)
		bits += 96;
	else if (v4 && bits < 96)
		return (false); /* neither of one family nor of the other */

	network->bits = bits;
	for (i = bits; i < 128; i++)
		network->bytes[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
	return (true);
}

void
network_print(const struct network *network, char out[NETWORK_SIZE])
{
	const bool v4 = network->bits >= 96 &&
	    memcmp(network->bytes, mapped, sizeof(mapped)) == 0;
	const unsigned bits = v4 ? network->bits - 96 : network->bits;
	size_t len;

	(void)inet_ntop(v4 ? AF_INET : AF_INET6,
	    network->bytes + (v4 ? sizeof(mapped) : 0), out, NETWORK_SIZE);
	len = strlen(out);
	if (network->bits < 128)
		(void)snprintf(out + len, NETWORK_SIZE - len, "/%u", bits);
}

bool
network_holds(const struct network *network, const uint8_t bytes[16])
{
	const unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->bytes, bytes, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((network->bytes[whole] ^ bytes[whole]) &
		(uint8_t)(0xff00 >> rest)) == 0);
}

bool
network_list_parse(const char *list, char bad[NETWORK_SIZE])
{
	struct network network;

	while (next_item(&list, bad)) {
		if (!network_parse(bad, &network))
			return (false);
	}
	return (true);
}

bool
network_list_holds(const char *list, const char *address)
{
	struct network network;
	char text[NETWORK_SIZE];
	uint8_t bytes[16];
	bool v4;

	if (!read_address(address, bytes, &v4))
		return (false);
	while (next_item(&list, text)) {
		if (network_parse(text, &network) &&
		    network_holds(&network, bytes))
			return (true);
	}
	return (false);
}

bool
network_list_admits(const char *list, const char *address)
{
	return (list[strspn(list, SEPARATORS)] == '\0' ||
	    network_list_holds(list, address));
}

void
network_client(const char *peer, enum network_header header, const char *value,
    const char *proxies, char out[NETWORK_ADDRESS_SIZE])
{
	struct hops hops = { .n = 0 };
	const char *hop = peer;
	char node[NODE_MAX];
	size_t i;

	if (value != NULL && network_list_holds(proxies, peer))
		(header == NETWORK_FORWARDED ? read_forwarded : read_list)(
		    value, &hops);
	for (i = 0; i < hops.n && i < HOPS_MAX; i++) {
		hop = hops.address[(hops.n - 1 - i) % HOPS_MAX];
		if (!network_list_holds(proxies, hop))
			break;
	}
	(void)snprintf(node, sizeof(node), "%s", hop);
	if (!node_address(node, out))
		out[0] = '\0';
}

void
network_subscriber(const char *address, char out[NETWORK_ADDRESS_SIZE])
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, address, &a) == 1) {
		memset(a.s6_addr + 8, 0, 8);
		if (inet_ntop(AF_INET6, &a, out, NETWORK_ADDRESS_SIZE) != NULL)
			return;
	}
	(void)snprintf(out, NETWORK_ADDRESS_SIZE, "%s", address);
}

/* The next of a list, cut where it is too long to be a network. */
static bool
next_item(const char **list, char item[NETWORK_SIZE])
{
	const char *start = *list + strspn(*list, SEPARATORS);
	const size_t len = strcspn(start, SEPARATORS);

	(void)snprintf(item, NETWORK_SIZE, "%.*s", (int)len, start);
	*list = start + len;
	return (len > 0);
}

static bool
read_address(const char *s, uint8_t bytes[16], bool *v4)
{
	if (inet_pton(AF_INET, s, bytes + sizeof(mapped)) == 1)
		memcpy(bytes, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, s, bytes) != 1)
		return (false);
	*v4 = memcmp(bytes, mapped, sizeof(mapped)) == 0;
	return (true);
}

static bool
number(const char *s, unsigned max, unsigned *out)
{
	const size_t len = strspn(s, "0123456789");

	if (len == 0 || len > 5 || s[len] != '\0' || (len > 1 && s[0] == '0'))
		return (false);
	*out = (unsigned)strtoul(s, NULL, 10);
	return (*out <= max);
}

/* X-Forwarded-For: addresses with commas between. */
static void
read_list(const char *s, struct hops *hops)
{
	char node[NODE_MAX];
	size_t len;

	for (;;) {
		len = strcspn(s, ",");
		(void)snprintf(node, sizeof(node), "%.*s",
		    len < sizeof(node) ? (int)len : 0, s);
		add(hops, node);
		if (s[len] == '\0')
			return;
		s += len + 1;
	}
}

/*
 * Forwarded: elements with commas between, each of pairs with semicolons
 * between.  Of what is not exactly so, the rest is one hop that nobody can
 * read: a quote left open by the client must not hide what a proxy added.
 */
static void
read_forwarded(const char *s, struct hops *hops)
{
	char node[NODE_MAX] = "";
	bool seen = false;

	while ((s = read_pair(s, node, &seen)) != NULL) {
		if (*s == ';') {
			s++;
			continue;
		}
		add(hops, node);
		if (*s == '\0')
			return;
		s++;
		node[0] = '\0';
		seen = false;
	}
	node[0] = '\0';
	add(hops, node);
}

/* One pair; returns its ",", ";" or end, NULL if it is none.  "for" twice in
 * an element is none. */
static const char *
read_pair(const char *s, char node[NODE_MAX], bool *seen)
{
	char value[NODE_MAX];
	bool is_for;
	size_t len;

	s += strspn(s, BLANKS);
	len = strcspn(s, "=,;\" \t");
	is_for = len == 3 && strncasecmp(s, "for", 3) == 0;
	if (len == 0 || s[len] != '=' || (is_for && *seen) ||
	    (s = read_value(s + len + 1, value)) == NULL)
		return (NULL);
	s += strspn(s, BLANKS);
	if (*s != ',' && *s != ';' && *s != '\0')
		return (NULL);
	if (is_for) {
		*seen = true;
		memcpy(node, value, NODE_MAX);
	}
	return (s);
}

/* A token or a quoted string; one too long to be an address reads as "". */
static const char *
read_value(const char *s, char value[NODE_MAX])
{
	const bool quoted = *s == '"';
	size_t n = 0;

	for (s += quoted; quoted ? *s != '"' : strchr(",;\" \t", *s) == NULL;
	     s++) {
		if (*s == '\\' && quoted)
			s++;
		if (*s == '\0')
			return (NULL);
		if (n < NODE_MAX)
			value[n++] = *s;
	}
	value[n < NODE_MAX ? n : 0] = '\0';
	return (s + quoted);
}

static void
add(struct hops *hops, char *node)
{
	char *out = hops->address[hops->n++ % HOPS_MAX];

	if (!node_address(node, out))
		out[0] = '\0';
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80". */
static bool
node_address(char *node, char out[NETWORK_ADDRESS_SIZE])
{
	struct network network = { .bits = 128 };
	char text[NETWORK_SIZE];
	unsigned port;
	char *end;
	bool v4;

	node = text_trim(node);
	if (node[0] == '[') {
		if ((end = strchr(++node, ']')) == NULL)
			return (false);
		*end++ = '\0';
		if (strchr(node, ':') == NULL ||
		    (*end != '\0' &&
			(*end != ':' || !number(end + 1, 65535, &port))))
			return (false);
	} else if ((end = strchr(node, ':')) != NULL &&
	    strchr(end + 1, ':') == NULL) {
		*end++ = '\0';
		if (!number(end, 65535, &port))
			return (false);
	}
	if (!read_address(node, network.bytes, &v4))
		return (false);
	network_print(&network, text);
	text_copy(out, NETWORK_ADDRESS_SIZE, text);
	return (true);
}
