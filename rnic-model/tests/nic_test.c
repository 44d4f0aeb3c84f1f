// SPDX-License-Identifier: GPL-2.0-only
/* The NIC's state machine, from outside: what a driver and a program see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define PAGE 4096

static struct world world;
static struct side *const a = &world.sides[0], *const b = &world.sides[1];

static int begin(void **state)
{
	(void)state;
	world_open(&world);
	side_start(a, 32);
	side_start(b, 32);
	return 0;
}

static int end(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

/* A queue pair on either side, the way from a to b, and memory for both. */
static struct queue qa, qb;
static uint16_t to_b;
static uint64_t here, there;	/* addresses of AREA bytes */
static uint32_t here_key, there_key;

#define AREA (64 * 1024)
#define ALL (EFA_MR_LOCAL_WRITE | EFA_MR_REMOTE_READ | EFA_MR_REMOTE_WRITE)

static void fill(uint64_t address, size_t length, unsigned int seed)
{
	uint8_t *at = world_at(&world, address);
	size_t i;

	srand(seed);
	for (i = 0; i < length; i++)
		at[i] = rand() >> 8;
}

static int connect(void **state)
{
	begin(state);
	queue_open(&qa, a, 16);
	queue_open(&qb, b, 16);
	to_b = side_ah(a, b->address);
	here = world_take(&world, AREA, PAGE);
	there = world_take(&world, AREA, PAGE);
	fill(here, AREA, 1);
	fill(there, AREA, 2);
	here_key = side_region(a, here, here, AREA, ALL);
	there_key = side_region(b, there, there, AREA, ALL);
	assert_int_not_equal(to_b, EFA_NO_AH);
	assert_int_not_equal(here_key, 0);
	assert_int_not_equal(there_key, 0);
	return 0;
}

/* The status of one request, posted and run. */
static int status_of(const struct efa_wqe *wqe)
{
	struct efa_cqe cqe;

	queue_post(&qa, wqe);
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.id, wqe->id);
	assert_int_equal(cqe.qp, qa.number);
	assert_int_equal(cqe.flags & 6, EFA_CQE_SEND);
	assert_int_equal(cqe.flags >> EFA_CQE_OP_SHIFT & 7,
			 wqe->ctrl1 & EFA_WQE_OP);
	return cqe.status;
}

static struct efa_wqe rdma(enum efa_op op, uint32_t offset, uint32_t length)
{
	struct efa_wqe wqe = queue_rdma(&qb, to_b, op,
					sge_of(here + offset, length, here_key),
					sge_of(there + offset, length,
					       there_key));

	wqe.id = 77;
	return wqe;
}

static bool same(uint64_t one, uint64_t other, size_t length)
{
	return !memcmp(world_at(&world, one), world_at(&world, other), length);
}

/* --- registers ------------------------------------------------------------- */

static void version(void **state)
{
	(void)state;
	assert_int_equal(nic_read(a->nic, EFA_VERSION), 0x0001);
	assert_true(nic_read(a->nic, EFA_CONTROLLER_VERSION) >= 1);
	assert_int_not_equal(nic_read(a->nic, EFA_CAPS) & 0x3e, 0);
}

static void reset_handshake(void **state)
{
	(void)state;
	nic_write(a->nic, EFA_DEV_CTL, EFA_DEV_CTL_RESET);
	assert_int_equal(nic_read(a->nic, EFA_DEV_STS),
			 EFA_DEV_STS_READY | EFA_DEV_STS_RESETTING);
	nic_write(a->nic, EFA_DEV_CTL, 0);
	assert_int_equal(nic_read(a->nic, EFA_DEV_STS),
			 EFA_DEV_STS_READY | EFA_DEV_STS_RESET_DONE);
	assert_int_equal(nic_read(a->nic, EFA_AQ_CAPS), 0);
}

static void register_by_memory(void **state)
{
	uint64_t at = world_take(&world, 8, 8);
	const struct efa_reg_resp *resp = world_at(&world, at);

	(void)state;
	nic_write(a->nic, EFA_REG_RESP_HI, at >> 32);
	nic_write(a->nic, EFA_REG_RESP_LO, at);
	nic_write(a->nic, EFA_REG_READ, EFA_DEV_STS << 16 | 4711);
	assert_int_equal(resp->request, 4711);
	assert_int_equal(resp->offset, EFA_DEV_STS);
	assert_int_equal(resp->value, nic_read(a->nic, EFA_DEV_STS));
}

/* --- admin queue ----------------------------------------------------------- */

static void admin_wraps(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_GET_STATS };
	struct efa_admin_resp resp;
	unsigned int i;

	(void)state;
	for (i = 0; i < 70000; i++)
		assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	assert_true(a->interrupts[1] >= 70000);
}

static void admin_unknown(void **state)
{
	struct efa_admin_cmd cmd = { 0 };
	struct efa_admin_resp resp;

	(void)state;
	cmd.opcode = 99;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_UNSUPPORTED);
	cmd.opcode = EFA_GET_FEATURE;
	cmd.u.feature.feature = 63;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_UNSUPPORTED);
}

/* Nothing is taken by a doorbell that cannot be, or of a queue that is none. */
static void admin_doorbell(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_GET_STATS };
	struct efa_admin_resp resp;

	(void)state;
	nic_write(a->nic, EFA_AQ_DOORBELL, a->commands + 33);
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	nic_write(a->nic, EFA_AQ_CAPS, EFA_ADMIN_ENTRY << 16 | 31);
	nic_write(a->nic, EFA_AQ_DOORBELL, 1);
	nic_write(a->nic, EFA_AQ_CAPS, 128 << 16 | 32);
	nic_write(a->nic, EFA_AQ_DOORBELL, 1);
	nic_write(a->nic, EFA_AQ_CAPS, 0);
	nic_write(a->nic, EFA_AQ_DOORBELL, 1);
}

static void features(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_GET_FEATURE };
	struct efa_admin_resp resp;

	(void)state;
	cmd.u.feature.feature = EFA_DEVICE_ATTR;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	assert_true(resp.u.device.page_sizes & PAGE);
	assert_true(resp.u.device.page_sizes < 1ULL << 32);
	cmd.u.feature.feature = EFA_NETWORK_ATTR;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	assert_memory_equal(resp.u.network.address, a->address, NIC_ADDRESS);
	cmd.u.feature.feature = EFA_QUEUE_ATTR;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	assert_int_equal(resp.u.queue.sub_cqs, 1);
	cmd.u.feature.feature = EFA_AENQ_CONFIG;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	assert_int_equal(resp.u.aenq.supported & 0x1e, 0x1e);
	cmd.u.feature.feature = EFA_HW_HINTS;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
}

static int simple(uint8_t opcode, uint16_t number)
{
	struct efa_admin_cmd cmd = { .opcode = opcode };
	struct efa_admin_resp resp;

	cmd.u.pd = number;
	return side_command(a, &cmd, &resp);
}

/* Resources end, and what has gone is gone. */
static void resources_end(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i < 64; i++)
		assert_int_equal(simple(EFA_ALLOC_PD, 0), EFA_ADMIN_OK);
	assert_int_equal(simple(EFA_ALLOC_PD, 0), EFA_ADMIN_NO_RESOURCE);
	assert_int_equal(simple(EFA_DEALLOC_PD, 63), EFA_ADMIN_OK);
	assert_int_equal(simple(EFA_DEALLOC_PD, 63), EFA_ADMIN_ILLEGAL);
	assert_int_equal(simple(EFA_DEALLOC_PD, 64), EFA_ADMIN_ILLEGAL);
	assert_int_equal(simple(EFA_ALLOC_PD, 0), EFA_ADMIN_OK);
	assert_int_equal(simple(EFA_DESTROY_CQ, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(simple(EFA_DESTROY_CQ, 0xffff), EFA_ADMIN_ILLEGAL);
	assert_int_equal(simple(EFA_DESTROY_QP, 5), EFA_ADMIN_ILLEGAL);
	assert_int_equal(simple(EFA_DEREG_MR, 0), EFA_ADMIN_ILLEGAL);
}

static void resources_in_use(void **state)
{
	(void)state;
	assert_int_equal(simple(EFA_DESTROY_CQ, qa.cq), EFA_ADMIN_BUSY);
	assert_int_equal(simple(EFA_DEALLOC_PD, a->pd), EFA_ADMIN_BUSY);
}

/* --- regions --------------------------------------------------------------- */

static int region(uint8_t shift, uint64_t iova, uint64_t length, uint64_t page)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_REG_MR };
	struct efa_reg_mr *reg = &cmd.u.reg_mr;
	struct efa_admin_resp resp;

	reg->pd = a->pd;
	reg->flags = shift;
	reg->length = (struct efa_quad){ length, length >> 32 };
	reg->iova = (struct efa_quad){ iova, iova >> 32 };
	reg->where.pages[0] = (struct efa_quad){ page, page >> 32 };
	return side_command(a, &cmd, &resp);
}

static void region_refused(void **state)
{
	(void)state;
	assert_int_equal(region(12, 0, 4096, WORLD_BASE), EFA_ADMIN_OK);
	assert_int_equal(region(11, 0, 4096, WORLD_BASE), EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(32, 0, 4096, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(63, 0, 4096, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12, 0, 0, WORLD_BASE), EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12, 0, 4096, WORLD_BASE + 1),
			 EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12, -4096, 8192, WORLD_BASE),
			 EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12, 0, UINT64_MAX, WORLD_BASE),
			 EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12, 0, 1ULL << 40, WORLD_BASE),
			 EFA_ADMIN_NO_RESOURCE);
	/* Five pages do not fit into the command. */
	assert_int_equal(region(12, 0, 5 * PAGE, WORLD_BASE),
			 EFA_ADMIN_ILLEGAL);
	assert_int_equal(region(12 | EFA_MR_PHYSICAL, 0, PAGE, WORLD_BASE),
			 EFA_ADMIN_ILLEGAL);
}

/* 1,500 pages: a list of three parts, in two chunks of unequal length. */
static void region_indirect(void **state)
{
	const unsigned int pages = 1500;
	struct efa_admin_cmd cmd = {
		.opcode = EFA_REG_MR,
		.flags = EFA_ADMIN_CTRL_DATA | EFA_ADMIN_CTRL_INDIRECT,
	};
	struct efa_reg_mr *reg = &cmd.u.reg_mr;
	uint64_t parts = world_take(&world, 3 * PAGE, PAGE);
	uint64_t first = world_take(&world, PAGE, PAGE);
	uint64_t second = world_take(&world, PAGE, PAGE);
	uint64_t *part = world_at(&world, parts);
	uint64_t *chunk = world_at(&world, first);
	struct efa_buffer next = { 8 + 12, { second, second >> 32 } };
	struct efa_admin_resp resp;
	unsigned int i;

	(void)state;
	for (i = 0; i < pages; i++)
		part[i] = here + i % 16 * PAGE;
	chunk[0] = parts;
	chunk[1] = parts + PAGE;
	memcpy(&chunk[2], &next, sizeof(next));
	*(uint64_t *)world_at(&world, second) = parts + 2 * PAGE;
	reg->pd = a->pd;
	reg->flags = 12;
	reg->access = ALL;
	reg->length.lo = pages * PAGE;
	reg->where.list.length = 2 * 8 + 12;
	reg->where.list.address = (struct efa_quad){ first, first >> 32 };
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	/* A chunk without an address of its own has no end. */
	reg->where.list.length = 12;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_ILLEGAL);
}

/* --- RDMA ------------------------------------------------------------------ */

static void write_and_read(void **state)
{
	static const uint32_t lengths[] = {
		1, 4, 511, 4096, 4097, 20480, AREA - 3,
	};
	struct efa_wqe wqe;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		fill(here, AREA, 10 + i);
		fill(there, AREA, 20 + i);
		wqe = rdma(EFA_OP_RDMA_WRITE, 3, lengths[i]);
		assert_int_equal(status_of(&wqe), EFA_OK);
		assert_true(same(here + 3, there + 3, lengths[i]));
		assert_false(same(here + 2, there + 2, 1) &&
			     same(here, there, 3));
		fill(here, AREA, 30 + i);
		wqe = rdma(EFA_OP_RDMA_READ, 1, lengths[i]);
		assert_int_equal(status_of(&wqe), EFA_OK);
		assert_true(same(here + 1, there + 1, lengths[i]));
	}
}

/* Two queue pairs on their way at once, a piece each in turn. */
static void pieces_take_turns(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA);
	struct queue other;
	struct efa_cqe cqe;

	(void)state;
	queue_open(&other, a, 4);
	queue_post(&qa, &wqe);
	wqe.u.rdma.local.length = 4;
	wqe.u.rdma.remote.length = 4;
	queue_post(&other, &wqe);
	assert_true(nic_work(a->nic));
	assert_true(nic_work(a->nic));
	assert_true(queue_poll(&other, &cqe));
	assert_false(queue_poll(&qa, &cqe));
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.status, EFA_OK);
}

static void ring_wraps(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 70000; i++) {
		struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, 4);

		wqe.id = i;
		assert_int_equal(status_of(&wqe), EFA_OK);
	}
}

static void keys_refused(void **state)
{
	uint32_t read_only = side_region(b, there, there, AREA,
					 EFA_MR_REMOTE_READ);
	uint32_t small = side_region(b, there, there, 100, ALL);
	uint32_t no_write = side_region(a, here, here, AREA, 0);
	struct efa_wqe wqe;

	(void)state;
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.local.lkey++;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LKEY);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.remote.lkey++;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.remote.lkey = read_only;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
	wqe = rdma(EFA_OP_RDMA_READ, 0, 8);
	wqe.u.rdma.remote.lkey = read_only;
	assert_int_equal(status_of(&wqe), EFA_OK);
	/* By the length, although the page goes on. */
	wqe = rdma(EFA_OP_RDMA_WRITE, 93, 8);
	wqe.u.rdma.remote.lkey = small;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
	wqe = rdma(EFA_OP_RDMA_WRITE, 92, 8);
	wqe.u.rdma.remote.lkey = small;
	assert_int_equal(status_of(&wqe), EFA_OK);
	wqe = rdma(EFA_OP_RDMA_READ, 0, 8);
	wqe.u.rdma.local.lkey = no_write;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LKEY);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.local.lkey = no_write;
	assert_int_equal(status_of(&wqe), EFA_OK);
	/* Before its begin, and around the end of all addresses. */
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.remote.address.lo--;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
	wqe.u.rdma.remote.address = (struct efa_quad){ -4, -1 };
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
}

static void other_domain(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_ALLOC_PD };
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	struct efa_admin_resp resp;

	(void)state;
	assert_int_equal(side_command(b, &cmd, &resp), EFA_ADMIN_OK);
	b->pd = resp.u.pd;
	wqe.u.rdma.remote.lkey = side_region(b, there, there, AREA, ALL);
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_ADDRESS);
}

static void requests_refused(void **state)
{
	struct efa_wqe wqe;

	(void)state;
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.ctrl1 = EFA_OP_RDMA_WRITE;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_UNSUPPORTED);
	wqe = rdma(5, 0, 8);
	assert_int_equal(status_of(&wqe), EFA_LOCAL_UNSUPPORTED);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.length = 2;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.u.rdma.remote.length = 9;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 0x80000000);
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.ah = 63;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_AH);
	wqe.ah = 0xffff;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_AH);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.dest_qp++;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_QP);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.qkey++;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_QP);
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	wqe.ah = side_ah(a, (const uint8_t *)"nobody is here..");
	assert_int_equal(status_of(&wqe), EFA_LOCAL_UNREACHABLE);
}

/* Memory that goes while the key stays: what an IOMMU does to a NIC. */
static void memory_goes(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA);
	struct efa_cqe cqe;

	(void)state;
	fill(there, AREA, 99);
	queue_post(&qa, &wqe);
	assert_true(nic_work(a->nic));
	assert_true(same(here, there, PAGE));
	world.hole = there;
	world.hole_end = there + AREA;
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.status, EFA_REMOTE_BAD_STATUS);
	assert_false(same(here + PAGE, there + PAGE, PAGE));
	world.hole = here;
	world.hole_end = here + AREA;
	wqe = rdma(EFA_OP_RDMA_WRITE, 0, 8);
	assert_int_equal(status_of(&wqe), EFA_LOCAL_INTERNAL);
	wqe = rdma(EFA_OP_RDMA_READ, 0, 8);
	assert_int_equal(status_of(&wqe), EFA_LOCAL_INTERNAL);
	world.hole = 0;
	world.hole_end = 0;
	assert_int_equal(status_of(&wqe), EFA_OK);
}

/* ... and a key that goes in the middle. */
static void key_goes(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA);
	struct efa_admin_cmd cmd = { .opcode = EFA_DEREG_MR };
	struct efa_admin_resp resp;
	struct efa_cqe cqe;

	(void)state;
	queue_post(&qa, &wqe);
	assert_true(nic_work(a->nic));
	cmd.u.lkey = there_key;
	assert_int_equal(side_command(b, &cmd, &resp), EFA_ADMIN_OK);
	assert_int_not_equal(side_region(b, there, there, AREA, ALL),
			     there_key);
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.status, EFA_REMOTE_BAD_ADDRESS);
}

static void reset_in_the_middle(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA);
	struct efa_cqe cqe;

	(void)state;
	queue_post(&qa, &wqe);
	assert_true(nic_work(a->nic));
	nic_reset(b->nic);
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.status, EFA_REMOTE_BAD_QP);
	queue_post(&qa, &wqe);
	nic_reset(a->nic);
	assert_false(nic_work(a->nic));
}

/* --- messages -------------------------------------------------------------- */

static struct efa_wqe message(uint32_t length)
{
	struct efa_wqe wqe = rdma(EFA_OP_SEND, 0, 0);

	memset(&wqe.u, 0, sizeof(wqe.u));
	wqe.u.sge[0] = sge_of(here, length, here_key);
	return wqe;
}

static void send_and_receive(void **state)
{
	struct efa_wqe wqe = message(1000);
	struct efa_cqe cqe;

	(void)state;
	wqe.length = 2;
	wqe.u.sge[1] = sge_of(here + 1000, 500, here_key);
	wqe.ctrl1 |= EFA_WQE_HAS_IMM;
	wqe.immediate = 0xcafe;
	queue_receive(&qb, 5, sge_of(there, 4096, there_key));
	assert_int_equal(status_of(&wqe), EFA_OK);
	assert_true(queue_poll(&qb, &cqe));
	assert_int_equal(cqe.id, 5);
	assert_int_equal(cqe.status, EFA_OK);
	assert_int_equal(cqe.length_lo, 1500);
	assert_int_equal(cqe.src_qp, qa.number);
	assert_int_equal(cqe.ah, EFA_NO_AH);
	assert_int_equal(cqe.immediate, 0xcafe);
	assert_true(cqe.flags & EFA_CQE_HAS_IMM);
	assert_int_equal(cqe.flags & 6, EFA_CQE_RECV);
	assert_true(same(here, there, 1500));
}

static void send_inline(void **state)
{
	struct efa_wqe wqe = message(0);
	struct efa_cqe cqe;

	(void)state;
	wqe.ctrl1 |= EFA_WQE_INLINE;
	wqe.length = 32;
	memcpy(wqe.u.data, "thirty-two bytes, in the request", 32);
	queue_receive(&qb, 1, sge_of(there, 32, there_key));
	assert_int_equal(status_of(&wqe), EFA_OK);
	assert_true(queue_poll(&qb, &cqe));
	assert_memory_equal(world_at(&world, there), wqe.u.data, 32);
	wqe.length = 33;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
}

static void send_refused(void **state)
{
	struct efa_wqe wqe = message(100);
	struct efa_cqe cqe;

	(void)state;
	assert_int_equal(status_of(&wqe), EFA_REMOTE_RNR);
	queue_receive(&qb, 1, sge_of(there, 99, there_key));
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_LENGTH);
	assert_true(queue_poll(&qb, &cqe));
	queue_receive(&qb, 2, sge_of(there, 100, there_key + 1));
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_STATUS);
	assert_true(queue_poll(&qb, &cqe));
	assert_int_equal(cqe.status, EFA_LOCAL_INTERNAL);
	wqe = message(4097);
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
	wqe = message(1);
	wqe.length = 3;
	assert_int_equal(status_of(&wqe), EFA_LOCAL_BAD_LENGTH);
}

/* Retries without an end wait for a buffer. */
static void send_waits(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_MODIFY_QP };
	struct efa_wqe wqe = message(100);
	struct efa_admin_resp resp;
	struct efa_cqe cqe;

	(void)state;
	cmd.u.modify_qp.mask = EFA_MODIFY_RNR_RETRY;
	cmd.u.modify_qp.handle = qa.handle;
	cmd.u.modify_qp.rnr_retry = 7;
	assert_int_equal(side_command(a, &cmd, &resp), EFA_ADMIN_OK);
	queue_post(&qa, &wqe);
	world_run(&world);
	assert_false(queue_poll(&qa, &cqe));
	queue_receive(&qb, 1, sge_of(there, 100, there_key));
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
	assert_int_equal(cqe.status, EFA_OK);
}

static void write_with_immediate(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA - 1);
	struct efa_cqe cqe;

	(void)state;
	wqe.ctrl1 |= EFA_WQE_HAS_IMM;
	wqe.immediate = 1234;
	queue_receive(&qb, 9, sge_of(0, 0, 0));
	assert_int_equal(status_of(&wqe), EFA_OK);
	assert_true(queue_poll(&qb, &cqe));
	assert_int_equal(cqe.id, 9);
	assert_int_equal(cqe.immediate, 1234);
	assert_int_equal(cqe.length_lo | cqe.u.length_hi << 16, AREA - 1);
	assert_int_equal(cqe.flags >> EFA_CQE_OP_SHIFT & 7, EFA_OP_RDMA_WRITE);
}

/* --- states ---------------------------------------------------------------- */

static void error_flushes(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, AREA);
	unsigned int sent = 0, received = 0, i;
	struct efa_cqe cqe;

	(void)state;
	for (i = 0; i < 3; i++) {
		queue_post(&qa, &wqe);
		queue_receive(&qa, i, sge_of(here, 1, here_key));
	}
	assert_true(nic_work(a->nic));
	assert_int_equal(queue_state(&qa, EFA_QP_ERR), EFA_ADMIN_OK);
	queue_post(&qa, &wqe);
	while (queue_poll(&qa, &cqe)) {
		assert_int_equal(cqe.status, EFA_FLUSHED);
		sent += (cqe.flags & 6) == EFA_CQE_SEND;
		received += (cqe.flags & 6) == EFA_CQE_RECV;
	}
	assert_int_equal(sent, 4);
	assert_int_equal(received, 3);
	assert_false(nic_work(a->nic));
	assert_int_equal(queue_state(&qa, EFA_QP_RTS), EFA_ADMIN_ILLEGAL);
	assert_int_equal(queue_state(&qa, EFA_QP_RESET), EFA_ADMIN_OK);
}

static void drained(void **state)
{
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, 4);
	struct efa_cqe cqe;

	(void)state;
	assert_int_equal(queue_state(&qa, EFA_QP_SQD), EFA_ADMIN_OK);
	queue_post(&qa, &wqe);
	world_run(&world);
	assert_false(queue_poll(&qa, &cqe));
	assert_int_equal(queue_state(&qa, EFA_QP_RTS), EFA_ADMIN_OK);
	world_run(&world);
	assert_true(queue_poll(&qa, &cqe));
}

/* More than the queue has room for: nothing is taken. */
static void doorbell_too_far(void **state)
{
	struct efa_cqe cqe;

	(void)state;
	nic_write(a->nic, qa.sq_doorbell, qa.posted + 17);
	nic_write(a->nic, qa.rq_doorbell, qa.rq_posted + 17);
	world_run(&world);
	assert_false(queue_poll(&qa, &cqe));
}

static void number_not_reused(void **state)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_DESTROY_QP };
	struct efa_wqe wqe = rdma(EFA_OP_RDMA_WRITE, 0, 4);
	struct efa_admin_resp resp;
	struct queue again;

	(void)state;
	cmd.u.qp_handle = qb.handle;
	assert_int_equal(side_command(b, &cmd, &resp), EFA_ADMIN_OK);
	assert_int_equal(side_command(b, &cmd, &resp), EFA_ADMIN_ILLEGAL);
	queue_open(&again, b, 4);
	assert_int_equal(again.sq_doorbell, qb.sq_doorbell);
	assert_int_not_equal(again.number, qb.number);
	assert_int_equal(status_of(&wqe), EFA_REMOTE_BAD_QP);
}

static int queue_of(uint32_t sq_bytes, uint32_t rq_bytes, uint8_t flags)
{
	struct efa_admin_cmd cmd = { .opcode = EFA_CREATE_QP };
	struct efa_admin_resp resp;

	cmd.u.create_qp.type = EFA_QP_SRD;
	cmd.u.create_qp.flags = flags;
	cmd.u.create_qp.pd = a->pd;
	cmd.u.create_qp.uar = a->uar;
	cmd.u.create_qp.send_cq = qa.cq;
	cmd.u.create_qp.recv_cq = qa.cq;
	cmd.u.create_qp.sq_bytes = sq_bytes;
	cmd.u.create_qp.rq_bytes = rq_bytes;
	return side_command(a, &cmd, &resp);
}

static void queues_refused(void **state)
{
	(void)state;
	assert_int_equal(queue_of(0, 0, 0), EFA_ADMIN_OK);
	assert_int_equal(queue_of(64 * 3, 0, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(queue_of(65, 0, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(queue_of(1 << 20, 0, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(queue_of(0, 0x80000000, 0), EFA_ADMIN_ILLEGAL);
	assert_int_equal(queue_of(64, 16, EFA_QP_SQ_VIRTUAL),
			 EFA_ADMIN_ILLEGAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define TEST_CONNECTED(name) cmocka_unit_test_setup_teardown(name, connect, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(version),
		TEST(reset_handshake),
		TEST(register_by_memory),
		TEST(admin_wraps),
		TEST(admin_unknown),
		TEST(admin_doorbell),
		TEST(features),
		TEST(resources_end),
		TEST_CONNECTED(resources_in_use),
		TEST(region_refused),
		TEST_CONNECTED(region_indirect),
		TEST_CONNECTED(write_and_read),
		TEST_CONNECTED(pieces_take_turns),
		TEST_CONNECTED(ring_wraps),
		TEST_CONNECTED(keys_refused),
		TEST_CONNECTED(other_domain),
		TEST_CONNECTED(requests_refused),
		TEST_CONNECTED(memory_goes),
		TEST_CONNECTED(key_goes),
		TEST_CONNECTED(reset_in_the_middle),
		TEST_CONNECTED(send_and_receive),
		TEST_CONNECTED(send_inline),
		TEST_CONNECTED(send_refused),
		TEST_CONNECTED(send_waits),
		TEST_CONNECTED(write_with_immediate),
		TEST_CONNECTED(error_flushes),
		TEST_CONNECTED(drained),
		TEST_CONNECTED(doorbell_too_far),
		TEST_CONNECTED(number_not_reused),
		TEST_CONNECTED(queues_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
