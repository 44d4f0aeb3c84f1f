// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <unistd.h>

#include "mock_kernel.h"
#include "test.h"

static const struct p2p_address exporter = { 0x10000, 0xe1, 0x1f, 7 };
static const struct p2p_address importer = { 0, 2, 3, 1 };
static const struct p2p_address wrong = { .function = 8 };

static void addresses_reach_the_kernel(void **state)
{
	struct p2p_route route;

	(void)state;
	assert_int_equal(p2p_route_query(&exporter, &importer, &route), 0);
	assert_int_equal(mock.asked.flags, 0);
	assert_int_equal(mock.asked.exporter.domain, 0x10000);
	assert_int_equal(mock.asked.exporter.bus, 0xe1);
	assert_int_equal(mock.asked.exporter.devfn, 0xff);
	assert_int_equal(mock.asked.importer.domain, 0);
	assert_int_equal(mock.asked.importer.bus, 2);
	assert_int_equal(mock.asked.importer.devfn, 3 << 3 | 1);
}

static void routes_come_through(void **state)
{
	struct p2p_route route;

	(void)state;
	mock.route = (struct p2p_dmabuf_route_info){
		.type = P2P_DMABUF_ROUTE_HOST,
		.reason = P2P_DMABUF_REASON_HOST_LISTED,
		.distance = 5,
		.flags = P2P_DMABUF_ROUTE_TRANSLATED |
			 P2P_DMABUF_ROUTE_HAS_BLOCKER |
			 P2P_DMABUF_ROUTE_REDIRECTED,
		.blocker = { .domain = 0x20000, .bus = 4, .devfn = 0x2a },
	};
	assert_int_equal(p2p_route_query(&exporter, &importer, &route), 0);
	assert_int_equal(route.type, P2P_ROUTE_HOST);
	assert_int_equal(route.reason, P2P_REASON_HOST_LISTED);
	assert_int_equal(route.distance, 5);
	assert_int_equal(route.flags, P2P_ROUTE_TRANSLATED |
			 P2P_ROUTE_HAS_BLOCKER | P2P_ROUTE_REDIRECTED);
	assert_int_equal(route.blocker.domain, 0x20000);
	assert_int_equal(route.blocker.bus, 4);
	assert_int_equal(route.blocker.device, 5);
	assert_int_equal(route.blocker.function, 2);
}

static void what_the_library_does_not_know_comes_through(void **state)
{
	struct p2p_route route;

	(void)state;
	mock.route = (struct p2p_dmabuf_route_info){
		.type = 9, .reason = 99, .flags = 1U << 31,
		.blocker = { .bus = 7 },
	};
	assert_int_equal(p2p_route_query(&exporter, &importer, &route), 0);
	assert_int_equal(route.type, 9);
	assert_int_equal(route.reason, 99);
	assert_int_equal(route.flags, 1U << 31);
	/* Without the flag it means nothing. */
	assert_int_equal(route.blocker.bus, 0);
}

static void buffers_are_exporters(void **state)
{
	int fd = mock_open("/dev/buffer"), other = mock_open("/dev/other");
	struct p2p_route route;

	(void)state;
	mock.route.type = P2P_DMABUF_ROUTE_BUS;
	assert_int_equal(p2p_route_query_buffer(fd, &importer, &route), 0);
	assert_int_equal(mock.asked.flags, P2P_DMABUF_ROUTE_OF_FD);
	assert_int_equal(mock.asked.fd, fd);
	assert_int_equal(route.type, P2P_ROUTE_BUS);
	assert_error(p2p_route_query_buffer(-1, &importer, &route), EBADF);
	assert_error(p2p_route_query_buffer(other, &importer, &route), EINVAL);
	close(fd);
	close(other);
}

static void wrong_questions_are_refused(void **state)
{
	struct p2p_route route;

	(void)state;
	assert_error(p2p_route_query(NULL, &importer, &route), EINVAL);
	assert_error(p2p_route_query(&exporter, NULL, &route), EINVAL);
	assert_error(p2p_route_query(&exporter, &importer, NULL), EINVAL);
	assert_error(p2p_route_query(&wrong, &importer, &route), EINVAL);
	assert_error(p2p_route_query(&exporter, &wrong, &route), EINVAL);
	assert_error(p2p_route_query_buffer(0, &wrong, &route), EINVAL);
	assert_error(p2p_route_query_buffer(0, NULL, &route), EINVAL);
	assert_error(p2p_route_query_buffer(0, &importer, NULL), EINVAL);
	assert_int_equal(mock.nr_calls, 0);
}

static void missing_functions_and_modules_are_told(void **state)
{
	struct p2p_address nowhere = { .bus = 0xff };
	struct p2p_route route;

	(void)state;
	assert_error(p2p_route_query(&exporter, &nowhere, &route), ENODEV);
	mock_remove("/dev/p2p_dmabuf");
	assert_error(p2p_route_query(&exporter, &importer, &route), ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mock_setup, \
						   mock_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(addresses_reach_the_kernel),
		TEST(routes_come_through),
		TEST(what_the_library_does_not_know_comes_through),
		TEST(buffers_are_exporters),
		TEST(wrong_questions_are_refused),
		TEST(missing_functions_and_modules_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
