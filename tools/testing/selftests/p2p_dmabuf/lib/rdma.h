/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RDMA NIC as a test program uses it, by rdma-core: one queue pair of type
 * SRD, connected with that of another NIC.
 *
 * Functions return 0 or a negative errno, transfers also the status of their
 * completion, which is greater than 0.
 */
#ifndef SELFTEST_P2P_RDMA_H
#define SELFTEST_P2P_RDMA_H

#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#define RDMA_ALL (IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | \
		  IBV_ACCESS_REMOTE_READ)

struct rdma_nic {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct ibv_ah *peer;	/* whom transfers go to */
	uint32_t peer_qp;
};

/* By its PCI address: -ENODEV if rdma-core finds none there. */
int rdma_open(struct rdma_nic *nic, const char *bdf);
int rdma_connect(struct rdma_nic *a, struct rdma_nic *b);
void rdma_close(struct rdma_nic *nic);

/* A dma-buf's bytes as a region whose addresses begin at 0. */
struct ibv_mr *rdma_register(struct rdma_nic *nic, int dmabuf, uint64_t offset,
			     uint64_t length);

/* A stretch of a region of one's own, and where in the peer's region. */
struct rdma_transfer {
	enum ibv_wr_opcode opcode;	/* IBV_WR_RDMA_WRITE or _READ */
	struct ibv_mr *mr;
	void *local;
	uint32_t length;
	uint32_t rkey;
	uint64_t remote;
};

int rdma_post(struct rdma_nic *nic, const struct rdma_transfer *transfer);

/* Wait for one that was posted. */
int rdma_complete(struct rdma_nic *nic);

/* Both. */
int rdma_do(struct rdma_nic *nic, const struct rdma_transfer *transfer);

#endif
