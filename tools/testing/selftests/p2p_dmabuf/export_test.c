// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE_DMA_BUF: what is exported, and what is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

FIXTURE(export)
{
	struct vfio_dev dev;
	uint64_t size;
	struct vfio_export_request req;
};

FIXTURE_SETUP(export)
{
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->size = vfio_region_size(&self->dev, guest_bar());
	ASSERT_NE(0, self->size);
	self->req = (struct vfio_export_request){
		.feature.argsz = sizeof(self->req),
		.feature.flags = VFIO_DEVICE_FEATURE_GET |
				 VFIO_DEVICE_FEATURE_DMA_BUF,
		.region_index = guest_bar(),
		.open_flags = O_RDWR | O_CLOEXEC,
		.nr_ranges = 1,
		.ranges = { { 0, PAGE }, { PAGE, PAGE }, { 0, PAGE }, { 0, 0 } },
	};
}

FIXTURE_TEARDOWN(export)
{
	vfio_close(&self->dev);
}

static int ask(FIXTURE_DATA(export) *self)
{
	return vfio_feature(self->dev.device, &self->req);
}

TEST_F(export, probe_finds_the_feature)
{
	self->req.feature.flags = VFIO_DEVICE_FEATURE_PROBE |
				  VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_EQ(0, ask(self));
	self->req.feature.flags |= VFIO_DEVICE_FEATURE_GET;
	EXPECT_EQ(0, ask(self));
}

TEST_F(export, probe_for_set_is_refused)
{
	self->req.feature.flags = VFIO_DEVICE_FEATURE_PROBE |
				  VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, set_is_refused)
{
	self->req.feature.flags = VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, neither_get_nor_set_is_refused)
{
	self->req.feature.flags = VFIO_DEVICE_FEATURE_DMA_BUF;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, whole_bar_has_its_size)
{
	int fd;

	if (guest_is("msix"))
		SKIP(return, "the MSI-X table is in the way");
	fd = vfio_export(&self->dev, guest_bar(), 0, self->size);
	ASSERT_LE(0, fd);
	EXPECT_EQ(self->size, lseek(fd, 0, SEEK_END));
	EXPECT_STREQ("live", guest_buffer_state(fd));
	close(fd);
	EXPECT_STREQ("gone", guest_buffer_state(fd));
}

TEST_F(export, ranges_add_up_and_may_overlap)
{
	int fd;

	self->req.nr_ranges = 3;
	fd = ask(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(3 * PAGE, lseek(fd, 0, SEEK_END));
}

TEST_F(export, last_page_is_reachable_and_no_more)
{
	self->req.ranges[0].offset = self->size - PAGE;
	EXPECT_LE(0, ask(self));
	self->req.ranges[0].length = 2 * PAGE;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.ranges[0].offset = self->size;
	self->req.ranges[0].length = PAGE;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, unaligned_or_empty_range_is_refused)
{
	const struct vfio_region_dma_range bad[] = {
		{ 1, PAGE }, { PAGE / 2, PAGE }, { 0, 0 }, { 0, 1 },
		{ 0, PAGE - 1 }, { 0, PAGE + 1 }, { PAGE - 1, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		self->req.ranges[0] = bad[i];
		EXPECT_EQ(-EINVAL, ask(self)) TH_LOG("range %zu", i);
	}
}

TEST_F(export, one_bad_range_among_good_ones_is_refused)
{
	self->req.nr_ranges = 4;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, range_whose_end_wraps_is_an_overflow)
{
	self->req.ranges[0].offset = -PAGE;
	self->req.ranges[0].length = 2 * PAGE;
	EXPECT_EQ(-EOVERFLOW, ask(self));
	self->req.ranges[0].offset = PAGE;
	self->req.ranges[0].length = -PAGE;
	EXPECT_EQ(-EOVERFLOW, ask(self));
}

TEST_F(export, unknown_flags_are_refused)
{
	int bit;

	for (bit = 0; bit < 32; bit++) {
		self->req.flags = 1u << bit;
		EXPECT_EQ(-EINVAL, ask(self)) TH_LOG("bit %d", bit);
	}
}

TEST_F(export, unknown_open_flags_are_refused)
{
	int bit;

	for (bit = 2; bit < 32; bit++) {
		if (1 << bit == O_CLOEXEC)
			continue;
		self->req.open_flags = O_RDWR | 1u << bit;
		EXPECT_EQ(-EINVAL, ask(self)) TH_LOG("bit %d", bit);
	}
	self->req.open_flags = O_ACCMODE;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, open_flags_are_honoured)
{
	int fd;

	self->req.open_flags = O_RDONLY;
	fd = ask(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fcntl(fd, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);

	self->req.open_flags = O_RDWR | O_CLOEXEC;
	fd = ask(self);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
}

TEST_F(export, number_of_ranges_is_bounded)
{
	self->req.nr_ranges = 0;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.nr_ranges = P2P_DMABUF_MAX_RANGES + 1;
	self->req.feature.argsz = -1;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.nr_ranges = -1;
	EXPECT_EQ(-EINVAL, ask(self));
}

TEST_F(export, greatest_number_of_ranges_works)
{
	struct vfio_region_dma_range *ranges;
	uint32_t i;
	int fd;

	ranges = calloc(P2P_DMABUF_MAX_RANGES, sizeof(*ranges));
	for (i = 0; i < P2P_DMABUF_MAX_RANGES; i++)
		ranges[i] = (struct vfio_region_dma_range){ 0, PAGE };
	fd = vfio_export_ranges(&self->dev, guest_bar(), ranges,
				P2P_DMABUF_MAX_RANGES);
	EXPECT_LE(0, fd);
	EXPECT_EQ(P2P_DMABUF_MAX_RANGES * PAGE, lseek(fd, 0, SEEK_END));
	free(ranges);
}

TEST_F(export, argsz_must_cover_the_ranges)
{
	size_t fixed = offsetof(struct vfio_export_request, ranges);

	self->req.nr_ranges = 2;
	self->req.feature.argsz = fixed + sizeof(self->req.ranges[0]);
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.feature.argsz = fixed + 2 * sizeof(self->req.ranges[0]) - 1;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.feature.argsz = fixed - 1;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.feature.argsz = sizeof(self->req.feature);
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.feature.argsz = fixed + 2 * sizeof(self->req.ranges[0]);
	EXPECT_LE(0, ask(self));
}

TEST_F(export, regions_without_memory_are_no_device)
{
	uint32_t region;

	for (region = 0; region < 64; region++) {
		if (region <= VFIO_PCI_BAR5_REGION_INDEX &&
		    vfio_region_size(&self->dev, region))
			continue;
		self->req.region_index = region;
		EXPECT_EQ(-ENODEV, ask(self)) TH_LOG("region %u", region);
	}
	self->req.region_index = -1;
	EXPECT_EQ(-ENODEV, ask(self));
}

TEST_F(export, fault_in_the_request_is_reported)
{
	const size_t fixed = offsetof(struct vfio_export_request, ranges);
	struct vfio_export_request *edge;
	char *page;

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + PAGE, PAGE));
	/* The fixed part is there, the ranges are not. */
	edge = (void *)(page + PAGE - fixed);
	memcpy(edge, &self->req, fixed);
	EXPECT_EQ(-EFAULT, vfio_feature(self->dev.device, edge));
}

TEST_F(export, refused_requests_keep_no_descriptor)
{
	int lowest = dup(0);

	ASSERT_LE(0, lowest);
	close(lowest);
	self->req.ranges[0].length = 0;
	EXPECT_EQ(-EINVAL, ask(self));
	self->req.ranges[0].length = PAGE;
	EXPECT_EQ(lowest, ask(self));
}

TEST_F(export, disabled_memory_gives_a_revoked_buffer)
{
	int fd;

	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	fd = ask(self);
	ASSERT_LE(0, fd);
	EXPECT_STREQ("revoked", guest_buffer_state(fd));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	EXPECT_STREQ("live", guest_buffer_state(fd));
}

TEST_F(export, msix_pages_need_isolated_interrupts)
{
	uint8_t pos = vfio_find_capability(&self->dev, 0x11);
	int expected = guest_is("msix") ? -EPERM : 0;
	uint32_t table;
	int ret;

	if (!pos)
		SKIP(return, "the exporter has no MSI-X");
	ASSERT_EQ(0, vfio_config_read(&self->dev, pos + 4, &table, 4));
	ASSERT_EQ(guest_bar(), table & 7);
	table &= ~0xfffu;

	self->req.ranges[0].offset = table;
	ret = ask(self);
	EXPECT_EQ(expected, ret < 0 ? ret : 0);
	self->req.ranges[0].offset = 0;
	self->req.ranges[0].length = self->size;
	ret = ask(self);
	EXPECT_EQ(expected, ret < 0 ? ret : 0);
	/* Before the table there is nothing to protect. */
	self->req.ranges[0].length = PAGE;
	EXPECT_LE(0, ask(self));
}

/* More than a page of text, so that the kernel begins anew with more room. */
TEST_F(export, long_list_is_whole)
{
	int fds[200];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = ask(self);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(ARRAY_SIZE(fds), guest_count_lines(GUEST_BUFFERS, "buffer "));
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

TEST_HARNESS_MAIN
