// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation: whatever makes the BAR unreachable or resets it takes importers'
 * mappings away first, and nothing but the caller waits for them.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/stale.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define LONG_MS 60000

/* --- the hooks ----------------------------------------------------------- */

static int no_give(struct vfio_dev *dev)
{
	return 0;
}

static int take_memory(struct vfio_dev *dev)
{
	return vfio_set_memory(dev, 0);
}

static int give_memory(struct vfio_dev *dev)
{
	return vfio_set_memory(dev, 1);
}

static int set_power(struct vfio_dev *dev, uint8_t state)
{
	uint8_t pos = vfio_find_capability(dev, PCI_CAP_ID_PM), ctrl;
	int ret = vfio_config_read(dev, pos + PCI_PM_CTRL, &ctrl, 1);

	if (ret)
		return ret;
	ctrl = (ctrl & ~PCI_PM_CTRL_STATE_MASK) | state;
	return vfio_config_write(dev, pos + PCI_PM_CTRL, &ctrl, 1);
}

static int take_power(struct vfio_dev *dev)
{
	return set_power(dev, 3);
}

static int give_power(struct vfio_dev *dev)
{
	return set_power(dev, 0);
}

static int take_low_power(struct vfio_dev *dev)
{
	return vfio_set_feature(dev, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);
}

static int give_low_power(struct vfio_dev *dev)
{
	return vfio_set_feature(dev, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT);
}

static int reset_by_flr(struct vfio_dev *dev)
{
	uint8_t pos = vfio_find_capability(dev, PCI_CAP_ID_EXP);
	uint16_t ctrl;
	int ret = vfio_config_read(dev, pos + PCI_EXP_DEVCTL, &ctrl, 2);

	if (ret)
		return ret;
	ctrl |= PCI_EXP_DEVCTL_BCR_FLR;
	return vfio_config_write(dev, pos + PCI_EXP_DEVCTL, &ctrl, 2);
}

static int reset_by_sysfs(struct vfio_dev *dev)
{
	return guest_write_device(guest_exporter(), "reset", "1");
}

static int reset_by_bridge(struct vfio_dev *dev)
{
	return guest_write_device(guest_exporter_port(), "reset_subordinate",
				  "1");
}

/* Another function of the set, driven by vfio-pci, resets them all. */
static int reset_by_sibling(struct vfio_dev *dev)
{
	struct vfio_dev sibling = *dev;
	int ret;

	sibling.device = vfio_device_in_group(dev, guest_sibling());
	if (sibling.device < 0)
		return sibling.device;
	ret = vfio_hot_reset(&sibling);
	close(sibling.device);
	return ret;
}

/* --- fixture --------------------------------------------------------------- */

FIXTURE(revoke)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	int handle;
};

/* What every fixture of this file begins with. */
#define REVOKE_SETUP(slice)							\
do {										\
	if (guest_is("none"))							\
		SKIP(return, "no importer may attach here");			\
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));			\
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, slice);		\
	ASSERT_LE(0, self->dmabuf);						\
	self->importer = importer_open(guest_importer());			\
	ASSERT_LE(0, self->importer);						\
} while (0)

FIXTURE_SETUP(revoke)
{
	REVOKE_SETUP(PAGE);
	if (guest_sibling())
		SKIP(return, "the exporter is not alone on its bus");
}

FIXTURE_TEARDOWN(revoke)
{
	/* The importers first: closing the device waits for them. */
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

/* --- every hook takes and gives -------------------------------------------- */

FIXTURE(hook)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	int handle;
};

FIXTURE_VARIANT(hook)
{
	int (*take)(struct vfio_dev *dev);
	int (*give)(struct vfio_dev *dev);
	uint8_t capability;
	bool sibling;
};

FIXTURE_VARIANT_ADD(hook, ioctl_reset) {
	.take = vfio_reset, .give = no_give,
};

FIXTURE_VARIANT_ADD(hook, hot_reset) {
	.take = vfio_hot_reset, .give = no_give,
};

FIXTURE_VARIANT_ADD(hook, hot_reset_by_sibling) {
	.take = reset_by_sibling, .give = no_give, .sibling = true,
};

FIXTURE_VARIANT_ADD(hook, sysfs_reset) {
	.take = reset_by_sysfs, .give = no_give,
};

FIXTURE_VARIANT_ADD(hook, bridge_reset) {
	.take = reset_by_bridge, .give = no_give,
};

FIXTURE_VARIANT_ADD(hook, flr_by_config) {
	.take = reset_by_flr, .give = no_give, .capability = PCI_CAP_ID_EXP,
};

FIXTURE_VARIANT_ADD(hook, memory_bit) {
	.take = take_memory, .give = give_memory,
};

FIXTURE_VARIANT_ADD(hook, d3hot) {
	.take = take_power, .give = give_power, .capability = PCI_CAP_ID_PM,
};

FIXTURE_VARIANT_ADD(hook, low_power) {
	.take = take_low_power, .give = give_low_power,
};

/* A function that shares its bus is not reset alone: see the lab's README. */
static bool resets_a_function(int (*take)(struct vfio_dev *dev))
{
	return take == vfio_reset || take == reset_by_sysfs;
}

FIXTURE_SETUP(hook)
{
	REVOKE_SETUP(PAGE);
	if (guest_sibling() && resets_a_function(variant->take))
		SKIP(return, "the exporter is not alone on its bus");
	if (variant->capability &&
	    !vfio_find_capability(&self->dev, variant->capability))
		SKIP(return, "the exporter lacks the capability");
	if (variant->sibling && !guest_sibling())
		SKIP(return, "the exporter has no second function");
}

FIXTURE_TEARDOWN(hook)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

TEST_F(hook, tells_the_importer_and_maps_again_afterwards)
{
	struct p2p_importer_status status;
	char was[64];

	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_LE(0, self->handle);
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	snprintf(was, sizeof(was), "buffer %lu ", guest_ino(self->dmabuf));
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, was, "generation 0 ", NULL));

	ASSERT_EQ(0, variant->take(&self->dev));
	status = importer_status(self->importer, self->handle);
	EXPECT_LE(1, status.notifies);
	EXPECT_EQ(1, status.unmaps_in_notify);
	EXPECT_FALSE(status.mapped);
	EXPECT_EQ(-ENXIO, importer_dma(self->importer, self->handle,
				       P2P_IMPORTER_TO_DRIVE, 0, 0, 512));
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, was, "generation 1 ", NULL));
	if (variant->give != no_give) {
		EXPECT_STREQ("revoked", guest_buffer_state(self->dmabuf));
		EXPECT_EQ(-ENODEV, importer_map(self->importer, self->handle));
	}

	ASSERT_EQ(0, variant->give(&self->dev));
	EXPECT_EQ(0, importer_wait(self->importer, self->handle,
				   P2P_IMPORTER_NOTIFIED, 2, LONG_MS));
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	EXPECT_EQ(0, importer_map(self->importer, self->handle));
}

TEST_F(hook, export_in_between_is_revoked_until_then)
{
	int handle, dmabuf;

	if (variant->give == no_give)
		SKIP(return, "there is no time in between");
	ASSERT_EQ(0, variant->take(&self->dev));
	dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	handle = importer_attach(self->importer, dmabuf, &importer_good);
	ASSERT_LE(0, handle);
	EXPECT_EQ(-ENODEV, importer_map(self->importer, handle));
	ASSERT_EQ(0, variant->give(&self->dev));
	EXPECT_EQ(0, importer_map(self->importer, handle));
}

TEST_F(revoke, taken_twice_is_given_back_when_both_have_ended)
{
	self->handle = importer_attach(self->importer, self->dmabuf,
				       &importer_good);
	ASSERT_EQ(0, take_memory(&self->dev));
	ASSERT_EQ(0, take_low_power(&self->dev));
	ASSERT_EQ(0, give_memory(&self->dev));
	EXPECT_EQ(-ENODEV, importer_map(self->importer, self->handle));
	ASSERT_EQ(0, give_low_power(&self->dev));
	EXPECT_EQ(0, importer_map(self->importer, self->handle));
}

TEST_F(revoke, reset_while_memory_is_disabled_leaves_it_revoked)
{
	self->handle = importer_attach(self->importer, self->dmabuf,
				       &importer_good);
	ASSERT_EQ(0, take_memory(&self->dev));
	ASSERT_EQ(0, vfio_reset(&self->dev));
	EXPECT_STREQ("revoked", guest_buffer_state(self->dmabuf));
	EXPECT_EQ(-ENODEV, importer_map(self->importer, self->handle));
	ASSERT_EQ(0, give_memory(&self->dev));
	EXPECT_EQ(0, importer_map(self->importer, self->handle));
}

TEST_F(revoke, config_write_that_keeps_the_memory_tells_nobody)
{
	uint16_t cmd;

	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_EQ(0, vfio_config_read(&self->dev, PCI_COMMAND, &cmd, 2));
	cmd |= PCI_COMMAND_MASTER;
	ASSERT_EQ(0, vfio_config_write(&self->dev, PCI_COMMAND, &cmd, 2));
	EXPECT_EQ(0, importer_status(self->importer, self->handle).notifies);
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
}

TEST_F(revoke, memory_bit_is_found_in_a_long_write)
{
	uint8_t header[64];

	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	ASSERT_EQ(0, vfio_config_read(&self->dev, 0, header, sizeof(header)));
	header[PCI_COMMAND] &= ~PCI_COMMAND_MEMORY;
	ASSERT_EQ(0, vfio_config_write(&self->dev, 0, header, sizeof(header)));
	EXPECT_FALSE(importer_mapped(self->importer, self->handle));
	EXPECT_STREQ("revoked", guest_buffer_state(self->dmabuf));
}

/* --- what does not wait ---------------------------------------------------- */

struct taker {
	pthread_t thread;
	int (*take)(struct vfio_dev *dev);
	struct vfio_dev *dev;
	atomic_bool done;
	int ret;
};

static void *take_in_thread(void *arg)
{
	struct taker *taker = arg;

	taker->ret = taker->take(taker->dev);
	atomic_store(&taker->done, true);
	return NULL;
}

static void taker_start(struct taker *taker, struct vfio_dev *dev,
			int (*take)(struct vfio_dev *dev))
{
	*taker = (struct taker){ .take = take, .dev = dev };
	pthread_create(&taker->thread, NULL, take_in_thread, taker);
}

static int taker_join(struct taker *taker)
{
	pthread_join(taker->thread, NULL);
	return taker->ret;
}

FIXTURE(slow)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	int handle;
};

FIXTURE_VARIANT(slow)
{
	int (*take)(struct vfio_dev *dev);
	uint32_t letgo;
};

FIXTURE_VARIANT_ADD(slow, ioctl_reset) {
	.take = vfio_reset, .letgo = P2P_IMPORTER_LETGO_LATE,
};

FIXTURE_VARIANT_ADD(slow, memory_bit) {
	.take = take_memory, .letgo = P2P_IMPORTER_LETGO_LATE,
};

FIXTURE_VARIANT_ADD(slow, low_power) {
	.take = take_low_power, .letgo = P2P_IMPORTER_LETGO_LATE,
};

FIXTURE_VARIANT_ADD(slow, hot_reset) {
	.take = vfio_hot_reset, .letgo = P2P_IMPORTER_LETGO_LATE,
};

FIXTURE_VARIANT_ADD(slow, sysfs_reset) {
	.take = reset_by_sysfs, .letgo = P2P_IMPORTER_LETGO_LATE,
};

FIXTURE_VARIANT_ADD(slow, slow_callback) {
	.take = vfio_reset, .letgo = P2P_IMPORTER_LETGO_SLOW_CALLBACK,
};

FIXTURE_SETUP(slow)
{
	REVOKE_SETUP(PAGE);
	if (guest_sibling())
		SKIP(return, "the exporter is not alone on its bus");
}

FIXTURE_TEARDOWN(slow)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

TEST_F(slow, importer_delays_the_revoker_and_nothing_else)
{
	struct importer_manner late = importer_good;
	struct taker taker;
	uint32_t word;
	int other;

	late.letgo = variant->letgo;
	late.letgo_ms = 5000;
	self->handle = importer_attach_map(self->importer, self->dmabuf, &late);
	ASSERT_LE(0, self->handle);

	taker_start(&taker, &self->dev, variant->take);
	ASSERT_EQ(0, importer_wait(self->importer, self->handle,
				   P2P_IMPORTER_NOTIFIED, 1, LONG_MS));
	EXPECT_EQ(4, vfio_read(&self->dev, guest_bar(), 0, &word, 4));
	other = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	EXPECT_LE(0, other);
	/* All of this while the revoker was waiting. */
	EXPECT_FALSE(atomic_load(&taker.done));

	EXPECT_EQ(0, taker_join(&taker));
	EXPECT_FALSE(importer_mapped(self->importer, self->handle));
	close(other);
}

TEST_F(revoke, all_importers_are_told_before_the_first_is_waited_for)
{
	struct importer_manner deaf = importer_good;
	struct taker taker;
	int handles[50];
	size_t i, nr = ARRAY_SIZE(handles);

	/* The kernel's DMA debugging takes many mappings of a page for a leak. */
	if (nr > guest_pages())
		nr = guest_pages();
	deaf.letgo = P2P_IMPORTER_LETGO_NEVER;
	for (i = 0; i < nr; i++) {
		int dmabuf = vfio_export(&self->dev, guest_bar(), i * PAGE,
					 PAGE);

		handles[i] = importer_attach_map(self->importer, dmabuf, &deaf);
		ASSERT_LE(0, handles[i]);
		close(dmabuf);
	}
	taker_start(&taker, &self->dev, take_memory);
	for (i = 0; i < nr; i++)
		EXPECT_EQ(0, importer_wait(self->importer, handles[i],
					   P2P_IMPORTER_NOTIFIED, 1, LONG_MS));
	EXPECT_FALSE(atomic_load(&taker.done));
	for (i = 0; i < nr; i++)
		EXPECT_EQ(0, importer_unmap(self->importer, handles[i]));
	EXPECT_EQ(0, taker_join(&taker));
}

TEST_F(revoke, fence_is_waited_for_even_if_nothing_is_mapped)
{
	struct importer_manner fenced = importer_good;
	struct p2p_importer_status status;

	fenced.letgo = P2P_IMPORTER_LETGO_FENCE;
	fenced.letgo_ms = 500;
	fenced.flags = P2P_IMPORTER_UNMAP_FIRST;
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &fenced);
	ASSERT_LE(0, self->handle);
	ASSERT_EQ(0, vfio_reset(&self->dev));
	status = importer_status(self->importer, self->handle);
	EXPECT_FALSE(status.fenced);
	EXPECT_EQ(1, status.unmaps_in_notify);
}

TEST_F(revoke, mapping_is_waited_for_behind_its_fence)
{
	struct importer_manner fenced = importer_good;

	fenced.letgo = P2P_IMPORTER_LETGO_FENCE;
	fenced.letgo_ms = 500;
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &fenced);
	ASSERT_LE(0, self->handle);
	ASSERT_EQ(0, vfio_reset(&self->dev));
	EXPECT_FALSE(importer_mapped(self->importer, self->handle));
	EXPECT_FALSE(importer_status(self->importer, self->handle).fenced);
}

/* --- killed while waiting -------------------------------------------------- */

static void set_interrupt_mask(struct vfio_dev *dev, uint32_t value)
{
	uint32_t *regs = vfio_map(dev, VFIO_PCI_BAR0_REGION_INDEX, 0, PAGE);

	*(volatile uint32_t *)regs = value;
	munmap(regs, PAGE);
}

/* The ivshmem device's first register: only a reset clears it. */
static uint32_t interrupt_mask(struct vfio_dev *dev)
{
	uint32_t *regs = vfio_map(dev, VFIO_PCI_BAR0_REGION_INDEX, 0, PAGE);
	uint32_t value = *(volatile uint32_t *)regs;

	munmap(regs, PAGE);
	return value;
}

static void expect_killed(struct __test_metadata *_metadata,
			  FIXTURE_DATA(revoke) *self, uint32_t letgo,
			  int (*take)(struct vfio_dev *dev))
{
	struct importer_manner stubborn = importer_good;
	int status;
	pid_t pid;

	stubborn.letgo = letgo;
	stubborn.letgo_ms = P2P_IMPORTER_FOREVER;
	if (letgo == P2P_IMPORTER_LETGO_FENCE)
		stubborn.flags = P2P_IMPORTER_UNMAP_FIRST;
	else if (letgo == P2P_IMPORTER_LETGO_NEVER)
		stubborn.letgo_ms = 0;
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &stubborn);
	ASSERT_LE(0, self->handle);
	if (!guest_is("msix"))
		set_interrupt_mask(&self->dev, 0x5a);

	pid = fork();
	if (!pid) {
		take(&self->dev);
		_exit(0);
	}
	ASSERT_EQ(0, importer_wait(self->importer, self->handle,
				   P2P_IMPORTER_NOTIFIED, 1, LONG_MS));
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));

	/* Nothing was done to the device, and the memory is given back. */
	EXPECT_STREQ("live", guest_buffer_state(self->dmabuf));
	if (!guest_is("msix"))
		EXPECT_EQ(0x5a, interrupt_mask(&self->dev));
	EXPECT_EQ(2, importer_status(self->importer, self->handle).notifies);
}

TEST_F(revoke, reset_can_be_killed_while_an_importer_keeps_its_mapping)
{
	expect_killed(_metadata, self, P2P_IMPORTER_LETGO_NEVER, vfio_reset);
	EXPECT_TRUE(importer_mapped(self->importer, self->handle));
	/* Once the importer lets go, the reset is done, and shows. */
	EXPECT_EQ(0, importer_unmap(self->importer, self->handle));
	EXPECT_EQ(0, vfio_reset(&self->dev));
	if (!guest_is("msix"))
		EXPECT_EQ(0, interrupt_mask(&self->dev));
}

TEST_F(revoke, reset_can_be_killed_while_a_fence_is_outstanding)
{
	expect_killed(_metadata, self, P2P_IMPORTER_LETGO_FENCE, vfio_reset);
}

TEST_F(revoke, hot_reset_can_be_killed)
{
	expect_killed(_metadata, self, P2P_IMPORTER_LETGO_NEVER,
		      vfio_hot_reset);
}

TEST_F(revoke, config_write_can_be_killed)
{
	uint16_t cmd;

	expect_killed(_metadata, self, P2P_IMPORTER_LETGO_NEVER, take_memory);
	ASSERT_EQ(0, vfio_config_read(&self->dev, PCI_COMMAND, &cmd, 2));
	EXPECT_NE(0, cmd & PCI_COMMAND_MEMORY);
}

TEST_F(revoke, low_power_entry_can_be_killed)
{
	expect_killed(_metadata, self, P2P_IMPORTER_LETGO_NEVER,
		      take_low_power);
}

TEST(reset_that_cannot_be_done_takes_nothing_back)
{
	struct importer_manner never = importer_good;
	int dmabuf, importer, handle;
	struct vfio_dev dev;

	if (!guest_sibling())
		SKIP(return, "the exporter can be reset on its own");
	never.letgo = P2P_IMPORTER_LETGO_NEVER;
	ASSERT_EQ(0, vfio_open(&dev, guest_exporter()));
	dmabuf = vfio_export(&dev, guest_bar(), 0, PAGE);
	ASSERT_LE(0, dmabuf);
	importer = importer_open(guest_importer());
	ASSERT_LE(0, importer);
	handle = importer_attach_map(importer, dmabuf, &never);
	ASSERT_LE(0, handle);
	EXPECT_EQ(-EINVAL, vfio_reset(&dev));
	EXPECT_EQ(0, importer_status(importer, handle).notifies);
	EXPECT_TRUE(importer_mapped(importer, handle));
	close(importer);
	close(dmabuf);
	vfio_close(&dev);
}

/* A reset that has to wait for such an importer says so, and names it. */
static void expect_named(struct __test_metadata *_metadata,
			 FIXTURE_DATA(revoke) *self,
			 const struct importer_manner *slow, const char *name)
{
	self->handle = importer_attach_map(self->importer, self->dmabuf, slow);
	ASSERT_EQ(0, guest_write("/dev/kmsg", "selftest: slow importer"));
	ASSERT_EQ(0, vfio_reset(&self->dev));
	ASSERT_EQ(0, system("dmesg > /tmp/dmesg"));
	EXPECT_TRUE(guest_line_has("/tmp/dmesg", "still waiting for", name,
				   NULL));
}

TEST_F(revoke, log_names_the_importer_it_waits_for)
{
	struct importer_manner late = importer_good;
	char name[64];

	if (!guest_is("root"))
		SKIP(return, "takes 14 s, done on root only");
	late.letgo = P2P_IMPORTER_LETGO_LATE;
	late.letgo_ms = 14000;
	snprintf(name, sizeof(name), "%s to unmap buffer %lu",
		 guest_importer(), guest_ino(self->dmabuf));
	expect_named(_metadata, self, &late, name);
}

TEST_F(revoke, log_names_the_buffer_whose_fence_it_waits_for)
{
	struct importer_manner fenced = importer_good;
	char name[64];

	if (!guest_is("root"))
		SKIP(return, "takes 14 s, done on root only");
	fenced.letgo = P2P_IMPORTER_LETGO_FENCE;
	fenced.letgo_ms = 14000;
	fenced.flags = P2P_IMPORTER_UNMAP_FIRST;
	snprintf(name, sizeof(name), "fence of buffer %lu",
		 guest_ino(self->dmabuf));
	expect_named(_metadata, self, &fenced, name);
}

/* --- importers that go on all the same ------------------------------------- */

#define STALE_ROUNDS 20
#define STALE_LENGTH (16 * PAGE)

FIXTURE(stale)
{
	struct vfio_dev dev;
	int dmabuf;
	int importer;
	struct stale stale;
};

FIXTURE_SETUP(stale)
{
	if (guest_is("msix"))
		SKIP(return, "the BAR holds registers, not memory");
	REVOKE_SETUP(STALE_LENGTH);
	if (guest_is("switch") || guest_is("root-pt"))
		SKIP(return, "no IOMMU translates, so none can refuse");
	if (guest_sibling())
		SKIP(return, "the exporter is not alone on its bus");
	self->stale.importer = self->importer;
	self->stale.length = STALE_LENGTH;
	self->stale.bar = vfio_map(&self->dev, guest_bar(), 0, STALE_LENGTH);
	ASSERT_NE(MAP_FAILED, self->stale.bar);
	ASSERT_EQ(0, stale_prepare(&self->stale));
	self->stale.handle = importer_attach_map(self->importer, self->dmabuf,
						 &importer_good);
	ASSERT_LE(0, self->stale.handle);
}

FIXTURE_TEARDOWN(stale)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

TEST_F_TIMEOUT(stale, dma_does_not_reach_the_bar_after_a_reset, 120)
{
	unsigned int i;

	for (i = 0; i < STALE_ROUNDS; i++) {
		ASSERT_EQ(0, stale_begin(&self->stale));
		/* It does get through as long as it may. */
		ASSERT_NE(0, stale_overwritten(&self->stale));

		ASSERT_EQ(0, vfio_reset(&self->dev));
		EXPECT_EQ(0, stale_overwritten(&self->stale))
			TH_LOG("round %u", i);
		ASSERT_EQ(0, stale_end(&self->stale));
		ASSERT_EQ(0, importer_map(self->importer, self->stale.handle));
	}
	printf("# host: faults-at-least %d\n", STALE_ROUNDS);
}

/* Ends the mapping by an attachment which shared it, and is gone then. */
static int let_go_and_detach(FIXTURE_DATA(stale) *self)
{
	int other = importer_attach_map(self->importer, self->dmabuf,
					&importer_good);
	int ret = importer_unmap(self->importer, self->stale.handle);

	if (other < 0 || ret)
		return other < 0 ? other : ret;
	ret = importer_unmap(self->importer, other);
	return ret ? ret : importer_detach(self->importer, other);
}

static int let_go(FIXTURE_DATA(stale) *self)
{
	return importer_unmap(self->importer, self->stale.handle);
}

/* Nothing is mapped any more: all that is left to revoke is a flush. */
static void expect_flush(struct __test_metadata *_metadata,
			 FIXTURE_DATA(stale) *self,
			 int (*let_go)(FIXTURE_DATA(stale) *self),
			 int (*take)(struct vfio_dev *dev),
			 int (*give)(struct vfio_dev *dev))
{
	unsigned int i;

	for (i = 0; i < STALE_ROUNDS; i++) {
		ASSERT_EQ(0, stale_begin(&self->stale));
		ASSERT_NE(0, stale_overwritten(&self->stale));
		ASSERT_EQ(0, let_go(self));
		ASSERT_EQ(0, take(&self->dev));
		ASSERT_EQ(0, give(&self->dev));
		EXPECT_EQ(0, stale_overwritten(&self->stale))
			TH_LOG("round %u", i);
		ASSERT_EQ(0, stale_end(&self->stale));
		ASSERT_EQ(0, importer_map(self->importer, self->stale.handle));
	}
}

TEST_F_TIMEOUT(stale, dma_of_an_importer_that_had_let_go_does_not_either, 120)
{
	expect_flush(_metadata, self, let_go, take_memory, give_memory);
}

TEST_F_TIMEOUT(stale, dma_of_an_importer_that_had_detached_does_not_either, 120)
{
	expect_flush(_metadata, self, let_go_and_detach, take_memory,
		     give_memory);
}

TEST_F_TIMEOUT(stale, dma_does_not_reach_the_bar_after_low_power, 120)
{
	expect_flush(_metadata, self, let_go, take_low_power, give_low_power);
}

TEST_HARNESS_MAIN
