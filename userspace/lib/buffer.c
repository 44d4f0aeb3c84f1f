// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Buffers: exported, taken back, and how the CPU sees them.
 *
 * Invariant: what is wrong with a request is the kernel's to say; only what
 * cannot be put into a request is refused here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/p2p_dmabuf.h>

#include "control.h"
#include "device.h"
#include "same.h"

P2P_SAME(sizeof(struct p2p_range), sizeof(struct vfio_region_dma_range));
P2P_SAME(P2P_MAX_RANGES, P2P_DMABUF_MAX_RANGES);
P2P_SAME(P2P_CACHING_UNCACHED, P2P_DMABUF_CACHING_UNCACHED);
P2P_SAME(P2P_CACHING_WRITE_COMBINING, P2P_DMABUF_CACHING_WRITE_COMBINING);

/* The payload of VFIO_DEVICE_FEATURE, to be freed. */
static struct vfio_device_feature *export_request(unsigned int bar,
						  const struct p2p_range *ranges,
						  size_t nr_ranges,
						  int open_flags)
{
	size_t size = sizeof(struct vfio_device_feature) +
		      sizeof(struct vfio_device_feature_dma_buf) +
		      nr_ranges * sizeof(*ranges);
	struct vfio_device_feature *feature = calloc(1, size);
	struct vfio_device_feature_dma_buf *request;

	if (!feature)
		return NULL;
	feature->argsz = (__u32)size;
	feature->flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF;
	request = (void *)feature->data;
	request->region_index = VFIO_PCI_BAR0_REGION_INDEX + bar;
	request->open_flags = (__u32)open_flags;
	request->nr_ranges = (__u32)nr_ranges;
	memcpy(request->dma_ranges, ranges, nr_ranges * sizeof(*ranges));
	return feature;
}

int p2p_buffer_export(const struct p2p_device *device, unsigned int bar,
		      const struct p2p_range *ranges, size_t nr_ranges,
		      int open_flags)
{
	struct vfio_device_feature *feature;
	int fd, error;

	if (!device || !ranges || bar > 5 || !nr_ranges ||
	    nr_ranges > P2P_MAX_RANGES) {
		errno = EINVAL;
		return -1;
	}
	feature = export_request(bar, ranges, nr_ranges, open_flags);
	if (!feature)
		return -1;
	fd = ioctl(device->fd, VFIO_DEVICE_FEATURE, feature);
	error = errno;
	free(feature);
	errno = error;
	return fd;
}

int p2p_buffer_export_pointer(const void *pointer, size_t length,
			      int open_flags, uint64_t *offset)
{
	struct p2p_dmabuf_export_vma request = {
		.size = sizeof(request),
		.address = (uintptr_t)pointer,
		.length = length,
		.open_flags = (__u32)open_flags,
	};

	if (!offset) {
		errno = EINVAL;
		return -1;
	}
	if (p2p_control_call(P2P_DMABUF_EXPORT_VMA, &request))
		return -1;
	*offset = request.offset;
	return request.fd;
}

/* The group's descriptor is a proof on every kernel, the device's on some. */
int p2p_buffer_retire(int buffer, const struct p2p_device *device)
{
	struct p2p_dmabuf_revoke request = {
		.size = sizeof(request),
		.fd = buffer,
	};

	if (!device) {
		errno = EINVAL;
		return -1;
	}
	request.device_fd = device->group >= 0 ? device->group : device->fd;
	return p2p_control_call(P2P_DMABUF_REVOKE, &request);
}

int p2p_buffer_set_caching(int buffer, enum p2p_caching caching)
{
	struct p2p_dmabuf_caching request = {
		.size = sizeof(request),
		.fd = buffer,
		.caching = (__u32)caching,
	};

	return p2p_control_call(P2P_DMABUF_CACHING, &request);
}
