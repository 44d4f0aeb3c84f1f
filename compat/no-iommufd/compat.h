/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_NO_IOMMUFD_H
#define P2P_COMPAT_NO_IOMMUFD_H

#include <linux/vfio.h>

#define P2P_VFIO_IOMMUFD_OPS

struct iommufd_ctx;

/* Every device is opened through its group. */
static inline struct iommufd_ctx *
vfio_iommufd_device_ictx(struct vfio_device *vdev)
{
	return NULL;
}

#endif
