// SPDX-License-Identifier: GPL-2.0-only
/* Queue pairs: from creation to the end, and their doorbells. */
#include <string.h>

#include "nic_private.h"

struct nic_qp *qp_find(struct nic *nic, uint32_t number)
{
	struct nic_qp *qp = &nic->qps[number % NIC_QPS];

	return qp->used && qp->number == number ? qp : NULL;
}

static bool power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

/* Entries of a queue of so many bytes; false if it cannot be so long. */
static bool queue_depth(uint32_t bytes, size_t entry, uint32_t most,
			uint16_t *depth)
{
	uint32_t entries = bytes / entry;

	if (bytes % entry || entries > most ||
	    (entries && !power_of_two(entries)))
		return false;
	*depth = entries;
	return true;
}

static bool qp_parents(struct nic *nic, const struct efa_create_qp *cmd)
{
	return cmd->pd < NIC_PDS && nic->pds[cmd->pd] &&
	       cmd->uar < NIC_UARS && nic->uars[cmd->uar] &&
	       cmd->send_cq < NIC_CQS && nic->cqs[cmd->send_cq].used &&
	       cmd->recv_cq < NIC_CQS && nic->cqs[cmd->recv_cq].used;
}

static bool qp_usable(struct nic *nic, const struct efa_create_qp *cmd,
		      struct nic_qp *qp)
{
	return (cmd->type == EFA_QP_SRD || cmd->type == EFA_QP_UD) &&
	       !cmd->flags && qp_parents(nic, cmd) &&
	       queue_depth(cmd->sq_bytes, sizeof(struct efa_wqe), NIC_SQ_DEPTH,
			   &qp->sq_depth) &&
	       queue_depth(cmd->rq_bytes, sizeof(struct efa_rx_desc),
			   NIC_RQ_DEPTH, &qp->rq_depth);
}

enum efa_admin_status qp_create(struct nic *nic,
				const struct efa_create_qp *cmd,
				struct efa_create_qp_resp *resp)
{
	struct nic_qp new = {
		.used = true,
		.type = cmd->type,
		.state = EFA_QP_RESET,
		.pd = cmd->pd,
		.send_cq = cmd->send_cq,
		.recv_cq = cmd->recv_cq,
		.rq_base = efa_quad(cmd->rq_base),
	};
	uint16_t place;

	if (!qp_usable(nic, cmd, &new))
		return EFA_ADMIN_ILLEGAL;
	for (place = 0; place < NIC_QPS && nic->qps[place].used; place++)
		;
	if (place == NIC_QPS)
		return EFA_ADMIN_NO_RESOURCE;
	new.number = nic->generation++ * NIC_QPS + place;
	nic->qps[place] = new;
	nic->cqs[new.send_cq].users++;
	nic->cqs[new.recv_cq].users++;
	resp->handle = new.number;
	resp->number = new.number;
	resp->sq_doorbell = NIC_DOORBELLS + place * 8;
	resp->rq_doorbell = NIC_DOORBELLS + place * 8 + 4;
	resp->sq_offset = place * NIC_SQ_BYTES;
	return EFA_ADMIN_OK;
}

enum efa_admin_status qp_destroy(struct nic *nic, uint32_t handle)
{
	struct nic_qp *qp = qp_find(nic, handle);

	if (!qp)
		return EFA_ADMIN_ILLEGAL;
	nic->cqs[qp->send_cq].users--;
	nic->cqs[qp->recv_cq].users--;
	memset(qp, 0, sizeof(*qp));
	return EFA_ADMIN_OK;
}

/* --- states ---------------------------------------------------------------- */

static bool state_follows(enum efa_qp_state from, enum efa_qp_state to)
{
	static const uint8_t next[] = {
		[EFA_QP_RESET] = 1 << EFA_QP_INIT,
		[EFA_QP_INIT] = 1 << EFA_QP_INIT | 1 << EFA_QP_RTR,
		[EFA_QP_RTR] = 1 << EFA_QP_RTS,
		[EFA_QP_RTS] = 1 << EFA_QP_RTS | 1 << EFA_QP_SQD,
		[EFA_QP_SQD] = 1 << EFA_QP_RTS | 1 << EFA_QP_SQD,
		[EFA_QP_SQE] = 1 << EFA_QP_RTS,
		[EFA_QP_ERR] = 0,
	};

	return to == EFA_QP_RESET || to == EFA_QP_ERR || next[from] >> to & 1;
}

static void qp_empty(struct nic_qp *qp)
{
	qp->sq_posted = 0;
	qp->sq_taken = 0;
	qp->rq_posted = 0;
	qp->rq_taken = 0;
	memset(&qp->transfer, 0, sizeof(qp->transfer));
}

enum efa_admin_status qp_modify(struct nic *nic,
				const struct efa_modify_qp *cmd)
{
	struct nic_qp *qp = qp_find(nic, cmd->handle);

	if (!qp)
		return EFA_ADMIN_ILLEGAL;
	if (cmd->mask & EFA_MODIFY_STATE &&
	    (cmd->state > EFA_QP_ERR || !state_follows(qp->state, cmd->state)))
		return EFA_ADMIN_ILLEGAL;
	if (cmd->mask & EFA_MODIFY_QKEY)
		qp->qkey = cmd->qkey;
	if (cmd->mask & EFA_MODIFY_SQ_PSN)
		qp->sq_psn = cmd->sq_psn;
	if (cmd->mask & EFA_MODIFY_RNR_RETRY)
		qp->rnr_retry = cmd->rnr_retry;
	if (!(cmd->mask & EFA_MODIFY_STATE))
		return EFA_ADMIN_OK;
	qp->state = cmd->state;
	if (qp->state == EFA_QP_ERR) {
		send_flush(nic, qp);
		receive_flush(nic, qp);
	} else if (qp->state == EFA_QP_RESET) {
		qp_empty(qp);
	}
	return EFA_ADMIN_OK;
}

enum efa_admin_status qp_query(struct nic *nic, uint32_t handle,
			       struct efa_query_qp_resp *resp)
{
	const struct nic_qp *qp = qp_find(nic, handle);

	if (!qp)
		return EFA_ADMIN_ILLEGAL;
	resp->state = qp->state;
	resp->qkey = qp->qkey;
	resp->sq_psn = qp->sq_psn;
	resp->draining = qp->state == EFA_QP_SQD && qp->transfer.active;
	resp->rnr_retry = qp->rnr_retry;
	return EFA_ADMIN_OK;
}

/* --- doorbells ------------------------------------------------------------- */

/* More entries than there are: software has lost count, nothing is taken. */
static void queue_post(uint16_t *posted, uint16_t taken, uint16_t depth,
		       uint16_t value)
{
	if ((uint16_t)(value - taken) <= depth)
		*posted = value;
}

void qp_doorbell(struct nic *nic, unsigned int place, bool receive,
		 uint16_t posted)
{
	struct nic_qp *qp = &nic->qps[place];

	if (!qp->used)
		return;
	if (receive)
		queue_post(&qp->rq_posted, qp->rq_taken, qp->rq_depth, posted);
	else
		queue_post(&qp->sq_posted, qp->sq_taken, qp->sq_depth, posted);
	if (qp->state == EFA_QP_ERR) {
		send_flush(nic, qp);
		receive_flush(nic, qp);
	}
}
