// SPDX-License-Identifier: GPL-2.0-only
/*
 * P2P_DMABUF_INFO and P2P_DMABUF_ROUTE, and what all calls of /dev/p2p_dmabuf
 * have in common.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

static const struct vfio_region_dma_range ranges[] = {
	{ PAGE, PAGE }, { 0, PAGE }, { PAGE, PAGE },
};

#define RANGES ARRAY_SIZE(ranges)

FIXTURE(info)
{
	struct vfio_dev dev;
	int dmabuf;
	struct p2p_dmabuf_range seen[RANGES + 1];
	struct p2p_dmabuf_importer importers[3];
	struct p2p_dmabuf_info ask;
};

FIXTURE_SETUP(info)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges,
					  RANGES);
	ASSERT_LE(0, self->dmabuf);
	self->ask = (struct p2p_dmabuf_info){
		.size = sizeof(self->ask),
		.fd = self->dmabuf,
		.nr_ranges = RANGES + 1,
		.ranges = (uintptr_t)self->seen,
		.nr_importers = 3,
		.importers = (uintptr_t)self->importers,
	};
}

FIXTURE_TEARDOWN(info)
{
	close(self->dmabuf);
	/* While it has an owner: no call holds it. */
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	vfio_close(&self->dev);
}

static int ask(FIXTURE_DATA(info) *self)
{
	return control_call(P2P_DMABUF_INFO, &self->ask);
}

static bool same_address(struct p2p_dmabuf_pci address, const char *bdf)
{
	struct p2p_dmabuf_pci wanted = control_address(bdf);

	return !memcmp(&address, &wanted, sizeof(wanted));
}

TEST_F(info, describes_the_buffer)
{
	ASSERT_EQ(0, ask(self));
	EXPECT_TRUE(same_address(self->ask.device, guest_exporter()));
	EXPECT_EQ(guest_bar(), self->ask.bar);
	EXPECT_EQ(P2P_DMABUF_LIVE, self->ask.state);
	EXPECT_EQ(0, self->ask.flags);
	EXPECT_EQ(RANGES * PAGE, self->ask.length);
	EXPECT_EQ(0, self->ask.generation);
	EXPECT_EQ(guest_ino(self->dmabuf), self->ask.id);
	EXPECT_EQ(RANGES, self->ask.nr_ranges);
	EXPECT_EQ(0, memcmp(ranges, self->seen, sizeof(ranges)));
	EXPECT_EQ(0, self->seen[RANGES].length);
	EXPECT_EQ(0, self->ask.nr_importers);
}

TEST_F(info, gives_as_much_as_there_is_room_for)
{
	self->ask.nr_ranges = 1;
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(RANGES, self->ask.nr_ranges);
	EXPECT_EQ(PAGE, self->seen[0].length);
	EXPECT_EQ(0, self->seen[1].length);
	self->ask.flags = 0;
	self->ask.nr_ranges = 0;
	self->ask.ranges = 0;
	self->ask.nr_importers = 0;
	self->ask.importers = 0;
	EXPECT_EQ(0, ask(self));
}

TEST_F(info, follows_the_state)
{
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(P2P_DMABUF_REVOKED, self->ask.state);
	EXPECT_EQ(1, self->ask.generation);
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(P2P_DMABUF_LIVE, self->ask.state);
	vfio_close(&self->dev);
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(P2P_DMABUF_RETIRED, self->ask.state);
	EXPECT_EQ(2, self->ask.generation);
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

TEST_F(info, names_the_importers)
{
	int importer = importer_open(guest_importer());
	struct p2p_dmabuf_importer *seen = self->importers;
	struct p2p_dmabuf_route_info route;
	int one, two;

	one = importer_attach_map(importer, self->dmabuf, &importer_good);
	if (one == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, one);
	two = importer_attach(importer, self->dmabuf, &importer_good);
	ASSERT_LE(0, two);
	self->ask.nr_importers = 1;
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(2, self->ask.nr_importers);
	EXPECT_TRUE(same_address(seen[0].device, guest_importer()));
	EXPECT_STREQ("p2p-test-importer", seen[0].driver);
	EXPECT_EQ(1, seen[0].maps);
	EXPECT_EQ(0, seen[0].flags);
	EXPECT_EQ(0, seen[1].route.distance);

	self->ask.flags = 0;
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(0, seen[1].maps);
	ASSERT_EQ(0, control_route(guest_exporter(), guest_importer(), &route));
	EXPECT_EQ(0, memcmp(&route, &seen[1].route, sizeof(route)));
	close(importer);
}

TEST_F(info, who_keeps_is_told_apart)
{
	struct importer_manner keeper = importer_keeper();
	int importer = importer_open(guest_importer()), handle;

	handle = importer_attach_map(importer, self->dmabuf, &keeper);
	if (handle == -EOPNOTSUPP)
		SKIP(return, "no IOMMU translates, so none is let in");
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, ask(self));
	EXPECT_EQ(P2P_DMABUF_IMPORTER_KEEPS, self->importers[0].flags);
	EXPECT_EQ(1, self->importers[0].maps);
	EXPECT_LT(0, self->importers[0].pins);
	close(importer);
}

TEST_F(info, bad_requests_are_refused)
{
	self->ask.fd = -1;
	EXPECT_EQ(-EBADF, ask(self));
	self->ask.fd = open("/dev/null", O_RDONLY);
	EXPECT_EQ(-EINVAL, ask(self));
	close(self->ask.fd);
	self->ask.fd = self->dev.device;
	EXPECT_EQ(-EINVAL, ask(self));
	self->ask.fd = self->dmabuf;
	self->ask.flags = 1;
	EXPECT_EQ(-EINVAL, ask(self));
	self->ask.flags = 0;
	self->ask.reserved = 1;
	EXPECT_EQ(-EINVAL, ask(self));
	self->ask.reserved = 0;
	self->ask.ranges = 8;
	EXPECT_EQ(-EFAULT, ask(self));
}

TEST_F(info, importers_with_no_place_to_go)
{
	int importer = importer_open(guest_importer());

	if (importer_attach(importer, self->dmabuf, &importer_good) < 0)
		SKIP(return, "no importer may attach here");
	self->ask.importers = 8;
	EXPECT_EQ(-EFAULT, ask(self));
	self->ask.importers = (uintptr_t)self->importers;
	/* More room than anybody has: what is there fits. */
	self->ask.nr_importers = UINT32_MAX;
	EXPECT_EQ(0, ask(self));
	EXPECT_EQ(1, self->ask.nr_importers);
	close(importer);
}

/* --- routes ---------------------------------------------------------------- */

static const struct {
	const char *topology;
	uint32_t type;
	uint32_t reason;
	uint32_t flags;
} routes[] = {
	{ "switch", P2P_DMABUF_ROUTE_BUS, P2P_DMABUF_REASON_COMMON_BRIDGE, 0 },
	{ "root", P2P_DMABUF_ROUTE_HOST, P2P_DMABUF_REASON_HOST_CPU,
	  P2P_DMABUF_ROUTE_TRANSLATED },
	{ "root-pt", P2P_DMABUF_ROUTE_HOST, P2P_DMABUF_REASON_HOST_CPU, 0 },
	{ "sibling", P2P_DMABUF_ROUTE_HOST, P2P_DMABUF_REASON_HOST_CPU,
	  P2P_DMABUF_ROUTE_TRANSLATED },
	{ "lazy", P2P_DMABUF_ROUTE_HOST, P2P_DMABUF_REASON_HOST_CPU,
	  P2P_DMABUF_ROUTE_TRANSLATED },
	{ "none", P2P_DMABUF_ROUTE_NONE, P2P_DMABUF_REASON_HOST_UNLISTED,
	  P2P_DMABUF_ROUTE_HAS_BLOCKER },
	{ "msix", P2P_DMABUF_ROUTE_HOST, P2P_DMABUF_REASON_HOST_CPU,
	  P2P_DMABUF_ROUTE_TRANSLATED },
};

TEST(route_is_the_one_the_topology_demands)
{
	struct p2p_dmabuf_route_info route;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(routes); i++) {
		if (guest_is(routes[i].topology))
			break;
	}
	ASSERT_GT(ARRAY_SIZE(routes), i) TH_LOG("unknown topology");
	ASSERT_EQ(0, control_route(guest_exporter(), guest_importer(), &route));
	EXPECT_EQ(routes[i].type, route.type);
	EXPECT_EQ(routes[i].reason, route.reason);
	EXPECT_EQ(routes[i].flags, route.flags);
	EXPECT_EQ(4, route.distance);
	if (guest_is("none"))
		EXPECT_TRUE(same_address(route.blocker, "0000:00:00.0"));
}

/* The node gives nothing away, so nobody may write to it and all may ask. */
static int as_nobody(void)
{
	struct p2p_dmabuf_route_info route;

	if (setgid(65534) || setuid(65534))
		return 2;
	if (open(CONTROL_NODE, O_RDWR) >= 0 || errno != EACCES)
		return 3;
	return control_route(guest_exporter(), guest_importer(), &route) ? 4 : 0;
}

TEST(route_is_told_to_anybody)
{
	struct stat node;
	int status = -1;
	pid_t child;

	ASSERT_EQ(0, stat(CONTROL_NODE, &node));
	EXPECT_EQ(S_IFCHR | 0444, node.st_mode);
	child = fork();
	if (!child)
		_exit(as_nobody());
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status) TH_LOG("status %d", WEXITSTATUS(status));
}

TEST(route_to_itself)
{
	struct p2p_dmabuf_route_info route;

	ASSERT_EQ(0, control_route(guest_exporter(), guest_exporter(), &route));
	EXPECT_EQ(P2P_DMABUF_ROUTE_BUS, route.type);
	EXPECT_EQ(P2P_DMABUF_REASON_SAME_FUNCTION, route.reason);
	EXPECT_EQ(0, route.distance);
}

/* From the port above it: requests of the exporter's side would turn there. */
TEST(route_past_a_port_that_redirects)
{
	struct p2p_dmabuf_route_info route;

	if (guest_is("switch"))
		SKIP(return, "the switch's ports have no ACS");
	ASSERT_EQ(0, control_route(guest_exporter(), guest_exporter_port(),
				   &route));
	EXPECT_EQ(P2P_DMABUF_ROUTE_REDIRECTED | P2P_DMABUF_ROUTE_HAS_BLOCKER,
		  route.flags & ~P2P_DMABUF_ROUTE_TRANSLATED);
	EXPECT_TRUE(same_address(route.blocker, guest_exporter_port()));
}

TEST(route_needs_two_functions)
{
	struct p2p_dmabuf_route_info route;
	struct p2p_dmabuf_route ask = { .size = sizeof(ask) };

	EXPECT_EQ(-ENODEV, control_route("0000:ff:1f.7", guest_importer(),
					 &route));
	EXPECT_EQ(-ENODEV, control_route(guest_exporter(), "0000:ff:1f.7",
					 &route));
	EXPECT_EQ(-ENODEV, control_route("ffffffff:00:00.0", guest_importer(),
					 &route));
	EXPECT_EQ(-ENODEV, control_route("10000:00:00.0", guest_importer(),
					 &route));
	ask.exporter = control_address(guest_exporter());
	ask.importer = control_address(guest_importer());
	ask.importer.reserved = 1;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_ROUTE, &ask));
	ask.importer.reserved = 0;
	ask.reserved = 1;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_ROUTE, &ask));
	ask.reserved = 0;
	ask.fd = 1;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_ROUTE, &ask));
	ask.fd = 0;
	ask.flags = P2P_DMABUF_ROUTE_OF_FD << 1;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_ROUTE, &ask));
}

TEST_F(info, route_of_a_buffer_is_that_of_its_device)
{
	struct p2p_dmabuf_route_info route;
	struct p2p_dmabuf_route ask = {
		.size = sizeof(ask), .flags = P2P_DMABUF_ROUTE_OF_FD,
		.fd = self->dmabuf, .importer = control_address(guest_importer()),
	};

	ASSERT_EQ(0, control_call(P2P_DMABUF_ROUTE, &ask));
	ASSERT_EQ(0, control_route(guest_exporter(), guest_importer(), &route));
	EXPECT_EQ(0, memcmp(&route, &ask.route, sizeof(route)));
	ask.exporter.bus = 1;
	EXPECT_EQ(-EINVAL, control_call(P2P_DMABUF_ROUTE, &ask));
	ask.exporter.bus = 0;
	ask.fd = -1;
	EXPECT_EQ(-EBADF, control_call(P2P_DMABUF_ROUTE, &ask));
}

/* --- all calls ------------------------------------------------------------- */

static const unsigned long calls[] = {
	P2P_DMABUF_EXPORT_VMA, P2P_DMABUF_ROUTE, P2P_DMABUF_INFO,
	P2P_DMABUF_EVENT, P2P_DMABUF_REVOKE, P2P_DMABUF_CACHING,
};

TEST(calls_that_do_not_exist)
{
	uint32_t ask[64] = { sizeof(ask) };

	EXPECT_EQ(-ENOTTY, control_call(_IO(P2P_DMABUF_TYPE,
					    ARRAY_SIZE(calls)), ask));
	EXPECT_EQ(-ENOTTY, control_call(_IO(P2P_DMABUF_TYPE, 255), ask));
	EXPECT_EQ(-ENOTTY, control_call(_IO(P2P_DMABUF_TYPE + 1, 0), ask));
	EXPECT_EQ(-ENOTTY, control_call(_IOWR(P2P_DMABUF_TYPE, 0, uint64_t),
					ask));
	EXPECT_EQ(-ENOTTY, control_call(0, ask));
}

TEST(sizes_are_checked)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		uint32_t ask[2048] = { 0 };

		EXPECT_EQ(-EFAULT, control_call(calls[i], NULL));
		EXPECT_EQ(-EINVAL, control_call(calls[i], ask));
		ask[0] = 12;
		EXPECT_EQ(-EINVAL, control_call(calls[i], ask));
		ask[0] = sizeof(ask);
		ask[1023] = 1;
		EXPECT_EQ(-E2BIG, control_call(calls[i], ask));
		ask[0] = UINT32_MAX;
		EXPECT_NE(0, control_call(calls[i], ask));
		/* Unknown flags. */
		memset(ask, 0, sizeof(ask));
		ask[0] = 512;
		ask[1] = 1U << 31;
		EXPECT_EQ(-EINVAL, control_call(calls[i], ask));
	}
}

TEST_F(info, longer_request_of_a_newer_program_is_served)
{
	struct {
		struct p2p_dmabuf_info info;
		uint64_t more[4];
	} ask = { .info = self->ask };

	ask.info.size = sizeof(ask);
	EXPECT_EQ(0, control_call(P2P_DMABUF_INFO, &ask));
	EXPECT_EQ(RANGES, ask.info.nr_ranges);
	EXPECT_EQ(sizeof(ask), ask.info.size);
	ask.more[3] = 1;
	ask.info.flags = 0;
	EXPECT_EQ(-E2BIG, control_call(P2P_DMABUF_INFO, &ask));
}

TEST_HARNESS_MAIN
