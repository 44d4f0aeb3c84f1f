// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Write by RDMA into the BAR of a device that userspace drives by VFIO.
 *
 *	vfio_rdma export 0000:01:00.0 26 efa_0
 *		exports the beginning of BAR 2 of a device in IOMMU group 26,
 *		prints who may write to it and how, and waits for the end of
 *		its input
 *	vfio_rdma write efa_1 'GID QP KEY' TEXT
 *		writes there, from another process or another machine
 *
 * For EFA adapters, whose queue pairs (SRD) need no connection. Others differ
 * only in open_qp() and in how a peer is named.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <linux/p2p_dmabuf.h>

#define LENGTH (1 << 20)
#define QKEY 0x11111111

#define CHECK(condition, what) do { if (!(condition)) err(1, what); } while (0)

/* The first LENGTH bytes of BAR 2 as a dma-buf. */
static int export_bar(const char *address, const char *group_number)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	struct {
		struct vfio_device_feature hdr;
		struct vfio_device_feature_dma_buf req;
		struct vfio_region_dma_range range;
	} ask = {
		.hdr.argsz = sizeof(ask),
		.hdr.flags = VFIO_DEVICE_FEATURE_GET |
			     VFIO_DEVICE_FEATURE_DMA_BUF,
		.req.region_index = VFIO_PCI_BAR2_REGION_INDEX,
		.req.open_flags = O_RDWR | O_CLOEXEC,
		.req.nr_ranges = 1,
		.range = { .offset = 0, .length = LENGTH },
	};
	int container = open("/dev/vfio/vfio", O_RDWR), group, device, dmabuf;
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%s", group_number);
	group = open(path, O_RDWR);
	CHECK(group >= 0, "open the group");
	CHECK(!ioctl(group, VFIO_GROUP_GET_STATUS, &status) &&
	      status.flags & VFIO_GROUP_FLAGS_VIABLE, "group is not viable");
	CHECK(!ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "container");
	CHECK(!ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), "IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	CHECK(device >= 0, "open the device");
	dmabuf = ioctl(device, VFIO_DEVICE_FEATURE, &ask);
	CHECK(dmabuf >= 0, "export");
	return dmabuf;
}

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

static void serve(struct ibv_pd *pd, struct ibv_qp *qp, int dmabuf)
{
	struct ibv_mr *mr = ibv_reg_dmabuf_mr(pd, 0, LENGTH, 0, dmabuf,
					      IBV_ACCESS_LOCAL_WRITE |
					      IBV_ACCESS_REMOTE_WRITE);
	char name[INET6_ADDRSTRLEN];
	union ibv_gid gid;

	/* EOPNOTSUPP: the kernel's log says why. */
	CHECK(mr, "register");
	CHECK(!ibv_query_gid(pd->context, 1, 0, &gid), "address");
	inet_ntop(AF_INET6, gid.raw, name, sizeof(name));
	printf("%s %u %u\n", name, qp->qp_num, mr->rkey);
	fflush(stdout);
	while (getchar() != EOF)
		;
	CHECK(!ibv_dereg_mr(mr), "deregister");
}

static void write_text(struct ibv_pd *pd, struct ibv_qp *qp, struct ibv_cq *cq,
		       const char *peer, char *text)
{
	size_t length = strlen(text);
	struct ibv_mr *mr = ibv_reg_mr(pd, text, length, IBV_ACCESS_LOCAL_WRITE);
	struct ibv_ah_attr to = { .is_global = 1, .port_num = 1 };
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(qp);
	unsigned int number, key;
	struct ibv_wc wc;
	struct ibv_ah *ah;
	char name[64];

	CHECK(sscanf(peer, "%63s %u %u", name, &number, &key) == 3 &&
	      inet_pton(AF_INET6, name, to.grh.dgid.raw) == 1, "peer");
	ah = ibv_create_ah(pd, &to);
	CHECK(mr && ah, "register");
	ibv_wr_start(ex);
	ex->wr_flags = IBV_SEND_SIGNALED;
	ibv_wr_rdma_write(ex, key, 0);
	ibv_wr_set_sge(ex, mr->lkey, (uintptr_t)text, length);
	ibv_wr_set_ud_addr(ex, ah, number, QKEY);
	CHECK(!ibv_wr_complete(ex), "post");
	while (!ibv_poll_cq(cq, 1, &wc))
		;
	puts(ibv_wc_status_str(wc.status));
	if (wc.status)
		exit(1);
}

int main(int argc, char **argv)
{
	int exports = argc == 5 && !strcmp(argv[1], "export");
	struct ibv_pd *pd;
	struct ibv_cq *cq;
	struct ibv_qp *qp;

	if (!exports && (argc != 5 || strcmp(argv[1], "write")))
		errx(2, "usage: export ADDRESS GROUP NIC | write NIC PEER TEXT");
	pd = ibv_alloc_pd(open_nic(argv[exports ? 4 : 2]));
	CHECK(pd, "protection domain");
	cq = ibv_create_cq(pd->context, 1, NULL, NULL, 0);
	CHECK(cq, "completion queue");
	qp = open_qp(pd, cq);
	if (exports)
		serve(pd, qp, export_bar(argv[2], argv[3]));
	else
		write_text(pd, qp, cq, argv[3], argv[4]);
	return 0;
}
