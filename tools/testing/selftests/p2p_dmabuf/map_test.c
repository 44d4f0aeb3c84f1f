// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scatter tables: DMA addresses only, in the ranges' order, one mapping shared
 * by all attachments of a device and one table for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "lib/guest.h"
#include "lib/importer.h"
#include "lib/vfio.h"

#define PAGE 4096ULL
#define MIB (1024 * 1024ULL)
#define MAX_ENTRY (2048 * MIB)

FIXTURE(map)
{
	struct vfio_dev dev;
	uint64_t size;
	int importer;
	int importer2;
};

FIXTURE_SETUP(map)
{
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->size = vfio_region_size(&self->dev, guest_bar());
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
	self->importer2 = importer_open(guest_importer2());
	ASSERT_LE(0, self->importer2);
}

FIXTURE_TEARDOWN(map)
{
	close(self->importer);
	close(self->importer2);
	vfio_close(&self->dev);
}

/* A table as the importer got it, with what it adds up to. */
struct seen {
	struct p2p_importer_table table;
	struct p2p_importer_entry *entries;
	uint64_t bytes;
	unsigned int pages;
	unsigned int cpu_lengths;
	unsigned int misfits;
};

static int look(int importer, int handle, struct seen *seen)
{
	uint32_t i;
	int ret;

	memset(seen, 0, sizeof(*seen));
	ret = importer_table(importer, handle, NULL, 0, &seen->table);
	if (ret)
		return ret;
	seen->entries = calloc(seen->table.total, sizeof(*seen->entries));
	ret = importer_table(importer, handle, seen->entries,
			     seen->table.total, &seen->table);
	for (i = 0; i < seen->table.nents; i++) {
		struct p2p_importer_entry *e = &seen->entries[i];

		seen->bytes += e->dma_length;
		seen->pages += !!(e->flags & P2P_IMPORTER_ENTRY_HAS_PAGE);
		seen->cpu_lengths += e->cpu_length || e->cpu_offset;
		/* No entry crosses a multiple of the greatest length. */
		if (!e->dma_length ||
		    e->dma_address / MAX_ENTRY !=
		    (e->dma_address + e->dma_length - 1) / MAX_ENTRY)
			seen->misfits++;
	}
	return ret;
}

static int export_map(FIXTURE_DATA(map) *self,
		      const struct vfio_region_dma_range *ranges, uint32_t nr,
		      int *dmabuf)
{
	*dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges, nr);
	if (*dmabuf < 0)
		return *dmabuf;
	return importer_attach_map(self->importer, *dmabuf, &importer_good);
}

/* The same, and the table: the mapping stays, with the dma-buf's descriptor. */
static int export_look(FIXTURE_DATA(map) *self,
		       const struct vfio_region_dma_range *ranges, uint32_t nr,
		       struct seen *seen)
{
	int dmabuf, ret, handle = export_map(self, ranges, nr, &dmabuf);

	if (handle < 0)
		return handle;
	ret = look(self->importer, handle, seen);
	return ret ? ret : handle;
}

TEST_F(map, table_has_dma_addresses_and_nothing_else)
{
	struct vfio_region_dma_range range = { 0, PAGE };
	struct seen seen;
	int handle;

	handle = export_look(self, &range, 1, &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(1, seen.table.nents);
	/* What DMABUF_DEBUG hands out in its place is not ours. */
	if (!(seen.entries[0].flags & P2P_IMPORTER_ENTRY_PAGE_HIDDEN))
		EXPECT_EQ(0, seen.table.orig_nents);
	EXPECT_EQ(PAGE, seen.bytes);
	EXPECT_EQ(0, seen.pages);
	EXPECT_EQ(0, seen.cpu_lengths);
	EXPECT_EQ(0, seen.entries[0].dma_address % PAGE);
}

TEST_F(map, untranslated_address_is_the_bars_own)
{
	struct vfio_region_dma_range range = { PAGE, PAGE };
	char path[128], *text, *line;
	struct seen seen;
	int handle;
	unsigned int i;

	if (!guest_is("switch") && !guest_is("root-pt"))
		SKIP(return, "the IOMMU translates here");
	handle = export_look(self, &range, 1, &seen);
	ASSERT_LE(0, handle);

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource",
		 guest_exporter());
	text = guest_read(path);
	line = text;
	for (i = 0; i < guest_bar(); i++)
		line = strchr(line, '\n') + 1;
	EXPECT_EQ(strtoull(line, NULL, 16) + PAGE, seen.entries[0].dma_address);
	free(text);
}

TEST_F(map, whole_bar_is_mapped_completely)
{
	struct vfio_region_dma_range range = { 0, self->size };
	struct seen seen;
	int handle;

	if (guest_is("msix"))
		SKIP(return, "the MSI-X table is in the way");
	handle = export_look(self, &range, 1, &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(self->size, seen.bytes);
	EXPECT_EQ(0, seen.misfits);
}

TEST_F(map, unaligned_slice_is_mapped_completely)
{
	struct vfio_region_dma_range range = { 3 * PAGE, 5 * MIB + PAGE };
	struct seen seen;
	int handle;

	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	handle = export_look(self, &range, 1, &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(range.length, seen.bytes);
	EXPECT_EQ(0, seen.misfits);
	/* Without translation there is nothing to cut the slice for. */
	if (guest_is("switch") || guest_is("root-pt"))
		EXPECT_EQ(1, seen.table.nents);
}

/* Where the kernel lets IOMMU addresses be laid out, and there are some. */
static const char *not_laid_out(void)
{
	if (guest_is("switch") || guest_is("root-pt"))
		return "no translation: no addresses to lay out";
	if (!guest_kernel_has("dma_iova_try_alloc"))
		return "the kernel has no dma_iova_try_alloc()";
	return NULL;
}

/* Bits of the address that decide whether an IOMMU page of 2 MiB fits. */
#define LARGE_BITS (2 * MIB - 1)

TEST_F(map, large_pages_fit_a_slice_that_starts_off_their_boundary)
{
	struct vfio_region_dma_range range = { 3 * PAGE, 5 * MIB };
	struct seen seen;
	int handle;

	if (not_laid_out())
		SKIP(return, "%s", not_laid_out());
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	handle = export_look(self, &range, 1, &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(1, seen.table.nents);
	/* The BAR itself begins at a multiple of its size. */
	EXPECT_EQ(range.offset & LARGE_BITS,
		  seen.entries[0].dma_address & LARGE_BITS);
}

TEST_F(map, ranges_lie_side_by_side)
{
	struct vfio_region_dma_range ranges[64];
	uint32_t i, nr = guest_is("msix") ? 2 : ARRAY_SIZE(ranges);
	struct seen seen;
	int handle;

	if (not_laid_out())
		SKIP(return, "%s", not_laid_out());
	for (i = 0; i < nr; i++)
		ranges[i] = (struct vfio_region_dma_range){
			(nr - 1 - i) * PAGE, PAGE };
	handle = export_look(self, ranges, nr, &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(1, seen.table.nents);
	EXPECT_EQ(nr * PAGE, seen.bytes);
}

/* Small ones before and behind a large one, which begins a little later. */
TEST_F(map, gaps_are_mapped_and_unmapped_around)
{
	struct vfio_region_dma_range ranges[] = {
		{ PAGE, PAGE }, { 4 * MIB, 4 * MIB }, { 0, PAGE },
		{ 16 * MIB + 2 * PAGE, 4 * MIB }, { 3 * PAGE, 2 * PAGE },
	};
	struct seen seen;
	int handle;

	if (not_laid_out())
		SKIP(return, "%s", not_laid_out());
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	handle = export_look(self, ranges, ARRAY_SIZE(ranges), &seen);
	ASSERT_LE(0, handle);
	EXPECT_EQ(3, seen.table.nents);
	EXPECT_EQ(8 * MIB + 4 * PAGE, seen.bytes);
	EXPECT_EQ(0, seen.entries[1].dma_address & LARGE_BITS);
	/* A mapping of the same addresses, and one without any of them. */
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
	EXPECT_EQ(0, importer_map_loop(self->importer, handle, 100));
	EXPECT_EQ(0, importer_map(self->importer, handle));
}

#define TRACE "/sys/kernel/tracing/instances/map_test/"

/* Tells in an instance of its own what this process allocates. */
static int watch_allocations(void)
{
	static const char * const events[] = {
		"kmalloc", "kmalloc_node", "kmem_cache_alloc",
		"kmem_cache_alloc_node",
	};
	char text[128];
	size_t i;
	int ret;

	if (mkdir(TRACE, 0700) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%d", getpid());
	ret = guest_write(TRACE "set_event_pid", text);
	for (i = 0; i < ARRAY_SIZE(events) && !ret; i++) {
		snprintf(text, sizeof(text), TRACE "events/kmem/%s/enable",
			 events[i]);
		if (!access(text, F_OK))
			ret = guest_write(text, "1");
	}
	return ret ? ret : guest_write(TRACE "trace", "");
}

static unsigned int allocations(void)
{
	char *text = guest_read(TRACE "trace"), *at;
	unsigned int nr = 0;

	for (at = text; (at = strstr(at, "bytes_alloc=")); at++)
		nr++;
	free(text);
	return nr;
}

/* Where it is the DMA API's business, that may allocate. */
TEST_F(map, mapping_again_allocates_nothing)
{
	struct vfio_region_dma_range ranges[] = {
		{ 0, PAGE }, { 3 * PAGE, PAGE }, { 5 * PAGE, PAGE },
	};
	int handle, dmabuf;

	if (!guest_is("switch") && !guest_is("root-pt"))
		SKIP(return, "the DMA API allocates for the IOMMU");
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "what checks the kernel allocates, too");
	handle = export_map(self, ranges, ARRAY_SIZE(ranges), &dmabuf);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, importer_unmap(self->importer, handle));
	ASSERT_EQ(0, watch_allocations());
	/* That something would be seen: a file is opened. */
	close(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
	EXPECT_LT(0, allocations());
	ASSERT_EQ(0, guest_write(TRACE "trace", ""));
	EXPECT_EQ(0, importer_map_loop(self->importer, handle, 1000));
	/* Writing and reading the trace allocate, too, and each map would. */
	EXPECT_GT(1000, allocations());
	rmdir(TRACE);
}

TEST_F(map, second_attachment_shares_the_mapping_but_not_the_table)
{
	struct importer_manner editor = importer_good;
	struct vfio_region_dma_range range = { 0, PAGE };
	struct seen first, second;
	int dmabuf, handle, other;

	editor.flags = P2P_IMPORTER_EDIT_TABLE;
	handle = export_map(self, &range, 1, &dmabuf);
	ASSERT_LE(0, handle);
	other = importer_attach_map(self->importer, dmabuf, &editor);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, look(self->importer, handle, &first));
	ASSERT_EQ(0, look(self->importer, other, &second));
	EXPECT_EQ(first.entries[0].dma_address, second.entries[0].dma_address);

	/* One of them ends, edits and all: the other one's goes on. */
	EXPECT_EQ(0, importer_unmap(self->importer, other));
	EXPECT_TRUE(importer_mapped(self->importer, handle));
	EXPECT_EQ(0, importer_dma(self->importer, handle, 0, 0, 0, PAGE));
	EXPECT_EQ(0, importer_unmap(self->importer, handle));
	EXPECT_EQ(0, importer_map(self->importer, handle));
}

TEST_F(map, directions_are_mapped_apart)
{
	int dmabuf = vfio_export(&self->dev, guest_bar(), 0, PAGE);
	int reader, writer;

	reader = importer_attach(self->importer, dmabuf, &importer_good);
	writer = importer_attach(self->importer, dmabuf, &importer_good);
	ASSERT_LE(0, reader);
	ASSERT_LE(0, writer);
	EXPECT_EQ(0, importer_map_dir(self->importer, reader,
				      P2P_IMPORTER_TO_DEVICE));
	EXPECT_EQ(0, importer_map_dir(self->importer, writer,
				      P2P_IMPORTER_FROM_DEVICE));
	EXPECT_EQ(0, importer_unmap(self->importer, reader));
	EXPECT_EQ(0, importer_dma(self->importer, writer, 0, 0, 0, PAGE));
}

TEST_F(map, two_importers_reach_the_same_bytes)
{
	char sent[PAGE], seen[PAGE];
	int dmabuf, one, two;

	if (guest_is("msix"))
		SKIP(return, "the BAR holds registers, not memory");
	dmabuf = vfio_export(&self->dev, guest_bar(), 7 * PAGE, PAGE);
	one = importer_attach_map(self->importer, dmabuf, &importer_good);
	two = importer_attach_map(self->importer2, dmabuf, &importer_good);
	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, "importer", guest_importer(),
				   "maps 1"));
	EXPECT_TRUE(guest_line_has(GUEST_BUFFERS, "importer", guest_importer2(),
				   "maps 1"));

	guest_pattern(sent, sizeof(sent), 2);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, sent, PAGE));
	EXPECT_EQ(0, importer_dma(self->importer, one, 0, 0, 0, PAGE));
	EXPECT_EQ(0, importer_dma(self->importer2, two, P2P_IMPORTER_TO_DRIVE,
				  0, 0, PAGE));
	ASSERT_EQ(0, importer_drive_read(self->importer2, 0, seen, PAGE));
	EXPECT_EQ(0, memcmp(sent, seen, PAGE));
}

TEST_F(map, write_to_the_region_is_what_the_importer_finds)
{
	struct vfio_region_dma_range range = { PAGE, PAGE };
	char sent[512], seen[512];
	int dmabuf, handle;

	if (guest_is("msix"))
		SKIP(return, "the BAR holds registers, not memory");
	handle = export_map(self, &range, 1, &dmabuf);
	ASSERT_LE(0, handle);
	guest_pattern(sent, sizeof(sent), 7);
	ASSERT_EQ(sizeof(sent), vfio_write(&self->dev, guest_bar(), PAGE, sent,
					   sizeof(sent)));
	ASSERT_EQ(0, importer_dma(self->importer, handle, P2P_IMPORTER_TO_DRIVE,
				  0, 0, sizeof(sent)));
	ASSERT_EQ(0, importer_drive_read(self->importer, 0, seen,
					 sizeof(seen)));
	EXPECT_EQ(0, memcmp(sent, seen, sizeof(seen)));
}

/*
 * An importer whose addresses have few bits: through an IOMMU 4 GiB of them are
 * not enough for more than that, and without one the BAR itself, which is above
 * the machine's 2 GiB at most of RAM, is too far. For reading only, because DMA
 * debugging counts what may write, also if it could not be mapped.
 */
TEST_F(map, what_the_importer_cannot_address_is_refused_and_undone)
{
	uint32_t nr = 4096 * MIB / self->size + 1, i;
	bool direct = guest_is("switch") || guest_is("root-pt");
	uint32_t bits = direct ? 31 : 32;
	int64_t end = guest_now_ms() + 10000;
	struct vfio_region_dma_range *ranges;
	int dmabuf, handle, ret;

	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	ranges = calloc(nr, sizeof(*ranges));
	for (i = 0; i < nr; i++)
		ranges[i].length = self->size;
	dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges, nr);
	free(ranges);
	ASSERT_LE(0, dmabuf);
	handle = importer_attach(self->importer, dmabuf, &importer_good);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, importer_dma_bits(self->importer, bits));
	ret = importer_map_dir(self->importer, handle, P2P_IMPORTER_TO_DEVICE);
	ASSERT_EQ(0, importer_dma_bits(self->importer, 64));
	EXPECT_EQ(direct ? -EOPNOTSUPP : -EIO, ret);
	close(dmabuf);

	/* All of it is free again; with a lazy IOMMU some ms later. */
	dmabuf = vfio_export(&self->dev, guest_bar(), 0, self->size);
	handle = importer_attach(self->importer, dmabuf, &importer_good);
	ASSERT_EQ(0, importer_dma_bits(self->importer, bits));
	do {
		ret = importer_map_dir(self->importer, handle,
				       P2P_IMPORTER_TO_DEVICE);
	} while (ret == -EIO && guest_now_ms() < end);
	if (direct) {
		EXPECT_EQ(-EOPNOTSUPP, ret);
	} else {
		EXPECT_EQ(0, ret);
		EXPECT_EQ(0, importer_unmap(self->importer, handle));
	}
	EXPECT_EQ(0, importer_dma_bits(self->importer, 64));
	close(dmabuf);
}

FIXTURE(ranges)
{
	struct vfio_dev dev;
	int importer;
};

FIXTURE_VARIANT(ranges)
{
	uint32_t nr;
};

FIXTURE_VARIANT_ADD(ranges, two) { .nr = 2 };
FIXTURE_VARIANT_ADD(ranges, sixty_four) { .nr = 64 };
FIXTURE_VARIANT_ADD(ranges, thousand) { .nr = 1000 };

FIXTURE_SETUP(ranges)
{
	if (guest_is("none"))
		SKIP(return, "no importer may attach here");
	if (guest_is("msix"))
		SKIP(return, "the BAR is too small");
	ASSERT_EQ(0, vfio_open(&self->dev, guest_exporter()));
	self->importer = importer_open(guest_importer());
	ASSERT_LE(0, self->importer);
}

FIXTURE_TEARDOWN(ranges)
{
	close(self->importer);
	vfio_close(&self->dev);
}

/*
 * Every third page, from the end of the BAR to its beginning: what is written
 * through the buffer must land in this order and nowhere else.
 */
TEST_F(ranges, keep_their_order_and_their_places)
{
	size_t length = variant->nr * PAGE;
	struct vfio_region_dma_range *ranges;
	char *sent, *bar, *back;
	uint32_t i, wrong = 0, spilled = 0;
	int dmabuf, handle;

	ranges = calloc(variant->nr, sizeof(*ranges));
	for (i = 0; i < variant->nr; i++)
		ranges[i] = (struct vfio_region_dma_range){
			(variant->nr - 1 - i) * 3 * PAGE, PAGE };
	bar = vfio_map(&self->dev, guest_bar(), 0, 3 * length);
	ASSERT_NE(MAP_FAILED, bar);
	memset(bar, 0x5a, 3 * length);
	sent = malloc(length);
	back = malloc(length);
	guest_pattern(sent, length, variant->nr);

	dmabuf = vfio_export_ranges(&self->dev, guest_bar(), ranges,
				    variant->nr);
	ASSERT_LE(0, dmabuf);
	handle = importer_attach_map(self->importer, dmabuf, &importer_good);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, importer_drive_write(self->importer, 0, sent, length));
	ASSERT_EQ(0, importer_dma(self->importer, handle, 0, 0, 0, length));
	for (i = 0; i < variant->nr; i++) {
		wrong += !!memcmp(bar + ranges[i].offset, sent + i * PAGE, PAGE);
		spilled += bar[ranges[i].offset + PAGE] != 0x5a ||
			   bar[ranges[i].offset + 3 * PAGE - 1] != 0x5a;
	}
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, spilled);

	/* And the other way round, to another place on the drive. */
	ASSERT_EQ(0, importer_dma(self->importer, handle, P2P_IMPORTER_TO_DRIVE,
				  length, 0, length));
	ASSERT_EQ(0, importer_drive_read(self->importer, length, back, length));
	EXPECT_EQ(0, memcmp(sent, back, length));
	munmap(bar, 3 * length);
	free(ranges);
	free(sent);
	free(back);
}

TEST_HARNESS_MAIN
