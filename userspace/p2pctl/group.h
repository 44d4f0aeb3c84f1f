/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IOMMU groups: what they translate, and whether VFIO takes them.
 */
#ifndef P2PCTL_GROUP_H
#define P2PCTL_GROUP_H

#include "fabric.h"

enum group_mode {
	GROUP_NO_IOMMU,
	GROUP_DIRECT,		/* identity: DMA passes as it is */
	GROUP_TRANSLATED,
	GROUP_LAZY,		/* translated; unmaps are flushed later */
	GROUP_UNKNOWN,
};

enum group_mode group_mode(const struct fn *fn);
const char *group_mode_name(enum group_mode mode);
bool group_translates(enum group_mode mode);

/* An IOMMU is there and in use. */
bool group_iommu_on(void);

/*
 * The next function after @fn (NULL: the first) that keeps @of's group from
 * being used through VFIO. NULL: none.
 */
const struct fn *group_obstacle(const struct fabric *fabric,
				const struct fn *of, const struct fn *fn);

/* Whether @other is one of those. */
bool group_obstacle_is(const struct fabric *fabric, const struct fn *of,
		       const struct fn *other);

/* Whether that driver leaves its devices' DMA to VFIO. */
bool group_driver_harmless(const char *driver);

/* A driver of VFIO, and the part of its name that tells ours. */
bool group_driver_is_vfio(const char *driver);

#define GROUP_OUR_DRIVER	"vfio-pci-dmabuf"

#endif
