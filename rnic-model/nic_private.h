/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the NIC know of each other. */
#ifndef NIC_PRIVATE_H
#define NIC_PRIVATE_H

#include "efa_hw.h"
#include "nic.h"

#define NIC_QPS 64		/* powers of two */
#define NIC_CQS 64
#define NIC_MRS 1024
#define NIC_PDS 64
#define NIC_UARS 64
#define NIC_AHS 64

#define NIC_MTU 4096
#define NIC_SQ_BYTES (NIC_SQ_SIZE / NIC_QPS)
#define NIC_SQ_DEPTH (NIC_SQ_BYTES / sizeof(struct efa_wqe))
#define NIC_RQ_DEPTH 4096
#define NIC_CQ_DEPTH 32768
#define NIC_SGES 2
#define NIC_RDMA_MAX (1U << 30)

/* Pages in the lists of a region, and of all regions together. */
#define NIC_MR_PAGES (1U << 18)
#define NIC_ALL_PAGES (1U << 20)

/* 4 KiB to 2 GiB: the driver fails on more. */
#define NIC_PAGE_SIZES 0xfffff000ULL

/* Doorbells: of QPs from the second page, 8 bytes each. */
#define NIC_DOORBELLS 0x1000

struct nic_mr {
	uint32_t key;		/* 0: none; low bits are the place */
	uint16_t pd;
	uint8_t access;
	uint8_t shift;		/* of the pages */
	uint64_t iova;
	uint64_t length;
	uint32_t nr_pages;
	uint64_t *pages;
};

struct nic_cq {
	bool used;
	uint8_t entry;		/* bytes */
	uint16_t depth;
	uint16_t at;
	bool phase;
	bool source;		/* a sender without an AH is named */
	uint64_t base;
	unsigned int users;	/* queues */
};

/* A work request under way. */
struct nic_transfer {
	bool active;
	struct efa_wqe wqe;
	uint32_t length;	/* bytes in all */
	uint32_t done;
};

struct nic_qp {
	bool used;
	uint8_t type;
	uint8_t state;		/* enum efa_qp_state */
	uint8_t rnr_retry;
	uint16_t number;	/* low bits are the place */
	uint16_t pd;
	uint32_t qkey;
	uint32_t sq_psn;
	uint16_t send_cq;
	uint16_t recv_cq;

	uint16_t sq_depth;	/* entries; 0: no such queue */
	uint16_t sq_posted;	/* counts of entries, modulo 1 << 16 */
	uint16_t sq_taken;
	struct nic_transfer transfer;

	uint64_t rq_base;
	uint16_t rq_depth;
	uint16_t rq_posted;
	uint16_t rq_taken;
};

struct nic_ah {
	bool used;
	uint16_t pd;
	uint8_t address[NIC_ADDRESS];
};

/* A queue of the driver's in memory. */
struct nic_ring {
	uint64_t base;
	uint32_t caps;
};

struct nic_stats {
	uint64_t tx_bytes, tx_packets, rx_bytes, rx_packets, rx_drops;
	uint64_t qkey_violations;
	uint64_t send_bytes, send_wrs, recv_bytes, recv_wrs;
	uint64_t read_wrs, read_bytes, read_errors, read_responses;
	uint64_t write_wrs, write_bytes, write_errors, write_received;
};

struct nic {
	struct fabric *fabric;
	uint8_t address[NIC_ADDRESS];
	const uint8_t *sq_memory;
	const struct nic_ops *ops;
	void *context;

	struct nic_ring aq, acq, aenq;
	uint16_t aq_taken;
	uint32_t dev_ctl, dev_sts, intr_mask;
	uint64_t reg_resp;
	uint32_t aenq_groups;

	/* Count on through resets, so that an old number is never a new one. */
	uint16_t generation;

	bool pds[NIC_PDS];
	bool uars[NIC_UARS];
	struct nic_ah ahs[NIC_AHS];
	struct nic_mr mrs[NIC_MRS];
	uint32_t nr_pages;
	struct nic_cq cqs[NIC_CQS];
	struct nic_qp qps[NIC_QPS];
	unsigned int next_qp;	/* whose turn it is */
	struct nic_stats stats;
};

/* --- fabric.c --- */

bool fabric_add(struct fabric *fabric, struct nic *nic);
void fabric_remove(struct fabric *fabric, struct nic *nic);
struct nic *fabric_find(struct fabric *fabric,
			const uint8_t address[NIC_ADDRESS]);

/* --- admin.c --- */

/* The response's id and phase are the caller's. */
void admin_run(struct nic *nic, const struct efa_admin_cmd *cmd,
	       struct efa_admin_resp *resp);

/* --- mr.c --- */

enum efa_admin_status mr_register(struct nic *nic,
				  const struct efa_admin_cmd *cmd,
				  struct efa_reg_mr_resp *resp);
enum efa_admin_status mr_deregister(struct nic *nic, uint32_t key);
void mr_reset(struct nic *nic);

enum mr_result {
	MR_OK,
	MR_REFUSED,	/* no such region, or not that, or not so much */
	MR_FAULT,
};

/* What an access is for, of the region's: 0 is a local read. */
struct mr_access {
	uint32_t key;
	uint16_t pd;
	uint8_t needs;
	uint64_t address;
	uint32_t length;
};

enum mr_result mr_check(struct nic *nic, const struct mr_access *access);
enum mr_result mr_read(struct nic *nic, const struct mr_access *access,
		       void *to);
enum mr_result mr_write(struct nic *nic, const struct mr_access *access,
			const void *from);

/* --- cq.c --- */

enum efa_admin_status cq_create(struct nic *nic,
				const struct efa_create_cq *cmd,
				struct efa_create_cq_resp *resp);
enum efa_admin_status cq_destroy(struct nic *nic, uint16_t cq);

/* The phase is added here. */
void cq_post(struct nic *nic, uint16_t cq, const struct efa_cqe *cqe);

/* --- qp.c --- */

enum efa_admin_status qp_create(struct nic *nic,
				const struct efa_create_qp *cmd,
				struct efa_create_qp_resp *resp);
enum efa_admin_status qp_modify(struct nic *nic,
				const struct efa_modify_qp *cmd);
enum efa_admin_status qp_query(struct nic *nic, uint32_t handle,
			       struct efa_query_qp_resp *resp);
enum efa_admin_status qp_destroy(struct nic *nic, uint32_t handle);

/* NULL unless it exists. */
struct nic_qp *qp_find(struct nic *nic, uint32_t number);

void qp_doorbell(struct nic *nic, unsigned int place, bool receive,
		 uint16_t posted);

/* --- receive.c --- */

/* What arrives at a NIC: 0 or what the sender is told. */
struct message {
	const struct nic *from;
	const struct nic_qp *source;
	const struct efa_wqe *wqe;
	const void *data;
	uint32_t length;
};

enum efa_status receive_send(struct nic *to, struct nic_qp *qp,
			     const struct message *message);

/* That a write has ended, which carried a number. */
enum efa_status receive_immediate(struct nic *to, struct nic_qp *qp,
				  const struct message *message);

void receive_flush(struct nic *nic, struct nic_qp *qp);

/* --- send.c --- */

bool send_step(struct nic *nic, struct nic_qp *qp);
void send_flush(struct nic *nic, struct nic_qp *qp);

#endif
