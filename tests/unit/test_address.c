#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "fault.h"

static bool
allowed(const char *address, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };

	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		return (address_is_allowed((const struct sockaddr *)&in));
	assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
	return (address_is_allowed((const struct sockaddr *)&in6));
}

static void
take(const char *list, bool good)
{
	struct fault f = FAULT_INIT;

	assert_int_equal(address_allow(list, &f), good);
	if (!good)
		assert_int_equal(f.kind, FAULT_CONFIG);
}

static void
public_addresses_may_be_reached(void **state)
{
	(void)state;
	take("", true);
	assert_true(allowed("8.8.8.8", 443));
	assert_true(allowed("203.0.112.1", 443));
	assert_true(allowed("172.32.0.1", 443));
	assert_true(allowed("100.128.0.1", 443));
	assert_true(allowed("2606:4700::1111", 443));
	assert_true(allowed("2400:cb00::1", 25));
}

static void
addresses_of_our_own_networks_may_not(void **state)
{
	static const char *const own[] = { "127.0.0.1", "127.255.0.1",
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
		"172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
		"224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
		"::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
		"64:ff9b:1::1", "100::1", "fc00::1", "fd00::1", "fe80::1",
		"fec0::1", "ff02::1", "2001::1", "2001:10::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "5f00::1" };
	size_t i;

	(void)state;
	take("", true);
	for (i = 0; i < NELEMS(own); i++) {
		if (allowed(own[i], 443))
			fail_msg("%s is allowed", own[i]);
	}
	assert_true(allowed("::ffff:8.8.8.8", 443));
}

static void
what_the_operator_lists_may_be_reached_at_that_port(void **state)
{
	(void)state;
	take("127.0.0.1/32:9443, 10.1.0.0/16:443,[fd00::/8]:8443", true);
	assert_true(allowed("127.0.0.1", 9443));
	assert_true(allowed("::ffff:127.0.0.1", 9443));
	assert_false(allowed("127.0.0.1", 443));
	assert_false(allowed("127.0.0.2", 9443));
	assert_true(allowed("10.1.255.255", 443));
	assert_false(allowed("10.2.0.0", 443));
	assert_true(allowed("fd12::1", 8443));
	assert_false(allowed("fe12::1", 8443));
	take("192.168.7.7:25", true);
	assert_true(allowed("192.168.7.7", 25));
	assert_false(allowed("192.168.7.8", 25));
	take("10.0.0.0/9:1", true);
	assert_true(allowed("10.127.0.1", 1));
	assert_false(allowed("10.128.0.1", 1));
}

static void
a_list_that_cannot_be_read_is_refused(void **state)
{
	static const char *const bad[] = { "x", "127.0.0.1", "127.0.0.1/33:1",
		"127.0.0.1/32", "127.0.0.1/32:0", "127.0.0.1/32:65536",
		"127.0.0.1/-1:1", "[::1:443", "::1/129:1", "10.0.0.0/8:44x",
		"10.0.0/8:1", "10.0.0.0/8 :1,", "localhost:443" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++)
		take(bad[i], false);
	take("", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_addresses_may_be_reached),
		cmocka_unit_test(addresses_of_our_own_networks_may_not),
		cmocka_unit_test(
		    what_the_operator_lists_may_be_reached_at_that_port),
		cmocka_unit_test(a_list_that_cannot_be_read_is_refused),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
