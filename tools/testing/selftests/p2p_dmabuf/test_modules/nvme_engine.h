/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One NVMe controller as a DMA engine: commands go one at a time through one
 * polled I/O queue, to DMA addresses the caller chooses.
 */
#ifndef NVME_ENGINE_H
#define NVME_ENGINE_H

#include <linux/mutex.h>
#include <linux/nvme.h>
#include <linux/pci.h>

/* A stretch of DMA addresses. */
struct nvme_run {
	dma_addr_t addr;
	u64 len;
};

/* A position in an array of runs. */
struct nvme_cursor {
	const struct nvme_run *run;
	const struct nvme_run *end;
	u64 offset;	/* within *run */
};

/* A submission queue, its completion queue and their doorbells. */
struct nvme_ring {
	struct nvme_command *sq;
	struct nvme_completion *cq;
	dma_addr_t sq_dma;
	dma_addr_t cq_dma;
	void __iomem *sq_doorbell;
	void __iomem *cq_doorbell;
	u16 tail;
	u16 head;
	u16 phase;
};

struct nvme_engine {
	struct pci_dev *pdev;
	void __iomem *regs;
	u64 cap;

	/* Fixed once started. */
	u64 drive_bytes;
	u32 block_bytes;
	u32 max_bytes;

	/* Protects the fields below. Innermost; may be held under dma_resv. */
	struct mutex lock;
	struct nvme_ring admin;
	struct nvme_ring io;
	__le64 *prp_list;
	dma_addr_t prp_dma;
	bool dead;

	/* Protects the bounce buffer. Outside of @lock; user memory may fault. */
	struct mutex bounce_lock;
	void *bounce;
	dma_addr_t bounce_dma;
};

int nvme_engine_start(struct nvme_engine *engine, struct pci_dev *pdev);
void nvme_engine_stop(struct nvme_engine *engine);

bool nvme_engine_range_ok(const struct nvme_engine *engine, u64 offset, u64 len);

int nvme_engine_transfer(struct nvme_engine *engine, bool to_drive,
			 u64 drive_offset, struct nvme_cursor *cursor,
			 u32 len, u16 *status);
int nvme_engine_user_rw(struct nvme_engine *engine, bool to_drive,
			u64 drive_offset, void __user *address, u64 len);

void nvme_cursor_skip(struct nvme_cursor *cursor, u64 bytes);

#endif /* NVME_ENGINE_H */
