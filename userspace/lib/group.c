// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Devices opened by their group, in a container of type 1.
 *
 * Invariant: the order is VFIO's: the group joins the container, which then gets
 * its IOMMU; only then does the group give away its device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "device.h"

/* Path of the node of the group that the function is in. */
static int group_node(const char *address, char *node, size_t size)
{
	char path[P2P_PATH_SIZE], link[256];
	const char *number;
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 address);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return -1;
	link[length] = '\0';
	number = strrchr(link, '/');
	snprintf(node, size, "/dev/vfio/%.20s", number ? number + 1 : link);
	return 0;
}

static int group_check(int group)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status))
		return -1;
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	errno = EPERM;
	return -1;
}

static int container_check(int container)
{
	if (ioctl(container, VFIO_GET_API_VERSION) == VFIO_API_VERSION &&
	    ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) > 0)
		return 0;
	errno = EINVAL;
	return -1;
}

static int container_join(struct p2p_device *device)
{
	device->iommu = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (device->iommu < 0)
		return -1;
	if (container_check(device->iommu) ||
	    ioctl(device->group, VFIO_GROUP_SET_CONTAINER, &device->iommu) ||
	    ioctl(device->iommu, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -1;
	return 0;
}

int p2p_group_open(struct p2p_device *device, const char *address)
{
	char node[P2P_PATH_SIZE];

	if (group_node(address, node, sizeof(node)))
		return -1;
	device->group = open(node, O_RDWR | O_CLOEXEC);
	if (device->group < 0)
		return -1;
	if (group_check(device->group) || container_join(device))
		return -1;
	device->fd = ioctl(device->group, VFIO_GROUP_GET_DEVICE_FD, address);
	return device->fd < 0 ? -1 : 0;
}
