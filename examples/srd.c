// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <infiniband/efadv.h>

#include "srd.h"

#define QKEY 0x11111111

static struct ibv_context *open_nic(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *nic = NULL;

	for (int i = 0; list && list[i] && !nic; i++)
		if (!strcmp(ibv_get_device_name(list[i]), name))
			nic = ibv_open_device(list[i]);
	CHECK(nic, "open the NIC");
	return nic;
}

static struct ibv_qp *open_qp(struct ibv_pd *pd, struct ibv_cq *cq)
{
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = cq, .recv_cq = cq, .pd = pd,
		.cap = { 1, 1, 1, 1 },
		.qp_type = IBV_QPT_DRIVER,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.send_ops_flags = IBV_QP_EX_WITH_RDMA_WRITE,
	};
	struct efadv_qp_init_attr srd = {
		.driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD,
	};
	struct ibv_qp_attr to = {
		.qp_state = IBV_QPS_INIT, .port_num = 1, .qkey = QKEY,
	};
	struct ibv_qp *qp = efadv_create_qp_ex(pd->context, &attr, &srd,
					       sizeof(srd));

	CHECK(qp, "queue pair");
	CHECK(!ibv_modify_qp(qp, &to, IBV_QP_STATE | IBV_QP_PKEY_INDEX |
			     IBV_QP_PORT | IBV_QP_QKEY), "INIT");
	to.qp_state = IBV_QPS_RTR;
	CHECK(!ibv_modify_qp(qp, &to, IBV_QP_STATE), "RTR");
	to.qp_state = IBV_QPS_RTS;
	CHECK(!ibv_modify_qp(qp, &to, IBV_QP_STATE | IBV_QP_SQ_PSN), "RTS");
	return qp;
}

void srd_open(struct srd *srd, const char *nic)
{
	srd->pd = ibv_alloc_pd(open_nic(nic));
	CHECK(srd->pd, "protection domain");
	srd->cq = ibv_create_cq(srd->pd->context, 1, NULL, NULL, 0);
	CHECK(srd->cq, "completion queue");
	srd->qp = open_qp(srd->pd, srd->cq);
}

void srd_print_peer(const struct srd *srd, unsigned int key,
		    unsigned long long address)
{
	char name[INET6_ADDRSTRLEN];
	union ibv_gid gid;

	CHECK(!ibv_query_gid(srd->pd->context, 1, 0, &gid), "address");
	inet_ntop(AF_INET6, gid.raw, name, sizeof(name));
	printf("%s %u %u %llu\n", name, srd->qp->qp_num, key, address);
	fflush(stdout);
}

void srd_write(const struct srd *srd, const char *peer, const struct ibv_mr *mr,
	       const char *text)
{
	struct ibv_ah_attr to = { .is_global = 1, .port_num = 1 };
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(srd->qp);
	unsigned int number, key;
	unsigned long long address;
	struct ibv_wc wc;
	struct ibv_ah *ah;
	char name[64];

	if (sscanf(peer, "%63s %u %u %llu", name, &number, &key,
		   &address) != 4 ||
	    inet_pton(AF_INET6, name, to.grh.dgid.raw) != 1)
		errx(2, "peer is not \"GID QP KEY ADDRESS\": %s", peer);
	ah = ibv_create_ah(srd->pd, &to);
	CHECK(ah, "address");
	ibv_wr_start(ex);
	ex->wr_flags = IBV_SEND_SIGNALED;
	ibv_wr_rdma_write(ex, key, address);
	ibv_wr_set_sge(ex, mr->lkey, (uintptr_t)text, strlen(text));
	ibv_wr_set_ud_addr(ex, ah, number, QKEY);
	CHECK(!ibv_wr_complete(ex), "post");
	while (!ibv_poll_cq(srd->cq, 1, &wc))
		;
	puts(ibv_wc_status_str(wc.status));
	if (wc.status)
		exit(1);
}
