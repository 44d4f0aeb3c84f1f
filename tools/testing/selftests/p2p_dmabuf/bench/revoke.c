// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it takes to put the exporter into low power, with buffers mapped by
 * importers that take their time to let go. Both exporters revoke before that
 * call returns, while the device itself goes down only later: with no buffer it
 * takes next to nothing.
 */
#include <stdlib.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "../lib/importer.h"
#include "measure.h"
#include "sample.h"

#define LETGO_MS 2
#define SAID_MS 10000

static const struct importer_manner late = {
	.mode = P2P_IMPORTER_DYNAMIC,
	.letgo = P2P_IMPORTER_LETGO_LATE,
	.letgo_ms = LETGO_MS,
	.flags = P2P_IMPORTER_NO_TABLE | P2P_IMPORTER_BY_CLOCK,
};

struct mapped {
	int dmabuf;
	int handle;
};

static struct mapped *map_all(struct side_machine *machine, uint64_t nr)
{
	struct mapped *all = calloc(nr + 1, sizeof(*all));
	uint64_t i;

	for (i = 0; i < nr; i++) {
		all[i].dmabuf = must("export", side_export(machine,
							   i * 4 * KIB,
							   4 * KIB));
		all[i].handle = must("map",
				     importer_attach_map(machine->session,
							 all[i].dmabuf, &late));
	}
	return all;
}

static void unmap_all(struct side_machine *machine, struct mapped *all,
		      uint64_t nr)
{
	uint64_t i;

	for (i = 0; i < nr; i++) {
		importer_detach(machine->session, all[i].handle);
		close(all[i].dmabuf);
	}
	free(all);
}

static double power_down_ns(struct side_machine *machine)
{
	uint64_t start = sample_now();

	must("low power", vfio_set_feature(&machine->dev,
					   VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY));
	return sample_now() - start;
}

static void measure_revoke_of(struct side_machine *machine, uint64_t nr)
{
	struct mapped *all = map_all(machine, nr);
	uint64_t i;

	sample_print("revoke", machine->name, nr, power_down_ns(machine));
	/* An importer says so only after it has unmapped. */
	for (i = 0; i < nr; i++)
		must("wait for an importer to say it unmapped",
		     importer_wait(machine->session, all[i].handle,
				   P2P_IMPORTER_UNMAPPED, 0, SAID_MS));
	must("end of low power",
	     vfio_set_feature(&machine->dev,
			      VFIO_DEVICE_FEATURE_LOW_POWER_EXIT));
	unmap_all(machine, all, nr);
}

void measure_revoke(struct side_machine *machine)
{
	static const uint64_t numbers[] = { 0, 1, 10, 1000 };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		measure_revoke_of(machine, numbers[i]);
}
