#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "network.h"

#define PROXIES "10.0.0.5, 10.0.1.0/24\nfd00::/64"

static void
written(const char *typed, const char *canonical)
{
	struct network n, again;
	char out[NETWORK_SIZE];

	if (!network_parse(typed, &n))
		fail_msg("%s is refused", typed);
	network_print(&n, out);
	assert_string_equal(out, canonical);
	assert_true(network_parse(out, &again));
	assert_memory_equal(&n.bytes, &again.bytes, sizeof(n.bytes));
	assert_int_equal(n.bits, again.bits);
}

static void
client(const char *peer, enum network_header header, const char *value,
    const char *expected)
{
	char out[NETWORK_ADDRESS_SIZE];

	network_client(peer, header, value, PROXIES, out);
	if (strcmp(out, expected) != 0)
		fail_msg("%s, %s: \"%s\", not \"%s\"", peer,
		    value == NULL ? "(none)" : value, out, expected);
}

static void
a_network_has_one_form(void **state)
{
	(void)state;
	written("192.0.2.1", "192.0.2.1");
	written("192.0.2.1/32", "192.0.2.1");
	written("192.0.2.77/24", "192.0.2.0/24");
	written("203.0.113.255/25", "203.0.113.128/25");
	written("0.0.0.0/0", "0.0.0.0/0");
	written("2001:DB8:0::1", "2001:db8::1");
	written("2001:db8::ffff/33", "2001:db8::/33");
	written("::/0", "::/0");
	written("::ffff:192.0.2.9/120", "192.0.2.0/24");
	written("::ffff:192.0.2.9", "192.0.2.9");
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "x", "192.0.2",
		"192.0.2.1/", "192.0.2.1/33", "192.0.2.1/-1", "192.0.2.1/+8",
		"192.0.2.1/08", "192.0.2.1/8/8", "192.0.2.256", "192.0.2.01",
		"192.0.2.1 ", " 192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.*",
		"::1/129", "::ffff:192.0.2.1/95", "fe80::1%eth0", "[::1]",
		"1/8", ":::", "192.0.2.1/255.255.255.0", "example.jp",
		"2001:0db8:0000:0000:0000:0000:0000:0000:0000/128" };
	struct network n;
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++) {
		if (network_parse(bad[i], &n))
			fail_msg("\"%s\" is taken", bad[i]);
	}
}

static void
a_list_admits_what_it_holds(void **state)
{
	static const char list[] = "192.0.2.0/24\n2001:db8:1::/48,198.51.100.7";

	(void)state;
	assert_true(network_list_holds(list, "192.0.2.255"));
	assert_true(network_list_holds(list, "::ffff:192.0.2.1"));
	assert_true(network_list_holds(list, "198.51.100.7"));
	assert_true(network_list_holds(list, "2001:db8:1:2::3"));
	assert_false(network_list_holds(list, "192.0.3.0"));
	assert_false(network_list_holds(list, "198.51.100.8"));
	assert_false(network_list_holds(list, "2001:db8:2::"));
	assert_true(network_list_holds("0.0.0.0/0", "8.8.8.8"));
	assert_false(network_list_holds("0.0.0.0/0", "2001:db8::1"));
	assert_true(network_list_holds("::/0", "8.8.8.8"));
}

static void
a_rule_without_networks_admits_everybody_and_a_broken_one_nobody(void **state)
{
	(void)state;
	assert_true(network_list_admits("", "192.0.2.1"));
	assert_true(network_list_admits(" \n", "192.0.2.1"));
	assert_true(network_list_admits("", ""));
	assert_false(network_list_admits("192.0.2.0/24", ""));
	assert_false(network_list_admits("192.0.2.0/24", "x"));
	assert_false(network_list_admits("everybody", "192.0.2.1"));
	assert_false(network_list_holds("", "192.0.2.1"));
}

static void
the_first_wrong_item_of_a_list_is_named(void **state)
{
	char bad[NETWORK_SIZE];

	(void)state;
	assert_true(network_list_parse("", bad));
	assert_true(network_list_parse(PROXIES, bad));
	assert_false(network_list_parse("10.0.0.0/8,10.0.0.0/88", bad));
	assert_string_equal(bad, "10.0.0.0/88");
	assert_false(network_list_parse(
	    "10.0.0.0/8,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    bad));
}

static void
only_a_proxy_is_believed(void **state)
{
	(void)state;
	client("203.0.113.9", 0, "192.0.2.1", "203.0.113.9");
	client("203.0.113.9", 0, NULL, "203.0.113.9");
	client("::ffff:203.0.113.9", 0, "192.0.2.1", "203.0.113.9");
	client("10.0.0.5", 0, NULL, "10.0.0.5");
	client("10.0.0.5", 0, "192.0.2.1", "192.0.2.1");
	client("::ffff:10.0.0.5", 0, "192.0.2.1", "192.0.2.1");
	client("fd00::7", 0, "2001:DB8::1", "2001:db8::1");
	client("", 0, "192.0.2.1", "");
}

static void
the_right_most_that_is_no_proxy_counts(void **state)
{
	(void)state;
	client("10.0.0.5", 0, "10.9.9.9, 192.0.2.1, 10.0.1.7", "192.0.2.1");
	client("10.0.0.5", 0, "10.9.9.9,192.0.2.1", "192.0.2.1");
	client("10.0.0.5", 0, "10.0.1.8, 10.0.1.7", "10.0.1.8");
	client("10.0.0.5", 0, "junk, 192.0.2.1", "192.0.2.1");
	client("10.0.0.5", 0, "192.0.2.1:4711", "192.0.2.1");
	client("10.0.0.5", 0, "[2001:db8::1]:4711", "2001:db8::1");
	client("10.0.0.5", 0, "::ffff:192.0.2.1", "192.0.2.1");
}

/* 10.0.0.5 may be in an office's list, so it must not stand in for them. */
static void
nobody_is_known_by_an_address_that_cannot_be_read(void **state)
{
	static const char *const bad[] = { "", "junk", "192.0.2.1,",
		"192.0.2.1, junk", "junk, 10.0.1.7", ",10.0.1.7", "unknown",
		"192.0.2.1 192.0.2.2", "192.0.2.1:", "192.0.2.1:x",
		"192.0.2.1:65536", "[192.0.2.1]", "[::1", "[::1]x",
		"2001:db8::1%1", "for=192.0.2.1",
		"192.0.2.111111111111111111111111111111111111111111111111111" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++)
		client("10.0.0.5", NETWORK_X_FORWARDED_FOR, bad[i], "");
}

static void
so_many_hops_that_the_first_are_forgotten_are_read_from_the_right(void **state)
{
	char value[4096] = "192.0.2.1";
	size_t i;

	(void)state;
	for (i = 0; i < 60; i++)
		(void)snprintf(value + strlen(value),
		    sizeof(value) - strlen(value), ",10.0.1.%zu", i);
	client("10.0.0.5", 0, value, "10.0.1.28");
	(void)snprintf(value + strlen(value), sizeof(value) - strlen(value),
	    ",198.51.100.1,10.0.1.1");
	client("10.0.0.5", 0, value, "198.51.100.1");
}

static void
forwarded_is_read_as_rfc_7239_writes_it(void **state)
{
	const enum network_header h = NETWORK_FORWARDED;

	(void)state;
	client("10.0.0.5", h, "for=192.0.2.1", "192.0.2.1");
	client("10.0.0.5", h, "For=192.0.2.1;proto=https;by=10.0.0.5",
	    "192.0.2.1");
	client(
	    "10.0.0.5", h, "proto=https ; for=\"192.0.2.1:80\"", "192.0.2.1");
	client("10.0.0.5", h, "for=\"[2001:db8::1]:4711\"", "2001:db8::1");
	client("10.0.0.5", h, "for=1.1.1.1, for=192.0.2.1, for=10.0.1.3",
	    "192.0.2.1");
	client("10.0.0.5", h, "for=1.1.1.1;x=\"a,b;c\\\"\",for=192.0.2.1",
	    "192.0.2.1");
	client("203.0.113.9", h, "for=192.0.2.1", "203.0.113.9");
}

static void
a_forwarded_header_that_is_not_so_hides_nobody(void **state)
{
	static const char *const bad[] = { "", "for=unknown", "for=_hidden",
		"proto=https", "for=", "for", "=1", "for=192.0.2.1;",
		"for=192.0.2.1,", "for=10.0.1.1;for=192.0.2.1",
		"for = 192.0.2.1", "for=\"192.0.2.1", "for=\"192.0.2.1\"x",
		"for=\"x, for=192.0.2.1", "for=\"x, for=\"[2001:db8::1]\"",
		"for=10.0.1.1;x=\", for=\"[2001:db8::1]\"", "192.0.2.1",
		"for=\"\\" };
	size_t i;

	(void)state;
	for (i = 0; i < NELEMS(bad); i++)
		client("10.0.0.5", NETWORK_FORWARDED, bad[i], "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_one_form),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(a_list_admits_what_it_holds),
		cmocka_unit_test(
		    a_rule_without_networks_admits_everybody_and_a_broken_one_nobody),
		cmocka_unit_test(the_first_wrong_item_of_a_list_is_named),
		cmocka_unit_test(only_a_proxy_is_believed),
		cmocka_unit_test(the_right_most_that_is_no_proxy_counts),
		cmocka_unit_test(
		    nobody_is_known_by_an_address_that_cannot_be_read),
		cmocka_unit_test(
		    so_many_hops_that_the_first_are_forgotten_are_read_from_the_right),
		cmocka_unit_test(forwarded_is_read_as_rfc_7239_writes_it),
		cmocka_unit_test(
		    a_forwarded_header_that_is_not_so_hides_nobody),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
