// SPDX-License-Identifier: GPL-2.0-only
/*
 * P2P_DMABUF_EXPORT_VMA: a pointer into a mapped BAR becomes a buffer, and any
 * other pointer does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

/* The middle of the exporter's BAR that every test maps. */
#define AT (2 * PAGE)
#define LENGTH (8 * PAGE)

FIXTURE(pointer)
{
	struct vfio_dev dev;
	char *bar;
	int importer;
};

FIXTURE_SETUP(pointer)
{
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->bar = vfio_map(&self->dev, guest_bar(), AT, LENGTH);
	ASSERT_NE(MAP_FAILED, self->bar);
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
}

FIXTURE_TEARDOWN(pointer)
{
	close(self->importer);
	munmap(self->bar, LENGTH);
	vfio_close(&self->dev);
}

static int export_at(FIXTURE_DATA(pointer) *self, uint64_t at, uint64_t length,
		     uint64_t *offset)
{
	return control_export(self->bar + at, length, O_RDWR | O_CLOEXEC,
			      offset);
}

/* The only slice a buffer has. */
static int slice(int dmabuf, struct p2p_dmabuf_range *range)
{
	struct p2p_dmabuf_info info = {
		.size = sizeof(info), .fd = dmabuf,
		.nr_ranges = 1, .ranges = (uintptr_t)range,
	};
	int ret = control_call(P2P_DMABUF_INFO, &info);

	return ret || info.nr_ranges == 1 ? ret : -E2BIG;
}

TEST_F(pointer, leads_to_all_pages_it_touches)
{
	struct p2p_dmabuf_range range;
	uint64_t offset;
	int fd;

	fd = export_at(self, PAGE + 123, 2 * PAGE, &offset);
	ASSERT_LE(0, fd);
	EXPECT_EQ(123, offset);
	EXPECT_EQ(3 * PAGE, lseek(fd, 0, SEEK_END));
	ASSERT_EQ(0, slice(fd, &range));
	EXPECT_EQ(AT + PAGE, range.offset);
	EXPECT_EQ(3 * PAGE, range.length);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	close(fd);
}

TEST_F(pointer, to_one_byte_gives_a_page)
{
	struct p2p_dmabuf_range range;
	uint64_t offset;
	int fd = control_export(self->bar + LENGTH - 1, 1, O_RDWR, &offset);

	ASSERT_LE(0, fd);
	EXPECT_EQ(PAGE - 1, offset);
	ASSERT_EQ(0, slice(fd, &range));
	EXPECT_EQ(AT + LENGTH - PAGE, range.offset);
	EXPECT_EQ(PAGE, range.length);
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	close(fd);
}

/* What the device writes there is what the pointer sees. */
TEST_F(pointer, and_importer_see_the_same_bytes)
{
	char sent[PAGE];
	uint64_t offset;
	int fd, handle;

	fd = export_at(self, 3 * PAGE, PAGE, &offset);
	ASSERT_LE(0, fd);
	handle = importer_attach_map(self->importer, fd, &importer_good);
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	guest_pattern(sent, PAGE, 5);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, sent, PAGE));
	ASSERT_EQ(0, importer_dma(self->importer, handle, 0, 0, offset, PAGE));
	EXPECT_EQ(0, memcmp(sent, self->bar + 3 * PAGE, PAGE));
	close(fd);
}

TEST_F(pointer, outlives_its_mapping)
{
	int fd = export_at(self, 0, PAGE, NULL);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, munmap(self->bar, LENGTH));
	EXPECT_STREQ("live", guest_buffer_state(fd));
	EXPECT_EQ(-EFAULT, export_at(self, 0, PAGE, NULL));
	self->bar = vfio_map(&self->dev, guest_bar(), AT, LENGTH);
	close(fd);
}

/* --- several mappings ------------------------------------------------------ */

static bool map_page(char *at, struct vfio_dev *dev, uint32_t bar,
		     uint64_t offset)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = bar };

	return !ioctl(dev->device, VFIO_DEVICE_GET_REGION_INFO, &info) &&
	       mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    dev->device, info.offset + offset) == at;
}

static char *two_pages(void)
{
	return mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
}

/* Two pages of the BAR, each at its own place. */
static char *map_two(struct vfio_dev *dev, uint64_t first, uint64_t second)
{
	char *at = two_pages();

	return map_page(at, dev, guest_bar(), first) &&
	       map_page(at + PAGE, dev, guest_bar(), second) ? at : NULL;
}

TEST_F(pointer, may_cross_from_one_mapping_to_the_next)
{
	struct p2p_dmabuf_range range;
	char *at;
	int fd;

	/* A mapping in two pieces: the second one gets other rights. */
	ASSERT_EQ(0, mprotect(self->bar + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(self->bar + PAGE, PAGE, PROT_READ | PROT_WRITE));
	fd = export_at(self, 0, 3 * PAGE, NULL);
	ASSERT_LE(0, fd);
	close(fd);

	at = map_two(&self->dev, AT, AT + PAGE);
	ASSERT_NE(NULL, at);
	fd = control_export(at, 2 * PAGE, O_RDWR, NULL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, slice(fd, &range));
	EXPECT_EQ(AT, range.offset);
	EXPECT_EQ(2 * PAGE, range.length);
	close(fd);
	munmap(at, 2 * PAGE);
}

TEST_F(pointer, must_not_jump_in_the_bar)
{
	char *at = map_two(&self->dev, AT + PAGE, AT);

	ASSERT_NE(NULL, at);
	EXPECT_EQ(-ENODEV, control_export(at, 2 * PAGE, O_RDWR, NULL));
	munmap(at, 2 * PAGE);
	at = map_two(&self->dev, AT, AT);
	ASSERT_NE(NULL, at);
	EXPECT_EQ(-ENODEV, control_export(at, 2 * PAGE, O_RDWR, NULL));
	munmap(at, 2 * PAGE);
}

/* The second page of one BAR is where that of another one would be. */
TEST_F(pointer, must_not_lead_from_one_bar_to_another)
{
	char *at = two_pages();

	if (!vfio_region_size(&self->dev, 0) ||
	    !map_page(at, &self->dev, 0, 0))
		SKIP(return, "the device has no other BAR to be mapped");
	ASSERT_TRUE(map_page(at + PAGE, &self->dev, guest_bar(), PAGE));
	EXPECT_EQ(-ENODEV, control_export(at, 2 * PAGE, O_RDWR, NULL));
	munmap(at, 2 * PAGE);
}

static int rebind(const char *bdf, const char *driver)
{
	int ret = guest_write_device(bdf, "driver_override", driver);

	if (!ret)
		ret = guest_write_device(bdf, "driver/unbind", bdf);
	return ret ?: guest_write("/sys/bus/pci/drivers_probe", bdf);
}

TEST_F(pointer, must_not_lead_from_one_device_to_another)
{
	struct vfio_dev other = self->dev;
	char *at = two_pages();
	int fd;

	if (!guest_sibling())
		SKIP(return, "there is no other device like it");
	ASSERT_EQ(0, rebind(guest_sibling(), "vfio-pci-dmabuf"));
	other.device = vfio_device_in_group(&self->dev, guest_sibling());
	ASSERT_LE(0, other.device);
	ASSERT_TRUE(map_page(at, &self->dev, guest_bar(), AT));
	ASSERT_TRUE(map_page(at + PAGE, &other, guest_bar(), AT + PAGE));
	EXPECT_EQ(-ENODEV, control_export(at, 2 * PAGE, O_RDWR, NULL));
	/* Each for itself. */
	fd = control_export(at + PAGE, PAGE, O_RDWR, NULL);
	EXPECT_LE(0, fd);
	close(fd);
	munmap(at, 2 * PAGE);
	close(other.device);
	EXPECT_EQ(0, rebind(guest_sibling(), "vfio-pci"));
}

TEST_F(pointer, must_not_lead_into_a_gap)
{
	ASSERT_EQ(0, munmap(self->bar + PAGE, PAGE));
	EXPECT_EQ(-EFAULT, export_at(self, 0, 3 * PAGE, NULL));
	EXPECT_EQ(-EFAULT, export_at(self, PAGE, PAGE, NULL));
}

TEST_F(pointer, must_not_leave_the_bar_for_memory)
{
	EXPECT_NE(MAP_FAILED, mmap(self->bar + PAGE, PAGE,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				   -1, 0));
	EXPECT_EQ(-ENODEV, export_at(self, 0, 2 * PAGE, NULL));
}

/* --- other pointers -------------------------------------------------------- */

TEST_F(pointer, to_memory_is_refused)
{
	char *heap = malloc(4 * PAGE);

	EXPECT_EQ(-ENODEV, control_export(heap, PAGE, O_RDWR, NULL));
	EXPECT_EQ(-ENODEV, control_export(&heap, 1, O_RDWR, NULL));
	EXPECT_EQ(-ENODEV, control_export(control_export, 1, O_RDWR, NULL));
	free(heap);
}

TEST_F(pointer, to_nothing_is_refused)
{
	EXPECT_EQ(-EFAULT, control_export(NULL, PAGE, O_RDWR, NULL));
	EXPECT_EQ(-EFAULT, control_export((void *)0xffff888000000000, PAGE,
					  O_RDWR, NULL));
	EXPECT_EQ(-EOVERFLOW, export_at(self, 0, UINT64_MAX, NULL));
	EXPECT_EQ(-EOVERFLOW, control_export((void *)(uintptr_t)-PAGE, PAGE,
					     O_RDWR, NULL));
	EXPECT_EQ(-EOVERFLOW, control_export((void *)(uintptr_t)-PAGE, PAGE - 1,
					     O_RDWR, NULL));
	EXPECT_EQ(-EINVAL, export_at(self, 0, 0, NULL));
}

/* The same bytes, but not by VFIO: the BAR is not the caller's. */
TEST_F(pointer, to_the_bar_by_another_way_is_refused)
{
	char path[128];
	void *at;
	int file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%u",
		 guest_exporter(), guest_bar());
	file = open(path, O_RDWR);
	ASSERT_LE(0, file);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (at == MAP_FAILED)
		SKIP(return, "sysfs does not map a BAR that is in use");
	EXPECT_EQ(-ENODEV, control_export(at, PAGE, O_RDWR, NULL));
	munmap(at, PAGE);
}

TEST_F(pointer, of_a_device_with_another_driver_is_refused)
{
	const char *other = getenv("P2P_EDU");
	struct vfio_dev dev;
	char *at;

	ASSERT_EQ(0, guest_write_device(other, "driver_override", "vfio-pci"));
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers_probe", other));
	ASSERT_EQ(0, vfio_open(&dev, other));
	at = vfio_map(&dev, 0, 0, PAGE);
	EXPECT_NE(MAP_FAILED, at);
	EXPECT_EQ(-ENODEV, control_export(at, PAGE, O_RDWR, NULL));
	munmap(at, PAGE);
	vfio_close(&dev);
	EXPECT_EQ(0, guest_write("/sys/bus/pci/drivers/vfio-pci/unbind", other));
	EXPECT_EQ(0, guest_write_device(other, "driver_override", "\n"));
}

TEST_F(pointer, open_flags_are_checked)
{
	EXPECT_EQ(-EINVAL, control_export(self->bar, PAGE, O_ACCMODE, NULL));
	EXPECT_EQ(-EINVAL, control_export(self->bar, PAGE, O_NONBLOCK, NULL));
	EXPECT_EQ(-EINVAL, control_export(self->bar, PAGE, -1, NULL));
}

TEST_F(pointer, full_table_of_descriptors_loses_nothing)
{
	size_t before = guest_count_lines(GUEST_BUFFERS, "buffer ");
	struct rlimit old, none;
	int ret;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = (struct rlimit){ self->importer + 2, old.rlim_max };
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	/* One is for the node, and there is none for the buffer. */
	ret = export_at(self, 0, PAGE, NULL);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(-EMFILE, ret);
	EXPECT_EQ(before, guest_count_lines(GUEST_BUFFERS, "buffer "));
}

/* --- rights ---------------------------------------------------------------- */

TEST_F(pointer, that_cannot_be_read_is_refused)
{
	ASSERT_EQ(0, mprotect(self->bar, PAGE, PROT_NONE));
	EXPECT_EQ(-EACCES, export_at(self, 0, PAGE, NULL));
	EXPECT_EQ(-EACCES, export_at(self, 0, 2 * PAGE, NULL));
}

static int export_read_only(FIXTURE_DATA(pointer) *self)
{
	if (mprotect(self->bar + PAGE, PAGE, PROT_READ))
		return -errno;
	return export_at(self, 0, 2 * PAGE, NULL);
}

TEST_F(pointer, that_cannot_be_written_gives_a_buffer_to_read)
{
	struct p2p_dmabuf_info info;
	int fd = export_read_only(self), handle;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, control_info(fd, &info));
	EXPECT_EQ(P2P_DMABUF_INFO_READ_ONLY, info.flags);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	handle = importer_attach(self->importer, fd, &importer_good);
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	EXPECT_EQ(-EACCES, importer_map_dir(self->importer, handle,
					    P2P_IMPORTER_FROM_DEVICE));
	EXPECT_TRUE(guest_refused(guest_importer(), "read-only"));
	EXPECT_EQ(0, importer_map_dir(self->importer, handle,
				      P2P_IMPORTER_TO_DEVICE));
	EXPECT_EQ(0, importer_dma(self->importer, handle, P2P_IMPORTER_TO_DRIVE,
				  0, 0, PAGE));
	close(fd);
}

/* As RDMA drivers do, whatever they are going to do. */
TEST_F(pointer, to_read_only_is_not_written_by_who_asks_for_both)
{
	char before[PAGE], sent[PAGE];
	int fd = export_read_only(self), handle;

	ASSERT_LE(0, fd);
	handle = importer_attach(self->importer, fd, &importer_good);
	if (handle == -EOPNOTSUPP && guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_LE(0, handle);
	if (!guest_translates()) {
		EXPECT_EQ(-EACCES, importer_map(self->importer, handle));
		EXPECT_TRUE(guest_refused(guest_importer(),
					  "nothing keeps it from writing"));
		return;
	}
	ASSERT_EQ(0, importer_map(self->importer, handle));
	memset(self->bar, 0x11, PAGE);
	memcpy(before, self->bar, PAGE);
	guest_pattern(sent, PAGE, 6);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, sent, PAGE));
	/* The drive does not see that its writes end as faults. */
	importer_dma(self->importer, handle, 0, 0, 0, PAGE);
	EXPECT_EQ(0, memcmp(before, self->bar, PAGE));
	close(fd);
}

/* --- MSI-X ----------------------------------------------------------------- */

TEST(pointer_to_the_msix_table_is_refused)
{
	struct vfio_dev dev;
	uint64_t size;
	char *bar;

	if (!guest_is("msix"))
		SKIP(return, "there is no MSI-X table in the BAR");
	ASSERT_EQ(0, vfio_open(&dev, guest_exporter()));
	size = vfio_region_size(&dev, guest_bar());
	bar = vfio_map(&dev, guest_bar(), 0, size);
	ASSERT_NE(MAP_FAILED, bar);
	EXPECT_EQ(-EPERM, control_export(bar, size, O_RDWR, NULL));
	vfio_close(&dev);
}

TEST_HARNESS_MAIN
