// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that means harm: every field at its worst, and the wrong
 * descriptors. Only documented errors may come back; the kernel's log is read
 * after the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

struct request {
	struct vfio_device_feature feature;
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t flags;
	uint32_t nr_ranges;
	struct vfio_region_dma_range ranges[2];
};

static bool documented(int ret)
{
	switch (-ret) {
	case EINVAL: case EOVERFLOW: case ENODEV: case EPERM: case EFAULT:
	case ENOMEM: case EMFILE: case ENFILE:
		return true;
	default:
		return ret >= 0;
	}
}

#define AT(member) offsetof(struct request, member)

static const struct {
	size_t offset;
	size_t size;
	size_t with;
} fields[] = {
	{ .offset = AT(feature.argsz), .size = sizeof(uint32_t) },
	{ .offset = AT(region_index), .size = sizeof(uint32_t) },
	{ .offset = AT(open_flags), .size = sizeof(uint32_t) },
	{ .offset = AT(flags), .size = sizeof(uint32_t) },
	{ .offset = AT(nr_ranges), .size = sizeof(uint32_t) },
	{ .offset = AT(ranges[0].length), .size = sizeof(uint64_t) },
	{ .offset = AT(ranges[1].length), .size = sizeof(uint64_t) },
	{ .offset = AT(ranges[0].offset), .size = sizeof(uint64_t),
	  .with = AT(ranges[0].length) },
	{ .offset = AT(ranges[1].offset), .size = sizeof(uint64_t),
	  .with = AT(ranges[1].length) },
};

TEST(every_field_at_its_worst)
{
	const uint64_t worst[] = {
		0, 1, 2, 3, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 1 << 16,
		(1 << 16) + 1, 64 << 20, (64 << 20) + PAGE, INT32_MAX,
		1ULL << 31, UINT32_MAX, 1ULL << 32, 1ULL << 52,
		INT64_MAX, 1ULL << 63, -PAGE, -2 * PAGE, UINT64_MAX,
	};
	const size_t nr = ARRAY_SIZE(worst);
	unsigned long calls = 0, undocumented = 0;
	struct vfio_dev dev;
	size_t field, i;
	int ret;

	ASSERT_EQ(0, vfio_open(&dev, guest_exporter()));
	for (field = 0; field < ARRAY_SIZE(fields); field++) {
		for (i = 0; i < nr * nr; i++) {
			struct request req = {
				.feature.argsz = sizeof(req),
				.feature.flags = VFIO_DEVICE_FEATURE_GET |
						 VFIO_DEVICE_FEATURE_DMA_BUF,
				.region_index = guest_bar(),
				.nr_ranges = 2,
				.ranges = { { 0, PAGE }, { 0, PAGE } },
			};

			/* A field at its worst, and a length with it. */
			memcpy((char *)&req + fields[field].offset,
			       &worst[i % nr], fields[field].size);
			if (fields[field].with)
				memcpy((char *)&req + fields[field].with,
				       &worst[i / nr], sizeof(worst[0]));
			ret = vfio_feature(dev.device, &req);
			calls++;
			undocumented += !documented(ret);
			if (ret >= 0)
				close(ret);
		}
	}
	EXPECT_EQ(0, undocumented);
	printf("# %lu calls\n", calls);
	vfio_close(&dev);
}

TEST(wrong_and_closed_descriptors_are_refused)
{
	int importer = importer_open(guest_importer());
	struct vfio_dev dev;
	int dmabuf;

	ASSERT_LE(0, importer);
	ASSERT_EQ(0, vfio_open(&dev, guest_exporter()));
	dmabuf = vfio_export(&dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	close(dmabuf);
	EXPECT_EQ(-EBADF, importer_attach(importer, dmabuf, &importer_good));
	EXPECT_EQ(-EINVAL, importer_attach(importer, dev.device,
					   &importer_good));
	EXPECT_GT(0, vfio_feature(importer, &(struct vfio_device_feature){
					.argsz = sizeof(struct vfio_device_feature) }));
	vfio_close(&dev);
	close(importer);
}

TEST_HARNESS_MAIN
