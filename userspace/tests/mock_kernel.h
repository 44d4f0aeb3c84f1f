/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A mock of the kernel: VFIO, iommufd and /dev/p2p_dmabuf, for one device with
 * one buffer. There is no hardware and no module behind it.
 */
#ifndef MOCK_KERNEL_H
#define MOCK_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/p2p_dmabuf.h>

#define MOCK_ADDRESS "0000:01:00.0"
#define MOCK_BAR_SIZE 0x4000
#define MOCK_MAX_IMPORTERS 64
#define MOCK_MAX_RANGES 64
#define MOCK_MAX_CALLS 64

/* The whole kernel; tests change it as they like. */
extern struct mock_kernel {
	/* Of the group and its container. */
	bool viable, has_type1, in_container, has_iommu;
	/* Of the device's own node. */
	bool bound, attached;

	uint32_t device_flags;
	bool can_reset;
	/* BARs 0, 2: memory; 1: I/O ports; the others are not there. */
	bool can_export;

	/* The buffer, which any descriptor of the file "buffer" is. */
	uint32_t state, info_flags, caching;
	uint64_t events, generation;
	uint32_t nr_ranges, nr_importers;
	struct vfio_region_dma_range ranges[MOCK_MAX_RANGES];
	struct p2p_dmabuf_importer importers[MOCK_MAX_IMPORTERS];
	/* How many more importers come, one after each P2P_DMABUF_INFO. */
	uint32_t more_importers;
	/* Happens once, just after the next P2P_DMABUF_INFO was answered. */
	void (*after_info)(void);
	/* The kernel's own reference, -1 for none. */
	int eventfd;

	/* The answer to P2P_DMABUF_ROUTE, and what was asked. */
	struct p2p_dmabuf_route_info route;
	struct p2p_dmabuf_route asked;
	/* What P2P_DMABUF_EXPORT_VMA was asked, and answers. */
	struct p2p_dmabuf_export_vma exported;
	uint64_t offset;
	/* What the export of ranges was asked. */
	struct vfio_device_feature_dma_buf feature;
	struct vfio_region_dma_range feature_ranges[MOCK_MAX_RANGES];
	/* With what a buffer was retired. */
	int owner;

	/* What is to fail, once: an ioctl, the opening of a path, calloc(). */
	unsigned long fail_ioctl;
	const char *fail_open;
	int fail_errno;
	/* The how manieth calloc() from now on fails; 0 for none. */
	unsigned int fail_calloc;

	/* The ioctls, in order. */
	unsigned long calls[MOCK_MAX_CALLS];
	size_t nr_calls;
	/* Descriptors that were open before the test. */
	int nr_fds;
} mock;

/* For each test: a fresh kernel; all descriptors closed again. */
int mock_setup(void **state);
int mock_teardown(void **state);

/* Takes a path of the mocked kernel away. */
void mock_remove(const char *path);

/* A descriptor of the mocked kernel's file; to be closed. */
int mock_open(const char *path);

bool mock_called(unsigned long command);

/* What happens to the buffer. */
void mock_revoke(void);
void mock_restore(void);
void mock_retire(void);

#endif
