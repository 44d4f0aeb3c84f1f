// SPDX-License-Identifier: GPL-2.0-only
/* Receive queues. */
#include <string.h>

#include "nic_private.h"

/* What software has posted for one message. */
struct room {
	unsigned int count;
	struct efa_rx_desc desc[NIC_SGES];
	uint32_t length;
};

/* The next descriptor that waits; each is read once. */
static bool desc_take(struct nic *nic, struct nic_qp *qp,
		      struct efa_rx_desc *desc)
{
	uint64_t at;

	if (qp->rq_taken == qp->rq_posted)
		return false;
	at = qp->rq_base + (uint64_t)(qp->rq_taken % qp->rq_depth) *
			   sizeof(*desc);
	if (!nic->ops->read(nic->context, at, desc, sizeof(*desc)))
		return false;
	qp->rq_taken++;
	return true;
}

/* EFA_REMOTE_RNR: there is none. What is malformed has no length. */
static enum efa_status room_take(struct nic *nic, struct nic_qp *qp,
				 struct room *room)
{
	struct efa_rx_desc *desc;

	memset(room, 0, sizeof(*room));
	do {
		if (room->count == NIC_SGES) {
			room->length = 0;
			return EFA_OK;
		}
		desc = &room->desc[room->count];
		if (!desc_take(nic, qp, desc))
			return EFA_REMOTE_RNR;
		room->length += desc->length;
		room->count++;
	} while (!(desc->lkey_ctrl & EFA_RX_LAST));
	return EFA_OK;
}

static enum efa_status room_fill(struct nic *nic, const struct nic_qp *qp,
				 const struct room *room,
				 const struct message *message)
{
	const char *from = message->data;
	uint32_t left = message->length;
	unsigned int i;

	if (left > room->length)
		return EFA_REMOTE_BAD_LENGTH;
	for (i = 0; i < room->count && left; i++) {
		const struct efa_rx_desc *desc = &room->desc[i];
		struct mr_access access = {
			.key = desc->lkey_ctrl & EFA_LKEY,
			.pd = qp->pd,
			.needs = EFA_MR_LOCAL_WRITE,
			.address = efa_quad(desc->address),
			.length = left < desc->length ? left : desc->length,
		};

		if (mr_write(nic, &access, from) != MR_OK)
			return EFA_REMOTE_BAD_STATUS;
		from += access.length;
		left -= access.length;
	}
	return EFA_OK;
}

/* The receiver's own name for the sender. */
static uint16_t sender_ah(const struct nic *nic, const struct nic_qp *qp,
			  const struct nic *from)
{
	uint16_t i;

	for (i = 0; i < NIC_AHS; i++) {
		if (nic->ahs[i].used && nic->ahs[i].pd == qp->pd &&
		    !memcmp(nic->ahs[i].address, from->address, NIC_ADDRESS))
			return i;
	}
	return EFA_NO_AH;
}

static void receive_complete(struct nic *nic, struct nic_qp *qp,
			     const struct room *room,
			     const struct message *message,
			     enum efa_status status)
{
	unsigned int op = message->wqe->ctrl1 & EFA_WQE_OP;
	struct efa_cqe cqe = {
		.id = room->desc[0].id,
		.status = status,
		.flags = EFA_CQE_RECV | op << EFA_CQE_OP_SHIFT,
		.qp = qp->number,
		.length_lo = message->length,
		.ah = sender_ah(nic, qp, message->from),
		.src_qp = message->source->number,
	};

	if (message->wqe->ctrl1 & EFA_WQE_HAS_IMM) {
		cqe.flags |= EFA_CQE_HAS_IMM;
		cqe.immediate = message->wqe->immediate;
	}
	if (op == EFA_OP_RDMA_WRITE)
		cqe.u.length_hi = message->length >> 16;
	else if (cqe.ah == EFA_NO_AH && nic->cqs[qp->recv_cq].source)
		memcpy(cqe.u.source, message->from->address, NIC_ADDRESS);
	cq_post(nic, qp->recv_cq, &cqe);
}

enum efa_status receive_send(struct nic *to, struct nic_qp *qp,
			     const struct message *message)
{
	enum efa_status status;
	struct room room;

	status = room_take(to, qp, &room);
	if (status) {
		to->stats.rx_drops++;
		return status;
	}
	status = room_fill(to, qp, &room, message);
	receive_complete(to, qp, &room, message,
			 status ? EFA_LOCAL_INTERNAL : EFA_OK);
	if (status)
		return status;
	to->stats.recv_wrs++;
	to->stats.recv_bytes += message->length;
	to->stats.rx_packets++;
	to->stats.rx_bytes += message->length;
	return EFA_OK;
}

enum efa_status receive_immediate(struct nic *to, struct nic_qp *qp,
				  const struct message *message)
{
	enum efa_status status;
	struct room room;

	status = room_take(to, qp, &room);
	if (!status)
		receive_complete(to, qp, &room, message, EFA_OK);
	return status;
}

void receive_flush(struct nic *nic, struct nic_qp *qp)
{
	struct efa_cqe cqe = {
		.status = EFA_FLUSHED,
		.flags = EFA_CQE_RECV,
		.qp = qp->number,
	};
	struct efa_rx_desc desc;

	while (desc_take(nic, qp, &desc)) {
		if (!(desc.lkey_ctrl & EFA_RX_FIRST))
			continue;
		cqe.id = desc.id;
		cq_post(nic, qp->recv_cq, &cqe);
	}
}
