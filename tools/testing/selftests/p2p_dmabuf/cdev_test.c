// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device by its own node and iommufd instead of a group and a container:
 * the same exports, the same revocations.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/cdev.h"
#include "lib/guest.h"
#include "lib/importer.h"

#define PAGE 4096ULL

FIXTURE(cdev)
{
	struct vfio_dev dev;
	int importer;
	int dmabuf;
	int handle;
};

FIXTURE_SETUP(cdev)
{
	if (!cdev_possible())
		SKIP(return, "the kernel has no nodes for VFIO devices");
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, cdev_open(&self->dev, guest_exporter()));
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_LE(0, self->handle);
}

FIXTURE_TEARDOWN(cdev)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static void expect_revoked_once(struct __test_metadata *_metadata,
				FIXTURE_DATA(cdev) *self)
{
	struct p2p_importer_status status;

	status = importer_status(self->importer, self->handle);
	EXPECT_EQ(1, status.unmaps_in_notify);
	EXPECT_EQ(2, status.notifies);
	EXPECT_EQ(0, importer_map(self->importer, self->handle));
}

TEST_F(cdev, bytes_arrive)
{
	EXPECT_EQ(0, importer_dma(self->importer, self->handle,
				  P2P_IMPORTER_TO_DRIVE, 0, 0, PAGE));
}

TEST_F(cdev, reset_revokes)
{
	if (guest_sibling())
		SKIP(return, "the function cannot be reset alone");
	ASSERT_EQ(0, vfio_reset(&self->dev));
	expect_revoked_once(_metadata, self);
}

TEST_F(cdev, hot_reset_of_all_devices_of_the_iommufd_revokes)
{
	if (guest_sibling())
		SKIP(return, "the other function is not the iommufd's");
	ASSERT_EQ(0, cdev_hot_reset(&self->dev));
	expect_revoked_once(_metadata, self);
}

TEST_F(cdev, close_retires)
{
	close(self->dev.device);
	self->dev.device = -1;
	EXPECT_FALSE(importer_mapped(self->importer, self->handle));
	EXPECT_EQ(-ENODEV, importer_map(self->importer, self->handle));
	EXPECT_STREQ("gone", guest_buffer_state(self->dmabuf));
}

/* Nobody may take the memory of devices that are not his. */
TEST(hot_reset_without_groups_is_refused_to_owners_of_groups)
{
	struct vfio_dev dev;
	int dmabuf;

	ASSERT_EQ(0, vfio_open(&dev, guest_exporter()));
	dmabuf = vfio_export(&dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	EXPECT_GT(0, cdev_hot_reset(&dev));
	EXPECT_STREQ("live", guest_buffer_state(dmabuf));
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, "buffer", "generation 0",
				   NULL));
	close(dmabuf);
	vfio_close(&dev);
}

TEST_HARNESS_MAIN
