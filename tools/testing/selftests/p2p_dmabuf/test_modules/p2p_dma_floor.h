/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User interface of p2p-dma-floor: what the DMA API itself takes to map slices
 * of one device's BAR for another device, without a dma-buf. For measuring.
 *
 * /dev/p2p-dma-floor, root only. The importing device has to be bound to some
 * driver. ENODEV: no such device or BAR, or not bound. EOPNOTSUPP: the kernel
 * has no such way, or the device has no IOMMU for it.
 */
#ifndef P2P_DMA_FLOOR_H
#define P2P_DMA_FLOOR_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define P2P_FLOOR_NODE "/dev/p2p-dma-floor"

enum p2p_floor_way {
	/* dma_map_resource() for each slice */
	P2P_FLOOR_RESOURCE,
	/* dma_iova_try_alloc(), _link() for each slice, _sync() (Linux 6.16) */
	P2P_FLOOR_IOVA,
};

/* Most slices of one mapping. */
#define P2P_FLOOR_MAX_SLICES	4096u

/**
 * struct p2p_floor_map - map and unmap many times
 * @exporter: in, PCI address: domain << 16 | bus << 8 | device << 3 | function
 * @importer: in, the same of the device that it is to be mapped for
 * @bar: in, of the exporter
 * @way: in, enum p2p_floor_way
 * @offset: in, of the first slice, in bytes
 * @length: in, of each slice
 * @stride: in, from one slice's beginning to the next one's
 * @slices: in, how many
 * @reserved: 0
 * @rounds: in
 * @map_ns: out, sum over the mapping alone
 * @unmap_ns: out, sum over the unmapping alone
 */
struct p2p_floor_map {
	__u32 exporter;
	__u32 importer;
	__u32 bar;
	__u32 way;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 stride;
	__u32 slices;
	__u32 reserved;
	__aligned_u64 rounds;
	__aligned_u64 map_ns;
	__aligned_u64 unmap_ns;
};

#define P2P_FLOOR_MAP _IOWR(0xdc, 0, struct p2p_floor_map)

#endif /* P2P_DMA_FLOOR_H */
