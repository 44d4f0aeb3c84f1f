// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that means harm: every field at its worst, and the wrong
 * descriptors. Only documented errors may come back; the kernel's log is read
 * after the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL

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

#define AT(member) offsetof(struct vfio_export_request, member)

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
			struct vfio_export_request req = {
				.feature.argsz = AT(ranges[2]),
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

/* --- wrong descriptors ----------------------------------------------------- */

#define FDS 8

FIXTURE(fds)
{
	struct vfio_dev dev;
	int importer;
	int dmabuf;
	int wrong[FDS];		/* one of each kind */
};

FIXTURE_SETUP(fds)
{
	int pipe_ends[2], i;

	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, self->dmabuf);
	ASSERT_EQ(0, pipe2(pipe_ends, O_CLOEXEC));

	self->wrong[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	self->wrong[1] = open("/", O_RDONLY | O_CLOEXEC);
	self->wrong[2] = open("/", O_PATH | O_CLOEXEC);
	self->wrong[3] = memfd_create("hostile", MFD_CLOEXEC);
	self->wrong[4] = pipe_ends[0];
	self->wrong[5] = pipe_ends[1];
	self->wrong[6] = self->dev.container;
	self->wrong[7] = self->dev.group;
	for (i = 0; i < FDS; i++)
		ASSERT_LE(0, self->wrong[i]);
}

FIXTURE_TEARDOWN(fds)
{
	int i;

	for (i = 0; i < 6; i++)
		close(self->wrong[i]);
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

TEST_F(fds, that_are_no_device_export_nothing)
{
	struct vfio_dev dev = self->dev;
	int i, ret;

	for (i = 0; i < FDS; i++) {
		dev.device = self->wrong[i];
		ret = vfio_export(&dev, guest_bar(), 0, PAGE);
		/* A path is no open file; a container says EINVAL. */
		EXPECT_TRUE(ret == -ENOTTY || ret == -EBADF || ret == -EINVAL)
			TH_LOG("descriptor %d: %d", i, ret);
	}
	dev.device = self->dmabuf;
	EXPECT_EQ(-ENOTTY, vfio_export(&dev, guest_bar(), 0, PAGE));
	dev.device = self->importer;
	EXPECT_EQ(-ENOTTY, vfio_export(&dev, guest_bar(), 0, PAGE));
	dev.device = -1;
	EXPECT_EQ(-EBADF, vfio_export(&dev, guest_bar(), 0, PAGE));
}

TEST_F(fds, that_are_no_dma_buf_are_not_imported)
{
	int i, ret;

	for (i = 0; i < FDS; i++) {
		ret = importer_attach(self->importer, self->wrong[i],
				      &importer_good);
		EXPECT_TRUE(ret == -EINVAL || ret == -EBADF)
			TH_LOG("descriptor %d: %d", i, ret);
	}
	EXPECT_EQ(-EINVAL, importer_attach(self->importer, self->dev.device,
					   &importer_good));
	EXPECT_EQ(-EINVAL, importer_attach(self->importer, self->importer,
					   &importer_good));
	EXPECT_EQ(-EBADF, importer_attach(self->importer, -1, &importer_good));
}

TEST_F(fds, that_are_closed_do_nothing)
{
	struct vfio_dev dev = self->dev;

	dev.device = dup(self->dev.device);
	ASSERT_LE(0, dev.device);
	close(dev.device);
	EXPECT_EQ(-EBADF, vfio_export(&dev, guest_bar(), 0, PAGE));
	close(self->dmabuf);
	EXPECT_EQ(-EBADF, importer_attach(self->importer, self->dmabuf,
					  &importer_good));
	self->dmabuf = -1;
}

TEST_F(fds, of_one_group_many_times_over)
{
	int ret;

	/* Twice where the function is not alone on its bus: one too many else. */
	ret = vfio_hot_reset_groups(&self->dev, 2);
	EXPECT_EQ(guest_sibling() ? 0 : -EINVAL, ret);
	EXPECT_EQ(-EINVAL, vfio_hot_reset_groups(&self->dev, 100));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
}

TEST_F(fds, that_are_no_group_reset_nothing)
{
	struct vfio_dev dev = self->dev;
	char was[64];
	int i, ret;

	snprintf(was, sizeof(was), "buffer %lu ", guest_ino(self->dmabuf));
	for (i = 0; i < FDS - 1; i++) {
		dev.group = self->wrong[i];
		ret = vfio_hot_reset(&dev);
		EXPECT_TRUE(ret == -EINVAL || ret == -EBADF)
			TH_LOG("descriptor %d: %d", i, ret);
	}
	dev.group = -1;
	EXPECT_EQ(-EBADF, vfio_hot_reset(&dev));
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, was, "live",
				   "generation 0"));
}

/* A look at a feature is not a use of it. */
TEST_F(fds, of_the_device_are_asked_for_low_power)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
	};

	EXPECT_EQ(0, vfio_feature(self->dev.device, &feature));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	feature.flags = VFIO_DEVICE_FEATURE_GET |
			VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY;
	EXPECT_EQ(-EINVAL, vfio_feature(self->dev.device, &feature));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
}

/* The dma-buf's own calls: no more than it has, no bytes, and none of VFIO's. */
TEST_F(fds, of_a_buffer_are_no_files_of_bytes)
{
	char byte = 0;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
				   self->dmabuf, PAGE));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE,
				   self->dmabuf, 0));
	EXPECT_GT(0, pread(self->dmabuf, &byte, 1, 0));
	EXPECT_GT(0, pwrite(self->dmabuf, &byte, 1, 0));
	EXPECT_NE(0, ftruncate(self->dmabuf, 0));
	EXPECT_EQ(PAGE, lseek(self->dmabuf, 0, SEEK_END));
}

TEST_F(fds, limit_is_met_without_a_loss)
{
	struct rlimit was, few;
	int fds[64], ret = 0;
	size_t nr = 0, i;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &was));
	few = was;
	few.rlim_cur = 48;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	while (nr < ARRAY_SIZE(fds)) {
		ret = vfio_export(&self->dev, guest_bar(), 0, PAGE);
		if (ret < 0)
			break;
		fds[nr++] = ret;
	}
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &was));
	EXPECT_EQ(-EMFILE, ret);
	EXPECT_EQ(1 + nr, guest_count_lines(GUEST_BUFFERS, "buffer "));
	for (i = 0; i < nr; i++)
		close(fds[i]);
	EXPECT_EQ(1, guest_count_lines(GUEST_BUFFERS, "buffer "));
}

/* --- what changes while the kernel looks at it ------------------------------ */

#define FLIPS 5000

struct flipper {
	atomic_ushort word;
	atomic_bool done;
};

static void *flip(void *arg)
{
	struct flipper *flipper = arg;

	while (!atomic_load(&flipper->done)) {
		atomic_fetch_xor(&flipper->word, PCI_COMMAND_MEMORY);
		sched_yield();
	}
	return NULL;
}

/*
 * A write to the command register that meant no harm when it was looked at and
 * disables the memory when it is done: whatever comes of it, no importer keeps
 * a mapping of memory that is off.
 */
TEST_F_TIMEOUT(fds, config_write_changes_under_way, 120)
{
	struct flipper flipper = {
		.word = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
	};
	unsigned int i, off = 0, kept = 0;
	pthread_t thread;
	uint16_t command;
	int handle;

	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	handle = importer_attach(self->importer, self->dmabuf, &importer_good);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, pthread_create(&thread, NULL, flip, &flipper));
	for (i = 0; i < FLIPS; i++) {
		importer_map(self->importer, handle);
		EXPECT_EQ(0, vfio_config_write(&self->dev, PCI_COMMAND,
					       (void *)&flipper.word, 2));
		ASSERT_EQ(0, vfio_config_read(&self->dev, PCI_COMMAND, &command,
					      2));
		if (command & PCI_COMMAND_MEMORY)
			continue;
		off++;
		kept += importer_mapped(self->importer, handle);
	}
	atomic_store(&flipper.done, true);
	pthread_join(thread, NULL);
	printf("# off after %u of %u writes\n", off, FLIPS);
	EXPECT_LT(0, off);
	EXPECT_EQ(0, kept);
}

TEST_HARNESS_MAIN
