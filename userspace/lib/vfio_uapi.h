/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What VFIO and iommufd understand and installed headers may be too old to
 * name: the device's own node is from Linux 6.6, Debian 12 has headers of 6.1.
 */
#ifndef P2P_VFIO_UAPI_H
#define P2P_VFIO_UAPI_H

#include <linux/vfio.h>

#ifndef VFIO_DEVICE_BIND_IOMMUFD

struct vfio_device_bind_iommufd {
	__u32	argsz;
	__u32	flags;
	__s32	iommufd;
	__u32	out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)

struct vfio_device_attach_iommufd_pt {
	__u32	argsz;
	__u32	flags;
	__u32	pt_id;
};

#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)

#endif

/* struct iommu_ioas_alloc and IOMMU_IOAS_ALLOC; there may be no iommufd.h. */
struct p2p_ioas_alloc {
	__u32	size;
	__u32	flags;
	__u32	out_ioas_id;
};

#define P2P_IOAS_ALLOC	_IO(';', 0x81)

#endif
