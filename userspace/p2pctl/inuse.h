/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether taking a device away would hurt.
 */
#ifndef P2PCTL_INUSE_H
#define P2PCTL_INUSE_H

#include "fabric.h"
#include "sysfs.h"

/* Says in @why by what a device is in use: a network that is up, a mount ... */
bool inuse(const struct fn *fn, char why[SYSFS_LINE]);

/* Whether a process has it open through VFIO. */
bool inuse_by_vfio(const struct fn *fn);

#endif
