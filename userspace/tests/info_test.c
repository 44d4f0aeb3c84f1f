// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <unistd.h>

#include "mock_kernel.h"
#include "test.h"

static int buffer;

static int setup(void **state)
{
	int ret = mock_setup(state);

	buffer = mock_open("/dev/buffer");
	return ret;
}

static int teardown(void **state)
{
	close(buffer);
	return mock_teardown(state);
}

static void fill(uint32_t nr_ranges, uint32_t nr_importers)
{
	uint32_t i;

	mock.nr_ranges = nr_ranges;
	mock.nr_importers = nr_importers;
	for (i = 0; i < MOCK_MAX_RANGES; i++) {
		mock.ranges[i].offset = i * 0x2000ULL;
		mock.ranges[i].length = 0x1000;
	}
	for (i = 0; i < MOCK_MAX_IMPORTERS; i++) {
		mock.importers[i].device.bus = (__u8)(10 + i);
		mock.importers[i].maps = i;
	}
}

static void assert_is_filled(const struct p2p_info *info)
{
	size_t i;

	for (i = 0; i < info->nr_ranges; i++) {
		assert_int_equal(info->ranges[i].offset, i * 0x2000);
		assert_int_equal(info->ranges[i].length, 0x1000);
	}
	for (i = 0; i < info->nr_importers; i++) {
		assert_int_equal(info->importers[i].address.bus, 10 + i);
		assert_int_equal(info->importers[i].maps, i);
	}
}

static void buffer_is_described(void **state)
{
	struct p2p_info *info;

	(void)state;
	mock.state = P2P_DMABUF_REVOKED;
	mock.info_flags = P2P_DMABUF_INFO_READ_ONLY;
	mock.generation = 3;
	mock.events = 5;
	info = p2p_info_get(buffer);
	assert_non_null(info);
	assert_int_equal(info->address.domain, 0x10000);
	assert_int_equal(info->address.bus, 1);
	assert_int_equal(info->bar, 2);
	assert_int_equal(info->state, P2P_STATE_REVOKED);
	assert_int_equal(info->flags, P2P_INFO_READ_ONLY);
	assert_int_equal(info->length, 0x3000);
	assert_int_equal(info->generation, 3);
	assert_int_equal(info->events, 5);
	assert_int_equal(info->id, 77);
	assert_int_equal(info->nr_ranges, 1);
	assert_int_equal(info->nr_importers, 0);
	assert_null(info->importers);
	p2p_info_free(info);
}

static void importers_are_described(void **state)
{
	struct p2p_info *info;

	(void)state;
	mock.nr_importers = 1;
	mock.importers[0] = (struct p2p_dmabuf_importer){
		.device = { .domain = 2, .bus = 3, .devfn = 4 << 3 | 5 },
		.maps = 6, .pins = 7, .flags = P2P_DMABUF_IMPORTER_KEEPS,
		.route = { .type = P2P_DMABUF_ROUTE_HOST, .distance = 8,
			   .flags = P2P_DMABUF_ROUTE_HAS_BLOCKER,
			   .blocker = { .bus = 9 } },
		.driver = "efa",
	};
	info = p2p_info_get(buffer);
	assert_non_null(info);
	assert_int_equal(info->importers[0].address.domain, 2);
	assert_int_equal(info->importers[0].address.bus, 3);
	assert_int_equal(info->importers[0].address.device, 4);
	assert_int_equal(info->importers[0].address.function, 5);
	assert_int_equal(info->importers[0].maps, 6);
	assert_int_equal(info->importers[0].pins, 7);
	assert_int_equal(info->importers[0].flags, P2P_IMPORTER_KEEPS);
	assert_int_equal(info->importers[0].route.type, P2P_ROUTE_HOST);
	assert_int_equal(info->importers[0].route.distance, 8);
	assert_int_equal(info->importers[0].route.blocker.bus, 9);
	assert_string_equal(info->importers[0].driver, "efa");
	p2p_info_free(info);
}

static void importer_that_is_not_pci_is_told(void **state)
{
	struct p2p_address none = { 0 };
	struct p2p_info *info;

	(void)state;
	mock.nr_importers = 2;
	memset(&mock.importers[0].device, 0xff, sizeof(struct p2p_dmabuf_pci));
	/* The last function of all is one. */
	mock.importers[1].device = (struct p2p_dmabuf_pci){
		.domain = 0xffffffff, .bus = 0xff, .devfn = 0xff,
	};
	info = p2p_info_get(buffer);
	assert_non_null(info);
	assert_int_equal(info->importers[0].flags, P2P_IMPORTER_NOT_PCI);
	assert_memory_equal(&info->importers[0].address, &none, sizeof(none));
	assert_int_equal(info->importers[1].flags, 0);
	assert_int_equal(info->importers[1].address.function, 7);
	p2p_info_free(info);
}

static void long_driver_name_has_an_end(void **state)
{
	struct p2p_info *info;

	(void)state;
	mock.nr_importers = 1;
	memset(mock.importers[0].driver, 'x', sizeof(mock.importers[0].driver));
	info = p2p_info_get(buffer);
	assert_non_null(info);
	assert_int_equal(strlen(info->importers[0].driver), 31);
	p2p_info_free(info);
}

static void arrays_grow_until_they_fit(void **state)
{
	struct p2p_info *info;
	uint32_t nr;

	(void)state;
	for (nr = 7; nr <= 63; nr += 7) {
		mock.nr_calls = 0;
		fill(nr, 64 - nr);
		info = p2p_info_get(buffer);
		assert_non_null(info);
		assert_int_equal(info->nr_ranges, nr);
		assert_int_equal(info->nr_importers, 64 - nr);
		assert_is_filled(info);
		assert_in_range(mock.nr_calls, 1, 2);
		p2p_info_free(info);
	}
}

/* One more with each question, five times: none of the answers is taken. */
static void importers_may_come_meanwhile(void **state)
{
	struct p2p_info *info;

	(void)state;
	fill(1, 9);
	mock.more_importers = 5;
	info = p2p_info_get(buffer);
	assert_non_null(info);
	assert_int_equal(mock.nr_calls, 1 + 1 + 5);
	assert_int_equal(info->nr_importers, 9 + 5);
	assert_is_filled(info);
	p2p_info_free(info);
}

static void only_buffers_are_described(void **state)
{
	int other = mock_open("/dev/other");

	(void)state;
	assert_null_error(p2p_info_get(-1), EBADF);
	assert_null_error(p2p_info_get(other), EINVAL);
	close(other);
	mock_remove("/dev/p2p_dmabuf");
	assert_null_error(p2p_info_get(buffer), ENOENT);
}

/* Once each, until it succeeds: as often as it needs memory. */
static void every_allocation_may_fail(void **state)
{
	struct p2p_info *info = NULL;
	unsigned int nr;

	(void)state;
	for (nr = 1; !info; nr++) {
		fill(20, 20);
		mock.fail_calloc = nr;
		mock.nr_calls = 0;
		errno = 0;
		info = p2p_info_get(buffer);
		if (!info)
			assert_int_equal(errno, ENOMEM);
	}
	/* Two arrays, twice; importers and description. */
	assert_int_equal(nr - 2, 6);
	mock.fail_calloc = 0;
	p2p_info_free(info);
}

static void nothing_can_be_freed(void **state)
{
	(void)state;
	p2p_info_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(buffer_is_described),
		TEST(importers_are_described),
		TEST(importer_that_is_not_pci_is_told),
		TEST(long_driver_name_has_an_end),
		TEST(arrays_grow_until_they_fit),
		TEST(importers_may_come_meanwhile),
		TEST(only_buffers_are_described),
		TEST(every_allocation_may_fail),
		TEST(nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
