/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VFIO-PCI device as a test program uses it: by group and type1 container.
 *
 * Functions that can fail return a negative errno.
 */
#ifndef SELFTEST_P2P_VFIO_H
#define SELFTEST_P2P_VFIO_H

#include <stddef.h>
#include <stdint.h>

#include <linux/p2p_dmabuf.h>

struct vfio_dev {
	int container;
	int group;
	int device;
};

int vfio_open(struct vfio_dev *dev, const char *bdf);

/* With what VFIO wants to hear beside the address: "vf_token=UUID". */
int vfio_open_with(struct vfio_dev *dev, const char *bdf, const char *option);
void vfio_close(struct vfio_dev *dev);

/* A descriptor of a device in the same group. */
int vfio_device_in_group(struct vfio_dev *dev, const char *bdf);

/* Size of a region in bytes, 0 if it does not exist. */
uint64_t vfio_region_size(struct vfio_dev *dev, uint32_t index);

/* Map part of a region; MAP_FAILED on error. */
void *vfio_map(struct vfio_dev *dev, uint32_t index, uint64_t offset,
	       size_t length);

/* Read from a region: bytes read or a negative errno. */
long vfio_read(struct vfio_dev *dev, uint32_t index, uint64_t offset,
	       void *buf, size_t length);

/* Write to a region: bytes written or a negative errno. */
long vfio_write(struct vfio_dev *dev, uint32_t index, uint64_t offset,
		const void *buf, size_t length);

/* An export laid out by hand, with more ranges than any error needs. */
struct vfio_export_request {
	struct vfio_device_feature feature;
	uint32_t region_index;
	uint32_t open_flags;
	uint32_t flags;
	uint32_t nr_ranges;
	struct vfio_region_dma_range ranges[4];
};

/* The raw VFIO_DEVICE_FEATURE call on a request laid out by the caller. */
int vfio_feature(int device, void *request);

/* Export ranges of a BAR: a file descriptor or a negative errno. */
int vfio_export_ranges(struct vfio_dev *dev, uint32_t bar,
		       const struct vfio_region_dma_range *ranges,
		       uint32_t nr_ranges);
int vfio_export(struct vfio_dev *dev, uint32_t bar, uint64_t offset,
		uint64_t length);

int vfio_reset(struct vfio_dev *dev);
int vfio_hot_reset(struct vfio_dev *dev);

/* The same with the device's group listed several times. */
int vfio_hot_reset_groups(struct vfio_dev *dev, uint32_t count);
int vfio_set_feature(struct vfio_dev *dev, uint32_t feature);

int vfio_config_read(struct vfio_dev *dev, uint32_t pos, void *buf,
		     size_t length);
int vfio_config_write(struct vfio_dev *dev, uint32_t pos, const void *buf,
		      size_t length);
int vfio_set_memory(struct vfio_dev *dev, int enable);

/* Offset of a capability in config space, 0 if there is none. */
uint8_t vfio_find_capability(struct vfio_dev *dev, uint8_t id);

#endif
