// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark, in the guest: this project's exporter and the kernel's own in
 * turn, with the same importer.
 *
 * Invariant: nothing is compared that was not measured in the same run, and each
 * side is the first one in every second turn. Prints samples; report.c says what
 * they mean.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/guest.h"
#include "measure.h"
#include "sample.h"

#define CROWD_TURNS 3

struct plan {
	struct side_machine machine;
	bool has[SIDES];
	unsigned int turns;
	uint64_t rounds;	/* of map and unmap, over all turns */
	uint64_t buffers;	/* the most at a time */
};

static const char *device(const char *role)
{
	const char *bdf = getenv(role);

	must(role, bdf && *bdf ? 0 : -ENODEV);
	return bdf;
}

static void find_sides(struct plan *plan)
{
	enum side side;

	for (side = 0; side < SIDES; side++) {
		side_take(&plan->machine, side, device("P2P_EXPORTER"));
		plan->has[side] = side_exports(&plan->machine);
		if (!plan->has[side])
			sample_note("side", plan->machine.name,
				    "left out: this kernel has none");
		side_leave(&plan->machine);
	}
}

static void turn_of(struct plan *plan, enum side side)
{
	if (!plan->has[side])
		return;
	side_take(&plan->machine, side, device("P2P_EXPORTER"));
	measure_calls(&plan->machine);
	measure_maps(&plan->machine);
	measure_ranges(&plan->machine);
	measure_revoke(&plan->machine);
	measure_loop(&plan->machine,
		     (plan->rounds + plan->turns - 1) / plan->turns);
	side_leave(&plan->machine);
}

static void take_turns(struct plan *plan)
{
	unsigned int turn;
	unsigned int i;

	for (turn = 0; turn < plan->turns; turn++) {
		for (i = 0; i < SIDES; i++)
			turn_of(plan, (turn + i) % SIDES);
	}
}

static void weigh(struct plan *plan)
{
	static const struct {
		const char *role;
		uint64_t bytes;
	} bars[] = {
		{ "P2P_BAR_1G", GIB },
		{ "P2P_BAR_64G", 64 * GIB },
		{ "P2P_EXPORTER", 1024 * GIB },
	};
	enum side side;
	size_t i;

	for (i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		for (side = 0; side < SIDES; side++) {
			if (!plan->has[side])
				continue;
			side_take(&plan->machine, side, device(bars[i].role));
			measure_memory(&plan->machine, bars[i].bytes);
			side_leave(&plan->machine);
		}
	}
}

static void crowd(struct plan *plan, uint64_t buffers)
{
	unsigned int turn;
	enum side side;
	unsigned int i;

	for (turn = 0; turn < CROWD_TURNS; turn++) {
		for (i = 0; i < SIDES; i++) {
			side = (turn + i) % SIDES;
			if (!plan->has[side])
				continue;
			side_take(&plan->machine, side,
				  device("P2P_EXPORTER"));
			measure_scale(&plan->machine, buffers);
			side_leave(&plan->machine);
		}
	}
}

static void crowds(struct plan *plan)
{
	static const uint64_t numbers[] = { 1000, 3000, 10000, 30000, 100000 };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (numbers[i] <= plan->buffers)
			crowd(plan, numbers[i]);
	}
}

static void give_pages(void)
{
	static const uint64_t sizes[] = { GIB, 4 * GIB, 16 * GIB, 64 * GIB };
	char *there = guest_read("/sys/module/p2p_bar_pages/parameters/bar");
	size_t i;

	free(there);
	if (!there) {
		sample_note("pages_bytes", "struct-page",
			    "left out: this kernel has no PCI_P2PDMA");
		return;
	}
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		measure_pages(device("P2P_BAR_64G"), sizes[i]);
}

int main(int argc, char **argv)
{
	struct plan plan = {
		.machine.importer = device("P2P_IMPORTER"),
		.machine.bar = guest_bar(),
	};

	if (argc != 4) {
		printf("usage: bench TURNS ROUNDS BUFFERS\n");
		return 2;
	}
	plan.turns = strtoul(argv[1], NULL, 10);
	plan.rounds = strtoull(argv[2], NULL, 10);
	plan.buffers = strtoull(argv[3], NULL, 10);

	measure_allow(plan.buffers + 10000);
	find_sides(&plan);
	/* While there is memory in one piece. */
	give_pages();
	take_turns(&plan);
	weigh(&plan);
	crowds(&plan);
	printf("done\n");
	return 0;
}
