/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR BSD-2-Clause */
/*
 * User interface of p2p-dmabuf.
 *
 * Slices of a VFIO device's BARs are exported as dma-bufs with
 * VFIO_DEVICE_FEATURE_DMA_BUF, the feature Linux has from 6.19 on. Where the
 * installed <linux/vfio.h> is older, this header supplies it under the same
 * names, with the same numbers and the same layout.
 */
#ifndef _UAPI_LINUX_P2P_DMABUF_H
#define _UAPI_LINUX_P2P_DMABUF_H

#include <linux/types.h>
#include <linux/vfio.h>

#ifndef VFIO_DEVICE_FEATURE_DMA_BUF

/**
 * struct vfio_region_dma_range - one slice of a region
 * @offset: First byte of the slice, in bytes from the start of the region; a
 *	multiple of the page size.
 * @length: Size of the slice in bytes; a multiple of the page size, not 0.
 */
struct vfio_region_dma_range {
	__u64	offset;
	__u64	length;
};

/**
 * struct vfio_device_feature_dma_buf - export slices of a BAR as one dma-buf
 * @region_index: VFIO_PCI_BAR0_REGION_INDEX to VFIO_PCI_BAR5_REGION_INDEX.
 * @open_flags: Of the new file descriptor: an access mode (O_RDONLY, O_WRONLY
 *	or O_RDWR) and O_CLOEXEC; anything else is refused.
 * @flags: Must be 0.
 * @nr_ranges: Number of entries in @dma_ranges, 1 to
 *	P2P_DMABUF_MAX_RANGES.
 * @dma_ranges: The slices, in the order in which the dma-buf shows them.
 *
 * Used with VFIO_DEVICE_FEATURE_GET, this is the payload of
 * VFIO_DEVICE_FEATURE. The ioctl returns the new file descriptor. With
 * VFIO_DEVICE_FEATURE_PROBE it returns 0 where the feature is there.
 *
 * The descriptor belongs to the caller. It stays valid after the device is
 * closed, but from then on importers get ENODEV for ever. While the device's
 * memory is disabled, in reset or in a low-power state, an export succeeds and
 * mapping answers ENODEV until the memory is back.
 *
 * Errors, as errno:
 *
 * * EINVAL: a range is empty or not page-aligned, ends beyond the BAR, or the
 *   ranges' sum overflows; @nr_ranges is 0 or too large; @flags or @open_flags
 *   has an unknown bit; argsz does not cover the ranges; not a GET.
 * * EOVERFLOW: the end of a range is not representable.
 * * ENODEV: the region is not a memory BAR of this device, or the device is
 *   being closed.
 * * EPERM: a range covers a page of the MSI-X table or pending bits, and the
 *   platform does not isolate interrupts.
 * * EFAULT, ENOMEM, EMFILE, ENFILE: as usual.
 */
struct vfio_device_feature_dma_buf {
	__u32	region_index;
	__u32	open_flags;
	__u32	flags;
	__u32	nr_ranges;
	struct vfio_region_dma_range dma_ranges[];
};

#define VFIO_DEVICE_FEATURE_DMA_BUF 11

#endif /* VFIO_DEVICE_FEATURE_DMA_BUF */

/* The most ranges one dma-buf may be made of. */
#define P2P_DMABUF_MAX_RANGES	65536

#endif /* _UAPI_LINUX_P2P_DMABUF_H */
