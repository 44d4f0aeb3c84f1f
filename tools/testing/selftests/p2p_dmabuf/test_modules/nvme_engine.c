// SPDX-License-Identifier: GPL-2.0-only
/*
 * The controller never touches memory after nvme_engine_stop() returned, nor
 * after a command timed out: it is disabled then, and stays so.
 *
 * No interrupt is ever used: completions are found by their phase bit. The
 * addresses of a transfer are used as given; that is the point of this module.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "nvme_engine.h"

#define NVME_RING_DEPTH		16
#define NVME_IO_QID		1
#define NVME_NSID		1
#define NVME_PAGE		SZ_4K
#define NVME_TIMEOUT_MS		10000
#define NVME_BOUNCE_BYTES	SZ_64K

/*
 * All of a command's PRP entries but the first stand in one page of 512, so
 * that lists need no chaining.
 */
#define NVME_MAX_BYTES		SZ_1M

/* ---- rings ---- */

static void nvme_ring_free(struct nvme_engine *engine, struct nvme_ring *ring)
{
	struct device *dev = &engine->pdev->dev;

	if (ring->cq)
		dma_free_coherent(dev, NVME_PAGE, ring->cq, ring->cq_dma);
	if (ring->sq)
		dma_free_coherent(dev, NVME_PAGE, ring->sq, ring->sq_dma);
	memset(ring, 0, sizeof(*ring));
}

static int nvme_ring_alloc(struct nvme_engine *engine, struct nvme_ring *ring,
			   unsigned int qid)
{
	void __iomem *doorbells = engine->regs + NVME_REG_DBS;
	unsigned int stride = 4 << NVME_CAP_STRIDE(engine->cap);
	struct device *dev = &engine->pdev->dev;

	ring->sq = dma_alloc_coherent(dev, NVME_PAGE, &ring->sq_dma, GFP_KERNEL);
	ring->cq = dma_alloc_coherent(dev, NVME_PAGE, &ring->cq_dma, GFP_KERNEL);
	if (!ring->sq || !ring->cq) {
		nvme_ring_free(engine, ring);
		return -ENOMEM;
	}

	ring->sq_doorbell = doorbells + 2 * qid * stride;
	ring->cq_doorbell = doorbells + (2 * qid + 1) * stride;
	ring->phase = 1;
	return 0;
}

static void nvme_ring_submit(struct nvme_ring *ring, struct nvme_command *cmd)
{
	cmd->common.command_id = ring->tail;
	ring->sq[ring->tail] = *cmd;
	ring->tail = (ring->tail + 1) % NVME_RING_DEPTH;
	writel(ring->tail, ring->sq_doorbell);
}

static bool nvme_ring_completed(struct nvme_ring *ring)
{
	u16 status = le16_to_cpu(READ_ONCE(ring->cq[ring->head].status));

	return (status & 1) == ring->phase;
}

/* Spins first: most commands are done within microseconds. */
static int nvme_ring_wait(struct nvme_ring *ring)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), NVME_TIMEOUT_MS);
	unsigned int spins = 0;

	while (!nvme_ring_completed(ring)) {
		if (ktime_after(ktime_get(), deadline))
			return -ETIMEDOUT;
		if (spins++ < 100)
			cpu_relax();
		else
			usleep_range(10, 50);
	}
	return 0;
}

static u16 nvme_ring_reap(struct nvme_ring *ring)
{
	u16 status;

	/* The entry's other bytes are valid only once its phase is. */
	dma_rmb();
	status = le16_to_cpu(ring->cq[ring->head].status) >> 1;

	ring->head = (ring->head + 1) % NVME_RING_DEPTH;
	if (!ring->head)
		ring->phase ^= 1;
	writel(ring->head, ring->cq_doorbell);
	return status;
}

/* ---- controller ---- */

static int nvme_engine_wait_ready(struct nvme_engine *engine, u32 ready)
{
	/* CAP.TO counts half seconds. */
	u64 timeout_ms = (NVME_CAP_TIMEOUT(engine->cap) + 1) * 500;
	ktime_t deadline = ktime_add_ms(ktime_get(), timeout_ms);
	u32 csts;

	for (;;) {
		csts = readl(engine->regs + NVME_REG_CSTS);
		if (csts == ~0u)
			return -ENODEV;
		if ((csts & NVME_CSTS_RDY) == ready)
			return 0;
		if (ready && (csts & NVME_CSTS_CFS))
			return -EIO;
		if (ktime_after(ktime_get(), deadline))
			return -ETIMEDOUT;
		usleep_range(100, 200);
	}
}

static int nvme_engine_disable(struct nvme_engine *engine)
{
	u32 cc = readl(engine->regs + NVME_REG_CC);

	writel(cc & ~(u32)NVME_CC_ENABLE, engine->regs + NVME_REG_CC);
	return nvme_engine_wait_ready(engine, 0);
}

static int nvme_engine_enable(struct nvme_engine *engine)
{
	u32 depth = NVME_RING_DEPTH - 1;
	u32 cc = NVME_CC_ENABLE | NVME_CC_CSS_NVM | NVME_CC_AMS_RR |
		 NVME_CC_IOSQES | NVME_CC_IOCQES |
		 (ilog2(NVME_PAGE) - 12) << NVME_CC_MPS_SHIFT;

	writel(depth << 16 | depth, engine->regs + NVME_REG_AQA);
	lo_hi_writeq(engine->admin.sq_dma, engine->regs + NVME_REG_ASQ);
	lo_hi_writeq(engine->admin.cq_dma, engine->regs + NVME_REG_ACQ);
	/* Nobody would answer an interrupt. */
	writel(~0u, engine->regs + NVME_REG_INTMS);
	writel(cc, engine->regs + NVME_REG_CC);
	return nvme_engine_wait_ready(engine, NVME_CSTS_RDY);
}

static int nvme_engine_command(struct nvme_engine *engine,
			       struct nvme_ring *ring,
			       struct nvme_command *cmd, u16 *status)
{
	int err;

	lockdep_assert_held(&engine->lock);
	if (engine->dead)
		return -EIO;

	nvme_ring_submit(ring, cmd);
	err = nvme_ring_wait(ring);
	if (err) {
		pci_err(engine->pdev, "command timed out, controller disabled\n");
		engine->dead = true;
		/* Its late DMA must not hit what the caller reuses or frees. */
		pci_clear_master(engine->pdev);
		nvme_engine_disable(engine);
		return err;
	}

	*status = nvme_ring_reap(ring);
	return *status ? -EIO : 0;
}

static int nvme_engine_admin(struct nvme_engine *engine,
			     struct nvme_command *cmd)
{
	u16 status = 0;
	int err;

	mutex_lock(&engine->lock);
	err = nvme_engine_command(engine, &engine->admin, cmd, &status);
	mutex_unlock(&engine->lock);
	if (err)
		pci_err(engine->pdev, "admin command %#x: error %d, status %#x\n",
			cmd->common.opcode, err, status);
	return err;
}

/* ---- start and stop ---- */

static int nvme_engine_identify(struct nvme_engine *engine, u32 nsid, u8 cns)
{
	struct nvme_command cmd = {
		.identify = {
			.opcode = nvme_admin_identify,
			.nsid = cpu_to_le32(nsid),
			.dptr.prp1 = cpu_to_le64(engine->bounce_dma),
			.cns = cns,
		},
	};

	return nvme_engine_admin(engine, &cmd);
}

static int nvme_engine_learn_limits(struct nvme_engine *engine)
{
	const struct nvme_id_ctrl *ctrl = engine->bounce;
	unsigned int shift = 12 + NVME_CAP_MPSMIN(engine->cap);
	int err;

	err = nvme_engine_identify(engine, 0, NVME_ID_CNS_CTRL);
	if (err)
		return err;

	engine->max_bytes = NVME_MAX_BYTES;
	/* MDTS 0: no limit. */
	if (ctrl->mdts && ctrl->mdts + shift < ilog2(NVME_MAX_BYTES))
		engine->max_bytes = 1u << (ctrl->mdts + shift);
	return 0;
}

static int nvme_engine_learn_drive(struct nvme_engine *engine)
{
	const struct nvme_id_ns *ns = engine->bounce;
	u8 shift;
	int err;

	err = nvme_engine_identify(engine, NVME_NSID, NVME_ID_CNS_NS);
	if (err)
		return err;

	shift = ns->lbaf[ns->flbas & NVME_NS_FLBAS_LBA_MASK].ds;
	if (shift < 9 || shift > 12)
		return -EINVAL;
	engine->block_bytes = 1u << shift;
	engine->drive_bytes = le64_to_cpu(ns->nsze) << shift;
	return engine->drive_bytes ? 0 : -ENODEV;
}

static int nvme_engine_create_queues(struct nvme_engine *engine)
{
	struct nvme_command cq = {
		.create_cq = {
			.opcode = nvme_admin_create_cq,
			.prp1 = cpu_to_le64(engine->io.cq_dma),
			.cqid = cpu_to_le16(NVME_IO_QID),
			.qsize = cpu_to_le16(NVME_RING_DEPTH - 1),
			.cq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG),
		},
	};
	struct nvme_command sq = {
		.create_sq = {
			.opcode = nvme_admin_create_sq,
			.prp1 = cpu_to_le64(engine->io.sq_dma),
			.sqid = cpu_to_le16(NVME_IO_QID),
			.qsize = cpu_to_le16(NVME_RING_DEPTH - 1),
			.sq_flags = cpu_to_le16(NVME_QUEUE_PHYS_CONTIG),
			.cqid = cpu_to_le16(NVME_IO_QID),
		},
	};
	int err = nvme_engine_admin(engine, &cq);

	return err ?: nvme_engine_admin(engine, &sq);
}

static void nvme_engine_free_memory(struct nvme_engine *engine)
{
	struct device *dev = &engine->pdev->dev;

	if (engine->bounce)
		dma_free_coherent(dev, NVME_BOUNCE_BYTES, engine->bounce,
				  engine->bounce_dma);
	if (engine->prp_list)
		dma_free_coherent(dev, NVME_PAGE, engine->prp_list,
				  engine->prp_dma);
	nvme_ring_free(engine, &engine->io);
	nvme_ring_free(engine, &engine->admin);
}

static int nvme_engine_alloc_memory(struct nvme_engine *engine)
{
	struct device *dev = &engine->pdev->dev;

	engine->prp_list = dma_alloc_coherent(dev, NVME_PAGE, &engine->prp_dma,
					      GFP_KERNEL);
	engine->bounce = dma_alloc_coherent(dev, NVME_BOUNCE_BYTES,
					    &engine->bounce_dma, GFP_KERNEL);
	if (!engine->prp_list || !engine->bounce ||
	    nvme_ring_alloc(engine, &engine->admin, 0) ||
	    nvme_ring_alloc(engine, &engine->io, NVME_IO_QID)) {
		nvme_engine_free_memory(engine);
		return -ENOMEM;
	}
	return 0;
}

static int nvme_engine_enable_pci(struct nvme_engine *engine)
{
	struct pci_dev *pdev = engine->pdev;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = pci_request_region(pdev, 0, "p2p-test-importer");
	if (err)
		goto disable;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto release;

	err = -ENOMEM;
	engine->regs = pci_iomap(pdev, 0, 0);
	if (!engine->regs)
		goto release;

	pci_intx(pdev, 0);
	return 0;

release:
	pci_release_region(pdev, 0);
disable:
	pci_disable_device(pdev);
	return err;
}

static void nvme_engine_disable_pci(struct nvme_engine *engine)
{
	pci_clear_master(engine->pdev);
	pci_iounmap(engine->pdev, engine->regs);
	pci_release_region(engine->pdev, 0);
	pci_disable_device(engine->pdev);
}

/* A controller left enabled by its last driver must not see a bus master. */
static int nvme_engine_take_over(struct nvme_engine *engine)
{
	int err;

	engine->cap = lo_hi_readq(engine->regs + NVME_REG_CAP);
	if (NVME_CAP_MPSMIN(engine->cap) > ilog2(NVME_PAGE) - 12 ||
	    NVME_CAP_MQES(engine->cap) < NVME_RING_DEPTH - 1)
		return -EOPNOTSUPP;

	err = nvme_engine_disable(engine);
	if (!err)
		pci_set_master(engine->pdev);
	return err;
}

static int nvme_engine_bring_up(struct nvme_engine *engine)
{
	int err = nvme_engine_enable(engine);

	err = err ?: nvme_engine_learn_limits(engine);
	err = err ?: nvme_engine_learn_drive(engine);
	return err ?: nvme_engine_create_queues(engine);
}

int nvme_engine_start(struct nvme_engine *engine, struct pci_dev *pdev)
{
	int err;

	engine->pdev = pdev;
	mutex_init(&engine->lock);
	mutex_init(&engine->bounce_lock);

	err = nvme_engine_enable_pci(engine);
	if (err)
		return err;
	err = nvme_engine_take_over(engine);
	if (err)
		goto disable_pci;
	err = nvme_engine_alloc_memory(engine);
	if (err)
		goto disable_pci;
	err = nvme_engine_bring_up(engine);
	if (err)
		goto free_memory;
	return 0;

free_memory:
	nvme_engine_disable(engine);
	nvme_engine_free_memory(engine);
disable_pci:
	nvme_engine_disable_pci(engine);
	return err;
}

void nvme_engine_stop(struct nvme_engine *engine)
{
	nvme_engine_disable(engine);
	nvme_engine_disable_pci(engine);
	nvme_engine_free_memory(engine);
}

/* ---- transfers ---- */

bool nvme_engine_range_ok(const struct nvme_engine *engine, u64 offset, u64 len)
{
	u64 end;

	return IS_ALIGNED(offset | len, engine->block_bytes) &&
	       !check_add_overflow(offset, len, &end) &&
	       end <= engine->drive_bytes;
}

void nvme_cursor_skip(struct nvme_cursor *cursor, u64 bytes)
{
	cursor->offset += bytes;
	while (cursor->run < cursor->end && cursor->offset >= cursor->run->len)
		cursor->offset -= cursor->run++->len;
}

/*
 * The next stretch for one PRP entry: up to the next page boundary. Only the
 * command's first entry may start, and only its last may end, inside a page.
 */
static int nvme_cursor_next_prp(struct nvme_cursor *cursor, bool first,
				u32 *left, u64 *prp)
{
	u32 len;

	if (cursor->run == cursor->end)
		return -EINVAL;
	*prp = cursor->run->addr + cursor->offset;
	if (!first && !IS_ALIGNED(*prp, NVME_PAGE))
		return -EINVAL;

	len = min_t(u64, NVME_PAGE - (*prp & (NVME_PAGE - 1)),
		    cursor->run->len - cursor->offset);
	len = min(len, *left);
	if (len < *left && !IS_ALIGNED(*prp + len, NVME_PAGE))
		return -EINVAL;
	*left -= len;
	nvme_cursor_skip(cursor, len);
	return 0;
}

/* Two entries fit into the command, more take a list. */
static int nvme_engine_build_prps(struct nvme_engine *engine,
				  struct nvme_cursor *cursor, u32 len,
				  union nvme_data_ptr *dptr)
{
	unsigned int count = 0;
	u64 prp;
	int err;

	err = nvme_cursor_next_prp(cursor, true, &len, &prp);
	if (err)
		return err;
	dptr->prp1 = cpu_to_le64(prp);

	while (len) {
		err = nvme_cursor_next_prp(cursor, false, &len, &prp);
		if (err)
			return err;
		engine->prp_list[count++] = cpu_to_le64(prp);
	}

	if (count == 1)
		dptr->prp2 = engine->prp_list[0];
	else if (count)
		dptr->prp2 = cpu_to_le64(engine->prp_dma);
	return 0;
}

/*
 * One command of at most max_bytes. The caller has checked the drive's range.
 * The cursor moves on by @len on success; on error its place is undefined.
 */
int nvme_engine_transfer(struct nvme_engine *engine, bool to_drive,
			 u64 drive_offset, struct nvme_cursor *cursor,
			 u32 len, u16 *status)
{
	unsigned int shift = ilog2(engine->block_bytes);
	struct nvme_command cmd = {
		.rw = {
			.opcode = to_drive ? nvme_cmd_write : nvme_cmd_read,
			.nsid = cpu_to_le32(NVME_NSID),
			.slba = cpu_to_le64(drive_offset >> shift),
			.length = cpu_to_le16((len >> shift) - 1),
		},
	};
	int err;

	mutex_lock(&engine->lock);
	err = nvme_engine_build_prps(engine, cursor, len, &cmd.rw.dptr);
	if (!err)
		err = nvme_engine_command(engine, &engine->io, &cmd, status);
	mutex_unlock(&engine->lock);
	return err;
}

static int nvme_engine_bounce(struct nvme_engine *engine, bool to_drive,
			      u64 drive_offset, void __user *address, u32 len)
{
	struct nvme_run run = { .addr = engine->bounce_dma, .len = len };
	struct nvme_cursor cursor = { .run = &run, .end = &run + 1 };
	u16 status;
	int err;

	lockdep_assert_held(&engine->bounce_lock);
	if (to_drive && copy_from_user(engine->bounce, address, len))
		return -EFAULT;
	err = nvme_engine_transfer(engine, to_drive, drive_offset, &cursor, len,
				   &status);
	if (err)
		return err;
	if (!to_drive && copy_to_user(address, engine->bounce, len))
		return -EFAULT;
	return 0;
}

int nvme_engine_user_rw(struct nvme_engine *engine, bool to_drive,
			u64 drive_offset, void __user *address, u64 len)
{
	u32 limit = min_t(u32, engine->max_bytes, NVME_BOUNCE_BYTES);
	int err = 0;

	if (!nvme_engine_range_ok(engine, drive_offset, len))
		return -EINVAL;

	while (len && !err) {
		u32 now = min_t(u64, len, limit);

		if (fatal_signal_pending(current))
			return -EINTR;
		mutex_lock(&engine->bounce_lock);
		err = nvme_engine_bounce(engine, to_drive, drive_offset,
					 address, now);
		mutex_unlock(&engine->bounce_lock);
		drive_offset += now;
		address += now;
		len -= now;
	}
	return err;
}
