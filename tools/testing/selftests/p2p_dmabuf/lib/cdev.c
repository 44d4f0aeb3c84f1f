// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cdev.h"

/*
 * Younger than the headers of Debian 12. Source: the kernel's
 * include/uapi/linux/vfio.h and iommufd.h.
 */
#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)

struct vfio_device_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};

#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)
#endif

struct ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

#define IOAS_ALLOC _IO(';', 0x81)

bool cdev_possible(void)
{
	return !access("/dev/vfio/devices", F_OK) && !access("/dev/iommu", F_OK);
}

static int open_node(const char *bdf)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int fd = -ENODEV;
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
			 entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		break;
	}
	if (folder)
		closedir(folder);
	return fd;
}

static int attach(struct vfio_dev *dev)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = dev->container,
	};
	struct ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};

	if (ioctl(dev->device, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    ioctl(dev->container, IOAS_ALLOC, &alloc))
		return -errno;
	attach.pt_id = alloc.out_ioas_id;
	if (ioctl(dev->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return -errno;
	return 0;
}

int cdev_open(struct vfio_dev *dev, const char *bdf)
{
	int ret = -ENODEV;

	*dev = (struct vfio_dev){ -1, -1, -1 };
	dev->container = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (dev->container < 0)
		return -errno;
	dev->device = open_node(bdf);
	if (dev->device >= 0)
		ret = attach(dev);
	if (ret)
		vfio_close(dev);
	return ret;
}

int cdev_hot_reset(struct vfio_dev *dev)
{
	struct vfio_pci_hot_reset req = { .argsz = sizeof(req) };

	return ioctl(dev->device, VFIO_DEVICE_PCI_HOT_RESET, &req) ? -errno : 0;
}
