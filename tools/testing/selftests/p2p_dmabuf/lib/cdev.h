/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VFIO-PCI device by its own node and iommufd, where the kernel has them
 * (Linux 6.6, CONFIG_VFIO_DEVICE_CDEV). The rest is as in vfio.h.
 */
#ifndef SELFTEST_P2P_CDEV_H
#define SELFTEST_P2P_CDEV_H

#include <stdbool.h>

#include "vfio.h"

bool cdev_possible(void);

/* 0 or a negative errno. .container is the iommufd, .group is none. */
int cdev_open(struct vfio_dev *dev, const char *bdf);

/* With no group shown: all devices of the caller's iommufd. */
int cdev_hot_reset(struct vfio_dev *dev);

#endif
