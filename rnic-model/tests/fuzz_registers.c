// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that writes whatever it likes to registers and doorbells, over memory
 * full of it: the input is writes of 6 bytes, and at the same time what the
 * queues point to.
 */
#include <string.h>

#include "world.h"

struct write {
	uint16_t offset;
	uint32_t value;
} __attribute__((packed));

/* Half of all addresses lie in the memory. */
static uint32_t likely(const struct write *write)
{
	switch (write->offset) {
	case EFA_AQ_BASE_LO:
	case EFA_ACQ_BASE_LO:
	case EFA_REG_RESP_LO:
		return write->value & 1 ? write->value :
		       WORLD_BASE + write->value % WORLD_SIZE;
	default:
		return write->value;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world;
	struct write write;
	struct queue queue;
	size_t at;

	world_open(&world);
	if (size && data[0] & 1) {
		side_start(&world.sides[0], 32);
		queue_open(&queue, &world.sides[0], 16);
	}
	memcpy(world.memory, data, size < WORLD_SIZE ? size : WORLD_SIZE);
	memcpy(world.sides[0].sq, data, size < NIC_SQ_SIZE ? size :
	       NIC_SQ_SIZE);
	for (at = 0; at + sizeof(write) <= size; at += sizeof(write)) {
		memcpy(&write, data + at, sizeof(write));
		if (write.offset & 1)
			nic_work(world.sides[0].nic);
		else
			nic_write(world.sides[0].nic, write.offset,
				  likely(&write));
		nic_read(world.sides[0].nic, write.offset);
	}
	world_run(&world);
	world_close(&world);
	return 0;
}
