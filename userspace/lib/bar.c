// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * BARs as the CPU sees them.
 *
 * Invariant: no sum of an offset and a length is made before it is known to stay
 * in the BAR.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/vfio.h>

#include "device.h"

#define LAST_BAR 5

static int bar_info(const struct p2p_device *device, unsigned int bar,
		    struct vfio_region_info *info)
{
	if (!device || bar > LAST_BAR) {
		errno = EINVAL;
		return -1;
	}
	*info = (struct vfio_region_info){
		.argsz = sizeof(*info),
		.index = VFIO_PCI_BAR0_REGION_INDEX + bar,
	};
	return ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, info);
}

int p2p_device_bar_size(const struct p2p_device *device, unsigned int bar,
			uint64_t *size)
{
	struct vfio_region_info info;

	if (!size) {
		errno = EINVAL;
		return -1;
	}
	if (bar_info(device, bar, &info))
		return -1;
	*size = info.size;
	return 0;
}

/* That the offset is aligned, mmap() sees to. */
static int check_part(const struct vfio_region_info *info, uint64_t offset,
		      size_t length)
{
	if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		errno = ENODEV;
		return -1;
	}
	if (length && offset <= info->size && length <= info->size - offset)
		return 0;
	errno = EINVAL;
	return -1;
}

void *p2p_device_map_bar(const struct p2p_device *device, unsigned int bar,
			 uint64_t offset, size_t length, int prot)
{
	struct vfio_region_info info;
	void *start;

	if (bar_info(device, bar, &info) || check_part(&info, offset, length))
		return NULL;
	start = mmap(NULL, length, prot, MAP_SHARED, device->fd,
		     (off_t)(info.offset + offset));
	return start == MAP_FAILED ? NULL : start;
}
