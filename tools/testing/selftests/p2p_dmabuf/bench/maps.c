// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a map takes, and what the DMA API takes of it.
 *
 * Emulated or not, a call takes longer when others came before it. So the DMA
 * API alone is timed in the same surroundings as the exporters: behind the
 * export and the attach of a buffer that nobody maps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "floor.h"
#include "map.h"
#include "measure.h"
#include "sample.h"

#define CALLS 101

/* Ranges of the buffer with many; no two of them touch. */
#define RANGES 1000
#define RANGE_BYTES (4 * KIB)
#define RANGE_STRIDE (8 * KIB)
#define RANGE_CALLS 11

/* Attachments of one device to one buffer. */
#define TOGETHER 8

static const struct slice {
	const char *name;
	uint64_t offset;
	uint64_t length;
	size_t calls;
	size_t together;
} slices[] = {
	{ "page", 0, 4 * KIB, CALLS, TOGETHER },
	{ "1g", 0, GIB, CALLS, TOGETHER },
	{ "64g", 0, 64 * GIB, CALLS, TOGETHER },
	/* Takes a second wherever it falls to small IOMMU pages. */
	{ "64g_off", 4 * KIB, 64 * GIB, 1, 3 },
};

static void print(const char *what, const struct slice *slice, const char *side,
		  double ns)
{
	char metric[32];

	snprintf(metric, sizeof(metric), "%s_%s", what, slice->name);
	sample_print(metric, side, 0, ns);
}

/* ---- first maps ---- */

static void measure_first(struct side_machine *machine,
			  const struct slice *slice)
{
	struct map_attached att;
	double ns[CALLS];
	size_t i;

	for (i = 0; i < slice->calls; i++) {
		att = map_attach(machine, slice->offset, slice->length);
		ns[i] = map_must(map_ns(machine, &att, 1));
		map_detach(machine, &att);
	}
	print("first_map", slice, machine->name,
	      sample_median(ns, slice->calls));
}

static void measure_floor(struct side_machine *machine,
			  const struct slice *slice, uint32_t way)
{
	const struct floor_slices slices = {
		.offset = slice->offset,
		.length = slice->length,
		.nr = 1,
	};
	struct map_attached att;
	double ns[CALLS];
	size_t i;

	for (i = 0; i < slice->calls; i++) {
		att = map_attach(machine, slice->offset, slice->length);
		ns[i] = floor_map_ns(machine, way, &slices);
		map_detach(machine, &att);
		if (ns[i] < 0)
			return;
	}
	print("first_map", slice, floor_names[way],
	      sample_median(ns, slice->calls));
}

/* ---- several attachments ---- */

/* By each of them, while those before it have it mapped. */
static void measure_kth(struct side_machine *machine, const struct slice *slice)
{
	struct map_attached first = map_attach(machine, slice->offset,
					       slice->length);
	struct map_attached next = first;
	int handles[TOGETHER];
	double ns[TOGETHER];
	size_t i;

	must("map", importer_map(machine->session, first.handle));
	for (i = 0; i < slice->together; i++) {
		next.handle = must("attach",
				   importer_attach(machine->session,
						   first.dmabuf, &map_manner));
		ns[i] = map_must(map_ns(machine, &next, 1));
		must("map", importer_map(machine->session, next.handle));
		handles[i] = next.handle;
	}
	print("kth_map", slice, machine->name,
	      sample_median(ns, slice->together));
	while (i--)
		importer_detach(machine->session, handles[i]);
	map_detach(machine, &first);
}

void measure_maps(struct side_machine *machine)
{
	size_t i;
	uint32_t way;

	for (i = 0; i < sizeof(slices) / sizeof(*slices); i++) {
		measure_first(machine, &slices[i]);
		for (way = 0; way < FLOOR_WAYS; way++)
			measure_floor(machine, &slices[i], way);
		measure_kth(machine, &slices[i]);
	}
}

/* ---- many ranges ---- */

static struct map_attached attach_ranges(struct side_machine *machine)
{
	struct vfio_region_dma_range ranges[RANGES];
	struct map_attached att;
	size_t i;

	for (i = 0; i < RANGES; i++) {
		ranges[i].offset = i * RANGE_STRIDE;
		ranges[i].length = RANGE_BYTES;
	}
	att.dmabuf = must("export ranges",
			  vfio_export_ranges(&machine->dev, machine->bar,
					     ranges, RANGES));
	att.handle = must("attach", importer_attach(machine->session,
						    att.dmabuf, &map_manner));
	return att;
}

static void measure_ranges_floor(struct side_machine *machine, uint32_t way)
{
	const struct floor_slices slices = {
		.length = RANGE_BYTES,
		.stride = RANGE_STRIDE,
		.nr = RANGES,
	};
	double ns[RANGE_CALLS];
	size_t i;

	for (i = 0; i < RANGE_CALLS; i++) {
		ns[i] = floor_map_ns(machine, way, &slices);
		if (ns[i] < 0)
			return;
	}
	sample_print("ranges", floor_names[way], 0,
		     sample_median(ns, RANGE_CALLS));
}

void measure_ranges(struct side_machine *machine)
{
	struct map_attached att = attach_ranges(machine);
	double ns[RANGE_CALLS];
	uint32_t way;
	size_t i;

	for (i = 0; i < RANGE_CALLS; i++)
		ns[i] = map_ns(machine, &att, 1);
	if (ns[0] < 0)
		sample_note("ranges", machine->name,
			    strerrorname_np(-(int)ns[0]));
	else
		sample_print("ranges", machine->name, 0,
			     sample_median(ns, RANGE_CALLS));
	map_detach(machine, &att);
	for (way = 0; way < FLOOR_WAYS; way++)
		measure_ranges_floor(machine, way);
}
