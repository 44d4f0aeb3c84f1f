/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two NICs of one fabric, some memory they share, and what a driver and a
 * program do with them, each in a call.
 */
#ifndef WORLD_H
#define WORLD_H

#include "../efa_hw.h"
#include "../nic.h"

#define WORLD_BASE 0x10000000ULL	/* address of the memory */
#define WORLD_SIZE (4U << 20)
#define WORLD_SLOTS 16

struct world;

/* A NIC and what its driver has set up. */
struct side {
	struct world *world;
	struct nic *nic;
	uint8_t address[NIC_ADDRESS];
	uint8_t *sq;
	uint64_t aq, acq;
	uint16_t commands;
	unsigned int interrupts[NIC_VECTORS];
	uint16_t pd, uar;
};

struct world {
	struct fabric *fabric;
	struct side sides[2];
	uint8_t *memory;
	uint64_t used;
	/* Where there is nothing, for now. */
	uint64_t hole, hole_end;
};

/* A queue pair, its completions, and where their rings are. */
struct queue {
	struct side *side;
	uint16_t cq, number;
	uint32_t handle;
	uint64_t cq_base, rq_base;
	uint16_t cq_depth, cq_at;
	uint16_t sq_depth, posted, rq_depth, rq_posted;
	uint32_t sq_doorbell, rq_doorbell, sq_offset;
};

void world_open(struct world *world);
void world_close(struct world *world);

/* Bytes of the memory that nobody has yet, and the CPU's view of them. */
uint64_t world_take(struct world *world, size_t size, size_t align);
void *world_at(struct world *world, uint64_t address);

/* Resets, sets up the admin queue of so many entries, a PD and a UAR. */
void side_start(struct side *side, unsigned int depth);

/* enum efa_admin_status, or -1: no response. */
int side_command(struct side *side, const struct efa_admin_cmd *cmd,
		 struct efa_admin_resp *resp);

/* A region over memory that lies side by side: its key, 0 if refused. */
uint32_t side_region(struct side *side, uint64_t iova, uint64_t address,
		     uint64_t length, uint8_t access);
uint16_t side_ah(struct side *side, const uint8_t address[NIC_ADDRESS]);

/* Ready to send, SRD; the key of both queues is 7. */
#define QUEUE_KEY 7
void queue_open(struct queue *queue, struct side *side, unsigned int depth);
int queue_state(struct queue *queue, enum efa_qp_state state);

/* A request that asks for a completion, and the other end. */
struct efa_wqe queue_rdma(const struct queue *to, uint16_t ah, enum efa_op op,
			  struct efa_sge local, struct efa_sge remote);
void queue_post(struct queue *queue, const struct efa_wqe *wqe);
void queue_receive(struct queue *queue, uint16_t id, struct efa_sge sge);

struct efa_sge sge_of(uint64_t address, uint32_t length, uint32_t key);

/* Both NICs, until there is nothing left to do. */
void world_run(struct world *world);

/* The next completion; false: there is none. */
bool queue_poll(struct queue *queue, struct efa_cqe *cqe);

/* A fuzzer's: what libFuzzer calls with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
