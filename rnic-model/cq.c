// SPDX-License-Identifier: GPL-2.0-only
/* Completion queues. Software takes care that they do not overflow. */
#include <string.h>

#include "nic_private.h"

static bool cq_usable(const struct efa_create_cq *cmd)
{
	unsigned int words = cmd->caps2 & EFA_CQ_ENTRY_WORDS;

	return !(cmd->caps1 & (EFA_CQ_INTERRUPT | EFA_CQ_VIRTUAL)) &&
	       (words == 4 || words == 8) && cmd->sub_cqs == 1 && cmd->depth &&
	       cmd->depth <= NIC_CQ_DEPTH && !(cmd->depth & (cmd->depth - 1));
}

enum efa_admin_status cq_create(struct nic *nic,
				const struct efa_create_cq *cmd,
				struct efa_create_cq_resp *resp)
{
	uint16_t i;

	if (!cq_usable(cmd) || cmd->uar >= NIC_UARS || !nic->uars[cmd->uar])
		return EFA_ADMIN_ILLEGAL;
	for (i = 0; i < NIC_CQS && nic->cqs[i].used; i++)
		;
	if (i == NIC_CQS)
		return EFA_ADMIN_NO_RESOURCE;
	nic->cqs[i] = (struct nic_cq){
		.used = true,
		.entry = 4 * (cmd->caps2 & EFA_CQ_ENTRY_WORDS),
		.depth = cmd->depth,
		.phase = true,
		.source = cmd->caps2 & EFA_CQ_SOURCE_ADDRESS,
		.base = efa_quad(cmd->base),
	};
	resp->cq = i;
	resp->depth = cmd->depth;
	return EFA_ADMIN_OK;
}

enum efa_admin_status cq_destroy(struct nic *nic, uint16_t cq)
{
	if (cq >= NIC_CQS || !nic->cqs[cq].used)
		return EFA_ADMIN_ILLEGAL;
	if (nic->cqs[cq].users)
		return EFA_ADMIN_BUSY;
	nic->cqs[cq].used = false;
	return EFA_ADMIN_OK;
}

/*
 * The word with the phase goes last. Where a fault keeps it from memory, nobody
 * can be told.
 */
void cq_post(struct nic *nic, uint16_t place, const struct efa_cqe *cqe)
{
	struct nic_cq *cq = &nic->cqs[place];
	struct efa_cqe entry = *cqe;
	uint64_t at = cq->base + (uint64_t)cq->at * cq->entry;

	if (cq->phase)
		entry.flags |= EFA_CQE_PHASE;
	if (nic->ops->write(nic->context, at + 8, (char *)&entry + 8,
			    cq->entry - 8))
		nic->ops->write(nic->context, at, &entry, 8);
	if (++cq->at == cq->depth) {
		cq->at = 0;
		cq->phase = !cq->phase;
	}
}
