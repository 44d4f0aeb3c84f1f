// SPDX-License-Identifier: GPL-2.0-only
/*
 * GPUs import a BAR by PRIME: those that can be told that it is gone, and no
 * others. What a drive writes there is on the screen.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/gpu.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/monitor.h"
#include "lib/vfio.h"

#define SLICE (16ULL << 20)	/* where in the BAR */

/* Since Linux 6.14 the driver has a callback; before, it imports as it can. */
static bool imports(void)
{
	return guest_line_has("/proc/kallsyms", " virtgpu_dma_buf_move_notify",
			      NULL, NULL);
}

static int export_slice(struct vfio_dev *dev)
{
	return vfio_export(dev, guest_bar(), SLICE, GPU_SLICE_SIZE);
}

/* --- who may import -------------------------------------------------------- */

FIXTURE(import)
{
	struct vfio_dev dev;
	int dmabuf;
	struct gpu gpu;
};

FIXTURE_SETUP(import)
{
	self->gpu.fd = -1;
	if (!guest_gpu())
		SKIP(return, "the machine has no GPU");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = export_slice(&self->dev);
	ASSERT_LE(0, self->dmabuf);
}

FIXTURE_TEARDOWN(import)
{
	gpu_close(&self->gpu);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

TEST_F(import, by_vgem_is_refused)
{
	ASSERT_EQ(0, gpu_open(&self->gpu, GPU_VGEM));
	EXPECT_EQ(-EOPNOTSUPP, gpu_import(&self->gpu, self->dmabuf));
	EXPECT_TRUE(guest_refused("vgem", "static importer, cannot be revoked"));
}

TEST_F(import, by_a_static_virtio_gpu_is_refused)
{
	if (imports())
		SKIP(return, "this kernel's virtio-gpu is a dynamic importer");
	ASSERT_EQ(0, gpu_open(&self->gpu, GPU_VIRTIO));
	EXPECT_EQ(-EOPNOTSUPP, gpu_import(&self->gpu, self->dmabuf));
	EXPECT_TRUE(guest_refused(guest_gpu(),
				  "static importer, cannot be revoked"));
}

TEST_F(import, ends_when_the_gpu_is_closed)
{
	struct p2p_dmabuf_info info;
	int other;

	if (!imports())
		SKIP(return, "this kernel's virtio-gpu is a static importer");
	ASSERT_EQ(0, gpu_open(&self->gpu, GPU_VIRTIO));
	ASSERT_EQ(0, gpu_import(&self->gpu, self->dmabuf));
	EXPECT_EQ(1, control_maps(self->dmabuf, guest_gpu()));
	other = dup(self->dmabuf);
	close(self->dmabuf);
	gpu_close(&self->gpu);
	EXPECT_EQ(-ENOENT, control_maps(other, guest_gpu()));
	ASSERT_EQ(0, control_info(other, &info));
	EXPECT_EQ(0, info.nr_importers);
	self->dmabuf = other;
}

/* --- what is on the screen ------------------------------------------------- */

FIXTURE(screen)
{
	struct vfio_dev dev;
	int dmabuf;
	int drive;
	int handle;
	int monitor;
	struct gpu gpu;
};

FIXTURE_SETUP(screen)
{
	self->gpu.fd = -1;
	if (!guest_gpu())
		SKIP(return, "the machine has no GPU");
	if (!imports())
		SKIP(return, "this kernel's virtio-gpu is a static importer");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = export_slice(&self->dev);
	ASSERT_LE(0, self->dmabuf);
	self->drive = importer_open(guest_importer());
	ASSERT_LE(0, self->drive);
	self->handle = importer_attach_map(self->drive, self->dmabuf,
					   &importer_good);
	ASSERT_LE(0, self->handle);
	self->monitor = monitor_open();
	ASSERT_LE(0, self->monitor);
	ASSERT_EQ(0, gpu_open(&self->gpu, GPU_VIRTIO));
	ASSERT_EQ(0, gpu_import_and_show(&self->gpu, self->dmabuf));
	ASSERT_EQ(1, control_maps(self->dmabuf, guest_gpu()));
}

FIXTURE_TEARDOWN(screen)
{
	gpu_close(&self->gpu);
	close(self->monitor);
	close(self->drive);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

/* From the drive; the host compares it with what is on the screen then. */
static int draw(FIXTURE_DATA(screen) *self, const char *name, uint32_t number)
{
	const uint64_t offset = number * GPU_SLICE_SIZE;
	void *pixels = malloc(GPU_PICTURE_SIZE);
	int ret;

	guest_pattern(pixels, GPU_PICTURE_SIZE, number + 1);
	ret = importer_drive_write(self->drive, offset, pixels,
				   GPU_PICTURE_SIZE);
	free(pixels);
	if (!ret)
		ret = importer_dma(self->drive, self->handle, 0, offset, 0,
				   GPU_PICTURE_SIZE);
	if (!ret)
		ret = gpu_flush(&self->gpu);
	if (!ret)
		ret = monitor_dump_screen(self->monitor, name);
	printf("# host: screen %s %llu\n", name, (unsigned long long)offset);
	return ret;
}

TEST_F(screen, shows_what_the_drive_writes)
{
	ASSERT_EQ(0, draw(self, "first", 0));
	ASSERT_EQ(0, draw(self, "second", 1));
}

/* --- when it is taken away ------------------------------------------------- */

/* Both importers let go by themselves, and come back when they are asked to. */
static void map_again(struct __test_metadata *_metadata,
		      FIXTURE_DATA(screen) *self)
{
	EXPECT_EQ(0, control_maps(self->dmabuf, guest_gpu()));
	ASSERT_EQ(0, importer_map(self->drive, self->handle));
	ASSERT_EQ(0, gpu_show(&self->gpu));
	EXPECT_EQ(1, control_maps(self->dmabuf, guest_gpu()));
}

TEST_F(screen, shows_it_again_after_VFIO_DEVICE_RESET)
{
	ASSERT_EQ(0, vfio_reset(&self->dev));
	map_again(_metadata, self);
	ASSERT_EQ(0, draw(self, "after-reset", 2));
}

TEST_F(screen, shows_it_again_after_a_hot_reset)
{
	ASSERT_EQ(0, vfio_hot_reset(&self->dev));
	map_again(_metadata, self);
	ASSERT_EQ(0, draw(self, "after-hot-reset", 3));
}

TEST_F(screen, shows_it_again_after_a_reset_by_sysfs)
{
	ASSERT_EQ(0, guest_write_device(guest_exporter(), "reset", "1"));
	map_again(_metadata, self);
	ASSERT_EQ(0, draw(self, "after-sysfs-reset", 4));
}

TEST_F(screen, shows_it_again_when_memory_is_back)
{
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	EXPECT_EQ(0, control_maps(self->dmabuf, guest_gpu()));
	EXPECT_EQ(-ENODEV, gpu_show(&self->gpu));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	map_again(_metadata, self);
	ASSERT_EQ(0, draw(self, "after-memory", 5));
}

TEST_F(screen, is_not_had_again_when_it_is_retired)
{
	ASSERT_EQ(0, control_revoke(self->dmabuf, self->dev.device));
	EXPECT_EQ(0, control_maps(self->dmabuf, guest_gpu()));
	EXPECT_EQ(-ENODEV, gpu_show(&self->gpu));
}

TEST_F(screen, is_not_had_again_when_the_device_is_closed)
{
	vfio_close(&self->dev);
	EXPECT_EQ(0, control_maps(self->dmabuf, guest_gpu()));
	EXPECT_EQ(-ENODEV, gpu_show(&self->gpu));
	EXPECT_EQ(0, gpu_hide(&self->gpu));
}

/* --- by who knows nothing of that ------------------------------------------ */

struct painter {
	pthread_t thread;
	atomic_bool done;
	struct gpu *gpu;
	sem_t painted;
	int wrong;
};

static void *paint(void *arg)
{
	struct painter *painter = arg;
	int ret;

	while (!atomic_load(&painter->done) && !painter->wrong) {
		ret = gpu_flush(painter->gpu);
		if (ret && ret != -ENODEV)
			painter->wrong = ret;
		if (ret != -ENODEV)
			sem_post(&painter->painted);
	}
	return NULL;
}

/* Twice: the first one may be late news. */
static void wait_for_paint(struct painter *painter)
{
	while (!sem_trywait(&painter->painted))
		;
	sem_wait(&painter->painted);
	sem_wait(&painter->painted);
}

/* As a compositor that goes on painting: that alone has it mapped again. */
TEST_F(screen, is_painted_through_resets)
{
	struct painter painter = { .gpu = &self->gpu };
	unsigned int i;

	ASSERT_EQ(0, sem_init(&painter.painted, 0, 0));
	ASSERT_EQ(0, pthread_create(&painter.thread, NULL, paint, &painter));
	for (i = 0; i < 10; i++) {
		wait_for_paint(&painter);
		EXPECT_EQ(0, vfio_reset(&self->dev));
	}
	wait_for_paint(&painter);
	atomic_store(&painter.done, true);
	pthread_join(painter.thread, NULL);
	EXPECT_EQ(0, painter.wrong);
	EXPECT_EQ(1, control_maps(self->dmabuf, guest_gpu()));
	ASSERT_EQ(0, importer_map(self->drive, self->handle));
	ASSERT_EQ(0, draw(self, "after-painting", 6));
}

/* Its own files, none of which anybody closes. */
static void show_and_tell(int told)
{
	struct vfio_dev dev;
	struct gpu gpu;
	int dmabuf, ret;

	ret = vfio_open(&dev, guest_exporter());
	if (!ret)
		ret = gpu_open(&gpu, GPU_VIRTIO);
	dmabuf = ret ? ret : export_slice(&dev);
	ret = dmabuf < 0 ? dmabuf : gpu_import_and_show(&gpu, dmabuf);
	if (write(told, &ret, sizeof(ret)) == sizeof(ret))
		pause();
	_exit(1);
}

TEST_F(import, goes_with_a_process_that_is_killed)
{
	int told[2], ret = -EIO;
	pid_t child;

	if (!imports())
		SKIP(return, "this kernel's virtio-gpu is a static importer");
	vfio_close(&self->dev);
	ASSERT_EQ(0, pipe(told));
	child = fork();
	if (!child)
		show_and_tell(told[1]);
	ASSERT_LT(0, child);
	ASSERT_EQ(sizeof(ret), read(told[0], &ret, sizeof(ret)));
	EXPECT_EQ(0, ret);
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, "importer", guest_gpu(),
				   "maps 1"));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	EXPECT_FALSE(guest_line_has(GUEST_BUFFERS, "importer", guest_gpu(),
				    NULL));
	EXPECT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

TEST_HARNESS_MAIN
