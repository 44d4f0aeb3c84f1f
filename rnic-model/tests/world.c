// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "world.h"

/* --- memory ---------------------------------------------------------------- */

#define GUARD 4096

/*
 * Zeros with a page behind them that faults. Not from malloc(): its sanitizer
 * takes longer for some MiB than a fuzzer's whole run.
 */
static void *area_new(size_t size)
{
	uint8_t *area = mmap(NULL, size + GUARD, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED || mprotect(area + size, GUARD, PROT_NONE))
		abort();
	return area;
}

static void area_free(void *area, size_t size)
{
	munmap(area, size + GUARD);
}

static bool inside(const struct world *world, uint64_t address, size_t length)
{
	if (address < WORLD_BASE || address - WORLD_BASE > WORLD_SIZE ||
	    length > WORLD_SIZE - (address - WORLD_BASE))
		return false;
	return address + length <= world->hole || address >= world->hole_end;
}

void *world_at(struct world *world, uint64_t address)
{
	return world->memory + (address - WORLD_BASE);
}

uint64_t world_take(struct world *world, size_t size, size_t align)
{
	uint64_t at = (world->used + align - 1) / align * align;

	if (at + size > WORLD_SIZE)
		abort();
	world->used = at + size;
	return WORLD_BASE + at;
}

static bool memory_read(void *context, uint64_t address, void *to,
			size_t length)
{
	struct side *side = context;

	if (!inside(side->world, address, length))
		return false;
	memcpy(to, world_at(side->world, address), length);
	return true;
}

static bool memory_write(void *context, uint64_t address, const void *from,
			 size_t length)
{
	struct side *side = context;

	if (!inside(side->world, address, length))
		return false;
	memcpy(world_at(side->world, address), from, length);
	return true;
}

static void memory_interrupt(void *context, unsigned int vector)
{
	struct side *side = context;

	if (vector < NIC_VECTORS)
		side->interrupts[vector]++;
}

static const struct nic_ops ops = {
	.read = memory_read,
	.write = memory_write,
	.interrupt = memory_interrupt,
};

void world_open(struct world *world)
{
	unsigned int i;

	memset(world, 0, sizeof(*world));
	world->memory = area_new(WORLD_SIZE);
	world->fabric = fabric_new();
	for (i = 0; i < 2; i++) {
		struct side *side = &world->sides[i];

		side->world = world;
		side->address[0] = 0xfe;
		side->address[NIC_ADDRESS - 1] = i + 1;
		side->sq = area_new(NIC_SQ_SIZE);
		side->nic = nic_new(world->fabric, side->address, side->sq,
				    &ops, side);
		if (!side->nic)
			abort();
	}
}

void world_close(struct world *world)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		nic_free(world->sides[i].nic);
		area_free(world->sides[i].sq, NIC_SQ_SIZE);
	}
	fabric_free(world->fabric);
	area_free(world->memory, WORLD_SIZE);
}

void world_run(struct world *world)
{
	bool any;

	do {
		any = nic_work(world->sides[0].nic);
		any = nic_work(world->sides[1].nic) || any;
	} while (any);
}

/* --- driver ---------------------------------------------------------------- */

static struct efa_quad quad(uint64_t value)
{
	return (struct efa_quad){ value, value >> 32 };
}

void side_start(struct side *side, unsigned int depth)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_ALLOC_PD };
	struct efa_admin_resp resp;

	nic_write(side->nic, EFA_DEV_CTL, EFA_DEV_CTL_RESET);
	nic_write(side->nic, EFA_DEV_CTL, 0);
	side->commands = 0;
	side->aq = world_take(side->world, depth * EFA_ADMIN_ENTRY, 4096);
	side->acq = world_take(side->world, depth * EFA_ADMIN_ENTRY, 4096);
	nic_write(side->nic, EFA_AQ_BASE_LO, side->aq);
	nic_write(side->nic, EFA_AQ_BASE_HI, side->aq >> 32);
	nic_write(side->nic, EFA_AQ_CAPS, EFA_ADMIN_ENTRY << 16 | depth);
	nic_write(side->nic, EFA_ACQ_BASE_LO, side->acq);
	nic_write(side->nic, EFA_ACQ_BASE_HI, side->acq >> 32);
	nic_write(side->nic, EFA_ACQ_CAPS,
		  1 << 24 | EFA_ADMIN_ENTRY << 16 | depth);
	nic_write(side->nic, EFA_INTR_MASK, 0);
	side_command(side, &cmd, &resp);
	side->pd = resp.u.pd;
	cmd.opcode = EFA_ALLOC_UAR;
	side_command(side, &cmd, &resp);
	side->uar = resp.u.uar;
}

int side_command(struct side *side, const struct efa_admin_cmd *cmd,
		 struct efa_admin_resp *resp)
{
	unsigned int depth = nic_read(side->nic, EFA_AQ_CAPS) & 0xffff;
	uint64_t at = side->commands % depth * EFA_ADMIN_ENTRY;
	bool phase = !(side->commands / depth & 1);
	struct efa_admin_cmd entry = *cmd;

	entry.id = side->commands & EFA_ADMIN_COMMAND_ID;
	if (phase)
		entry.flags |= EFA_ADMIN_PHASE;
	memcpy(world_at(side->world, side->aq + at), &entry, sizeof(entry));
	side->commands++;
	nic_write(side->nic, EFA_AQ_DOORBELL, side->commands);
	memcpy(resp, world_at(side->world, side->acq + at), sizeof(*resp));
	if ((resp->flags & EFA_ADMIN_PHASE) != phase || resp->id != entry.id)
		return -1;
	return resp->status;
}

uint32_t side_region(struct side *side, uint64_t iova, uint64_t address,
		     uint64_t length, uint8_t access)
{
	uint64_t first = address & ~4095ULL, pages, i, list;
	struct efa_admin_cmd cmd = { .opcode = EFA_REG_MR };
	struct efa_reg_mr *reg = &cmd.u.reg_mr;
	struct efa_admin_resp resp;

	pages = (address + length - first + 4095) / 4096;
	reg->pd = side->pd;
	reg->flags = 12;
	reg->access = access;
	reg->length = quad(length);
	reg->iova = quad(iova);
	if (pages <= 4) {
		for (i = 0; i < pages; i++)
			reg->where.pages[i] = quad(first + i * 4096);
	} else {
		list = world_take(side->world, pages * 8, 8);
		for (i = 0; i < pages; i++)
			((uint64_t *)world_at(side->world, list))[i] =
				first + i * 4096;
		cmd.flags = EFA_ADMIN_CTRL_DATA;
		reg->where.list.length = pages * 8;
		reg->where.list.address = quad(list);
	}
	return side_command(side, &cmd, &resp) ? 0 : resp.u.reg_mr.lkey;
}

uint16_t side_ah(struct side *side, const uint8_t address[NIC_ADDRESS])
{
	struct efa_admin_cmd cmd = { .opcode = EFA_CREATE_AH };
	struct efa_admin_resp resp;

	memcpy(cmd.u.create_ah.address, address, NIC_ADDRESS);
	cmd.u.create_ah.pd = side->pd;
	return side_command(side, &cmd, &resp) ? EFA_NO_AH : resp.u.ah;
}

/* --- queues ---------------------------------------------------------------- */

int queue_state(struct queue *queue, enum efa_qp_state state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_MODIFY_QP };
	struct efa_admin_resp resp;

	cmd.u.modify_qp.mask = EFA_MODIFY_STATE | EFA_MODIFY_QKEY;
	cmd.u.modify_qp.handle = queue->handle;
	cmd.u.modify_qp.state = state;
	cmd.u.modify_qp.qkey = QUEUE_KEY;
	return side_command(queue->side, &cmd, &resp);
}

static void queue_open_cq(struct queue *queue)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_CREATE_CQ };
	struct side *side = queue->side;
	struct efa_admin_resp resp;

	queue->cq_base = world_take(side->world, queue->cq_depth * 32, 4096);
	memset(world_at(side->world, queue->cq_base), 0, queue->cq_depth * 32);
	cmd.u.create_cq.caps2 = 8;
	cmd.u.create_cq.depth = queue->cq_depth;
	cmd.u.create_cq.base = quad(queue->cq_base);
	cmd.u.create_cq.sub_cqs = 1;
	cmd.u.create_cq.uar = side->uar;
	if (side_command(side, &cmd, &resp))
		abort();
	queue->cq = resp.u.create_cq.cq;
}

void queue_open(struct queue *queue, struct side *side, unsigned int depth)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_CREATE_QP };
	struct efa_create_qp *create = &cmd.u.create_qp;
	struct efa_admin_resp resp;

	memset(queue, 0, sizeof(*queue));
	queue->side = side;
	queue->cq_depth = 4 * depth;
	queue->sq_depth = depth;
	queue->rq_depth = depth;
	queue_open_cq(queue);
	queue->rq_base = world_take(side->world, depth * 16, 4096);
	create->pd = side->pd;
	create->type = EFA_QP_SRD;
	create->rq_base = quad(queue->rq_base);
	create->send_cq = queue->cq;
	create->recv_cq = queue->cq;
	create->sq_bytes = depth * sizeof(struct efa_wqe);
	create->sq_depth = depth;
	create->rq_bytes = depth * sizeof(struct efa_rx_desc);
	create->rq_depth = depth;
	create->uar = side->uar;
	if (side_command(side, &cmd, &resp))
		abort();
	queue->handle = resp.u.create_qp.handle;
	queue->number = resp.u.create_qp.number;
	queue->sq_doorbell = resp.u.create_qp.sq_doorbell;
	queue->rq_doorbell = resp.u.create_qp.rq_doorbell;
	queue->sq_offset = resp.u.create_qp.sq_offset;
	if (queue_state(queue, EFA_QP_INIT) ||
	    queue_state(queue, EFA_QP_RTR) || queue_state(queue, EFA_QP_RTS))
		abort();
}

struct efa_sge sge_of(uint64_t address, uint32_t length, uint32_t key)
{
	return (struct efa_sge){ length, key, quad(address) };
}

struct efa_wqe queue_rdma(const struct queue *to, uint16_t ah, enum efa_op op,
			  struct efa_sge local, struct efa_sge remote)
{
	struct efa_wqe wqe = {
		.ctrl1 = EFA_WQE_META | op,
		.ctrl2 = EFA_WQE_FIRST | EFA_WQE_LAST | EFA_WQE_COMPLETE,
		.dest_qp = to->number,
		.length = 1,
		.ah = ah,
		.qkey = QUEUE_KEY,
	};

	wqe.u.rdma.local = local;
	wqe.u.rdma.remote = remote;
	return wqe;
}

void queue_post(struct queue *queue, const struct efa_wqe *wqe)
{
	memcpy(queue->side->sq + queue->sq_offset +
	       queue->posted % queue->sq_depth * sizeof(*wqe), wqe,
	       sizeof(*wqe));
	queue->posted++;
	nic_write(queue->side->nic, queue->sq_doorbell, queue->posted);
}

void queue_receive(struct queue *queue, uint16_t id, struct efa_sge sge)
{
	struct efa_rx_desc desc = {
		.address = sge.address,
		.id = id,
		.length = sge.length,
		.lkey_ctrl = sge.lkey | EFA_RX_FIRST | EFA_RX_LAST,
	};

	memcpy(world_at(queue->side->world, queue->rq_base +
			queue->rq_posted % queue->rq_depth * sizeof(desc)),
	       &desc, sizeof(desc));
	queue->rq_posted++;
	nic_write(queue->side->nic, queue->rq_doorbell, queue->rq_posted);
}

bool queue_poll(struct queue *queue, struct efa_cqe *cqe)
{
	bool phase = !(queue->cq_at / queue->cq_depth & 1);

	memcpy(cqe, world_at(queue->side->world, queue->cq_base +
			     queue->cq_at % queue->cq_depth * sizeof(*cqe)),
	       sizeof(*cqe));
	if (!!(cqe->flags & EFA_CQE_PHASE) != phase)
		return false;
	queue->cq_at++;
	return true;
}
