/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurements; each prints its samples (sample.h). Those of a machine need
 * an exporter that a side has taken, and leave it as they found it.
 */
#ifndef SELFTEST_P2P_MEASURE_H
#define SELFTEST_P2P_MEASURE_H

#include <stdint.h>

#include "side.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* calls.c: system calls, and rounds of map and unmap with what they lose. */
void measure_calls(struct side_machine *machine);
void measure_loop(struct side_machine *machine, uint64_t rounds);

/* maps.c: what a map takes, and what the DMA API takes of it. */
void measure_maps(struct side_machine *machine);
void measure_ranges(struct side_machine *machine);

/* revoke.c: buffers whose importers need some time. */
void measure_revoke(struct side_machine *machine);

/* memory.c: what a buffer and a mapping take. */
void measure_memory(struct side_machine *machine, uint64_t bar_bytes);

/* scale.c: this many buffers at a time, which have to be allowed first. */
void measure_allow(uint64_t buffers);
void measure_scale(struct side_machine *machine, uint64_t buffers);

/* pages.c: a BAR with page structures. */
void measure_pages(const char *exporter, uint64_t bytes);

#endif
