/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_IOMMU_MAP_GFP_H
#define P2P_COMPAT_IOMMU_MAP_GFP_H

#include <linux/iommu.h>

/* The old one always sleeps. */
#define iommu_map(domain, iova, paddr, size, prot, gfp) \
	((void)(gfp), iommu_map(domain, iova, paddr, size, prot))

#endif
