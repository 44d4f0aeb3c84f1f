/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VFIO device's BAR and two RDMA NICs: a writes and reads, b has the BAR as a
 * region of its own.
 *
 * Functions return as those of rdma.h do.
 */
#ifndef SELFTEST_P2P_RDMA_BAR_H
#define SELFTEST_P2P_RDMA_BAR_H

#include <stddef.h>
#include <stdint.h>

#include "rdma.h"
#include "rdma_stream.h"
#include "vfio.h"

/* Bytes of a's memory: what can be moved at a time. */
#define RDMA_BAR_CHUNK (1024 * 1024ULL)

/* Bytes that a stream writes, of this value; and what the CPU puts there. */
#define RDMA_BAR_REGION (64 * 1024ULL)
#define RDMA_BAR_STREAMED 0xa5
#define RDMA_BAR_CPUS 0x11

/*
 * Where in the BAR, so that the host finds it untouched when all is over: below,
 * the example program writes; here, streams are reset; behind, others leave.
 */
#define RDMA_BAR_RESETS_AT (16 * 1024 * 1024ULL)
#define RDMA_BAR_LEAVES_AT (48 * 1024 * 1024ULL)

struct rdma_bar {
	struct vfio_dev dev;
	struct rdma_nic a;
	struct rdma_nic b;
	char *bar;
	uint64_t bar_size;
	char *memory;
	struct ibv_mr *memory_mr;
	int dmabuf;			/* -1 until it is exported */
	struct rdma_stream stream;
	struct ibv_mr *stream_mr;
};

int rdma_bar_open(struct rdma_bar *bar);
void rdma_bar_close(struct rdma_bar *bar);
int rdma_bar_export(struct rdma_bar *bar,
		    const struct vfio_region_dma_range *ranges, uint32_t nr);

/* Between a's memory, from its beginning, and a region of b's. */
int rdma_bar_move(struct rdma_bar *bar, enum ibv_wr_opcode opcode,
		  const struct ibv_mr *mr, uint64_t offset, uint32_t length);

/* Let a write to the buffer at an offset, by a region of its own, all the time. */
int rdma_bar_begin(struct rdma_bar *bar, uint64_t offset);
int rdma_bar_end(struct rdma_bar *bar);

/* How many bytes of a stream's place in the BAR are others. */
unsigned long rdma_bar_others(const struct rdma_bar *bar, uint64_t offset,
			      char value);

/*
 * One reset in the middle of a stream, so many us after it has got through. The
 * buffer begins at the BAR's beginning. NULL, or what did not go as it must.
 */
const char *rdma_bar_reset(struct rdma_bar *bar, uint64_t offset,
			   unsigned int us);

#endif
