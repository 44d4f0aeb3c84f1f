// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interface for other drivers, as a module sees it that knows nothing else:
 * test_modules/bar_client.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/vfio.h"
#include "test_modules/p2p_test_client.h"

#define PAGE 4096ULL
#define NODE "/dev/p2p_test_client"

FIXTURE(client)
{
	struct vfio_dev dev;
	int node;
	struct p2p_test_client_map ask;
};

static uint32_t number(const char *bdf)
{
	struct p2p_dmabuf_pci address = control_address(bdf);

	return address.bus << 8 | address.devfn;
}

FIXTURE_SETUP(client)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	ASSERT_EQ(0, system("insmod /add/p2p-test-client.ko"));
	self->node = open(NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->node);
	self->ask = (struct p2p_test_client_map){
		.exporter = number(guest_exporter()),
		.importer = number(guest_importer()),
		.bar = guest_bar(),
		.start = PAGE,
		.length = PAGE,
	};
}

FIXTURE_TEARDOWN(client)
{
	close(self->node);
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
	vfio_close(&self->dev);
	EXPECT_EQ(0, guest_unload("p2p_test_client"));
}

static int call(FIXTURE_DATA(client) *self, unsigned long command)
{
	return ioctl(self->node, command, &self->ask) ? -errno : 0;
}

static int map(FIXTURE_DATA(client) *self)
{
	return call(self, P2P_TEST_CLIENT_MAP);
}

TEST_F(client, maps_a_range)
{
	int ret = map(self);

	if (guest_is("none")) {
		EXPECT_EQ(-EOPNOTSUPP, ret);
		EXPECT_TRUE(guest_refused(guest_importer(), "allow-list"));
		return;
	}
	ASSERT_EQ(0, ret);
	EXPECT_EQ(1, self->ask.entries);
	EXPECT_EQ(PAGE, self->ask.bytes);
	EXPECT_NE(0, self->ask.address);
	EXPECT_EQ(1, guest_count_lines(GUEST_BUFFERS, "buffer "));
	/* The file is all that holds it. */
	close(self->node);
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
}

TEST_F(client, is_told_and_maps_again)
{
	if (guest_is("none"))
		SKIP(return, "no route leads there");
	ASSERT_EQ(0, map(self));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, call(self, P2P_TEST_CLIENT_LOOK));
	EXPECT_EQ(1, self->ask.revoked);
	EXPECT_EQ(0, self->ask.restored);
	EXPECT_EQ(0, self->ask.entries);
	EXPECT_EQ(-ENODEV, call(self, P2P_TEST_CLIENT_AGAIN));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	ASSERT_EQ(0, call(self, P2P_TEST_CLIENT_LOOK));
	EXPECT_EQ(1, self->ask.restored);
	EXPECT_EQ(0, self->ask.entries);
	ASSERT_EQ(0, call(self, P2P_TEST_CLIENT_AGAIN));
	EXPECT_EQ(1, self->ask.entries);
	/* Nothing to do. */
	EXPECT_EQ(0, call(self, P2P_TEST_CLIENT_AGAIN));
	vfio_close(&self->dev);
	ASSERT_EQ(0, call(self, P2P_TEST_CLIENT_LOOK));
	EXPECT_EQ(2, self->ask.revoked);
	EXPECT_EQ(-ENODEV, call(self, P2P_TEST_CLIENT_AGAIN));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	EXPECT_EQ(-ENODEV, call(self, P2P_TEST_CLIENT_AGAIN));
}

TEST_F(client, maps_a_pointer)
{
	char *bar = vfio_map(&self->dev, guest_bar(), 0, 2 * PAGE);

	ASSERT_NE(MAP_FAILED, bar);
	self->ask.flags = P2P_TEST_CLIENT_POINTER;
	self->ask.start = (uintptr_t)bar + PAGE - 4;
	self->ask.length = 8;
	if (guest_is("none")) {
		EXPECT_EQ(-EOPNOTSUPP, map(self));
	} else {
		ASSERT_EQ(0, map(self));
		EXPECT_EQ(PAGE - 4, self->ask.offset);
		EXPECT_EQ(2 * PAGE, self->ask.bytes);
	}
	munmap(bar, 2 * PAGE);
}

TEST_F(client, pointer_to_memory_is_refused)
{
	self->ask.flags = P2P_TEST_CLIENT_POINTER;
	self->ask.start = (uintptr_t)self;
	self->ask.length = 8;
	EXPECT_EQ(-ENODEV, map(self));
	self->ask.start = 0;
	EXPECT_EQ(-EFAULT, map(self));
}

/* A dma-buf, but not one of ours. */
TEST_F(client, other_exporters_buffer_is_refused)
{
	struct p2p_dmabuf_info info;
	int fd = ioctl(self->node, P2P_TEST_CLIENT_FOREIGN);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, control_info(fd, &info));
	EXPECT_EQ(-EINVAL, control_eventfd(fd, P2P_DMABUF_EVENT_REVOKE));
	EXPECT_EQ(-EINVAL, control_revoke(fd, self->dev.device));
	EXPECT_EQ(-EINVAL, control_caching(fd, 0));
	close(fd);
}

TEST_F(client, bad_ranges_are_refused)
{
	self->ask.start = 1;
	EXPECT_EQ(-EINVAL, map(self));
	self->ask.start = -PAGE;
	EXPECT_EQ(-EOVERFLOW, map(self));
	self->ask.start = 0;
	self->ask.length = vfio_region_size(&self->dev, guest_bar()) + PAGE;
	EXPECT_EQ(-EINVAL, map(self));
	self->ask.length = PAGE;
	self->ask.bar = 5;
	EXPECT_EQ(-ENODEV, map(self));
	self->ask.bar = 6;
	EXPECT_EQ(-ENODEV, map(self));
	self->ask.bar = guest_bar();
	self->ask.exporter = number(guest_importer());
	EXPECT_EQ(-ENODEV, map(self));
	self->ask.exporter = number(guest_exporter());
	vfio_close(&self->dev);
	EXPECT_EQ(-ENODEV, map(self));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	EXPECT_EQ(0, guest_count_lines(GUEST_BUFFERS, "buffer "));
}

TEST_HARNESS_MAIN
