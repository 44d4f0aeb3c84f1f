/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DMA API alone, for the same slices and the same device: what no exporter
 * can be faster than.
 */
#ifndef SELFTEST_P2P_FLOOR_H
#define SELFTEST_P2P_FLOOR_H

#include <stdint.h>

#include "../test_modules/p2p_dma_floor.h"
#include "side.h"

#define FLOOR_WAYS (P2P_FLOOR_IOVA + 1)

struct floor_slices {
	uint64_t offset;
	uint64_t length;
	uint64_t stride;
	uint32_t nr;
};

/* Of the ways, in samples. */
extern const char * const floor_names[FLOOR_WAYS];

/* What one map takes, in ns; -EOPNOTSUPP where the kernel has no such way. */
double floor_map_ns(const struct side_machine *machine, uint32_t way,
		    const struct floor_slices *slices);

#endif
