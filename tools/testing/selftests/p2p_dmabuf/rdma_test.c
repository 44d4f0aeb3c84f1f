// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMA NICs whose driver, unmodified as rdma-core is, pins what it imports: they
 * write into a BAR and read from it, until it is taken away.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/rdma_bar.h"
#include "lib/rdma_child.h"

/* Instead of the harness's 30 s. */
#define LONG_S 300

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define PAGE (4 * KIB)

#define ROUNDS 20

FIXTURE(refused)
{
	struct rdma_bar bar;
};

FIXTURE_SETUP(refused)
{
	static const struct vfio_region_dma_range range = { 0, MIB };

	if (!guest_nic())
		SKIP(return, "the machine has no RDMA NIC");
	if (guest_translates())
		SKIP(return, "an IOMMU translates");
	ASSERT_EQ(0, rdma_bar_open(&self->bar));
	ASSERT_EQ(0, rdma_bar_export(&self->bar, &range, 1));
}

FIXTURE_TEARDOWN(refused)
{
	rdma_bar_close(&self->bar);
}

TEST_F_TIMEOUT(refused, registration_that_could_not_be_cut_off, LONG_S)
{
	EXPECT_EQ(NULL, rdma_register(&self->bar.b, self->bar.dmabuf, 0, MIB));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_TRUE(guest_refused(guest_nic2(), "no IOMMU translates its DMA"));
}

/* --- data ------------------------------------------------------------------ */

FIXTURE(data)
{
	struct rdma_bar bar;
	uint64_t size;
	struct ibv_mr *mr;
};

FIXTURE_VARIANT(data)
{
	uint32_t nr;
	struct vfio_region_dma_range ranges[3];
};

FIXTURE_VARIANT_ADD(data, page) {
	.nr = 1, .ranges = { { 3 * PAGE, PAGE } },
};

FIXTURE_VARIANT_ADD(data, five_pages) {
	.nr = 1, .ranges = { { 7 * PAGE, 5 * PAGE } },
};

FIXTURE_VARIANT_ADD(data, mib_at_an_odd_offset) {
	.nr = 1, .ranges = { { 5 * PAGE, MIB } },
};

FIXTURE_VARIANT_ADD(data, all_of_the_bar) {
	.nr = 1, .ranges = { { 0, 64 * MIB } },
};

FIXTURE_VARIANT_ADD(data, several_ranges) {
	.nr = 3, .ranges = {
		{ 9 * MIB, 3 * PAGE }, { 0, MIB }, { 33 * PAGE + 4 * MIB, PAGE },
	},
};

FIXTURE_SETUP(data)
{
	uint32_t i;

	if (!guest_nic())
		SKIP(return, "the machine has no RDMA NIC");
	if (!guest_translates())
		SKIP(return, "no registration without an IOMMU");
	ASSERT_EQ(0, rdma_bar_open(&self->bar));
	ASSERT_EQ(0, rdma_bar_export(&self->bar, variant->ranges, variant->nr));
	self->size = 0;
	for (i = 0; i < variant->nr; i++)
		self->size += variant->ranges[i].length;
	self->mr = rdma_register(&self->bar.b, self->bar.dmabuf, 0, self->size);
	ASSERT_NE(NULL, self->mr) TH_LOG("errno %d", errno);
}

FIXTURE_TEARDOWN(data)
{
	EXPECT_EQ(0, ibv_dereg_mr(self->mr));
	rdma_bar_close(&self->bar);
}

/* The BAR's bytes in the order of the ranges. */
static char *gather(const FIXTURE_DATA(data) *self,
		    const FIXTURE_VARIANT(data) *variant)
{
	char *all = malloc(self->size), *to = all;
	uint32_t i;

	for (i = 0; i < variant->nr; i++) {
		memcpy(to, self->bar.bar + variant->ranges[i].offset,
		       variant->ranges[i].length);
		to += variant->ranges[i].length;
	}
	return all;
}

static uint64_t chunk_at(const FIXTURE_DATA(data) *self, uint64_t done)
{
	uint64_t left = self->size - done;

	return left < RDMA_BAR_CHUNK ? left : RDMA_BAR_CHUNK;
}

TEST_F_TIMEOUT(data, passes_both_ways, LONG_S)
{
	char *pattern = malloc(RDMA_BAR_CHUNK), *seen;
	uint64_t done, length;

	for (done = 0; done < self->size; done += length) {
		length = chunk_at(self, done);
		guest_pattern(self->bar.memory, length, done + 1);
		ASSERT_EQ(0, rdma_bar_move(&self->bar, IBV_WR_RDMA_WRITE,
					   self->mr, done, length));
	}
	seen = gather(self, variant);
	for (done = 0; done < self->size; done += length) {
		length = chunk_at(self, done);
		guest_pattern(pattern, length, done + 1);
		ASSERT_EQ(0, memcmp(pattern, seen + done, length));
		memset(self->bar.memory, 0, length);
		ASSERT_EQ(0, rdma_bar_move(&self->bar, IBV_WR_RDMA_READ,
					   self->mr, done, length));
		ASSERT_EQ(0, memcmp(pattern, self->bar.memory, length));
	}
	free(seen);
	free(pattern);
}

/* Whatever lies beyond it in the BAR. */
TEST_F_TIMEOUT(data, ends_with_the_buffer, LONG_S)
{
	EXPECT_EQ(NULL, rdma_register(&self->bar.b, self->bar.dmabuf, PAGE,
				      self->size));
	EXPECT_LT(0, rdma_bar_move(&self->bar, IBV_WR_RDMA_WRITE, self->mr,
				   self->size - 4, 8));
	EXPECT_LT(0, rdma_bar_move(&self->bar, IBV_WR_RDMA_READ, self->mr,
				   self->size, 4));
}

/* A doorbell. */
TEST_F_TIMEOUT(data, word_changes_four_bytes, LONG_S)
{
	char *page = self->bar.bar + variant->ranges[0].offset, before[PAGE];

	guest_pattern(page, PAGE, 7);
	memcpy(before, page, PAGE);
	memcpy(self->bar.memory, "ring", 4);
	ASSERT_EQ(0, rdma_bar_move(&self->bar, IBV_WR_RDMA_WRITE, self->mr,
				   0x40, 4));
	memcpy(before + 0x40, "ring", 4);
	EXPECT_EQ(0, memcmp(before, page, PAGE));
}

/* --- the end of it --------------------------------------------------------- */

FIXTURE(stream)
{
	struct rdma_bar bar;
};

FIXTURE_SETUP(stream)
{
	static const struct vfio_region_dma_range range = {
		0, RDMA_BAR_RESETS_AT + ROUNDS * RDMA_BAR_REGION,
	};

	if (!guest_nic())
		SKIP(return, "the machine has no RDMA NIC");
	if (!guest_translates())
		SKIP(return, "no registration without an IOMMU");
	ASSERT_EQ(0, rdma_bar_open(&self->bar));
	ASSERT_EQ(0, rdma_bar_export(&self->bar, &range, 1));
}

FIXTURE_TEARDOWN(stream)
{
	rdma_bar_close(&self->bar);
}

/* The host looks again when all is over. */
TEST_F_TIMEOUT(stream, reset_takes_the_bar_away, 600)
{
	const char *wrong;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		wrong = rdma_bar_reset(&self->bar, RDMA_BAR_RESETS_AT +
				       i * RDMA_BAR_REGION, rand() % 3000);
		ASSERT_EQ(NULL, wrong) TH_LOG("round %u: %s", i, wrong);
	}
	printf("# host: filled %llu %llu %d\n", RDMA_BAR_RESETS_AT,
	       ROUNDS * RDMA_BAR_REGION, RDMA_BAR_CPUS);
}

/* --- who leaves in the middle of it ---------------------------------------- */

FIXTURE(leave)
{
	pid_t other;
};

FIXTURE_SETUP(leave)
{
	if (!guest_nic())
		SKIP(return, "the machine has no RDMA NIC");
	if (!guest_translates())
		SKIP(return, "no registration without an IOMMU");
	self->other = rdma_child_start();
	ASSERT_LT(0, self->other);
}

FIXTURE_TEARDOWN(leave)
{
	if (self->other > 0)
		rdma_child_kill(self->other);
}

/* Nothing of it is left, and the next one finds everything as new. */
static void expect_new(struct __test_metadata *_metadata)
{
	static const struct vfio_region_dma_range range = {
		0, RDMA_BAR_LEAVES_AT + 2 * RDMA_BAR_REGION,
	};
	const uint64_t old = RDMA_BAR_LEAVES_AT, new = old + RDMA_BAR_REGION;
	struct rdma_bar bar;

	ASSERT_EQ(0, rdma_bar_open(&bar));
	ASSERT_EQ(0, rdma_bar_export(&bar, &range, 1));
	memset(bar.bar + old, RDMA_BAR_CPUS, RDMA_BAR_REGION);
	ASSERT_EQ(0, rdma_bar_begin(&bar, new));
	rdma_stream_good(&bar.stream, 3);
	EXPECT_EQ(0, rdma_bar_end(&bar));
	EXPECT_EQ(0, rdma_bar_others(&bar, old, RDMA_BAR_CPUS));
	EXPECT_EQ(0, rdma_bar_others(&bar, new, RDMA_BAR_STREAMED));
	rdma_bar_close(&bar);
}

TEST_F_TIMEOUT(leave, process, LONG_S)
{
	rdma_child_kill(self->other);
	self->other = -1;
	expect_new(_metadata);
}

static void *unbind_nic(void *arg)
{
	return (void *)(intptr_t)guest_write("/sys/bus/pci/drivers/efa/unbind",
					     guest_nic2());
}

static bool nic_is_offered(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/infiniband_verbs",
		 guest_nic2());
	return !access(path, F_OK);
}

/* The driver of the NIC that has the BAR: it waits for those who use it. */
TEST_F_TIMEOUT(leave, driver, LONG_S)
{
	pthread_t thread;
	void *ret;

	ASSERT_EQ(0, pthread_create(&thread, NULL, unbind_nic, NULL));
	while (nic_is_offered())
		usleep(10000);
	rdma_child_kill(self->other);
	self->other = -1;
	pthread_join(thread, &ret);
	EXPECT_EQ(0, (intptr_t)ret);
	ASSERT_EQ(0, guest_write("/sys/bus/pci/drivers/efa/bind", guest_nic2()));
	expect_new(_metadata);
}

static const char * const modules[] = {
	"efa", "vfio_pci_dmabuf", "p2p_bar_exporter",
};

TEST_F_TIMEOUT(leave, no_module_does, LONG_S)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modules); i++)
		EXPECT_NE(0, guest_unload(modules[i]));
}

/* All that their needs allow. */
TEST_F_TIMEOUT(leave, modules_in_any_order, LONG_S)
{
	static const int orders[][ARRAY_SIZE(modules)] = {
		{ 0, 1, 2 }, { 1, 0, 2 }, { 1, 2, 0 },
	};
	size_t i, j;

	rdma_child_kill(self->other);
	self->other = -1;
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		for (j = 0; j < ARRAY_SIZE(modules); j++)
			ASSERT_EQ(0, guest_unload(modules[orders[i][j]]));
		ASSERT_EQ(0, system("modprobe efa"));
		ASSERT_EQ(0, system("modprobe vfio-pci-dmabuf"));
	}
	expect_new(_metadata);
}

TEST_HARNESS_MAIN
