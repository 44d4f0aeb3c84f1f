// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <infiniband/efadv.h>

#include "rdma.h"

#define QKEY 0x1234
#define PORT 1
#define DEPTH 64

/* --- the device ------------------------------------------------------------ */

static bool is_at(struct ibv_device *device, const char *bdf)
{
	char link[PATH_MAX], path[PATH_MAX];

	snprintf(link, sizeof(link), "%s/device", device->ibdev_path);
	return realpath(link, path) && !strcmp(strrchr(path, '/') + 1, bdf);
}

static struct ibv_context *open_at(const char *bdf)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *context = NULL;
	size_t i;

	for (i = 0; list && list[i] && !context; i++) {
		if (is_at(list[i], bdf))
			context = ibv_open_device(list[i]);
	}
	if (list)
		ibv_free_device_list(list);
	return context;
}

/* --- the queue pair -------------------------------------------------------- */

static struct ibv_qp *create_qp(struct rdma_nic *nic)
{
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = nic->cq,
		.recv_cq = nic->cq,
		.cap = {
			.max_send_wr = DEPTH,
			.max_recv_wr = 1,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
		.qp_type = IBV_QPT_DRIVER,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.pd = nic->pd,
		.send_ops_flags = IBV_QP_EX_WITH_RDMA_WRITE |
				  IBV_QP_EX_WITH_RDMA_READ,
	};
	struct efadv_qp_init_attr efa = {
		.driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD,
	};

	return efadv_create_qp_ex(nic->context, &attr, &efa, sizeof(efa));
}

static int ready_qp(struct rdma_nic *nic)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = PORT,
		.qkey = QKEY,
	};
	int ret = ibv_modify_qp(nic->qp, &attr, IBV_QP_STATE |
				IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_QKEY);

	attr.qp_state = IBV_QPS_RTR;
	if (!ret)
		ret = ibv_modify_qp(nic->qp, &attr, IBV_QP_STATE);
	attr.qp_state = IBV_QPS_RTS;
	if (!ret)
		ret = ibv_modify_qp(nic->qp, &attr,
				    IBV_QP_STATE | IBV_QP_SQ_PSN);
	return -ret;
}

int rdma_open(struct rdma_nic *nic, const char *bdf)
{
	int ret = -ENOMEM;

	memset(nic, 0, sizeof(*nic));
	nic->context = open_at(bdf);
	if (!nic->context)
		return -ENODEV;
	nic->pd = ibv_alloc_pd(nic->context);
	nic->cq = ibv_create_cq(nic->context, 2 * DEPTH, NULL, NULL, 0);
	if (nic->pd && nic->cq)
		nic->qp = create_qp(nic);
	if (nic->qp)
		ret = ready_qp(nic);
	if (ret)
		rdma_close(nic);
	return ret;
}

static int reach(struct rdma_nic *nic, const struct rdma_nic *peer)
{
	struct ibv_ah_attr attr = { .is_global = 1, .port_num = PORT };

	if (ibv_query_gid(peer->context, PORT, 0, &attr.grh.dgid))
		return -errno;
	nic->peer = ibv_create_ah(nic->pd, &attr);
	nic->peer_qp = peer->qp->qp_num;
	return nic->peer ? 0 : -errno;
}

int rdma_connect(struct rdma_nic *a, struct rdma_nic *b)
{
	int ret = reach(a, b);

	return ret ? ret : reach(b, a);
}

void rdma_close(struct rdma_nic *nic)
{
	if (nic->peer)
		ibv_destroy_ah(nic->peer);
	if (nic->qp)
		ibv_destroy_qp(nic->qp);
	if (nic->cq)
		ibv_destroy_cq(nic->cq);
	if (nic->pd)
		ibv_dealloc_pd(nic->pd);
	if (nic->context)
		ibv_close_device(nic->context);
	memset(nic, 0, sizeof(*nic));
}

struct ibv_mr *rdma_register(struct rdma_nic *nic, int dmabuf, uint64_t offset,
			     uint64_t length)
{
	return ibv_reg_dmabuf_mr(nic->pd, offset, length, 0, dmabuf, RDMA_ALL);
}

/* --- transfers ------------------------------------------------------------- */

int rdma_post(struct rdma_nic *nic, const struct rdma_transfer *transfer)
{
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(nic->qp);

	ibv_wr_start(qp);
	qp->wr_id = 1;
	qp->wr_flags = IBV_SEND_SIGNALED;
	if (transfer->opcode == IBV_WR_RDMA_WRITE)
		ibv_wr_rdma_write(qp, transfer->rkey, transfer->remote);
	else
		ibv_wr_rdma_read(qp, transfer->rkey, transfer->remote);
	ibv_wr_set_sge(qp, transfer->mr->lkey, (uintptr_t)transfer->local,
		       transfer->length);
	ibv_wr_set_ud_addr(qp, nic->peer, nic->peer_qp, QKEY);
	return -ibv_wr_complete(qp);
}

int rdma_complete(struct rdma_nic *nic)
{
	struct ibv_wc wc;
	int nr;

	do {
		nr = ibv_poll_cq(nic->cq, 1, &wc);
	} while (!nr);
	return nr < 0 ? -EIO : (int)wc.status;
}

int rdma_do(struct rdma_nic *nic, const struct rdma_transfer *transfer)
{
	int ret = rdma_post(nic, transfer);

	return ret ? ret : rdma_complete(nic);
}
