// SPDX-License-Identifier: GPL-2.0-only
/* Registers, reset, and the admin queue as a queue. */
#include <stdlib.h>
#include <string.h>

#include "nic_private.h"

/* Interface version 0.1: all drivers understand it. */
#define VERSION 0x0001
#define CONTROLLER_VERSION 0x000001

#define CAPS (EFA_CAPS_CONTIGUOUS_QUEUES | EFA_CAPS_RESET_TIMEOUT(31) | \
	      EFA_CAPS_DMA_WIDTH(64))

#define ADMIN_DEPTH_MAX 1024

struct nic *nic_new(struct fabric *fabric, const uint8_t address[NIC_ADDRESS],
		    const void *sq_memory, const struct nic_ops *ops,
		    void *context)
{
	struct nic *nic = calloc(1, sizeof(*nic));

	if (!nic)
		return NULL;
	nic->fabric = fabric;
	memcpy(nic->address, address, NIC_ADDRESS);
	nic->sq_memory = sq_memory;
	nic->ops = ops;
	nic->context = context;
	if (!fabric_add(fabric, nic)) {
		free(nic);
		return NULL;
	}
	nic_reset(nic);
	return nic;
}

void nic_free(struct nic *nic)
{
	if (!nic)
		return;
	fabric_remove(nic->fabric, nic);
	mr_reset(nic);
	free(nic);
}

/* What has been configured, but for what nic_new() and numbers need. */
void nic_reset(struct nic *nic)
{
	mr_reset(nic);
	memset(nic->qps, 0, sizeof(nic->qps));
	memset(nic->cqs, 0, sizeof(nic->cqs));
	memset(nic->ahs, 0, sizeof(nic->ahs));
	memset(nic->pds, 0, sizeof(nic->pds));
	memset(nic->uars, 0, sizeof(nic->uars));
	memset(&nic->aq, 0, sizeof(nic->aq));
	memset(&nic->acq, 0, sizeof(nic->acq));
	memset(&nic->aenq, 0, sizeof(nic->aenq));
	memset(&nic->stats, 0, sizeof(nic->stats));
	nic->aq_taken = 0;
	nic->aenq_groups = 0;
	nic->reg_resp = 0;
	nic->intr_mask = 1;
	nic->dev_ctl = 0;
	nic->dev_sts = EFA_DEV_STS_READY;
}

/* --- admin queue ----------------------------------------------------------- */

static uint32_t ring_depth(const struct nic_ring *ring)
{
	return ring->caps & 0xffff;
}

static bool ring_usable(const struct nic_ring *ring, uint32_t entry)
{
	uint32_t depth = ring_depth(ring);

	return ring->base && depth && depth <= ADMIN_DEPTH_MAX &&
	       !(depth & (depth - 1)) && entry == EFA_ADMIN_ENTRY;
}

/* The phase of the entry that is the count-th to be written. */
static bool ring_phase(const struct nic_ring *ring, uint16_t count)
{
	return !(count / ring_depth(ring) & 1);
}

static uint64_t ring_entry(const struct nic_ring *ring, uint16_t count)
{
	return ring->base + (uint64_t)(count % ring_depth(ring)) *
			    EFA_ADMIN_ENTRY;
}

/* The word with the phase goes last: then all the rest is there. */
static bool admin_respond(struct nic *nic, uint16_t count,
			  struct efa_admin_resp *resp)
{
	uint64_t at = ring_entry(&nic->acq, count);

	resp->flags = ring_phase(&nic->acq, count) ? EFA_ADMIN_PHASE : 0;
	return nic->ops->write(nic->context, at + 8, (char *)resp + 8,
			       sizeof(*resp) - 8) &&
	       nic->ops->write(nic->context, at, resp, 8);
}

/* false: the queue cannot be gone on with. */
static bool admin_one(struct nic *nic)
{
	struct efa_admin_resp resp = { 0 };
	struct efa_admin_cmd cmd;
	uint16_t count = nic->aq_taken;

	if (!nic->ops->read(nic->context, ring_entry(&nic->aq, count), &cmd,
			    sizeof(cmd)))
		return false;
	if (!!(cmd.flags & EFA_ADMIN_PHASE) != ring_phase(&nic->aq, count))
		return false;
	nic->aq_taken++;
	admin_run(nic, &cmd, &resp);
	resp.id = cmd.id & EFA_ADMIN_COMMAND_ID;
	return admin_respond(nic, count, &resp);
}

static void admin_doorbell(struct nic *nic, uint16_t posted)
{
	bool any = false;

	if (!ring_usable(&nic->aq, nic->aq.caps >> 16) ||
	    !ring_usable(&nic->acq, nic->acq.caps >> 16 & 0xff) ||
	    ring_depth(&nic->acq) < ring_depth(&nic->aq) ||
	    (uint16_t)(posted - nic->aq_taken) > ring_depth(&nic->aq))
		return;
	while (nic->aq_taken != posted && admin_one(nic))
		any = true;
	if (any && !(nic->intr_mask & 1))
		nic->ops->interrupt(nic->context, nic->acq.caps >> 24);
}

/* --- registers ------------------------------------------------------------- */

static void set_low(uint64_t *word, uint32_t value)
{
	*word = (*word & ~0xffffffffULL) | value;
}

static void set_high(uint64_t *word, uint32_t value)
{
	*word = (*word & 0xffffffffULL) | (uint64_t)value << 32;
}

static void dev_ctl_write(struct nic *nic, uint32_t value)
{
	if (value & EFA_DEV_CTL_RESET) {
		nic_reset(nic);
		nic->dev_sts |= EFA_DEV_STS_RESETTING;
	} else if (nic->dev_sts & EFA_DEV_STS_RESETTING) {
		nic->dev_sts &= ~EFA_DEV_STS_RESETTING;
		nic->dev_sts |= EFA_DEV_STS_RESET_DONE;
	}
	nic->dev_ctl = value;
}

/* Reading over PCI stalls a CPU: the driver asks, and the answer is written. */
static void reg_read(struct nic *nic, uint32_t value)
{
	struct efa_reg_resp resp = {
		.request = value,
		.offset = value >> 16,
		.value = nic_read(nic, value >> 16),
	};

	if (nic->reg_resp)
		nic->ops->write(nic->context, nic->reg_resp, &resp,
				sizeof(resp));
}

static void register_write(struct nic *nic, enum efa_register at,
			   uint32_t value)
{
	switch (at) {
	case EFA_AQ_BASE_LO:
		set_low(&nic->aq.base, value);
		break;
	case EFA_AQ_BASE_HI:
		set_high(&nic->aq.base, value);
		break;
	case EFA_AQ_CAPS:
		nic->aq.caps = value;
		nic->aq_taken = 0;
		break;
	case EFA_ACQ_BASE_LO:
		set_low(&nic->acq.base, value);
		break;
	case EFA_ACQ_BASE_HI:
		set_high(&nic->acq.base, value);
		break;
	case EFA_ACQ_CAPS:
		nic->acq.caps = value;
		break;
	case EFA_AQ_DOORBELL:
		admin_doorbell(nic, value);
		break;
	case EFA_AENQ_CAPS:
		nic->aenq.caps = value;
		break;
	case EFA_AENQ_BASE_LO:
		set_low(&nic->aenq.base, value);
		break;
	case EFA_AENQ_BASE_HI:
		set_high(&nic->aenq.base, value);
		break;
	case EFA_INTR_MASK:
		nic->intr_mask = value;
		break;
	case EFA_DEV_CTL:
		dev_ctl_write(nic, value);
		break;
	case EFA_REG_READ:
		reg_read(nic, value);
		break;
	case EFA_REG_RESP_LO:
		set_low(&nic->reg_resp, value);
		break;
	case EFA_REG_RESP_HI:
		set_high(&nic->reg_resp, value);
		break;
	default:
		break;
	}
}

void nic_write(struct nic *nic, uint64_t offset, uint32_t value)
{
	uint64_t doorbell = offset - NIC_DOORBELLS;

	if (offset % 4 || offset >= NIC_REGISTERS_SIZE)
		return;
	if (offset < NIC_DOORBELLS)
		register_write(nic, offset, value);
	else if (doorbell < NIC_QPS * 8)
		qp_doorbell(nic, doorbell / 8, doorbell & 4, value);
}

uint32_t nic_read(struct nic *nic, uint64_t offset)
{
	switch (offset) {
	case EFA_VERSION:
		return VERSION;
	case EFA_CONTROLLER_VERSION:
		return CONTROLLER_VERSION;
	case EFA_CAPS:
		return CAPS;
	case EFA_AQ_BASE_LO:
		return nic->aq.base;
	case EFA_AQ_BASE_HI:
		return nic->aq.base >> 32;
	case EFA_AQ_CAPS:
		return nic->aq.caps;
	case EFA_ACQ_BASE_LO:
		return nic->acq.base;
	case EFA_ACQ_BASE_HI:
		return nic->acq.base >> 32;
	case EFA_ACQ_CAPS:
		return nic->acq.caps;
	case EFA_AENQ_CAPS:
		return nic->aenq.caps;
	case EFA_AENQ_BASE_LO:
		return nic->aenq.base;
	case EFA_AENQ_BASE_HI:
		return nic->aenq.base >> 32;
	case EFA_INTR_MASK:
		return nic->intr_mask;
	case EFA_DEV_CTL:
		return nic->dev_ctl;
	case EFA_DEV_STS:
		return nic->dev_sts;
	default:
		return 0;
	}
}

/* --- work ------------------------------------------------------------------ */

/* Each queue pair in its turn. */
bool nic_work(struct nic *nic)
{
	unsigned int i, place;

	for (i = 0; i < NIC_QPS; i++) {
		place = (nic->next_qp + i) % NIC_QPS;
		if (nic->qps[place].used && send_step(nic, &nic->qps[place])) {
			nic->next_qp = place + 1;
			return true;
		}
	}
	return false;
}
