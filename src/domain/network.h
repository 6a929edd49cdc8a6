#ifndef GENKAN_NETWORK_H
#define GENKAN_NETWORK_H

#include <netinet/in.h>

#include "base.h"

/*
 * Addresses and networks as people and proxies write them.  Pure functions; an
 * IPv4 address within IPv6 (::ffff:192.0.2.1) counts as the IPv4 one.
 */

#define NETWORK_ADDRESS_SIZE INET6_ADDRSTRLEN
#define NETWORK_SIZE         (INET6_ADDRSTRLEN + 4)

/* A network; one address is the network of its 128 bits. */
struct network {
	uint8_t bytes[16]; /* an IPv4 network as the IPv6 one it maps to */
	unsigned bits;     /* how many of the first count; the others are 0 */
};

/**
 * network_parse(s, network):
 * Read "192.0.2.0/24", "2001:db8::/32", or an address alone; bits beyond the
 * prefix are cleared.  False if ${s} is none of these.
 */
bool network_parse(const char *, struct network *) MUST_CHECK;

/**
 * network_print(network, out):
 * Write the one form of ${network}, which network_parse reads: the prefix is
 * left out where it is a single address.
 */
void network_print(const struct network *, char[NETWORK_SIZE]);

/**
 * network_holds(network, bytes):
 * Is the address ${bytes}, in IPv6's form, in ${network}?
 */
bool network_holds(const struct network *, const uint8_t[16]) MUST_CHECK;

/**
 * network_list_parse(list, bad):
 * Can every item of ${list} be read as a network?  If not, ${bad} is the first
 * that cannot, cut where it is too long.
 */
bool network_list_parse(const char *, char[NETWORK_SIZE]) MUST_CHECK;

/**
 * network_list_holds(list, address), network_list_admits(list, address):
 * Is ${address} in one of the networks of ${list}, which have blanks, line
 * feeds or commas between?  What cannot be read as an address is in none, and
 * what cannot be read as a network holds nothing.  A rule without networks
 * admits everybody.
 */
bool network_list_holds(const char *, const char *) MUST_CHECK;
bool network_list_admits(const char *, const char *) MUST_CHECK;

/* Which header our proxies write; the other is the client's word. */
enum network_header {
	NETWORK_X_FORWARDED_FOR, /* 192.0.2.1, 2001:db8::1 */
	NETWORK_FORWARDED,       /* RFC 7239: for=192.0.2.1;proto=https */
	NETWORK_HEADER__MAX
};

/**
 * network_client(peer, header, value, proxies, out):
 * The client of a connection from ${peer}: if that is one of ${proxies} (a
 * list as above), the right-most address in ${value} (all lines of the header,
 * joined by commas; NULL if there are none) that is not.  Where that place has
 * no address that can be read, "": nobody knows then, and "" is in no network.
 * The peer's own address would not do, for it may well be in an office's list.
 */
void network_client(const char *, enum network_header, const char *,
    const char *, char[NETWORK_ADDRESS_SIZE]);

/**
 * network_subscriber(address, out):
 * Whom ${address} counts as: who has one IPv6 address has 2^64 of them, so
 * there it is the first 64 bits.
 */
void network_subscriber(const char *, char[NETWORK_ADDRESS_SIZE]);

#endif /* !GENKAN_NETWORK_H */
