// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault sweep: each action is done again and again, and each time another one
 * of the allocations and accesses to user memory on its way fails, until it
 * gets by without meeting the fault. Whatever failed, an error is a documented
 * one, nothing is left behind, and the next try works.
 *
 * What leaks memory is told by kmemleak after the run, what does worse by KASAN.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/control.h"
#include "lib/fault.h"
#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"
#include "test_modules/p2p_test_client.h"

#define PAGE 4096ULL
#define RANGES 64
#define MANY_RANGES 600

/* Far more than any action has: a sweep that gets here has gone wrong. */
#define MANY 5000

/* Instead of the harness's 30 s. */
#define LONG_S 600

FIXTURE(fault)
{
	struct vfio_dev dev;
	int importer;
	int dmabuf;	/* of RANGES ranges */
	int handle;	/* attached to it, where there is a route */
	int made;	/* by the action that is swept */
	char *bar;	/* what the CPU sees of it */
	int eventfd;
	struct importer_manner keeper;
};

struct action {
	/* 0 or a negative errno; gets by without a fault */
	int (*act)(FIXTURE_DATA(fault) *self);
	/* after a success; may be NULL */
	int (*undo)(FIXTURE_DATA(fault) *self);
	/* further errnos than those of every action */
	int also[2];
	/* may succeed in spite of every fault, or meet none */
	bool lenient;
};

static size_t open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t nr = 0;

	while (folder && readdir(folder))
		nr++;
	closedir(folder);
	return nr;
}

/*
 * A number can be lost without being open: the next but one, as the next is
 * free again once a call has closed its node.
 */
static int next_number(void)
{
	int node = dup(0), next = dup(0);

	close(node);
	close(next);
	return next;
}

static bool expected(const struct action *action, int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT ||
	       (action->also[0] && ret == -action->also[0]) ||
	       (action->also[1] && ret == -action->also[1]);
}

struct sweep {
	unsigned int hits;
	unsigned int failed;
	unsigned int unexpected;
	unsigned int first_unexpected;	/* errno */
	unsigned int left;		/* descriptors or buffers */
	unsigned int spoiled;		/* the next try failed */
	int end;			/* how the last, faultless, try ended */
};

static int do_and_undo(FIXTURE_DATA(fault) *self, const struct action *action)
{
	int ret = action->act(self);

	return ret || !action->undo ? ret : action->undo(self);
}

/* One try with a fault: whether the fault was met. */
static bool sweep_one(FIXTURE_DATA(fault) *self, const struct action *action,
		      unsigned int nth, struct sweep *sweep)
{
	int ret;
	bool hit;

	if (fault_arm(nth)) {
		sweep->end = -EIO;
		return false;
	}
	ret = action->act(self);
	hit = fault_disarm();
	if (!hit) {
		sweep->end = ret;
	} else if (!expected(action, ret)) {
		sweep->unexpected++;
		sweep->first_unexpected = -ret;
	}
	sweep->failed += hit && ret;
	if (!ret && action->undo && action->undo(self))
		sweep->spoiled++;
	return hit;
}

static struct sweep sweep(FIXTURE_DATA(fault) *self,
			  const struct action *action)
{
	size_t descriptors = open_descriptors();
	int number = next_number();
	size_t buffers = guest_count_lines(GUEST_BUFFERS, "buffer ");
	struct sweep sweep = { 0 };

	while (sweep.hits < MANY &&
	       sweep_one(self, action, sweep.hits + 1, &sweep)) {
		sweep.hits++;
		sweep.left += open_descriptors() != descriptors ||
			next_number() != number ||
			guest_count_lines(GUEST_BUFFERS, "buffer ") != buffers;
		sweep.spoiled += !!do_and_undo(self, action);
	}
	return sweep;
}

static void expect_sweep(struct __test_metadata *_metadata,
			 FIXTURE_DATA(fault) *self, const struct action *action)
{
	struct sweep result = sweep(self, action);

	printf("# %u failure points hit, %u reported\n", result.hits,
	       result.failed);
	EXPECT_EQ(0, result.end);
	EXPECT_LT(result.hits, MANY);
	/* Implies that faults were met. */
	if (!action->lenient)
		EXPECT_LT(0, result.failed);
	EXPECT_EQ(0, result.unexpected)
		TH_LOG("errno %u", result.first_unexpected);
	EXPECT_EQ(0, result.left);
	EXPECT_EQ(0, result.spoiled);
}

FIXTURE_SETUP(fault)
{
	struct vfio_region_dma_range ranges[RANGES];
	size_t i;

	if (!fault_possible())
		SKIP(return, "the kernel has no fault injection");
	/* No two of them adjoin. */
	for (i = 0; i < RANGES; i++)
		ranges[i] = (struct vfio_region_dma_range){
			i * 2 * PAGE, PAGE
		};
	self->handle = -1;
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	/* Here, because it looks at files, where faults are not meant. */
	self->keeper = importer_keeper();
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges,
					  guest_is("msix") ? 1 : RANGES);
	ASSERT_LE(0, self->dmabuf);
	self->handle = importer_attach(self->importer, self->dmabuf,
				       &importer_good);
	ASSERT_TRUE(self->handle >= 0 || guest_is("none"));
}

FIXTURE_TEARDOWN(fault)
{
	close(self->importer);
	close(self->dmabuf);
	vfio_close(&self->dev);
}

/* --- export ---------------------------------------------------------------- */

static int export_one(FIXTURE_DATA(fault) *self)
{
	self->made = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	return self->made < 0 ? self->made : 0;
}

static int close_made(FIXTURE_DATA(fault) *self)
{
	return close(self->made);
}

TEST_F(fault, export)
{
	const struct action action = { .act = export_one, .undo = close_made };

	expect_sweep(_metadata, self, &action);
}

static int look_at_buffers(FIXTURE_DATA(fault) *self)
{
	char *text = guest_read(GUEST_BUFFERS);
	bool complete = text && strstr(text, "buffer ");

	free(text);
	return complete ? 0 : -ENOMEM;
}

TEST_F(fault, table_of_buffers)
{
	const struct action action = { .act = look_at_buffers };

	expect_sweep(_metadata, self, &action);
}

/* --- attach and map -------------------------------------------------------- */

static int attach(FIXTURE_DATA(fault) *self)
{
	self->made = importer_attach(self->importer, self->dmabuf,
				     &importer_good);
	return self->made < 0 ? self->made : 0;
}

static int detach(FIXTURE_DATA(fault) *self)
{
	return importer_detach(self->importer, self->made);
}

TEST_F(fault, attach)
{
	const struct action action = { .act = attach, .undo = detach };

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	expect_sweep(_metadata, self, &action);
}

static int map(FIXTURE_DATA(fault) *self)
{
	return importer_map(self->importer, self->handle);
}

static int unmap(FIXTURE_DATA(fault) *self)
{
	return importer_unmap(self->importer, self->handle);
}

/* EIO: the DMA API does not say why it could not map. */
TEST_F(fault, map)
{
	const struct action action = {
		.act = map,
		.undo = unmap,
		.also = { EIO },
	};

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	expect_sweep(_metadata, self, &action);
}

/* More than 2 MiB of IOMMU addresses: tables of them come and go with each. */
TEST_F_TIMEOUT(fault, map_many, LONG_S)
{
	const struct action action = {
		.act = map,
		.undo = unmap,
		.also = { EIO },
	};
	struct vfio_region_dma_range ranges[MANY_RANGES];
	size_t i;

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	if (!guest_kernel_has("dma_iova_try_alloc"))
		SKIP(return, "the kernel maps each range by itself");
	for (i = 0; i < MANY_RANGES; i++)
		ranges[i] = (struct vfio_region_dma_range){
			i * 2 * PAGE, PAGE
		};
	importer_detach(self->importer, self->handle);
	close(self->dmabuf);
	self->dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges,
					  MANY_RANGES);
	self->handle = importer_attach(self->importer, self->dmabuf,
				       &importer_good);
	ASSERT_LE(0, self->handle);
	expect_sweep(_metadata, self, &action);
}

static int attach_and_map(FIXTURE_DATA(fault) *self)
{
	self->made = importer_attach_map(self->importer, self->dmabuf,
					 &importer_good);
	return self->made < 0 ? self->made : 0;
}

/* The device has mapped the buffer before: what it has is shared. */
TEST_F(fault, map_again)
{
	const struct action action = { .act = attach_and_map, .undo = detach };

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, map(self));
	expect_sweep(_metadata, self, &action);
}

TEST_F(fault, unmap)
{
	const struct action action = { .act = unmap, .undo = map };

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, map(self));
	expect_sweep(_metadata, self, &action);
}

/* --- revoke ---------------------------------------------------------------- */

/* What was revoked can be mapped again; what was not, still is. */
static int map_if_revoked(FIXTURE_DATA(fault) *self)
{
	if (self->handle < 0 || importer_mapped(self->importer, self->handle))
		return 0;
	return map(self);
}

static int revoke_by_memory(FIXTURE_DATA(fault) *self)
{
	int ret = vfio_set_memory(&self->dev, 0);

	if (!ret && self->handle >= 0 &&
	    importer_mapped(self->importer, self->handle))
		return -EBUSY;
	return ret;
}

static int restore_by_memory(FIXTURE_DATA(fault) *self)
{
	int ret = vfio_set_memory(&self->dev, 1);

	return ret ? ret : map_if_revoked(self);
}

TEST_F(fault, memory_bit)
{
	const struct action action = {
		.act = revoke_by_memory,
		.undo = restore_by_memory,
	};

	ASSERT_EQ(0, map_if_revoked(self));
	expect_sweep(_metadata, self, &action);
}

/* --- cut ------------------------------------------------------------------- */

static int keep(FIXTURE_DATA(fault) *self)
{
	self->made = importer_attach_map(self->importer, self->dmabuf,
					 &self->keeper);
	return self->made < 0 ? self->made : 0;
}

TEST_F(fault, keep)
{
	const struct action action = {
		.act = keep,
		.undo = detach,
		.also = { EIO },
	};

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	expect_sweep(_metadata, self, &action);
}

static int cut(FIXTURE_DATA(fault) *self)
{
	return vfio_set_memory(&self->dev, 0);
}

static int give_and_map(FIXTURE_DATA(fault) *self)
{
	int ret = vfio_set_memory(&self->dev, 1);

	if (!ret)
		ret = importer_unmap(self->importer, self->made);
	return ret ? ret : importer_map(self->importer, self->made);
}

TEST_F(fault, cut)
{
	const struct action action = { .act = cut, .undo = give_and_map };

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	ASSERT_EQ(0, keep(self));
	expect_sweep(_metadata, self, &action);
}

static int unmap_made(FIXTURE_DATA(fault) *self)
{
	return importer_unmap(self->importer, self->made);
}

static int map_and_cut(FIXTURE_DATA(fault) *self)
{
	int ret = importer_map(self->importer, self->made);

	if (!ret)
		ret = vfio_set_memory(&self->dev, 0);
	return ret ? ret : vfio_set_memory(&self->dev, 1);
}

/* Whatever fails meanwhile, its addresses are free again. */
TEST_F(fault, unmap_after_cut)
{
	const struct action action = {
		.act = unmap_made,
		.undo = map_and_cut,
		.lenient = true,
	};

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	if (!guest_translates())
		SKIP(return, "no IOMMU translates, so none can cut");
	ASSERT_EQ(0, keep(self));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 0));
	ASSERT_EQ(0, vfio_set_memory(&self->dev, 1));
	expect_sweep(_metadata, self, &action);
}

/* --- restore --------------------------------------------------------------- */

static int restore_after_memory(FIXTURE_DATA(fault) *self)
{
	return vfio_set_memory(&self->dev, 1);
}

TEST_F(fault, memory_bit_back)
{
	const struct action action = {
		.act = restore_after_memory,
		.undo = map_if_revoked,
	};

	ASSERT_EQ(0, revoke_by_memory(self));
	expect_sweep(_metadata, self, &action);
}

static int reset(FIXTURE_DATA(fault) *self)
{
	int ret = vfio_reset(&self->dev);

	if (!ret && self->handle >= 0 &&
	    importer_mapped(self->importer, self->handle))
		return -EBUSY;
	return ret;
}

TEST_F_TIMEOUT(fault, reset, LONG_S)
{
	const struct action action = {
		.act = reset,
		.undo = map_if_revoked,
		.lenient = true,
	};

	if (guest_is("sibling"))
		SKIP(return, "the function cannot be reset alone");
	ASSERT_EQ(0, map_if_revoked(self));
	expect_sweep(_metadata, self, &action);
}

static int hot_reset(FIXTURE_DATA(fault) *self)
{
	return vfio_hot_reset(&self->dev);
}

TEST_F_TIMEOUT(fault, hot_reset, LONG_S)
{
	const struct action action = { .act = hot_reset, .undo = map_if_revoked };

	ASSERT_EQ(0, map_if_revoked(self));
	if (hot_reset(self))
		SKIP(return, "no hot reset of this device here");
	ASSERT_EQ(0, map_if_revoked(self));
	expect_sweep(_metadata, self, &action);
}

static int low_power(FIXTURE_DATA(fault) *self)
{
	return vfio_set_feature(&self->dev,
				VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY);
}

static int full_power(FIXTURE_DATA(fault) *self)
{
	int ret = vfio_set_feature(&self->dev,
				   VFIO_DEVICE_FEATURE_LOW_POWER_EXIT);

	return ret ? ret : map_if_revoked(self);
}

TEST_F_TIMEOUT(fault, low_power, LONG_S)
{
	const struct action action = { .act = low_power, .undo = full_power };

	ASSERT_EQ(0, map_if_revoked(self));
	if (do_and_undo(self, &action))
		SKIP(return, "no runtime power management of this device here");
	expect_sweep(_metadata, self, &action);
}

/* --- the device ------------------------------------------------------------ */

/*
 * A function with an interrupt pin has the kernel ask ACPI for its route. That
 * allocates thousands of times, and KASAN finds ACPI to use what it has freed
 * (acpi_ns_get_attached_object()) after one of them failed.
 */
#define ACPI_MINDS "ACPI does not survive it for a device with an interrupt pin"

/* Of the device alone: the group and the container are VFIO's own. */
static int open_device(FIXTURE_DATA(fault) *self)
{
	self->dev.device = vfio_device_in_group(&self->dev, guest_exporter());
	return self->dev.device < 0 ? self->dev.device : 0;
}

static int close_device(FIXTURE_DATA(fault) *self)
{
	return close(self->dev.device);
}

TEST_F_TIMEOUT(fault, open_device, LONG_S)
{
	const struct action action = {
		.act = open_device,
		.undo = close_device,
	};

	if (guest_is("msix"))
		SKIP(return, ACPI_MINDS);
	close(self->dmabuf);
	self->dmabuf = -1;
	close_device(self);
	expect_sweep(_metadata, self, &action);
	self->dev.device = -1;
}

/* With an importer that has mapped: it has to let go. */
static int close_used_device(FIXTURE_DATA(fault) *self)
{
	close_device(self);
	return importer_mapped(self->importer, self->handle) ? -EBUSY : 0;
}

static int use_device(FIXTURE_DATA(fault) *self)
{
	int ret;

	importer_detach(self->importer, self->handle);
	close(self->dmabuf);
	ret = open_device(self);
	if (ret)
		return ret;
	self->dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	self->handle = importer_attach_map(self->importer, self->dmabuf,
					   &importer_good);
	return self->handle < 0 ? self->handle : 0;
}

TEST_F_TIMEOUT(fault, close_device, LONG_S)
{
	const struct action action = {
		.act = close_used_device,
		.undo = use_device,
		.lenient = true,
	};

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	if (guest_is("msix"))
		SKIP(return, ACPI_MINDS);
	ASSERT_EQ(0, map(self));
	expect_sweep(_metadata, self, &action);
}

/* --- /dev/p2p_dmabuf ------------------------------------------------------- */

static int export_pointer(FIXTURE_DATA(fault) *self)
{
	self->made = control_export(self->bar, PAGE, O_RDWR, NULL);
	return self->made < 0 ? self->made : 0;
}

TEST_F(fault, export_pointer)
{
	const struct action action = {
		.act = export_pointer,
		.undo = close_made,
	};

	self->bar = vfio_map(&self->dev, guest_bar(), 0, PAGE);
	ASSERT_NE(MAP_FAILED, self->bar);
	expect_sweep(_metadata, self, &action);
	munmap(self->bar, PAGE);
}

static int describe(FIXTURE_DATA(fault) *self)
{
	struct p2p_dmabuf_range ranges[RANGES];
	struct p2p_dmabuf_importer importers[4];
	struct p2p_dmabuf_info ask = {
		.size = sizeof(ask), .fd = self->dmabuf,
		.ranges = (uintptr_t)ranges, .nr_ranges = RANGES,
		.importers = (uintptr_t)importers, .nr_importers = 4,
	};

	return control_call(P2P_DMABUF_INFO, &ask);
}

TEST_F(fault, describe)
{
	const struct action action = { .act = describe };

	expect_sweep(_metadata, self, &action);
}

static int want_events(FIXTURE_DATA(fault) *self)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf,
		.eventfd = self->eventfd, .mask = P2P_DMABUF_EVENT_REVOKE,
	};

	return control_call(P2P_DMABUF_EVENT, &ask);
}

static int want_no_events(FIXTURE_DATA(fault) *self)
{
	struct p2p_dmabuf_event ask = {
		.size = sizeof(ask), .fd = self->dmabuf,
		.eventfd = self->eventfd, .flags = P2P_DMABUF_EVENT_REMOVE,
	};

	return control_call(P2P_DMABUF_EVENT, &ask);
}

TEST_F(fault, events)
{
	const struct action action = {
		.act = want_events,
		.undo = want_no_events,
	};

	self->eventfd = eventfd(0, 0);
	expect_sweep(_metadata, self, &action);
	close(self->eventfd);
}

static int retire(FIXTURE_DATA(fault) *self)
{
	return control_revoke(self->made, self->dev.group);
}

static int export_anew(FIXTURE_DATA(fault) *self)
{
	close(self->made);
	return export_one(self);
}

TEST_F(fault, retire)
{
	const struct action action = {
		.act = retire,
		.undo = export_anew,
	};

	ASSERT_EQ(0, export_one(self));
	expect_sweep(_metadata, self, &action);
	close(self->made);
}

static int ask_for_route(FIXTURE_DATA(fault) *self)
{
	struct p2p_dmabuf_route_info route;

	return control_route(guest_exporter(), guest_importer(), &route);
}

TEST_F(fault, route)
{
	const struct action action = { .act = ask_for_route };

	expect_sweep(_metadata, self, &action);
}

static int choose_caching(FIXTURE_DATA(fault) *self)
{
	return control_caching(self->dmabuf, P2P_DMABUF_CACHING_UNCACHED);
}

TEST_F(fault, caching)
{
	const struct action action = { .act = choose_caching };

	expect_sweep(_metadata, self, &action);
}

/* To touch it would be the kernel's own page tables' affair. */
static int map_for_cpu(FIXTURE_DATA(fault) *self)
{
	self->bar = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->dmabuf, 0);
	return self->bar == MAP_FAILED ? -errno : 0;
}

static int unmap_for_cpu(FIXTURE_DATA(fault) *self)
{
	return munmap(self->bar, PAGE);
}

TEST_F(fault, cpu_mapping)
{
	const struct action action = {
		.act = map_for_cpu,
		.undo = unmap_for_cpu,
	};

	expect_sweep(_metadata, self, &action);
}

static uint32_t function(const char *bdf)
{
	struct p2p_dmabuf_pci address = control_address(bdf);

	return address.bus << 8 | address.devfn;
}

static int map_as_client(FIXTURE_DATA(fault) *self)
{
	struct p2p_test_client_map ask = {
		.exporter = function(guest_exporter()),
		.importer = function(guest_importer()),
		.bar = guest_bar(),
		.length = PAGE,
	};
	int ret;

	self->made = open("/dev/p2p_test_client", O_RDWR);
	if (self->made < 0)
		return -errno;
	ret = ioctl(self->made, P2P_TEST_CLIENT_MAP, &ask) ? -errno : 0;
	if (ret)
		close(self->made);
	return ret;
}

TEST_F(fault, client)
{
	const struct action action = {
		.act = map_as_client,
		.undo = close_made,
		.also = { EIO },
	};

	if (self->handle < 0)
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, system("insmod /add/p2p-test-client.ko"));
	expect_sweep(_metadata, self, &action);
	EXPECT_EQ(0, guest_unload("p2p_test_client"));
}

/* --- the driver ------------------------------------------------------------ */

static int give_driver(FIXTURE_DATA(fault) *self)
{
	return guest_write("/sys/bus/pci/drivers/vfio-pci-dmabuf/bind",
			   guest_exporter());
}

static int take_driver(FIXTURE_DATA(fault) *self)
{
	return guest_write("/sys/bus/pci/drivers/vfio-pci-dmabuf/unbind",
			   guest_exporter());
}

/*
 * The driver core swallows some of what fails below it, and calls ENODEV what
 * is not for user space.
 */
TEST_F_TIMEOUT(fault, bind_and_unbind, LONG_S)
{
	const struct action action = {
		.act = give_driver,
		.undo = take_driver,
		.also = { ENODEV },
	};

	if (!guest_sibling())
		SKIP(return, "VFIO warns if it fails to make the group anew");
	vfio_close(&self->dev);
	close(self->importer);
	close(self->dmabuf);
	self->importer = -1;
	self->dmabuf = -1;
	ASSERT_EQ(0, take_driver(self));
	expect_sweep(_metadata, self, &action);
	/* What was left registered is lost now, and kmemleak will tell. */
	EXPECT_EQ(0, guest_unload("vfio_pci_dmabuf"));
	EXPECT_EQ(0, guest_unload("p2p_bar_exporter"));
	/* Binds it again by itself, by the device's driver_override. */
	ASSERT_EQ(0, system("modprobe vfio-pci-dmabuf"));
}

TEST_HARNESS_MAIN
