// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Devices opened by their own node, bound to an iommufd.
 *
 * Invariant: a device that was opened this way is attached to an address space
 * of its own, so that its DMA reaches nothing until the caller maps something.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "vfio_uapi.h"

/*
 * Path of the function's own node, whether or not the kernel makes it. ENODEV
 * if no VFIO driver has the function.
 */
int p2p_cdev_find(const char *address, char *node, size_t size)
{
	char path[P2P_PATH_SIZE];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev",
		 address);
	folder = opendir(path);
	if (!folder) {
		if (errno == ENOENT)
			errno = ENODEV;
		return -1;
	}
	do {
		entry = readdir(folder);
	} while (entry && entry->d_name[0] == '.');
	if (entry)
		snprintf(node, size, "/dev/vfio/devices/%.20s", entry->d_name);
	closedir(folder);
	if (entry)
		return 0;
	errno = ENODEV;
	return -1;
}

static int ioas_alloc(struct p2p_device *device)
{
	struct p2p_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(device->iommu, P2P_IOAS_ALLOC, &alloc))
		return -1;
	device->ioas = alloc.out_ioas_id;
	device->has_ioas = true;
	return 0;
}

static int attach(struct p2p_device *device)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = device->iommu,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};

	if (ioctl(device->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    ioas_alloc(device))
		return -1;
	attach.pt_id = device->ioas;
	return ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

int p2p_cdev_open(struct p2p_device *device, const char *node)
{
	device->iommu = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (device->iommu < 0)
		return -1;
	device->fd = open(node, O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		return -1;
	return attach(device);
}
