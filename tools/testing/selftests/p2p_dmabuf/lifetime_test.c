// SPDX-License-Identifier: GPL-2.0-only
/*
 * What outlives what: buffers after their device, modules under their buffers,
 * and that nothing is lost on the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define MIB (1024 * 1024ULL)

FIXTURE(lifetime)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	int handle;
};

FIXTURE_SETUP(lifetime)
{
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_LE(0, self->handle);
}

FIXTURE_TEARDOWN(lifetime)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static void expect_retired(struct __test_metadata *_metadata,
			   FIXTURE_DATA(lifetime) *self)
{
	EXPECT_FALSE(importer_mapped(self->importer, self->handle));
	EXPECT_EQ(-ENODEV, importer_map(self->importer, self->handle));
	EXPECT_EQ(-ENODEV, importer_attach(self->importer, self->dmabuf,
					   &importer_good));
	EXPECT_STREQ("gone", guest_buffer_state(self->dmabuf));
}

TEST_F(lifetime, close_retires_and_the_next_owner_starts_clean)
{
	int again;

	vfio_close(&self->dev);
	expect_retired(_metadata, self);

	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	expect_retired(_metadata, self);
	again = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, again);
	EXPECT_LE(0, importer_attach_map(self->importer, again,
					 &importer_good));
	/* Neither a reset nor a restored memory brings the old one back. */
	EXPECT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(0, vfio_set_memory(&self->dev, 1));
	expect_retired(_metadata, self);
	close(again);
}

TEST_F(lifetime, unbind_retires_and_the_descriptor_stays_safe)
{
	vfio_close(&self->dev);
	ASSERT_EQ(0, guest_write_device(guest_exporter(), "driver/unbind",
					guest_exporter()));
	expect_retired(_metadata, self);
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers_probe",
				 guest_exporter()));
	expect_retired(_metadata, self);
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

TEST_F(lifetime, modules_stay_under_a_live_buffer)
{
	EXPECT_NE(0, guest_unload("vfio_pci_dmabuf"));
	EXPECT_NE(0, guest_unload("p2p_bar_exporter"));
	/* Also under one that is retired, with nothing bound any more. */
	vfio_close(&self->dev);
	ASSERT_EQ(0, guest_write_device(guest_exporter(), "driver/unbind",
					guest_exporter()));
	EXPECT_NE(0, guest_unload("vfio_pci_dmabuf"));
	EXPECT_NE(0, guest_unload("p2p_bar_exporter"));
	EXPECT_EQ(0, guest_write("/sys/bus/pci/drivers_probe",
				 guest_exporter()));
	EXPECT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

/* Unreclaimable slab memory that stays behind, in KiB. */
static long rounds_cost(FIXTURE_DATA(lifetime) *self, uint64_t exports,
			uint64_t maps, uint64_t attaches)
{
	long before = guest_unreclaimable_kib();
	int fd, handle;

	while (exports--) {
		fd = vfio_export(&self->dev, guest_bar(), 0, PAGE);
		if (fd < 0)
			return fd;
		close(fd);
	}
	if (maps && importer_map_loop(self->importer, self->handle, maps))
		return -1;
	while (attaches--) {
		handle = importer_attach_map(self->importer, self->dmabuf,
					     &importer_good);
		if (handle < 0)
			return handle;
		importer_detach(self->importer, handle);
	}
	return guest_unreclaimable_kib() - before;
}

/*
 * Losing the smallest object each round would cost 312 KiB for the maps and
 * 31 KiB for each 1,000 exports; what else the system does is in between.
 */
TEST_F_TIMEOUT(lifetime, rounds_leave_nothing_behind, 300)
{
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "KASAN keeps what was freed; kmemleak tells losses");
	ASSERT_EQ(0, importer_unmap(self->importer, self->handle));
	rounds_cost(self, 1000, 10000, 1000);	/* fill the caches */
	EXPECT_GT(200, rounds_cost(self, 10000, 0, 0));
	EXPECT_GT(200, rounds_cost(self, 0, 10000, 0));
	EXPECT_GT(200, rounds_cost(self, 0, 0, 10000));
}

/* Needs both modules unused: runs as the last of the program. */
TEST(z_modules_unload_when_all_is_closed)
{
	ASSERT_EQ(0, guest_write_device(guest_exporter(), "driver/unbind",
					guest_exporter()));
	EXPECT_EQ(0, guest_unload("vfio_pci_dmabuf"));
	EXPECT_EQ(0, guest_unload("p2p_bar_exporter"));
	EXPECT_EQ(0, system("modprobe vfio-pci-dmabuf"));
	EXPECT_EQ(0, guest_write("/sys/bus/pci/drivers_probe",
				 guest_exporter()));
}

TEST_HARNESS_MAIN
