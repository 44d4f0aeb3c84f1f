// SPDX-License-Identifier: GPL-2.0-only
/*
 * Importers that keep their mappings whatever they are told: let in where an
 * IOMMU can cut them off, and cut off when the memory goes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/stale.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define LENGTH (16 * PAGE)
#define TRACING "/sys/kernel/tracing/"
#define TIMEOUT "/sys/module/p2p_bar_exporter/parameters/revoke_timeout_ms"

/* Listens, in principle. */
static const struct importer_manner deaf = {
	.mode = P2P_IMPORTER_DYNAMIC,
	.letgo = P2P_IMPORTER_LETGO_NEVER,
};

static int take_memory(struct vfio_dev *dev)
{
	return vfio_set_memory(dev, 0);
}

static int give_memory(struct vfio_dev *dev)
{
	return vfio_set_memory(dev, 1);
}

static int take_low_power(struct vfio_dev *dev)
{
	return vfio_set_feature(dev, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);
}

static int give_low_power(struct vfio_dev *dev)
{
	return vfio_set_feature(dev, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT);
}

static int reset_by_sysfs(struct vfio_dev *dev)
{
	return guest_write_device(guest_exporter(), "reset", "1");
}

static int no_give(struct vfio_dev *dev)
{
	return 0;
}

/* --- admission ------------------------------------------------------------- */

FIXTURE(cut)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
};

static uint64_t length(void)
{
	return guest_pages() < 16 ? PAGE : LENGTH;
}

FIXTURE_SETUP(cut)
{
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, length());
	ASSERT_LE(0, self->dmabuf);
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
}

FIXTURE_TEARDOWN(cut)
{
	guest_write(TIMEOUT, "60000");
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

static int come(FIXTURE_DATA(cut) *self, const struct importer_manner *manner)
{
	return importer_attach_map(self->importer, self->dmabuf, manner);
}

TEST_F(cut, pinned_importer_is_let_in_where_it_can_be_cut_off)
{
	struct importer_manner manner = importer_keeper();
	int handle = come(self, &manner);

	if (guest_translates()) {
		ASSERT_LE(0, handle);
		EXPECT_EQ(0, importer_unmap(self->importer, handle));
	} else {
		EXPECT_EQ(-EOPNOTSUPP, handle);
		EXPECT_TRUE(guest_refused(guest_importer(),
					  manner.flags ? "no callback" : "pins"));
		EXPECT_TRUE(guest_refused(guest_importer(),
					  "no IOMMU translates its DMA"));
	}
	/* A good one of the same device is none the worse for it. */
	EXPECT_LE(0, come(self, &importer_good));
}

TEST_F(cut, importer_without_callback_is_let_in_where_it_can_be_cut_off)
{
	struct importer_manner mute = importer_good;
	int handle;

	if (!guest_kernel_has("dma_buf_attach_revocable"))
		SKIP(return, "the kernel has no such importers");
	mute.flags = P2P_IMPORTER_NO_NOTIFY;
	handle = come(self, &mute);
	if (!guest_translates()) {
		EXPECT_EQ(-EOPNOTSUPP, handle);
		EXPECT_TRUE(guest_refused(guest_importer(), "no callback"));
		return;
	}
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_TRUE(importer_mapped(self->importer, handle));
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
}

/* Where its callback is there to let go, it is one like others. */
TEST_F(cut, pinned_importer_that_lets_go_is_told)
{
	struct importer_manner manner = importer_good;
	int handle;

	if (!guest_kernel_has("dma_buf_attach_revocable"))
		SKIP(return, "the kernel has no such importers");
	manner.mode = P2P_IMPORTER_PINNED;
	handle = come(self, &manner);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_EQ(1, importer_status(self->importer, handle).unmaps_in_notify);
}

/*
 * Its mapping may be shared with importers that listen. Where the kernel does not
 * say who pinned, it is one of those.
 */
TEST_F(cut, pin_of_what_is_mapped_is_refused_or_not_counted)
{
	struct importer_manner late = importer_good;
	int handle;

	late.mode = P2P_IMPORTER_PIN_LATE;
	handle = come(self, &late);
	if (handle < 0) {
		EXPECT_EQ(-EOPNOTSUPP, handle);
		EXPECT_TRUE(guest_refused(guest_importer(), "pins"));
		return;
	}
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_EQ(1, importer_status(self->importer, handle).unmaps_in_notify);
}

/* --- what takes the memory, and gives it back ------------------------------ */

FIXTURE(taken)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	int handle;
};

FIXTURE_VARIANT(taken)
{
	int (*take)(struct vfio_dev *dev);
	int (*give)(struct vfio_dev *dev);
};

FIXTURE_VARIANT_ADD(taken, reset) {
	.take = vfio_reset, .give = no_give,
};

FIXTURE_VARIANT_ADD(taken, hot_reset) {
	.take = vfio_hot_reset, .give = no_give,
};

FIXTURE_VARIANT_ADD(taken, sysfs_reset) {
	.take = reset_by_sysfs, .give = no_give,
};

FIXTURE_VARIANT_ADD(taken, memory_bit) {
	.take = take_memory, .give = give_memory,
};

FIXTURE_VARIANT_ADD(taken, low_power) {
	.take = take_low_power, .give = give_low_power,
};

FIXTURE_SETUP(taken)
{
	struct importer_manner manner = importer_keeper();

	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	if (guest_sibling() && (variant->take == vfio_reset ||
				variant->take == reset_by_sysfs))
		SKIP(return, "the exporter is not alone on its bus");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, length());
	ASSERT_LE(0, self->dmabuf);
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &manner);
	ASSERT_LE(0, self->handle);
}

FIXTURE_TEARDOWN(taken)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

/* The first entry of the mapping. */
static uint64_t dma_address(int importer, int handle)
{
	struct p2p_importer_entry entry = { 0 };
	struct p2p_importer_table table;

	importer_table(importer, handle, &entry, 1, &table);
	return entry.dma_address;
}

TEST_F(taken, nobody_waits_for_it)
{
	ASSERT_EQ(0, variant->take(&self->dev));
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
	ASSERT_EQ(0, variant->give(&self->dev));
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
	/* To be told makes it complain. */
	EXPECT_EQ(0, importer_status(self->importer, self->handle).notifies);

	/* Its end is as if nothing had been, and so is a new beginning. */
	EXPECT_EQ(0, importer_unmap(self->importer, self->handle));
	EXPECT_EQ(0, importer_map(self->importer, self->handle));
	EXPECT_EQ(0, importer_dma(self->importer, self->handle,
				  P2P_IMPORTER_TO_DRIVE, 0, 0, 512));
}

TEST_F(taken, cut_is_traced)
{
	ASSERT_EQ(0, guest_write(TRACING "trace", ""));
	ASSERT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "1"));
	EXPECT_EQ(0, variant->take(&self->dev));
	EXPECT_EQ(0, guest_write(TRACING "events/p2p_bar/enable", "0"));
	EXPECT_TRUE(guest_line_has(TRACING "trace", "p2p_bar_cut",
				   guest_exporter(), guest_importer()));
	ASSERT_EQ(0, variant->give(&self->dev));
}

/* Twice: what has been cut stays so, and does not count again. */
TEST_F(taken, again)
{
	ASSERT_EQ(0, variant->take(&self->dev));
	ASSERT_EQ(0, variant->give(&self->dev));
	ASSERT_EQ(0, variant->take(&self->dev));
	ASSERT_EQ(0, variant->give(&self->dev));
	EXPECT_EQ(0, importer_unmap(self->importer, self->handle));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
}

TEST_F(taken, its_addresses_mean_nothing_else_meanwhile)
{
	uint64_t cut = dma_address(self->importer, self->handle);
	int handles[50];
	size_t i;

	ASSERT_NE(0, cut);
	ASSERT_EQ(0, variant->take(&self->dev));
	ASSERT_EQ(0, variant->give(&self->dev));
	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		handles[i] = importer_attach_map(self->importer, self->dmabuf,
						 &importer_good);
		ASSERT_LE(0, handles[i]);
		EXPECT_NE(cut, dma_address(self->importer, handles[i]));
		EXPECT_EQ(0, importer_unmap(self->importer, handles[i]));
	}
}

/* One of its kind, later, shares nothing with what has been cut. */
TEST_F(taken, the_next_one_is_served)
{
	struct importer_manner manner = importer_keeper();
	int next;

	ASSERT_EQ(0, variant->take(&self->dev));
	ASSERT_EQ(0, variant->give(&self->dev));
	next = importer_attach_map(self->importer, self->dmabuf, &manner);
	ASSERT_LE(0, next);
	EXPECT_NE(dma_address(self->importer, self->handle),
		  dma_address(self->importer, next));
	EXPECT_EQ(0, importer_dma(self->importer, next, P2P_IMPORTER_TO_DRIVE,
				  0, 0, 512));
}

TEST_F(taken, good_importer_of_the_same_device_is_not_cut)
{
	int good = importer_attach_map(self->importer, self->dmabuf,
				       &importer_good);

	ASSERT_LE(0, good);
	EXPECT_NE(dma_address(self->importer, self->handle),
		  dma_address(self->importer, good));
	ASSERT_EQ(0, variant->take(&self->dev));
	EXPECT_EQ(1, importer_status(self->importer, good).unmaps_in_notify);
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
	ASSERT_EQ(0, variant->give(&self->dev));
}

/* Whoever is left goes in whatever order. */
TEST_F(taken, importer_goes_after_the_device)
{
	ASSERT_EQ(0, variant->take(&self->dev));
	vfio_close(&self->dev);
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
	EXPECT_EQ(0, importer_detach(self->importer, self->handle));
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
}

/* --- a controller that goes on --------------------------------------------- */

#define ROUNDS 20

FIXTURE(stale)
{
	struct vfio_dev dev;
	int dmabuf;
	struct stale stale;
};

/* What is mapped piece by piece has to be cut piece by piece. */
FIXTURE_SETUP(stale)
{
	static const struct vfio_region_dma_range halves[] = {
		{ 0, LENGTH / 2 }, { LENGTH / 2, LENGTH / 2 },
	};
	struct importer_manner manner = importer_keeper();

	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	if (guest_is("msix"))
		SKIP(return, "the BAR holds registers, not memory");
	if (guest_sibling())
		SKIP(return, "the exporter is not alone on its bus");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->dmabuf = vfio_export_ranges(&self->dev, guest_bar(), halves,
					  ARRAY_SIZE(halves));
	ASSERT_LE(0, self->dmabuf);
	self->stale.importer = importer_open(guest_importer());
	ASSERT_LE(0, self->stale.importer);
	self->stale.length = LENGTH;
	self->stale.bar = vfio_map(&self->dev, guest_bar(), 0, LENGTH);
	ASSERT_NE(MAP_FAILED, self->stale.bar);
	ASSERT_EQ(0, stale_prepare(&self->stale));
	self->stale.handle = importer_attach_map(self->stale.importer,
						 self->dmabuf, &manner);
	ASSERT_LE(0, self->stale.handle);
}

FIXTURE_TEARDOWN(stale)
{
	close(self->stale.importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

/* Neither after the cut, nor while or after the importer undoes its mapping. */
TEST_F_TIMEOUT(stale, nothing_it_writes_lands, 120)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, stale_begin(&self->stale));
		/* It does get through as long as it may. */
		ASSERT_NE(0, stale_overwritten(&self->stale));
		ASSERT_EQ(0, vfio_reset(&self->dev));
		EXPECT_EQ(0, stale_overwritten(&self->stale))
			TH_LOG("round %u", i);
		ASSERT_EQ(0, importer_unmap(self->stale.importer,
					    self->stale.handle));
		EXPECT_EQ(0, stale_overwritten(&self->stale))
			TH_LOG("round %u, unmapped", i);
		ASSERT_EQ(0, stale_end(&self->stale));
		ASSERT_EQ(0, importer_map(self->stale.importer,
					  self->stale.handle));
	}
	printf("# host: faults-at-least %d\n", ROUNDS);
}

/* --- who was expected to let go -------------------------------------------- */

static bool log_has(const char *words, const char *importer)
{
	return !system("dmesg > /tmp/dmesg") &&
	       guest_line_has("/tmp/dmesg", words, importer, NULL);
}

TEST_F(cut, importer_that_does_not_let_go_in_time_is_cut_off)
{
	int handle;

	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	handle = importer_attach_map(self->importer, self->dmabuf, &deaf);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, guest_write(TIMEOUT, "300"));
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_TRUE(importer_mapped(self->importer, handle));
	EXPECT_TRUE(log_has("did not unmap", "cut off"));
	ASSERT_EQ(0, give_memory(&self->dev));
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
	EXPECT_EQ(0, importer_map(self->importer, handle));
}

/* Its fence is of DMA that cannot reach the BAR any more. */
TEST_F(cut, fence_of_an_importer_that_was_cut_off_is_not_waited_for)
{
	struct importer_manner fenced = importer_good;
	int handle;

	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	fenced.letgo = P2P_IMPORTER_LETGO_FENCE;
	fenced.letgo_ms = P2P_IMPORTER_FOREVER;
	handle = importer_attach_map(self->importer, self->dmabuf, &fenced);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, guest_write(TIMEOUT, "300"));
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_TRUE(importer_status(self->importer, handle).fenced);
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
}

struct taker {
	pthread_t thread;
	struct vfio_dev *dev;
	int ret;
	atomic_bool done;
};

static void *taker_thread(void *arg)
{
	struct taker *taker = arg;

	taker->ret = take_memory(taker->dev);
	atomic_store(&taker->done, true);
	return NULL;
}

/* Where nothing can be cut, or must not, the wait goes on, and is named. */
static void expect_waited_for(struct __test_metadata *_metadata,
			      FIXTURE_DATA(cut) *self)
{
	struct taker taker = { .dev = &self->dev };
	char words[64];
	int handle;

	handle = importer_attach_map(self->importer, self->dmabuf, &deaf);
	ASSERT_LE(0, handle);
	snprintf(words, sizeof(words), "%s to unmap buffer %lu",
		 guest_importer(), guest_ino(self->dmabuf));
	ASSERT_EQ(0, pthread_create(&taker.thread, NULL, taker_thread, &taker));
	while (!log_has("still waiting for", words) &&
	       !atomic_load(&taker.done))
		usleep(100000);
	EXPECT_FALSE(atomic_load(&taker.done));
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
	pthread_join(taker.thread, NULL);
	EXPECT_EQ(0, taker.ret);
}

TEST_F(cut, importer_that_cannot_be_cut_off_is_waited_for)
{
	if (!guest_is("root-pt"))
		SKIP(return, "takes 10 s, done on root-pt only");
	ASSERT_EQ(0, guest_write(TIMEOUT, "300"));
	expect_waited_for(_metadata, self);
}

TEST_F(cut, without_a_limit_it_is_waited_for)
{
	if (!guest_is("root"))
		SKIP(return, "takes 10 s, done on root only");
	ASSERT_EQ(0, guest_write(TIMEOUT, "0"));
	expect_waited_for(_metadata, self);
}

TEST_F(cut, importer_that_lets_go_in_time_is_not_cut_off)
{
	struct importer_manner late = importer_good;
	int handle, good;

	late.letgo = P2P_IMPORTER_LETGO_LATE;
	late.letgo_ms = 300;
	handle = importer_attach_map(self->importer, self->dmabuf, &late);
	ASSERT_LE(0, handle);
	good = importer_attach_map(self->importer, self->dmabuf,
				   &importer_good);
	ASSERT_LE(0, good);
	ASSERT_EQ(0, take_memory(&self->dev));
	EXPECT_EQ(1, importer_status(self->importer, handle).unmaps);
	EXPECT_EQ(1, importer_status(self->importer, good).unmaps);
}

TEST_HARNESS_MAIN
