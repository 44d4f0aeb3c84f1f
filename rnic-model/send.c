// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send queues: a work request is taken, checked, and moved in pieces; other
 * queue pairs, and what software does, come between the pieces. So keys are
 * checked again for each.
 */
#include <string.h>

#include "nic_private.h"

/* Has to wait for its turn. */
#define STATUS_LATER 0x100

static struct mr_access local_access(const struct nic_qp *qp,
				     const struct efa_sge *sge, uint8_t needs,
				     uint32_t done, uint32_t length)
{
	return (struct mr_access){
		.key = sge->lkey & EFA_LKEY,
		.pd = qp->pd,
		.needs = needs,
		.address = efa_quad(sge->address) + done,
		.length = length,
	};
}

static enum efa_status local_status(enum mr_result result)
{
	switch (result) {
	case MR_OK:
		return EFA_OK;
	case MR_REFUSED:
		return EFA_LOCAL_BAD_LKEY;
	default:
		return EFA_LOCAL_INTERNAL;
	}
}

static enum efa_status remote_status(enum mr_result result)
{
	switch (result) {
	case MR_OK:
		return EFA_OK;
	case MR_REFUSED:
		return EFA_REMOTE_BAD_ADDRESS;
	default:
		return EFA_REMOTE_BAD_STATUS;
	}
}

/* --- the other side -------------------------------------------------------- */

struct remote {
	struct nic *nic;
	struct nic_qp *qp;
};

static enum efa_status remote_find(struct nic *nic, const struct nic_qp *qp,
				   const struct efa_wqe *wqe,
				   struct remote *remote)
{
	const struct nic_ah *ah = &nic->ahs[wqe->ah % NIC_AHS];

	if (wqe->ah >= NIC_AHS || !ah->used || ah->pd != qp->pd)
		return EFA_LOCAL_BAD_AH;
	remote->nic = fabric_find(nic->fabric, ah->address);
	if (!remote->nic)
		return EFA_LOCAL_UNREACHABLE;
	remote->qp = qp_find(remote->nic, wqe->dest_qp);
	if (!remote->qp || remote->qp->type != qp->type ||
	    (remote->qp->state != EFA_QP_RTR &&
	     remote->qp->state != EFA_QP_RTS))
		return EFA_REMOTE_BAD_QP;
	if (remote->qp->qkey != wqe->qkey) {
		remote->nic->stats.qkey_violations++;
		return EFA_REMOTE_BAD_QP;
	}
	return EFA_OK;
}

/* --- SEND ------------------------------------------------------------------ */

static uint32_t send_length(const struct efa_wqe *wqe)
{
	uint32_t length = 0;
	unsigned int i;

	if (wqe->ctrl1 & EFA_WQE_INLINE)
		return wqe->length;
	for (i = 0; i < wqe->length; i++) {
		if (wqe->u.sge[i].length > NIC_MTU)
			return NIC_MTU + 1;
		length += wqe->u.sge[i].length;
	}
	return length;
}

static enum efa_status send_gather(struct nic *nic, const struct nic_qp *qp,
				   char *to)
{
	const struct efa_wqe *wqe = &qp->transfer.wqe;
	enum mr_result result = MR_OK;
	unsigned int i;

	if (wqe->ctrl1 & EFA_WQE_INLINE) {
		memcpy(to, wqe->u.data, wqe->length);
		return EFA_OK;
	}
	for (i = 0; i < wqe->length && result == MR_OK; i++) {
		const struct efa_sge *sge = &wqe->u.sge[i];
		struct mr_access access = local_access(qp, sge, 0, 0,
						       sge->length);

		result = mr_read(nic, &access, to);
		to += sge->length;
	}
	return local_status(result);
}

static int send_message(struct nic *nic, struct nic_qp *qp)
{
	struct nic_transfer *transfer = &qp->transfer;
	struct message message = {
		.from = nic,
		.source = qp,
		.wqe = &transfer->wqe,
		.length = transfer->length,
	};
	char data[NIC_MTU];
	struct remote remote;
	int status;

	message.data = data;
	status = send_gather(nic, qp, data);
	if (!status)
		status = remote_find(nic, qp, &transfer->wqe, &remote);
	if (!status)
		status = receive_send(remote.nic, remote.qp, &message);
	/* 7: for ever. */
	if (status == EFA_REMOTE_RNR && qp->rnr_retry == 7)
		return STATUS_LATER;
	transfer->done = transfer->length;
	return status;
}

/* --- RDMA ------------------------------------------------------------------ */

static enum efa_status rdma_piece(struct nic *nic, struct nic_qp *qp,
				  const struct remote *remote, uint32_t length)
{
	const struct efa_wqe *wqe = &qp->transfer.wqe;
	bool writes = (wqe->ctrl1 & EFA_WQE_OP) == EFA_OP_RDMA_WRITE;
	uint32_t done = qp->transfer.done;
	struct mr_access local = local_access(qp, &wqe->u.rdma.local,
					      writes ? 0 : EFA_MR_LOCAL_WRITE,
					      done, length);
	struct mr_access far = local_access(remote->qp, &wqe->u.rdma.remote,
					    writes ? EFA_MR_REMOTE_WRITE :
					    EFA_MR_REMOTE_READ, done, length);
	char data[NIC_MTU];
	enum mr_result result;

	if (writes) {
		result = mr_read(nic, &local, data);
		if (result != MR_OK)
			return local_status(result);
		return remote_status(mr_write(remote->nic, &far, data));
	}
	/* Nothing is read for a place that is not there. */
	result = mr_check(nic, &local);
	if (result != MR_OK)
		return local_status(result);
	result = mr_read(remote->nic, &far, data);
	if (result != MR_OK)
		return remote_status(result);
	return local_status(mr_write(nic, &local, data));
}

static int rdma_immediate(struct nic *nic, struct nic_qp *qp,
			  const struct remote *remote)
{
	struct message message = {
		.from = nic,
		.source = qp,
		.wqe = &qp->transfer.wqe,
		.length = qp->transfer.length,
	};

	if (!(qp->transfer.wqe.ctrl1 & EFA_WQE_HAS_IMM))
		return EFA_OK;
	return receive_immediate(remote->nic, remote->qp, &message);
}

static int rdma_step(struct nic *nic, struct nic_qp *qp)
{
	struct nic_transfer *transfer = &qp->transfer;
	uint32_t length = transfer->length - transfer->done;
	struct remote remote;
	int status;

	if (length > NIC_MTU)
		length = NIC_MTU;
	status = remote_find(nic, qp, &transfer->wqe, &remote);
	if (!status)
		status = rdma_piece(nic, qp, &remote, length);
	if (status)
		return status;
	transfer->done += length;
	if ((transfer->wqe.ctrl1 & EFA_WQE_OP) == EFA_OP_RDMA_WRITE) {
		remote.nic->stats.write_received += length;
		if (transfer->done == transfer->length)
			return rdma_immediate(nic, qp, &remote);
	} else {
		remote.nic->stats.read_responses += length;
	}
	return EFA_OK;
}

/* --- a work request -------------------------------------------------------- */

static enum efa_status wqe_check_send(const struct efa_wqe *wqe,
				      uint32_t *length)
{
	bool inlined = wqe->ctrl1 & EFA_WQE_INLINE;

	if (wqe->length > (inlined ? EFA_INLINE_BYTES : NIC_SGES))
		return EFA_LOCAL_BAD_LENGTH;
	*length = send_length(wqe);
	return *length > NIC_MTU ? EFA_LOCAL_BAD_LENGTH : EFA_OK;
}

static enum efa_status wqe_check_rdma(const struct efa_wqe *wqe,
				      uint32_t *length)
{
	const struct efa_sge *local = &wqe->u.rdma.local;

	if (wqe->ctrl1 & EFA_WQE_INLINE)
		return EFA_LOCAL_UNSUPPORTED;
	if (wqe->length != 1 || local->length > NIC_RDMA_MAX ||
	    wqe->u.rdma.remote.length != local->length)
		return EFA_LOCAL_BAD_LENGTH;
	*length = local->length;
	return EFA_OK;
}

static enum efa_status wqe_check(const struct nic_qp *qp,
				 const struct efa_wqe *wqe, uint32_t *length)
{
	*length = 0;
	if (!(wqe->ctrl1 & EFA_WQE_META) || wqe->ctrl1 & EFA_WQE_EXTENSION)
		return EFA_LOCAL_UNSUPPORTED;
	switch (wqe->ctrl1 & EFA_WQE_OP) {
	case EFA_OP_SEND:
		return wqe_check_send(wqe, length);
	case EFA_OP_RDMA_READ:
	case EFA_OP_RDMA_WRITE:
		if (qp->type != EFA_QP_SRD)
			return EFA_LOCAL_UNSUPPORTED;
		return wqe_check_rdma(wqe, length);
	default:
		return EFA_LOCAL_UNSUPPORTED;
	}
}

static void wqe_count(struct nic *nic, const struct nic_transfer *transfer,
		      bool ok)
{
	struct nic_stats *stats = &nic->stats;

	switch (transfer->wqe.ctrl1 & EFA_WQE_OP) {
	case EFA_OP_RDMA_READ:
		stats->read_wrs++;
		stats->read_errors += !ok;
		stats->read_bytes += ok ? transfer->length : 0;
		break;
	case EFA_OP_RDMA_WRITE:
		stats->write_wrs++;
		stats->write_errors += !ok;
		stats->write_bytes += ok ? transfer->length : 0;
		break;
	default:
		stats->send_wrs++;
		stats->send_bytes += ok ? transfer->length : 0;
	}
	if (ok) {
		stats->tx_packets++;
		stats->tx_bytes += transfer->length;
	}
}

static void wqe_complete(struct nic *nic, struct nic_qp *qp,
			 enum efa_status status)
{
	const struct efa_wqe *wqe = &qp->transfer.wqe;
	const struct efa_cqe cqe = {
		.id = wqe->id,
		.status = status,
		.flags = EFA_CQE_SEND |
			 (wqe->ctrl1 & 0x07) << EFA_CQE_OP_SHIFT,
		.qp = qp->number,
	};

	wqe_count(nic, &qp->transfer, status == EFA_OK);
	if (wqe->ctrl2 & EFA_WQE_COMPLETE || status)
		cq_post(nic, qp->send_cq, &cqe);
	qp->transfer.active = false;
}

/* Out of memory that software may be writing to: once. */
static enum efa_status wqe_take(struct nic *nic, struct nic_qp *qp)
{
	struct nic_transfer *transfer = &qp->transfer;
	size_t place = qp - nic->qps;

	memcpy(&transfer->wqe, nic->sq_memory + place * NIC_SQ_BYTES +
	       qp->sq_taken % qp->sq_depth * sizeof(transfer->wqe),
	       sizeof(transfer->wqe));
	qp->sq_taken++;
	transfer->active = true;
	transfer->done = 0;
	return wqe_check(qp, &transfer->wqe, &transfer->length);
}

/* A piece of the request under way, or of the next one. */
bool send_step(struct nic *nic, struct nic_qp *qp)
{
	struct nic_transfer *transfer = &qp->transfer;
	int status = EFA_OK;

	if (!transfer->active) {
		if (qp->state != EFA_QP_RTS || qp->sq_taken == qp->sq_posted)
			return false;
		status = wqe_take(nic, qp);
	}
	if (!status) {
		if ((transfer->wqe.ctrl1 & EFA_WQE_OP) == EFA_OP_SEND)
			status = send_message(nic, qp);
		else
			status = rdma_step(nic, qp);
	}
	if (status == STATUS_LATER)
		return false;
	if (status || transfer->done == transfer->length)
		wqe_complete(nic, qp, status);
	return true;
}

void send_flush(struct nic *nic, struct nic_qp *qp)
{
	if (qp->transfer.active)
		wqe_complete(nic, qp, EFA_FLUSHED);
	while (qp->sq_taken != qp->sq_posted) {
		wqe_take(nic, qp);
		wqe_complete(nic, qp, EFA_FLUSHED);
	}
}
