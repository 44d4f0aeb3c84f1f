// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing to run: the user interface has this layout, for 32-bit programs, too.
 * The numbers are those of Linux 6.19's <linux/vfio.h>, written out.
 */
#include <stddef.h>

#include <linux/p2p_dmabuf.h>

#include "test_modules/p2p_test_importer.h"

#define SIZE(type, size)	\
	_Static_assert(sizeof(type) == (size), #type)
#define AT(type, member, offset)	\
	_Static_assert(offsetof(type, member) == (offset), #type "." #member)

_Static_assert(VFIO_DEVICE_FEATURE_DMA_BUF == 11, "number of the feature");

SIZE(struct vfio_device_feature, 8);
SIZE(struct vfio_device_feature_dma_buf, 16);
AT(struct vfio_device_feature_dma_buf, region_index, 0);
AT(struct vfio_device_feature_dma_buf, open_flags, 4);
AT(struct vfio_device_feature_dma_buf, flags, 8);
AT(struct vfio_device_feature_dma_buf, nr_ranges, 12);
AT(struct vfio_device_feature_dma_buf, dma_ranges, 16);
SIZE(struct vfio_region_dma_range, 16);
AT(struct vfio_region_dma_range, offset, 0);
AT(struct vfio_region_dma_range, length, 8);

/* Of /dev/p2p_dmabuf: a structure may grow at its end, and not otherwise. */
SIZE(struct p2p_dmabuf_pci, 8);
AT(struct p2p_dmabuf_pci, bus, 4);
AT(struct p2p_dmabuf_pci, devfn, 5);
SIZE(struct p2p_dmabuf_export_vma, 40);
AT(struct p2p_dmabuf_export_vma, address, 8);
AT(struct p2p_dmabuf_export_vma, length, 16);
AT(struct p2p_dmabuf_export_vma, open_flags, 24);
AT(struct p2p_dmabuf_export_vma, fd, 28);
AT(struct p2p_dmabuf_export_vma, offset, 32);
SIZE(struct p2p_dmabuf_route_info, 24);
AT(struct p2p_dmabuf_route_info, blocker, 16);
SIZE(struct p2p_dmabuf_route, 56);
AT(struct p2p_dmabuf_route, fd, 8);
AT(struct p2p_dmabuf_route, exporter, 16);
AT(struct p2p_dmabuf_route, importer, 24);
AT(struct p2p_dmabuf_route, route, 32);
SIZE(struct p2p_dmabuf_range, 16);
SIZE(struct p2p_dmabuf_importer, 80);
AT(struct p2p_dmabuf_importer, maps, 8);
AT(struct p2p_dmabuf_importer, route, 24);
AT(struct p2p_dmabuf_importer, driver, 48);
SIZE(struct p2p_dmabuf_info, 88);
AT(struct p2p_dmabuf_info, device, 16);
AT(struct p2p_dmabuf_info, length, 32);
AT(struct p2p_dmabuf_info, nr_ranges, 64);
AT(struct p2p_dmabuf_info, ranges, 72);
AT(struct p2p_dmabuf_info, importers, 80);
SIZE(struct p2p_dmabuf_event, 32);
AT(struct p2p_dmabuf_event, mask, 16);
AT(struct p2p_dmabuf_event, events, 24);
SIZE(struct p2p_dmabuf_revoke, 16);
AT(struct p2p_dmabuf_revoke, device_fd, 12);
SIZE(struct p2p_dmabuf_caching, 16);
AT(struct p2p_dmabuf_caching, caching, 12);

_Static_assert(P2P_DMABUF_EXPORT_VMA == 0xb900, "number of the call");
_Static_assert(P2P_DMABUF_ROUTE == 0xb901, "number of the call");
_Static_assert(P2P_DMABUF_INFO == 0xb902, "number of the call");
_Static_assert(P2P_DMABUF_EVENT == 0xb903, "number of the call");
_Static_assert(P2P_DMABUF_REVOKE == 0xb904, "number of the call");
_Static_assert(P2P_DMABUF_CACHING == 0xb905, "number of the call");

/* The kernel sees one layout of these; their size is in the ioctl's number. */
SIZE(struct p2p_importer_identify, 16);
SIZE(struct p2p_importer_attach, 24);
SIZE(struct p2p_importer_handle, 8);
SIZE(struct p2p_importer_map, 8);
SIZE(struct p2p_importer_entry, 32);
SIZE(struct p2p_importer_table, 32);
SIZE(struct p2p_importer_status, 88);
SIZE(struct p2p_importer_wait, 24);
SIZE(struct p2p_importer_transfer, 48);
SIZE(struct p2p_importer_stream, 40);
SIZE(struct p2p_importer_drive_rw, 32);
SIZE(struct p2p_importer_map_loop, 40);
