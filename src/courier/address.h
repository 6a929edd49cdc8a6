#ifndef GENKAN_ADDRESS_H
#define GENKAN_ADDRESS_H

#include <sys/socket.h>

#include "base.h"

/*
 * Where courier may connect to: any public address, and the private ones that
 * the operator lists in GENKAN_OUTGOING_ALLOW.  Tenants choose webhook
 * addresses, and none may reach into our own network with them.
 */

/* Opaque types. */
struct fault;

/**
 * address_allow(list, f):
 * Take ${list}, "CIDR:port" with commas between ("10.1.0.0/16:443,
 * [fd00::/8]:443"), as what is allowed besides public addresses.
 * FAULT_CONFIG if it cannot be read.
 */
bool address_allow(const char *, struct fault *) MUST_CHECK;

/**
 * address_is_allowed(address):
 * May we connect to ${address}, with its port?  What is not globally reachable
 * by the IANA special-purpose registries (RFC 6890 and its updates) is not,
 * unless listed; an IPv4 address within IPv6 counts as what it stands for.
 */
bool address_is_allowed(const struct sockaddr *) MUST_CHECK;

#endif /* !GENKAN_ADDRESS_H */
