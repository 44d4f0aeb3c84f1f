/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What software sees of an Elastic Fabric Adapter: registers, admin queue, work
 * queues and completions. Everything is little-endian; structs are as they lie
 * in memory.
 *
 * Source: the kernel's drivers/infiniband/hw/efa/ (efa_regs_defs.h,
 * efa_admin_defs.h, efa_admin_cmds_defs.h, efa_io_defs.h), interface version
 * 0.1.
 */
#ifndef EFA_HW_H
#define EFA_HW_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the structs here are read as they lie in memory"
#endif

#define EFA_PCI_VENDOR 0x1d0f
#define EFA_PCI_DEVICE 0xefa1

/* --- BAR 0: registers, by offset ------------------------------------------- */

enum efa_register {
	EFA_VERSION = 0x00,		/* major << 8 | minor */
	EFA_CONTROLLER_VERSION = 0x04,	/* id << 24 | major, minor, sub */
	EFA_CAPS = 0x08,
	EFA_AQ_BASE_LO = 0x10,
	EFA_AQ_BASE_HI = 0x14,
	EFA_AQ_CAPS = 0x18,		/* size of an entry << 16 | entries */
	EFA_ACQ_BASE_LO = 0x20,
	EFA_ACQ_BASE_HI = 0x24,
	EFA_ACQ_CAPS = 0x28,		/* vector << 24 | size << 16 | entries */
	EFA_AQ_DOORBELL = 0x2c,		/* entries ever written */
	EFA_AENQ_CAPS = 0x34,		/* like that of the ACQ */
	EFA_AENQ_BASE_LO = 0x38,
	EFA_AENQ_BASE_HI = 0x3c,
	EFA_AENQ_DOORBELL = 0x40,
	EFA_INTR_MASK = 0x4c,		/* 1: no interrupts of the admin queue */
	EFA_DEV_CTL = 0x54,
	EFA_DEV_STS = 0x58,
	EFA_REG_READ = 0x5c,		/* offset << 16 | number of the request */
	EFA_REG_RESP_LO = 0x60,		/* where the answer goes */
	EFA_REG_RESP_HI = 0x64,
	EFA_EQ_DOORBELL = 0x68,
};

#define EFA_CAPS_CONTIGUOUS_QUEUES 1U
#define EFA_CAPS_RESET_TIMEOUT(tenths) ((uint32_t)(tenths) << 1)
#define EFA_CAPS_DMA_WIDTH(bits) ((uint32_t)(bits) << 8)

#define EFA_DEV_CTL_RESET 1U

#define EFA_DEV_STS_READY 0x01U
#define EFA_DEV_STS_RESETTING 0x08U
#define EFA_DEV_STS_RESET_DONE 0x10U

/* The answer to a read of a register. */
struct efa_reg_resp {
	uint16_t request;
	uint16_t offset;
	uint32_t value;
};

/* --- admin queue ----------------------------------------------------------- */

#define EFA_ADMIN_ENTRY 64

enum efa_opcode {
	EFA_CREATE_QP = 1,
	EFA_MODIFY_QP = 2,
	EFA_QUERY_QP = 3,
	EFA_DESTROY_QP = 4,
	EFA_CREATE_AH = 5,
	EFA_DESTROY_AH = 6,
	EFA_REG_MR = 7,
	EFA_DEREG_MR = 8,
	EFA_CREATE_CQ = 9,
	EFA_DESTROY_CQ = 10,
	EFA_GET_FEATURE = 11,
	EFA_SET_FEATURE = 12,
	EFA_GET_STATS = 13,
	EFA_ALLOC_PD = 14,
	EFA_DEALLOC_PD = 15,
	EFA_ALLOC_UAR = 16,
	EFA_DEALLOC_UAR = 17,
};

enum efa_admin_status {
	EFA_ADMIN_OK = 0,
	EFA_ADMIN_NO_RESOURCE = 1,
	EFA_ADMIN_BAD_OPCODE = 2,
	EFA_ADMIN_UNSUPPORTED = 3,
	EFA_ADMIN_MALFORMED = 4,
	EFA_ADMIN_ILLEGAL = 5,
	EFA_ADMIN_UNKNOWN = 6,
	EFA_ADMIN_BUSY = 7,
};

#define EFA_ADMIN_PHASE 0x01
#define EFA_ADMIN_CTRL_DATA 0x02	/* a buffer's address is in the command */
#define EFA_ADMIN_CTRL_INDIRECT 0x04	/* that of a list of buffers */
#define EFA_ADMIN_COMMAND_ID 0x0fff

/* Where 8 bytes are not aligned in a command. */
struct efa_quad {
	uint32_t lo;
	uint32_t hi;
};

static inline uint64_t efa_quad(struct efa_quad quad)
{
	return (uint64_t)quad.hi << 32 | quad.lo;
}

struct efa_buffer {
	uint32_t length;	/* bytes */
	struct efa_quad address;
};

struct efa_create_qp {
	uint16_t pd;
	uint8_t type;
	uint8_t flags;
	struct efa_quad sq_base;
	struct efa_quad rq_base;
	uint32_t send_cq;
	uint32_t recv_cq;
	uint32_t sq_lkey;
	uint32_t rq_lkey;
	uint32_t sq_bytes;
	uint32_t sq_depth;
	uint32_t rq_bytes;
	uint32_t rq_depth;
	uint16_t uar;
	uint8_t service_level;
	uint8_t reserved[5];
};

#define EFA_QP_UD 1
#define EFA_QP_SRD 2

#define EFA_QP_SQ_VIRTUAL 0x01
#define EFA_QP_RQ_VIRTUAL 0x02

struct efa_create_qp_resp {
	uint32_t handle;
	uint16_t number;
	uint16_t reserved;
	uint16_t send_sub_cq;
	uint16_t recv_sub_cq;
	uint32_t sq_doorbell;	/* offset in the doorbells' BAR */
	uint32_t rq_doorbell;
	uint32_t sq_offset;	/* in BAR 2 */
};

enum efa_qp_state {
	EFA_QP_RESET = 0,
	EFA_QP_INIT = 1,
	EFA_QP_RTR = 2,
	EFA_QP_RTS = 3,
	EFA_QP_SQD = 4,
	EFA_QP_SQE = 5,
	EFA_QP_ERR = 6,
};

struct efa_modify_qp {
	uint32_t mask;
	uint32_t handle;
	uint32_t state;
	uint32_t current_state;
	uint32_t qkey;
	uint32_t sq_psn;
	uint8_t notify_drained;
	uint8_t rnr_retry;
	uint16_t reserved;
};

#define EFA_MODIFY_STATE 0x01
#define EFA_MODIFY_QKEY 0x04
#define EFA_MODIFY_SQ_PSN 0x08
#define EFA_MODIFY_RNR_RETRY 0x20

struct efa_query_qp_resp {
	uint32_t state;
	uint32_t qkey;
	uint32_t sq_psn;
	uint8_t draining;
	uint8_t rnr_retry;
	uint16_t reserved;
};

struct efa_create_ah {
	uint8_t address[16];
	uint16_t pd;
	uint16_t reserved;
};

struct efa_destroy_ah {
	uint16_t ah;
	uint16_t pd;
};

struct efa_reg_mr {
	uint16_t pd;
	uint16_t reserved0;
	union {
		struct efa_quad pages[4];
		struct efa_buffer list;
	} where;
	struct efa_quad length;	/* bytes */
	uint8_t flags;		/* 5:0 log2 of the page size */
	uint8_t access;
	uint16_t reserved1;
	uint32_t page_count;	/* not always filled in */
	struct efa_quad iova;
};

#define EFA_MR_PAGE_SHIFT 0x3f
#define EFA_MR_PHYSICAL 0x80

#define EFA_MR_LOCAL_WRITE 0x01
#define EFA_MR_REMOTE_WRITE 0x02
#define EFA_MR_REMOTE_READ 0x04

struct efa_reg_mr_resp {
	uint32_t lkey;
	uint32_t rkey;
	uint8_t reserved[4];
};

/*
 * A list of pages that does not lie side by side is in parts of 4 KiB. Their
 * addresses, 510 at most, are in a chunk, and behind them, as a struct
 * efa_buffer, where the next chunk is, and how long. That length is of both.
 */
#define EFA_LIST_PART 4096

struct efa_create_cq {
	uint8_t caps1;
	uint8_t caps2;
	uint16_t depth;		/* entries */
	uint16_t eq;
	uint16_t reserved;
	struct efa_quad base;
	uint32_t lkey;
	uint16_t sub_cqs;
	uint16_t uar;
};

#define EFA_CQ_INTERRUPT 0x20		/* caps1 */
#define EFA_CQ_VIRTUAL 0x40
#define EFA_CQ_ENTRY_WORDS 0x1f		/* caps2: words of 4 bytes */
#define EFA_CQ_SOURCE_ADDRESS 0x20

struct efa_create_cq_resp {
	uint16_t cq;
	uint16_t depth;
	uint32_t doorbell;
	uint32_t flags;		/* 1: there is a doorbell */
};

enum efa_feature {
	EFA_DEVICE_ATTR = 1,
	EFA_AENQ_CONFIG = 2,
	EFA_NETWORK_ATTR = 3,
	EFA_QUEUE_ATTR = 4,
	EFA_HW_HINTS = 5,
	EFA_HOST_INFO = 6,
};

struct efa_feature_cmd {
	struct efa_buffer buffer;
	uint8_t reserved0;
	uint8_t feature;
	uint16_t reserved1;
	uint32_t data[11];
};

struct efa_device_attr {
	uint64_t features;	/* 1 << enum efa_feature */
	uint64_t page_sizes;	/* each a bit */
	uint32_t fw_version;
	uint32_t admin_version;
	uint32_t device_version;
	uint16_t doorbell_bar;
	uint8_t physical_width;
	uint8_t virtual_width;
	uint32_t caps;
	uint32_t max_rdma;	/* bytes */
	uint64_t guid;
	uint16_t gbps;
	uint8_t reserved[6];
};

#define EFA_CAP_RDMA_READ 0x01
#define EFA_CAP_RNR_RETRY 0x02
#define EFA_CAP_RDMA_WRITE 0x08

struct efa_aenq_config {
	uint32_t supported;	/* 1 << group */
	uint32_t enabled;
};

struct efa_network_attr {
	uint8_t address[16];
	uint32_t mtu;		/* bytes */
};

struct efa_queue_attr {
	uint32_t max_qp;
	uint32_t max_sq_depth;
	uint32_t inline_bytes;
	uint32_t max_rq_depth;
	uint32_t max_cq;
	uint32_t max_cq_depth;
	uint16_t sub_cqs;
	uint16_t min_sq_depth;
	uint16_t max_send_sges;
	uint16_t max_recv_sges;
	uint32_t max_mr;
	uint32_t max_mr_pages;
	uint32_t max_pd;
	uint32_t max_ah;
	uint32_t max_sq_bytes;
	uint16_t max_rdma_sges;
	uint16_t max_batch;
};

struct efa_hw_hints {
	uint16_t reg_read_ms;
	uint16_t watchdog_ms;
	uint16_t completion_ms;
	uint16_t poll_ms;
};

struct efa_get_stats {
	struct efa_buffer buffer;
	uint8_t type;
	uint8_t scope;
	uint16_t modifier;
};

enum efa_stats_type {
	EFA_STATS_BASIC = 0,
	EFA_STATS_MESSAGES = 1,
	EFA_STATS_READ = 2,
	EFA_STATS_WRITE = 3,
	EFA_STATS_NETWORK = 4,
};

#define EFA_STATS_ALL 0

struct efa_admin_cmd {
	uint16_t id;
	uint8_t opcode;
	uint8_t flags;
	union {
		struct efa_create_qp create_qp;
		struct efa_modify_qp modify_qp;
		uint32_t qp_handle;	/* QUERY_QP, DESTROY_QP */
		struct efa_create_ah create_ah;
		struct efa_destroy_ah destroy_ah;
		struct efa_reg_mr reg_mr;
		uint32_t lkey;		/* DEREG_MR */
		struct efa_create_cq create_cq;
		uint16_t cq;		/* DESTROY_CQ */
		struct efa_feature_cmd feature;
		struct efa_get_stats get_stats;
		uint16_t pd;		/* DEALLOC_PD */
		uint16_t uar;		/* DEALLOC_UAR */
		uint8_t raw[60];
	} u;
};

struct efa_admin_resp {
	uint16_t id;
	uint8_t status;		/* enum efa_admin_status */
	uint8_t flags;
	uint16_t checksum;
	uint16_t reserved;
	union {
		struct efa_create_qp_resp create_qp;
		struct efa_query_qp_resp query_qp;
		uint16_t ah;
		struct efa_reg_mr_resp reg_mr;
		struct efa_create_cq_resp create_cq;
		struct efa_device_attr device;
		struct efa_aenq_config aenq;
		struct efa_network_attr network;
		struct efa_queue_attr queue;
		struct efa_hw_hints hints;
		uint64_t stats[7];
		uint16_t pd;
		uint16_t uar;
		uint8_t raw[56];
	} u;
};

_Static_assert(sizeof(struct efa_admin_cmd) == EFA_ADMIN_ENTRY, "command");
_Static_assert(sizeof(struct efa_admin_resp) == EFA_ADMIN_ENTRY, "response");
_Static_assert(sizeof(struct efa_create_qp) == 60, "CREATE_QP");
_Static_assert(sizeof(struct efa_reg_mr) == 60, "REG_MR");
_Static_assert(sizeof(struct efa_device_attr) == 56, "device attributes");
_Static_assert(sizeof(struct efa_queue_attr) == 56, "queue attributes");

/* --- work queues ----------------------------------------------------------- */

enum efa_op {
	EFA_OP_SEND = 0,
	EFA_OP_RDMA_READ = 1,
	EFA_OP_RDMA_WRITE = 2,
};

#define EFA_WQE_OP 0x0f			/* ctrl1 */
#define EFA_WQE_HAS_IMM 0x10
#define EFA_WQE_INLINE 0x20
#define EFA_WQE_EXTENSION 0x40
#define EFA_WQE_META 0x80

#define EFA_WQE_PHASE 0x01		/* ctrl2 */
#define EFA_WQE_FIRST 0x04
#define EFA_WQE_LAST 0x08
#define EFA_WQE_COMPLETE 0x10

struct efa_sge {
	uint32_t length;
	uint32_t lkey;		/* 23:0 */
	struct efa_quad address;
};

#define EFA_LKEY 0x00ffffff
#define EFA_INLINE_BYTES 32

struct efa_wqe {
	uint16_t id;
	uint8_t ctrl1;
	uint8_t ctrl2;
	uint16_t dest_qp;
	uint16_t length;	/* bytes if inline, otherwise buffers */
	uint32_t immediate;
	uint16_t ah;
	uint8_t ctrl3;
	uint8_t reserved0;
	uint32_t qkey;
	uint8_t reserved1[12];
	union {
		struct efa_sge sge[2];
		uint8_t data[EFA_INLINE_BYTES];
		struct {
			struct efa_sge remote;
			struct efa_sge local;
		} rdma;
	} u;
};

struct efa_rx_desc {
	struct efa_quad address;
	uint16_t id;
	uint16_t length;
	uint32_t lkey_ctrl;	/* 23:0 lkey */
};

#define EFA_RX_FIRST 0x40000000U
#define EFA_RX_LAST 0x80000000U

_Static_assert(sizeof(struct efa_wqe) == 64, "work queue entry");
_Static_assert(sizeof(struct efa_rx_desc) == 16, "receive descriptor");

/* --- completions ----------------------------------------------------------- */

enum efa_status {
	EFA_OK = 0,
	EFA_FLUSHED = 1,
	EFA_LOCAL_INTERNAL = 2,
	EFA_LOCAL_UNSUPPORTED = 3,
	EFA_LOCAL_BAD_AH = 4,
	EFA_LOCAL_BAD_LKEY = 5,
	EFA_LOCAL_BAD_LENGTH = 6,
	EFA_REMOTE_BAD_ADDRESS = 7,
	EFA_REMOTE_ABORT = 8,
	EFA_REMOTE_BAD_QP = 9,
	EFA_REMOTE_RNR = 10,
	EFA_REMOTE_BAD_LENGTH = 11,
	EFA_REMOTE_BAD_STATUS = 12,
	EFA_LOCAL_UNREACHABLE = 15,
};

#define EFA_CQE_PHASE 0x01
#define EFA_CQE_SEND (1 << 1)		/* of which queue */
#define EFA_CQE_RECV (2 << 1)
#define EFA_CQE_HAS_IMM 0x08
#define EFA_CQE_OP_SHIFT 4

#define EFA_NO_AH 0xffff

/* Written to its length, 16 or 32 bytes; what a send queue has is id to qp. */
struct efa_cqe {
	uint16_t id;
	uint8_t status;		/* enum efa_status */
	uint8_t flags;
	uint16_t qp;
	uint16_t length_lo;
	uint16_t ah;
	uint16_t src_qp;
	uint32_t immediate;
	union {
		uint16_t length_hi;
		uint8_t source[16];
	} u;
};

_Static_assert(sizeof(struct efa_cqe) == 32, "completion");

#endif
