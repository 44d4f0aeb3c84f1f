// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls, timed from outside; a sample is the median of many in a row.
 */
#include <unistd.h>

#include "heap.h"
#include "map.h"
#include "measure.h"
#include "sample.h"

#define CALLS 101
#define LOOPS 1001

static void measure_export(struct side_machine *machine)
{
	double ns[CALLS];
	uint64_t start;
	size_t i;

	for (i = 0; i < CALLS; i++) {
		start = sample_now();
		close(must("export", side_export(machine, 0, MIB)));
		ns[i] = sample_now() - start;
	}
	sample_print("export_close", machine->name, 0,
		     sample_median(ns, CALLS));
}

static void measure_attach(struct side_machine *machine)
{
	int dmabuf = must("export", side_export(machine, 0, MIB));
	double ns[CALLS];
	uint64_t start;
	int handle;
	size_t i;

	for (i = 0; i < CALLS; i++) {
		start = sample_now();
		handle = must("attach", importer_attach(machine->session,
							dmabuf, &map_manner));
		importer_detach(machine->session, handle);
		ns[i] = sample_now() - start;
	}
	sample_print("attach_detach", machine->name, 0,
		     sample_median(ns, CALLS));
	close(dmabuf);
}

void measure_calls(struct side_machine *machine)
{
	measure_export(machine);
	measure_attach(machine);
}

/* The time is the median of many loops: now and then one is interrupted. */
void measure_loop(struct side_machine *machine, uint64_t rounds)
{
	const uint64_t each = (rounds + LOOPS - 1) / LOOPS;
	struct map_attached att = map_attach(machine, 0, 4 * KIB);
	double before = heap_bytes(), ns[LOOPS];
	size_t i;

	for (i = 0; i < LOOPS; i++)
		ns[i] = map_must(map_ns(machine, &att, each));
	sample_print("again_map_page", machine->name, 0,
		     sample_median(ns, LOOPS));
	sample_print("lost", machine->name, each * LOOPS,
		     heap_bytes() - before);
	map_detach(machine, &att);
}
