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
