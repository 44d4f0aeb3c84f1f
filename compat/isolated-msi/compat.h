/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_COMPAT_ISOLATED_MSI_H
#define P2P_COMPAT_ISOLATED_MSI_H

#include <linux/iommu.h>
#include <linux/irqdomain.h>

static inline int p2p_compat_lacks_intr_remap(struct device *dev, void *unused)
{
	return !device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP);
}

/* By the interrupt controller, for all devices, or by the group's IOMMU. */
static inline bool iommu_group_has_isolated_msi(struct iommu_group *group)
{
	return irq_domain_check_msi_remap() ||
	       !iommu_group_for_each_dev(group, NULL,
					 p2p_compat_lacks_intr_remap);
}

#endif
