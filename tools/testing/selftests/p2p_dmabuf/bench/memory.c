// SPDX-License-Identifier: GPL-2.0-only
/*
 * What many buffers, and many mappings, take of the kernel's memory. The IOMMU's
 * tables are not among it: they are the same whoever maps.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"
#include "map.h"
#include "measure.h"
#include "sample.h"

/* So many that what else happens is little beside them. */
#define BUFFERS 8192
/* Those with many ranges. */
#define RANGED 512
#define RANGES 1000
/* IOMMU addresses that mappings of whole BARs may take: a quarter of 48 bits. */
#define ADDRESSES (65536 * GIB)

struct pile {
	struct side_machine *machine;
	size_t nr;
	uint64_t length;	/* of a buffer, or from range to range */
	int *dmabufs;
	int *handles;		/* 0: not attached */
};

/*
 * Makes all of them, and says what one takes of those after the first quarter:
 * that has used up what lay free in the slabs.
 */
static double measure_each(struct pile *pile, void (*make)(struct pile *pile,
							   size_t i))
{
	size_t i, first = pile->nr / 4;
	double before = 0;

	for (i = 0; i < pile->nr; i++) {
		if (i == first)
			before = heap_bytes();
		make(pile, i);
	}
	return (heap_bytes() - before) / (pile->nr - first);
}

static void make_buffer(struct pile *pile, size_t i)
{
	pile->dmabufs[i] = must("export", side_export(pile->machine, 0,
						      pile->length));
}

static void make_ranged(struct pile *pile, size_t i)
{
	struct vfio_region_dma_range ranges[RANGES];
	size_t k;

	for (k = 0; k < RANGES; k++) {
		ranges[k].length = 4 * KIB;
		ranges[k].offset = k * pile->length;
	}
	pile->dmabufs[i] = must("export ranges",
				vfio_export_ranges(&pile->machine->dev,
						   pile->machine->bar, ranges,
						   RANGES));
}

static void make_attachment(struct pile *pile, size_t i)
{
	pile->handles[i] = must("attach",
				importer_attach(pile->machine->session,
						pile->dmabufs[i], &map_manner));
}

static void make_mapping(struct pile *pile, size_t i)
{
	must("map", importer_map(pile->machine->session, pile->handles[i]));
}

static struct pile pile_begin(struct side_machine *machine, size_t nr,
			      uint64_t length)
{
	struct pile pile = {
		.machine = machine,
		.nr = nr,
		.length = length,
		.dmabufs = malloc(nr * sizeof(int)),
		.handles = malloc(nr * sizeof(int)),
	};

	/* So that their pages are there before any is counted. */
	memset(pile.dmabufs, 0, nr * sizeof(int));
	memset(pile.handles, 0, nr * sizeof(int));
	return pile;
}

static void pile_end(struct pile *pile)
{
	size_t i;

	for (i = 0; i < pile->nr; i++) {
		if (pile->handles[i])
			importer_detach(pile->machine->session,
					pile->handles[i]);
		close(pile->dmabufs[i]);
	}
	free(pile->dmabufs);
	free(pile->handles);
}

static void measure_buffers(struct side_machine *machine, uint64_t bar_bytes)
{
	struct pile pile = pile_begin(machine, BUFFERS, bar_bytes);

	sample_print("buffer_bytes", machine->name, bar_bytes,
		     measure_each(&pile, make_buffer));
	pile_end(&pile);
}

static void measure_ranged(struct side_machine *machine, uint64_t bar_bytes)
{
	struct pile pile = pile_begin(machine, RANGED, bar_bytes / KIB);

	sample_print("ranged_bytes", machine->name, bar_bytes,
		     measure_each(&pile, make_ranged));
	pile_end(&pile);
}

static void measure_mappings(struct side_machine *machine, const char *metric,
			     uint64_t bar_bytes, uint64_t length, size_t nr)
{
	struct pile pile = pile_begin(machine, nr, length);

	measure_each(&pile, make_buffer);
	measure_each(&pile, make_attachment);
	sample_print(metric, machine->name, bar_bytes,
		     measure_each(&pile, make_mapping));
	pile_end(&pile);
}

void measure_memory(struct side_machine *machine, uint64_t bar_bytes)
{
	uint64_t whole = ADDRESSES / bar_bytes;

	measure_buffers(machine, bar_bytes);
	measure_ranged(machine, bar_bytes);
	measure_mappings(machine, "slice_mapping_bytes", bar_bytes, GIB,
			 BUFFERS);
	measure_mappings(machine, "bar_mapping_bytes", bar_bytes, bar_bytes,
			 whole < BUFFERS ? whole : BUFFERS);
}
