// SPDX-License-Identifier: GPL-2.0-only
/* The commands of the admin queue. */
#include <string.h>

#include "nic_private.h"

#define AENQ_GROUPS 0x1e	/* fatal, warning, notification, keep-alive */

/* --- what it can do -------------------------------------------------------- */

static void device_attr(struct nic *nic, struct efa_device_attr *attr)
{
	memcpy(&attr->guid, nic->address + 8, sizeof(attr->guid));
	attr->features = 1 << EFA_DEVICE_ATTR | 1 << EFA_AENQ_CONFIG |
			 1 << EFA_NETWORK_ATTR | 1 << EFA_QUEUE_ATTR |
			 1 << EFA_HW_HINTS | 1 << EFA_HOST_INFO;
	attr->page_sizes = NIC_PAGE_SIZES;
	attr->fw_version = 1;
	attr->admin_version = 1;
	attr->device_version = 1;
	attr->doorbell_bar = NIC_REGISTERS_BAR;
	attr->physical_width = 64;
	attr->virtual_width = 64;
	attr->caps = EFA_CAP_RDMA_READ | EFA_CAP_RDMA_WRITE | EFA_CAP_RNR_RETRY;
	attr->max_rdma = NIC_RDMA_MAX;
	attr->gbps = 100;
}

static void queue_attr(struct efa_queue_attr *attr)
{
	attr->max_qp = NIC_QPS;
	attr->max_sq_depth = NIC_SQ_DEPTH;
	attr->inline_bytes = EFA_INLINE_BYTES;
	attr->max_rq_depth = NIC_RQ_DEPTH;
	attr->max_cq = NIC_CQS;
	attr->max_cq_depth = NIC_CQ_DEPTH;
	attr->sub_cqs = 1;
	attr->max_send_sges = NIC_SGES;
	attr->max_recv_sges = NIC_SGES;
	attr->max_mr = NIC_MRS;
	attr->max_mr_pages = NIC_MR_PAGES;
	attr->max_pd = NIC_PDS;
	attr->max_ah = NIC_AHS;
	attr->max_sq_bytes = NIC_SQ_BYTES;
	attr->max_rdma_sges = 1;
}

static enum efa_admin_status get_feature(struct nic *nic,
					 const struct efa_feature_cmd *cmd,
					 struct efa_admin_resp *resp)
{
	switch (cmd->feature) {
	case EFA_DEVICE_ATTR:
		device_attr(nic, &resp->u.device);
		return EFA_ADMIN_OK;
	case EFA_AENQ_CONFIG:
		resp->u.aenq.supported = AENQ_GROUPS;
		resp->u.aenq.enabled = nic->aenq_groups;
		return EFA_ADMIN_OK;
	case EFA_NETWORK_ATTR:
		memcpy(resp->u.network.address, nic->address, NIC_ADDRESS);
		resp->u.network.mtu = NIC_MTU;
		return EFA_ADMIN_OK;
	case EFA_QUEUE_ATTR:
		queue_attr(&resp->u.queue);
		return EFA_ADMIN_OK;
	case EFA_HW_HINTS:
		/* An emulated CPU may be slow to look. */
		resp->u.hints.reg_read_ms = 1000;
		return EFA_ADMIN_OK;
	default:
		return EFA_ADMIN_UNSUPPORTED;
	}
}

static enum efa_admin_status set_feature(struct nic *nic,
					 const struct efa_feature_cmd *cmd)
{
	switch (cmd->feature) {
	case EFA_AENQ_CONFIG:
		if (cmd->data[1] & ~AENQ_GROUPS)
			return EFA_ADMIN_ILLEGAL;
		nic->aenq_groups = cmd->data[1];
		return EFA_ADMIN_OK;
	case EFA_HOST_INFO:
		return EFA_ADMIN_OK;
	default:
		return EFA_ADMIN_UNSUPPORTED;
	}
}

static enum efa_admin_status get_stats(struct nic *nic,
				       const struct efa_get_stats *cmd,
				       uint64_t out[7])
{
	const struct nic_stats *stats = &nic->stats;

	if (cmd->scope != EFA_STATS_ALL)
		return EFA_ADMIN_UNSUPPORTED;
	switch (cmd->type) {
	case EFA_STATS_BASIC:
		out[0] = stats->tx_bytes;
		out[1] = stats->tx_packets;
		out[2] = stats->rx_bytes;
		out[3] = stats->rx_packets;
		out[4] = stats->rx_drops;
		out[5] = stats->qkey_violations;
		return EFA_ADMIN_OK;
	case EFA_STATS_MESSAGES:
		out[0] = stats->send_bytes;
		out[1] = stats->send_wrs;
		out[2] = stats->recv_bytes;
		out[3] = stats->recv_wrs;
		return EFA_ADMIN_OK;
	case EFA_STATS_READ:
		out[0] = stats->read_wrs;
		out[1] = stats->read_bytes;
		out[2] = stats->read_errors;
		out[3] = stats->read_responses;
		return EFA_ADMIN_OK;
	case EFA_STATS_WRITE:
		out[0] = stats->write_wrs;
		out[1] = stats->write_bytes;
		out[2] = stats->write_errors;
		out[3] = stats->write_received;
		return EFA_ADMIN_OK;
	case EFA_STATS_NETWORK:
		return EFA_ADMIN_OK;
	default:
		return EFA_ADMIN_UNSUPPORTED;
	}
}

/* --- small resources ------------------------------------------------------- */

static enum efa_admin_status bit_alloc(bool *bits, uint16_t count,
				       uint16_t *number)
{
	uint16_t i;

	for (i = 0; i < count; i++) {
		if (!bits[i]) {
			bits[i] = true;
			*number = i;
			return EFA_ADMIN_OK;
		}
	}
	return EFA_ADMIN_NO_RESOURCE;
}

static enum efa_admin_status bit_free(bool *bits, uint16_t count,
				      uint16_t number)
{
	if (number >= count || !bits[number])
		return EFA_ADMIN_ILLEGAL;
	bits[number] = false;
	return EFA_ADMIN_OK;
}

static bool pd_used(const struct nic *nic, uint16_t pd)
{
	size_t i;

	for (i = 0; i < NIC_MRS; i++) {
		if (nic->mrs[i].key && nic->mrs[i].pd == pd)
			return true;
	}
	for (i = 0; i < NIC_QPS; i++) {
		if (nic->qps[i].used && nic->qps[i].pd == pd)
			return true;
	}
	for (i = 0; i < NIC_AHS; i++) {
		if (nic->ahs[i].used && nic->ahs[i].pd == pd)
			return true;
	}
	return false;
}

static enum efa_admin_status dealloc_pd(struct nic *nic, uint16_t pd)
{
	if (pd < NIC_PDS && nic->pds[pd] && pd_used(nic, pd))
		return EFA_ADMIN_BUSY;
	return bit_free(nic->pds, NIC_PDS, pd);
}

static enum efa_admin_status create_ah(struct nic *nic,
				       const struct efa_create_ah *cmd,
				       uint16_t *number)
{
	uint16_t i;

	if (cmd->pd >= NIC_PDS || !nic->pds[cmd->pd])
		return EFA_ADMIN_ILLEGAL;
	for (i = 0; i < NIC_AHS && nic->ahs[i].used; i++)
		;
	if (i == NIC_AHS)
		return EFA_ADMIN_NO_RESOURCE;
	nic->ahs[i].used = true;
	nic->ahs[i].pd = cmd->pd;
	memcpy(nic->ahs[i].address, cmd->address, NIC_ADDRESS);
	*number = i;
	return EFA_ADMIN_OK;
}

static enum efa_admin_status destroy_ah(struct nic *nic,
					const struct efa_destroy_ah *cmd)
{
	if (cmd->ah >= NIC_AHS || !nic->ahs[cmd->ah].used ||
	    nic->ahs[cmd->ah].pd != cmd->pd)
		return EFA_ADMIN_ILLEGAL;
	nic->ahs[cmd->ah].used = false;
	return EFA_ADMIN_OK;
}

/* --- all of them ----------------------------------------------------------- */

static enum efa_admin_status command(struct nic *nic,
				     const struct efa_admin_cmd *cmd,
				     struct efa_admin_resp *resp)
{
	switch (cmd->opcode) {
	case EFA_CREATE_QP:
		return qp_create(nic, &cmd->u.create_qp, &resp->u.create_qp);
	case EFA_MODIFY_QP:
		return qp_modify(nic, &cmd->u.modify_qp);
	case EFA_QUERY_QP:
		return qp_query(nic, cmd->u.qp_handle, &resp->u.query_qp);
	case EFA_DESTROY_QP:
		return qp_destroy(nic, cmd->u.qp_handle);
	case EFA_CREATE_AH:
		return create_ah(nic, &cmd->u.create_ah, &resp->u.ah);
	case EFA_DESTROY_AH:
		return destroy_ah(nic, &cmd->u.destroy_ah);
	case EFA_REG_MR:
		return mr_register(nic, cmd, &resp->u.reg_mr);
	case EFA_DEREG_MR:
		return mr_deregister(nic, cmd->u.lkey);
	case EFA_CREATE_CQ:
		return cq_create(nic, &cmd->u.create_cq, &resp->u.create_cq);
	case EFA_DESTROY_CQ:
		return cq_destroy(nic, cmd->u.cq);
	case EFA_GET_FEATURE:
		return get_feature(nic, &cmd->u.feature, resp);
	case EFA_SET_FEATURE:
		return set_feature(nic, &cmd->u.feature);
	case EFA_GET_STATS:
		return get_stats(nic, &cmd->u.get_stats, resp->u.stats);
	case EFA_ALLOC_PD:
		return bit_alloc(nic->pds, NIC_PDS, &resp->u.pd);
	case EFA_DEALLOC_PD:
		return dealloc_pd(nic, cmd->u.pd);
	case EFA_ALLOC_UAR:
		return bit_alloc(nic->uars, NIC_UARS, &resp->u.uar);
	case EFA_DEALLOC_UAR:
		return bit_free(nic->uars, NIC_UARS, cmd->u.uar);
	default:
		return EFA_ADMIN_UNSUPPORTED;
	}
}

void admin_run(struct nic *nic, const struct efa_admin_cmd *cmd,
	       struct efa_admin_resp *resp)
{
	resp->status = command(nic, cmd, resp);
}
