/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * RDMA writes by EFA adapters, whose queue pairs (SRD) need no connection.
 * Other adapters differ only in what is in srd.c.
 *
 * What fails ends the program, with the reason.
 */
#ifndef EXAMPLES_SRD_H
#define EXAMPLES_SRD_H

#include <err.h>
#include <infiniband/verbs.h>

#define CHECK(condition, what) do { if (!(condition)) err(1, what); } while (0)

struct srd {
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
};

/* @nic: as "ibv_devices" lists it. */
void srd_open(struct srd *srd, const char *nic);

/* One line for the peer: who may write, with what key, and where to. */
void srd_print_peer(const struct srd *srd, unsigned int key,
		    unsigned long long address);

/* Writes what stands at @text in @mr to @peer, such a line. */
void srd_write(const struct srd *srd, const char *peer, const struct ibv_mr *mr,
	       const char *text);

#endif
