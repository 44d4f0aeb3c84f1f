/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef P2P_DEVICE_H
#define P2P_DEVICE_H

#include <stdbool.h>

#include "p2pdmabuf.h"

/* Descriptors that are not there are -1. */
struct p2p_device {
	int fd;
	int group;
	/* A container of type 1 or, if has_ioas, an iommufd. */
	int iommu;
	bool has_ioas;
	uint32_t ioas;
	/* Whether the descriptors are closed with the device. */
	bool owned;
};

/* Room for any path that an address is part of. */
#define P2P_PATH_SIZE 128

/* The two ways to open one; on failure what was opened stays in @device. */
int p2p_group_open(struct p2p_device *device, const char *address);
int p2p_cdev_open(struct p2p_device *device, const char *node);

int p2p_cdev_find(const char *address, char *node, size_t size);

#endif
