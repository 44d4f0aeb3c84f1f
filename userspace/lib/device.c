// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * VFIO devices.
 *
 * Invariant: a struct p2p_device that a caller sees has a VFIO device's
 * descriptor. Whoever opened the descriptors closes them: this file those of
 * p2p_device_open(), the caller those of p2p_device_wrap().
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "address.h"
#include "device.h"
#include "fd.h"

static struct p2p_device *device_alloc(bool owned)
{
	struct p2p_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->fd = -1;
	device->group = -1;
	device->iommu = -1;
	device->owned = owned;
	return device;
}

static bool can_open_cdev(const char *node)
{
	return !access(node, F_OK) && !access("/dev/iommu", F_OK);
}

/* By the better way, or by the only one that @flags allow. */
static int device_open(struct p2p_device *device, const char *address,
		       unsigned int flags)
{
	char node[P2P_PATH_SIZE];

	if (p2p_cdev_find(address, node, sizeof(node)))
		return -1;
	if (flags == P2P_DEVICE_CDEV || (!flags && can_open_cdev(node)))
		return p2p_cdev_open(device, node);
	return p2p_group_open(device, address);
}

struct p2p_device *p2p_device_open(const struct p2p_address *address,
				   unsigned int flags)
{
	char text[P2P_ADDRESS_SIZE];
	struct p2p_device *device;

	if (flags & ~(P2P_DEVICE_CDEV | P2P_DEVICE_GROUP) ||
	    flags == (P2P_DEVICE_CDEV | P2P_DEVICE_GROUP)) {
		errno = EINVAL;
		return NULL;
	}
	if (!p2p_address_format(address, text, sizeof(text)))
		return NULL;
	device = device_alloc(true);
	if (device && device_open(device, text, flags)) {
		p2p_device_close(device);
		return NULL;
	}
	return device;
}

struct p2p_device *p2p_device_wrap(int device_fd, int group_fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct p2p_device *device;

	if (ioctl(device_fd, VFIO_DEVICE_GET_INFO, &info))
		return NULL;
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI)) {
		errno = EINVAL;
		return NULL;
	}
	device = device_alloc(false);
	if (!device)
		return NULL;
	device->fd = device_fd;
	device->group = group_fd < 0 ? -1 : group_fd;
	return device;
}

void p2p_device_close(struct p2p_device *device)
{
	int error = errno;

	if (device && device->owned) {
		p2p_fd_close(device->fd);
		p2p_fd_close(device->group);
		p2p_fd_close(device->iommu);
	}
	free(device);
	errno = error;
}

/* @fd, if @device is a device and @fd is there. */
static int device_descriptor(const struct p2p_device *device, int fd)
{
	if (device && fd >= 0)
		return fd;
	errno = device ? ENOENT : EINVAL;
	return -1;
}

int p2p_device_fd(const struct p2p_device *device)
{
	return device_descriptor(device, device ? device->fd : -1);
}

int p2p_device_group_fd(const struct p2p_device *device)
{
	return device_descriptor(device, device ? device->group : -1);
}

int p2p_device_iommu_fd(const struct p2p_device *device)
{
	return device_descriptor(device, device ? device->iommu : -1);
}

int p2p_device_ioas(const struct p2p_device *device, uint32_t *ioas)
{
	if (!device || !ioas) {
		errno = EINVAL;
		return -1;
	}
	if (!device->has_ioas) {
		errno = ENOENT;
		return -1;
	}
	*ioas = device->ioas;
	return 0;
}

int p2p_device_reset(const struct p2p_device *device)
{
	if (!device) {
		errno = EINVAL;
		return -1;
	}
	return ioctl(device->fd, VFIO_DEVICE_RESET);
}
