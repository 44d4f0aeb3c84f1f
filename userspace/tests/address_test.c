// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "test.h"

static void assert_parses(const char *text, uint32_t domain, uint8_t bus,
			  uint8_t device, uint8_t function)
{
	struct p2p_address address;

	memset(&address, 0xff, sizeof(address));
	assert_int_equal(p2p_address_parse(text, &address), 0);
	assert_int_equal(address.domain, domain);
	assert_int_equal(address.bus, bus);
	assert_int_equal(address.device, device);
	assert_int_equal(address.function, function);
}

static void addresses_are_read(void **state)
{
	(void)state;
	assert_parses("0000:01:00.0", 0, 1, 0, 0);
	assert_parses("abcd:Ef:1f.7", 0xabcd, 0xef, 0x1f, 7);
	assert_parses("1:2:3.4", 1, 2, 3, 4);
}

static void domains_may_be_long_or_missing(void **state)
{
	(void)state;
	assert_parses("10000:e1:00.0", 0x10000, 0xe1, 0, 0);
	assert_parses("ffffffff:ff:1f.7", 0xffffffff, 0xff, 0x1f, 7);
	assert_parses("3a:00.1", 0, 0x3a, 0, 1);
}

static void other_texts_are_refused(void **state)
{
	static const char * const texts[] = {
		"", ":", "::", ".", "0000", "0000:01", "0000:01:00", "01:00",
		"0000:01:00.", "0000:01:00.8", "0000:01:20.0", "0000:01:00.00",
		"0000:001:00.0", "0000:01:000.0", "000000000:01:00.0",
		":01:00.0", "0000::00.0", "0000:01:.0", "0000:01:00.0 ",
		" 0000:01:00.0", "0000:01:00.0\n", "0x00:01:00.0",
		"+000:01:00.0", "-1:01:00.0", "0000:01:00:0", "0000.01:00.0",
		"0000:01.00.0", "g000:01:00.0", "0000:01:00.g", "0:0:0:0.0",
	};
	struct p2p_address address;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_error(p2p_address_parse(texts[i], &address), EINVAL);
	assert_error(p2p_address_parse(NULL, &address), EINVAL);
	assert_error(p2p_address_parse("01:00.0", NULL), EINVAL);
}

static void addresses_are_written_as_in_sysfs(void **state)
{
	struct p2p_address address = { 0, 1, 0x1a, 3 };
	char text[P2P_ADDRESS_SIZE];

	(void)state;
	assert_ptr_equal(p2p_address_format(&address, text, sizeof(text)), text);
	assert_string_equal(text, "0000:01:1a.3");
	address.domain = 0x10000;
	assert_non_null(p2p_address_format(&address, text, sizeof(text)));
	assert_string_equal(text, "10000:01:1a.3");
}

static void what_is_written_is_read_back(void **state)
{
	uint32_t domains[] = { 0, 1, 0xffff, 0x10000, 0xffffffff };
	struct p2p_address address, back;
	char text[P2P_ADDRESS_SIZE];
	unsigned int domain, devfn;

	(void)state;
	for (domain = 0; domain < 5; domain++) {
		for (devfn = 0; devfn < 256; devfn++) {
			memset(&address, 0, sizeof(address));
			address.domain = domains[domain];
			address.bus = (uint8_t)(255 - devfn);
			address.device = (uint8_t)(devfn >> 3);
			address.function = devfn & 7;
			assert_non_null(p2p_address_format(&address, text,
							   sizeof(text)));
			memset(&back, 0, sizeof(back));
			assert_int_equal(p2p_address_parse(text, &back), 0);
			assert_memory_equal(&address, &back, sizeof(back));
		}
	}
}

static void room_is_enough_or_nothing_is_written(void **state)
{
	struct p2p_address address = { 0xffffffff, 0xff, 0x1f, 7 };
	char text[P2P_ADDRESS_SIZE] = "x";

	(void)state;
	assert_null_error(p2p_address_format(&address, text, sizeof(text) - 1),
			  ENOSPC);
	assert_null_error(p2p_address_format(&address, text, 0), ENOSPC);
	assert_string_equal(text, "x");
	assert_non_null(p2p_address_format(&address, text, sizeof(text)));
	assert_string_equal(text, "ffffffff:ff:1f.7");
}

static void impossible_functions_are_refused(void **state)
{
	struct p2p_address device = { 0, 0, 32, 0 }, function = { 0, 0, 0, 8 };
	char text[P2P_ADDRESS_SIZE];

	(void)state;
	assert_null_error(p2p_address_format(&device, text, 17), EINVAL);
	assert_null_error(p2p_address_format(&function, text, 17), EINVAL);
	assert_null_error(p2p_address_format(NULL, text, 17), EINVAL);
	function.function = 0;
	assert_null_error(p2p_address_format(&function, NULL, 17), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(domains_may_be_long_or_missing),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(addresses_are_written_as_in_sysfs),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(room_is_enough_or_nothing_is_written),
		cmocka_unit_test(impossible_functions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
