// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Write by RDMA into the BAR of a device that userspace drives by VFIO.
 *
 *	vfio_rdma export 0000:01:00.0 26 efa_0
 *		exports the beginning of BAR 2 of a device in IOMMU group 26,
 *		prints who may write to it and how, and waits for the end of
 *		its input
 *	vfio_rdma write efa_1 'GID QP KEY ADDRESS' TEXT
 *		writes there, from another process or another machine
 *
 * All of it by ioctls of the kernel: pointer_rdma.c does the same by the library.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/p2p_dmabuf.h>

#include "srd.h"

#define LENGTH (1 << 20)

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

static void serve(const struct srd *srd, int dmabuf)
{
	struct ibv_mr *mr = ibv_reg_dmabuf_mr(srd->pd, 0, LENGTH, 0, dmabuf,
					      IBV_ACCESS_LOCAL_WRITE |
					      IBV_ACCESS_REMOTE_WRITE);

	/* EOPNOTSUPP: the kernel's log says why. */
	CHECK(mr, "register");
	srd_print_peer(srd, mr->rkey, 0);
	while (getchar() != EOF)
		;
	CHECK(!ibv_dereg_mr(mr), "deregister");
}

static void write_text(const struct srd *srd, const char *peer, char *text)
{
	struct ibv_mr *mr = ibv_reg_mr(srd->pd, text, strlen(text),
				       IBV_ACCESS_LOCAL_WRITE);

	CHECK(mr, "register");
	srd_write(srd, peer, mr, text);
}

int main(int argc, char **argv)
{
	int exports = argc == 5 && !strcmp(argv[1], "export");
	struct srd srd;

	if (!exports && (argc != 5 || strcmp(argv[1], "write")))
		errx(2, "usage: export ADDRESS GROUP NIC | write NIC PEER TEXT");
	srd_open(&srd, argv[exports ? 4 : 2]);
	if (exports)
		serve(&srd, export_bar(argv[2], argv[3]));
	else
		write_text(&srd, argv[3], argv[4]);
	return 0;
}
